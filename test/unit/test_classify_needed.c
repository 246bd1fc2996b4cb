// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages that the walk needs are kept, whenever it comes to need them; what
 * that says of a class; and a set of excluded pages that is full.
 */
#include "test_classify_world.h"
#include "vms_cmocka.h"

#define PAGES 4096U

static void need(struct world *world, vms_pfn_t start, vms_pfn_t end)
{
	assert_true(vms_pageset_add(world->needed,
				    (struct vms_pfn_range){ start, end }));
}

static void needed_pages(struct world *world)
{
	world_free(world, 1024, 10);
	need(world, 1000, 1025);
	need(world, 1500, 1510);
	need(world, 2047, 2060);
	world_scan(world, 16, 100);
	assert_int_equal(world->counts.excluded[VMS_CLASS_FREE], 1012);
	assert_int_equal(world->counts.doubted[VMS_DOUBT_NEEDED], 12);
	assert_int_equal(world->counts.needed_hits[VMS_CLASS_FREE], 12);
	assert_true(world_kept(world, 1024) && world_kept(world, 2047));
	assert_false(world_kept(world, 1511));
	assert_int_equal(vms_class_gate(&world->counts, 48),
			 1U << VMS_CLASS_FREE);
	world_job(world, 16);
	world_expect_only(world, 0, 0);
	assert_int_equal(world->off, 1U << VMS_CLASS_FREE);
}
WORLD_EACH_KIND(needed_pages);

/* What is needed from the start is never in the set, not even for a while. */
static void needed_before_the_sweep(struct world *world)
{
	struct vms_classifier_config config = {
		.layout = world->layout,
		.level = 31,
		.excluded = world->excluded,
		.needed = world->needed,
	};
	struct vms_page_chunk chunk = { .count = PAGES,
					.structs = world->structs,
					.map = world->map };
	struct vms_classifier *classifier;

	world_free(world, 1024, 10);
	need(world, 1030, 1040);
	assert_no_error(vms_classifier_create(&config, &classifier));
	vms_classify_chunk(classifier, &chunk, &world->lookup);
	world->counts = *vms_classifier_counts(classifier);
	vms_classifier_destroy(classifier);
	world_check_books(world);
	assert_int_equal(world->counts.needed_hits[VMS_CLASS_FREE], 10);
}
WORLD_EACH_KIND(needed_before_the_sweep);

/* The walk comes to need pages after they were left out. */
static void needed_late(struct world *world)
{
	struct vms_classifier_config config = {
		.layout = world->layout,
		.level = 31,
		.excluded = world->excluded,
		.needed = world->needed,
	};
	struct vms_page_chunk chunk = { .count = PAGES,
					.structs = world->structs,
					.map = world->map };
	struct vms_classifier *classifier;

	world_free(world, 1024, 10);
	world_compound(world, 512, 9);
	world_anon(world, 512);
	world_flag(world, 600, FLAG_HWPOISON);
	world_cache(world, 3000);
	world_offline(world, 3001);
	world_flag(world, 3002, FLAG_HWPOISON);
	assert_no_error(vms_classifier_create(&config, &classifier));
	vms_classify_chunk(classifier, &chunk, &world->lookup);
	need(world, 500, 520);	/* head and some tails */
	need(world, 600, 601);	/* a poisoned tail of a user page */
	need(world, 1024, 1030);
	need(world, 2000, 2100);
	need(world, 3000, 3003);
	assert_true(vms_classifier_keep_needed(classifier, &world->lookup));
	world->counts = *vms_classifier_counts(classifier);
	vms_classifier_destroy(classifier);
	world_check_books(world);
	assert_int_equal(world->counts.unattributed, 0);
	assert_int_equal(world->counts.needed_hits[VMS_CLASS_USER], 9);
	assert_int_equal(world->counts.needed_hits[VMS_CLASS_FREE], 6 + 48);
	assert_int_equal(world->counts.needed_hits[VMS_CLASS_CACHE], 1);
	assert_int_equal(world->counts.needed_hits[VMS_CLASS_OFFLINE], 1);
	assert_int_equal(world->counts.needed_hits[VMS_CLASS_HWPOISON], 1);
	assert_int_equal(world->counts.excluded[VMS_CLASS_USER], 512 - 9);
	assert_int_equal(world->counts.excluded[VMS_CLASS_FREE], 1024 - 54);
	assert_int_equal(world->counts.excluded[VMS_CLASS_OFFLINE], 0);
}
WORLD_EACH_KIND(needed_late);

