// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Windows on the input: how much is read for what is asked, and what a bad
 * page costs the others.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vmsieve/limits.h>

#include "test_source_support.h"
#include "vms_cmocka.h"

#define PAGE 4096ULL
#define DATA 0x1000U
#define MEMORY (4U << 20)

/* One load of MEMORY bytes at address 0, shift bytes off a page border. */
static void init(struct elf_image *image, size_t shift)
{
	elf_image_init(image, 1, sizeof(Elf64_Ehdr));
	elf_image_fill(image, DATA + shift, 0, MEMORY);
	elf_image_load(image, 0, 0, MEMORY, DATA + shift);
}

static struct vms_source *open_memory(size_t shift)
{
	struct vms_source *source;
	struct elf_image image;

	init(&image, shift);
	source = open_good(&image, false);
	elf_image_deinit(&image);
	return source;
}

/* The same of any size, all zeros, by a file that has holes. */
static struct vms_source *open_sparse(uint64_t size)
{
	const struct vms_source_options options = { .lenient = false };
	VMS_CLEANUP(fd) int fd = memfd_create("sparse", MFD_CLOEXEC);
	struct vms_source *source = NULL;
	struct elf_image image;
	char path[64];

	elf_image_init(&image, 1, sizeof(Elf64_Ehdr));
	elf_image_load(&image, 0, 0, size, DATA);
	assert_int_equal(write(fd, image.data, image.size), image.size);
	elf_image_deinit(&image);
	assert_int_equal(ftruncate(fd, (off_t)(DATA + size)), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert_no_error(vms_source_open(path, &options, NULL, &source));
	return source;
}

/* Page by page, from the start to the end: long reads, each byte once. */
static void test_sequential(void **state)
{
	static const size_t shifts[] = { 0, 0x123 };

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(shifts); i++) {
		VMS_CLEANUP(source) struct vms_source *source = NULL;
		VMS_CLEANUP(reader) struct vms_reader *reader = NULL;

		faults_reset();
		source = open_memory(shifts[i]);
		reader = reader_of(source);
		faults_reset();
		for (uint64_t a = 0; a < MEMORY; a += PAGE)
			check_memory(reader, a, PAGE);
		print_message("4 MiB: %llu reads, %llu bytes\n",
			      (unsigned long long)faults.reads,
			      (unsigned long long)faults.read_bytes);
		assert_true(faults.reads < 16);
		assert_true(faults.read_bytes <= MEMORY + 4 * PAGE);
		assert_int_equal(faults.largest_read, VMS_READER_WINDOW_BYTES);
		assert_int_equal(faults.maps, 0);
	}
}

/* Here and there: one block for each, and none for what was just seen. */
static void test_scattered(void **state)
{
	const uint64_t large = 1ULL << 30;
	VMS_CLEANUP(source) struct vms_source *source = open_sparse(large);
	VMS_CLEANUP(reader) struct vms_reader *reader = reader_of(source);
	uint64_t entry;
	uint64_t x = 1;

	(void)state;
	faults_reset();
	for (unsigned int i = 0; i < 10000; i++) {
		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		assert_int_equal(vms_reader_copy(reader, (x >> 24) % large & ~7U,
						 &entry, sizeof(entry)),
				 VMS_READ_OK);
	}
	assert_true(faults.reads < 10100);
	assert_true(faults.read_bytes < 10100 * PAGE);
	/* Five levels of page tables, over and over. */
	faults_reset();
	for (unsigned int i = 0; i < 1000; i++)
		assert_int_equal(vms_reader_copy(reader,
						 i % 5 * (large / 8) +
							 i % 512 * 8,
						 &entry, sizeof(entry)),
				 VMS_READ_OK);
	assert_int_equal(faults.reads, 5);
}

/* Look-ups in between do not throw the long window away. */
static void test_mixed(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = open_memory(0);
	VMS_CLEANUP(reader) struct vms_reader *reader = reader_of(source);

	(void)state;
	for (uint64_t a = 0; a < 2U << 20; a += PAGE)
		check_memory(reader, a, PAGE);
	faults_reset();
	for (uint64_t a = 2U << 20; a < 3U << 20; a += PAGE) {
		check_memory(reader, a, PAGE);
		check_memory(reader, 0x380000, 8);
	}
	assert_true(faults.reads <= 2);
}

