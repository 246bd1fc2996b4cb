// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every input format owes to its readers. A new format is one more row:
 * a function that writes a given memory in that format. Knows no format but
 * in those functions.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vmsieve/limits.h>
#include <vmsieve/source.h>

#include "test_elf_image.h"
#include "vms_cmocka.h"

#define PAGE 4096ULL

/* Memory from start on: size bytes, of which the first data are kept. */
struct piece {
	uint64_t start;
	uint64_t data;
	uint64_t size;
};

/* Sorted; pieces 1 and 2 touch, piece 3 has no bytes, 4 is not aligned. */
static const struct piece memory[] = {
	{ 0x1000, 0x9f000, 0x9f000 },
	{ 0x100000, 0x300000, 0x300000 },
	{ 0x400000, 0x10000, 0x80000 },
	{ 0x800000, 0, 0x20000 },
	{ 0x90007b, 5000, 5000 },
	{ 0x100000000, 0x180000, 0x180000 },
};

struct format {
	const char *name;
	/* The path of a new file that holds memory, and two notes. */
	char *(*write)(void);
	/* Has the format notes at all? */
	bool has_notes;
};

static char *write_elf(void)
{
	const uint32_t nr = VMS_ARRAY_SIZE(memory);
	struct elf_image image;
	size_t end;
	char *path;

	elf_image_init(&image, nr + 1, sizeof(Elf64_Ehdr));
	end = elf_image_put_note(&image, 0x800, "CORE", 1, "regs", 4);
	end = elf_image_put_note(&image, end, "VMCOREINFO", 0, "A=1\n", 4);
	elf_image_notes(&image, 0, 0x800, end - 0x800);
	end = 0x1000;
	for (uint32_t i = 0; i < nr; i++) {
		elf_image_load(&image, i + 1, memory[i].start, memory[i].data,
			       end);
		elf_image_phdr(&image, i + 1)->p_memsz = memory[i].size;
		elf_image_fill(&image, end, memory[i].start, memory[i].data);
		end += memory[i].data;
	}
	path = elf_image_save(&image);
	elf_image_deinit(&image);
	return path;
}

static const struct format formats[] = {
	{ "ELF", write_elf, true },
};

static const struct format *format_of(void **state)
{
	return *state;
}

static struct vms_source *open_memory(void **state)
{
	const struct vms_source_options options = { .lenient = false };
	struct vms_source *source = NULL;
	char *path = format_of(state)->write();

	assert_no_error(vms_source_open(path, &options, NULL, &source));
	unlink(path);
	free(path);
	return source;
}

static struct vms_reader *reader_of(struct vms_source *source)
{
	struct vms_reader *reader = NULL;

	assert_no_error(vms_reader_create(source, VMS_READER_WINDOW_BYTES,
					  &reader));
	return reader;
}

/* Bytes from the start of piece i on, through pieces that touch. */
static uint64_t data_from(size_t i)
{
	uint64_t data = 0;

	for (; i < VMS_ARRAY_SIZE(memory); i++) {
		data += memory[i].data;
		if (memory[i].data < memory[i].size ||
		    i + 1 == VMS_ARRAY_SIZE(memory) ||
		    memory[i + 1].start != memory[i].start + memory[i].size)
			break;
	}
	return data;
}

/* What the memory table says of an address; *left_ret: how far it holds. */
static enum vms_read expected(uint64_t paddr, uint64_t *left_ret)
{
	for (size_t i = 0; i < VMS_ARRAY_SIZE(memory); i++) {
		const struct piece *piece = &memory[i];

		if (paddr < piece->start) {
			*left_ret = piece->start - paddr;
			return VMS_READ_ABSENT;
		}
		if (paddr - piece->start < piece->data) {
			*left_ret = data_from(i) - (paddr - piece->start);
			return VMS_READ_OK;
		}
		if (paddr - piece->start < piece->size) {
			*left_ret = piece->size - (paddr - piece->start);
			return VMS_READ_LEFT_OUT;
		}
	}
	*left_ret = UINT64_MAX - paddr + 1;
	return VMS_READ_ABSENT;
}

static void test_members(void **state)
{
	const struct vms_source_ops *const *ops;
	size_t count;

	(void)state;
	ops = vms_source_formats(&count);
	assert_true(count > 0);
	/* Each has a row here. */
	assert_int_equal(count, VMS_ARRAY_SIZE(formats));
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(ops[i]->name, formats[i].name);
		assert_non_null(ops[i]->probe);
		assert_non_null(ops[i]->open);
		assert_non_null(ops[i]->close);
		assert_non_null(ops[i]->view);
	}
}

