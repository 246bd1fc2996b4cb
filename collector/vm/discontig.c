// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * DISCONTIGMEM: one page array a node. The last architectures left it in
 * 5.14, bb1c50d3967f "mm: remove CONFIG_DISCONTIGMEM". Knows only nodes.
 */
#include <inttypes.h>

#include "vm_private.h"

static const enum vms_fact needs[] = {
	VMS_FACT_SYMBOL_NODE_DATA,
	VMS_FACT_LENGTH_NODE_DATA,
	VMS_FACT_OFFSET_PGLIST_NODE_START_PFN,
	VMS_FACT_OFFSET_PGLIST_NODE_SPANNED_PAGES,
	VMS_FACT_OFFSET_PGLIST_NODE_MEM_MAP,
};

static struct vms_error *open_nodes(struct vms_vm *vm,
				    struct vms_vm_cursor *cursor)
{
	(void)cursor;
	if (vm->nr_nodes)
		return NULL;
	return vms_error_create(VMS_ERR_IMPLAUSIBLE,
				"%s=0x%" PRIx64 ": no node is believable",
				vms_fact_key(VMS_FACT_SYMBOL_NODE_DATA),
				vms_kernel_get(vm->kernel,
					       VMS_FACT_SYMBOL_NODE_DATA));
}

const struct vms_memmap_ops vms_memmap_discontig = {
	.name = "discontig",
	.needs = needs,
	.nr_needs = VMS_ARRAY_SIZE(needs),
	.open = open_nodes,
	.find = vms_vm_find_in_nodes,
};
