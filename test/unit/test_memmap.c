// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ranges of the page array under RAM: clipping, holes, and pieces that cannot
 * be used; and reading struct pages, one and many.
 */
#include <string.h>

#include <vmsieve/page_view.h>

#include "fake_image.h"
#include "vms_cmocka.h"

#define SECTION (128ULL << 20)
#define S FAKE_SECTION_PAGES

struct expected {
	enum vms_memmap kind;
	vms_pfn_t start;
	vms_pfn_t end;
};

/* Walks all from a PFN on and compares; map must be that of VMEMMAP. */
static void expect(struct fake_image *image, vms_pfn_t from,
		   const struct expected *expected, size_t count)
{
	struct vms_memmap_range range;
	enum vms_memmap kind;
	const char *why = NULL;
	size_t i = 0;

	while ((kind = vms_memmap_next(image->cursor, from, &range, &why)) !=
	       VMS_MEMMAP_END) {
		assert_true(i < count);
		assert_int_equal(kind, expected[i].kind);
		assert_int_equal(range.pfns.start, expected[i].start);
		assert_int_equal(range.pfns.end, expected[i].end);
		if (kind == VMS_MEMMAP_RANGE)
			assert_int_equal(range.map,
					 FAKE_VMEMMAP +
						 range.pfns.start *
							 FAKE_STRUCT);
		from = range.pfns.end;
		i++;
	}
	assert_int_equal(i, count);
}

static void set_segments(struct fake_image *image,
			 const struct vms_segment *segments, size_t count)
{
	image->source.nr_segments = count;
	memcpy(image->source.segments, segments, count * sizeof(*segments));
}

static void test_sections(void **state)
{
	static const struct expected all[] = {
		{ VMS_MEMMAP_RANGE, 0, S },
		{ VMS_MEMMAP_RANGE, S, 2 * S },
		{ VMS_MEMMAP_RANGE, 2 * S, 3 * S },
	};
	static const struct expected from_inside[] = {
		{ VMS_MEMMAP_RANGE, S + 7, 2 * S },
		{ VMS_MEMMAP_RANGE, 2 * S, 3 * S },
	};
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 3);
	fake_image_open(&image);
	expect(&image, 0, all, VMS_ARRAY_SIZE(all));
	expect(&image, S + 7, from_inside, VMS_ARRAY_SIZE(from_inside));
	expect(&image, 3 * S, NULL, 0);
	expect(&image, UINT64_MAX, NULL, 0);
	fake_image_deinit(&image);
}

/* RAM with holes; a page that is only touched counts; neighbours join. */
static void test_clipped_to_ram(void **state)
{
	static const struct vms_segment segments[] = {
		{ 0, 0xa0000, 0xa0000, 0 },
		{ 0x100000, 0x800000, 0x800000, 0 },
		{ 0x800000, 0x900000, 0xa00000, 0 },
		{ 0xb00010, 0xb00020, 0xb00020, 0 },
		{ SECTION - 0x1000, SECTION + 0x3000, SECTION + 0x3000, 0 },
	};
	static const struct expected pieces[] = {
		{ VMS_MEMMAP_RANGE, 0, 0xa0 },
		{ VMS_MEMMAP_RANGE, 0x100, 0xa00 },
		{ VMS_MEMMAP_RANGE, 0xb00, 0xb01 },
		{ VMS_MEMMAP_RANGE, S - 1, S },
		{ VMS_MEMMAP_RANGE, S, S + 3 },
	};
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 3);
	set_segments(&image, segments, VMS_ARRAY_SIZE(segments));
	fake_image_open(&image);
	assert_string_equal(image.said, "");
	expect(&image, 0, pieces, VMS_ARRAY_SIZE(pieces));
	fake_image_deinit(&image);
}

