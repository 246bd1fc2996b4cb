// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Broken ELF containers, each one change away from a good one: what a strict
 * source says, and what a lenient one makes of it.
 */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/limits.h>

#include "test_source_support.h"
#include "vms_cmocka.h"

static void cut_to(struct elf_image *image, size_t size)
{
	elf_image_resize(image, size);
}

static void empty(struct elf_image *image)
{
	cut_to(image, 0);
}

static void magic_only(struct elf_image *image)
{
	cut_to(image, 4);
}

static void cut_in_ehdr(struct elf_image *image)
{
	cut_to(image, 63);
}

static void cut_behind_ehdr(struct elf_image *image)
{
	cut_to(image, 64);
}

static void cut_in_phdr(struct elf_image *image)
{
	cut_to(image, 140);
}

static void cut_in_note(struct elf_image *image)
{
	cut_to(image, BASE_NOTE + 30);
}

static void cut_at_end(struct elf_image *image)
{
	cut_to(image, BASE_RAM + BASE_BYTES - 1000);
}

static void phnum_0(struct elf_image *image)
{
	elf_image_ehdr(image)->e_phnum = 0;
}

static void phnum_extended_no_section(struct elf_image *image)
{
	elf_image_ehdr(image)->e_phnum = PN_XNUM;
}

static void phnum_extended_huge(struct elf_image *image)
{
	elf_image_extend_count(image, UINT32_MAX);
}

static void phnum_section_past_end(struct elf_image *image)
{
	elf_image_extend_count(image, UINT32_MAX);
	elf_image_ehdr(image)->e_shoff = 1ULL << 40;
}

static void phoff_huge(struct elf_image *image)
{
	elf_image_ehdr(image)->e_phoff = 1ULL << 62;
}

static void phentsize_0(struct elf_image *image)
{
	elf_image_ehdr(image)->e_phentsize = 0;
}

static void phentsize_1(struct elf_image *image)
{
	elf_image_ehdr(image)->e_phentsize = 1;
}

/* RAM of other bytes laid over pages 8 to 71. */
static void overlap_differs(struct elf_image *image)
{
	elf_image_load(image, 0, 0x8000, BASE_BYTES, BASE_RAM);
}

static void overlaps_agree(struct elf_image *image)
{
	const uint32_t count = 2000;

	elf_image_deinit(image);
	elf_image_init(image, count + 1, sizeof(Elf64_Ehdr));
	elf_image_fill(image, 0x20000, 0, 2 * 4096);
	memcpy(image->data + 0x21000, image->data + 0x20000, 4096);
	for (uint32_t i = 0; i <= count; i++)
		elf_image_load(image, i, 0, 4096, i % 2 ? 0x20000 : 0x21000);
}

static void load_wraps(struct elf_image *image)
{
	elf_image_load(image, 0, UINT64_MAX - 4095, 16384, BASE_RAM);
}

static void memsz_absurd(struct elf_image *image)
{
	elf_image_load(image, 0, 0x100000, 4096, BASE_RAM);
	elf_image_phdr(image, 0)->p_memsz = 1ULL << 63;
}

static void paddr_high(struct elf_image *image)
{
	elf_image_load(image, 0, 1ULL << 51, 4096, BASE_RAM);
}

static void filesz_above_memsz(struct elf_image *image)
{
	elf_image_load(image, 0, 0x100000, 4096, BASE_RAM);
	elf_image_phdr(image, 0)->p_filesz = 1ULL << 40;
}

static void offset_past_end(struct elf_image *image)
{
	elf_image_load(image, 0, 0x100000, 4096, 1ULL << 45);
}

static void offset_overflows(struct elf_image *image)
{
	elf_image_load(image, 0, 0x100000, 8192, UINT64_MAX - 4095);
}

static void load_unaligned(struct elf_image *image)
{
	elf_image_load(image, 0, 0x4007b, 5000, 0x1001);
}

