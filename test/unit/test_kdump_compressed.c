// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The bytes of a kdump-compressed file against the format as it is described
 * elsewhere: offsets are spelled out here, not taken from the member list.
 */
#include <string.h>

#include <vmsieve/kdump_layout.h>

#include "fake_sink.h"
#include "vms_cmocka.h"
#include "world_dump.h"

static uint64_t get(const struct world_dump *d, size_t offset, size_t width)
{
	return world_dump_get(d, offset, width);
}

/* Main header: offsets of struct disk_dump_header on a 64-bit machine. */
static void check_header(const struct world_dump *d)
{
	uint64_t b = d->world->options.page_size;
	uint64_t notes = 104 + WORLD_NOTE_BYTES;
	uint64_t pfns = vms_plan_end_pfn(&d->world->plan);
	uint64_t half = ((pfns + 7) / 8 + b - 1) / b;

	assert_memory_equal(d->data, "KDUMP   ", 8);
	assert_int_equal(get(d, 8, 4), 6);
	assert_string_equal((const char *)d->data + 12, "Linux");
	assert_string_equal((const char *)d->data + 77, "host");
	assert_string_equal((const char *)d->data + 142, "7.2.0");
	assert_string_equal((const char *)d->data + 207, "#1 SMP");
	assert_string_equal((const char *)d->data + 272, "x86_64");
	assert_string_equal((const char *)d->data + 337, "(none)");
	for (size_t i = 402; i < 408; i++)
		assert_int_equal(d->data[i], 0);
	assert_int_equal(get(d, 408, 8), 1700000000);
	assert_int_equal(get(d, 416, 8), 0);
	assert_int_equal(get(d, 424, 4), 0x20);
	assert_int_equal(get(d, 428, 4), b);
	assert_int_equal(get(d, 432, 4), (notes + b - 1) / b);
	assert_int_equal(get(d, 436, 4), 2 * half);
	assert_int_equal(get(d, 440, 4), pfns);
	for (size_t i = 444; i < 460; i++)
		assert_int_equal(d->data[i], 0);
	assert_int_equal(get(d, 460, 4), 4);
	for (size_t i = 464; i < b; i++)
		assert_int_equal(d->data[i], 0);
}

/* struct kdump_sub_header, one block behind. */
static void check_sub_header(const struct world_dump *d)
{
	size_t s = d->world->options.page_size;
	size_t end = s * (1 + get(d, 432, 4));

	assert_int_equal(get(d, s + 0, 8), 0x1000000);
	assert_int_equal(get(d, s + 8, 4), d->world->options.dump_level);
	assert_int_equal(get(d, s + 12, 4), 0);
	assert_int_equal(get(d, s + 16, 8), 0);
	assert_int_equal(get(d, s + 24, 8), 0);
	assert_int_equal(get(d, s + 32, 8), s + 104 + WORLD_VMCOREINFO_OFFSET);
	assert_int_equal(get(d, s + 40, 8), WORLD_VMCOREINFO_BYTES);
	assert_int_equal(get(d, s + 48, 8), s + 104);
	assert_int_equal(get(d, s + 56, 8), WORLD_NOTE_BYTES);
	assert_int_equal(get(d, s + 64, 8), 0);
	assert_int_equal(get(d, s + 72, 8), 0);
	assert_int_equal(get(d, s + 80, 8), 0);
	assert_int_equal(get(d, s + 88, 8), 0);
	assert_int_equal(get(d, s + 96, 8),
			 vms_plan_end_pfn(&d->world->plan));
	assert_memory_equal(d->data + s + 104, d->world->notes,
			    WORLD_NOTE_BYTES);
	for (size_t i = s + 104 + WORLD_NOTE_BYTES; i < end; i++)
		assert_int_equal(d->data[i], 0);
}