/* Pages left out here and there: still one run; far leaps are look-ups. */
static void test_gaps(void **state)
{
	static const struct {
		uint64_t step;
		uint64_t most_bytes;
		uint64_t most_reads;
	} rows[] = {
		/* Every fourth page: all is read, by long reads. */
		{ 4 * PAGE, MEMORY, 20 },
		/* One page of 128: no more than a block for each. */
		{ 128 * PAGE, MEMORY / 128, MEMORY / PAGE / 128 },
	};
	VMS_CLEANUP(source) struct vms_source *source = open_memory(0);

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		VMS_CLEANUP(reader) struct vms_reader *reader = NULL;

		reader = reader_of(source);
		check_memory(reader, 0, 2 * PAGE);
		faults_reset();
		for (uint64_t a = 128 * PAGE; a < MEMORY; a += rows[i].step)
			check_memory(reader, a, PAGE);
		assert_true(faults.read_bytes <= rows[i].most_bytes);
		assert_true(faults.reads <= rows[i].most_reads);
	}
}

/* What is asked for in one piece comes in one piece. */
static void test_large_views(void **state)
{
	static const size_t sizes[] = { PAGE, 2 * PAGE, 65536, 1U << 18,
					1U << 20 };
	VMS_CLEANUP(source) struct vms_source *source = open_memory(0);

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(sizes); i++) {
		VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
		const uint8_t *bytes;
		size_t size;

		reader = reader_of(source);
		faults_reset();
		assert_int_equal(vms_reader_view(reader, 0x3000, sizes[i],
						 &bytes, &size),
				 VMS_READ_OK);
		assert_int_equal(size, sizes[i]);
		assert_int_equal(bytes[size - 1],
				 elf_image_byte(0x3000 + size - 1));
		assert_int_equal(faults.reads, 1);
		/* And more than a window holds gives a window. */
		assert_int_equal(vms_reader_view(reader, 0x200000, 2U << 20,
						 &bytes, &size),
				 VMS_READ_OK);
		assert_int_equal(size, VMS_READER_WINDOW_BYTES);
	}
}

/* A page view is whole also when pages straddle blocks of the file. */
static void test_unaligned_pages(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = open_memory(0x123);
	VMS_CLEANUP(reader) struct vms_reader *reader = reader_of(source);

	(void)state;
	for (uint64_t a = 0; a < MEMORY; a += 64 * PAGE) {
		const uint8_t *bytes;
		size_t size;

		assert_int_equal(vms_reader_view(reader, a, PAGE, &bytes,
						 &size),
				 VMS_READ_OK);
		assert_int_equal(size, PAGE);
	}
}

static void set_bad(size_t i, uint64_t paddr, uint64_t size, int errnum)
{
	faults.bad[i].start = DATA + paddr;
	faults.bad[i].end = DATA + paddr + size;
	faults.bad[i].errnum = errnum;
}

/* Reads all of memory by views of step bytes; returns how many pages fail. */
static uint64_t count_failed(struct vms_reader *reader, size_t step)
{
	uint64_t failed = 0;
	uint64_t a = 0;

	while (a < MEMORY) {
		const uint8_t *bytes;
		enum vms_read result;
		size_t size;

		result = vms_reader_view(reader, a, step, &bytes, &size);
		assert_true(size > 0 && size <= step);
		if (result == VMS_READ_OK) {
			for (size_t i = 0; i < size; i++)
				if (bytes[i] != elf_image_byte(a + i))
					fail_msg("wrong byte at %#llx",
						 (unsigned long long)(a + i));
		} else {
			assert_int_equal(result, VMS_READ_FAILED);
			assert_true(a % PAGE + size <= PAGE);
			failed += size;
		}
		a += size;
	}
	return failed / PAGE;
}

