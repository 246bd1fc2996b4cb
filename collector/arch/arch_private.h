/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this room share: the members of struct vms_arch and the
 * proofs that a guess at the page tables is right.
 */
#ifndef VMS_ARCH_PRIVATE_H
#define VMS_ARCH_PRIVATE_H

#include <vmsieve/arch.h>
#include <vmsieve/kernel.h>
#include <vmsieve/log.h>

#include "pgtable.h"

/* Different offsets between virtual and physical addresses that are kept; a
 * kernel has two (text and direct map), the rest is room for nonsense. */
#define VMS_LINEAR_MAPS 8U

/** Kernel addresses [start, end) lie in a row from paddr on. */
struct vms_linear_map {
	vms_vaddr_t start;
	vms_vaddr_t end;
	vms_paddr_t paddr;	/* of start */
	uint64_t bytes;		/* of the PT_LOADs that say so */
};

struct vms_linear_maps {
	size_t count;
	struct vms_linear_map map[VMS_LINEAR_MAPS];	/* by bytes, falling */
};

/**
 * Collects the linear maps from those PT_LOADs whose virtual address can be
 * believed: in [kernel_start, 2^64), page offsets equal, below phys_end.
 */
void vms_linear_collect(struct vms_linear_maps *maps,
			const struct vms_load *loads, size_t nr_loads,
			vms_vaddr_t kernel_start, uint64_t phys_end);
void vms_linear_remove(struct vms_linear_maps *maps, size_t index);
bool vms_linear_find(const struct vms_linear_maps *maps, vms_vaddr_t vaddr,
		     struct vms_translation *ret);

struct vms_arch {
	const struct vms_arch_ops *ops;
	const struct vms_kernel *kernel;
	/* Bits of a virtual address, sign included; set by ops->init first. */
	unsigned int va_bits;
	bool has_table;		/* table was found and proved right */
	struct vms_pgtable table;
	uint64_t phys_base;
	struct vms_linear_maps linear;
	vms_vaddr_t uts_name;	/* init_uts_ns.name; 0: not found */
	/* Only while it is created: */
	const struct vms_load *loads;
	size_t nr_loads;
	const struct vms_arch_memory *memory;
	struct vms_log *log;
};

extern const struct vms_arch_ops vms_arch_x86_64;

typedef bool (*vms_translate_fn)(const struct vms_arch *arch, vms_vaddr_t vaddr,
				 struct vms_translation *ret);
/** Does SYMBOL(init_uts_ns) lead to the text "Linux" this way? */
bool vms_arch_finds_linux(const struct vms_arch *arch,
			  vms_translate_fn translate);
/** A walk through arch->table as it is now, proved or not. */
bool vms_arch_walk_now(const struct vms_arch *arch, vms_vaddr_t vaddr,
		       struct vms_translation *ret);

#endif