/* A format knows its own files, and no others: not even their first bytes. */
static void test_probe(void **state)
{
	const struct vms_source_ops *const *ops;
	size_t count;

	(void)state;
	ops = vms_source_formats(&count);
	for (size_t i = 0; i < count; i++) {
		char *path = formats[i].write();
		FILE *f = fopen(path, "rb");
		uint8_t head[4096];
		size_t size;

		assert_non_null(f);
		size = fread(head, 1, sizeof(head), f);
		fclose(f);
		unlink(path);
		free(path);
		for (size_t j = 0; j < count; j++)
			assert_int_equal(ops[j]->probe(head, size), i == j);
		assert_false(ops[i]->probe(head, 0));
		assert_false(ops[i]->probe(head, 1));
		memset(head, 0, sizeof(head));
		assert_false(ops[i]->probe(head, sizeof(head)));
		memset(head, 0xff, sizeof(head));
		assert_false(ops[i]->probe(head, sizeof(head)));
	}
}

static void test_info(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = open_memory(state);
	const struct vms_source_info *info = vms_source_info(source);

	assert_string_equal(info->format, format_of(state)->name);
	assert_false(info->live);
	assert_false(info->incomplete);
	assert_true(info->file_size > 0);
}

static void test_segments(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = open_memory(state);
	const struct vms_segment *segments;
	uint64_t data = 0;
	uint64_t size = 0;
	size_t count;

	segments = vms_source_segments(source, &count);
	for (size_t i = 0; i < count; i++) {
		assert_true(segments[i].start < segments[i].end);
		assert_true(segments[i].start <= segments[i].data_end);
		assert_true(segments[i].data_end <= segments[i].end);
		assert_true(!i || segments[i - 1].end <= segments[i].start);
		data += segments[i].data_end - segments[i].start;
		size += segments[i].end - segments[i].start;
	}
	for (size_t i = 0; i < VMS_ARRAY_SIZE(memory); i++) {
		const struct piece *piece = &memory[i];

		assert_non_null(vms_source_find(source, piece->start));
		assert_non_null(vms_source_find(source, piece->start +
							piece->size - 1));
		data -= piece->data;
		size -= piece->size;
	}
	assert_int_equal(data, 0);
	assert_int_equal(size, 0);
	assert_null(vms_source_find(source, 0));
	assert_null(vms_source_find(source, UINT64_MAX));
}

/* Reads by views of one size, from 0 to behind the end. */
static void check_views(struct vms_reader *reader, size_t step)
{
	const uint64_t end = memory[VMS_ARRAY_SIZE(memory) - 1].start +
			     memory[VMS_ARRAY_SIZE(memory) - 1].size + PAGE;
	uint64_t a = 0;

	while (a < end) {
		const uint8_t *bytes = NULL;
		enum vms_read result;
		size_t size = 0;
		uint64_t left;

		result = vms_reader_view(reader, a, step, &bytes, &size);
		assert_int_equal(result, expected(a, &left));
		assert_true(size > 0 && size <= step);
		assert_true(size <= left);
		if (result == VMS_READ_OK) {
			for (size_t i = 0; i < size; i++)
				if (bytes[i] != elf_image_byte(a + i))
					fail_msg("wrong byte at %#llx",
						 (unsigned long long)(a + i));
			a += size;
		} else {
			a = left < end - a ? a + left : end;
		}
	}
}

static void test_views(void **state)
{
	static const size_t steps[] = { 777, PAGE, 65536, 1U << 20, SIZE_MAX };
	VMS_CLEANUP(source) struct vms_source *source = open_memory(state);

	for (size_t i = 0; i < VMS_ARRAY_SIZE(steps); i++) {
		VMS_CLEANUP(reader) struct vms_reader *reader = NULL;

		reader = reader_of(source);
		check_views(reader, steps[i]);
		/* And once more, with whatever its window holds now. */
		check_views(reader, steps[i]);
	}
}

/* Backwards and in leaps; the bytes are the same. */
static void test_any_order(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = open_memory(state);
	VMS_CLEANUP(reader) struct vms_reader *reader = reader_of(source);

	for (uint64_t i = 0; i < 3000; i++) {
		uint64_t a = 0x100000 + (i * 7919 % 0x300) * PAGE + i % 4000;
		uint8_t byte;

		assert_int_equal(vms_reader_copy(reader, a, &byte, 1),
				 VMS_READ_OK);
		assert_int_equal(byte, elf_image_byte(a));
	}
}

