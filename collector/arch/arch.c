// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * An architecture bound to one kernel: chooses between page tables and linear
 * maps, and holds what the rows share. Must not know any one architecture.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/limits.h>

#include "arch_private.h"

/* Below this a machine has no room for a 64-bit Linux; 2^28 is 256 MiB. */
#define MIN_PHYS_BITS 28U

/*
 * Offset of uts_namespace.name where VMCOREINFO does not give it (before
 * 5.11, ca4a9241cc5e "kdump: append uts_namespace.name offset to
 * VMCOREINFO"): behind a struct kref, and at the start since 5.9,
 * 9a56493f6942 "uts: Use generic ns_common::count".
 */
static const uint8_t uts_name_offsets[] = { 4, 0 };

bool vms_arch_walk_now(const struct vms_arch *arch, vms_vaddr_t vaddr,
		       struct vms_translation *ret)
{
	return vms_pgtable_walk(&arch->table, arch->memory, vaddr, ret) ==
	       VMS_WALK_OK;
}

static bool walk_linear(const struct vms_arch *arch, vms_vaddr_t vaddr,
			struct vms_translation *ret)
{
	return vms_linear_find(&arch->linear, vaddr, ret);
}

static bool is_linux_at(const struct vms_arch *arch,
			vms_translate_fn translate, vms_vaddr_t vaddr)
{
	static const char expected[] = "Linux";
	char text[sizeof(expected)];
	size_t done = 0;

	while (done < sizeof(text)) {
		struct vms_translation at;
		size_t count = sizeof(text) - done;

		if (!translate(arch, vaddr + done, &at))
			return false;
		if (count > at.size)
			count = (size_t)at.size;
		if (arch->memory->read(arch->memory->ctx, at.paddr,
				       text + done, count) != VMS_READ_OK)
			return false;
		done += count;
	}
	return !memcmp(text, expected, sizeof(text));
}

/* Address of init_uts_ns.name, known by what stands there; 0: not found. */
static vms_vaddr_t find_uts_name(const struct vms_arch *arch,
				 vms_translate_fn translate)
{
	const struct vms_kernel *kernel = arch->kernel;
	vms_vaddr_t uts;
	vms_vaddr_t name;

	if (!vms_kernel_has(kernel, VMS_FACT_SYMBOL_INIT_UTS_NS))
		return 0;
	uts = vms_kernel_get(kernel, VMS_FACT_SYMBOL_INIT_UTS_NS);
	name = uts + vms_kernel_get_or(kernel, VMS_FACT_OFFSET_UTS_NAME, 0);
	if (is_linux_at(arch, translate, name))
		return name;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(uts_name_offsets); i++)
		if (is_linux_at(arch, translate, uts + uts_name_offsets[i]))
			return uts + uts_name_offsets[i];
	return 0;
}

bool vms_arch_finds_linux(const struct vms_arch *arch,
			  vms_translate_fn translate)
{
	return find_uts_name(arch, translate) != 0;
}

/* Do the page tables say something else of that address? */
static bool disproved(const struct vms_arch *arch,
		      const struct vms_linear_map *map, vms_vaddr_t vaddr)
{
	struct vms_translation at;

	return vms_arch_walk_now(arch, vaddr, &at) &&
	       at.paddr != map->paddr + (vaddr - map->start);
}

/*
 * A PT_LOAD can carry the virtual address of another kernel's layout. Both
 * ends of each map are looked up, where the page tables have them.
 */
static void drop_disproved(struct vms_arch *arch)
{
	for (size_t i = arch->linear.count; i--;) {
		const struct vms_linear_map *map = &arch->linear.map[i];

		if (!disproved(arch, map, map->start) &&
		    !disproved(arch, map, map->end - 1))
			continue;
		vms_log_warn(arch->log,
			     "PT_LOADs say that 0x%" PRIx64 " is physical 0x%" PRIx64 ", page tables do not: virtual addresses of such PT_LOADs are not believed",
			     map->start, map->paddr);
		vms_linear_remove(&arch->linear, i);
	}
}

static struct vms_error *check_page_size(const struct vms_arch *arch)
{
	uint32_t size = vms_kernel_page_size(arch->kernel);

	if (size & arch->ops->page_sizes)
		return NULL;
	return vms_error_create(VMS_ERR_IMPLAUSIBLE,
				"%s=%" PRIu32 " is no page size of %s",
				vms_fact_key(VMS_FACT_PAGESIZE), size,
				arch->ops->name);
}

