// SPDX-License-Identifier: GPL-2.0-or-later
/* The ELF header, and the program headers wherever it says they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vmsieve/limits.h>

#include "test_source_support.h"
#include "vms_cmocka.h"

static void check_count(const struct elf_image *image, size_t expected)
{
	VMS_CLEANUP(source) struct vms_source *source = open_good(image, false);
	size_t count;

	assert_string_equal(warnings(), "");
	vms_source_loads(source, &count);
	assert_int_equal(count, expected);
}

/* The count is in section header 0 from 65535 on; a smaller one may be. */
static void test_extended_count(void **state)
{
	static const uint32_t counts[] = { 1, 2, 129, 65534, 65535, 65536 };

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(counts); i++) {
		struct elf_image image;

		elf_image_init(&image, counts[i], sizeof(Elf64_Ehdr));
		for (uint32_t j = 0; j < counts[i]; j++)
			elf_image_load(&image, j, 16ULL * j, 16, 0);
		if (counts[i] < PN_XNUM)
			check_count(&image, counts[i]);
		elf_image_extend_count(&image, counts[i]);
		check_count(&image, counts[i]);
		elf_image_deinit(&image);
	}
}

static void test_bad_extended_count(void **state)
{
	struct vms_source *none = NULL;
	struct elf_image image;

	(void)state;
	elf_image_init_base(&image);
	elf_image_extend_count(&image, 0);
	check_error(open_image(&image, true, &none), VMS_ERR_INPUT,
		    "e_phnum (file offset 56) says 0 program headers");
	elf_image_extend_count(&image, 3);
	elf_image_ehdr(&image)->e_shentsize = 40;
	check_error(open_image(&image, true, &none), VMS_ERR_INPUT,
		    "e_shentsize (file offset 58) is 40, only 64 is allowed");
	elf_image_ehdr(&image)->e_shentsize = 64;
	elf_image_ehdr(&image)->e_shoff = image.size - 63;
	check_error(open_image(&image, true, &none), VMS_ERR_TRUNCATED,
		    "section header 0 at file offset");
	elf_image_ehdr(&image)->e_shoff = UINT64_MAX;
	check_error(open_image(&image, true, &none), VMS_ERR_TRUNCATED,
		    "section header 0 at file offset 18446744073709551615");
	elf_image_deinit(&image);
}

/* Anywhere in the file, also unaligned and across the kept first block. */
static void test_phoff(void **state)
{
	static const size_t offsets[] = { 64, 65, 192, 3900, 4095, 4096, 9999 };

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(offsets); i++) {
		struct elf_image image;

		elf_image_init(&image, 200, offsets[i]);
		for (uint32_t j = 0; j < 200; j++) {
			const Elf64_Phdr phdr = {
				.p_type = PT_LOAD,
				.p_paddr = 32ULL * j,
				.p_filesz = 16,
				.p_memsz = 16,
			};

			elf_image_put(&image, offsets[i] + j * sizeof(phdr),
				      &phdr, sizeof(phdr));
		}
		check_count(&image, 200);
		elf_image_deinit(&image);
	}
}

static void test_bad_phoff(void **state)
{
	static const size_t offsets[] = { 0, 1, 63 };
	struct vms_source *none = NULL;
	struct elf_image image;

	(void)state;
	elf_image_init_base(&image);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(offsets); i++) {
		elf_image_ehdr(&image)->e_phoff = offsets[i];
		check_error(open_image(&image, true, &none), VMS_ERR_INPUT,
			    ", at least 64 is allowed");
	}
	elf_image_ehdr(&image)->e_phoff = image.size;
	check_error(open_image(&image, true, &none), VMS_ERR_INPUT,
		    "e_phoff (file offset 32) is 528384, the file ends at byte 528384");
	elf_image_ehdr(&image)->e_phoff = image.size - 3 * 56 + 1;
	check_error(open_image(&image, true, &none), VMS_ERR_TRUNCATED,
		    "3 program headers at file offset 528217 need 168 bytes, the file ends at byte 528384");
	elf_image_ehdr(&image)->e_phoff = UINT64_MAX - 10;
	check_error(open_image(&image, true, &none), VMS_ERR_INPUT,
		    "e_phoff (file offset 32) is");
	elf_image_deinit(&image);
}

