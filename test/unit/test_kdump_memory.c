// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory of the kdump-compressed writer: each allocation fails in turn, and
 * none is made once pages come.
 */
#include "dump_world.h"
#include "fake_calls.h"
#include "fake_sink.h"
#include "vms_cmocka.h"

#define NEVER 1000000U

static const struct vms_format_ops *format(void)
{
	return vms_format_find("kdump-compressed");
}

static struct dump_world *small_world(void)
{
	struct world_options options = world_default_options();

	options.far_pages = 100;
	return world_create(&options);
}

/* create and begin with the n-th allocation failing; true when both work. */
static bool try_to_begin(struct dump_world *world, unsigned int n)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct vms_sink *sink = fake_sink_create(&faults);
	struct vms_writer *w = NULL;
	struct vms_error *err;
	uint8_t byte = 0;

	/* The sink's own first allocations are no matter here. */
	assert_no_error(sink->ops->set_size(sink, 1 << 20));
	assert_no_error(vms_sink_write_at(sink, 0, &byte, 1));
	fake_calls()->fail_alloc = n;
	err = format()->create(sink, &world->info, &world->plan, &w);
	if (!err)
		err = format()->begin(w);
	fake_calls()->fail_alloc = 0;
	if (err)
		assert_int_equal(vms_error_code(err), VMS_ERR_NO_MEMORY);
	format()->destroy(w);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	if (!err)
		return true;
	vms_error_destroy(err);
	return false;
}

static void test_each_allocation_fails(void **state)
{
	struct dump_world *world = small_world();
	unsigned int n = 1;

	(void)state;
	assert_non_null(world);
	while (n < 100 && !try_to_begin(world, n))
		n++;
	/* The struct, the stream, the table and the header's block. */
	assert_int_equal(n, 5);
	world_destroy(world);
}

/* Memory that runs out later cannot hurt: none is asked for. */
static void test_no_allocation_for_pages(void **state)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = small_world();
	struct vms_sink *sink = fake_sink_create(&faults);
	struct vms_writer *w = NULL;
	uint8_t byte = 0;

	(void)state;
	assert_non_null(world);
	assert_no_error(sink->ops->set_size(sink, 64 << 20));
	assert_no_error(vms_sink_write_at(sink, 0, &byte, 1));
	assert_no_error(format()->create(sink, &world->info, &world->plan, &w));
	assert_no_error(format()->begin(w));
	fake_calls()->fail_alloc = NEVER;
	for (size_t i = 0; i < world->nr_pages; i++)
		assert_no_error(world_put(world, w, i));
	assert_no_error(format()->finish(w));
	assert_int_equal(fake_calls()->fail_alloc, NEVER);
	fake_calls()->fail_alloc = 0;
	format()->destroy(w);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	world_destroy(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_allocation_fails),
		cmocka_unit_test(test_no_allocation_for_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
