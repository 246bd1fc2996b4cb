// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every format must do: a whole run gives a whole file; a run that is cut
 * off at any byte, by a target that dies, fills up or hiccups, leaves a file
 * that opens, says that it is incomplete and has no wrong page.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dump_world.h"
#include "fake_sink.h"
#include "vms_cmocka.h"

/* Where to cut: that many places spread over the run, and around each area. */
#define CUTS 72

struct run {
	struct dump_world *world;
	const struct vms_format_ops *format;
	struct vms_sink *sink;
	struct vms_writer *writer;
	struct vms_error *err;
	unsigned int may_tear;	/* descriptors, by the death of the target */
};

static void run_start(struct run *run, struct dump_world *world,
		      const struct vms_format_ops *format,
		      const struct fake_sink_faults *faults)
{
	*run = (struct run){ .world = world, .format = format };
	run->sink = fake_sink_create(faults);
	assert_non_null(run->sink);
	run->err = world_write(world, format, run->sink, &run->writer);
}

static void run_end(struct run *run)
{
	vms_error_destroy(run->err);
	run->format->destroy(run->writer);
	run->sink->ops->close(run->sink, VMS_SINK_KEEP);
}

static struct world_found check(const struct run *run, bool some_lost,
				const char *what, uint64_t where)
{
	struct world_found found = { 0 };
	struct dumpread_error err;
	struct dumpread_io io;
	size_t size;
	const uint8_t *data = fake_sink_data(run->sink, &size);

	io = dumpread_io_mem(data, size);
	if (!world_check(run->world, &io, some_lost, &found, &err))
		fail_msg("%s, %s %llu: %s", run->format->name, what,
			 (unsigned long long)where, err.text);
	if (found.torn > run->may_tear)
		fail_msg("%s, %s %llu: %llu torn descriptors",
			 run->format->name, what, (unsigned long long)where,
			 (unsigned long long)found.torn);
	return found;
}

static uint64_t count_kind(const struct dump_world *w, enum world_kind kind)
{
	uint64_t n = 0;

	for (size_t i = 0; i < w->nr_pages; i++)
		n += w->pages[i].kind == kind;
	return n;
}

/* Pages that a whole dump has data for. */
static uint64_t whole_pages(const struct dump_world *w)
{
	return count_kind(w, WORLD_DATA) + count_kind(w, WORLD_ZERO);
}

static void check_whole(const struct vms_format_ops *format,
			const struct world_options *options)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = world_create(options);
	struct world_found found;
	struct run run;
	size_t size;

	assert_non_null(world);
	run_start(&run, world, format, &faults);
	assert_no_error(run.err);
	found = check(&run, false, "whole run", 0);
	assert_false(found.incomplete);
	assert_int_equal(found.lost, count_kind(world, WORLD_LOST));
	assert_int_equal(found.good + found.lost, world->nr_pages);
	assert_int_equal(format->pages_written(run.writer), found.good);
	fake_sink_data(run.sink, &size);
	assert_int_equal(format->bytes_written(run.writer), size);
	assert_true(fake_sink_syncs(run.sink) >= 1);
	assert_false(fake_sink_committed(run.sink));
	run_end(&run);
	world_destroy(world);
}

/* Page by page, and in batches of more than a writer may take at once. */
static void each_format(void (*check_one)(const struct vms_format_ops *,
					  size_t batch))
{
	static const size_t batches[] = { 0, WORLD_MAX_BATCH };
	size_t count;
	const struct vms_format_ops *const *formats = vms_formats(&count);

	for (size_t i = 0; i < count; i++) {
		for (size_t k = 0; k < VMS_ARRAY_SIZE(batches); k++)
			check_one(formats[i], batches[k]);
	}
}

static struct dump_world *default_world(size_t batch)
{
	struct world_options options = world_default_options();
	struct dump_world *world;

	options.batch = batch;
	world = world_create(&options);
	assert_non_null(world);
	return world;
}

