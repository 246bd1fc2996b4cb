// SPDX-License-Identifier: GPL-2.0-or-later
/* Notes of an ELF core file: what is found, where the walk ends, and why. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/limits.h>

#include "test_source_support.h"
#include "vms_cmocka.h"

#define NOTES 0x2000U

/* Header 0: one page of memory; headers 1 ... are the caller's. */
static void init(struct elf_image *image, uint32_t phnum)
{
	elf_image_init(image, phnum, sizeof(Elf64_Ehdr));
	elf_image_fill(image, 0x1000, 0, 4096);
	elf_image_load(image, 0, 0, 4096, 0x1000);
}

static void test_walk(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	const struct vms_note *notes;
	struct elf_image image;
	size_t count;
	size_t end;

	(void)state;
	init(&image, 2);
	end = elf_image_put_note(&image, NOTES, "CORE", 1, "123456789", 9);
	end = elf_image_put_note(&image, end, "VMCOREINFO", 0, "A=1\n", 4);
	end = elf_image_put_note(&image, end, "A-name-longer-than-is-kept", 7,
				 NULL, 0);
	end = elf_image_put_note(&image, end, "", 0x80000001, "x", 1);
	elf_image_notes(&image, 1, NOTES, end - NOTES);
	source = open_good(&image, false);
	assert_string_equal(warnings(), "");
	assert_int_equal(vms_source_notes_size(source), end - NOTES);
	notes = vms_source_notes(source, &count);
	assert_int_equal(count, 4);
	assert_string_equal(notes[0].name, "CORE");
	assert_int_equal(notes[0].type, 1);
	assert_int_equal(notes[0].desc_offset, 12 + 8);
	assert_int_equal(notes[0].desc_size, 9);
	assert_string_equal(notes[1].name, "VMCOREINFO");
	assert_int_equal(notes[1].desc_offset, 12 + 8 + 12 + 12 + 12);
	assert_int_equal(notes[1].desc_size, 4);
	assert_string_equal(notes[2].name, "A-name-longer-t");
	assert_int_equal(notes[2].desc_size, 0);
	assert_string_equal(notes[3].name, "");
	assert_true(notes[3].type == 0x80000001);
	assert_int_equal(notes[3].desc_size, 1);
	elf_image_deinit(&image);
}

/* Names of 15, 16 and 17 bytes, the last byte no NUL. */
static void test_name_without_end(void **state)
{
	(void)state;
	for (uint32_t size = 15; size <= 17; size++) {
		VMS_CLEANUP(source) struct vms_source *source = NULL;
		char name[] = "0123456789abcdefg";
		const struct vms_note *notes;
		struct elf_image image;
		size_t count;
		size_t end;

		init(&image, 2);
		name[size - 1] = '\0';
		end = elf_image_put_note(&image, NOTES, name, 1, "1234", 4);
		image.data[NOTES + 12 + size - 1] = 'x';
		elf_image_notes(&image, 1, NOTES, end - NOTES);
		source = open_good(&image, false);
		elf_image_deinit(&image);
		notes = vms_source_notes(source, &count);
		assert_int_equal(count, 1);
		assert_string_equal(notes[0].name,
				    size == 15 ? "0123456789abcdx" :
						 "0123456789abcde");
	}
}

/* Zero bytes behind the notes, as many as may be: silent. */
static void test_padding(void **state)
{
	(void)state;
	for (size_t extra = 0; extra < 40; extra++) {
		VMS_CLEANUP(source) struct vms_source *source = NULL;
		struct elf_image image;
		size_t count;
		size_t end;

		init(&image, 2);
		end = elf_image_put_note(&image, NOTES, "CORE", 1, "1234", 4);
		elf_image_resize(&image, end + extra);
		elf_image_notes(&image, 1, NOTES, end + extra - NOTES);
		source = open_good(&image, false);
		assert_string_equal(warnings(), "");
		vms_source_notes(source, &count);
		assert_int_equal(count, 1);
		assert_int_equal(vms_source_notes_size(source),
				 end + extra - NOTES);
		elf_image_deinit(&image);
	}
}

/* The last note may lack its padding, but no byte of its data. */
static void test_cut(void **state)
{
	(void)state;
	for (size_t cut = 0; cut <= 24; cut++) {
		VMS_CLEANUP(source) struct vms_source *source = NULL;
		struct vms_source *none = NULL;
		struct elf_image image;
		size_t count;
		size_t end;

		/* 12 + 8 + 1 bytes and 3 of padding */
		init(&image, 2);
		end = elf_image_put_note(&image, NOTES, "CORE", 1, "1", 1);
		elf_image_notes(&image, 1, NOTES, end - NOTES - cut);
		source = open_good(&image, true);
		vms_source_notes(source, &count);
		if (cut <= 3) {
			assert_string_equal(warnings(), "");
			assert_int_equal(count, 1);
		} else if (cut < 24) {
			assert_int_equal(warnings_count(), 1);
			check_text(warnings(),
				   cut > 12 ? "its header needs 12" :
					      "n_namesz 5 + n_descsz 1 do not fit");
			assert_int_equal(count, 0);
			assert_int_equal(vms_source_notes_size(source), 0);
			check_error(open_image(&image, false, &none),
				    VMS_ERR_INPUT, "note at file offset 8192");
		}
		elf_image_deinit(&image);
	}
}

