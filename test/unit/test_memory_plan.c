// SPDX-License-Identifier: GPL-2.0-or-later
/* What is planned: inside the budget, in the promised order of giving up. */
#include <string.h>

#include <vmsieve/log.h>

#include "batch.h"
#include "memory_plan.h"
#include "vms_cmocka.h"

#define MIB (1ULL << 20)

static struct vms_memory_needs needs(uint64_t available, unsigned int threads)
{
	return (struct vms_memory_needs){
		.available = available,
		.cpus = 4,
		.threads = threads,
		.page_size = 4096,
		.codec_bytes = 672 << 10,
		.writer_bytes = 1100 << 10,
		.input_bytes = 900 * MIB,
	};
}

static struct vms_memory_plan plan(uint64_t available, unsigned int threads)
{
	struct vms_memory_needs n = needs(available, threads);
	struct vms_memory_plan p;

	vms_memory_plan_make(&n, &p);
	assert_true(p.threads >= 1);
	assert_int_equal(p.batches, p.threads + VMS_PLAN_EXTRA_BATCHES);
	return p;
}

/* The promise of the design: 32 MiB, and 2 MiB for each further thread. */
static void test_large_machine(void **state)
{
	static const unsigned int threads[] = { 1, 2, 3, 16, 64, 200 };

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(threads); i++) {
		struct vms_memory_plan p = plan(1ULL << 40, threads[i]);
		uint64_t most = 32 * MIB + (threads[i] - 1) * 2 * MIB;

		assert_int_equal(p.threads, threads[i]);
		assert_int_equal(p.batch_bytes, VMS_PLAN_BATCH_BYTES);
		assert_int_equal(p.window_bytes, VMS_READER_WINDOW_BYTES);
		assert_int_equal(p.excluded_bytes,
				 VMS_PLAN_MAX_EXCLUDED_BYTES);
		assert_in_range(p.scan_bytes, 1, most);
		assert_in_range(p.copy_bytes, 1, most);
		assert_false(p.drop_input);
	}
}

static void test_threads_by_default(void **state)
{
	struct vms_memory_needs n = needs(1ULL << 40, 0);
	struct vms_memory_plan p;

	(void)state;
	vms_memory_plan_make(&n, &p);
	assert_int_equal(p.threads, 4);
	n.cpus = 1000;
	vms_memory_plan_make(&n, &p);
	assert_int_equal(p.threads, VMS_PLAN_DEFAULT_THREADS);
	n.cpus = 0;
	vms_memory_plan_make(&n, &p);
	assert_int_equal(p.threads, 1);
}

/* Less memory: first fewer threads, then smaller pieces; always a plan. */
static void test_short_of_memory(void **state)
{
	size_t threads = 16;
	size_t batch = VMS_PLAN_BATCH_BYTES;
	size_t excluded = VMS_PLAN_MAX_EXCLUDED_BYTES;

	(void)state;
	for (uint64_t mib = 256; mib; mib--) {
		struct vms_memory_plan p = plan(mib * MIB, 16);
		bool least = p.threads == 1 &&
			     p.batch_bytes == VMS_PLAN_MIN_BATCH_BYTES &&
			     p.excluded_bytes == VMS_PLAN_MIN_EXCLUDED_BYTES;

		assert_true(p.threads <= threads);
		assert_true(p.batch_bytes <= batch);
		assert_true(p.excluded_bytes <= excluded);
		assert_true(p.threads == 1 ||
			    p.batch_bytes == VMS_PLAN_BATCH_BYTES);
		assert_true(least || (p.scan_bytes <= p.budget &&
				      p.copy_bytes <= p.budget));
		assert_true(p.budget <= mib * MIB / 2);
		assert_in_range(p.window_bytes, VMS_MIN_WINDOW_BYTES,
				VMS_READER_WINDOW_BYTES);
		threads = p.threads;
		batch = p.batch_bytes;
		excluded = p.excluded_bytes;
	}
	assert_int_equal(threads, 1);
	assert_int_equal(batch, VMS_PLAN_MIN_BATCH_BYTES);
	assert_int_equal(excluded, VMS_PLAN_MIN_EXCLUDED_BYTES);
}

static void test_page_cache(void **state)
{
	(void)state;
	assert_true(plan(64 * MIB, 1).drop_input);
	assert_true(plan(1799 * MIB, 1).drop_input);
	assert_false(plan(1800 * MIB, 1).drop_input);
	assert_int_equal(plan(64 * MIB, 1).cache_bytes, 8 * MIB);
	assert_int_equal(plan(8 * MIB, 1).cache_bytes,
			 VMS_PLAN_MIN_CACHE_BYTES);
	assert_int_equal(plan(1ULL << 40, 1).cache_bytes,
			 VMS_PLAN_MAX_CACHE_BYTES);
	/* Not known: as in a small machine. */
	assert_int_equal(plan(0, 1).available, VMS_PLAN_UNKNOWN_BYTES);
}

static void test_this_machine(void **state)
{
	(void)state;
	assert_true(vms_memory_available() > MIB);
	assert_in_range(vms_cpus_available(), 1, 1U << 16);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_large_machine),
		cmocka_unit_test(test_threads_by_default),
		cmocka_unit_test(test_short_of_memory),
		cmocka_unit_test(test_page_cache),
		cmocka_unit_test(test_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
