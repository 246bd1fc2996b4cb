// SPDX-License-Identifier: GPL-2.0-or-later
/* The choice of a format, and what is said about files of another kind. */
#include <stdlib.h>
#include <string.h>

#include "test_source_support.h"
#include "vms_cmocka.h"

static void check_refused(const void *bytes, size_t size, const char *text)
{
	struct vms_source *source = NULL;
	struct elf_image image = { NULL, 0, 0 };

	elf_image_resize(&image, 8192);
	elf_image_put(&image, 0, bytes, size);
	check_error(open_image(&image, true, &source), VMS_ERR_UNSUPPORTED,
		    text);
	assert_null(source);
	elf_image_deinit(&image);
}

static void test_refused_by_name(void **state)
{
	(void)state;
	check_refused("KDUMP   ", 8, "is a kdump-compressed dump; only an ELF");
	check_refused("DISKDUMP", 8, "is a diskdump");
	check_refused("makedumpfile", 12, "is a flattened dump");
	check_refused("\x1f\x8b\x08", 3, "is compressed with gzip");
	check_refused("\x28\xb5\x2f\xfd", 4, "is compressed with zstd");
	check_refused("\xfd" "7zXZ", 5, "is compressed with xz");
}

static void test_unknown(void **state)
{
	(void)state;
	check_refused("\x7f" "EL\xff", 4,
		      "is not a vmcore: an ELF file begins with 7f 45 4c 46, this one with 7f 45 4c ff 00 00 00 00");
	check_refused("", 0, "this one with 00 00 00 00 00 00 00 00");
}

static void test_short_unknown(void **state)
{
	struct vms_source *source = NULL;
	struct elf_image image = { NULL, 0, 0 };

	(void)state;
	elf_image_put(&image, 0, "\x7f" "EL", 3);
	check_error(open_image(&image, false, &source), VMS_ERR_UNSUPPORTED,
		    "this one with 7f 45 4c");
	elf_image_deinit(&image);
}

/* The error names the file first. */
static void test_path_in_error(void **state)
{
	const struct vms_source_options options = { .lenient = false };
	struct vms_source *source = NULL;
	struct vms_error *err;

	(void)state;
	err = vms_source_open("/dev/null", &options, NULL, &source);
	assert_non_null(err);
	assert_memory_equal(vms_error_text(err), "/dev/null: ", 11);
	vms_error_destroy(err);
}

static void test_find(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	const struct vms_segment *segments;
	struct elf_image image;
	size_t count;

	(void)state;
	elf_image_init(&image, 2, sizeof(Elf64_Ehdr));
	elf_image_fill(&image, 0x1000, 0x3000, 0x2000);
	elf_image_load(&image, 0, 0x3000, 0x1000, 0x1000);
	elf_image_load(&image, 1, 0x8000, 0x1000, 0x2000);
	elf_image_phdr(&image, 1)->p_memsz = 0x2000;
	source = open_good(&image, false);
	elf_image_deinit(&image);
	segments = vms_source_segments(source, &count);
	assert_int_equal(count, 2);
	assert_null(vms_source_find(source, 0));
	assert_null(vms_source_find(source, 0x2fff));
	assert_ptr_equal(vms_source_find(source, 0x3000), &segments[0]);
	assert_ptr_equal(vms_source_find(source, 0x3fff), &segments[0]);
	assert_null(vms_source_find(source, 0x4000));
	assert_null(vms_source_find(source, 0x7fff));
	assert_ptr_equal(vms_source_find(source, 0x8000), &segments[1]);
	assert_ptr_equal(vms_source_find(source, 0x9fff), &segments[1]);
	assert_null(vms_source_find(source, 0xa000));
	assert_null(vms_source_find(source, UINT64_MAX));
}

static void test_destroy_null(void **state)
{
	(void)state;
	vms_source_destroy(NULL);
	vms_reader_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_by_name),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_short_unknown),
		cmocka_unit_test(test_path_in_error),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_destroy_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
