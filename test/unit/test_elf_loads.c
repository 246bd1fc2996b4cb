// SPDX-License-Identifier: GPL-2.0-or-later
/* PT_LOADs: what of them becomes memory, and how much of it they may cost. */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/limits.h>

#include "test_source_support.h"
#include "vms_cmocka.h"

#define DATA 0x1000U

/* One PT_LOAD, lenient: which segment comes of it? */
struct clip {
	const char *name;
	uint64_t paddr;
	uint64_t filesz;
	uint64_t memsz;
	uint64_t offset;
	/* end 0: none */
	uint64_t data_end;
	uint64_t end;
	unsigned int warnings;
};

#define TOP (1ULL << 52)

static const struct clip clips[] = {
	{ "whole", 0x8000, 0x2000, 0x2000, DATA, 0xa000, 0xa000, 0 },
	{ "tail left out", 0x8000, 0x1000, 0x9000, DATA, 0x9000, 0x11000, 0 },
	{ "nothing but tail", 0x8000, 0, 0x9000, DATA, 0x8000, 0x11000, 0 },
	{ "filesz above memsz", 0x8000, 0x3000, 0x1000, DATA, 0x9000, 0x9000, 1 },
	{ "filesz, memsz 0", 0x8000, 0x3000, 0, DATA, 0, 0, 1 },
	{ "empty", 0x8000, 0, 0, DATA, 0, 0, 0 },
	{ "up to the top", TOP - 0x1000, 0x1000, 0x1000, DATA, TOP, TOP, 0 },
	{ "tail up to the top", TOP - 0x2000, 0x1000, 0x2000, DATA,
	  TOP - 0x1000, TOP, 0 },
	{ "over the top", TOP - 0x1000, 0x2000, 0x2000, DATA, TOP, TOP, 1 },
	{ "tail over the top", TOP - 0x2000, 0x1000, 0x3000, DATA,
	  TOP - 0x1000, TOP - 0x1000, 1 },
	{ "at the top", TOP, 0x1000, 0x1000, DATA, 0, 0, 1 },
	{ "wraps to 0", UINT64_MAX - 0xfff, 0x1000, 0x1000, DATA, 0, 0, 1 },
	{ "wraps", UINT64_MAX - 0xfff, 0x4000, 0x4000, DATA, 0, 0, 1 },
	{ "kcore's unknown address", UINT64_MAX, 0x1000, 0x1000, DATA, 0, 0, 1 },
	{ "memsz 2^63", 0x8000, 0x1000, 1ULL << 63, DATA, 0x9000, 0x9000, 1 },
	{ "memsz 2^64 - 1", 0x8000, 0x1000, UINT64_MAX, DATA, 0x9000, 0x9000, 1 },
	{ "memsz 2^64 - 1, no bytes", 0x8000, 0, UINT64_MAX, DATA, 0, 0, 1 },
	{ "both 2^64 - 1", 0, UINT64_MAX, UINT64_MAX, DATA, 0x3000, 0x3000, 1 },
	{ "both 2^64 - 1, in no file", 0, UINT64_MAX, UINT64_MAX, 1ULL << 60, 0,
	  0, 1 },
};

/* Beside the load under test there is one page at 2^40. */
static void test_clips(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(clips); i++) {
		VMS_CLEANUP(source) struct vms_source *source = NULL;
		const struct clip *clip = &clips[i];
		const struct vms_segment *s;
		struct elf_image image;

		print_message("%s\n", clip->name);
		elf_image_init(&image, 2, sizeof(Elf64_Ehdr));
		elf_image_fill(&image, DATA, clip->paddr, 0x3000);
		elf_image_load(&image, 0, clip->paddr, 0, clip->offset);
		elf_image_phdr(&image, 0)->p_filesz = clip->filesz;
		elf_image_phdr(&image, 0)->p_memsz = clip->memsz;
		elf_image_load(&image, 1, 1ULL << 40, 0x1000, DATA);
		source = open_good(&image, true);
		elf_image_deinit(&image);
		assert_int_equal(warnings_count(), clip->warnings);
		s = vms_source_find(source, clip->paddr);
		if (!clip->end) {
			assert_null(s);
			continue;
		}
		assert_non_null(s);
		assert_true(s->start == clip->paddr);
		assert_true(s->data_end == clip->data_end);
		assert_true(s->end == clip->end);
		assert_true(s->file_offset == clip->offset ||
			    s->start == s->data_end);
	}
}

