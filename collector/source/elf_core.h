/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ELF core files: what the files elf_*.c share. Structs are libelf's class
 * independent ones; only elf_decode.c knows how the file's bytes look.
 */
#ifndef VMS_ELF_CORE_H
#define VMS_ELF_CORE_H

#include <gelf.h>

#include "source_priv.h"

extern const struct vms_source_ops vms_elf_core_ops;

/* Of ELFCLASS64, the one class that is read so far. */
#define VMS_ELF_EHDR_BYTES 64U
#define VMS_ELF_PHDR_BYTES 56U
#define VMS_ELF_SHDR_BYTES 64U

/** Where the program headers are; all of them lie inside the file. */
struct vms_elf_table {
	uint64_t offset;
	uint32_t count;		/* 1 ... VMS_CAP_PHDRS */
};

/* The raw bytes are complete, little endian and of ELFCLASS64. */
void vms_elf_decode_ehdr(const uint8_t *raw, GElf_Ehdr *ret);
void vms_elf_decode_shdr(const uint8_t *raw, GElf_Shdr *ret);
void vms_elf_decode_phdrs(const uint8_t *raw, size_t count, GElf_Phdr *ret);
void vms_elf_decode_nhdr(const uint8_t *raw, GElf_Nhdr *ret);

/** Checks the ELF header and finds the program headers; fills info. */
struct vms_error *vms_elf_header_read(struct vms_source *source,
				      struct vms_elf_table *ret) VMS_MUST_CHECK;

/* So many are read at a time: 7 KiB, raw and decoded, on open()'s stack. */
#define VMS_ELF_PHDR_BATCH 128U

/** Walks the program headers in file order. */
struct vms_elf_phdrs {
	struct vms_source *source;
	const struct vms_elf_table *table;
	uint32_t next;		/* number of the header that comes next */
	uint32_t batch_end;	/* one past the last header in batch */
	GElf_Phdr batch[VMS_ELF_PHDR_BATCH];
};

void vms_elf_phdrs_init(struct vms_elf_phdrs *phdrs, struct vms_source *source,
			const struct vms_elf_table *table);
/** *ret is NULL behind the last one. */
struct vms_error *vms_elf_phdrs_next(struct vms_elf_phdrs *phdrs,
				     const GElf_Phdr **ret) VMS_MUST_CHECK;
/** How many headers have that type; reads all of them. */
struct vms_error *vms_elf_phdrs_count(struct vms_source *source,
				      const struct vms_elf_table *table,
				      uint32_t type,
				      uint32_t *ret) VMS_MUST_CHECK;
/** vms_source_doubt() about the header that came last, which it names. */
struct vms_error *vms_elf_doubt(const struct vms_elf_phdrs *phdrs,
				enum vms_error_code code, const char *fmt, ...)
	VMS_PRINTF(3, 4) VMS_MUST_CHECK;

/** PT_LOADs: fills source->loads, ->segments; checks overlaps. */
struct vms_error *vms_elf_loads_read(struct vms_source *source,
				     const struct vms_elf_table *table)
	VMS_MUST_CHECK;
/** PT_NOTEs: fills source->note_pieces and ->notes. */
struct vms_error *vms_elf_notes_read(struct vms_source *source,
				     const struct vms_elf_table *table)
	VMS_MUST_CHECK;

#endif