/* Where the page array of one section is unmapped, absent or left out. */
static void test_unusable_array(void **state)
{
	static const struct expected one_bad[] = {
		{ VMS_MEMMAP_RANGE, 0, S },
		{ VMS_MEMMAP_DOUBT, S, 2 * S },
		{ VMS_MEMMAP_RANGE, 2 * S, 3 * S },
	};
	static const uint64_t leaves[] = {
		0,					/* not mapped */
		(1ULL << 40) | FAKE_PRESENT | FAKE_PSE,	/* no memory there */
		(1ULL << 50) | FAKE_PRESENT | FAKE_PSE,	/* not even an address */
		0x200000,				/* not present */
		0x202000 | FAKE_PRESENT | FAKE_PSE,	/* reserved bit */
		(2 * SECTION + 0x7000000) | FAKE_PRESENT | FAKE_PSE, /* left out */
		(2 * SECTION + 0x6fff000) | FAKE_PRESENT,	/* bad table */
	};
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 3);
	image.source.segments[0].data_end = 2 * SECTION + 0x7000000;
	image.source.bad[image.source.nr_bad++] = 2 * SECTION + 0x6fff000;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(leaves); i++) {
		fake_put64(&image.mem,
			   fake_entry(&image.tables,
				      FAKE_VMEMMAP + FAKE_SECTION_ROOM, 21),
			   leaves[i]);
		fake_image_open(&image);
		expect(&image, 0, one_bad, VMS_ARRAY_SIZE(one_bad));
	}
	fake_image_deinit(&image);
}

static void put_struct(struct fake_image *image, vms_pfn_t pfn)
{
	fake_put64(&image->mem, fake_struct(pfn) + 40, pfn);
}

static uint64_t pfn_of(const uint8_t *page)
{
	return vms_get_u64(page + 40, VMS_LITTLE_ENDIAN);
}

static void test_read(void **state)
{
	static uint8_t buf[300 * FAKE_STRUCT];
	struct vms_memmap_range range;
	struct fake_image image;
	const char *why;
	size_t count;

	(void)state;
	fake_image_init(&image, 2);
	for (vms_pfn_t pfn = S + 100; pfn < S + 400; pfn++)
		put_struct(&image, pfn);
	fake_image_open(&image);
	assert_int_equal(vms_memmap_next(image.cursor, S + 50, &range, &why),
			 VMS_MEMMAP_RANGE);
	assert_int_equal(fake_memmap_read(image.cursor, &range, S + 100, 300,
					 FAKE_STRUCT, buf, &count),
			 VMS_READ_OK);
	assert_int_equal(count, 300);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pfn_of(buf + i * FAKE_STRUCT), S + 100 + i);
	/* To the very end of the range; nothing at all. */
	assert_int_equal(fake_memmap_read(image.cursor, &range, 2 * S - 3, 3,
					 FAKE_STRUCT, buf, &count),
			 VMS_READ_OK);
	assert_int_equal(count, 3);
	assert_int_equal(fake_memmap_read(image.cursor, &range, 2 * S, 0, FAKE_STRUCT, buf,
					 &count),
			 VMS_READ_OK);
	assert_int_equal(count, 0);
	fake_image_deinit(&image);
}

/* A page of the array that cannot be read costs its own struct pages. */
static void test_read_prefix(void **state)
{
	static uint8_t buf[256 * FAKE_STRUCT];
	struct vms_memmap_range range;
	struct fake_image image;
	const char *why;
	vms_vaddr_t at;
	size_t count;

	(void)state;
	fake_image_init(&image, 1);
	image.source.bad[image.source.nr_bad++] = fake_struct(128);
	fake_image_open(&image);
	assert_int_equal(vms_memmap_next(image.cursor, 0, &range, &why),
			 VMS_MEMMAP_RANGE);
	assert_int_equal(fake_memmap_read(image.cursor, &range, 0, 256, FAKE_STRUCT, buf,
					 &count),
			 VMS_READ_FAILED);
	assert_int_equal(count, 128);
	assert_int_equal(fake_memmap_read(image.cursor, &range, 130, 100, FAKE_STRUCT, buf,
					 &count),
			 VMS_READ_FAILED);
	assert_int_equal(count, 0);
	assert_int_equal(fake_memmap_read(image.cursor, &range, 192, 64, FAKE_STRUCT, buf,
					 &count),
			 VMS_READ_OK);
	assert_int_equal(count, 64);
	assert_true(vms_memmap_get(image.cursor, 127, buf, &at));
	assert_false(vms_memmap_get(image.cursor, 128, buf, &at));
	assert_false(vms_memmap_get(image.cursor, 191, buf, &at));
	assert_true(vms_memmap_get(image.cursor, 192, buf, &at));
	fake_image_deinit(&image);
}

