/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Address translation of the crashed machine: one const table and one file an
 * architecture, all compiled on every host. Reads memory only through the
 * callback that is handed in; does not know where bytes come from.
 */
#ifndef VMSIEVE_ARCH_H
#define VMSIEVE_ARCH_H

#include <vmsieve/error.h>
#include <vmsieve/kernel.h>
#include <vmsieve/source.h>
#include <vmsieve/types.h>

struct vms_kernel;
struct vms_log;
struct vms_arch;

/** How an architecture reads physical memory and reports tables it used. */
struct vms_arch_memory {
	/* Copies size bytes at paddr. */
	enum vms_read (*read)(void *ctx, vms_paddr_t paddr, void *buf,
			      size_t size);
	/* A page table at [paddr, paddr + size) was used. May be NULL. */
	void (*used)(void *ctx, vms_paddr_t paddr, size_t size);
	void *ctx;
};

/** Where a virtual address lies. */
struct vms_translation {
	vms_paddr_t paddr;
	uint64_t size;	/* bytes from paddr on that the same leaf maps */
};

enum vms_walk {
	VMS_WALK_OK,
	VMS_WALK_NOT_MAPPED,	/* an entry on the way is not present */
	VMS_WALK_BAD_ENTRY,	/* reserved bits, target beyond physical bits */
	VMS_WALK_UNREADABLE,	/* a table cannot be read */
};

struct vms_arch_ops {
	const char *name;
	/* utsname.machine of such a kernel, e.g. "x86_64". */
	const char *uts_machine;
	uint16_t elf_machine;
	bool is_64bit;
	/* Facts that no other architecture's kernels export. */
	const enum vms_fact *witnesses;
	size_t nr_witnesses;
	uint32_t page_sizes;	/* all that it can have, or-ed; bytes */
	/* NUMBER(SECTION_SIZE_BITS)/(MAX_PHYSMEM_BITS) of kernels before 5.13
	 * and 5.9, which do not export them. The second may depend on state. */
	unsigned int section_size_bits;
	unsigned int (*max_physmem_bits)(const struct vms_arch *arch);
	/*
	 * Finds the kernel's top page table and checks that it maps the
	 * kernel: a walk of SYMBOL(init_uts_ns) must lead to the text "Linux".
	 * VMS_ERR_NOT_FOUND when facts are missing, VMS_ERR_IMPLAUSIBLE when
	 * the tables make no sense.
	 */
	struct vms_error *(*init)(struct vms_arch *arch);
	/* Page-table walk; bounded by the number of levels. */
	enum vms_walk (*walk)(const struct vms_arch *arch,
			      const struct vms_arch_memory *memory,
			      vms_vaddr_t vaddr, struct vms_translation *ret);
	/* Addresses below are user space: never a kernel pointer. */
	vms_vaddr_t (*kernel_start)(const struct vms_arch *arch);
};

/** All rows, for tests and lists. */
const struct vms_arch_ops *const *vms_arch_rows(size_t *count_ret);
/** The table one of whose witnesses the kernel has, or NULL. */
const struct vms_arch_ops *vms_arch_of_kernel(const struct vms_kernel *kernel);
/** The row for an ELF machine, or NULL. */
const struct vms_arch_ops *vms_arch_find(uint16_t elf_machine, bool is_64bit);

/**
 * An architecture bound to one kernel; read-only after creation. When the
 * page tables cannot be used, but the linear maps of the PT_LOADs lead to the
 * kernel, these are used alone, with a warning. Errors as vms_arch_ops.init,
 * and VMS_ERR_IMPLAUSIBLE for a page size that the architecture does not
 * have. loads may be empty; nothing of it or memory is kept.
 */
struct vms_error *vms_arch_create(const struct vms_arch_ops *ops,
				  const struct vms_kernel *kernel,
				  const struct vms_load *loads, size_t nr_loads,
				  const struct vms_arch_memory *memory,
				  struct vms_log *log,
				  struct vms_arch **ret) VMS_MUST_CHECK;
void vms_arch_destroy(struct vms_arch *arch);
const struct vms_arch_ops *vms_arch_ops(const struct vms_arch *arch);
/** ops->walk, then the linear maps that the PT_LOADs give. */
enum vms_walk vms_arch_translate(const struct vms_arch *arch,
				 const struct vms_arch_memory *memory,
				 vms_vaddr_t vaddr,
				 struct vms_translation *ret);
unsigned int vms_arch_max_physmem_bits(const struct vms_arch *arch);
bool vms_arch_is_kernel_pointer(const struct vms_arch *arch, vms_vaddr_t v);
/** Kernel address of init_uts_ns.name; 0 if it cannot be found. */
vms_vaddr_t vms_arch_uts_name(const struct vms_arch *arch);
/** Physical address of the kernel image's start offset; 0 if unknown. */
uint64_t vms_arch_phys_base(const struct vms_arch *arch);

VMS_DEFINE_CLEANUP(arch, struct vms_arch *, vms_arch_destroy);

#endif
