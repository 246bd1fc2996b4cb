// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FLATMEM: one page array for all memory, found by its node where the offsets
 * are known, else by the variable mem_map. Knows no sections.
 */
#include <inttypes.h>

#include <vmsieve/checked.h>

#include "vm_private.h"

static const enum vms_fact needs[] = {
	VMS_FACT_SYMBOL_MEM_MAP,
};

/*
 * mem_map belongs to PFN 0 where ARCH_PFN_OFFSET is 0, as on x86. How far it
 * reaches is not known: to the end of RAM, and reads behind it fail or give
 * nonsense that is noticed.
 */
static struct vms_error *open_variable(struct vms_vm *vm,
				       struct vms_vm_cursor *cursor)
{
	vms_vaddr_t variable = vms_kernel_get(vm->kernel,
					      VMS_FACT_SYMBOL_MEM_MAP);
	struct vms_node node = { .pfns = { 0, vm->end_pfn } };
	uint64_t bytes;
	uint64_t last;

	if (!vms_vm_read_word(cursor, variable, &node.map))
		return vms_error_create(VMS_ERR_UNREADABLE,
					"%s=0x%" PRIx64 " cannot be read",
					vms_fact_key(VMS_FACT_SYMBOL_MEM_MAP),
					variable);
	if (!vms_mul_u64(vm->end_pfn, vm->struct_bytes, &bytes) ||
	    !vms_add_u64(node.map, bytes, &last) ||
	    !vms_arch_is_kernel_pointer(vm->arch, node.map) ||
	    vms_memmap_unusable(cursor, node.map))
		return vms_error_create(VMS_ERR_IMPLAUSIBLE,
					"%s=0x%" PRIx64 " holds 0x%" PRIx64 ", no page array",
					vms_fact_key(VMS_FACT_SYMBOL_MEM_MAP),
					variable, node.map);
	free(vm->nodes);
	vm->nodes = calloc(1, sizeof(node));
	if (!vm->nodes) {
		vm->nr_nodes = 0;
		return vms_error_no_memory();
	}
	vm->nodes[0] = node;
	vm->nr_nodes = 1;
	return NULL;
}

static struct vms_error *open_flat(struct vms_vm *vm,
				   struct vms_vm_cursor *cursor)
{
	if (vm->nr_nodes && vm->nodes[0].map)
		return NULL;
	return open_variable(vm, cursor);
}

const struct vms_memmap_ops vms_memmap_flat = {
	.name = "flat",
	.needs = needs,
	.nr_needs = VMS_ARRAY_SIZE(needs),
	.open = open_flat,
	.find = vms_vm_find_in_nodes,
};