static void test_copy_and_page(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = open_memory(state);
	VMS_CLEANUP(reader) struct vms_reader *reader = reader_of(source);
	uint8_t buf[2 * PAGE];

	/* Across two pieces that touch. */
	assert_int_equal(vms_reader_copy(reader, 0x3ff000, buf, 2 * PAGE),
			 VMS_READ_OK);
	for (size_t i = 0; i < 2 * PAGE; i++)
		assert_int_equal(buf[i], elf_image_byte(0x3ff000 + i));
	assert_int_equal(vms_reader_copy(reader, 0xfff, buf, 2),
			 VMS_READ_ABSENT);
	assert_int_equal(vms_reader_copy(reader, 0x40ffff, buf, 2),
			 VMS_READ_LEFT_OUT);
	assert_int_equal(vms_reader_page(reader, 0x900000, buf, PAGE),
			 VMS_READ_OK);
	for (size_t i = 0; i < PAGE; i++)
		assert_int_equal(buf[i],
				 i < 0x7b ? 0 : elf_image_byte(0x900000 + i));
	assert_int_equal(vms_reader_page(reader, 0x800000, buf, PAGE),
			 VMS_READ_LEFT_OUT);
	assert_int_equal(vms_reader_page(reader, 0, buf, PAGE),
			 VMS_READ_ABSENT);
}

static void test_notes(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = open_memory(state);
	const struct vms_note *notes;
	uint64_t area;
	size_t count;
	char desc[5] = "";

	if (!format_of(state)->has_notes)
		skip();
	notes = vms_source_notes(source, &count);
	area = vms_source_notes_size(source);
	assert_int_equal(count, 2);
	for (size_t i = 0; i < count; i++)
		assert_true(notes[i].desc_offset + notes[i].desc_size <= area);
	assert_string_equal(notes[0].name, "CORE");
	assert_string_equal(notes[1].name, "VMCOREINFO");
	assert_int_equal(notes[1].desc_size, 4);
	assert_no_error(vms_source_read_notes(source, notes[1].desc_offset,
					      desc, 4));
	assert_string_equal(desc, "A=1\n");
	assert_error(vms_source_read_notes(source, area, desc, 1),
		     VMS_ERR_INPUT);
}

/* A strict source opens nothing that was cut, wherever that is. */
static void test_cut(void **state)
{
	const struct vms_source_options options = { .lenient = false };

	for (unsigned int eighths = 0; eighths < 8; eighths++) {
		struct vms_source *source = NULL;
		char *path = format_of(state)->write();
		struct vms_error *err;
		off_t size;

		err = vms_source_open(path, &options, NULL, &source);
		assert_no_error(err);
		size = (off_t)vms_source_info(source)->file_size;
		vms_source_destroy(source);
		source = NULL;
		assert_int_equal(truncate(path, size * eighths / 8), 0);
		err = vms_source_open(path, &options, NULL, &source);
		unlink(path);
		free(path);
		assert_non_null(err);
		assert_null(source);
		vms_error_destroy(err);
	}
}

struct worker {
	pthread_t thread;
	struct vms_source *source;
	size_t step;
	bool good;
};

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct vms_reader *reader;

	if (vms_reader_create(worker->source, VMS_READER_WINDOW_BYTES, &reader))
		return NULL;
	worker->good = true;
	for (uint64_t a = 0x100000; a < 0x400000;) {
		const uint8_t *bytes;
		size_t size;

		if (vms_reader_view(reader, a, worker->step, &bytes, &size) !=
		    VMS_READ_OK)
			worker->good = false;
		for (size_t i = 0; i < size && worker->good; i++)
			worker->good = bytes[i] == elf_image_byte(a + i);
		a += size;
	}
	vms_reader_destroy(reader);
	return NULL;
}

/* Each thread has a reader of its own; they share the source. */
static void test_threads(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = open_memory(state);
	struct worker workers[8];

	for (size_t i = 0; i < VMS_ARRAY_SIZE(workers); i++) {
		workers[i] = (struct worker){ .source = source,
					      .step = 1000 + 3333 * i };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work,
						&workers[i]),
				 0);
	}
	for (size_t i = 0; i < VMS_ARRAY_SIZE(workers); i++) {
		pthread_join(workers[i].thread, NULL);
		assert_true(workers[i].good);
	}
}

#define FOR_FORMAT(test, i)                                                    \
	cmocka_unit_test_prestate(test, (void *)(uintptr_t)&formats[i])

int main(void)
{
	int failed = 0;

	for (size_t i = 0; i < VMS_ARRAY_SIZE(formats); i++) {
		const struct CMUnitTest tests[] = {
			FOR_FORMAT(test_members, i),
			FOR_FORMAT(test_probe, i),
			FOR_FORMAT(test_info, i),
			FOR_FORMAT(test_segments, i),
			FOR_FORMAT(test_views, i),
			FOR_FORMAT(test_any_order, i),
			FOR_FORMAT(test_copy_and_page, i),
			FOR_FORMAT(test_notes, i),
			FOR_FORMAT(test_cut, i),
			FOR_FORMAT(test_threads, i),
		};

		failed += cmocka_run_group_tests_name(formats[i].name, tests,
						      NULL, NULL);
	}
	return failed;
}
