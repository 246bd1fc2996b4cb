// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scan over small arrays of struct pages of several kernels: whole ranges
 * of every class at every level, chunk borders, poison, copies of heads.
 */
#include <string.h>

#include "test_classify_world.h"
#include "vms_cmocka.h"

#define PAGES 4096U

static void used_machine(struct world *world)
{
	for (unsigned int level = 0; level <= VMS_LEVEL_MAX; level++) {
		world_scan(world, level, PAGES);
		world_expect_only(world, 0, 0);
		assert_int_equal(world_doubts(world), 0);
	}
}
WORLD_EACH_KIND(used_machine);

static void free_blocks(struct world *world)
{
	for (unsigned int order = 0; order <= 10; order++) {
		world_free(world, 1024, order);
		for (size_t chunk = 1; chunk <= PAGES; chunk *= 4) {
			world_scan(world, 16, chunk);
			world_expect_class(world, VMS_CLASS_FREE, 1024,
				     1024 + (1ULL << order));
		}
		world_scan(world, 15, PAGES);
		world_expect_only(world, 0, 0);
	}
}
WORLD_EACH_KIND(free_blocks);

static void compound_pages(struct world *world)
{
	world_compound(world, 512, 9);
	world_anon(world, 512);
	for (size_t chunk = 1; chunk <= PAGES; chunk *= 8) {
		world_scan(world, 8, chunk);
		world_expect_class(world, VMS_CLASS_USER, 512, 1024);
	}
	world_scan(world, 16 | 7, PAGES);
	world_expect_only(world, 0, 0);

	world_compound(world, 512, 3);
	world_cache(world, 512);
	for (vms_pfn_t pfn = 520; pfn < 1024; pfn++)
		world_used(world, pfn);
	world_scan(world, 2, 100);
	world_expect_class(world, VMS_CLASS_CACHE, 512, 520);
	world_flag(world, 512, FLAG_PRIVATE);
	world_scan(world, 2, PAGES);
	world_expect_class(world, VMS_CLASS_CACHE, 0, 0);
	world_scan(world, 4, PAGES);
	world_expect_class(world, VMS_CLASS_CACHE_PRIVATE, 512, 520);
}
WORLD_EACH_KIND(compound_pages);

static void hugetlb_pages(struct world *world)
{
	world_hugetlb(world, 2048, 9);
	world_scan(world, 8, 700);
	world_expect_class(world, VMS_CLASS_USER, 2048, 2560);
	world_scan(world, 23, 700);
	world_expect_only(world, 0, 0);
}
WORLD_EACH_KIND(hugetlb_pages);

static void single_pages(struct world *world)
{
	world_anon(world, 7);
	world_cache(world, 8);
	world_slab(world, 9);
	world_put64(world, 9, AT_MAPPING, 0xffff888000000001ULL);
	world_scan(world, 8, PAGES);
	world_expect_class(world, VMS_CLASS_USER, 7, 8);
	world_scan(world, 2, PAGES);
	world_expect_class(world, VMS_CLASS_CACHE, 8, 9);
	world_scan(world, 31, PAGES);
	world_expect_only(world, 7, 9);
}
WORLD_EACH_KIND(single_pages);

static void offline_at_every_level(struct world *world)
{
	for (vms_pfn_t pfn = 100; pfn < 200; pfn++)
		world_offline(world, pfn);
	for (unsigned int level = 0; level <= VMS_LEVEL_MAX; level++) {
		world_scan(world, level, 64);
		world_expect_class(world, VMS_CLASS_OFFLINE, 100, 200);
	}
}
WORLD_EACH_KIND(offline_at_every_level);

static void unaccepted_at_every_level(struct world *world)
{
	if (world->kind < WORLD_6_17)
		return;
	world_unaccepted(world, 1024, 10);
	for (unsigned int level = 0; level <= VMS_LEVEL_MAX; level++) {
		world_scan(world, level, 1000);
		world_expect_class(world, VMS_CLASS_UNACCEPTED, 1024, 2048);
	}
	/* Inside in use: accepted long ago. */
	world_used(world, 1024 + 512);
	world_scan(world, 0, PAGES);
	world_expect_doubt(world, VMS_DOUBT_INNER, 1024);
}
WORLD_EACH_KIND(unaccepted_at_every_level);