static void whole_runs(const struct vms_format_ops *format, size_t batch)
{
	static const struct world_options rows[] = {
		{ 4096, VMS_LITTLE_ENDIAN, 31, 2600, true, 0 },
		{ 4096, VMS_BIG_ENDIAN, 31, 2600, true, 0 },
		{ 4096, VMS_LITTLE_ENDIAN, 0, 2600, false, 0 },
		{ 4096, VMS_LITTLE_ENDIAN, 1, 10, true, 0 },
		{ 16384, VMS_LITTLE_ENDIAN, 31, 300, true, 0 },
		{ 65536, VMS_BIG_ENDIAN, 30, 300, true, 0 },
		{ 65536, VMS_LITTLE_ENDIAN, 1, 300, false, 0 },
	};

	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		struct world_options options = rows[i];

		options.batch = batch;
		check_whole(format, &options);
	}
}

static void test_whole_runs(void **state)
{
	(void)state;
	each_format(whole_runs);
}

/* Bytes that a whole run gives to the sink, and the boundaries in them. */
static uint64_t measure(struct dump_world *world,
			const struct vms_format_ops *format, uint64_t *before)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct run run;
	uint64_t total;

	run_start(&run, world, format, &faults);
	assert_no_error(run.err);
	total = fake_sink_taken(run.sink);
	run_end(&run);
	/* Until begin() is over nothing can be expected of the file. */
	run = (struct run){ .world = world, .format = format };
	run.sink = fake_sink_create(&faults);
	assert_no_error(format->create(run.sink, &world->info, &world->plan,
				       &run.writer));
	assert_no_error(format->begin(run.writer));
	*before = fake_sink_taken(run.sink);
	run_end(&run);
	return total;
}

/* The place of cut i: dense at both ends, where headers and marks are. */
static uint64_t cut_place(uint64_t total, uint64_t before, unsigned int i)
{
	if (i < 16)
		return before - 8 + i;
	if (i < 32)
		return total - (i - 16);
	return total / CUTS * i + i * 37 % 4096;
}

/* The target dies for good: what is there is all there will ever be. */
static void cut_off(struct dump_world *world,
		    const struct vms_format_ops *format, uint64_t at,
		    uint64_t before)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct world_found found;
	struct vms_error *err;
	struct run run;

	faults.fail_after = at;
	run_start(&run, world, format, &faults);
	assert_non_null(run.err);
	run.may_tear = 1;
	if (at >= before) {
		found = check(&run, true, "cut off after", at);
		assert_true(found.good >= format->pages_written(run.writer));
		/* The last write of all clears the mark of a whole file. */
		if (!found.incomplete)
			assert_int_equal(found.good, whole_pages(world));
	}
	err = format->salvage(run.writer);
	assert_non_null(err);
	if (at < before)
		assert_int_equal(format->pages_written(run.writer), 0);
	else
		check(&run, true, "salvaged in vain after", at);
	vms_error_destroy(err);
	run_end(&run);
}

static void cuts(const struct vms_format_ops *format, size_t batch)
{
	struct dump_world *world = default_world(batch);
	uint64_t before;
	uint64_t total;

	total = measure(world, format, &before);
	for (unsigned int i = 0; i < CUTS; i++) {
		uint64_t at = cut_place(total, before, i);

		if (at < total)
			cut_off(world, format, at, before);
	}
	world_destroy(world);
}

static void test_target_dies(void **state)
{
	(void)state;
	each_format(cuts);
}

/* A target of that many blocks: as many pages as have room are saved. */
static uint64_t fill_up(struct dump_world *world,
			const struct vms_format_ops *format, uint64_t blocks)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct world_found found = { 0 };
	struct vms_error *err;
	struct run run;

	faults.blocks = blocks;
	run_start(&run, world, format, &faults);
	if (!run.err) {
		found = check(&run, false, "blocks", blocks);
		assert_false(found.incomplete);
	} else {
		assert_int_equal(vms_error_code(run.err), VMS_ERR_NO_SPACE);
		err = format->salvage(run.writer);
		if (err && vms_error_code(err) == VMS_ERR_NOT_FOUND) {
			assert_int_equal(format->pages_written(run.writer), 0);
		} else {
			found = check(&run, true, "full at block", blocks);
			assert_true(found.incomplete);
			assert_int_equal(found.good,
					 format->pages_written(run.writer));
		}
		vms_error_destroy(err);
	}
	run_end(&run);
	return found.good;
}

