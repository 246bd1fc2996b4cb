// SPDX-License-Identifier: GPL-2.0-or-later
/* Reads by physical address: the fate of each, and pages made of pieces. */
#include <stdlib.h>
#include <string.h>

#include "test_source_support.h"
#include "vms_cmocka.h"

#define PAGE 4096ULL
#define DATA 0x1000U

/*
 * Pages 2 and 3; 4 and 5 left out; 8 in the file, 9 beyond its end (lenient);
 * 16 to 18 in the file from an address that is not aligned: 0x1007b + 5000.
 */
static struct vms_source *open_pieces(void)
{
	struct vms_source *source;
	struct elf_image image;

	elf_image_init(&image, 3, sizeof(Elf64_Ehdr));
	elf_image_fill(&image, DATA, 0x2000, 0x2000);
	elf_image_load(&image, 0, 0x2000, 0x2000, DATA);
	elf_image_phdr(&image, 0)->p_memsz = 0x4000;
	elf_image_fill(&image, DATA + 0x2001, 0x1007b, 5000);
	elf_image_load(&image, 1, 0x1007b, 5000, DATA + 0x2001);
	elf_image_fill(&image, DATA + 0x4000, 0x8000, 0x1000);
	elf_image_load(&image, 2, 0x8000, 0x2000, DATA + 0x4000);
	source = open_good(&image, true);
	elf_image_deinit(&image);
	return source;
}

struct fate {
	uint64_t paddr;
	size_t size;
	enum vms_read result;
	size_t shared;
};

static void test_fates(void **state)
{
	static const struct fate fates[] = {
		{ 0, 1, VMS_READ_ABSENT, 1 },
		{ 0, 1ULL << 40, VMS_READ_ABSENT, 0x2000 },
		{ 0x1fff, 100, VMS_READ_ABSENT, 1 },
		{ 0x2000, 100, VMS_READ_OK, 100 },
		{ 0x3fff, 100, VMS_READ_OK, 1 },
		{ 0x4000, 100, VMS_READ_LEFT_OUT, 100 },
		{ 0x4001, 1ULL << 40, VMS_READ_LEFT_OUT, 0x1fff },
		{ 0x5fff, 2, VMS_READ_LEFT_OUT, 1 },
		{ 0x6000, 1ULL << 40, VMS_READ_ABSENT, 0x2000 },
		{ 0x8fff, 2, VMS_READ_OK, 1 },
		{ 0x9000, 2, VMS_READ_TRUNCATED, 2 },
		{ 0x9001, 1ULL << 40, VMS_READ_TRUNCATED, 0xfff },
		{ 0xa000, 1ULL << 40, VMS_READ_ABSENT, 0x607b },
		{ 0x1007b, 5000, VMS_READ_OK, 5000 },
		{ 0x1007b + 4999, 5000, VMS_READ_OK, 1 },
		{ 0x1007b + 5000, SIZE_MAX, VMS_READ_ABSENT,
		  SIZE_MAX - 0x1007b - 5000 + 1 },
		{ UINT64_MAX, 10, VMS_READ_ABSENT, 1 },
		{ UINT64_MAX - 5, SIZE_MAX, VMS_READ_ABSENT, 6 },
	};
	VMS_CLEANUP(source) struct vms_source *source = open_pieces();
	VMS_CLEANUP(reader) struct vms_reader *reader = reader_of(source);

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(fates); i++) {
		const uint8_t *bytes = NULL;
		size_t size = 0;

		assert_int_equal(vms_reader_view(reader, fates[i].paddr,
						 fates[i].size, &bytes, &size),
				 fates[i].result);
		assert_int_equal(size, fates[i].shared);
		if (fates[i].result == VMS_READ_OK)
			assert_int_equal(bytes[size - 1],
					 elf_image_byte(fates[i].paddr + size -
							1));
	}
}