static void test_fields(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct vms_source *none = NULL;
	struct elf_image image;

	(void)state;
	elf_image_init_base(&image);
	/* As QEMU 7.2 writes it. */
	elf_image_ehdr(&image)->e_ehsize = 8;
	vms_source_destroy(open_good(&image, false));
	image.data[EI_VERSION] = 0;
	check_error(open_image(&image, false, &none), VMS_ERR_INPUT,
		    "EI_VERSION (file offset 6) is 0, only 1 is allowed");
	source = open_good(&image, true);
	assert_int_equal(warnings_count(), 1);
	/* A size of 0 is believed to be forgotten only in a sound header. */
	elf_image_ehdr(&image)->e_phentsize = 0;
	elf_image_ehdr(&image)->e_version = 0;
	check_error(open_image(&image, true, &none), VMS_ERR_INPUT,
		    "e_phentsize (file offset 54) is 0, only 56 is allowed");
	elf_image_ehdr(&image)->e_phentsize = 64;
	check_error(open_image(&image, true, &none), VMS_ERR_INPUT,
		    "e_phentsize (file offset 54) is 64, only 56 is allowed");
	elf_image_deinit(&image);
}

/* Bit 0 of e_flags, where it has no other meaning. */
static void test_incomplete(void **state)
{
	static const struct {
		uint16_t machine;
		uint32_t flags;
		bool incomplete;
	} rows[] = {
		{ EM_X86_64, 0, false },  { EM_X86_64, 1, true },
		{ EM_X86_64, 2, false },  { EM_AARCH64, 1, true },
		{ EM_RISCV, 1, false },	  { EM_PPC64, 1, false },
		{ EM_S390, 1, false },
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		VMS_CLEANUP(source) struct vms_source *source = NULL;
		struct elf_image image;

		elf_image_init_base(&image);
		elf_image_ehdr(&image)->e_machine = rows[i].machine;
		elf_image_ehdr(&image)->e_flags = rows[i].flags;
		source = open_good(&image, false);
		assert_int_equal(vms_source_info(source)->incomplete,
				 rows[i].incomplete);
		assert_int_equal(vms_source_info(source)->machine,
				 rows[i].machine);
		assert_int_equal(warnings_count(), rows[i].incomplete);
		elf_image_deinit(&image);
	}
}

/* More headers than are looked at, all of them in the (sparse) file. */
static void test_too_many(void **state)
{
	const struct vms_source_options strict = { .lenient = false };
	const struct vms_source_options lenient = { .lenient = true };
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	VMS_CLEANUP(fd) int fd = memfd_create("headers", MFD_CLOEXEC);
	struct elf_image image;
	char path[64];
	size_t count;

	(void)state;
	assert_true(fd >= 0);
	elf_image_init(&image, 1, sizeof(Elf64_Ehdr));
	elf_image_load(&image, 0, 0, 64, 0);
	elf_image_extend_count(&image, VMS_CAP_PHDRS + 1);
	/* The section header lies over headers 1 and 2: harmless types. */
	assert_int_equal(write(fd, image.data, image.size), image.size);
	assert_int_equal(ftruncate(fd, 64 + 56LL * (VMS_CAP_PHDRS + 1)), 0);
	elf_image_deinit(&image);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check_error(vms_source_open(path, &strict, NULL, &source),
		    VMS_ERR_LIMIT,
		    "1048577 program headers, at most 1048576 are allowed");
	warnings_reset();
	assert_no_error(vms_source_open(path, &lenient, NULL, &source));
	check_text(warnings(),
		   "1048577 program headers, at most 1048576 are looked at");
	vms_source_loads(source, &count);
	assert_int_equal(count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_extended_count),
		cmocka_unit_test(test_bad_extended_count),
		cmocka_unit_test(test_phoff),
		cmocka_unit_test(test_bad_phoff),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_incomplete),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
