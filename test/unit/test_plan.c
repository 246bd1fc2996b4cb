// SPDX-License-Identifier: GPL-2.0-or-later
/* Runs of present and kept pages from segments and an excluded set. */
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
	struct vms_pfn_range run;
	vms_pfn_t from = 0;
	size_t i = 0;

	while (kept ? vms_plan_next_kept(plan, from, &run) :
		      vms_plan_next_present(plan, from, &run)) {
		assert_true(i < count);
		assert_int_equal(run.start, expected[i].start);
		assert_int_equal(run.end, expected[i].end);
		from = run.end;
		i++;
	}
	assert_int_equal(i, count);
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

	assert_no_error(vms_pageset_create(51, 65536, &excluded));
	assert_true(vms_pageset_add(excluded, (struct vms_pfn_range){ 0, 3 }));
	assert_true(vms_pageset_add(excluded, (struct vms_pfn_range){ 8, 35 }));
	assert_true(vms_pageset_add(excluded,
				    (struct vms_pfn_range){ 36, 45 }));
	plan.excluded = excluded;
	check(&plan, true, filtered, VMS_ARRAY_SIZE(filtered));
	assert_int_equal(vms_plan_count_kept(&plan), 7);
	vms_pageset_destroy(excluded);
}

static void test_nothing(void **state)
{
	static const struct vms_page_plan none = { .page_shift = 12 };
	struct vms_pfn_range run;

	(void)state;
	assert_false(vms_plan_next_present(&none, 0, &run));
	assert_false(vms_plan_next_kept(&none, 0, &run));
	assert_int_equal(vms_plan_end_pfn(&none), 0);
	assert_int_equal(vms_plan_count_kept(&none), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_present),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