/* A name without padding and no data behind it: still inside the area. */
static void test_cut_name(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	const struct vms_note *notes;
	struct elf_image image;
	size_t count;
	char byte;

	(void)state;
	init(&image, 2);
	elf_image_put_note(&image, NOTES, "CORE", 1, NULL, 0);
	elf_image_notes(&image, 1, NOTES, 12 + 5);
	source = open_good(&image, false);
	elf_image_deinit(&image);
	notes = vms_source_notes(source, &count);
	assert_int_equal(count, 1);
	assert_string_equal(notes[0].name, "CORE");
	assert_int_equal(notes[0].desc_offset, 17);
	assert_no_error(vms_source_read_notes(source, notes[0].desc_offset,
					      &byte, 0));
}

/*
 * A broken note in the first segment: what is before it and the second
 * segment are used, and the area closes up.
 */
static void test_broken_in_the_middle(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct vms_source *none = NULL;
	const struct vms_note *notes;
	struct elf_image image;
	size_t middle;
	size_t count;
	size_t end;
	char desc[4];

	(void)state;
	init(&image, 4);
	middle = elf_image_put_note(&image, NOTES, "GOOD", 1, "1234", 4);
	end = elf_image_put_note(&image, middle, "BAD", 2, "1234", 4);
	image.data[middle + 5] = 0x10;
	elf_image_notes(&image, 1, NOTES, end - NOTES);
	elf_image_notes(&image, 2, middle, end - middle);
	end = elf_image_put_note(&image, 0x3000, "VMCOREINFO", 0, "X=1\n", 4);
	elf_image_notes(&image, 3, 0x3000, end - 0x3000);
	source = open_good(&image, true);
	assert_int_equal(warnings_count(), 2);
	check_text(warnings(), "n_namesz 4 + n_descsz 4100 do not fit");
	notes = vms_source_notes(source, &count);
	assert_int_equal(count, 2);
	assert_string_equal(notes[0].name, "GOOD");
	assert_string_equal(notes[1].name, "VMCOREINFO");
	assert_int_equal(vms_source_notes_size(source),
			 middle - NOTES + end - 0x3000);
	assert_no_error(vms_source_read_notes(source, notes[1].desc_offset,
					      desc, 4));
	assert_memory_equal(desc, "X=1\n", 4);
	check_error(open_image(&image, false, &none), VMS_ERR_INPUT,
		    "note at file offset 8216");
	elf_image_deinit(&image);
}

/* Data is skipped, not read: 32 MiB cost two reads of one block. */
static void test_large_data(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;
	const uint32_t size = 32U << 20;
	uint8_t *desc = calloc(1, size);
	size_t count;
	size_t end;

	(void)state;
	init(&image, 2);
	end = elf_image_put_note(&image, NOTES, "BIG", 1, desc, size);
	free(desc);
	end = elf_image_put_note(&image, end, "CORE", 2, "1234", 4);
	elf_image_notes(&image, 1, NOTES, end - NOTES);
	faults_reset();
	source = open_good(&image, false);
	assert_true(faults.read_bytes < 4 * 4096);
	assert_true(faults.allocated_bytes < 1U << 20);
	vms_source_notes(source, &count);
	assert_int_equal(count, 2);
	elf_image_deinit(&image);
}

static void test_too_many_notes(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct vms_source *none = NULL;
	struct elf_image image;
	size_t end = NOTES;
	size_t count;

	(void)state;
	init(&image, 2);
	elf_image_resize(&image, NOTES + 24UL * (VMS_CAP_NOTES + 10));
	for (uint32_t i = 0; i < VMS_CAP_NOTES; i++)
		end = elf_image_put_note(&image, end, "CORE", i, "1234", 4);
	elf_image_notes(&image, 1, NOTES, end - NOTES);
	source = open_good(&image, false);
	vms_source_notes(source, &count);
	assert_int_equal(count, VMS_CAP_NOTES);
	vms_source_destroy(vms_take_ptr(source));

	end = elf_image_put_note(&image, end, "CORE", 0, "1234", 4);
	elf_image_notes(&image, 1, NOTES, end - NOTES);
	check_error(open_image(&image, false, &none), VMS_ERR_LIMIT,
		    "more than 65536 notes");
	source = open_good(&image, true);
	check_text(warnings(), "more than 65536 notes");
	vms_source_notes(source, &count);
	assert_int_equal(count, VMS_CAP_NOTES);
	assert_int_equal(vms_source_notes_size(source),
			 24UL * VMS_CAP_NOTES);
	elf_image_deinit(&image);
}

