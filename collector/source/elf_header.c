// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ELF header, field by field, and the walk over the program headers that
 * it points to. Must not know what a program header is good for.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include <vmsieve/checked.h>

#include "elf_core.h"

/* Set in e_flags by makedumpfile (DUMP_ELF_INCOMPLETE). */
#define E_FLAGS_INCOMPLETE 1U

static struct vms_error *check_ident(const struct vms_source *source)
{
	const uint8_t *ident = source->head;

	if (source->head_size < VMS_ELF_EHDR_BYTES)
		return vms_error_create(VMS_ERR_TRUNCATED,
					"ELF header needs %u bytes, the file has %zu",
					VMS_ELF_EHDR_BYTES, source->head_size);
	if (ident[EI_CLASS] == ELFCLASS32)
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"ELF class 32-bit is not supported: EI_CLASS (file offset %d) is %u, only %d is allowed",
					EI_CLASS, ident[EI_CLASS], ELFCLASS64);
	if (ident[EI_CLASS] != ELFCLASS64)
		return vms_error_create(VMS_ERR_INPUT,
					"ELF header: EI_CLASS (file offset %d) is %u, only %d (64-bit) is allowed",
					EI_CLASS, ident[EI_CLASS], ELFCLASS64);
	if (ident[EI_DATA] == ELFDATA2MSB)
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"ELF byte order big endian is not supported: EI_DATA (file offset %d) is %u, only %d is allowed",
					EI_DATA, ident[EI_DATA], ELFDATA2LSB);
	if (ident[EI_DATA] != ELFDATA2LSB)
		return vms_error_create(VMS_ERR_INPUT,
					"ELF header: EI_DATA (file offset %d) is %u, only %d (little endian) is allowed",
					EI_DATA, ident[EI_DATA], ELFDATA2LSB);
	return NULL;
}

/* Fields that must have one value, but that nothing here depends on. */
static struct vms_error *check_fields(struct vms_source *source,
				      const GElf_Ehdr *ehdr)
{
	const struct {
		const char *name;
		size_t offset;
		uint32_t value;
		uint32_t allowed;
	} fields[] = {
		{ "EI_VERSION", EI_VERSION, ehdr->e_ident[EI_VERSION],
		  EV_CURRENT },
		{ "e_type", offsetof(Elf64_Ehdr, e_type), ehdr->e_type,
		  ET_CORE },
		{ "e_version", offsetof(Elf64_Ehdr, e_version),
		  ehdr->e_version, EV_CURRENT },
	};
	/*
	 * Not e_ehsize: nothing is found by it, and QEMU 7.2's
	 * dump-guest-memory writes the size of a pointer there.
	 */

	for (size_t i = 0; i < VMS_ARRAY_SIZE(fields); i++) {
		struct vms_error *err;

		if (fields[i].value == fields[i].allowed)
			continue;
		err = vms_source_doubt(source, NULL, VMS_ERR_INPUT,
				       "ELF header: %s (file offset %zu) is %" PRIu32
				       ", only %" PRIu32 " is allowed",
				       fields[i].name, fields[i].offset,
				       fields[i].value, fields[i].allowed);
		if (err)
			return err;
	}
	return NULL;
}

/*
 * The table cannot be walked by another size. 0 in a header that is sound
 * otherwise was forgotten, any other value means something else.
 */
static struct vms_error *check_phentsize(struct vms_source *source,
					 const GElf_Ehdr *ehdr)
{
	const size_t offset = offsetof(Elf64_Ehdr, e_phentsize);

	if (ehdr->e_phentsize == VMS_ELF_PHDR_BYTES)
		return NULL;
	if (ehdr->e_phentsize == 0 && ehdr->e_version == EV_CURRENT)
		return vms_source_doubt(source, NULL, VMS_ERR_INPUT,
					"ELF header: e_phentsize (file offset %zu) is 0, only %u is allowed",
					offset, VMS_ELF_PHDR_BYTES);
	return vms_error_create(VMS_ERR_INPUT,
				"ELF header: e_phentsize (file offset %zu) is %u, only %u is allowed",
				offset, ehdr->e_phentsize, VMS_ELF_PHDR_BYTES);
}

