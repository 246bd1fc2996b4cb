// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The engine: every item once and in order, whatever threads there are; an
 * error ends it with everybody joined; without threads it still works.
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "flow.h"
#include "vms_cmocka.h"

#define MAX_ITEMS 16U
#define MAX_WORKERS 8U

/* Which pthread_create() fails, 1 first; 0: none. And all behind it? */
static struct {
	unsigned int fail;
	bool and_later;
	unsigned int calls;
} fake;

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg)
{
	fake.calls++;
	if (fake.fail &&
	    (fake.calls == fake.fail ||
	     (fake.and_later && fake.calls > fake.fail)))
		return 11;	/* EAGAIN */
	return __real_pthread_create(thread, attr, run, arg);
}

struct item {
	uint64_t number;
	uint64_t loaded;
	uint64_t product;
	bool full;		/* filled, not yet delivered */
};

struct world {
	uint64_t total;		/* items that there are */
	uint64_t fail_at;	/* deliver fails there; UINT64_MAX: never */
	uint64_t filled;
	uint64_t delivered;
	struct item items[MAX_ITEMS];
	uint64_t worked[MAX_WORKERS];
};

static bool fill(void *ctx, void *arg)
{
	struct world *world = ctx;
	struct item *item = arg;

	/* One call at a time: the sanitizer sees it if not. */
	if (world->filled == world->total)
		return false;
	assert(!item->full);
	item->number = world->filled++;
	item->full = true;
	return true;
}

static void load(void *worker, void *arg)
{
	struct item *item = arg;

	(void)worker;
	item->loaded = item->number;
}

static void work(void *worker, void *arg)
{
	struct item *item = arg;
	uint64_t *worked = worker;

	item->product = item->number * item->loaded;
	(*worked)++;
}

static struct vms_error *deliver(void *ctx, void *arg)
{
	struct world *world = ctx;
	struct item *item = arg;

	assert(item->full);
	item->full = false;
	if (item->number != world->delivered ||
	    item->product != item->number * item->number)
		return vms_error_create(VMS_ERR_INPUT, "out of order");
	if (item->number == world->fail_at)
		return vms_error_create(VMS_ERR_NO_SPACE, "full");
	world->delivered++;
	return NULL;
}

/* Without a loading step: working does both. */
static void load_and_work(void *worker, void *arg)
{
	load(worker, arg);
	work(worker, arg);
}

static const struct vms_flow_ops ops[] = {
	{ fill, NULL, load_and_work, deliver },
	{ fill, load, work, deliver },
};

static struct vms_error *run(struct world *world, bool apart, size_t items,
			     size_t workers, size_t *threads_ret)
{
	void *item[MAX_ITEMS];
	void *worker[MAX_WORKERS];
	struct vms_flow flow = {
		.ops = &ops[apart],
		.ctx = world,
		.items = item,
		.nr_items = items,
		.workers = worker,
		.nr_workers = workers,
		.loader = world,
		.stack_bytes = 256U << 10,
	};

	for (size_t i = 0; i < items; i++)
		item[i] = &world->items[i];
	for (size_t i = 0; i < workers; i++)
		worker[i] = &world->worked[i];
	return vms_flow_run(&flow, threads_ret);
}

static uint64_t total_worked(const struct world *world)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < MAX_WORKERS; i++)
		sum += world->worked[i];
	return sum;
}

static void check_all(uint64_t total, bool apart, size_t items, size_t workers,
		      size_t threads_wanted)
{
	struct world world = { .total = total, .fail_at = UINT64_MAX };
	size_t threads = 99;

	fake.calls = 0;
	assert_no_error(run(&world, apart, items, workers, &threads));
	assert_int_equal(world.delivered, total);
	assert_int_equal(total_worked(&world), total);
	assert_int_equal(threads, threads_wanted);
}

static void test_all_in_order(void **state)
{
	(void)state;
	fake.fail = 0;
	for (unsigned int apart = 0; apart < 2; apart++)
		for (size_t items = 1; items <= MAX_ITEMS; items += 5)
			for (size_t workers = 1; workers <= MAX_WORKERS;
			     workers += 3) {
				/* One worker has a thread that loads. */
				size_t n = workers == 1 ? 1 + apart : workers;

				check_all(0, apart, items, workers, n);
				check_all(1, apart, items, workers, n);
				check_all(2000, apart, items, workers, n);
			}
}

static void test_error_ends_it(void **state)
{
	static const uint64_t at[] = { 0, 1, 2, 7, 100, 999 };

	(void)state;
	fake.fail = 0;
	for (unsigned int apart = 0; apart < 2; apart++)
		for (size_t i = 0; i < VMS_ARRAY_SIZE(at); i++) {
			struct world world = { .total = 1000,
					       .fail_at = at[i] };
			size_t threads;
			struct vms_error *err =
				run(&world, apart, 5, 3, &threads);

			assert_non_null(err);
			assert_int_equal(vms_error_code(err),
					 VMS_ERR_NO_SPACE);
			vms_error_destroy(err);
			assert_int_equal(world.delivered, at[i]);
			/* No more than the ring holds was begun. */
			assert_in_range(world.filled, at[i] + 1, at[i] + 6);
		}
}

/* The loading thread, its worker, some of many, everything. */
static void test_fewer_threads(void **state)
{
	(void)state;
	fake.and_later = false;
	fake.fail = 1;
	check_all(500, true, 4, 1, 1);
	check_all(500, true, 1, 1, 1);
	fake.fail = 2;
	check_all(500, true, 4, 1, 1);
	check_all(500, true, 1, 1, 1);
	fake.fail = 3;
	check_all(500, true, 4, 4, 2);
	check_all(500, false, 4, 4, 2);
	fake.and_later = true;
	fake.fail = 1;
	for (size_t workers = 1; workers <= 3; workers++) {
		check_all(500, true, 4, workers, 0);
		check_all(500, false, 4, workers, 0);
	}
	fake.fail = 0;
}

static void test_error_without_threads(void **state)
{
	struct world world = { .total = 10, .fail_at = 3 };
	struct vms_error *err;
	size_t threads;

	(void)state;
	fake.calls = 0;
	fake.fail = 1;
	fake.and_later = true;
	err = run(&world, true, 2, 2, &threads);
	assert_non_null(err);
	vms_error_destroy(err);
	assert_int_equal(world.delivered, 3);
	assert_int_equal(threads, 0);
	fake.fail = 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_in_order),
		cmocka_unit_test(test_error_ends_it),
		cmocka_unit_test(test_fewer_threads),
		cmocka_unit_test(test_error_without_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