static void test_get(void **state)
{
	struct fake_image image;
	uint8_t page[FAKE_STRUCT];
	vms_vaddr_t at = 0;

	(void)state;
	fake_image_init(&image, 2);
	put_struct(&image, 5);
	put_struct(&image, S + 9);
	fake_image_open(&image);
	assert_true(vms_memmap_get(image.cursor, S + 9, page, &at));
	assert_int_equal(pfn_of(page), S + 9);
	assert_int_equal(at, FAKE_VMEMMAP + (S + 9) * FAKE_STRUCT);
	assert_true(vms_memmap_get(image.cursor, 5, page, &at));
	assert_int_equal(pfn_of(page), 5);
	at = 77;
	assert_false(vms_memmap_get(image.cursor, 2 * S, page, &at));
	assert_false(vms_memmap_get(image.cursor, UINT64_MAX, page, &at));
	assert_int_equal(at, 77);
	fake_image_deinit(&image);
}

/*
 * Optimised hugetlb: most pages of the array are one page, mapped again and
 * again by 4 KiB leaves. Nothing is wrong with that.
 */
static void test_aliased_array(void **state)
{
	static uint8_t buf[S * FAKE_STRUCT];
	struct vms_memmap_range range;
	struct fake_image image;
	const char *why;
	uint64_t walks;
	size_t count;

	(void)state;
	fake_image_init(&image, 2);
	fake_put64(&image.mem,
		   fake_entry(&image.tables, FAKE_VMEMMAP + FAKE_SECTION_ROOM,
			      21),
		   0);
	for (unsigned int i = 0; i < FAKE_SECTION_ROOM / FAKE_PAGE; i++)
		fake_map(&image.tables,
			 FAKE_VMEMMAP + FAKE_SECTION_ROOM + i * FAKE_PAGE,
			 FAKE_STRUCTS + FAKE_SECTION_ROOM +
				 (i < 8 ? i : 8) * FAKE_PAGE,
			 12);
	put_struct(&image, S + 8 * 64 + 3);
	fake_image_open(&image);
	walks = vms_vm_cursor_walks(image.cursor);
	assert_int_equal(vms_memmap_next(image.cursor, S, &range, &why),
			 VMS_MEMMAP_RANGE);
	assert_int_equal(fake_memmap_read(image.cursor, &range, S, S, FAKE_STRUCT, buf,
					 &count),
			 VMS_READ_OK);
	assert_int_equal(count, S);
	for (unsigned int i = 8; i < 512; i++)
		assert_int_equal(pfn_of(buf + (i * 64 + 3) * FAKE_STRUCT),
				 S + 8 * 64 + 3);
	/* And one for the section itself. */
	assert_int_equal(vms_vm_cursor_walks(image.cursor), walks + 513);
	fake_image_deinit(&image);
}