/* 65535 (PN_XNUM) and more headers: the number is in section header 0. */
static struct vms_error *extended_count(const struct vms_source *source,
					const GElf_Ehdr *ehdr, uint32_t *ret)
{
	uint8_t raw[VMS_ELF_SHDR_BYTES];
	struct vms_error *err;
	GElf_Shdr shdr;

	if (ehdr->e_shoff == 0)
		return vms_error_create(VMS_ERR_INPUT,
					"ELF header: e_phnum (file offset %zu) is 65535, extended count, but e_shoff is 0: there is no section header with the count",
					offsetof(Elf64_Ehdr, e_phnum));
	if (ehdr->e_shentsize != VMS_ELF_SHDR_BYTES)
		return vms_error_create(VMS_ERR_INPUT,
					"ELF header: e_shentsize (file offset %zu) is %u, only %u is allowed",
					offsetof(Elf64_Ehdr, e_shentsize),
					ehdr->e_shentsize, VMS_ELF_SHDR_BYTES);
	err = vms_source_read_exact(source, ehdr->e_shoff, raw, sizeof(raw),
				    "section header 0");
	if (err)
		return err;
	vms_elf_decode_shdr(raw, &shdr);
	*ret = shdr.sh_info;
	return NULL;
}

static struct vms_error *count_phdrs(const struct vms_source *source,
				     const GElf_Ehdr *ehdr, uint32_t *ret)
{
	uint32_t count = ehdr->e_phnum;

	if (count == PN_XNUM) {
		struct vms_error *err = extended_count(source, ehdr, &count);

		if (err)
			return err;
	}
	if (count == 0)
		return vms_error_create(VMS_ERR_INPUT,
					"ELF header: e_phnum (file offset %zu) says 0 program headers, at least 1 is needed",
					offsetof(Elf64_Ehdr, e_phnum));
	*ret = count;
	return NULL;
}

/* QEMU since 7.2 puts section headers first: the table may be anywhere. */
static struct vms_error *check_table(struct vms_source *source,
				     struct vms_elf_table *table)
{
	const uint64_t size = (uint64_t)table->count * VMS_ELF_PHDR_BYTES;
	const size_t field = offsetof(Elf64_Ehdr, e_phoff);
	struct vms_error *err;

	if (table->offset < VMS_ELF_EHDR_BYTES)
		return vms_error_create(VMS_ERR_INPUT,
					"ELF header: e_phoff (file offset %zu) is %" PRIu64
					", at least %u is allowed",
					field, table->offset,
					VMS_ELF_EHDR_BYTES);
	if (table->offset >= source->info.file_size)
		return vms_error_create(VMS_ERR_INPUT,
					"ELF header: e_phoff (file offset %zu) is %" PRIu64
					", the file ends at byte %" PRIu64,
					field, table->offset,
					source->info.file_size);
	if (!vms_inside_u64(table->offset, size, source->info.file_size))
		return vms_error_create(VMS_ERR_TRUNCATED,
					"%" PRIu32
					" program headers at file offset %" PRIu64
					" need %" PRIu64
					" bytes, the file ends at byte %" PRIu64,
					table->count, table->offset, size,
					source->info.file_size);
	if (table->count <= VMS_CAP_PHDRS)
		return NULL;
	err = vms_source_doubt(source, NULL, VMS_ERR_LIMIT,
			       "%" PRIu32 " program headers, at most %u are %s",
			       table->count, VMS_CAP_PHDRS,
			       source->lenient ? "looked at" : "allowed");
	if (err)
		return err;
	table->count = VMS_CAP_PHDRS;
	return NULL;
}

/*
 * The mark is read where the architecture gives bit 0 no meaning of its own:
 * it has one on s390x, riscv64 and ppc64.
 */
static bool is_incomplete(const GElf_Ehdr *ehdr)
{
	return (ehdr->e_machine == EM_X86_64 ||
		ehdr->e_machine == EM_AARCH64) &&
	       (ehdr->e_flags & E_FLAGS_INCOMPLETE);
}