static void test_loads_as_given(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	const struct vms_load *loads;
	struct elf_image image;
	size_t count;

	(void)state;
	elf_image_init(&image, 4, sizeof(Elf64_Ehdr));
	elf_image_fill(&image, DATA, 0, 0x4000);
	elf_image_load(&image, 0, 0x9000, 0x1000, DATA);
	elf_image_load(&image, 1, 0x5000, 0, DATA);
	elf_image_load(&image, 2, 0x1000, 0x1000, DATA + 0x1000);
	elf_image_phdr(&image, 2)->p_memsz = 0x2000;
	elf_image_load(&image, 3, 0x7000, 0x1000, DATA + 0x2000);
	elf_image_phdr(&image, 3)->p_vaddr = 0;
	source = open_good(&image, false);
	elf_image_deinit(&image);
	loads = vms_source_loads(source, &count);
	assert_int_equal(count, 3);
	assert_true(loads[0].paddr == 0x9000 && loads[0].size == 0x1000);
	assert_true(loads[0].vaddr == BASE_RAM_VADDR + 0x9000);
	assert_true(loads[1].paddr == 0x1000 && loads[1].size == 0x2000);
	assert_true(loads[2].paddr == 0x7000 && loads[2].vaddr == 0);
}

/* count loads of one page with a hole behind each; header i is load i. */
static void init_many(struct elf_image *image, uint32_t count)
{
	const size_t data = (64 + count * sizeof(Elf64_Phdr) + 4095) & ~4095UL;

	elf_image_init(image, count, sizeof(Elf64_Ehdr));
	elf_image_resize(image, data + count + 4096);
	for (uint32_t i = 0; i < count; i++)
		elf_image_load(image, i, 0x2000ULL * i, 4096, data + i);
	if (count >= PN_XNUM)
		elf_image_extend_count(image, count);
}

/* A large machine: the tables stay below 8 MiB, a million look-ups fast. */
static void test_70000_loads(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	const uint32_t nr = 70000;
	struct elf_image image;
	double start;
	uint64_t x = 1;
	size_t count;

	(void)state;
	init_many(&image, nr);
	faults_reset();
	start = now();
	source = open_good(&image, false);
	print_message("70000 loads: %.3f s, %llu bytes allocated\n",
		      now() - start,
		      (unsigned long long)faults.allocated_bytes);
	assert_true(faults.allocated_bytes < 8U << 20);
	assert_string_equal(warnings(), "");
	elf_image_deinit(&image);
	vms_source_segments(source, &count);
	assert_int_equal(count, nr);

	start = now();
	for (uint32_t i = 0; i < 1000000; i++) {
		const struct vms_segment *s;
		uint64_t paddr;

		x = x * 6364136223846793005ULL + 1442695040888963407ULL;
		paddr = (x >> 33) % (0x2000ULL * nr);
		s = vms_source_find(source, paddr);
		assert_true(!!s == !(paddr & 0x1000));
		if (s)
			assert_true(s->start <= paddr && paddr < s->end);
	}
	print_message("1000000 look-ups: %.3f s\n", now() - start);
	assert_true(now() - start < 5);
}

static void test_too_many_loads(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct vms_source *none = NULL;
	struct elf_image image;
	size_t count;

	(void)state;
	init_many(&image, VMS_CAP_SEGMENTS + 3);
	check_error(open_image(&image, false, &none), VMS_ERR_LIMIT,
		    "131075 PT_LOAD segments, only 131072 can be used");
	source = open_good(&image, true);
	assert_int_equal(warnings_count(), 1);
	vms_source_loads(source, &count);
	assert_int_equal(count, VMS_CAP_SEGMENTS);
	assert_non_null(vms_source_find(source,
					0x2000ULL * (VMS_CAP_SEGMENTS - 1)));
	assert_null(vms_source_find(source, 0x2000ULL * VMS_CAP_SEGMENTS));
	elf_image_deinit(&image);
}