/* One walk for each 2 MiB of the page array, few reads besides. */
static void test_cost_of_a_scan(void **state)
{
	static uint8_t buf[512 * FAKE_STRUCT];
	const unsigned int sections = 40;
	struct vms_memmap_range range;
	struct fake_image image;
	const char *why;
	uint64_t walks;
	uint64_t viewed;

	(void)state;
	fake_image_init(&image, sections);
	fake_image_open(&image);
	walks = vms_vm_cursor_walks(image.cursor);
	viewed = image.source.viewed;
	for (vms_pfn_t pfn = 0;
	     vms_memmap_next(image.cursor, pfn, &range, &why) ==
	     VMS_MEMMAP_RANGE;
	     pfn = range.pfns.end)
		for (; pfn < range.pfns.end; pfn += 512) {
			size_t count;

			assert_int_equal(fake_memmap_read(image.cursor, &range,
							 pfn, 512, FAKE_STRUCT, buf,
							 &count),
					 VMS_READ_OK);
		}
	walks = vms_vm_cursor_walks(image.cursor) - walks;
	viewed = image.source.viewed - viewed;
	/* Besides the page array: the leaves of pointer and sections. */
	assert_in_range(walks, sections, sections + 2);
	assert_in_range(viewed, sections * FAKE_SECTION_ROOM,
			sections * FAKE_SECTION_ROOM + 64 * FAKE_PAGE);
	fake_image_deinit(&image);
}

/* 64 TiB, all present, mapped by leaves of 1 GiB. */
static void build_64_tib(struct fake_image *image)
{
	const uint64_t ram = 1ULL << 46;
	const vms_paddr_t roots = 0x10000000;
	const vms_paddr_t sections = 0x20000000;
	const vms_paddr_t structs = 1ULL << 40;

	fake_image_init(image, 1);
	image->mem.end = ram;
	image->source.nr_segments = 0;
	fake_segment(&image->source, 0, ram, ram);
	/* The leaves for roots and sections are there. */
	fake_put64(&image->mem, fake_entry(&image->tables, FAKE_VMEMMAP, 30),
		   0);
	for (uint64_t at = 0; at < ram / FAKE_PAGE * FAKE_STRUCT; at += 1U << 30)
		fake_map(&image->tables, FAKE_VMEMMAP + at, structs + at, 30);
	fake_put64(&image->mem, FAKE_SECTION_POINTER, FAKE_DIRECT + roots);
	for (uint64_t i = 0; i < 2048; i++)
		fake_put64(&image->mem, roots + i * 8,
			   FAKE_DIRECT + sections + i * FAKE_PAGE);
	for (uint64_t i = 0; i < ram / SECTION; i++)
		fake_put64(&image->mem, sections + i * 16,
			   fake_coded(FAKE_VMEMMAP));
}

/* Size costs neither walks nor memory. */
static void test_64_tib(void **state)
{
	struct vms_memmap_range range;
	struct fake_image image;
	vms_pfn_t pfn = 0;
	const char *why;

	(void)state;
	build_64_tib(&image);
	fake_image_open(&image);
	assert_string_equal(image.said, "");
	for (; vms_memmap_next(image.cursor, pfn, &range, &why) ==
	       VMS_MEMMAP_RANGE;
	     pfn = range.pfns.end)
		assert_int_equal(range.pfns.end - range.pfns.start, S);
	assert_int_equal(pfn, 1ULL << 34);
	/* One a GiB of the page array. */
	assert_in_range(vms_vm_cursor_walks(image.cursor), 1024, 1030);
	assert_in_range(vms_pageset_bytes(vms_vm_cursor_used(image.cursor)), 1,
			4096);
	fake_image_deinit(&image);
}

static void test_no_layout(void **state)
{
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 1);
	fake_info_remove(&image.info, "SIZE(page)");
	fake_image_open(&image);
	assert_null(vms_vm_model(image.vm));
	assert_non_null(vms_vm_arch(image.vm));
	assert_non_null(strstr(image.said, "layout of struct page"));
	fake_image_deinit(&image);
}

static void test_no_model(void **state)
{
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 1);
	fake_info_remove(&image.info, "SYMBOL(mem_section)");
	fake_image_open(&image);
	assert_null(vms_vm_model(image.vm));
	assert_non_null(strstr(image.said, "no memory model"));
	fake_image_deinit(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_clipped_to_ram),
		cmocka_unit_test(test_unusable_array),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_prefix),
		cmocka_unit_test(test_get),
		cmocka_unit_test(test_aliased_array),
		cmocka_unit_test(test_cost_of_a_scan),
		cmocka_unit_test(test_64_tib),
		cmocka_unit_test(test_no_layout),
		cmocka_unit_test(test_no_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
