/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this room share: the members of the vm and its cursors,
 * and the table that a memory model fills in.
 */
#ifndef VMS_VM_PRIVATE_H
#define VMS_VM_PRIVATE_H

#include <vmsieve/kernel.h>
#include <vmsieve/limits.h>
#include <vmsieve/log.h>
#include <vmsieve/plan.h>
#include <vmsieve/vm.h>

/* Linux has at most 2^10 nodes (NODES_SHIFT). */
#define VMS_VM_MAX_NODES 1024U

struct vms_node {
	struct vms_pfn_range pfns;
	vms_vaddr_t map;	/* of pfns.start; 0 if not known */
};

/** mem_section of the crashed kernel, one or two levels. */
struct vms_sparse {
	vms_vaddr_t sections;	/* of section pointers if extreme */
	bool extreme;
	bool has_online;	/* this kernel marks sections online */
	uint64_t code;		/* of the first good section: map of PFN 0 */
	bool codes_differ;	/* no VMEMMAP: each section has its own array */
	unsigned int section_shift;	/* PFN to section */
	uint64_t nr_sections;
	uint64_t per_root;	/* sections a root holds, if extreme */
	uint64_t section_bytes;	/* SIZE(mem_section) */
	uint64_t map_offset;
	uint64_t map_mask;	/* clears the flags below the map address */
	/* Roots that more than one place of the array points to, sorted. */
	uint64_t *twice;
	size_t nr_twice;
};

/** A memory model; rows in memmap.c are tried in order. */
struct vms_memmap_ops {
	const char *name;
	const enum vms_fact *needs;
	size_t nr_needs;
	/*
	 * Finds and checks the roots, fills its part of vm. Called once while
	 * the vm is created. VMS_ERR_IMPLAUSIBLE: not to be believed.
	 */
	struct vms_error *(*open)(struct vms_vm *vm,
				  struct vms_vm_cursor *cursor);
	/*
	 * The piece of the page array around pfn, at most one section, not
	 * clipped to RAM. For VMS_MEMMAP_DOUBT ret->pfns is the range that
	 * the doubt is about (pfn inside; any length); never VMS_MEMMAP_END.
	 */
	enum vms_memmap (*find)(struct vms_vm_cursor *cursor, vms_pfn_t pfn,
				struct vms_memmap_range *ret,
				const char **why_ret);
};

extern const struct vms_memmap_ops vms_memmap_sparse_extreme;
extern const struct vms_memmap_ops vms_memmap_sparse;
extern const struct vms_memmap_ops vms_memmap_discontig;
extern const struct vms_memmap_ops vms_memmap_flat;

struct vms_vm {
	struct vms_source *source;
	const struct vms_kernel *kernel;
	struct vms_page_plan plan;	/* RAM of the source, nothing excluded */
	vms_pfn_t end_pfn;
	unsigned int page_shift;
	size_t struct_bytes;		/* of a struct page, 0 if unknown */
	struct vms_arch *arch;		/* NULL: no translation */
	const struct vms_memmap_ops *model;	/* NULL: no page array */
	struct vms_sparse sparse;
	struct vms_node *nodes;
	size_t nr_nodes;		/* 0: not known */
	bool nodes_missing;	/* some entry of node_data was not believed */
	struct vms_pageset *used;	/* by its creation */
	struct vms_log *log;		/* only while it is created */
};

/* A leaf of the page tables, as far as it was asked for. */
struct vms_leaf {
	vms_vaddr_t start;
	vms_vaddr_t end;
	vms_paddr_t paddr;	/* of start */
	uint64_t stamp;		/* of last use; 0: empty */
};

/* Two nodes' page arrays, struct pages looked up elsewhere, roots, text. */
#define VMS_VM_LEAVES 8U
/*
 * Small reads (page-table entries, sections, single struct pages) go through
 * copies of physical blocks, so that they do not move the reader's window off
 * the page array. 5 table levels, root array, root, and as much again.
 */
#define VMS_VM_BLOCKS 16U
#define VMS_VM_BLOCK_BYTES 4096U