static void test_headers(void **state)
{
	static const uint32_t sizes[] = { 4096, 16384, 65536 };

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(sizes); i++) {
		for (int e = VMS_LITTLE_ENDIAN; e <= VMS_BIG_ENDIAN; e++) {
			struct world_dump d;

			world_dump_write(&d, world_machine(sizes[i],
						(enum vms_endian)e, 31));
			check_header(&d);
			check_sub_header(&d);
			world_dump_free(&d);
		}
	}
}

/* Bits as the plan has them, least significant bit first. */
static void check_bits(const struct world_dump *d, size_t map,
		       bool (*next)(struct vms_plan_walk *,
				    struct vms_pfn_range *))
{
	uint64_t bits = 8 * d->world->options.page_size * get(d, 436, 4) / 2;
	struct vms_pfn_range run = { 0, 0 };
	struct vms_plan_walk walk;

	vms_plan_walk_init(&walk, &d->world->plan);
	for (uint64_t pfn = 0; pfn < bits; pfn++) {
		bool want;

		if (pfn >= run.end && !next(&walk, &run))
			run.start = run.end = UINT64_MAX;
		want = pfn >= run.start && pfn < run.end;
		assert_int_equal(d->data[map + pfn / 8] >> pfn % 8 & 1, want);
	}
}

static void test_bitmaps_and_holes(void **state)
{
	struct world_dump d;
	size_t map;
	size_t half;

	(void)state;
	world_dump_write(&d, world_machine(4096, VMS_LITTLE_ENDIAN, 31));
	map = 4096 * (1 + get(&d, 432, 4));
	half = 4096 * get(&d, 436, 4) / 2;
	check_bits(&d, map, vms_plan_walk_next_present);
	check_bits(&d, map + half, vms_plan_walk_next_kept);
	/* 32768 pages a block: the first two and the 33rd have bits. */
	for (size_t i = 0; i < half / 4096; i++) {
		bool hole = i != 0 && i != 1 && i != 32;

		assert_int_equal(fake_sink_is_hole(d.sink, map + i * 4096),
				 hole);
		assert_int_equal(fake_sink_is_hole(d.sink,
						   map + half + i * 4096),
				 hole);
	}
	world_dump_free(&d);
}

/* 24 bytes a page, data right behind, the zero page first and raw. */
static void test_descriptors(void **state)
{
	struct world_dump d;
	uint64_t descs;
	uint64_t data;
	uint64_t next;

	(void)state;
	world_dump_write(&d, world_machine(4096, VMS_BIG_ENDIAN, 31));
	descs = 4096 * (1 + get(&d, 432, 4) + get(&d, 436, 4));
	data = descs + 24 * d.world->nr_pages;
	for (size_t i = 0; i < 4096; i++)
		assert_int_equal(d.data[data + i], 0);
	next = data + 4096;
	for (size_t i = 0; i < d.world->nr_pages; i++) {
		const struct world_page *p = &d.world->pages[i];
		size_t at = descs + 24 * i;
		bool is_data = p->kind == WORLD_DATA;
		bool is_zero = p->kind == WORLD_ZERO;

		assert_int_equal(get(&d, at, 8),
				 is_data ? next : is_zero ? data : 0);
		assert_int_equal(get(&d, at + 8, 4),
				 is_data ? p->put.size : is_zero ? 4096 : 0);
		assert_int_equal(get(&d, at + 12, 4),
				 is_data ? p->put.flag : 0);
		assert_int_equal(get(&d, at + 16, 8), 0);
		if (is_data)
			assert_memory_equal(d.data + next, p->put.data,
					    p->put.size);
		next += p->put.size;
	}
	assert_int_equal(d.size, next);
	world_dump_free(&d);
}

static void test_level_without_zero_page(void **state)
{
	struct world_dump d;
	uint64_t data;

	(void)state;
	world_dump_write(&d, world_machine(4096, VMS_LITTLE_ENDIAN, 30));
	data = 4096 * (1 + get(&d, 432, 4) + get(&d, 436, 4)) +
	       24 * d.world->nr_pages;
	assert_int_equal(data, get(&d, 4096 * (1 + get(&d, 432, 4) +
					       get(&d, 436, 4)), 8));
	assert_memory_equal(d.data + data, d.world->pages[0].put.data,
			    d.world->pages[0].put.size);
	world_dump_free(&d);
}

