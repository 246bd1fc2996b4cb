/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A radix page-table walk driven by a table of shifts: what differs between
 * architectures is the table and how one entry is read. Knows no symbols.
 */
#ifndef VMS_ARCH_PGTABLE_H
#define VMS_ARCH_PGTABLE_H

#include <vmsieve/arch.h>
#include <vmsieve/endian.h>
#include <vmsieve/types.h>

enum vms_pgtable_entry {
	VMS_ENTRY_NONE,		/* not present */
	VMS_ENTRY_TABLE,	/* *target_ret is the next table */
	VMS_ENTRY_LEAF,		/* *target_ret is memory */
	VMS_ENTRY_BAD,		/* bits set that hardware reserves */
};

struct vms_pgtable {
	/*
	 * levels + 1 bit numbers, falling: the first is one past the highest
	 * bit of the top index, each other one the lowest bit of its level's
	 * index. Four levels of 4 KiB pages: 48, 39, 30, 21, 12.
	 */
	const uint8_t *shifts;
	unsigned int levels;
	vms_paddr_t root;
	uint64_t phys_end;	/* 2^physical bits: no target is at or above */
	uint64_t strip;		/* bits cleared before an entry is read */
	enum vms_endian endian;
	/* Reads an entry whose level maps 1 << shift bytes. */
	enum vms_pgtable_entry (*decode)(uint64_t entry, unsigned int shift,
					 vms_paddr_t *target_ret);
};

#define VMS_PGTABLE_ENTRY_BYTES 8U

/** At most table->levels reads; bits of vaddr above the top index are not
 * looked at. */
enum vms_walk vms_pgtable_walk(const struct vms_pgtable *table,
			       const struct vms_arch_memory *memory,
			       vms_vaddr_t vaddr, struct vms_translation *ret);

#endif
