/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The crashed kernel's virtual memory and its page array (memory map): reads
 * by virtual address, and struct pages by PFN for every memory model. Knows
 * nothing of what pages are left out, or of outputs.
 */
#ifndef VMSIEVE_VM_H
#define VMSIEVE_VM_H

#include <vmsieve/arch.h>
#include <vmsieve/error.h>
#include <vmsieve/pageset.h>
#include <vmsieve/source.h>
#include <vmsieve/types.h>

struct vms_kernel;
struct vms_log;
struct vms_vm;
struct vms_vm_cursor;

/**
 * Chooses architecture and memory model and validates the roots (top page
 * table, mem_section, mem_map or node_data). Fails only for want of memory:
 * what cannot be used is reported by a warning and gives a vm without address
 * translation, or without page array. source and kernel are borrowed.
 */
struct vms_error *vms_vm_create(struct vms_source *source,
				const struct vms_kernel *kernel,
				struct vms_log *log,
				struct vms_vm **ret) VMS_MUST_CHECK;
void vms_vm_destroy(struct vms_vm *vm);
/** NULL when addresses cannot be translated. */
const struct vms_arch *vms_vm_arch(const struct vms_vm *vm);
/** "sparsemem extreme", "flat", ... or NULL: no page array to walk. */
const char *vms_vm_model(const struct vms_vm *vm);

/**
 * One thread's way in: readers, a cache of leaves, and what it touched.
 * window_bytes: for the page array, as vms_reader_create() takes it.
 */
struct vms_error *vms_vm_cursor_create(struct vms_vm *vm, size_t window_bytes,
				       struct vms_vm_cursor **ret)
	VMS_MUST_CHECK;
void vms_vm_cursor_destroy(struct vms_vm_cursor *cursor);

/** Reads by kernel virtual address, across leaves. */
enum vms_read vms_vm_read(struct vms_vm_cursor *cursor, vms_vaddr_t vaddr,
			  void *buf, size_t size);

/** Struct pages that lie one after the other in the kernel's address space. */
struct vms_memmap_range {
	struct vms_pfn_range pfns;
	vms_vaddr_t map;	/* struct page of pfns.start */
};

/** Aligned blocks of the page array, by their kernel address. */
#define VMS_MEMMAP_BLOCK_BYTES 4096U

enum vms_memmap {
	VMS_MEMMAP_RANGE,	/* *ret is filled */
	VMS_MEMMAP_DOUBT,	/* ret->pfns is RAM whose page array cannot be
				 * believed or read; keep these pages */
	VMS_MEMMAP_END,
};

/**
 * The first range of RAM at or after from, with its struct pages; clipped to
 * start at from, never beyond one section. A range that is in doubt can be
 * longer: RAM of which nothing is known is one range. *why_ret: static text,
 * set for DOUBT only.
 */
enum vms_memmap vms_memmap_next(struct vms_vm_cursor *cursor, vms_pfn_t from,
				struct vms_memmap_range *ret,
				const char **why_ret);
/**
 * Borrows struct pages of [pfn, pfn + count), inside range and not empty: *ret
 * points to *count_ret of them, 1 ... count, until the next call on this
 * cursor that asks for a view. Fewer than asked are normal, but never a part
 * of those that begin in one block of VMS_MEMMAP_BLOCK_BYTES: what is seen of
 * a block does not depend on what was read before. Ask for few after a jump
 * and for more as long as it goes on: what is asked for is read. The page
 * array is remembered as used by the walk as far as one leaf maps it, read or
 * not. Not VMS_READ_OK: nothing of pfn's block can be seen.
 */
enum vms_read vms_memmap_view(struct vms_vm_cursor *cursor,
			      const struct vms_memmap_range *range,
			      vms_pfn_t pfn, size_t count, const uint8_t **ret,
			      size_t *count_ret);
/**
 * Where the page array lies: *size_ret bytes from vaddr on are in one piece at
 * *ret. False: not mapped there. Only the tables are remembered as used.
 */
bool vms_memmap_locate(struct vms_vm_cursor *cursor, vms_vaddr_t vaddr,
		       vms_paddr_t *ret, uint64_t *size_ret);
/**
 * One struct page anywhere, for checks that look beyond the range at hand.
 * *vaddr_ret: its kernel address. False: no believable struct page.
 */
bool vms_memmap_get(struct vms_vm_cursor *cursor, vms_pfn_t pfn, uint8_t *buf,
		    vms_vaddr_t *vaddr_ret);
/**
 * Pages that this cursor's walks used: page tables, mem_section, nodes, struct
 * pages, all that vms_vm_read() read, and those that hold the symbols of
 * VMCOREINFO. Never left out. It is always complete: once it meets its cap
 * (VMS_CAP_PAGESET_BYTES) nothing more is read by address; reads then give
 * VMS_READ_FAILED, and vms_memmap_next() one VMS_MEMMAP_DOUBT for each
 * remaining run of RAM.
 */
const struct vms_pageset *vms_vm_cursor_used(const struct vms_vm_cursor *c);
/**
 * Moves what vms_vm_cursor_used() has to another set; the cursor goes on with
 * an empty one, and remembers again only what it touches anew. False: not all
 * of it fits there, the rest stays.
 */
bool vms_vm_cursor_give_used(struct vms_vm_cursor *cursor,
			     struct vms_pageset *to) VMS_MUST_CHECK;
/** Page-table walks that this cursor did: reads its cache had no leaf for. */
uint64_t vms_vm_cursor_walks(const struct vms_vm_cursor *cursor);
/** Node that spans the whole range? True also where nodes are not known. */
bool vms_vm_same_node(const struct vms_vm *vm, struct vms_pfn_range range);

VMS_DEFINE_CLEANUP(vm, struct vms_vm *, vms_vm_destroy);
VMS_DEFINE_CLEANUP(vm_cursor, struct vms_vm_cursor *, vms_vm_cursor_destroy);

#endif
