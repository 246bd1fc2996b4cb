// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF core files: whatever the bytes, a source that opens keeps its promises.
 * A strict one is also compared with a reading of the same program headers
 * that is as simple as can be. Two bytes of e_ident's padding, which no
 * reader looks at, choose the file's size and the options.
 */
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <vmsieve/limits.h>
#include <vmsieve/source.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The file gets a hole at its end up to 2^n bytes, for n below 41. */
#define KNOB_SIZE (EI_NIDENT - 2)
/* Bit 0: not mapped (never is here). Others are free. */
#define KNOB_OPTIONS (EI_NIDENT - 1)

#define PAGE 4096U
#define MAX_SEGMENTS 300U
#define MAX_SECONDS 2.0

/* What is fuzzed, as its reader should see it. */
struct input {
	const uint8_t *data;
	size_t size;		/* of data; zeros follow up to file_size */
	uint64_t file_size;
	char path[64];
	/* Program headers, as far as they were found in data. */
	const uint8_t *phdrs;
	size_t nr_phdrs;
};

#define CHECK(what)                                                            \
	do {                                                                   \
		if (!(what)) {                                                 \
			fprintf(stderr, "broken: %s (line %d)\n", #what,       \
				__LINE__);                                     \
			abort();                                               \
		}                                                              \
	} while (0)

static uint8_t file_byte(const struct input *input, uint64_t offset)
{
	CHECK(offset < input->file_size);
	return offset < input->size ? input->data[offset] : 0;
}

static bool file_range_is(const struct input *input, uint64_t offset,
			  const uint8_t *bytes, size_t size)
{
	/* Both ends and some between: the rest is one memcpy() away. */
	for (size_t i = 0; i < size; i += i < 64 ? 1 : 61)
		if (bytes[i] != file_byte(input, offset + i))
			return false;
	return bytes[size - 1] == file_byte(input, offset + size - 1);
}

static Elf64_Phdr phdr_at(const struct input *input, size_t i)
{
	Elf64_Phdr phdr;

	memcpy(&phdr, input->phdrs + i * sizeof(phdr), sizeof(phdr));
	return phdr;
}

/* Only what an accepted strict file can look like; else no headers. */
static void find_phdrs(struct input *input)
{
	Elf64_Ehdr ehdr;
	size_t count;

	input->nr_phdrs = 0;
	if (input->size < sizeof(ehdr))
		return;
	memcpy(&ehdr, input->data, sizeof(ehdr));
	count = ehdr.e_phnum;
	if (count == PN_XNUM || ehdr.e_phoff > input->size ||
	    count * sizeof(Elf64_Phdr) > input->size - ehdr.e_phoff)
		return;
	input->phdrs = input->data + ehdr.e_phoff;
	input->nr_phdrs = count;
}

/* The simplest reading: the first header with bytes there, else any. */
static enum vms_read simple_read(const struct input *input, uint64_t paddr,
				 uint8_t *ret)
{
	enum vms_read result = VMS_READ_ABSENT;

	for (size_t i = 0; i < input->nr_phdrs; i++) {
		const Elf64_Phdr phdr = phdr_at(input, i);
		const uint64_t skip = paddr - phdr.p_paddr;

		if (phdr.p_type != PT_LOAD || paddr < phdr.p_paddr)
			continue;
		if (skip < phdr.p_filesz) {
			*ret = file_byte(input, phdr.p_offset + skip);
			return VMS_READ_OK;
		}
		if (skip < phdr.p_memsz)
			result = VMS_READ_LEFT_OUT;
	}
	return result;
}

static void compare_at(const struct input *input, struct vms_reader *reader,
		       uint64_t paddr)
{
	const uint8_t *bytes;
	uint8_t byte = 0;
	size_t size;
	enum vms_read simple = simple_read(input, paddr, &byte);
	enum vms_read result = vms_reader_view(reader, paddr, 16, &bytes,
					       &size);

	CHECK(result == simple);
	CHECK(size >= 1 && size <= 16);
	if (result == VMS_READ_OK)
		CHECK(bytes[0] == byte);
}

