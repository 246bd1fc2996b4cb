// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the kdump-compressed writer refuses, and machines at the edge: none,
 * and one with RAM at both ends of 2^52 bytes.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vmsieve/transport.h>

#include "fake_sink.h"
#include "temp_dir.h"
#include "vms_cmocka.h"
#include "world_dump.h"

static const struct vms_format_ops *format(void)
{
	return world_dump_format();
}

static void test_put_zero_needs_level(void **state)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = world_machine(4096, VMS_LITTLE_ENDIAN, 30);
	struct vms_sink *sink = fake_sink_create(&faults);
	struct vms_writer *w;

	(void)state;
	assert_no_error(format()->create(sink, &world->info, &world->plan, &w));
	assert_no_error(format()->begin(w));
	assert_error(vms_writer_put_zero(w, 1), VMS_ERR_UNSUPPORTED);
	assert_no_error(world_put(world, w, 0));
	format()->destroy(w);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	world_destroy(world);
}

static void refuse(struct dump_world *world, struct vms_writer *w,
		   vms_pfn_t pfn)
{
	struct vms_page_item page = world->pages[0].put;

	page.pfn = pfn;
	assert_error(vms_writer_put_one(w, &page), VMS_ERR_UNSUPPORTED);
	assert_error(vms_writer_put_lost(w, pfn), VMS_ERR_UNSUPPORTED);
	assert_error(vms_writer_put_zero(w, pfn), VMS_ERR_UNSUPPORTED);
}

/* One bad item: those before it are taken, nothing of it and behind it. */
static void test_bad_item_in_batch(void **state)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = world_machine(4096, VMS_LITTLE_ENDIAN, 31);
	struct vms_sink *sink = fake_sink_create(&faults);
	struct vms_page_item items[20];
	struct world_found found;
	struct dumpread_error why;
	struct dumpread_io io;
	struct vms_writer *w;
	const uint8_t *data;
	size_t done = 99;
	size_t size;

	(void)state;
	assert_no_error(format()->create(sink, &world->info, &world->plan, &w));
	assert_no_error(format()->begin(w));
	assert_no_error(format()->put(w, NULL, 0, &done));
	assert_int_equal(done, 0);
	for (size_t i = 0; i < world->nr_pages; i += done) {
		size_t bad = i % 20;

		for (size_t k = 0; k < 20; k++)
			items[k] = world->pages[i + k < world->nr_pages ?
						i + k : 0].put;
		items[bad].pfn ^= 1;
		assert_error(format()->put(w, items, 20, &done),
			     VMS_ERR_UNSUPPORTED);
		assert_int_equal(done, i + bad < world->nr_pages ?
				 bad : world->nr_pages - i);
		items[bad].pfn ^= 1;
		if (i + bad < world->nr_pages && !done) {
			assert_no_error(vms_writer_put_one(w, &items[bad]));
			done = 1;
		}
	}
	assert_no_error(format()->finish(w));
	data = fake_sink_data(sink, &size);
	io = dumpread_io_mem(data, size);
	if (!world_check(world, &io, false, &found, &why))
		fail_msg("%s", why.text);
	format()->destroy(w);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	world_destroy(world);
}

/* The first 256 pages of the plan, raw, one behind the other in memory. */
static void raw_items(const struct dump_world *world, uint8_t *data,
		      struct vms_page_item *items)
{
	memset(data, 7, 256 << 12);
	for (size_t i = 0; i < 256; i++)
		items[i] = (struct vms_page_item){
			.pfn = world->pages[i].pfn,
			.data = data + (i << 12),
			.size = 4096,
			.flag = VMS_CODEC_NONE,
		};
}

/* A target that is full in the middle of one large write: each page that has
 * room is saved, though the caller's memory was only borrowed. */
static void test_full_in_a_large_piece(void **state)
{
	struct dump_world *world = world_machine(4096, VMS_LITTLE_ENDIAN, 30);
	uint8_t *data = malloc(256 << 12);
	struct vms_page_item items[256];

	(void)state;
	assert_non_null(data);
	for (unsigned int room = 0; room < 250; room += 10) {
		struct fake_sink_faults faults = fake_sink_no_faults();
		struct vms_sink *sink = fake_sink_create(&faults);
		struct vms_writer *w;
		size_t done;

		assert_no_error(format()->create(sink, &world->info,
						 &world->plan, &w));
		assert_no_error(format()->begin(w));
		fake_sink_limit(sink, room);
		raw_items(world, data, items);
		assert_error(format()->put(w, items, 256, &done),
			     VMS_ERR_NO_SPACE);
		assert_true(done + 1 >= room);
		memset(data, 0, 256 << 12);
		vms_error_destroy(format()->salvage(w));
		/* Data begin inside a block that was there. */
		assert_in_range(format()->pages_written(w), room, room + 1);
		format()->destroy(w);
		sink->ops->close(sink, VMS_SINK_REMOVE);
	}
	free(data);
	world_destroy(world);
}

