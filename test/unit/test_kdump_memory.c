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

/*
 * create and begin with `times` allocations failing from the n-th on; true
 * when both work. *held_ret is then what the writer holds.
 */
static bool try_to_begin(struct dump_world *world, unsigned int n,
			 unsigned int times, size_t *held_ret)
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
	fake_calls()->fail_alloc_times = times;
	err = format()->create(sink, &world->info, &world->plan, &w);
	if (!err)
		err = format()->begin(w);
	fake_calls_reset();
	if (err)
		assert_int_equal(vms_error_code(err), VMS_ERR_NO_MEMORY);
	else
		*held_ret = format()->memory_held(w);
	format()->destroy(w);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	if (!err)
		return true;
	vms_error_destroy(err);
	return false;
}

/* The struct, the stream, the table and the header's block. */
static void test_each_allocation_fails(void **state)
{
	struct dump_world *world = small_world();
	size_t held = 0;

	(void)state;
	assert_non_null(world);
	for (unsigned int n = 1; n <= 5; n++) {
		/* The second is the stream's buffer: a smaller one will do. */
		assert_int_equal(try_to_begin(world, n, 1, &held),
				 n == 2 || n == 5);
	}
	world_destroy(world);
}

/* Buffers from 1 MiB down to 64 KiB; whole blocks must fit. Besides: the table
 * of descriptors and the block of a walk. */
static void test_smaller_buffer(void **state)
{
	static const size_t kib[] = { 1024, 256, 64 };
	struct dump_world *world = small_world();
	size_t held = 0;

	(void)state;
	assert_non_null(world);
	for (unsigned int i = 0; i < VMS_ARRAY_SIZE(kib); i++) {
		assert_true(try_to_begin(world, i ? 2 : 0, i, &held));
		assert_in_range(held, kib[i] << 10, (kib[i] << 10) + 34000);
		assert_true(held <= format()->memory_bytes(4096));
	}
	assert_false(try_to_begin(world, 2, 3, &held));
	world->info.page_size = 1 << 17;
	assert_true(try_to_begin(world, 2, 1, &held));
	assert_false(try_to_begin(world, 2, 2, &held));
	world_destroy(world);
}

/* A whole dump with the smallest buffer, page by page and in batches. */
static void test_dump_with_smallest_buffer(void **state)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = small_world();

	(void)state;
	assert_non_null(world);
	for (int batch = 0; batch <= 1; batch++) {
		struct vms_sink *sink = fake_sink_create(&faults);
		struct vms_writer *w = NULL;
		struct dumpread_error why;
		struct world_found found;
		struct dumpread_io io;
		const uint8_t *data;
		size_t size;

		world->options.batch = batch ? 200 : 0;
		fake_calls()->fail_alloc = 2;
		fake_calls()->fail_alloc_times = 2;
		assert_no_error(world_write(world, format(), sink, &w));
		fake_calls_reset();
		data = fake_sink_data(sink, &size);
		io = dumpread_io_mem(data, size);
		if (!world_check(world, &io, false, &found, &why))
			fail_msg("%s", why.text);
		format()->destroy(w);
		sink->ops->close(sink, VMS_SINK_REMOVE);
	}
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
		cmocka_unit_test(test_smaller_buffer),
		cmocka_unit_test(test_dump_with_smallest_buffer),
		cmocka_unit_test(test_no_allocation_for_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
