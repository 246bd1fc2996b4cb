// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A machine of 64 pages whose struct pages lie in every way that is known to
 * have emptied a dump: the checks and the gate together must keep its pages.
 */
#include <string.h>

#include "test_classify_world.h"
#include "vms_cmocka.h"

#define PAGES 64U

/* Pages that the walk to the struct pages uses: symbols, page tables, section
 * tables, the page array itself. */
static const vms_pfn_t walk[] = { 1, 5, 6, 7, 9, 10, 11, 12, 13, 17, 20 };

static void open_base(struct world *world, enum world_kind kind)
{
	world_open(world, kind, PAGES);
	world_free(world, 40, 2);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(walk); i++)
		assert_true(vms_pageset_add(
			world->needed,
			(struct vms_pfn_range){ walk[i], walk[i] + 1 }));
}

static void put_all32(struct world *world, size_t at, uint32_t v)
{
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn++)
		world_put32(world, pfn, at, v);
}

static void put_all64(struct world *world, size_t at, uint64_t v)
{
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn++)
		world_put64(world, pfn, at, v);
}

static void flag_all(struct world *world, enum world_flag flag)
{
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn++)
		world_flag(world, pfn, flag);
}

static void nothing(struct world *world)
{
	(void)world;
}

/* Every page the head of a free block of this order. */
static void all_free(struct world *world, uint64_t order)
{
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn++)
		world_free(world, pfn, 0);
	put_all64(world, AT_PRIVATE, order);
}

static void all_free_63(struct world *world)
{
	all_free(world, 63);
}

static void all_free_2_40(struct world *world)
{
	all_free(world, 1ULL << 40);
}

static void all_free_10(struct world *world)
{
	all_free(world, 10);
}

static void all_free_3(struct world *world)
{
	all_free(world, 3);
}

static void all_free_0(struct world *world)
{
	all_free(world, 0);
}

/* Each block as large as its alignment allows: claims within claims. */
static void all_free_nested(struct world *world)
{
	all_free(world, 0);
	for (vms_pfn_t pfn = 1; pfn < PAGES; pfn++)
		world_put64(world, pfn, AT_PRIVATE,
			    (uint64_t)__builtin_ctzll(pfn));
}

static void all_ones(struct world *world)
{
	memset(world->structs, 0xff, (size_t)PAGES * WORLD_STRUCT);
}

static void heads_of_order_255(struct world *world)
{
	flag_all(world, FLAG_HEAD);
	flag_all(world, FLAG_LRU);
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn++) {
		if (world->kind == WORLD_6_1)
			world_at(world, pfn)[17] = 255;
		else
			world_at(world, pfn)[AT_FLAGS] = 255;
	}
}

static void tails_of_nothing(struct world *world)
{
	put_all64(world, AT_COMPOUND, UINT64_MAX);
	flag_all(world, FLAG_LRU);
}

static void all_poisoned(struct world *world)
{
	flag_all(world, FLAG_HWPOISON);
}

static void all_anonymous(struct world *world)
{
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn++) {
		world_used(world, pfn);
		world_anon(world, pfn);
	}
}

static void all_cache(struct world *world)
{
	flag_all(world, FLAG_LRU);
}

static void all_private_cache(struct world *world)
{
	flag_all(world, FLAG_LRU);
	flag_all(world, FLAG_PRIVATE);
}

static void all_offline(struct world *world)
{
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn++)
		world_offline(world, pfn);
}

static void one_block_of_all(struct world *world)
{
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn++)
		world_used(world, pfn);
	world_put32(world, 0, AT_REFCOUNT, 0);
	world_free(world, 0, 0);
	world_put64(world, 0, AT_PRIVATE, 6);
}

/* One huge page over everything, and its tails agree. */
static void one_huge_page(struct world *world)
{
	world_compound(world, 0, 6);
	world_anon(world, 0);
}

static void poisoned_huge_page(struct world *world)
{
	world_hugetlb(world, 0, 4);
	world_flag(world, 0, FLAG_HWPOISON);
}