/*
 * Order of writing: the incomplete mark with the first bytes, the full length
 * before data, data in megabytes that end at megabytes, descriptors behind
 * their data, the mark's word as the very last.
 */
static void test_order_of_writes(void **state)
{
	struct world_options options = world_default_options();
	struct world_dump d;
	const struct fake_sink_write *writes;
	uint64_t descs;
	uint64_t data;
	size_t count;
	size_t large = 0;

	(void)state;
	world_dump_write(&d, world_create(&options));
	writes = fake_sink_writes(d.sink, &count);
	assert_true(count > 6);
	assert_int_equal(writes[0].offset, 0);
	assert_true(writes[0].size >= 4096 + 104);
	assert_int_equal(writes[count - 1].offset, 424);
	assert_int_equal(writes[count - 1].size, 4);
	descs = 4096 * (1 + get(&d, 432, 4) + get(&d, 436, 4));
	data = descs + 24 * d.world->nr_pages;
	for (size_t i = 0; i < count; i++) {
		uint64_t end = writes[i].offset + writes[i].size;

		/* No write holds both descriptors and data. */
		assert_false(writes[i].offset < data && end > data);
		if (writes[i].offset < data)
			continue;
		large += writes[i].size == 1U << 20;
		/* All but the last of the data end at a megabyte. */
		if (end != d.size)
			assert_int_equal(end % (1U << 20), 0);
	}
	assert_true(large >= 1);
	world_dump_free(&d);
}

/* Each descriptor's data were written before it was. */
static void test_data_before_descriptors(void **state)
{
	struct world_options options = world_default_options();
	struct world_dump d;
	const struct fake_sink_write *writes;
	uint64_t descs;
	uint64_t data;
	uint64_t there;
	uint64_t held = 0;
	size_t count;

	(void)state;
	world_dump_write(&d, world_create(&options));
	writes = fake_sink_writes(d.sink, &count);
	descs = 4096 * (1 + get(&d, 432, 4) + get(&d, 436, 4));
	data = descs + 24 * d.world->nr_pages;
	there = data;
	for (size_t i = 0; i < count; i++) {
		uint64_t end = writes[i].offset + writes[i].size;

		if (writes[i].offset >= data) {
			there = end;
			continue;
		}
		if (writes[i].offset < descs)
			continue;
		/* The first write to a place only holds it. */
		if (writes[i].offset == descs + held) {
			held += writes[i].size;
			continue;
		}
		for (uint64_t at = writes[i].offset; at < end; at += 24)
			assert_true(get(&d, at, 8) + get(&d, at + 8, 4) <=
				    there);
	}
	assert_int_equal(held, data - descs);
	world_dump_free(&d);
}

static void test_no_vmcoreinfo_no_notes(void **state)
{
	struct dump_world *world = world_machine(4096, VMS_LITTLE_ENDIAN, 31);
	struct world_dump d;

	(void)state;
	/* Outside of the notes: not to be believed, not to be written. */
	world->info.vmcoreinfo_offset = WORLD_NOTE_BYTES - 10;
	world->info.vmcoreinfo_size = 11;
	world_dump_write(&d, world);
	assert_int_equal(get(&d, 4096 + 32, 8), 0);
	assert_int_equal(get(&d, 4096 + 40, 8), 0);
	world_dump_format()->destroy(d.writer);
	d.sink->ops->close(d.sink, VMS_SINK_REMOVE);

	world->info.notes.size = 0;
	world->info.notes.read = NULL;
	world->info.vmcoreinfo_offset = 0;
	world_dump_write(&d, world);
	assert_int_equal(get(&d, 432, 4), 1);
	for (size_t i = 4096 + 32; i < 4096 + 80; i++)
		assert_int_equal(d.data[i], 0);
	world_dump_free(&d);
}