/* The struct page has changed since: nobody can say whose page it was. */
static void needed_late_unattributed(struct world *world)
{
	struct vms_classifier_config config = {
		.layout = world->layout,
		.level = 31,
		.excluded = world->excluded,
		.needed = world->needed,
	};
	struct vms_page_chunk chunk = { .count = PAGES,
					.structs = world->structs,
					.map = world->map };
	struct vms_classifier *classifier;

	world_anon(world, 10);
	world_anon(world, 11);
	assert_no_error(vms_classifier_create(&config, &classifier));
	vms_classify_chunk(classifier, &chunk, &world->lookup);
	world_used(world, 10);
	world_used(world, 11);
	world_offline(world, 11);
	need(world, 10, 12);
	assert_true(vms_classifier_keep_needed(classifier, &world->lookup));
	world->counts = *vms_classifier_counts(classifier);
	vms_classifier_destroy(classifier);
	world_check_books(world);
	world_expect_only(world, 0, 0);
	assert_int_equal(world->counts.unattributed, 2);
	for (int c = 0; c < VMS_NR_CLASSES; c++)
		assert_int_equal(world->counts.needed_hits[c], 2);
}
WORLD_EACH_KIND(needed_late_unattributed);

/* Scattered pages in blocks of the set until its memory is used up. */
static void test_set_is_full(void **state)
{
	enum { FAR = 40 };
	struct world world;
	uint64_t excluded;

	(void)state;
	world_open(&world, WORLD_6_17, FAR * 65536);
	vms_pageset_destroy(world.excluded);
	world.excluded = NULL;
	assert_no_error(vms_pageset_create(FAR * 65536, 2048, NULL,
					   &world.excluded));
	for (vms_pfn_t pfn = 0; pfn < FAR * 65536; pfn += 65536 / 16)
		world_anon(&world, pfn);
	world_scan(&world, 31, 32768);
	excluded = world.counts.excluded[VMS_CLASS_USER];
	assert_true(excluded > 0 && excluded < FAR * 16);
	assert_int_equal(world.counts.doubted[VMS_DOUBT_MEMORY],
			 FAR * 16 - excluded);
	assert_int_equal(world_doubts(&world), FAR * 16 - excluded);
	world_close(&world);
}

/* Real poison may hit what the walk needs; a quarter of it is a lie. */
static void test_gate_and_poison(void **state)
{
	struct vms_class_counts counts = { 0 };

	(void)state;
	assert_int_equal(vms_class_gate(&counts, 100), 0);
	counts.needed_hits[VMS_CLASS_HWPOISON] = 25;
	assert_int_equal(vms_class_gate(&counts, 100), 0);
	counts.needed_hits[VMS_CLASS_HWPOISON] = 26;
	assert_int_equal(vms_class_gate(&counts, 100),
			 1U << VMS_CLASS_HWPOISON);
	counts.needed_hits[VMS_CLASS_UNACCEPTED] = 1;
	assert_int_equal(vms_class_gate(&counts, 1000),
			 1U << VMS_CLASS_UNACCEPTED);
}

static void test_told_doubt(void **state)
{
	struct world world;
	struct vms_classifier *classifier;
	struct vms_classifier_config config;

	(void)state;
	world_open(&world, WORLD_6_1, 16);
	config = (struct vms_classifier_config){ .layout = world.layout,
						 .level = 31,
						 .excluded = world.excluded };
	assert_no_error(vms_classifier_create(&config, &classifier));
	vms_classify_doubt(classifier, VMS_DOUBT_MEMMAP, 32768);
	assert_int_equal(vms_classifier_counts(classifier)
				 ->doubted[VMS_DOUBT_MEMMAP],
			 32768);
	assert_true(vms_classifier_keep_needed(classifier, &world.lookup));
	vms_classifier_destroy(classifier);
	vms_classifier_destroy(NULL);
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_needed_pages),
		cmocka_unit_test(test_needed_before_the_sweep),
		cmocka_unit_test(test_needed_late),
		cmocka_unit_test(test_needed_late_unattributed),
		cmocka_unit_test(test_set_is_full),
		cmocka_unit_test(test_gate_and_poison),
		cmocka_unit_test(test_told_doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
