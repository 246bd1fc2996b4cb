// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a rule wants and is kept all the same: every kind of doubt about a
 * range, implausible struct pages, classes that are not believed.
 */
#include "test_classify_world.h"
#include "vms_cmocka.h"

#define PAGES 4096U

static void doubt_order(struct world *world)
{
	static const uint64_t orders[] = { 11, 63, 64, 255, 1ULL << 40,
					   UINT64_MAX };

	for (size_t i = 0; i < VMS_ARRAY_SIZE(orders); i++) {
		world_free(world, 1024, 3);
		world_put64(world, 1024, AT_PRIVATE, orders[i]);
		world_scan(world, 31, PAGES);
		world_expect_doubt(world, VMS_DOUBT_ORDER, 1);
	}
	for (unsigned int order = 23; order < 256; order += 29) {
		world_compound(world, 1024, 3);
		world_anon(world, 1024);
		if (world->kind == WORLD_6_1)
			world_at(world, 1025)[17] = (uint8_t)order;
		else
			world_at(world, 1025)[AT_FLAGS] = (uint8_t)order;
		world_scan(world, 31, PAGES);
		world_expect_doubt(world, VMS_DOUBT_ORDER, 1);
	}
	/* A head without tails. */
	world_compound(world, 1024, 0);
	world_used(world, 1025);
	world_anon(world, 1024);
	world_scan(world, 31, PAGES);
	world_expect_doubt(world, VMS_DOUBT_ORDER, 1);
}
WORLD_EACH_KIND(doubt_order);

static void doubt_alignment(struct world *world)
{
	world_free(world, 1024 + 4, 3);
	world_scan(world, 31, PAGES);
	world_expect_doubt(world, VMS_DOUBT_ALIGNMENT, 1);
	for (vms_pfn_t pfn = 1024; pfn < 1040; pfn++)
		world_used(world, pfn);
	if (world->kind == WORLD_7_1)	/* the mask cannot say it */
		return;
	world_compound(world, 1024 + 4, 3);
	world_anon(world, 1028);
	world_scan(world, 31, PAGES);
	world_expect_doubt(world, VMS_DOUBT_ALIGNMENT, 1);
}
WORLD_EACH_KIND(doubt_alignment);

static void doubt_bounds(struct world *world)
{
	world_free(world, PAGES - 8, 3);
	world_put64(world, PAGES - 8, AT_PRIVATE, 3);
	world_scan(world, 16, PAGES);
	world_expect_class(world, VMS_CLASS_FREE, PAGES - 8, PAGES);
	world->node_border = PAGES - 4;
	world_scan(world, 16, PAGES);
	world_expect_doubt(world, VMS_DOUBT_BOUNDS, 8);
	/* Past the end of RAM: what is there of it is doubted. */
	world->node_border = 0;
	world_free(world, 2048, 10);
	world_put64(world, 2048, AT_PRIVATE, 10);
	world->count = 2500;
	world_scan(world, 16, PAGES);
	world_expect_doubt(world, VMS_DOUBT_BOUNDS, 2500 - 2048);
	world->count = PAGES;
}
WORLD_EACH_KIND(doubt_bounds);

static void doubt_tails(struct world *world)
{
	static const vms_pfn_t bad[] = { 1025, 1535 };

	for (size_t i = 0; i < VMS_ARRAY_SIZE(bad); i++) {
		world_compound(world, 1024, 9);
		world_anon(world, 1024);
		world_put64(world, bad[i], AT_COMPOUND, 0);
		world_scan(world, 31, PAGES);
		world_expect_doubt(world, VMS_DOUBT_TAILS, 512);
		/* A tail of some other head. */
		world_put64(world, bad[i], AT_COMPOUND,
			    (world->map + 2048 * WORLD_STRUCT) | 1);
		world_scan(world, 31, PAGES);
		world_expect_doubt(world, VMS_DOUBT_TAILS, 512);
	}
}
WORLD_EACH_KIND(doubt_tails);

