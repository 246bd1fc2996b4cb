// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page set when memory is short: with scratch against a plain array of
 * flags, and with scratch that fails, lies or forgets.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/plan.h>

#include "fake_scratch.h"
#include "pageset_flags.h"
#include "vms_cmocka.h"

#define BLOCK 65536U
#define PAGES (9U * BLOCK + 100U)
/* The set, its table and its buffer, and room for two blocks of bits and few
 * runs: what a block needs to become bits while nothing else is in memory. */
#define CAP (10000U + 2U * 8208U)
#define SCRATCH (1U << 20)

/* A set with scratch, and what is to be in it. */
struct spilled {
	struct fake_scratch scratch;
	struct vms_pageset *set;
	uint8_t *flags;
};

static void spilled_init(struct spilled *s, size_t cap)
{
	fake_scratch_init(&s->scratch, SCRATCH);
	assert_no_error(vms_pageset_create(PAGES, cap, &s->scratch.base,
					   &s->set));
	s->flags = calloc(1, PAGES);
	assert_non_null(s->flags);
}

static void spilled_deinit(struct spilled *s)
{
	vms_pageset_destroy(s->set);
	vms_scratch_destroy(&s->scratch.base);
	free(s->flags);
}

static void compare(const struct spilled *s)
{
	flags_compare(s->set, s->flags, PAGES);
}

/* Every step-th page from start on. */
static void add_comb(struct spilled *s, vms_pfn_t start, vms_pfn_t end,
		     unsigned int step)
{
	for (; start < end; start += step) {
		assert_true(vms_pageset_add(
			s->set, (struct vms_pfn_range){ start, start + 1 }));
		s->flags[start] = 1;
	}
}

static struct vms_pfn_range random_range(uint64_t *seed, unsigned int max_run)
{
	vms_pfn_t start = flags_random(seed) % PAGES;
	vms_pfn_t end = start + 1 + flags_random(seed) % max_run;

	return (struct vms_pfn_range){ start, end < PAGES ? end : PAGES };
}

/* Adds and removes at random places, which loads and spills all the time. */
static void change_randomly(struct spilled *s, uint64_t *seed,
			    unsigned int max_run, int rounds)
{
	for (int i = 0; i < rounds; i++) {
		struct vms_pfn_range range = random_range(seed, max_run);
		bool remove = flags_random(seed) % 3 == 0;

		assert_true(remove ? vms_pageset_remove(s->set, range) :
				     vms_pageset_add(s->set, range));
		memset(s->flags + range.start, !remove,
		       range.end - range.start);
	}
}

/* What a worker brings: anywhere, so that blocks are merged too. */
static void move_randomly(struct spilled *s, uint64_t *seed,
			  unsigned int max_run, int rounds)
{
	struct vms_pageset *src;

	assert_no_error(vms_pageset_create(PAGES, 1U << 20, NULL, &src));
	for (int i = 0; i < rounds; i++) {
		struct vms_pfn_range range = random_range(seed, max_run);

		assert_true(vms_pageset_add(src, range));
		memset(s->flags + range.start, 1, range.end - range.start);
	}
	assert_true(vms_pageset_move(s->set, src));
	assert_int_equal(vms_pageset_members(src), 0);
	vms_pageset_destroy(src);
}

static void check_counts(const struct spilled *s, uint64_t *seed)
{
	for (int i = 0; i < 50; i++) {
		struct vms_pfn_range range = random_range(seed, PAGES);
		uint64_t expected = 0;

		for (vms_pfn_t pfn = range.start; pfn < range.end; pfn++)
			expected += s->flags[pfn];
		assert_int_equal(vms_pageset_count(s->set, range), expected);
		assert_int_equal(vms_pageset_contains(s->set, range.start),
				 s->flags[range.start]);
	}
}

static void run_random(uint64_t seed, unsigned int max_run, size_t cap)
{
	struct spilled s;

	spilled_init(&s, cap);
	for (int turn = 0; turn < 4; turn++) {
		change_randomly(&s, &seed, max_run, 1500);
		move_randomly(&s, &seed, max_run, 1500);
		assert_true(vms_pageset_bytes(s.set) <= cap);
		compare(&s);
		check_counts(&s, &seed);
	}
	assert_null(vms_pageset_failed(s.set));
	assert_null(vms_pageset_scratch_error(s.set));
	/* Slots are used again: not many more than there are blocks. */
	assert_true(s.scratch.size <= 32 * 8192);
	assert_int_equal(vms_pageset_verify(s.set), 0);
	vms_pageset_clear(s.set);
	memset(s.flags, 0, PAGES);
	compare(&s);
	change_randomly(&s, &seed, max_run, 3000);
	compare(&s);
	spilled_deinit(&s);
}

