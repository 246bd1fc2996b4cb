// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs of present and kept pages from segments and an excluded set. */
#include <stdlib.h>

#include <vmsieve/plan.h>

#include "vms_cmocka.h"

#define P(n) ((vms_paddr_t)(n) << 12)

/* 0-9, a hole, 20-29 of which 26-29 were left out, 30-39 right behind,
 * and a piece of page 50. */
static const struct vms_segment segments[] = {
	{ P(0), P(10), P(10), 0 },
	{ P(20), P(26), P(30), 0 },
	{ P(30), P(40), P(40), 0 },
	{ P(50) + 100, P(50) + 200, P(50) + 200, 0 },
};

static const struct vms_page_plan all = {
	.segments = segments,
	.nr_segments = VMS_ARRAY_SIZE(segments),
	.page_shift = 12,
};

static void check(const struct vms_page_plan *plan, bool kept,
		  const struct vms_pfn_range *expected, size_t count)
{
	struct vms_plan_walk walk;
	struct vms_pfn_range run;
	size_t i = 0;

	vms_plan_walk_init(&walk, plan);
	while (kept ? vms_plan_walk_next_kept(&walk, &run) :
		      vms_plan_walk_next_present(&walk, &run)) {
		assert_true(i < count);
		assert_int_equal(run.start, expected[i].start);
		assert_int_equal(run.end, expected[i].end);
		i++;
	}
	assert_int_equal(i, count);
	/* The end stays the end. */
	assert_false(kept ? vms_plan_walk_next_kept(&walk, &run) :
			    vms_plan_walk_next_present(&walk, &run));
}

static void test_present(void **state)
{
	static const struct vms_pfn_range expected[] = {
		{ 0, 10 }, { 20, 40 }, { 50, 51 }
	};
	struct vms_pfn_range run;

	(void)state;
	check(&all, false, expected, VMS_ARRAY_SIZE(expected));
	assert_int_equal(vms_plan_count_present(&all), 31);
	assert_int_equal(vms_plan_end_pfn(&all), 51);
	assert_true(vms_plan_next_present(&all, 25, &run));
	assert_int_equal(run.start, 25);
	assert_false(vms_plan_next_present(&all, 51, &run));
}

static void test_kept(void **state)
{
	static const struct vms_pfn_range whole[] = {
		{ 0, 10 }, { 20, 26 }, { 30, 40 }, { 50, 51 }
	};
	static const struct vms_pfn_range filtered[] = {
		{ 3, 8 }, { 35, 36 }, { 50, 51 }
	};
	struct vms_page_plan plan = all;
	struct vms_pageset *excluded;

	(void)state;
	check(&plan, true, whole, VMS_ARRAY_SIZE(whole));
	assert_int_equal(vms_plan_count_kept(&plan), 27);

	assert_no_error(vms_pageset_create(51, 65536, NULL, &excluded));
	assert_true(vms_pageset_add(excluded, (struct vms_pfn_range){ 0, 3 }));
	assert_true(vms_pageset_add(excluded, (struct vms_pfn_range){ 8, 35 }));
	assert_true(vms_pageset_add(excluded,
				    (struct vms_pfn_range){ 36, 45 }));
	plan.excluded = excluded;
	check(&plan, true, filtered, VMS_ARRAY_SIZE(filtered));
	assert_int_equal(vms_plan_count_kept(&plan), 7);
	vms_pageset_destroy(excluded);
}

static uint64_t rnd(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

#define RANDOM_PAGES 200000U
#define RANDOM_SEGMENTS 40U

/* Segments with pieces of pages, tails without bytes, holes and neighbours;
 * flags: 1 is present, 2 has bytes. */
static size_t random_segments(uint64_t *seed, struct vms_segment *ret,
			      uint8_t *flags)
{
	vms_paddr_t at = 0;
	size_t n;

	for (n = 0; n < RANDOM_SEGMENTS; n++) {
		struct vms_segment *s = &ret[n];

		if (rnd(seed) % 3)
			at += rnd(seed) % P(3000);
		s->start = at;
		at += 1 + rnd(seed) % P(3000);
		s->data_end = at;
		if (rnd(seed) % 3 == 0)
			at += rnd(seed) % P(100);
		s->end = at;
		for (vms_pfn_t p = s->start >> 12; P(p) < s->end; p++)
			flags[p] |= (uint8_t)(P(p) < s->data_end ? 3 : 1);
	}
	return n;
}

static void check_walk(const struct vms_page_plan *plan, bool kept,
		       const uint8_t *flags, uint8_t want)
{
	struct vms_plan_walk walk;
	struct vms_pfn_range run;
	vms_pfn_t pfn = 0;

	vms_plan_walk_init(&walk, plan);
	while (kept ? vms_plan_walk_next_kept(&walk, &run) :
		      vms_plan_walk_next_present(&walk, &run)) {
		for (; pfn < run.start; pfn++)
			assert_false(flags[pfn] & want);
		for (; pfn < run.end; pfn++)
			assert_true(flags[pfn] & want);
		assert_false(flags[pfn] & want);
	}
	for (; pfn < RANDOM_PAGES; pfn++)
		assert_false(flags[pfn] & want);
}

static void run_random(uint64_t seed, unsigned int max_run)
{
	uint8_t *flags = calloc(1, RANDOM_PAGES);
	struct vms_segment ram[RANDOM_SEGMENTS] = { 0 };
	struct vms_page_plan plan = { .segments = ram, .page_shift = 12 };
	struct vms_pageset *excluded;
	uint64_t present = 0;
	uint64_t kept = 0;

	assert_non_null(flags);
	plan.nr_segments = random_segments(&seed, ram, flags);
	assert_no_error(vms_pageset_create(RANDOM_PAGES, 1U << 20, NULL,
					   &excluded));
	check_walk(&plan, true, flags, 2);
	for (vms_pfn_t p = 0; p < RANDOM_PAGES - max_run;) {
		vms_pfn_t end = p + 1 + rnd(&seed) % max_run;

		assert_true(vms_pageset_add(
			excluded, (struct vms_pfn_range){ p, end }));
		for (; p < end; p++)
			flags[p] &= (uint8_t)~2U;
		p += rnd(&seed) % max_run;
	}
	for (vms_pfn_t p = 0; p < RANDOM_PAGES; p++) {
		present += flags[p] & 1;
		kept += flags[p] >> 1;
	}
	plan.excluded = excluded;
	check_walk(&plan, true, flags, 2);
	check_walk(&plan, false, flags, 1);
	assert_int_equal(vms_plan_count_present(&plan), present);
	assert_int_equal(vms_plan_count_kept(&plan), kept);
	vms_pageset_destroy(excluded);
	free(flags);
}

static void test_random(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 40; seed++)
		run_random(seed, 1U << seed % 13);
}

static void test_nothing(void **state)
{
	static const struct vms_page_plan none = { .page_shift = 12 };
	struct vms_pfn_range run;

	(void)state;
	assert_false(vms_plan_next_present(&none, 0, &run));
	check(&none, false, NULL, 0);
	check(&none, true, NULL, 0);
	assert_int_equal(vms_plan_end_pfn(&none), 0);
	assert_int_equal(vms_plan_count_kept(&none), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_present),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