/* Without page tables: are the linear maps right, and good enough alone? */
static struct vms_error *use_linear_only(struct vms_arch *arch,
					 struct vms_error *err)
{
	enum vms_error_code code = vms_error_code(err);

	if (code != VMS_ERR_NOT_FOUND && code != VMS_ERR_IMPLAUSIBLE)
		return err;
	if (!vms_arch_finds_linux(arch, walk_linear))
		return err;
	vms_log_warn(arch->log,
		     "%s; only the linear maps of the PT_LOADs are used",
		     vms_error_text(err));
	vms_error_destroy(err);
	return NULL;
}

static void describe(const struct vms_arch *arch)
{
	if (arch->has_table)
		vms_log_print(arch->log, VMS_MSG_DEBUG,
			      "%s page tables: %u levels from 0x%" PRIx64 ", %u physical bits",
			      arch->ops->name, arch->table.levels,
			      arch->table.root,
			      vms_arch_max_physmem_bits(arch));
	for (size_t i = 0; i < arch->linear.count; i++)
		vms_log_print(arch->log, VMS_MSG_DEBUG,
			      "linear map: 0x%" PRIx64 " to 0x%" PRIx64 " is physical 0x%" PRIx64,
			      arch->linear.map[i].start, arch->linear.map[i].end,
			      arch->linear.map[i].paddr);
}

struct vms_error *vms_arch_create(const struct vms_arch_ops *ops,
				  const struct vms_kernel *kernel,
				  const struct vms_load *loads, size_t nr_loads,
				  const struct vms_arch_memory *memory,
				  struct vms_log *log, struct vms_arch **ret)
{
	struct vms_arch *arch VMS_CLEANUP(arch) = calloc(1, sizeof(*arch));
	struct vms_error *err;

	if (!arch)
		return vms_error_no_memory();
	arch->ops = ops;
	arch->kernel = kernel;
	arch->loads = loads;
	arch->nr_loads = nr_loads;
	arch->memory = memory;
	arch->log = log;

	err = check_page_size(arch);
	if (err)
		return err;
	err = ops->init(arch);
	vms_linear_collect(&arch->linear, loads, nr_loads,
			   ops->kernel_start(arch),
			   1ULL << vms_arch_max_physmem_bits(arch));
	if (err)
		err = use_linear_only(arch, err);
	if (err)
		return err;
	if (arch->has_table)
		drop_disproved(arch);
	describe(arch);
	arch->uts_name = find_uts_name(arch, vms_arch_walk_now);
	if (!arch->uts_name)
		arch->uts_name = find_uts_name(arch, walk_linear);

	arch->loads = NULL;
	arch->nr_loads = 0;
	arch->memory = NULL;
	arch->log = NULL;
	*ret = vms_take_ptr(arch);
	return NULL;
}

void vms_arch_destroy(struct vms_arch *arch)
{
	free(arch);
}

const struct vms_arch_ops *vms_arch_ops(const struct vms_arch *arch)
{
	return arch->ops;
}

enum vms_walk vms_arch_translate(const struct vms_arch *arch,
				 const struct vms_arch_memory *memory,
				 vms_vaddr_t vaddr, struct vms_translation *ret)
{
	enum vms_walk walk = arch->ops->walk(arch, memory, vaddr, ret);

	if (walk == VMS_WALK_OK || !walk_linear(arch, vaddr, ret))
		return walk;
	return VMS_WALK_OK;
}

unsigned int vms_arch_max_physmem_bits(const struct vms_arch *arch)
{
	uint64_t bits = vms_kernel_get_or(
		arch->kernel, VMS_FACT_NUMBER_MAX_PHYSMEM_BITS, 0);

	if (bits >= MIN_PHYS_BITS && bits <= VMS_MAX_PHYS_BITS)
		return (unsigned int)bits;
	return arch->ops->max_physmem_bits(arch);
}

bool vms_arch_is_kernel_pointer(const struct vms_arch *arch, vms_vaddr_t v)
{
	/* The last page holds error codes in the shape of pointers. */
	return v >= arch->ops->kernel_start(arch) && v < (uint64_t)-4096;
}

vms_vaddr_t vms_arch_uts_name(const struct vms_arch *arch)
{
	return arch->uts_name;
}

uint64_t vms_arch_phys_base(const struct vms_arch *arch)
{
	return arch->phys_base;
}