/* Bad pages fail, each neighbour is read, whatever the errno and the step. */
static void test_bad_pages(void **state)
{
	static const struct {
		size_t step;
		int errnum;
	} rows[] = {
		{ 512, EIO },		{ PAGE, EFAULT },
		{ PAGE, EHWPOISON },	{ 3 * PAGE, EIO },
		{ 65536, EFAULT },	{ VMS_READER_WINDOW_BYTES, EIO },
	};
	VMS_CLEANUP(source) struct vms_source *source = open_memory(0);

	(void)state;
	for (size_t i = 0; i < 2 * VMS_ARRAY_SIZE(rows); i++) {
		VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
		const int errnum = rows[i / 2].errnum;

		faults_reset();
		faults.whole_read_fails = i % 2;
		set_bad(0, 0, PAGE, errnum);
		set_bad(1, 0x155000, PAGE, errnum);
		set_bad(2, 0x157000, 2 * PAGE, errnum);
		set_bad(3, MEMORY - PAGE, PAGE, errnum);
		reader = reader_of(source);
		assert_int_equal(count_failed(reader, rows[i / 2].step), 5);
	}
	faults_reset();
}

/* Half a page is bad: the good half can be read. */
static void test_half_page(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = open_memory(0);
	VMS_CLEANUP(reader) struct vms_reader *reader = reader_of(source);
	const uint8_t *bytes;
	uint8_t page[PAGE];
	size_t size;

	(void)state;
	faults_reset();
	set_bad(0, 0x20800, 0x800, EFAULT);
	assert_int_equal(vms_reader_view(reader, 0x20000, PAGE, &bytes, &size),
			 VMS_READ_OK);
	assert_int_equal(size, 0x800);
	assert_int_equal(vms_reader_view(reader, 0x20800, PAGE, &bytes, &size),
			 VMS_READ_FAILED);
	assert_int_equal(size, 0x800);
	assert_int_equal(vms_reader_page(reader, 0x20000, page, PAGE),
			 VMS_READ_FAILED);

	set_bad(0, 0x30000, 0x800, EFAULT);
	assert_int_equal(vms_reader_view(reader, 0x30000, PAGE, &bytes, &size),
			 VMS_READ_FAILED);
	check_memory(reader, 0x30800, 0x800);
	check_memory(reader, 0x31000, 0x800);
	faults_reset();
}

/* A page of memory that straddles two blocks of the file, one of them bad. */
static void test_bad_block_unaligned(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = open_memory(0x123);
	VMS_CLEANUP(reader) struct vms_reader *reader = reader_of(source);
	uint8_t page[PAGE];

	(void)state;
	faults_reset();
	/* File block 0x21000: pages 0x1f (its end) and 0x20. */
	set_bad(0, 0x20000, PAGE, EIO);
	assert_int_equal(vms_reader_page(reader, 0x1e000, page, PAGE),
			 VMS_READ_OK);
	assert_int_equal(vms_reader_page(reader, 0x1f000, page, PAGE),
			 VMS_READ_FAILED);
	assert_int_equal(vms_reader_page(reader, 0x20000, page, PAGE),
			 VMS_READ_FAILED);
	assert_int_equal(vms_reader_page(reader, 0x21000, page, PAGE),
			 VMS_READ_OK);
	check_memory(reader, 0x1f000, PAGE - 0x123);
	check_memory(reader, 0x20000 + PAGE - 0x123, 0x123);
	faults_reset();
}

/* 1 GiB that cannot be read: one system call a page, no more. */
static void test_bad_hole(void **state)
{
	const uint64_t hole = 1ULL << 30;
	VMS_CLEANUP(source) struct vms_source *source =
		open_sparse(hole + MEMORY);
	VMS_CLEANUP(reader) struct vms_reader *reader = reader_of(source);
	uint64_t bad = 0;

	(void)state;
	faults_reset();
	set_bad(0, MEMORY / 2, hole, EIO);
	faults.whole_read_fails = true;
	for (uint64_t a = 0; a < hole + MEMORY;) {
		const uint8_t *bytes;
		size_t size;

		if (vms_reader_view(reader, a, 65536, &bytes, &size) !=
		    VMS_READ_OK)
			bad += size;
		a += size;
	}
	print_message("%llu reads for %llu bad pages\n",
		      (unsigned long long)faults.reads,
		      (unsigned long long)(bad / PAGE));
	assert_int_equal(bad, hole);
	assert_true(faults.reads < hole / PAGE + 200);
	faults_reset();
}

