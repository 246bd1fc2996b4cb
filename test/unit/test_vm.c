// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads by kernel address, the cache of leaves, and what is remembered as
 * used; and what is left when nothing can be translated.
 */
#include <elf.h>
#include <string.h>

#include "fake_image.h"
#include "vm_private.h"
#include "vms_cmocka.h"

#define SECTION (128ULL << 20)

static void test_whole(void **state)
{
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 2);
	fake_image_open(&image);
	assert_string_equal(image.said, "");
	assert_non_null(vms_vm_arch(image.vm));
	assert_string_equal(vms_vm_model(image.vm), "sparsemem extreme");
	fake_image_deinit(&image);
}

static void test_unknown_machine(void **state)
{
	struct vms_memmap_range range;
	struct fake_image image;
	const char *why = NULL;
	uint8_t byte;

	(void)state;
	fake_image_init(&image, 2);
	image.source.info.machine = EM_AARCH64 + 1000;
	fake_image_open(&image);
	assert_non_null(strstr(image.said,
			       "no address translation for machine 1183"));
	assert_null(vms_vm_arch(image.vm));
	assert_null(vms_vm_model(image.vm));
	assert_int_equal(vms_vm_read(image.cursor, FAKE_DIRECT, &byte, 1),
			 VMS_READ_ABSENT);
	/* All RAM is one doubt. */
	assert_int_equal(vms_memmap_next(image.cursor, 5, &range, &why),
			 VMS_MEMMAP_DOUBT);
	assert_int_equal(range.pfns.start, 5);
	assert_int_equal(range.pfns.end, 2 * FAKE_SECTION_PAGES);
	assert_non_null(why);
	assert_int_equal(vms_memmap_next(image.cursor, range.pfns.end, &range,
					 &why),
			 VMS_MEMMAP_END);
	assert_true(vms_vm_same_node(image.vm, range.pfns));
	fake_image_deinit(&image);
}

static void test_no_tables(void **state)
{
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 1);
	fake_put64(&image.mem, FAKE_ROOT + 511 * 8, 0);
	fake_image_open(&image);
	assert_non_null(strstr(image.said, "no address translation: "));
	assert_null(vms_vm_arch(image.vm));
	assert_null(vms_vm_model(image.vm));
	fake_image_deinit(&image);
}

static void test_no_memory_at_all(void **state)
{
	struct vms_memmap_range range;
	struct fake_image image;
	const char *why;

	(void)state;
	fake_image_init(&image, 1);
	image.source.nr_segments = 0;
	fake_image_open(&image);
	assert_null(vms_vm_arch(image.vm));
	assert_int_equal(vms_memmap_next(image.cursor, 0, &range, &why),
			 VMS_MEMMAP_END);
	fake_image_deinit(&image);
}

static void test_read(void **state)
{
	static const char text[] = "0123456789abcdef";
	struct fake_image image;
	char buf[sizeof(text)];

	(void)state;
	fake_image_init(&image, 1);
	/* Two 4 KiB leaves that are not neighbours in memory. */
	fake_map(&image.tables, 0xffffc90000000000, 0x700000, 12);
	fake_map(&image.tables, 0xffffc90000001000, 0x650000, 12);
	fake_put(&image.mem, 0x700ff8, text, 8);
	fake_put(&image.mem, 0x650000, text + 8, sizeof(text) - 8);
	fake_image_open(&image);
	assert_int_equal(vms_vm_read(image.cursor, 0xffffc90000000ff8, buf,
				     sizeof(buf)),
			 VMS_READ_OK);
	assert_string_equal(buf, text);
	/* The third page is not mapped. */
	assert_int_equal(vms_vm_read(image.cursor, 0xffffc90000001ff8, buf, 9),
			 VMS_READ_ABSENT);
	/* Around the end of the address space, and across it. */
	assert_int_equal(vms_vm_read(image.cursor, UINT64_MAX, buf, 1),
			 VMS_READ_ABSENT);
	assert_int_equal(vms_vm_read(image.cursor, UINT64_MAX - 3, buf, 8),
			 VMS_READ_ABSENT);
	assert_int_equal(vms_vm_read(image.cursor, 0x1000, buf, 1),
			 VMS_READ_ABSENT);
	fake_image_deinit(&image);
}

static void test_read_fails(void **state)
{
	static uint8_t buf[4 * FAKE_PAGE];
	struct fake_image image;
	size_t done;

	(void)state;
	fake_image_init(&image, 1);
	image.source.segments[0].data_end = 0x4000000;
	image.source.bad[image.source.nr_bad++] = 0x3002000;
	fake_image_open(&image);
	assert_int_equal(vms_vm_read_part(image.cursor,
					  FAKE_DIRECT + 0x3000800, buf,
					  sizeof(buf), &done),
			 VMS_READ_FAILED);
	assert_int_equal(done, 0x1800);
	assert_int_equal(vms_vm_read_part(image.cursor,
					  FAKE_DIRECT + 0x3ffff00, buf, 0x200,
					  &done),
			 VMS_READ_LEFT_OUT);
	assert_int_equal(done, 0x100);
	/* Inside the 1 GiB leaf, but no memory. */
	assert_int_equal(vms_vm_read_part(image.cursor, FAKE_DIRECT + SECTION,
					  buf, 8, &done),
			 VMS_READ_ABSENT);
	assert_int_equal(done, 0);
	fake_image_deinit(&image);
}