/* A strict source at all places where something begins or ends. */
static void compare_simple(const struct input *input,
			   struct vms_source *source,
			   struct vms_reader *reader)
{
	uint64_t note_bytes = 0;

	if (!input->nr_phdrs)
		return;
	for (size_t i = 0; i < input->nr_phdrs; i++) {
		const Elf64_Phdr phdr = phdr_at(input, i);

		if (phdr.p_type == PT_NOTE)
			note_bytes += phdr.p_filesz;
		if (phdr.p_type != PT_LOAD || i >= 64)
			continue;
		compare_at(input, reader, phdr.p_paddr);
		compare_at(input, reader, phdr.p_paddr - 1);
		compare_at(input, reader, phdr.p_paddr + phdr.p_filesz - 1);
		compare_at(input, reader, phdr.p_paddr + phdr.p_filesz);
		compare_at(input, reader, phdr.p_paddr + phdr.p_filesz / 2);
		compare_at(input, reader, phdr.p_paddr + phdr.p_memsz - 1);
		compare_at(input, reader, phdr.p_paddr + phdr.p_memsz);
	}
	CHECK(vms_source_notes_size(source) == note_bytes);
}

static void check_segment(const struct input *input, struct vms_reader *reader,
			  const struct vms_segment *s)
{
	const uint64_t data = s->data_end - s->start;
	const uint64_t at[] = { 0, data / 2, data - 1 };
	static const size_t sizes[] = { 1, PAGE, VMS_READER_WINDOW_BYTES };

	for (size_t i = 0; data && i < VMS_ARRAY_SIZE(at); i++) {
		const uint8_t *bytes;
		enum vms_read result;
		size_t size;

		result = vms_reader_view(reader, s->start + at[i], sizes[i],
					 &bytes, &size);
		CHECK(size >= 1 && size <= sizes[i] && size <= data - at[i]);
		if (s->file_offset + at[i] >= input->file_size) {
			CHECK(result == VMS_READ_TRUNCATED);
			continue;
		}
		CHECK(result == VMS_READ_OK);
		CHECK(file_range_is(input, s->file_offset + at[i], bytes,
				    size));
	}
}

static void check_segments(const struct input *input,
			   struct vms_source *source,
			   struct vms_reader *reader)
{
	const struct vms_segment *segments;
	uint8_t page[PAGE];
	bool readable = false;
	size_t count;

	segments = vms_source_segments(source, &count);
	CHECK(count > 0 && count <= VMS_CAP_SEGMENTS);
	for (size_t i = 0; i < count; i++) {
		const struct vms_segment *s = &segments[i];

		CHECK(s->start < s->end && s->end <= 1ULL << VMS_MAX_PHYS_BITS);
		CHECK(s->start <= s->data_end && s->data_end <= s->end);
		CHECK(!i || segments[i - 1].end <= s->start);
		CHECK(vms_source_find(source, s->start) == s);
		CHECK(vms_source_find(source, s->end - 1) == s);
		if (s->start < s->data_end &&
		    s->file_offset < input->file_size)
			readable = true;
		if (i >= MAX_SEGMENTS)
			continue;
		check_segment(input, reader, s);
		CHECK(vms_reader_page(reader, s->start & ~(PAGE - 1ULL), page,
				      PAGE) != VMS_READ_ABSENT);
	}
	CHECK(readable);
}

static void check_notes(struct vms_source *source)
{
	const struct vms_note *notes;
	const uint64_t area = vms_source_notes_size(source);
	uint64_t last = 0;
	uint8_t buf[777];
	size_t count;

	CHECK(area <= VMS_CAP_NOTE_BYTES);
	notes = vms_source_notes(source, &count);
	CHECK(count <= VMS_CAP_NOTES);
	for (size_t i = 0; i < count; i++) {
		CHECK(notes[i].desc_offset <= area);
		CHECK(notes[i].desc_size <= area - notes[i].desc_offset ||
		      notes[i].desc_size == 0);
		CHECK(notes[i].desc_offset > last);
		CHECK(memchr(notes[i].name, 0, sizeof(notes[i].name)));
		last = notes[i].desc_offset;
	}
	for (uint64_t at = 0; at < area && at < 1U << 16; at += sizeof(buf)) {
		size_t part = area - at < sizeof(buf) ? (size_t)(area - at) :
							sizeof(buf);

		CHECK(!vms_source_read_notes(source, at, buf, part));
	}
}