static void test_unreadable_notes(void **state)
{
	struct dump_world *world = world_machine(4096, VMS_LITTLE_ENDIAN, 31);
	struct world_dump d;

	(void)state;
	world->bad_notes_start = 5000;
	world->bad_notes_end = 5001;
	world_dump_write(&d, world);
	assert_int_equal(world_dump_format()->notes_lost(d.writer), 4096);
	assert_memory_equal(d.data + 4096 + 104, world->notes, 4096);
	for (size_t i = 4096; i < 8192; i++)
		assert_int_equal(d.data[4096 + 104 + i], 0);
	assert_memory_equal(d.data + 4096 + 104 + 8192, world->notes + 8192,
			    WORLD_NOTE_BYTES - 8192);
	/* Whole but for that: the mark tells that something is missing. */
	assert_int_equal(get(&d, 424, 4), 0x28);
	world_dump_free(&d);
}

static void test_odd_values(void **state)
{
	struct dump_world *world = world_machine(4096, VMS_LITTLE_ENDIAN, 31);
	struct world_dump d;

	(void)state;
	world->info.nr_cpus = 0;
	world->info.crash_time = -1;
	world->info.compression = VMS_CODEC_NONE;
	memset(world->info.utsname[1], 'x', 65);
	world_dump_write(&d, world);
	assert_int_equal(get(&d, 460, 4), 1);
	assert_int_equal(get(&d, 408, 8), UINT64_MAX);
	assert_int_equal(get(&d, 424, 4), 0);
	assert_int_equal(d.data[77 + 63], 'x');
	assert_int_equal(d.data[77 + 64], 0);
	world_dump_free(&d);
}

/* The member list is used by both sides: here it meets the real numbers. */
static void test_layout_list(void **state)
{
	(void)state;
	assert_int_equal(vms_kd_member(VMS_KD_H_NR_CPUS).offset + 4,
			 VMS_KD_HEADER_BYTES);
	assert_int_equal(vms_kd_member(VMS_KD_S_MAX_MAPNR_64).offset + 8,
			 VMS_KD_SUB_HEADER_BYTES);
	assert_int_equal(vms_kd_member(VMS_KD_D_PAGE_FLAGS).offset + 8,
			 VMS_KD_DESC_BYTES);
	assert_string_equal(vms_kd_member(VMS_KD_S_SPLIT).name, "S.SPLIT");
	assert_int_equal(vms_kd_member(VMS_KD_S_NOTE).since, 4);
	/* Members follow each other, the one padding aside. */
	for (int i = 1; i < VMS_KD_NR_MEMBERS; i++) {
		struct vms_kd_member a = vms_kd_member((enum vms_kd_id)(i - 1));
		struct vms_kd_member b = vms_kd_member((enum vms_kd_id)i);

		if (b.offset == 0)
			continue;
		assert_int_equal(b.offset, i == VMS_KD_H_TV_SEC ?
				 408 : a.offset + a.width);
	}
}

static void test_registry(void **state)
{
	size_t count;
	const struct vms_format_ops *const *formats = vms_formats(&count);

	(void)state;
	assert_int_equal(count, 1);
	assert_null(vms_format_find("elf"));
	for (size_t i = 0; i < count; i++) {
		const struct vms_format_ops *f = formats[i];

		assert_ptr_equal(vms_format_find(f->name), f);
		assert_true(f->create && f->begin && f->put && f->finish &&
			    f->salvage && f->destroy && f->pages_written &&
			    f->bytes_written && f->notes_lost &&
			    f->memory_bytes && f->memory_held);
		/* Nothing grows with the machine. */
		assert_in_range(f->memory_bytes(4096), 1 << 20, 2 << 20);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registry),
		cmocka_unit_test(test_layout_list),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_bitmaps_and_holes),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_level_without_zero_page),
		cmocka_unit_test(test_order_of_writes),
		cmocka_unit_test(test_data_before_descriptors),
		cmocka_unit_test(test_no_vmcoreinfo_no_notes),
		cmocka_unit_test(test_unreadable_notes),
		cmocka_unit_test(test_odd_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