/* The plan decides which page comes: everything else is a mistake. */
static void test_pages_out_of_order(void **state)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = world_machine(4096, VMS_LITTLE_ENDIAN, 31);
	struct vms_sink *sink = fake_sink_create(&faults);
	struct world_found found;
	struct dumpread_error why;
	struct dumpread_io io;
	struct vms_writer *w;
	const uint8_t *data;
	size_t size;

	(void)state;
	assert_no_error(format()->create(sink, &world->info, &world->plan, &w));
	assert_no_error(format()->begin(w));
	refuse(world, w, 0);
	refuse(world, w, 2);
	for (size_t i = 0; i < 20; i++)
		assert_no_error(world_put(world, w, i));
	/* 20 is excluded, 21 is next, 1 was there. */
	refuse(world, w, 20);
	refuse(world, w, 1);
	for (size_t i = 20; i < world->nr_pages; i++)
		assert_no_error(world_put(world, w, i));
	refuse(world, w, world->pages[world->nr_pages - 1].pfn + 1);
	assert_no_error(format()->finish(w));
	data = fake_sink_data(sink, &size);
	io = dumpread_io_mem(data, size);
	if (!world_check(world, &io, false, &found, &why))
		fail_msg("%s", why.text);
	format()->destroy(w);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	world_destroy(world);
}

static void test_odd_page_sizes(void **state)
{
	static const struct {
		uint32_t size;
		enum vms_codec_flag flag;
	} rows[] = {
		{ 0, VMS_CODEC_ZLIB },	  { 4097, VMS_CODEC_ZLIB },
		{ 4096, VMS_CODEC_ZSTD }, { 100, VMS_CODEC_NONE },
	};
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = world_machine(4096, VMS_LITTLE_ENDIAN, 31);
	struct vms_sink *sink = fake_sink_create(&faults);
	struct vms_writer *w;

	(void)state;
	assert_no_error(format()->create(sink, &world->info, &world->plan, &w));
	assert_no_error(format()->begin(w));
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		struct vms_page_item page = world->pages[0].put;

		page.size = rows[i].size;
		page.flag = rows[i].flag;
		assert_error(vms_writer_put_one(w, &page),
			     VMS_ERR_UNSUPPORTED);
	}
	assert_no_error(world_put(world, w, 0));
	format()->destroy(w);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	world_destroy(world);
}

static void test_limits(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 2048, 4095, 6144, 1U << 30 };
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = world_machine(4096, VMS_LITTLE_ENDIAN, 31);
	struct vms_sink *sink = fake_sink_create(&faults);
	struct vms_writer *w = NULL;

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(sizes); i++) {
		world->info.page_size = sizes[i];
		assert_error(format()->create(sink, &world->info, &world->plan,
					      &w), VMS_ERR_LIMIT);
	}
	world->info.page_size = 4096;
	world->info.notes.size = UINT64_MAX;
	assert_error(format()->create(sink, &world->info, &world->plan, &w),
		     VMS_ERR_LIMIT);
	world->info.notes.size = 1ULL << 43;
	assert_error(format()->create(sink, &world->info, &world->plan, &w),
		     VMS_ERR_LIMIT);
	world->info.notes.size = WORLD_NOTE_BYTES;
	world->segments[3].end = UINT64_MAX;
	assert_error(format()->create(sink, &world->info, &world->plan, &w),
		     VMS_ERR_LIMIT);
	assert_null(w);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	world_destroy(world);
}

/* A machine without RAM, as a broken input may describe it. */
static void test_empty_plan(void **state)
{
	struct dump_world *world = world_machine(4096, VMS_LITTLE_ENDIAN, 31);
	struct dumpread_error why;
	struct dumpread_io io;
	struct dumpread *r;
	struct world_dump d;

	(void)state;
	world->plan.nr_segments = 0;
	world->plan.excluded = NULL;
	world->nr_pages = 0;
	world_dump_write(&d, world);
	assert_int_equal(world_dump_get(&d, 436, 4), 2);
	assert_int_equal(world_dump_get(&d, 440, 4), 0);
	io = dumpread_io_mem(d.data, d.size);
	r = dumpread_open(&io, &why);
	assert_non_null(r);
	assert_int_equal(dumpread_count(r), 0);
	dumpread_close(r);
	world_dump_free(&d);
}

/*
 * 64 pages of RAM at 0 and 64 below 2^52: bitmaps of 2 * 128 GiB. On a real
 * file, where nearly all of it are holes.
 */