/* Blocks that a whole file takes. */
static uint64_t blocks_of(struct dump_world *world,
			  const struct vms_format_ops *format)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	uint64_t left;
	struct run run;

	faults.blocks = 1U << 30;
	run_start(&run, world, format, &faults);
	assert_no_error(run.err);
	assert_no_error(run.sink->ops->free_space(run.sink, &left));
	run_end(&run);
	return faults.blocks - left / 4096;
}

static void full_targets(const struct vms_format_ops *format, size_t batch)
{
	struct dump_world *world = default_world(batch);
	uint64_t whole = whole_pages(world);
	uint64_t need = blocks_of(world, format);
	uint64_t last = 0;

	for (uint64_t i = 0; i <= 32; i++) {
		uint64_t blocks = need * i / 32;
		uint64_t good = fill_up(world, format, blocks);

		/* More room never saves less. */
		assert_true(good >= last);
		last = good;
	}
	assert_int_equal(last, whole);
	/* One block short: what is lost is about one block of data. */
	assert_true(fill_up(world, format, need - 1) + 300 >= whole);
	world_destroy(world);
}

static void test_target_is_full(void **state)
{
	(void)state;
	each_format(full_targets);
}

/* One write fails, then all is well: salvage brings in all but that page. */
static void hiccup(struct dump_world *world,
		   const struct vms_format_ops *format, uint64_t at,
		   uint64_t before)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct world_found found;
	struct run run;

	faults.fail_after = at;
	faults.once = true;
	run_start(&run, world, format, &faults);
	assert_non_null(run.err);
	if (at >= before) {
		uint64_t written = format->pages_written(run.writer);

		assert_no_error(format->salvage(run.writer));
		found = check(&run, true, "hiccup after", at);
		assert_true(found.incomplete);
		assert_true(found.good >= written);
		assert_int_equal(found.good,
				 format->pages_written(run.writer));
	}
	run_end(&run);
}

static void hiccups(const struct vms_format_ops *format, size_t batch)
{
	struct dump_world *world = default_world(batch);
	uint64_t before;
	uint64_t total;

	total = measure(world, format, &before);
	for (unsigned int i = 0; i < CUTS; i += 2) {
		uint64_t at = cut_place(total, before, i);

		if (at < total)
			hiccup(world, format, at, before);
	}
	world_destroy(world);
}

static void test_write_fails_once(void **state)
{
	(void)state;
	each_format(hiccups);
}

/* Stopped by a signal, say: no error, and every page that came is kept. */
static void early_stops(const struct vms_format_ops *format, size_t batch)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = default_world(batch);

	for (size_t stop = 0; stop < world->nr_pages; stop += 397) {
		struct run run = { .world = world, .format = format };
		struct world_found found;
		uint64_t want = 0;

		run.sink = fake_sink_create(&faults);
		assert_no_error(format->create(run.sink, &world->info,
					       &world->plan, &run.writer));
		assert_no_error(format->begin(run.writer));
		for (size_t i = 0; i < stop; i++) {
			assert_no_error(world_put(world, run.writer, i));
			want += world->pages[i].kind != WORLD_LOST;
		}
		/* Not whole: must not be called so. */
		run.err = format->finish(run.writer);
		assert_non_null(run.err);
		assert_no_error(format->salvage(run.writer));
		found = check(&run, true, "stopped at page", stop);
		assert_true(found.incomplete);
		assert_int_equal(found.good, want);
		run_end(&run);
	}
	world_destroy(world);
}

static void test_early_stop(void **state)
{
	(void)state;
	each_format(early_stops);
}

/* A sync that fails: the mark must stay, whatever comes after. */
static void failing_sync(const struct vms_format_ops *format, size_t batch)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = default_world(batch);
	struct vms_error *err;
	struct run run;

	faults.fail_sync = 1;
	run_start(&run, world, format, &faults);
	assert_non_null(run.err);
	assert_true(check(&run, false, "failed sync", 1).incomplete);
	err = format->salvage(run.writer);
	assert_non_null(err);
	vms_error_destroy(err);
	assert_true(check(&run, false, "failed sync", 2).incomplete);
	run_end(&run);
	world_destroy(world);
}