static void doubt_inner(struct world *world)
{
	static const vms_pfn_t bad[] = { 1,  2,  4,   8,   16,	32,
					 64, 128, 256, 512, 1023 };

	for (size_t i = 0; i < VMS_ARRAY_SIZE(bad); i++) {
		world_free(world, 1024, 10);
		world_used(world, 1024 + bad[i]);
		for (size_t chunk = 50; chunk <= PAGES; chunk *= 9) {
			world_scan(world, 31, chunk);
			world_expect_doubt(world, VMS_DOUBT_INNER, 1024);
		}
	}
	/* The block's end in the middle of 4 KiB of struct pages. */
	world->map += 2048;
	world_scan(world, 31, PAGES);
	world_expect_doubt(world, VMS_DOUBT_INNER, 1024);
}
WORLD_EACH_KIND(doubt_inner);

static void doubt_overlap(struct world *world)
{
	/* A large block that is in use at +2 claims a good one at +512. */
	world_free(world, 1024, 10);
	world_used(world, 1026);
	world_free(world, 1024 + 512, 5);
	world_scan(world, 16, PAGES);
	world_expect_doubt(world, VMS_DOUBT_INNER, 1024);
	/* Single pages in there speak for themselves. */
	world_anon(world, 1024 + 700);
	world_scan(world, 24, PAGES);
	world_expect_only(world, 1724, 1725);
	assert_int_equal(world->counts.doubted[VMS_DOUBT_INNER], 1023);
}
WORLD_EACH_KIND(doubt_overlap);

/* The claim reaches further than the block that is doubted for it. */
static void doubt_overlap_past_the_end(struct world *world)
{
	world_free(world, 1024, 9);
	world_used(world, 1026);
	world_free(world, 1024 + 256, 8);
	world_put64(world, 1024, AT_PRIVATE, 9);
	world_scan(world, 16, 77);
	world_expect_doubt(world, VMS_DOUBT_INNER, 512);
	world_used(world, 1024);
	world_scan(world, 16, 77);
	world_expect_class(world, VMS_CLASS_FREE, 1280, 1536);
}
WORLD_EACH_KIND(doubt_overlap_past_the_end);

static void doubt_memmap(struct world *world)
{
	world_compound(world, 1024, 9);
	world_anon(world, 1024);
	world->hole = (struct vms_pfn_range){ 1300, 1536 };
	/* The last tail is in another chunk, which cannot be read. */
	world_scan(world, 8, 1100);
	world_expect_doubt(world, VMS_DOUBT_MEMMAP, 512);
	/* The second page is. */
	world->hole = (struct vms_pfn_range){ 1025, 1026 };
	world_scan(world, 8, 1025);
	world_expect_doubt(world, VMS_DOUBT_MEMMAP, 1);
	world->hole = (struct vms_pfn_range){ 0, 0 };
	world_scan(world, 8, 1025);
	world_expect_class(world, VMS_CLASS_USER, 1024, 1536);
}
WORLD_EACH_KIND(doubt_memmap);

static void implausible_page(struct world *world)
{
	/* No mapping of a kernel looks like this. */
	world_anon(world, 50);
	world_put64(world, 50, AT_MAPPING, 0x1234567890abcdefULL);
	world_scan(world, 31, PAGES);
	world_expect_doubt(world, VMS_DOUBT_STRUCT, 1);
	/* Nobody wants it: no doubt. */
	world_scan(world, 16, PAGES);
	world_expect_doubt(world, VMS_DOUBT_STRUCT, 0);
}
WORLD_EACH_KIND(implausible_page);

/* A free block that is the head of a compound page as well. */
static void free_and_head(struct world *world)
{
	world_free(world, 1024, 3);
	world_flag(world, 1024, FLAG_HEAD);
	world_scan(world, 31, PAGES);
	world_expect_doubt(world, VMS_DOUBT_STRUCT, 1);
	if (world->kind < WORLD_6_17)
		return;
	world_unaccepted(world, 1024, 10);
	world_flag(world, 1024, FLAG_HEAD);
	world_scan(world, 31, PAGES);
	world_expect_doubt(world, VMS_DOUBT_STRUCT, 1);
}
WORLD_EACH_KIND(free_and_head);