static void poison(struct world *world)
{
	/* A page of its own, the middle of a free block, a tail, a head. */
	world_flag(world, 5, FLAG_HWPOISON);
	world_scan(world, 0, PAGES);
	world_expect_class(world, VMS_CLASS_HWPOISON, 5, 6);
	world_used(world, 5);

	world_free(world, 1024, 10);
	world_flag(world, 1024 + 77, FLAG_HWPOISON);
	world_scan(world, 0, 300);
	world_expect_class(world, VMS_CLASS_HWPOISON, 1101, 1102);
	world_scan(world, 16, 300);
	world_expect_class(world, VMS_CLASS_FREE, 1024, 2048);

	world_compound(world, 1024, 9);
	world_anon(world, 1024);
	for (vms_pfn_t pfn = 1536; pfn < 2048; pfn++)
		world_used(world, pfn);
	world_flag(world, 1024 + 300, FLAG_HWPOISON);
	world_scan(world, 23, 300);
	world_expect_class(world, VMS_CLASS_HWPOISON, 1324, 1325);
	world_scan(world, 31, 300);
	world_expect_class(world, VMS_CLASS_USER, 1024, 1536);

	world_compound(world, 1024, 9);
	world_flag(world, 1024, FLAG_HWPOISON);
	world_scan(world, 0, PAGES);
	world_expect_class(world, VMS_CLASS_HWPOISON, 1024, 1025);

	world_hugetlb(world, 1024, 9);
	world_flag(world, 1024, FLAG_HWPOISON);
	world_scan(world, 0, 300);
	world_expect_class(world, VMS_CLASS_HWPOISON, 1024, 1536);
	world_scan(world, 8, 300);
	world_expect_class(world, VMS_CLASS_USER, 1024, 1536);
}
WORLD_EACH_KIND(poison);

/* What the second page keeps in its flags word is never poison. */
static void second_page_flags(struct world *world)
{
	world_compound(world, 1024, 9);
	for (unsigned int bit = 0; bit < 19; bit++) {
		uint64_t flags = 0x17ffffc0000009ULL | 1ULL << bit;

		world_put64(world, 1025, AT_FLAGS, flags);
		world_scan(world, 0, PAGES);
		world_expect_class(world, VMS_CLASS_HWPOISON, 0, 0);
	}
}
WORLD_EACH_KIND(second_page_flags);

static void put_copies(struct world *world, vms_pfn_t head, vms_pfn_t end)
{
	for (vms_pfn_t pfn = head + 64; pfn < end; pfn += 64)
		memcpy(world_at(world, pfn), world_at(world, head),
		       (size_t)64 * WORLD_STRUCT);
}

/* Linux 5.18 to 7.0: all vmemmap pages of a huge page show the first one, so
 * every 64th struct page is a copy of the head. */
static void fake_heads(struct world *world)
{
	if (world->kind == WORLD_7_1)
		return;
	world_hugetlb(world, 1024, 9);
	put_copies(world, 1024, 1536);
	for (size_t chunk = 64; chunk <= PAGES; chunk *= 4) {
		world_scan(world, 8, chunk);
		world_expect_class(world, VMS_CLASS_USER, 1024, 1536);
		world_scan(world, 23, chunk);
		world_expect_only(world, 0, 0);
		assert_int_equal(world_doubts(world), 0);
	}
	world_flag(world, 1024, FLAG_HWPOISON);
	put_copies(world, 1024, 1536);
	world_scan(world, 0, PAGES);
	world_expect_class(world, VMS_CLASS_HWPOISON, 1024, 1536);

	/* The head is lost: no copy may speak for it. Order 6 would fit where
	 * the copies lie; 6.8 does not believe it, as hugetlb has no such. */
	if (world->kind == WORLD_6_8)
		return;
	world_hugetlb(world, 1024, 6);
	put_copies(world, 1024, 1536);
	for (vms_pfn_t pfn = 1024; pfn < 1088; pfn++)
		world_used(world, pfn);
	world_scan(world, 8, PAGES);
	world_expect_doubt(world, VMS_DOUBT_TAILS, 7 * 64);
}
WORLD_EACH_KIND(fake_heads);

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_used_machine),
		cmocka_unit_test(test_free_blocks),
		cmocka_unit_test(test_compound_pages),
		cmocka_unit_test(test_hugetlb_pages),
		cmocka_unit_test(test_single_pages),
		cmocka_unit_test(test_offline_at_every_level),
		cmocka_unit_test(test_unaccepted_at_every_level),
		cmocka_unit_test(test_poison),
		cmocka_unit_test(test_second_page_flags),
		cmocka_unit_test(test_fake_heads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