static void check_error(const struct input *input, struct vms_error *err)
{
	const char *text = vms_error_text(err);

	/* One line that begins with the file and says more than its name. */
	CHECK(!strncmp(text, input->path, strlen(input->path)));
	CHECK(strlen(text) > strlen(input->path) + 10);
	CHECK(!strchr(text, '\n'));
	CHECK(vms_error_code(err) != VMS_ERR_SYSTEM);
	CHECK(vms_error_code(err) != VMS_ERR_NO_MEMORY);
	vms_error_destroy(err);
}

/* Did it open? */
static bool run(const struct input *input, bool lenient)
{
	const struct vms_source_options options = {
		.lenient = lenient,
		.no_mmap = input->size > KNOB_OPTIONS &&
			   (input->data[KNOB_OPTIONS] & 1),
	};
	struct vms_source *source = NULL;
	struct vms_reader *reader = NULL;
	struct vms_error *err;

	err = vms_source_open(input->path, &options, NULL, &source);
	if (err) {
		CHECK(!source);
		check_error(input, err);
		return false;
	}
	CHECK(vms_source_info(source)->file_size == input->file_size);
	CHECK(!vms_reader_create(source, VMS_READER_WINDOW_BYTES, &reader));
	check_segments(input, source, reader);
	check_notes(source);
	if (!lenient)
		compare_simple(input, source, reader);
	vms_reader_destroy(reader);
	vms_source_destroy(source);
	return true;
}

/*
 * Program headers by the ten thousand, in the hole: a second of work each
 * time and nothing new (test_elf_header has them).
 */
static bool too_long(const struct input *input)
{
	Elf64_Ehdr ehdr;
	Elf64_Shdr shdr = { .sh_info = 0 };
	uint64_t count;

	if (input->size < sizeof(ehdr))
		return false;
	memcpy(&ehdr, input->data, sizeof(ehdr));
	count = ehdr.e_phnum;
	if (count == PN_XNUM && ehdr.e_shoff <= input->size &&
	    input->size - ehdr.e_shoff >= sizeof(shdr)) {
		memcpy(&shdr, input->data + ehdr.e_shoff, sizeof(shdr));
		count = shdr.sh_info;
	}
	return count > 1000 && ehdr.e_phoff < input->file_size &&
	       count * sizeof(Elf64_Phdr) <= input->file_size - ehdr.e_phoff;
}

/* One file in memory for all runs; made again by each process. */
static int input_file(void)
{
	static int fd = -1;

	if (fd < 0)
		fd = memfd_create("fuzz_elf_core", MFD_CLOEXEC);
	CHECK(fd >= 0);
	return fd;
}

static double cpu_seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { .data = data, .size = size, .file_size = size };
	const double start = cpu_seconds();
	int fd = input_file();

	if (size > KNOB_SIZE && data[KNOB_SIZE] < 41 &&
	    1ULL << data[KNOB_SIZE] > size)
		input.file_size = 1ULL << data[KNOB_SIZE];
	snprintf(input.path, sizeof(input.path), "/proc/self/fd/%d", fd);
	if (too_long(&input))
		return 0;
	find_phdrs(&input);
	CHECK(!ftruncate(fd, 0));
	CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
	CHECK(!ftruncate(fd, (off_t)input.file_size));
	/* What a strict source takes, a lenient one takes as well. */
	if (run(&input, false))
		CHECK(run(&input, true));
	else
		run(&input, true);
	CHECK(cpu_seconds() - start < MAX_SECONDS);
	return 0;
}