static void test_sync_fails(void **state)
{
	(void)state;
	each_format(failing_sync);
}

static void marks_kept(const struct vms_format_ops *format, size_t batch)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = default_world(batch);
	struct run run;

	world->info.input_incomplete = true;
	run_start(&run, world, format, &faults);
	assert_no_error(run.err);
	assert_true(check(&run, false, "incomplete input", 0).incomplete);
	run_end(&run);
	world_destroy(world);
}

static void test_incomplete_input(void **state)
{
	(void)state;
	each_format(marks_kept);
}

static void same_bytes(const struct vms_format_ops *format, size_t batch)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = default_world(batch);
	struct run a;
	struct run b;
	size_t size_a;
	size_t size_b;

	run_start(&a, world, format, &faults);
	/* However the pages come. */
	world->options.batch = 1;
	run_start(&b, world, format, &faults);
	assert_no_error(a.err);
	assert_no_error(b.err);
	fake_sink_data(a.sink, &size_a);
	fake_sink_data(b.sink, &size_b);
	assert_int_equal(size_a, size_b);
	assert_memory_equal(fake_sink_data(a.sink, &size_a),
			    fake_sink_data(b.sink, &size_b), size_a);
	run_end(&a);
	run_end(&b);
	world_destroy(world);
}

static void test_same_input_same_bytes(void **state)
{
	(void)state;
	each_format(same_bytes);
}

/* Items taken before a write error are those that salvage brings in. */
static void taken_before_error(const struct vms_format_ops *format,
			       size_t batch)
{
	struct dump_world *world = default_world(batch);
	uint64_t before;
	uint64_t total = measure(world, format, &before);

	for (unsigned int i = 1; batch && i < 40; i++) {
		struct fake_sink_faults faults = fake_sink_no_faults();
		struct run run = { .world = world, .format = format };
		struct world_found found;
		uint64_t want = 0;
		size_t done = 0;

		faults.fail_after = before + (total - before) * i / 40;
		faults.once = true;
		run.sink = fake_sink_create(&faults);
		assert_no_error(format->create(run.sink, &world->info,
					       &world->plan, &run.writer));
		assert_no_error(format->begin(run.writer));
		for (size_t at = 0; !run.err && at < world->nr_pages;
		     at += done) {
			run.err = world_put_batch(world, run.writer, at, &done);
			for (size_t k = at; k < at + done; k++)
				want += world->pages[k].kind != WORLD_LOST;
		}
		if (!run.err)
			run.err = format->finish(run.writer);
		assert_non_null(run.err);
		assert_no_error(format->salvage(run.writer));
		found = check(&run, true, "taken before error", i);
		assert_int_equal(found.good, want);
		run_end(&run);
	}
	world_destroy(world);
}

static void test_taken_before_error(void **state)
{
	(void)state;
	each_format(taken_before_error);
}

static void append_only(const struct vms_format_ops *format, size_t batch)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = default_world(batch);
	struct run run = { .world = world, .format = format };

	faults.no_random_write = true;
	run.sink = fake_sink_create(&faults);
	run.err = format->create(run.sink, &world->info, &world->plan,
				 &run.writer);
	assert_int_equal(run.err != NULL, format->needs_random_write);
	run_end(&run);
	format->destroy(NULL);
	world_destroy(world);
}

static void test_capabilities(void **state)
{
	(void)state;
	each_format(append_only);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_runs),
		cmocka_unit_test(test_target_dies),
		cmocka_unit_test(test_target_is_full),
		cmocka_unit_test(test_write_fails_once),
		cmocka_unit_test(test_early_stop),
		cmocka_unit_test(test_sync_fails),
		cmocka_unit_test(test_incomplete_input),
		cmocka_unit_test(test_same_input_same_bytes),
		cmocka_unit_test(test_taken_before_error),
		cmocka_unit_test(test_capabilities),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