static void test_random(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		run_random(1 + i, 1, CAP + i * 8208);
		run_random(2 + i, 5, CAP + i * 8208);
		run_random(3 + i, 600, CAP + i * 8208);
		run_random(4 + i, 200000, CAP + i * 8208);
	}
}

/* Refusals at caps of all sizes: the set has what it said it took. */
static void test_tiny_caps(void **state)
{
	(void)state;
	for (size_t cap = 100; cap < CAP; cap += 997) {
		struct spilled s;
		uint64_t seed = cap;

		spilled_init(&s, cap);
		for (int i = 0; i < 6000; i++) {
			vms_pfn_t pfn = flags_random(&seed) % PAGES;

			if (vms_pageset_add(s.set, (struct vms_pfn_range){
							   pfn, pfn + 1 }))
				s.flags[pfn] = 1;
		}
		assert_true(vms_pageset_bytes(s.set) <= cap ||
			    !vms_pageset_members(s.set));
		compare(&s);
		spilled_deinit(&s);
	}
}

/* As the scan does it: units upwards, each moved; then the walk back. */
static void test_ascending(void **state)
{
	struct vms_pageset *unit;
	struct spilled s;

	(void)state;
	spilled_init(&s, CAP);
	assert_no_error(vms_pageset_create(PAGES, 1U << 20, NULL, &unit));
	for (vms_pfn_t start = 0; start < PAGES; start += 4 * BLOCK) {
		for (vms_pfn_t pfn = start;
		     pfn < start + 4 * BLOCK && pfn < PAGES; pfn += 2) {
			assert_true(vms_pageset_add(
				unit, (struct vms_pfn_range){ pfn, pfn + 1 }));
			s.flags[pfn] = 1;
		}
		assert_true(vms_pageset_move(s.set, unit));
	}
	vms_pageset_destroy(unit);
	assert_true(s.scratch.writes > 0);
	/* Every block was written once, and nothing was read yet. */
	assert_true(s.scratch.writes <= 10);
	assert_int_equal(s.scratch.reads, 0);
	compare(&s);
	spilled_deinit(&s);
}

/* Whole blocks are counted and taken out without a read. */
static void test_no_needless_reads(void **state)
{
	struct vms_segment ram = { 0, (vms_paddr_t)PAGES << 12,
				   (vms_paddr_t)PAGES << 12, 0 };
	struct vms_page_plan plan = { .segments = &ram, .nr_segments = 1,
				      .page_shift = 12 };
	struct vms_pfn_range some = { BLOCK, 5 * BLOCK };
	struct vms_plan_walk walk;
	struct vms_pfn_range run;
	struct spilled s;
	uint64_t kept = 0;
	unsigned int spilled;

	(void)state;
	spilled_init(&s, CAP);
	add_comb(&s, 0, PAGES, 2);
	plan.excluded = s.set;
	assert_int_equal(vms_plan_count_kept(&plan), PAGES / 2);
	assert_int_equal(vms_pageset_count(s.set, some), 2 * BLOCK);
	assert_int_equal(s.scratch.reads, 0);
	spilled = s.scratch.writes;
	vms_plan_walk_init(&walk, &plan);
	while (vms_plan_walk_next_kept(&walk, &run))
		kept += run.end - run.start;
	assert_int_equal(kept, PAGES / 2);
	assert_int_equal(s.scratch.reads, spilled);
	assert_true(vms_pageset_remove(s.set, some));
	assert_int_equal(s.scratch.reads, spilled);
	memset(s.flags + some.start, 0, some.end - some.start);
	compare(&s);
	spilled_deinit(&s);
}

/* Nothing is written any more; what was taken stays right. */
static void test_write_fails(void **state)
{
	(void)state;
	for (unsigned int nth = 1; nth < 8; nth++) {
		struct spilled s;
		vms_pfn_t refused = 0;

		spilled_init(&s, CAP);
		s.scratch.fail_write = nth;
		for (vms_pfn_t pfn = 0; pfn < PAGES; pfn += 2) {
			if (vms_pageset_add(s.set, (struct vms_pfn_range){
							   pfn, pfn + 1 }))
				s.flags[pfn] = 1;
			else
				refused++;
		}
		assert_true(refused > 0);
		assert_int_equal(s.scratch.writes, nth);
		assert_non_null(vms_pageset_scratch_error(s.set));
		assert_null(vms_pageset_failed(s.set));
		assert_true(vms_pageset_bytes(s.set) <= CAP);
		compare(&s);
		spilled_deinit(&s);
	}
}