static void no_load(struct elf_image *image)
{
	elf_image_phdr(image, 1)->p_type = PT_NULL;
	elf_image_phdr(image, 2)->p_type = PT_NULL;
}

static void load_empty(struct elf_image *image)
{
	elf_image_load(image, 0, 0x100000, 0, 0);
}

static void class_32(struct elf_image *image)
{
	image->data[EI_CLASS] = ELFCLASS32;
}

static void class_7(struct elf_image *image)
{
	image->data[EI_CLASS] = 7;
}

static void big_endian(struct elf_image *image)
{
	image->data[EI_DATA] = ELFDATA2MSB;
}

static void data_9(struct elf_image *image)
{
	image->data[EI_DATA] = 9;
}

static void machine_arm64(struct elf_image *image)
{
	elf_image_ehdr(image)->e_machine = EM_AARCH64;
}

static void type_exec(struct elf_image *image)
{
	elf_image_ehdr(image)->e_type = ET_EXEC;
}

static void version_2(struct elf_image *image)
{
	elf_image_ehdr(image)->e_version = 2;
}

static void note_huge(struct elf_image *image)
{
	elf_image_phdr(image, 0)->p_filesz = 1ULL << 62;
}

static void note_far(struct elf_image *image)
{
	elf_image_phdr(image, 0)->p_offset = 1ULL << 62;
}

static void note_desc_huge(struct elf_image *image)
{
	memset(image->data + BASE_NOTE + 4, 0xff, 4);
}

static void note_name_huge(struct elf_image *image)
{
	memset(image->data + BASE_NOTE, 0xff, 4);
}

static void descending(struct elf_image *image)
{
	elf_image_load(image, 1, 0x20000, 0x20000, BASE_RAM + 0x20000);
	elf_image_load(image, 2, 0, 0x20000, BASE_RAM);
}

/* As QEMU since 7.2: a section header first, program headers at 192. */
static void qemu_layout(struct elf_image *image)
{
	const Elf64_Shdr shdr = { .sh_info = 3 };

	elf_image_deinit(image);
	elf_image_init(image, 3, 192);
	elf_image_put(image, 64, &shdr, sizeof(shdr));
	elf_image_ehdr(image)->e_shoff = 64;
	elf_image_ehdr(image)->e_shnum = 2;
	elf_image_ehdr(image)->e_shentsize = sizeof(shdr);
	elf_image_put_note(image, 512, "CORE", 1, "0123", 4);
	elf_image_notes(image, 0, 512, 24);
	elf_image_fill(image, 0x20123, 0, BASE_BYTES);
	elf_image_load(image, 1, 0, 0x30000, 0x20123);
	elf_image_load(image, 2, 0x30000, 0x10000, 0x50123);
	for (uint32_t i = 0; i < 3; i++)
		elf_image_phdr(image, i)->p_vaddr = 0;
}

/* What comes of a container: an error, or segments and warnings. */
struct outcome {
	enum vms_error_code code;	/* with error */
	const char *error;		/* NULL: it opens */
	const char *warning;		/* NULL: not a word */
	size_t notes;
};

struct row {
	const char *name;
	void (*change)(struct elf_image *image);
	struct outcome strict;
	struct outcome lenient;
};

#define GOOD { .notes = 1 }
#define GOOD_NO_NOTE { .notes = 0 }
#define FAILS(id, text) { .code = VMS_ERR_##id, .error = (text) }
#define WARNS(text, nr) { .warning = (text), .notes = (nr) }

