// SPDX-License-Identifier: GPL-2.0-or-later
/* The sparse page set against a plain array of flags, and its memory cap. */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/pageset.h>

#include "pageset_flags.h"
#include "vms_cmocka.h"

#define PAGES (5U * 65536U + 100U)
#define CAP (1U << 20)

static void compare(const struct vms_pageset *set, const uint8_t *flags)
{
	flags_compare(set, flags, PAGES);
}

/* max_run decides how fragmented the set becomes. */
static void run_random(uint64_t seed, unsigned int max_run, int rounds)
{
	struct vms_pageset *set;
	uint8_t *flags = calloc(1, PAGES);

	assert_non_null(flags);
	assert_no_error(vms_pageset_create(PAGES, CAP, NULL, &set));
	for (int i = 0; i < rounds; i++) {
		vms_pfn_t start = flags_random(&seed) % PAGES;
		vms_pfn_t end = start + 1 + flags_random(&seed) % max_run;
		bool remove = flags_random(&seed) % 3 == 0;

		if (end > PAGES)
			end = PAGES;
		struct vms_pfn_range range = { start, end };

		if (remove)
			assert_true(vms_pageset_remove(set, range));
		else
			assert_true(vms_pageset_add(set, range));
		memset(flags + start, !remove, end - start);
	}
	compare(set, flags);
	for (int i = 0; i < 1000; i++) {
		vms_pfn_t start = flags_random(&seed) % PAGES;
		vms_pfn_t end = start + flags_random(&seed) % (PAGES - start);
		uint64_t expected = 0;

		for (vms_pfn_t p = start; p < end; p++)
			expected += flags[p];
		assert_int_equal(vms_pageset_contains(set, start),
				 flags[start]);
		assert_int_equal(
			vms_pageset_count(set,
					  (struct vms_pfn_range){ start, end }),
			expected);
	}
	assert_true(vms_pageset_bytes(set) <= CAP);
	vms_pageset_clear(set);
	memset(flags, 0, PAGES);
	compare(set, flags);
	vms_pageset_destroy(set);
	free(flags);
}

static void test_random(void **state)
{
	(void)state;
	run_random(1, 1, 50000);
	run_random(2, 3, 60000);
	run_random(3, 600, 3000);
	run_random(4, 200000, 300);
	run_random(5, 1, 100);
}

static void test_whole(void **state)
{
	struct vms_pageset *set;
	struct vms_pfn_range run;

	(void)state;
	assert_no_error(vms_pageset_create(1ULL << 34, CAP, NULL, &set));
	assert_true(vms_pageset_add(set,
				    (struct vms_pfn_range){ 0, 1ULL << 28 }));
	assert_true(vms_pageset_next(set, 5, &run));
	assert_int_equal(run.start, 5);
	assert_int_equal(run.end, 1ULL << 28);
	assert_false(vms_pageset_next(set, 1ULL << 28, &run));
	vms_pageset_destroy(set);
}

static void fill_random(struct vms_pageset *set, uint8_t *flags, uint64_t *seed,
			vms_pfn_t from, unsigned int max_run)
{
	for (int i = 0; i < 3000; i++) {
		vms_pfn_t start = from + flags_random(seed) % (PAGES - from);
		vms_pfn_t end = start + 1 + flags_random(seed) % max_run;

		if (end > PAGES)
			end = PAGES;
		assert_true(vms_pageset_add(
			set, (struct vms_pfn_range){ start, end }));
		memset(flags + start, 1, end - start);
	}
}

/* Into blocks that are there and into such that are not. */
static void test_move(void **state)
{
	uint8_t *flags = calloc(1, PAGES);
	struct vms_pageset *dst;
	struct vms_pageset *src;
	uint64_t seed = 7;

	(void)state;
	assert_non_null(flags);
	assert_no_error(vms_pageset_create(PAGES, CAP, NULL, &dst));
	assert_no_error(vms_pageset_create(PAGES, CAP, NULL, &src));
	assert_true(vms_pageset_move(dst, src));
	for (unsigned int i = 0; i < 12; i++) {
		fill_random(src, flags, &seed, i % 3 * 90000, 1U << i);
		assert_true(vms_pageset_move(dst, src));
		assert_int_equal(vms_pageset_members(src), 0);
		compare(dst, flags);
	}
	vms_pageset_clear(dst);
	memset(flags, 0, PAGES);
	compare(dst, flags);
	vms_pageset_destroy(src);
	vms_pageset_destroy(dst);
	free(flags);
}

