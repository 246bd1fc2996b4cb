/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sparse physical memory and x86_64 page tables in it, for tests of the
 * arch and vm rooms. Pages that were never written read as zero.
 */
#ifndef FAKE_MEMORY_H
#define FAKE_MEMORY_H

#include <vmsieve/arch.h>
#include <vmsieve/types.h>

#define FAKE_PAGE 4096U

struct fake_page {
	vms_paddr_t paddr;
	uint8_t *data;		/* NULL: slot is free */
};

struct fake_memory {
	vms_paddr_t end;	/* nothing at or above exists */
	struct fake_page *slots;	/* hash by paddr */
	size_t nr_slots;
	size_t nr_pages;
	uint64_t reads;		/* calls of fake_read() */
};

void fake_memory_init(struct fake_memory *mem, vms_paddr_t end);
void fake_memory_deinit(struct fake_memory *mem);
/** The page that holds paddr, for writing. */
uint8_t *fake_page(struct fake_memory *mem, vms_paddr_t paddr);
/** The same for reading: a page of zeros if it was never written. */
const uint8_t *fake_page_read(const struct fake_memory *mem,
			      vms_paddr_t paddr);
void fake_put64(struct fake_memory *mem, vms_paddr_t paddr, uint64_t value);
uint64_t fake_get64(const struct fake_memory *mem, vms_paddr_t paddr);
void fake_put(struct fake_memory *mem, vms_paddr_t paddr, const void *bytes,
	      size_t size);
/** For struct vms_arch_memory; ctx is the memory. */
enum vms_read fake_read(void *ctx, vms_paddr_t paddr, void *buf, size_t size);

#define FAKE_PRESENT 0x63ULL	/* present, writable, accessed, dirty */
#define FAKE_PSE 0x80ULL

struct fake_tables {
	struct fake_memory *mem;
	vms_paddr_t root;
	vms_paddr_t next;	/* where the next table goes */
	unsigned int levels;
	uint64_t mark;		/* set in each entry: memory encryption */
};

/** Maps one leaf of 1 << shift bytes; tables on the way are made. */
void fake_map(struct fake_tables *tables, vms_vaddr_t vaddr, vms_paddr_t paddr,
	      unsigned int shift);
/** Address of the entry of vaddr in the level that maps 1 << shift bytes. */
vms_paddr_t fake_entry(struct fake_tables *tables, vms_vaddr_t vaddr,
		       unsigned int shift);

#endif