/* Pages of tables come again and again: see vms_vm_remember(). */
#define VMS_VM_RECENT 32U

struct vms_cached_block {
	vms_paddr_t paddr;
	uint64_t stamp;		/* of last use; 0: empty */
};

struct vms_vm_cursor {
	const struct vms_vm *vm;
	/* For the page array, read in order; and for all else, so that a
	 * look-up does not move the first one's window. */
	struct vms_reader *array_reader;
	struct vms_reader *reader;
	struct vms_arch_memory memory;
	struct vms_pageset *used;
	bool used_full;		/* used met its cap: read nothing more */
	/* PFN + 1 of pages put into used lately, by PFN % VMS_VM_RECENT. */
	vms_pfn_t recent[VMS_VM_RECENT];
	uint64_t walks;
	struct vms_leaf leaves[VMS_VM_LEAVES];
	/* Of the page array: remembered as used, up to the end of a leaf. */
	vms_vaddr_t array_start;
	vms_vaddr_t array_end;
	struct vms_pfn_range ram;	/* run of RAM looked at last */
	struct vms_memmap_range piece;	/* of the page array, found last */
	uint64_t stamp;		/* counts uses of leaves and blocks */
	struct vms_cached_block blocks[VMS_VM_BLOCKS];
	uint8_t block_data[VMS_VM_BLOCKS][VMS_VM_BLOCK_BYTES];
	/* Struct pages that begin in one block; the last may end behind it. */
	uint8_t torn[VMS_MEMMAP_BLOCK_BYTES + VMS_MAX_STRUCT_PAGE];
};

/* vm_cursor.c */

/** Pages of [paddr, paddr + size) are needed to make sense of the dump. */
void vms_vm_remember(struct vms_vm_cursor *cursor, vms_paddr_t paddr,
		     uint64_t size);
/** The leaf that holds vaddr; NULL: *why_ret says what a read would say. */
const struct vms_leaf *vms_vm_leaf(struct vms_vm_cursor *cursor,
				   vms_vaddr_t vaddr, enum vms_read *why_ret);

/* vm_read.c */

/** Through the block cache; for reads that are small or far apart. */
enum vms_read vms_vm_read_small(struct vms_vm_cursor *cursor,
				vms_paddr_t paddr, void *buf, size_t size);
/** As vms_vm_read(); *done_ret bytes were read, also when it failed. */
enum vms_read vms_vm_read_part(struct vms_vm_cursor *cursor, vms_vaddr_t vaddr,
			       void *buf, size_t size, size_t *done_ret);
/** A pointer or unsigned long of the crashed kernel. */
bool vms_vm_read_word(struct vms_vm_cursor *cursor, vms_vaddr_t vaddr,
		      uint64_t *ret);
unsigned int vms_vm_word_bytes(const struct vms_vm *vm);

/* vm_nodes.c */

/** Fills vm->nodes if the facts are there and sane; else none are known. */
struct vms_error *vms_vm_find_nodes(struct vms_vm *vm,
				    struct vms_vm_cursor *cursor)
	VMS_MUST_CHECK;
/** find() of models whose page arrays belong to nodes. */
enum vms_memmap vms_vm_find_in_nodes(struct vms_vm_cursor *cursor,
				     vms_pfn_t pfn,
				     struct vms_memmap_range *ret,
				     const char **why_ret);

/* memmap.c */

/** Chooses vm->model; a warning says why there is none. */
struct vms_error *vms_memmap_choose(struct vms_vm *vm,
				    struct vms_vm_cursor *cursor)
	VMS_MUST_CHECK;
/** RAM run at or after pfn, clipped to start there. */
bool vms_memmap_ram(struct vms_vm_cursor *cursor, vms_pfn_t pfn,
		    struct vms_pfn_range *ret);
/**
 * Is the struct page at map in the source's memory? NULL, or static text of
 * what is wrong.
 */
const char *vms_memmap_unusable(struct vms_vm_cursor *cursor, vms_vaddr_t map);

#endif