static void fill_info(struct vms_source *source, const GElf_Ehdr *ehdr)
{
	struct vms_source_info *info = &source->info;

	info->machine = ehdr->e_machine;
	info->endian = VMS_LITTLE_ENDIAN;
	info->is_64bit = true;
	info->incomplete = is_incomplete(ehdr);
	if (info->incomplete)
		vms_log_warn(source->log,
			     "%s: marked as incomplete by the tool that wrote it (e_flags %#" PRIx32
			     ")",
			     source->path, ehdr->e_flags);
	/*
	 * On s390x a page of a mapped /proc/vmcore may be read when it is
	 * touched, and a failure is a signal: 9cb218131de1 ("vmcore: introduce
	 * remap_oldmem_pfn_range()", 3.12).
	 */
	if (ehdr->e_machine == EM_S390)
		source->may_map = false;
}

struct vms_error *vms_elf_header_read(struct vms_source *source,
				      struct vms_elf_table *ret)
{
	struct vms_elf_table table;
	struct vms_error *err;
	GElf_Ehdr ehdr;

	err = check_ident(source);
	if (err)
		return err;
	vms_elf_decode_ehdr(source->head, &ehdr);
	err = check_fields(source, &ehdr);
	if (!err)
		err = check_phentsize(source, &ehdr);
	if (!err)
		err = count_phdrs(source, &ehdr, &table.count);
	if (err)
		return err;
	table.offset = ehdr.e_phoff;
	err = check_table(source, &table);
	if (err)
		return err;
	fill_info(source, &ehdr);
	*ret = table;
	return NULL;
}

void vms_elf_phdrs_init(struct vms_elf_phdrs *phdrs, struct vms_source *source,
			const struct vms_elf_table *table)
{
	phdrs->source = source;
	phdrs->table = table;
	phdrs->next = 0;
	phdrs->batch_end = 0;
}

static uint64_t phdr_offset(const struct vms_elf_table *table, uint32_t number)
{
	return table->offset + (uint64_t)number * VMS_ELF_PHDR_BYTES;
}

static struct vms_error *read_batch(struct vms_elf_phdrs *phdrs)
{
	uint8_t raw[VMS_ELF_PHDR_BATCH * VMS_ELF_PHDR_BYTES];
	uint32_t count = phdrs->table->count - phdrs->next;
	struct vms_error *err;

	if (count > VMS_ELF_PHDR_BATCH)
		count = VMS_ELF_PHDR_BATCH;
	err = vms_source_read_exact(phdrs->source,
				    phdr_offset(phdrs->table, phdrs->next), raw,
				    count * VMS_ELF_PHDR_BYTES,
				    "program headers");
	if (err)
		return err;
	vms_elf_decode_phdrs(raw, count, phdrs->batch);
	phdrs->batch_end = phdrs->next + count;
	return NULL;
}

struct vms_error *vms_elf_phdrs_next(struct vms_elf_phdrs *phdrs,
				     const GElf_Phdr **ret)
{
	if (phdrs->next == phdrs->table->count) {
		*ret = NULL;
		return NULL;
	}
	if (phdrs->next == phdrs->batch_end) {
		struct vms_error *err = read_batch(phdrs);

		if (err)
			return err;
	}
	*ret = &phdrs->batch[phdrs->next++ % VMS_ELF_PHDR_BATCH];
	return NULL;
}

struct vms_error *vms_elf_phdrs_count(struct vms_source *source,
				      const struct vms_elf_table *table,
				      uint32_t type, uint32_t *ret)
{
	struct vms_elf_phdrs phdrs;
	const GElf_Phdr *phdr;
	struct vms_error *err;
	uint32_t count = 0;

	vms_elf_phdrs_init(&phdrs, source, table);
	while (!(err = vms_elf_phdrs_next(&phdrs, &phdr)) && phdr)
		count += phdr->p_type == type;
	if (err)
		return err;
	*ret = count;
	return NULL;
}

struct vms_error *vms_elf_doubt(const struct vms_elf_phdrs *phdrs,
				enum vms_error_code code, const char *fmt, ...)
{
	uint32_t number = phdrs->next - 1;
	char text[384];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	return vms_source_doubt(phdrs->source, &phdrs->source->limits.headers,
				code,
				"program header %" PRIu32
				" (file offset %" PRIu64 "): %s",
				number, phdr_offset(phdrs->table, number),
				text);
}