static void check_sparse_file(int fd)
{
	struct dumpread_io io = dumpread_io_fd(fd);
	struct dumpread_error why;
	struct dumpread *r;
	struct stat st;
	uint8_t page[4096];
	uint64_t last = (1ULL << 40) - 1;

	assert_int_equal(fstat(fd, &st), 0);
	assert_true(st.st_size > 2 * (128LL << 30));
	assert_true(st.st_blocks * 512 < 8 << 20);
	r = dumpread_open(&io, &why);
	if (!r)
		fail_msg("%s", why.text);
	assert_int_equal(dumpread_info(r)->max_mapnr, 1ULL << 40);
	assert_int_equal(dumpread_info(r)->max_mapnr_32, UINT32_MAX);
	assert_int_equal(dumpread_info(r)->bitmap_blocks, 1U << 26);
	assert_int_equal(dumpread_count(r), 128);
	for (vms_pfn_t pfn = 0; pfn < 64; pfn++)
		assert_int_equal(dumpread_page(r, pfn, page, &why),
				 DUMPREAD_PAGE);
	assert_int_equal(dumpread_page(r, 64, page, &why), DUMPREAD_HOLE);
	for (vms_pfn_t pfn = last - 63; pfn <= last; pfn++) {
		if (dumpread_page(r, pfn, page, &why) != DUMPREAD_PAGE)
			fail_msg("%s", why.text);
		assert_memory_equal(page, &pfn, sizeof(pfn));
	}
	dumpread_close(r);
}

static void write_sparse(const struct dump_world *world, struct vms_sink *sink)
{
	struct vms_plan_walk walk;
	struct vms_pfn_range run;
	struct vms_writer *w;

	assert_no_error(format()->create(sink, &world->info, &world->plan, &w));
	assert_no_error(format()->begin(w));
	vms_plan_walk_init(&walk, &world->plan);
	while (vms_plan_walk_next_kept(&walk, &run)) {
		for (vms_pfn_t pfn = run.start; pfn < run.end; pfn++) {
			uint8_t page[4096] = { 0 };
			struct vms_page_item put = {
				pfn, page, sizeof(page), VMS_CODEC_NONE,
				VMS_ITEM_DATA,
			};

			memcpy(page, &pfn, sizeof(pfn));
			assert_no_error(vms_writer_put_one(w, &put));
		}
	}
	assert_no_error(format()->finish(w));
	format()->destroy(w);
}

static void test_huge_and_sparse(void **state)
{
	struct dump_world *world = world_machine(4096, VMS_LITTLE_ENDIAN, 31);
	struct vms_target target = { 0 };
	struct vms_sink *sink;
	struct temp_dir dir;
	char path[128];
	int fd;

	(void)state;
	temp_dir_init(&dir);
	target.path = temp_path(&dir, "dump", path, sizeof(path));
	world->segments[0] = (struct vms_segment){ 0, 64 << 12, 64 << 12, 0 };
	world->segments[1] = (struct vms_segment){
		(1ULL << 52) - (64 << 12), 1ULL << 52, 1ULL << 52, 0 };
	world->plan.nr_segments = 2;
	world->plan.excluded = NULL;
	assert_no_error(vms_transport_find("local")->open(&target, NULL,
							  &sink));
	write_sparse(world, sink);
	fd = open(sink->ops->path(sink), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	check_sparse_file(fd);
	close(fd);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	assert_int_equal(temp_count(&dir), 0);
	temp_dir_deinit(&dir);
	world_destroy(world);
}

/*
 * A block of excluded pages gets lost: more bits than descriptors, and readers
 * would take the wrong page from there on.
 */
static void test_plan_changes(void **state)
{
	struct fake_sink_faults faults = fake_sink_no_faults();
	struct dump_world *world = world_machine(4096, VMS_LITTLE_ENDIAN, 31);
	struct vms_pfn_range lost = { 300, 400 };
	struct vms_sink *sink = fake_sink_create(&faults);
	struct vms_error *err = NULL;
	struct vms_plan_walk walk;
	struct vms_pfn_range run;
	struct vms_writer *w;
	uint64_t room;
	uint64_t put = 0;

	(void)state;
	assert_no_error(format()->create(sink, &world->info, &world->plan, &w));
	assert_true(vms_pageset_remove(world->excluded, lost));
	assert_error(format()->begin(w), VMS_ERR_UNREADABLE);
	format()->destroy(w);
	/* After the bitmaps: no page more than there is room for. */
	assert_no_error(format()->create(sink, &world->info, &world->plan, &w));
	assert_no_error(format()->begin(w));
	room = vms_plan_count_kept(&world->plan);
	lost = (struct vms_pfn_range){ 400, 700 };
	assert_true(vms_pageset_remove(world->excluded, lost));
	vms_plan_walk_init(&walk, &world->plan);
	while (!err && vms_plan_walk_next_kept(&walk, &run))
		for (; !err && run.start < run.end; run.start++, put++)
			err = vms_writer_put_lost(w, run.start);
	assert_error(err, VMS_ERR_UNSUPPORTED);
	assert_int_equal(put - 1, room);
	format()->destroy(w);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	world_destroy(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_put_zero_needs_level),
		cmocka_unit_test(test_pages_out_of_order),
		cmocka_unit_test(test_bad_item_in_batch),
		cmocka_unit_test(test_full_in_a_large_piece),
		cmocka_unit_test(test_odd_page_sizes),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_plan_changes),
		cmocka_unit_test(test_empty_plan),
		cmocka_unit_test(test_huge_and_sparse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