static const struct row rows[] = {
	{ "empty", empty, FAILS(TRUNCATED, "is empty (0 bytes)"),
	  FAILS(TRUNCATED, "is empty (0 bytes)") },
	{ "4 bytes", magic_only,
	  FAILS(TRUNCATED, "ELF header needs 64 bytes, the file has 4"),
	  FAILS(TRUNCATED, "ELF header needs 64 bytes, the file has 4") },
	{ "63 bytes", cut_in_ehdr,
	  FAILS(TRUNCATED, "ELF header needs 64 bytes, the file has 63"),
	  FAILS(TRUNCATED, "ELF header needs 64 bytes, the file has 63") },
	{ "64 bytes", cut_behind_ehdr,
	  FAILS(INPUT, "e_phoff (file offset 32) is 64, the file ends at byte 64"),
	  FAILS(INPUT, "e_phoff (file offset 32) is 64, the file ends at byte 64") },
	{ "cut in program headers", cut_in_phdr,
	  FAILS(TRUNCATED, "3 program headers at file offset 64 need 168 bytes, the file ends at byte 140"),
	  FAILS(TRUNCATED, "3 program headers at file offset 64 need 168 bytes") },
	{ "cut in note", cut_in_note,
	  FAILS(INPUT, "program header 2 promises data up to byte"),
	  FAILS(TRUNCATED, "no memory can be read") },
	{ "cut at the end", cut_at_end,
	  FAILS(TRUNCATED, "is cut short: the file ends at byte 527384, program header 2 promises data up to byte 528384"),
	  WARNS("program header 2 (file offset 176): data at file offset 266240 to 528384, the file ends at byte 527384", 1) },
	{ "e_phnum 0", phnum_0,
	  FAILS(INPUT, "e_phnum (file offset 56) says 0 program headers"),
	  FAILS(INPUT, "e_phnum (file offset 56) says 0 program headers") },
	{ "extended count, no section header", phnum_extended_no_section,
	  FAILS(INPUT, "e_phnum (file offset 56) is 65535, extended count, but e_shoff is 0"),
	  FAILS(INPUT, "extended count, but e_shoff is 0") },
	{ "extended count, 2^32 - 1", phnum_extended_huge,
	  FAILS(TRUNCATED, "4294967295 program headers at file offset 64 need 240518168520 bytes"),
	  FAILS(TRUNCATED, "4294967295 program headers") },
	{ "extended count, section header past the end",
	  phnum_section_past_end,
	  FAILS(TRUNCATED, "section header 0 at file offset 1099511627776"),
	  FAILS(TRUNCATED, "section header 0 at file offset 1099511627776") },
	{ "e_phoff 2^62", phoff_huge,
	  FAILS(INPUT, "e_phoff (file offset 32) is 4611686018427387904, the file ends at byte 528384"),
	  FAILS(INPUT, "e_phoff (file offset 32)") },
	{ "e_phentsize 0", phentsize_0,
	  FAILS(INPUT, "e_phentsize (file offset 54) is 0, only 56 is allowed"),
	  WARNS("e_phentsize (file offset 54) is 0, only 56 is allowed", 1) },
	{ "e_phentsize 1", phentsize_1,
	  FAILS(INPUT, "e_phentsize (file offset 54) is 1, only 56 is allowed"),
	  FAILS(INPUT, "e_phentsize (file offset 54) is 1") },
	{ "overlap with other bytes", overlap_differs,
	  FAILS(INPUT, "program headers 0 and 1 both hold physical address 0x8000 with different bytes"),
	  WARNS("program headers 0 and 1 both hold physical address 0x8000 with different bytes", 0) },
	{ "2000 overlaps that agree", overlaps_agree, GOOD_NO_NOTE,
	  GOOD_NO_NOTE },
	{ "p_paddr wraps", load_wraps,
	  FAILS(INPUT, "program header 0 (file offset 64): p_paddr 0xfffffffffffff000 + p_memsz 0x4000 wraps around"),
	  WARNS("p_paddr 0xfffffffffffff000 + p_memsz 0x4000 wraps around", 0) },
	{ "p_memsz 2^63", memsz_absurd,
	  FAILS(INPUT, "p_memsz 0x8000000000000000 is beyond 52-bit physical addresses"),
	  WARNS("p_memsz 0x8000000000000000 is beyond 52-bit", 0) },
	{ "p_paddr 2^51", paddr_high, GOOD_NO_NOTE, GOOD_NO_NOTE },
	{ "p_filesz above p_memsz", filesz_above_memsz,
	  FAILS(INPUT, "p_filesz 0x10000000000 is larger than p_memsz 0x1000"),
	  WARNS("p_filesz 0x10000000000 is larger than p_memsz 0x1000", 0) },
	{ "p_offset past the end", offset_past_end,
	  FAILS(INPUT, "program header 0 promises data up to byte 35184372092928, its p_offset is behind the end of the file (byte 528384)"),
	  WARNS("data at file offset 35184372088832 to 35184372092928, the file ends at byte 528384", 0) },
	{ "p_offset overflows", offset_overflows,
	  FAILS(INPUT, "p_offset 0xfffffffffffff000 + p_filesz 0x2000 is beyond any file"),
	  WARNS("p_offset 0xfffffffffffff000 + p_filesz 0x2000 is beyond any file", 0) },
	{ "unaligned", load_unaligned, GOOD_NO_NOTE, GOOD_NO_NOTE },
	{ "no PT_LOAD", no_load,
	  FAILS(INPUT, "none of the 3 program headers is a usable PT_LOAD"),
	  FAILS(INPUT, "none of the 3 program headers is a usable PT_LOAD") },
	{ "empty PT_LOAD", load_empty, GOOD_NO_NOTE, GOOD_NO_NOTE },
	{ "32-bit class", class_32,
	  FAILS(UNSUPPORTED, "ELF class 32-bit is not supported: EI_CLASS (file offset 4) is 1"),
	  FAILS(UNSUPPORTED, "ELF class 32-bit is not supported") },
	{ "class 7", class_7, FAILS(INPUT, "EI_CLASS (file offset 4) is 7"),
	  FAILS(INPUT, "EI_CLASS (file offset 4) is 7") },
	{ "big endian", big_endian,
	  FAILS(UNSUPPORTED, "byte order big endian is not supported: EI_DATA (file offset 5) is 2"),
	  FAILS(UNSUPPORTED, "big endian is not supported") },
	{ "byte order 9", data_9, FAILS(INPUT, "EI_DATA (file offset 5) is 9"),
	  FAILS(INPUT, "EI_DATA (file offset 5) is 9") },
	{ "another machine", machine_arm64, GOOD, GOOD },
	{ "e_type EXEC", type_exec,
	  FAILS(INPUT, "e_type (file offset 16) is 2, only 4 is allowed"),
	  WARNS("e_type (file offset 16) is 2, only 4 is allowed", 1) },
	{ "e_version 2", version_2,
	  FAILS(INPUT, "e_version (file offset 20) is 2, only 1 is allowed"),
	  WARNS("e_version (file offset 20) is 2, only 1 is allowed", 1) },
	{ "note of 2^62 bytes", note_huge,
	  FAILS(INPUT, "program header 0 (file offset 64): notes of 0x4000000000000000 bytes"),
	  WARNS("notes of 0x4000000000000000 bytes", 0) },
	{ "note past the end", note_far,
	  FAILS(INPUT, "notes at file offset 0x4000000000000000, the file ends at byte 528384"),
	  WARNS("notes at file offset 0x4000000000000000", 0) },
	{ "n_descsz 2^32 - 1", note_desc_huge,
	  FAILS(INPUT, "note at file offset 304: n_namesz 11 + n_descsz 4294967295 do not fit the"),
	  WARNS("note at file offset 304: n_namesz 11 + n_descsz 4294967295", 0) },
	{ "n_namesz 2^32 - 1", note_name_huge,
	  FAILS(INPUT, "note at file offset 304: n_namesz 4294967295"),
	  WARNS("note at file offset 304: n_namesz 4294967295", 0) },
	{ "descending addresses", descending, GOOD, GOOD },
	{ "program headers behind section headers", qemu_layout, GOOD, GOOD },
};