/* Crossing loads make more segments than loads: capped as well. */
static void test_too_many_segments(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct vms_source *none = NULL;
	const uint32_t nr = 70001;
	struct elf_image image;
	size_t count;

	(void)state;
	elf_image_init(&image, nr, sizeof(Elf64_Ehdr));
	elf_image_resize(&image, image.size + 3 * nr);
	/* Every second byte, and one load below that fills the holes. */
	for (uint32_t i = 0; i < nr; i++)
		elf_image_load(&image, i, 2 * i, 1, image.size - 3 * nr + i);
	elf_image_load(&image, nr - 1, 0, 2 * nr, image.size - 2 * nr);
	elf_image_extend_count(&image, nr);
	check_error(open_image(&image, false, &none), VMS_ERR_LIMIT,
		    "overlapping PT_LOADs make 140000 segments, only 131072 can be used");
	faults_reset();
	source = open_good(&image, true);
	check_text(warnings(), "overlapping PT_LOADs make 140000 segments");
	vms_source_segments(source, &count);
	assert_int_equal(count, VMS_CAP_SEGMENTS);
	elf_image_deinit(&image);
}

/* In a file that was cut, one line says where it should have ended. */
static void test_cut(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
	struct vms_source *none = NULL;
	struct elf_image image;
	const uint8_t *bytes;
	size_t size;

	(void)state;
	elf_image_init(&image, 3, sizeof(Elf64_Ehdr));
	for (uint32_t i = 0; i < 3; i++) {
		elf_image_fill(&image, DATA + i * 0x4000, i * 0x10000, 0x4000);
		elf_image_load(&image, i, i * 0x10000, 0x4000,
			       DATA + i * 0x4000);
	}
	elf_image_resize(&image, DATA + 0x5800);
	check_error(open_image(&image, false, &none), VMS_ERR_TRUNCATED,
		    "is cut short: the file ends at byte 26624, program header 2 promises data up to byte 53248");
	source = open_good(&image, true);
	assert_int_equal(warnings_count(), 2);
	/* Right before a load is cut short as well. */
	elf_image_resize(&image, DATA + 0x4000);
	check_error(open_image(&image, false, &none), VMS_ERR_TRUNCATED,
		    "is cut short: the file ends at byte 20480, program header 2 promises data up to byte 53248");
	elf_image_deinit(&image);
	reader = reader_of(source);
	check_memory(reader, 0, 0x4000);
	check_memory(reader, 0x10000, 0x1800);
	assert_int_equal(vms_reader_view(reader, 0x11800, 1U << 30, &bytes,
					 &size),
			 VMS_READ_TRUNCATED);
	assert_int_equal(size, 0x2800);
	assert_int_equal(vms_reader_view(reader, 0x20000, 1U << 30, &bytes,
					 &size),
			 VMS_READ_TRUNCATED);
	assert_int_equal(size, 0x4000);
}

/* A file that names RAM, but holds none of it. */
static void test_all_left_out(void **state)
{
	struct vms_source *none = NULL;
	struct elf_image image;

	(void)state;
	elf_image_init(&image, 1, sizeof(Elf64_Ehdr));
	elf_image_load(&image, 0, 0, 0, 0);
	elf_image_phdr(&image, 0)->p_memsz = 0x4000;
	check_error(open_image(&image, false, &none), VMS_ERR_TRUNCATED,
		    "no memory can be read: 1 memory segments");
	check_error(open_image(&image, true, &none), VMS_ERR_TRUNCATED,
		    "no memory can be read: 1 memory segments");
	elf_image_deinit(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clips),
		cmocka_unit_test(test_loads_as_given),
		cmocka_unit_test(test_70000_loads),
		cmocka_unit_test(test_too_many_loads),
		cmocka_unit_test(test_too_many_segments),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_all_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