/* What does not fit is in src and only there, whichever block it is of. */
static void move_into_little(size_t cap, bool merge, uint64_t seed)
{
	uint8_t *flags = calloc(1, PAGES);
	struct vms_pfn_range all = { 0, PAGES };
	struct vms_pageset *dst;
	struct vms_pageset *src;
	struct vms_pfn_range run;
	uint64_t members;

	assert_non_null(flags);
	assert_no_error(vms_pageset_create(PAGES, cap, NULL, &dst));
	assert_no_error(vms_pageset_create(PAGES, CAP, NULL, &src));
	for (vms_pfn_t pfn = 100; merge && pfn < PAGES; pfn += 65536) {
		(void)!vms_pageset_add(dst, (struct vms_pfn_range){ pfn,
								   pfn + 1 });
		flags[pfn] = vms_pageset_contains(dst, pfn);
	}
	fill_random(src, flags, &seed, 0, 2);
	members = vms_pageset_count(src, all) + vms_pageset_members(dst);
	assert_false(vms_pageset_move(dst, src));
	assert_true(vms_pageset_bytes(dst) <= cap);
	assert_true(vms_pageset_members(src) + vms_pageset_members(dst) <=
		    members);
	for (vms_pfn_t pfn = 0; vms_pageset_next(src, pfn, &run);
	     pfn = run.end) {
		assert_int_equal(vms_pageset_count(dst, run), 0);
		assert_true(vms_pageset_remove(src, run));
		memset(flags + run.start, 0, run.end - run.start);
	}
	compare(dst, flags);
	vms_pageset_destroy(src);
	vms_pageset_destroy(dst);
	free(flags);
}

static void test_move_refused(void **state)
{
	(void)state;
	for (size_t cap = 200; cap < 12000; cap += 400) {
		move_into_little(cap, false, cap);
		move_into_little(cap, true, cap);
	}
}

/* Every page that a walk is sent to, in a set of runs and of bits. */
static void test_seek(void **state)
{
	uint8_t *flags = calloc(1, PAGES);
	struct vms_pageset_walk walk;
	struct vms_pfn_range run;
	struct vms_pageset *set;
	uint64_t seed = 11;

	(void)state;
	assert_non_null(flags);
	assert_no_error(vms_pageset_create(PAGES, CAP, NULL, &set));
	fill_random(set, flags, &seed, 3 * 65536, 5);
	fill_random(set, flags, &seed, PAGES - 65536, 3);
	fill_random(set, flags, &seed, PAGES - 3000, 3);
	vms_pageset_walk_init(&walk, set);
	for (int i = 0; i < 20000; i++) {
		vms_pfn_t pfn = flags_random(&seed) % PAGES;

		vms_pageset_walk_seek(&walk, pfn);
		while (pfn < PAGES && !flags[pfn])
			pfn++;
		if (!vms_pageset_walk_next(&walk, &run)) {
			assert_int_equal(pfn, PAGES);
			continue;
		}
		assert_int_equal(run.start, pfn);
		while (pfn < PAGES && flags[pfn])
			pfn++;
		assert_int_equal(run.end, pfn);
	}
	vms_pageset_destroy(set);
	free(flags);
}

/* Every other page of a large machine does not fit: refused, and true. */
static void test_cap(void **state)
{
	struct vms_pageset *set;
	uint64_t added = 0;
	vms_pfn_t pfn;

	(void)state;
	assert_no_error(vms_pageset_create(1ULL << 34, CAP, NULL, &set));
	for (pfn = 0; pfn < 1ULL << 34; pfn += 2) {
		if (!vms_pageset_add(set,
				     (struct vms_pfn_range){ pfn, pfn + 1 }))
			break;
		added++;
	}
	assert_true(pfn < 1ULL << 34);
	assert_true(vms_pageset_bytes(set) <= CAP);
	assert_int_equal(vms_pageset_count(set, (struct vms_pfn_range){
							0, 1ULL << 34 }),
			 added);
	assert_false(vms_pageset_contains(set, pfn));
	assert_true(vms_pageset_contains(set, pfn - 2));
	vms_pageset_destroy(set);
	vms_pageset_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_move_refused),
		cmocka_unit_test(test_seek),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_cap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
