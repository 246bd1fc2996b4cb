// SPDX-License-Identifier: GPL-2.0-or-later
/* The note area: pieces of the file that are read as one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "test_source_support.h"
#include "vms_cmocka.h"

/* Three segments with notes, in the file in another order. */
static void init_three(struct elf_image *image, uint8_t *area, size_t *size_ret)
{
	static const size_t offsets[] = { 0x3000, 0x1000, 0x2000 };
	static const uint32_t sizes[] = { 336, 1, 700 };
	uint8_t desc[700];
	size_t size = 0;

	elf_image_init(image, 4, sizeof(Elf64_Ehdr));
	elf_image_resize(image, 0x5000);
	elf_image_load(image, 3, 0, 4096, 0x4000);
	for (uint32_t i = 0; i < 3; i++) {
		size_t end;

		for (size_t j = 0; j < sizeof(desc); j++)
			desc[j] = (uint8_t)(i * 100 + j * 3);
		end = elf_image_put_note(image, offsets[i], "CORE", i, desc,
					 sizes[i]);
		elf_image_notes(image, i, offsets[i], end - offsets[i]);
		memcpy(area + size, image->data + offsets[i], end - offsets[i]);
		size += end - offsets[i];
	}
	*size_ret = size;
}

/* Every range of the area, across the borders of its pieces. */
static void test_joined(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	const struct vms_note *notes;
	struct elf_image image;
	uint8_t expected[2048];
	uint8_t buf[2048];
	size_t count;
	size_t size;

	(void)state;
	init_three(&image, expected, &size);
	source = open_good(&image, false);
	elf_image_deinit(&image);
	assert_int_equal(vms_source_notes_size(source), size);
	for (size_t at = 0; at <= size; at += 5)
		for (size_t n = 0; n <= size - at; n += 7) {
			memset(buf, 0xcc, sizeof(buf));
			assert_no_error(vms_source_read_notes(source, at, buf,
							      n));
			assert_memory_equal(buf, expected + at, n);
			assert_int_equal(buf[n], 0xcc);
		}
	notes = vms_source_notes(source, &count);
	assert_int_equal(count, 3);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(notes[i].type, i);
		assert_string_equal(notes[i].name, "CORE");
		assert_no_error(vms_source_read_notes(source,
						      notes[i].desc_offset, buf,
						      1));
		assert_int_equal(buf[0], (uint8_t)(i * 100));
	}
}

static void test_outside(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;
	uint8_t expected[2048];
	uint8_t buf[16];
	size_t size;

	(void)state;
	init_three(&image, expected, &size);
	source = open_good(&image, false);
	elf_image_deinit(&image);
	assert_no_error(vms_source_read_notes(source, size, buf, 0));
	check_error(vms_source_read_notes(source, size, buf, 1), VMS_ERR_INPUT,
		    "1 bytes at 1100 are not inside the 1100 bytes");
	check_error(vms_source_read_notes(source, size - 1, buf, 2),
		    VMS_ERR_INPUT, "are not inside");
	check_error(vms_source_read_notes(source, UINT64_MAX, buf, 2),
		    VMS_ERR_INPUT, "are not inside");
}

static void test_no_notes(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;
	uint8_t byte;

	(void)state;
	elf_image_init_base(&image);
	elf_image_phdr(&image, 0)->p_type = PT_NULL;
	source = open_good(&image, false);
	elf_image_deinit(&image);
	assert_int_equal(vms_source_notes_size(source), 0);
	assert_no_error(vms_source_read_notes(source, 0, &byte, 0));
	check_error(vms_source_read_notes(source, 0, &byte, 1), VMS_ERR_INPUT,
		    "0 bytes there are");
}

static void test_unreadable(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;
	uint8_t expected[2048];
	uint8_t buf[2048];
	size_t size;

	(void)state;
	init_three(&image, expected, &size);
	source = open_good(&image, false);
	elf_image_deinit(&image);
	faults_reset();
	faults.bad[0].start = 0x1008;
	faults.bad[0].end = 0x1009;
	faults.bad[0].errnum = EIO;
	/* The kept first block does not reach that far. */
	check_error(vms_source_read_notes(source, 0, buf, size),
		    VMS_ERR_SYSTEM,
		    "reading notes at file offset 4104: Input/output error");
	faults_reset();
	assert_no_error(vms_source_read_notes(source, 0, buf, size));
	assert_memory_equal(buf, expected, size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_joined),
		cmocka_unit_test(test_outside),
		cmocka_unit_test(test_no_notes),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