static void walk_pages_free(struct world *world)
{
	static const vms_pfn_t pages[] = { 5, 6, 7, 20 };

	for (size_t i = 0; i < VMS_ARRAY_SIZE(pages); i++)
		world_free(world, pages[i], 0);
}

/* Liars that contradict each other in turn: one class after the other. */
static void liars_in_turn(struct world *world)
{
	all_anonymous(world);
	flag_all(world, FLAG_HWPOISON);
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn += 2) {
		world_offline(world, pfn);
		world_flag(world, pfn, FLAG_LRU);
	}
}

static void mapcount_garbage(struct world *world)
{
	put_all32(world, AT_MAPCOUNT, 0x5a5a5a5a);
	flag_all(world, FLAG_LRU);
}

static const struct lie {
	const char *what;
	void (*tell)(struct world *);
	/* The true free block 40 ... 43 may still be left out. */
	bool block_may_go;
	/* At level 31 it is, and nothing else. */
	bool block_goes;
} lies[] = {
	{ "the truth", nothing, true, true },
	{ "all free, order 63", all_free_63, false, false },
	{ "all free, order 2^40", all_free_2_40, false, false },
	{ "all free, order 10", all_free_10, false, false },
	{ "all free, order 3", all_free_3, false, false },
	{ "all free, order 0", all_free_0, false, false },
	{ "all free, nested", all_free_nested, false, false },
	{ "all ones", all_ones, false, false },
	{ "heads of order 255", heads_of_order_255, true, false },
	{ "tails of nothing", tails_of_nothing, false, false },
	{ "all poisoned", all_poisoned, true, false },
	{ "all anonymous", all_anonymous, false, false },
	{ "all cache", all_cache, true, false },
	{ "all private cache", all_private_cache, true, false },
	{ "all offline", all_offline, false, false },
	{ "one free block of used pages", one_block_of_all, false, false },
	{ "one huge page", one_huge_page, false, false },
	{ "one poisoned huge page", poisoned_huge_page, true, true },
	{ "pages of the walk free", walk_pages_free, true, false },
	{ "several classes in turn", liars_in_turn, false, false },
	{ "garbage for mapcount", mapcount_garbage, false, false },
};

static void check_lie(const struct lie *lie, enum world_kind kind,
		      unsigned int level)
{
	struct world world;

	open_base(&world, kind);
	lie->tell(&world);
	world_job(&world, level);
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn++) {
		bool block = pfn >= 40 && pfn < 44;

		if (!world_kept(&world, pfn) && !(block && lie->block_may_go))
			fail_msg("%s, kernel %d, level %u: page %d left out",
				 lie->what, (int)kind, level, (int)pfn);
		if (world_kept(&world, pfn) && block && lie->block_goes &&
		    level & VMS_LEVEL_FREE)
			fail_msg("%s: page %d kept", lie->what, (int)pfn);
	}
	world_close(&world);
}

static void test_lies(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(lies); i++)
		for (enum world_kind kind = 0; kind < WORLD_KINDS; kind++)
			for (unsigned int level = 0; level <= VMS_LEVEL_MAX;
			     level++)
				check_lie(&lies[i], kind, level);
}

/* Memory that is no page array at all. */
static void test_random_bytes(void **state)
{
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 2000; round++) {
		struct world world;

		open_base(&world, (enum world_kind)(round % WORLD_KINDS));
		for (size_t i = 0; i < PAGES * WORLD_STRUCT; i++) {
			seed = seed * 6364136223846793005ULL + 1;
			world.structs[i] = (uint8_t)(seed >> 56);
		}
		world_job(&world, 31);
		world_expect_only(&world, 0, 0);
		world_close(&world);
	}
}

/* A few overwritten struct pages do not cost their neighbours. */
static void test_single_page_overwritten(void **state)
{
	struct world world;

	(void)state;
	open_base(&world, WORLD_6_17);
	memset(world_at(&world, 30), 0xff, WORLD_STRUCT);
	memset(world_at(&world, 31), 0x5a, WORLD_STRUCT);
	world_job(&world, 31);
	world_expect_only(&world, 40, 44);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_random_bytes),
		cmocka_unit_test(test_single_page_overwritten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
