// SPDX-License-Identifier: GPL-2.0-or-later
/* Loads that overlap: which of them count as the same, and which is used. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/log.h>

#include "test_source_support.h"
#include "vms_cmocka.h"

#define FIRST 0x2000U

/* Two loads of size bytes at address 0, one behind the other in the file. */
static void init_twins(struct elf_image *image, size_t size)
{
	elf_image_init(image, 2, sizeof(Elf64_Ehdr));
	elf_image_fill(image, FIRST, 0, size);
	elf_image_fill(image, FIRST + size, 0, size);
	elf_image_load(image, 0, 0, size, FIRST);
	elf_image_load(image, 1, 0, size, FIRST + size);
}

static void test_same(void **state)
{
	static const size_t sizes[] = { 1, 4096, 65536, (1U << 20) + 1 };

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(sizes); i++) {
		VMS_CLEANUP(source) struct vms_source *source = NULL;
		struct elf_image image;

		init_twins(&image, sizes[i]);
		source = open_good(&image, false);
		assert_string_equal(warnings(), "");
		elf_image_deinit(&image);
	}
}

/* One byte differs; the text names the address and both places. */
static void check_difference(size_t size, size_t at)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
	struct vms_source *none = NULL;
	struct elf_image image;
	char text[160];

	init_twins(&image, size);
	image.data[FIRST + size + at] ^= 1;
	snprintf(text, sizeof(text),
		 "program headers 0 and 1 both hold physical address %#zx with different bytes (file offsets %zu and %zu)",
		 at, FIRST + at, FIRST + size + at);
	/* %#zx writes 0 as "0", as the product does. */
	check_error(open_image(&image, false, &none), VMS_ERR_INPUT, text);
	source = open_good(&image, true);
	assert_int_equal(warnings_count(), 1);
	check_text(warnings(), text);
	check_text(warnings(), ", the first is used");
	elf_image_deinit(&image);
	reader = reader_of(source);
	check_memory(reader, 0, size);
}

/* Up to 1 MiB every byte counts, above the first and the last page do. */
static void test_differs(void **state)
{
	const size_t whole = 1U << 20;
	const size_t large = whole + 5;

	(void)state;
	check_difference(1, 0);
	check_difference(4096, 4095);
	check_difference(whole, 65535);
	check_difference(whole, 65536);
	check_difference(whole, whole - 1);
	check_difference(large, 4095);
	check_difference(large, large - 4096);
	check_difference(large, large - 1);
}

/* Of 768 pages 66 are looked at; any longer difference is seen. */
static void test_samples_are_spread(void **state)
{
	const size_t size = 3U << 20;
	struct vms_source *source = NULL;
	struct elf_image image;

	(void)state;
	init_twins(&image, size);
	for (size_t page = 0; page < 768 - 16; page += 48) {
		for (size_t i = 0; i < 16; i++)
			image.data[FIRST + size + (page + i) * 4096 + 7] ^= 1;
		check_error(open_image(&image, false, &source), VMS_ERR_INPUT,
			    "both hold physical address");
		for (size_t i = 0; i < 16; i++)
			image.data[FIRST + size + (page + i) * 4096 + 7] ^= 1;
	}
	elf_image_deinit(&image);
}

/* The same bytes of the file twice: nothing to compare. */
static void test_same_place(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;

	(void)state;
	init_twins(&image, 1U << 20);
	elf_image_phdr(&image, 1)->p_offset = FIRST;
	faults_reset();
	source = open_good(&image, false);
	assert_int_equal(faults.reads, 1);
	elf_image_deinit(&image);
}

/* What was left out in one is there in the other: no contradiction. */
static void test_left_out(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
	struct elf_image image;

	(void)state;
	init_twins(&image, 65536);
	elf_image_phdr(&image, 0)->p_filesz = 4096;
	source = open_good(&image, false);
	assert_string_equal(warnings(), "");
	elf_image_deinit(&image);
	reader = reader_of(source);
	check_memory(reader, 0, 65536);
}

/* Bytes that cannot be read are not known to differ. */
static void test_unreadable(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;

	(void)state;
	init_twins(&image, 65536);
	memset(image.data + FIRST + 65536 + 4096, 0xee, 4096);
	faults_reset();
	faults.bad[0].start = FIRST + 65536 + 4096;
	faults.bad[0].end = FIRST + 65536 + 65536;
	faults.bad[0].errnum = EIO;
	source = open_good(&image, false);
	assert_string_equal(warnings(), "");
	faults_reset();
	elf_image_deinit(&image);
}