/* One load, and phnum - 1 segments that are the same note. */
static void init_segments(struct elf_image *image, uint32_t phnum)
{
	size_t end;
	size_t at;

	elf_image_init(image, phnum, sizeof(Elf64_Ehdr));
	at = (image->size + 4095) & ~4095UL;
	elf_image_fill(image, at, 0, 4096);
	elf_image_load(image, 0, 0, 4096, at);
	end = elf_image_put_note(image, at + 4096, "CORE", 1, "1234", 4);
	for (uint32_t i = 1; i < phnum; i++)
		elf_image_notes(image, i, at + 4096, end - at - 4096);
	elf_image_extend_count(image, phnum);
}

static void test_many_segments(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;
	size_t count;

	(void)state;
	init_segments(&image, VMS_CAP_NOTES + 1);
	source = open_good(&image, false);
	assert_string_equal(warnings(), "");
	vms_source_notes(source, &count);
	assert_int_equal(count, VMS_CAP_NOTES);
	elf_image_deinit(&image);
}

/* 2^20 segments of one note each: the largest table of headers there is. */
static void test_too_many_segments(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct vms_source *none = NULL;
	struct elf_image image;
	double start;
	size_t count;

	(void)state;
	init_segments(&image, VMS_CAP_PHDRS);
	check_error(open_image(&image, false, &none), VMS_ERR_LIMIT,
		    "1048575 PT_NOTE segments, at most 65536 are allowed");
	faults_reset();
	start = now();
	source = open_good(&image, true);
	print_message("2^20 note segments: %.3f s, %llu bytes\n",
		      now() - start,
		      (unsigned long long)faults.allocated_bytes);
	assert_true(now() - start < 20);
	assert_true(faults.allocated_bytes < 16U << 20);
	assert_int_equal(warnings_count(), 1);
	vms_source_notes(source, &count);
	assert_int_equal(count, VMS_CAP_NOTES);
	elf_image_deinit(&image);
}

static void test_too_many_bytes(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct vms_source *none = NULL;
	const uint32_t half = VMS_CAP_NOTE_BYTES / 2;
	uint8_t *desc = calloc(1, half);
	struct elf_image image;
	size_t count;
	size_t end;

	(void)state;
	init(&image, 3);
	/* Both segments are the same note: as much as may be. */
	end = elf_image_put_note(&image, NOTES, "CORE", 1, desc, half - 20);
	elf_image_notes(&image, 1, NOTES, end - NOTES);
	elf_image_notes(&image, 2, NOTES, end - NOTES);
	source = open_good(&image, false);
	assert_int_equal(vms_source_notes_size(source), VMS_CAP_NOTE_BYTES);
	vms_source_destroy(vms_take_ptr(source));

	end = elf_image_put_note(&image, NOTES, "CORE", 1, desc, half - 16);
	free(desc);
	elf_image_notes(&image, 2, NOTES, end - NOTES);
	check_error(open_image(&image, false, &none), VMS_ERR_LIMIT,
		    "program header 2 (file offset 176): notes of 0x8000004 bytes, at most 268435456 bytes of notes are allowed");
	elf_image_notes(&image, 1, NOTES, end - NOTES);
	source = open_good(&image, true);
	vms_source_notes(source, &count);
	assert_int_equal(count, 1);
	assert_int_equal(vms_source_notes_size(source), end - NOTES);
	elf_image_deinit(&image);
}

static void test_unreadable(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct vms_source *none = NULL;
	struct elf_image image;
	size_t count;
	size_t end;

	(void)state;
	init(&image, 2);
	end = elf_image_put_note(&image, NOTES, "CORE", 1, "1234", 4);
	elf_image_notes(&image, 1, NOTES, end - NOTES);
	faults_reset();
	faults.bad[0].start = NOTES;
	faults.bad[0].end = NOTES + 4096;
	faults.bad[0].errnum = EFAULT;
	check_error(open_image(&image, false, &none), VMS_ERR_SYSTEM,
		    "reading notes at file offset 8192: Bad address");
	source = open_good(&image, true);
	check_text(warnings(), "reading notes at file offset 8192");
	vms_source_notes(source, &count);
	assert_int_equal(count, 0);
	assert_int_equal(vms_source_notes_size(source), 0);
	faults_reset();
	elf_image_deinit(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_name_without_end),
		cmocka_unit_test(test_padding),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_cut_name),
		cmocka_unit_test(test_broken_in_the_middle),
		cmocka_unit_test(test_large_data),
		cmocka_unit_test(test_too_many_notes),
		cmocka_unit_test(test_many_segments),
		cmocka_unit_test(test_too_many_segments),
		cmocka_unit_test(test_too_many_bytes),
		cmocka_unit_test(test_unreadable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