static void check_outcome(const struct row *row, bool lenient)
{
	const struct outcome *outcome = lenient ? &row->lenient : &row->strict;
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct elf_image image;
	struct vms_error *err;
	size_t count;

	print_message("%s, %s\n", row->name, lenient ? "lenient" : "strict");
	elf_image_init_base(&image);
	row->change(&image);
	err = open_image(&image, lenient, &source);
	elf_image_deinit(&image);
	if (outcome->error) {
		assert_null(source);
		check_error(err, outcome->code, outcome->error);
		return;
	}
	assert_no_error(err);
	if (outcome->warning)
		check_text(warnings(), outcome->warning);
	else
		assert_string_equal(warnings(), "");
	vms_source_notes(source, &count);
	assert_int_equal(count, outcome->notes);
	assert_non_null(vms_source_segments(source, &count));
	assert_true(count > 0);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		check_outcome(&rows[i], false);
		check_outcome(&rows[i], true);
	}
}

/* Whatever was changed beside it, the machine's memory can be read. */
static void test_memory_of_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		VMS_CLEANUP(source) struct vms_source *source = NULL;
		VMS_CLEANUP(reader) struct vms_reader *reader = NULL;
		struct elf_image image;

		if (rows[i].lenient.error || rows[i].change == cut_at_end ||
		    rows[i].change == overlap_differs)
			continue;
		elf_image_init_base(&image);
		rows[i].change(&image);
		source = open_good(&image, true);
		elf_image_deinit(&image);
		reader = reader_of(source);
		check_memory(reader, 0,
			      rows[i].change == overlaps_agree ? 4096 :
								 BASE_BYTES);
	}
}