/* A scratch with a cap of its own. */
static void test_scratch_is_full(void **state)
{
	struct vms_pageset *unit;
	struct spilled s;
	uint64_t left;

	(void)state;
	spilled_init(&s, CAP);
	s.scratch.cap = 3 * 8192;
	assert_no_error(vms_pageset_create(PAGES, 1U << 20, NULL, &unit));
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn += 2)
		assert_true(vms_pageset_add(
			unit, (struct vms_pfn_range){ pfn, pfn + 1 }));
	assert_false(vms_pageset_move(s.set, unit));
	left = vms_pageset_members(unit);
	assert_int_equal(left + vms_pageset_members(s.set), PAGES / 2);
	/* Three in scratch, two in memory. */
	assert_int_equal(vms_pageset_members(s.set), 5 * BLOCK / 2 + 50);
	assert_int_equal(vms_error_code(vms_pageset_scratch_error(s.set)),
			 VMS_ERR_LIMIT);
	vms_pageset_destroy(unit);
	spilled_deinit(&s);
}

/* How a block can come back wrong. */
enum damage { READ_FAILS, BIT_FLIPPED, WRITES_LOST, SLOTS_SWAPPED, NR_DAMAGES };

static void damage(struct spilled *s, enum damage how)
{
	uint8_t slot[8192];

	switch (how) {
	case READ_FAILS:
		s->scratch.fail_read = s->scratch.reads + 1;
		break;
	case BIT_FLIPPED:
		s->scratch.data[4711] ^= 0x10;
		break;
	case WRITES_LOST:
		memset(s->scratch.data, 0, s->scratch.size);
		break;
	case SLOTS_SWAPPED:
		memcpy(slot, s->scratch.data, sizeof(slot));
		memcpy(s->scratch.data, s->scratch.data + 8192, sizeof(slot));
		memcpy(s->scratch.data + 8192, slot, sizeof(slot));
		break;
	case NR_DAMAGES:
		break;
	}
}

/* Every page that a walk still says is out was to be out. */
static uint64_t walked(const struct spilled *s)
{
	struct vms_pageset_walk walk;
	struct vms_pfn_range run;
	uint64_t members = 0;

	vms_pageset_walk_init(&walk, s->set);
	while (vms_pageset_walk_next(&walk, &run)) {
		for (vms_pfn_t pfn = run.start; pfn < run.end; pfn++)
			assert_true(s->flags[pfn]);
		members += run.end - run.start;
	}
	return members;
}

static void test_damage(void **state)
{
	(void)state;
	for (enum damage how = 0; how < NR_DAMAGES; how++) {
		struct spilled s;
		uint64_t members;
		uint64_t left;

		spilled_init(&s, CAP);
		/* No two blocks are alike. */
		add_comb(&s, 0, PAGES, 3);
		members = vms_pageset_members(s.set);
		assert_int_equal(walked(&s), members);
		assert_int_equal(vms_pageset_verify(s.set), 0);
		damage(&s, how);
		left = walked(&s);
		assert_true(left < members);
		assert_non_null(vms_pageset_failed(s.set));
		assert_null(vms_pageset_scratch_error(s.set));
		/* The count still is what it was; now it becomes true. */
		assert_int_equal(vms_pageset_members(s.set), members);
		assert_int_equal(vms_pageset_verify(s.set), members - left);
		assert_int_equal(vms_pageset_lost(s.set), members - left);
		assert_int_equal(vms_pageset_members(s.set), left);
		assert_int_equal(walked(&s), left);
		assert_non_null(vms_pageset_failed(s.set));
		vms_pageset_clear(s.set);
		assert_int_equal(vms_pageset_lost(s.set), 0);
		spilled_deinit(&s);
	}
}

/* A wrong bit anywhere is seen. */
static void test_every_bit(void **state)
{
	struct spilled s;

	(void)state;
	spilled_init(&s, CAP);
	add_comb(&s, 0, 4 * BLOCK, 3);
	assert_true(s.scratch.size >= 8192);
	for (uint32_t bit = 0; bit < BLOCK; bit += 61) {
		struct vms_pfn_range run;

		s.scratch.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_true(vms_pageset_next(s.set, 0, &run));
		assert_true(run.start >= BLOCK);
		s.scratch.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
		assert_true(vms_pageset_next(s.set, 0, &run));
		assert_int_equal(run.start, 0);
	}
	spilled_deinit(&s);
}