static void test_copy(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = open_pieces();
	VMS_CLEANUP(reader) struct vms_reader *reader = reader_of(source);
	uint8_t buf[0x8000];

	(void)state;
	assert_int_equal(vms_reader_copy(reader, 0, buf, 0), VMS_READ_OK);
	check_memory(reader, 0x2000, 0x2000);
	check_memory(reader, 0x1007b, 5000);
	assert_int_equal(vms_reader_copy(reader, 0x2000, buf, 0x2001),
			 VMS_READ_LEFT_OUT);
	assert_int_equal(vms_reader_copy(reader, 0x1fff, buf, 2),
			 VMS_READ_ABSENT);
	assert_int_equal(vms_reader_copy(reader, 0x8fff, buf, 2),
			 VMS_READ_TRUNCATED);
	assert_int_equal(vms_reader_copy(reader, UINT64_MAX, buf, 2),
			 VMS_READ_ABSENT);
	/* Not one byte more than was asked for. */
	memset(buf, 0xcc, sizeof(buf));
	assert_int_equal(vms_reader_copy(reader, 0x2100, buf, 33),
			 VMS_READ_OK);
	assert_int_equal(buf[33], 0xcc);
}

static void check_page(struct vms_reader *reader, uint64_t paddr,
		       uint64_t from, uint64_t to)
{
	uint8_t page[PAGE];

	memset(page, 0xcc, sizeof(page));
	assert_int_equal(vms_reader_page(reader, paddr, page, PAGE),
			 VMS_READ_OK);
	for (uint64_t a = paddr; a < paddr + PAGE; a++)
		assert_int_equal(page[a - paddr],
				 a >= from && a < to ? elf_image_byte(a) : 0);
}

static void test_pages(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = open_pieces();
	VMS_CLEANUP(reader) struct vms_reader *reader = reader_of(source);
	uint8_t page[4 * PAGE];

	(void)state;
	check_page(reader, 0x2000, 0x2000, 0x4000);
	check_page(reader, 0x10000, 0x1007b, 0x1007b + 5000);
	check_page(reader, 0x11000, 0x1007b, 0x1007b + 5000);
	assert_int_equal(vms_reader_page(reader, 0x12000, page, PAGE),
			 VMS_READ_ABSENT);
	assert_int_equal(vms_reader_page(reader, 0x4000, page, PAGE),
			 VMS_READ_LEFT_OUT);
	assert_int_equal(vms_reader_page(reader, 0x9000, page, PAGE),
			 VMS_READ_TRUNCATED);
	/* Pages of 16 KiB: bytes beside a part left out, beside a hole,
	 * beside the file's end. */
	assert_int_equal(vms_reader_page(reader, 0, page, sizeof(page)),
			 VMS_READ_OK);
	assert_int_equal(page[0x1fff], 0);
	assert_int_equal(page[0x2000], elf_image_byte(0x2000));
	assert_int_equal(vms_reader_page(reader, 0x4000, page, sizeof(page)),
			 VMS_READ_LEFT_OUT);
	assert_int_equal(vms_reader_page(reader, 0x8000, page, sizeof(page)),
			 VMS_READ_TRUNCATED);
	assert_int_equal(page[0], elf_image_byte(0x8000));
	assert_int_equal(vms_reader_page(reader, UINT64_MAX - PAGE + 1, page,
					 PAGE),
			 VMS_READ_ABSENT);
}

/* A page of which a part was left out: what there is, and zeros. */
static void test_page_half_left_out(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
	struct elf_image image;

	(void)state;
	elf_image_init(&image, 1, sizeof(Elf64_Ehdr));
	elf_image_fill(&image, DATA, 0x2000, 100);
	elf_image_load(&image, 0, 0x2000, 100, DATA);
	elf_image_phdr(&image, 0)->p_memsz = 0x2000;
	source = open_good(&image, false);
	elf_image_deinit(&image);
	reader = reader_of(source);
	check_page(reader, 0x2000, 0x2000, 0x2000 + 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fates),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_pages),
		cmocka_unit_test(test_page_half_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