static void test_good(void **state)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	const struct vms_source_info *info;
	const struct vms_load *loads;
	struct elf_image image;
	size_t count;

	(void)state;
	elf_image_init_base(&image);
	source = open_good(&image, false);
	assert_string_equal(warnings(), "");
	info = vms_source_info(source);
	assert_string_equal(info->format, "ELF");
	assert_int_equal(info->machine, EM_X86_64);
	assert_int_equal(info->endian, VMS_LITTLE_ENDIAN);
	assert_true(info->is_64bit);
	assert_false(info->live);
	assert_false(info->incomplete);
	assert_int_equal(info->file_size, image.size);
	loads = vms_source_loads(source, &count);
	assert_int_equal(count, 2);
	assert_true(loads[0].vaddr == BASE_TEXT_VADDR);
	assert_true(loads[1].vaddr == BASE_RAM_VADDR);
	assert_int_equal(loads[1].size, BASE_BYTES);
	vms_source_segments(source, &count);
	assert_int_equal(count, 1);
	elf_image_deinit(&image);
}

/* Every allocation fails in turn; the sanitizer looks for leaks. */
static void test_allocations(void **state)
{
	struct elf_image image;
	unsigned int n;

	(void)state;
	elf_image_init_base(&image);
	for (n = 1; n < 100; n++) {
		struct vms_source *source = NULL;
		struct vms_reader *reader = NULL;
		struct vms_error *err;

		faults_reset();
		faults.fail_allocation = n;
		err = open_image(&image, false, &source);
		if (!err)
			err = vms_reader_create(source, VMS_READER_WINDOW_BYTES, &reader);
		faults.fail_allocation = 0;
		vms_reader_destroy(reader);
		vms_source_destroy(source);
		if (!err)
			break;
		assert_int_equal(vms_error_code(err), VMS_ERR_NO_MEMORY);
		vms_error_destroy(err);
	}
	print_message("%u allocations\n", n - 1);
	assert_in_range(n, 5, 99);
	elf_image_deinit(&image);
	faults_reset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_memory_of_rows),
		cmocka_unit_test(test_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