/* A change of a block that cannot be read takes all of it out. */
static void change_lost_block(bool remove)
{
	struct vms_pfn_range range = { 101, 105 };
	struct vms_pageset *src;
	struct spilled s;

	spilled_init(&s, CAP);
	add_comb(&s, 0, PAGES, 2);
	s.scratch.fail_read = 1;
	assert_int_equal(vms_pageset_count(s.set, range), 0);
	if (remove) {
		assert_true(vms_pageset_remove(s.set, range));
	} else {
		assert_no_error(vms_pageset_create(PAGES, 1U << 20, NULL,
						   &src));
		assert_true(vms_pageset_add(src, range));
		assert_true(vms_pageset_move(s.set, src));
		vms_pageset_destroy(src);
	}
	assert_int_equal(vms_pageset_lost(s.set), BLOCK / 2);
	assert_non_null(vms_pageset_failed(s.set));
	s.scratch.fail_read = 0;
	memset(s.flags, 0, BLOCK);
	memset(s.flags + range.start, !remove, range.end - range.start);
	compare(&s);
	spilled_deinit(&s);
}

static void test_change_lost_block(void **state)
{
	(void)state;
	change_lost_block(false);
	change_lost_block(true);
}

struct reader {
	pthread_t thread;
	const struct vms_page_plan *plan;
	uint64_t sum;
};

static void *read_plan(void *arg)
{
	struct reader *reader = arg;
	struct vms_plan_walk walk;
	struct vms_pfn_range run;

	vms_plan_walk_init(&walk, reader->plan);
	while (vms_plan_walk_next_kept(&walk, &run))
		reader->sum = reader->sum * 31 + run.start * 7 + run.end;
	return NULL;
}

/* For the thread sanitizer; broken: both find a block that is lost. */
static void read_by_two(bool broken)
{
	struct vms_segment ram = { 0, (vms_paddr_t)PAGES << 12,
				   (vms_paddr_t)PAGES << 12, 0 };
	struct vms_page_plan plan = { .segments = &ram, .nr_segments = 1,
				      .page_shift = 12 };
	struct reader readers[2] = { { .plan = &plan }, { .plan = &plan } };
	struct spilled s;

	spilled_init(&s, CAP);
	add_comb(&s, 0, PAGES, 2);
	plan.excluded = s.set;
	if (broken)
		damage(&s, WRITES_LOST);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(readers); i++)
		assert_int_equal(pthread_create(&readers[i].thread, NULL,
						read_plan, &readers[i]), 0);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(readers); i++)
		assert_int_equal(pthread_join(readers[i].thread, NULL), 0);
	assert_int_equal(readers[0].sum, readers[1].sum);
	assert_int_equal(!vms_pageset_failed(s.set), !broken);
	spilled_deinit(&s);
}

static void test_two_readers(void **state)
{
	(void)state;
	read_by_two(false);
	read_by_two(true);
}

/* Few runs a block on a machine of 2 TiB: small blocks are spilled too. */
static void test_many_blocks(void **state)
{
	const vms_pfn_t end = 1ULL << 29;
	struct fake_scratch scratch;
	struct vms_pageset *set;
	struct vms_pageset_walk walk;
	struct vms_pfn_range run;
	vms_pfn_t expected = 5;

	(void)state;
	fake_scratch_init(&scratch, 1ULL << 30);
	/* Its table takes 137 KiB, all runs together 256 KiB more. */
	assert_no_error(vms_pageset_create(end, 350U << 10, &scratch.base,
					   &set));
	for (vms_pfn_t pfn = 5; pfn < end; pfn += BLOCK / 4)
		assert_true(vms_pageset_add(
			set, (struct vms_pfn_range){ pfn, pfn + 9 }));
	assert_true(vms_pageset_bytes(set) <= 350U << 10);
	assert_true(scratch.writes > 1000 && scratch.writes < 4000);
	assert_int_equal(vms_pageset_members(set), end / (BLOCK / 4) * 9);
	vms_pageset_walk_init(&walk, set);
	while (vms_pageset_walk_next(&walk, &run)) {
		assert_int_equal(run.start, expected);
		assert_int_equal(run.end, expected + 9);
		expected += BLOCK / 4;
	}
	assert_int_equal(expected, end + 5);
	vms_pageset_destroy(set);
	vms_scratch_destroy(&scratch.base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_tiny_caps),
		cmocka_unit_test(test_ascending),
		cmocka_unit_test(test_no_needless_reads),
		cmocka_unit_test(test_write_fails),
		cmocka_unit_test(test_scratch_is_full),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_change_lost_block),
		cmocka_unit_test(test_two_readers),
		cmocka_unit_test(test_many_blocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