/* A block of 64 struct pages with 16 or 17 bad ones, then good ones. */
static void implausible_block(struct world *world)
{
	for (vms_pfn_t pfn = 128; pfn < 192; pfn++)
		world_anon(world, pfn);
	world_flag(world, 191, FLAG_HWPOISON);
	for (vms_pfn_t pfn = 128; pfn < 144; pfn++)
		world_put64(world, pfn, AT_MAPPING, 0x1234567890abcdefULL);
	world_scan(world, 31, PAGES);
	world_expect_only(world, 144, 192);
	assert_int_equal(world->counts.doubted[VMS_DOUBT_STRUCT], 16);
	world_put64(world, 144, AT_MAPPING, 0x1234567890abcdefULL);
	world_scan(world, 31, PAGES);
	world_expect_doubt(world, VMS_DOUBT_STRUCT, 64);
	world_scan(world, 0, PAGES);
	world_expect_doubt(world, VMS_DOUBT_STRUCT, 1);
}
WORLD_EACH_KIND(implausible_block);

static void class_off(struct world *world)
{
	world_free(world, 1024, 10);
	world_flag(world, 1024 + 7, FLAG_HWPOISON);
	world_anon(world, 3000);
	world->off = 1U << VMS_CLASS_FREE;
	world_scan(world, 24, 300);
	/* Poison is seen inside of what is no longer believed. */
	assert_false(world_kept(world, 1031));
	assert_false(world_kept(world, 3000));
	assert_int_equal(world->counts.excluded[VMS_CLASS_FREE], 0);
	assert_int_equal(world->counts.excluded[VMS_CLASS_USER], 1);
	assert_int_equal(world->counts.excluded[VMS_CLASS_HWPOISON], 1);
	assert_int_equal(world->counts.doubted[VMS_DOUBT_CLASS], 1023);
}
WORLD_EACH_KIND(class_off);

/* No other rule of the level takes what a class is not believed about, but
 * for the rules that guard against reading. */
static void class_off_and_other_rules(struct world *world)
{
	world_cache(world, 10);
	world->off = 1U << VMS_CLASS_CACHE;
	world_scan(world, 6, PAGES);
	world_expect_doubt(world, VMS_DOUBT_CLASS, 1);
	world_anon(world, 11);
	world_flag(world, 11, FLAG_HWPOISON);
	world->off = 1U << VMS_CLASS_USER;
	world_scan(world, 8, PAGES);
	world_expect_class(world, VMS_CLASS_HWPOISON, 11, 12);
	/* A block that is not believed claims nothing. */
	world->off = 1U << VMS_CLASS_FREE;
	world_used(world, 10);
	world_used(world, 11);
	world_free(world, 1024, 10);
	world_compound(world, 1024 + 768, 3);
	world_anon(world, 1024 + 768);
	world_scan(world, 24, PAGES);
	world_expect_only(world, 1792, 1800);
	assert_int_equal(world->counts.doubted[VMS_DOUBT_CLASS], 1016);
}
WORLD_EACH_KIND(class_off_and_other_rules);

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_doubt_order),
		cmocka_unit_test(test_doubt_alignment),
		cmocka_unit_test(test_doubt_bounds),
		cmocka_unit_test(test_doubt_tails),
		cmocka_unit_test(test_doubt_inner),
		cmocka_unit_test(test_doubt_overlap),
		cmocka_unit_test(test_doubt_overlap_past_the_end),
		cmocka_unit_test(test_doubt_memmap),
		cmocka_unit_test(test_implausible_page),
		cmocka_unit_test(test_free_and_head),
		cmocka_unit_test(test_implausible_block),
		cmocka_unit_test(test_class_off),
		cmocka_unit_test(test_class_off_and_other_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
