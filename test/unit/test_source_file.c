// SPDX-License-Identifier: GPL-2.0-or-later
/* The input as a file: its kind, its size, and reads that do not go well. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "test_source_support.h"
#include "vms_cmocka.h"

static struct vms_error *open_path(const char *path, struct vms_source **ret)
{
	const struct vms_source_options options = { .lenient = false };

	warnings_reset();
	return vms_source_open(path, &options, NULL, ret);
}

static void check_refused(const char *path, const char *text)
{
	struct vms_source *source = NULL;

	check_error(open_path(path, &source), VMS_ERR_INPUT, text);
	assert_null(source);
}

/* None of them may make the open wait. */
static void test_kinds(void **state)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	char dir[] = "/tmp/vms-kinds-XXXXXX";
	char path[64];
	int fd;

	(void)state;
	assert_non_null(mkdtemp(dir));
	check_refused(dir, "is a directory, only a regular file");

	snprintf(path, sizeof(path), "%s/pipe", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	check_refused(path, "is a pipe");
	unlink(path);

	snprintf(name.sun_path, sizeof(name.sun_path), "%s/socket", dir);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	check_refused(name.sun_path, "is a socket");
	unlink(name.sun_path);
	close(fd);

	check_refused("/dev/zero", "/dev/zero: is a character device");
	assert_int_equal(rmdir(dir), 0);
}

static void test_missing(void **state)
{
	struct vms_source *source = NULL;
	struct vms_error *err;

	(void)state;
	err = open_path("/nowhere/vmcore", &source);
	assert_non_null(err);
	assert_int_equal(vms_error_errno(err), ENOENT);
	check_error(err, VMS_ERR_SYSTEM, "/nowhere/vmcore: open: No such file");
	assert_null(source);
}

static void test_block_device(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
	struct elf_image image;

	(void)state;
	elf_image_init_base(&image);
	faults_reset();
	faults.block_device = true;
	source = open_good(&image, false);
	faults_reset();
	assert_int_equal(vms_source_info(source)->file_size, image.size);
	reader = reader_of(source);
	check_memory(reader, 0, BASE_BYTES);
	elf_image_deinit(&image);
}

/* The largest file there can be: nothing may overflow or be allocated. */
static void test_largest_file(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
	VMS_CLEANUP(fd) int fd = memfd_create("largest", MFD_CLOEXEC);
	struct elf_image image;
	const uint8_t *bytes;
	char path[64];
	size_t size;

	(void)state;
	elf_image_init(&image, 2, sizeof(Elf64_Ehdr));
	elf_image_fill(&image, 0x1000, 0, 4096);
	elf_image_load(&image, 0, 0, 4096, 0x1000);
	elf_image_load(&image, 1, 1ULL << 40, 4096, INT64_MAX - 4096);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, image.data, image.size), image.size);
	assert_int_equal(ftruncate(fd, INT64_MAX), 0);
	elf_image_deinit(&image);

	faults_reset();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_no_error(open_path(path, &source));
	assert_true(vms_source_info(source)->file_size == INT64_MAX);
	reader = reader_of(source);
	assert_true(faults.allocated_bytes < 2U << 20);
	check_memory(reader, 0, 4096);
	/* tmpfs reads zeros there or fails; it must not be taken for data
	 * of another place. */
	if (vms_reader_view(reader, 1ULL << 40, 4096, &bytes, &size) ==
	    VMS_READ_OK)
		assert_int_equal(bytes[0], 0);
	assert_int_equal(vms_reader_view(reader, 1ULL << 41, 4096, &bytes,
					 &size),
			 VMS_READ_ABSENT);
}

/* The system gives few bytes at a time, or is interrupted all the time. */
static void test_short_reads(void **state)
{
	static const size_t sizes[] = { 1, 511, 4095 };
	struct elf_image image;

	(void)state;
	elf_image_init_base(&image);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(sizes); i++) {
		VMS_CLEANUP(source) struct vms_source *source = NULL;
		VMS_CLEANUP(reader) struct vms_reader *reader = NULL;

		faults_reset();
		faults.max_read = sizes[i];
		source = open_good(&image, false);
		assert_string_equal(warnings(), "");
		reader = reader_of(source);
		check_memory(reader, 0, BASE_BYTES);
		vms_reader_destroy(vms_take_ptr(reader));
		/* A new reader has read nothing yet. */
		reader = reader_of(source);
		faults.interrupted = 500;
		check_memory(reader, 0, BASE_BYTES);
		assert_int_equal(faults.interrupted, 0);
	}
	faults_reset();
	elf_image_deinit(&image);
}

/* A file system that only ever answers "interrupted" does not hold us. */
static void test_interrupted_for_ever(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
	struct elf_image image;
	uint8_t page[4096];

	(void)state;
	elf_image_init_base(&image);
	faults_reset();
	source = open_good(&image, false);
	reader = reader_of(source);
	faults.interrupted = UINT32_MAX;
	assert_int_equal(vms_reader_page(reader, 0, page, sizeof(page)),
			 VMS_READ_FAILED);
	assert_true(UINT32_MAX - faults.interrupted < 10000);
	faults_reset();
	check_memory(reader, 0, BASE_BYTES);
	elf_image_deinit(&image);
}

static void test_header_unreadable(void **state)
{
	struct vms_source *source = NULL;
	struct elf_image image;

	(void)state;
	elf_image_init_base(&image);
	faults_reset();
	faults.bad[0].end = 4096;
	faults.bad[0].errnum = EIO;
	check_error(open_image(&image, true, &source), VMS_ERR_SYSTEM,
		    "reading file offset 0: Input/output error");
	/* Headers behind the first block are a second read. */
	elf_image_ehdr(&image)->e_phoff = 0x3000;
	elf_image_put(&image, 0x3000, image.data + 64, 3 * sizeof(Elf64_Phdr));
	faults.bad[0].start = 0x3000;
	faults.bad[0].end = 0x4000;
	check_error(open_image(&image, true, &source), VMS_ERR_SYSTEM,
		    "reading program headers at file offset 12288: Input/output error");
	faults_reset();
	elf_image_deinit(&image);
}

/* The first block is read once: a second read of it may fail. */
static void test_header_read_once(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;

	(void)state;
	elf_image_init_base(&image);
	/* One mapping of the memory: nothing to compare. */
	elf_image_phdr(&image, 1)->p_type = PT_NULL;
	faults_reset();
	source = open_good(&image, false);
	assert_int_equal(faults.reads, 1);
	elf_image_deinit(&image);
}

static void test_proc(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;

	(void)state;
	elf_image_init_base(&image);
	elf_image_ehdr(&image)->e_type = ET_EXEC;
	faults_reset();
	faults.proc = true;
	/* Lenient without being told so. */
	source = open_good(&image, false);
	faults_reset();
	assert_true(vms_source_info(source)->live);
	check_text(warnings(), "e_type (file offset 16) is 2");
	elf_image_deinit(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_block_device),
		cmocka_unit_test(test_largest_file),
		cmocka_unit_test(test_short_reads),
		cmocka_unit_test(test_interrupted_for_ever),
		cmocka_unit_test(test_header_unreadable),
		cmocka_unit_test(test_header_read_once),
		cmocka_unit_test(test_proc),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