/* Memory that begins or ends inside of a block of the cache. */
static void test_partial_block(void **state)
{
	struct fake_image image;
	uint8_t buf[16];

	(void)state;
	fake_image_init(&image, 1);
	image.source.segments[0].end = 0x4000800;
	image.source.segments[0].data_end = 0x4000800;
	fake_put(&image.mem, 0x40007f8, "abcdefgh", 8);
	fake_image_open(&image);
	assert_int_equal(vms_vm_read(image.cursor, FAKE_DIRECT + 0x40007f8, buf,
				     8),
			 VMS_READ_OK);
	assert_memory_equal(buf, "abcdefgh", 8);
	assert_int_equal(vms_vm_read(image.cursor, FAKE_DIRECT + 0x40007f9, buf,
				     8),
			 VMS_READ_ABSENT);
	fake_image_deinit(&image);
}

static void test_one_walk_a_leaf(void **state)
{
	struct fake_image image;
	uint64_t walks;
	uint8_t buf[64];

	(void)state;
	fake_image_init(&image, 1);
	fake_image_open(&image);
	walks = vms_vm_cursor_walks(image.cursor);
	for (uint64_t at = 0; at < FAKE_SECTION_ROOM; at += 64)
		assert_int_equal(vms_vm_read(image.cursor, FAKE_VMEMMAP + at,
					     buf, sizeof(buf)),
				 VMS_READ_OK);
	assert_int_equal(vms_vm_cursor_walks(image.cursor), walks + 1);

	/* From behind: each step back finds the same leaf, known from further
	 * on; it stays one entry and does not push out others. */
	walks = vms_vm_cursor_walks(image.cursor);
	for (unsigned int i = 0; i < 3 * VMS_VM_LEAVES; i++)
		assert_int_equal(vms_vm_read(image.cursor,
					     FAKE_DIRECT + 0x5000000 -
						     i * 0x1000,
					     buf, sizeof(buf)),
				 VMS_READ_OK);
	assert_int_equal(vms_vm_cursor_walks(image.cursor),
			 walks + 3 * VMS_VM_LEAVES);
	assert_int_equal(vms_vm_read(image.cursor, FAKE_VMEMMAP, buf, 64),
			 VMS_READ_OK);
	assert_int_equal(vms_vm_cursor_walks(image.cursor),
			 walks + 3 * VMS_VM_LEAVES);
	fake_image_deinit(&image);
}

static bool is_used(const struct fake_image *image, vms_paddr_t paddr)
{
	return vms_pageset_contains(vms_vm_cursor_used(image->cursor),
				    paddr / FAKE_PAGE);
}

static void test_used(void **state)
{
	struct fake_image image;
	uint8_t buf[64];

	(void)state;
	fake_image_init(&image, 1);
	fake_image_open(&image);
	/* Symbols, and what finding the page array took. */
	assert_true(is_used(&image, FAKE_UTS));
	assert_true(is_used(&image, FAKE_ROOT));
	assert_true(is_used(&image, 0x1000));	/* _stext */
	assert_true(is_used(&image, 0x9000));	/* node_online_map */
	assert_true(is_used(&image, FAKE_SECTION_POINTER));
	assert_true(is_used(&image, FAKE_SECTION_ROOTS));
	assert_true(is_used(&image, FAKE_SECTIONS));
	/* All tables, which lie one after the other. */
	for (vms_paddr_t at = FAKE_TABLES; at < image.tables.next;
	     at += FAKE_PAGE)
		assert_true(is_used(&image, at));
	assert_false(is_used(&image, image.tables.next));
	assert_false(is_used(&image, 0x2000));
	assert_false(is_used(&image, fake_struct(5000)));
	assert_int_equal(vms_vm_read(image.cursor,
				     FAKE_VMEMMAP + 5000 * FAKE_STRUCT, buf,
				     sizeof(buf)),
			 VMS_READ_OK);
	assert_true(is_used(&image, fake_struct(5000)));
	assert_false(is_used(&image, fake_struct(5000) + FAKE_PAGE));
	fake_image_deinit(&image);
}

/* When no more can be remembered nothing more is read. */
static void test_used_is_complete(void **state)
{
	struct vms_memmap_range range;
	struct fake_image image;
	struct vms_pageset *set;
	const char *why;
	vms_vaddr_t at;
	uint8_t buf[64];

	(void)state;
	fake_image_init(&image, 2);
	fake_image_open(&image);
	assert_no_error(vms_pageset_create(image.vm->end_pfn, 2048, NULL, &set));
	vms_pageset_destroy(image.cursor->used);
	image.cursor->used = set;
	/* One page in two, till the set is full. */
	for (at = FAKE_DIRECT; at < FAKE_DIRECT + SECTION; at += 2 * FAKE_PAGE)
		if (vms_vm_read(image.cursor, at, buf, sizeof(buf)) !=
		    VMS_READ_OK)
			break;
	assert_true(at < FAKE_DIRECT + SECTION);
	assert_int_equal(vms_vm_read(image.cursor, at, buf, sizeof(buf)),
			 VMS_READ_FAILED);
	assert_false(vms_memmap_get(image.cursor, 0, buf, &at));
	assert_int_equal(vms_memmap_next(image.cursor, 100, &range, &why),
			 VMS_MEMMAP_DOUBT);
	assert_int_equal(range.pfns.start, 100);
	assert_int_equal(range.pfns.end, 2 * FAKE_SECTION_PAGES);
	assert_non_null(strstr(why, "remember"));
	fake_image_deinit(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_unknown_machine),
		cmocka_unit_test(test_no_tables),
		cmocka_unit_test(test_no_memory_at_all),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_fails),
		cmocka_unit_test(test_partial_block),
		cmocka_unit_test(test_one_walk_a_leaf),
		cmocka_unit_test(test_used),
		cmocka_unit_test(test_used_is_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