/* The first in the file is used, wherever the parts lie. */
static void test_first_wins(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
	struct elf_image image;
	uint8_t byte;

	(void)state;
	elf_image_init(&image, 2, sizeof(Elf64_Ehdr));
	elf_image_resize(&image, 0x10000);
	memset(image.data + 0x1000, 0xaa, 0x1000);
	memset(image.data + 0x2000, 0xbb, 0x3000);
	elf_image_load(&image, 0, 0x11000, 0x1000, 0x1000);
	elf_image_load(&image, 1, 0x10000, 0x3000, 0x2000);
	source = open_good(&image, true);
	elf_image_deinit(&image);
	reader = reader_of(source);
	for (uint64_t a = 0x10000; a < 0x13000; a += 0x800) {
		assert_int_equal(vms_reader_copy(reader, a, &byte, 1),
				 VMS_READ_OK);
		assert_int_equal(byte, a >= 0x11000 && a < 0x12000 ? 0xaa :
								     0xbb);
	}
}

/* Of loads that continue each other the one that is meant is named. */
static void test_winner_is_named(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct vms_source *none = NULL;
	struct elf_image image;

	(void)state;
	elf_image_init(&image, 4, sizeof(Elf64_Ehdr));
	elf_image_resize(&image, 0x10000);
	memset(image.data + 0x8000, 0xbb, 0x1000);
	elf_image_load(&image, 0, 0x7000, 0x1000, 0x1000);
	elf_image_load(&image, 1, 0x8000, 0x1000, 0x2000);
	elf_image_load(&image, 2, 0x9000, 0x1000, 0x3000);
	elf_image_load(&image, 3, 0x8000, 0x1000, 0x8000);
	check_error(open_image(&image, false, &none), VMS_ERR_INPUT,
		    "program headers 1 and 3 both hold physical address 0x8000");
	elf_image_load(&image, 3, 0x8800, 0x100, 0x8000);
	check_error(open_image(&image, false, &none), VMS_ERR_INPUT,
		    "program headers 1 and 3 both hold physical address 0x8800");
	elf_image_load(&image, 3, 0x9000, 0x1000, 0x8000);
	check_error(open_image(&image, false, &none), VMS_ERR_INPUT,
		    "program headers 2 and 3 both hold physical address 0x9000");
	source = open_good(&image, true);
	check_text(warnings(), "program headers 2 and 3 both hold");
	elf_image_deinit(&image);
}

/* All at one address, all from other places of the file. */
static void init_pile(struct elf_image *image, uint32_t count, bool agree)
{
	const size_t data = (64 + count * sizeof(Elf64_Phdr) + 4095) & ~4095UL;

	elf_image_init(image, count, sizeof(Elf64_Ehdr));
	elf_image_resize(image, data + count + 4096);
	memset(image->data + data, 0x11, count + 4096);
	for (uint32_t i = 0; i < count; i++) {
		elf_image_load(image, i, 0, 4096, data + i);
		if (!agree)
			image->data[data + i] = (uint8_t)(i * 7 + i / 256);
	}
	if (count >= PN_XNUM)
		elf_image_extend_count(image, count);
}

static void test_pile_agrees(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;
	double start;
	size_t count;

	(void)state;
	init_pile(&image, 70000, true);
	start = now();
	source = open_good(&image, false);
	print_message("70000 loads at one address: %.3f s\n", now() - start);
	assert_true(now() - start < 10);
	assert_string_equal(warnings(), "");
	vms_source_segments(source, &count);
	assert_int_equal(count, 1);
	vms_source_loads(source, &count);
	assert_int_equal(count, 70000);
	elf_image_deinit(&image);
}

/* Each of them differs: some are named, the log stays short. */
static void test_pile_differs(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;
	double start;

	(void)state;
	init_pile(&image, 70000, false);
	start = now();
	source = open_good(&image, true);
	print_message("70000 that differ: %.3f s\n", now() - start);
	assert_true(now() - start < 10);
	assert_int_equal(warnings_count(), VMS_LOG_LIMIT);
	elf_image_deinit(&image);
}

/*
 * Large loads above small ones that win: more pairs than can be compared. It
 * ends in time, and says that it gave up.
 */
static void test_budget(void **state)
{
	const uint32_t half = 20000;
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;
	double start;

	(void)state;
	elf_image_init(&image, 2 * half, sizeof(Elf64_Ehdr));
	elf_image_resize(&image, 1024U * half + (8U << 20));
	memset(image.data + (4U << 20), 0x22, image.size - (4U << 20));
	for (uint32_t i = 0; i < half; i++) {
		elf_image_load(&image, i, 1024ULL * i, 16, (5U << 20) + 32 * i);
		elf_image_load(&image, half + i, 0, 1024ULL * half,
			       (6U << 20) + 8 * i);
	}
	start = now();
	source = open_good(&image, false);
	print_message("%u large above %u small: %.3f s\n", half, half,
		      now() - start);
	assert_true(now() - start < 10);
	check_text(warnings(),
		   "too many segments overlap to compare them all");
	assert_int_equal(warnings_count(), 1);
	elf_image_deinit(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_differs),
		cmocka_unit_test(test_samples_are_spread),
		cmocka_unit_test(test_same_place),
		cmocka_unit_test(test_left_out),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_first_wins),
		cmocka_unit_test(test_winner_is_named),
		cmocka_unit_test(test_pile_agrees),
		cmocka_unit_test(test_pile_differs),
		cmocka_unit_test(test_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