/* The file shrinks while it is read: no signal, the rest is truncated. */
static void test_shrinks(void **state)
{
	const struct vms_source_options options = { .lenient = false };
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
	struct elf_image image;
	const uint8_t *bytes;
	uint8_t page[PAGE];
	size_t size;
	char *path;

	(void)state;
	faults_reset();
	init(&image, 0);
	assert_no_error(open_image_file(&image, &options, &path, &source));
	elf_image_deinit(&image);
	reader = reader_of(source);
	check_memory(reader, 0, 1U << 20);
	assert_int_equal(truncate(path, DATA + (2U << 20) + 100), 0);
	check_memory(reader, 1U << 20, (1U << 20) + 100);
	assert_int_equal(vms_reader_page(reader, 2U << 20, page, PAGE),
			 VMS_READ_TRUNCATED);
	assert_int_equal(vms_reader_view(reader, (2U << 20) + 100, 1ULL << 40,
					 &bytes, &size),
			 VMS_READ_TRUNCATED);
	assert_int_equal(size, MEMORY - (2U << 20) - 100);
	assert_int_equal(truncate(path, 0), 0);
	assert_int_equal(vms_reader_page(reader, 3U << 20, page, PAGE),
			 VMS_READ_TRUNCATED);
	unlink(path);
	free(path);
}

/* What looks like /proc/vmcore is mapped, once it is read in sequence. */
static void test_mapped(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	VMS_CLEANUP(reader) struct vms_reader *reader = NULL;

	(void)state;
	faults_reset();
	faults.proc = true;
	source = open_memory(0);
	reader = reader_of(source);
	faults_reset();
	for (uint64_t a = 0; a < MEMORY; a += PAGE) {
		check_memory(reader, a, PAGE);
		check_memory(reader, MEMORY - 8, 8);
	}
	print_message("4 MiB: %llu mappings, %llu bytes read\n",
		      (unsigned long long)faults.maps,
		      (unsigned long long)faults.read_bytes);
	assert_in_range(faults.maps, 4, 8);
	/* The start of the run, look-ups, and the end of the file. */
	assert_true(faults.read_bytes <= 1U << 20);
}

/* A kernel that cannot map is asked a few times only. */
static void test_map_fails(void **state)
{
	static const int errnums[] = { ENODEV, EINVAL, EPERM, EAGAIN, ENOMEM };

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(errnums); i++) {
		VMS_CLEANUP(source) struct vms_source *source = NULL;
		VMS_CLEANUP(reader) struct vms_reader *reader = NULL;

		faults_reset();
		faults.proc = true;
		source = open_memory(0);
		reader = reader_of(source);
		faults_reset();
		faults.mmap_errnum = errnums[i];
		for (uint64_t a = 0; a < MEMORY; a += PAGE)
			check_memory(reader, a, PAGE);
		assert_in_range(faults.maps, 1, 4);
		assert_true(faults.reads < 16);
	}
	faults_reset();
}

static void test_never_mapped(void **state)
{
	static const struct {
		bool proc;
		bool no_mmap;
		uint16_t machine;
	} rows[] = {
		{ false, false, EM_X86_64 },
		{ true, true, EM_X86_64 },
		{ true, false, EM_S390 },
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		const struct vms_source_options options = {
			.no_mmap = rows[i].no_mmap
		};
		VMS_CLEANUP(source) struct vms_source *source = NULL;
		VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
		struct elf_image image;
		char *path;

		faults_reset();
		faults.proc = rows[i].proc;
		init(&image, 0);
		elf_image_ehdr(&image)->e_machine = rows[i].machine;
		assert_no_error(open_image_file(&image, &options, &path,
						&source));
		elf_image_deinit(&image);
		unlink(path);
		free(path);
		reader = reader_of(source);
		for (uint64_t a = 0; a < MEMORY; a += PAGE)
			check_memory(reader, a, PAGE);
		assert_int_equal(faults.maps, 0);
	}
	faults_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sequential),
		cmocka_unit_test(test_scattered),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_gaps),
		cmocka_unit_test(test_large_views),
		cmocka_unit_test(test_unaligned_pages),
		cmocka_unit_test(test_bad_pages),
		cmocka_unit_test(test_half_page),
		cmocka_unit_test(test_bad_block_unaligned),
		cmocka_unit_test(test_bad_hole),
		cmocka_unit_test(test_shrinks),
		cmocka_unit_test(test_mapped),
		cmocka_unit_test(test_map_fails),
		cmocka_unit_test(test_never_mapped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
