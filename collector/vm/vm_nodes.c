// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NUMA nodes: which PFNs each one spans and, in old memory models, where its
 * page array is. A node that makes no sense is left out alone.
 */
#include <inttypes.h>
#include <string.h>

#include <vmsieve/checked.h>

#include "vm_private.h"

/* What is read of a pglist_data. */
struct node_facts {
	uint64_t start_pfn;	/* offsets */
	uint64_t spanned;
	uint64_t map;
	uint64_t id;
	bool has_map;
	bool has_id;
};

/* Pieces of page arrays that belong to nodes are handed out in units of this
 * many pages: 128 MiB of 4 KiB pages, as a section of x86_64. */
#define PIECE_PAGES 32768U

static bool get_facts(const struct vms_kernel *kernel, struct node_facts *ret)
{
	if (!vms_kernel_has(kernel, VMS_FACT_OFFSET_PGLIST_NODE_START_PFN) ||
	    !vms_kernel_has(kernel, VMS_FACT_OFFSET_PGLIST_NODE_SPANNED_PAGES))
		return false;
	*ret = (struct node_facts){
		.start_pfn = vms_kernel_get(
			kernel, VMS_FACT_OFFSET_PGLIST_NODE_START_PFN),
		.spanned = vms_kernel_get(
			kernel, VMS_FACT_OFFSET_PGLIST_NODE_SPANNED_PAGES),
		.has_map = vms_kernel_has(
			kernel, VMS_FACT_OFFSET_PGLIST_NODE_MEM_MAP),
		.map = vms_kernel_get_or(
			kernel, VMS_FACT_OFFSET_PGLIST_NODE_MEM_MAP, 0),
		.has_id = vms_kernel_has(kernel,
					 VMS_FACT_OFFSET_PGLIST_NODE_ID),
		.id = vms_kernel_get_or(kernel, VMS_FACT_OFFSET_PGLIST_NODE_ID,
					0),
	};
	return true;
}

static bool read_id(struct vms_vm_cursor *cursor, vms_vaddr_t at, uint32_t *ret)
{
	uint8_t bytes[4];

	if (vms_vm_read(cursor, at, bytes, sizeof(bytes)) != VMS_READ_OK)
		return false;
	*ret = vms_get_u32(bytes, vms_kernel_endian(cursor->vm->kernel));
	return true;
}

/* Is the page array of the node in kernel space, all of it? */
static bool map_sane(const struct vms_vm *vm, const struct vms_node *node)
{
	uint64_t bytes;
	uint64_t last;

	return vms_mul_u64(node->pfns.end - node->pfns.start,
			   vm->struct_bytes, &bytes) &&
	       bytes && vms_add_u64(node->map, bytes - 1, &last) &&
	       vms_arch_is_kernel_pointer(vm->arch, node->map) &&
	       vms_arch_is_kernel_pointer(vm->arch, last);
}

/* Reads the pglist_data at that address; false: not believable. */
static bool read_node(struct vms_vm_cursor *cursor, const struct node_facts *f,
		      vms_vaddr_t pgdat, uint32_t index, struct vms_node *ret)
{
	const struct vms_vm *vm = cursor->vm;
	uint64_t limit = 1ULL << (vms_arch_max_physmem_bits(vm->arch) -
				  vm->page_shift);
	struct vms_node node = { 0 };
	uint64_t spanned;
	uint32_t id;

	if (!vms_arch_is_kernel_pointer(vm->arch, pgdat) ||
	    pgdat % vms_vm_word_bytes(vm) ||
	    !vms_vm_read_word(cursor, pgdat + f->start_pfn, &node.pfns.start) ||
	    !vms_vm_read_word(cursor, pgdat + f->spanned, &spanned))
		return false;
	if (!spanned || !vms_inside_u64(node.pfns.start, spanned, limit))
		return false;
	if (f->has_id &&
	    (!read_id(cursor, pgdat + f->id, &id) || id != index))
		return false;
	node.pfns.end = node.pfns.start + spanned;
	if (f->has_map && (!vms_vm_read_word(cursor, pgdat + f->map,
					     &node.map) ||
			   !map_sane(vm, &node)))
		return false;
	*ret = node;
	return true;
}

/* How many entries of node_data to look at. */
static uint32_t node_data_length(const struct vms_vm *vm)
{
	uint64_t length = vms_kernel_get_or(vm->kernel,
					    VMS_FACT_LENGTH_NODE_DATA, 0);

	if (length <= VMS_VM_MAX_NODES)
		return (uint32_t)length;
	vms_log_warn(vm->log, "%s=%" PRIu64 " is more than %u, the rest is not looked at",
		     vms_fact_key(VMS_FACT_LENGTH_NODE_DATA), length,
		     VMS_VM_MAX_NODES);
	return VMS_VM_MAX_NODES;
}

/* Nodes that were refused: how many, and the first of them. */
struct refused {
	uint32_t count;
	uint32_t index;
	vms_vaddr_t pgdat;
};

static void warn_refused(const struct vms_vm *vm, const struct refused *refused)
{
	if (refused->count)
		vms_log_warn(vm->log,
			     "node_data[%u]=0x%" PRIx64 " is no believable node, nor are %u others",
			     refused->index, refused->pgdat,
			     refused->count - 1);
}

static void read_node_data(struct vms_vm *vm, struct vms_vm_cursor *cursor,
			   const struct node_facts *f, struct vms_node *nodes)
{
	vms_vaddr_t array = vms_kernel_get(vm->kernel,
					   VMS_FACT_SYMBOL_NODE_DATA);
	uint32_t length = node_data_length(vm);
	struct refused refused = { 0 };

	for (uint32_t i = 0; i < length; i++) {
		uint64_t pgdat;

		if (!vms_vm_read_word(cursor,
				      array + i * vms_vm_word_bytes(vm),
				      &pgdat)) {
			vms_log_warn(vm->log, "node_data[%u] at 0x%" PRIx64 " cannot be read",
				     i, array + i * vms_vm_word_bytes(vm));
			vm->nodes_missing = true;
			break;
		}
		if (!pgdat)
			continue;
		if (read_node(cursor, f, pgdat, i, &nodes[vm->nr_nodes]))
			vm->nr_nodes++;
		else if (!refused.count++)
			refused = (struct refused){ 1, i, pgdat };
	}
	vm->nodes_missing |= refused.count != 0;
	warn_refused(vm, &refused);
}

static void read_contig(struct vms_vm *vm, struct vms_vm_cursor *cursor,
			const struct node_facts *f, struct vms_node *nodes)
{
	vms_vaddr_t pgdat = vms_kernel_get(vm->kernel,
					   VMS_FACT_SYMBOL_CONTIG_PAGE_DATA);

	if (read_node(cursor, f, pgdat, 0, &nodes[0]))
		vm->nr_nodes = 1;
	else
		vms_log_warn(vm->log, "%s=0x%" PRIx64 " is no believable node",
			     vms_fact_key(VMS_FACT_SYMBOL_CONTIG_PAGE_DATA),
			     pgdat);
}

static struct vms_error *keep_nodes(struct vms_vm *vm,
				    const struct vms_node *nodes)
{
	if (!vm->nr_nodes)
		return NULL;
	vm->nodes = calloc(vm->nr_nodes, sizeof(*nodes));
	if (!vm->nodes)
		return vms_error_no_memory();
	memcpy(vm->nodes, nodes, vm->nr_nodes * sizeof(*nodes));
	vms_log_print(vm->log, VMS_MSG_DEBUG, "nodes: %zu", vm->nr_nodes);
	return NULL;
}

struct vms_error *vms_vm_find_nodes(struct vms_vm *vm,
				    struct vms_vm_cursor *cursor)
{
	struct vms_node nodes[VMS_VM_MAX_NODES];
	struct node_facts facts;

	if (!get_facts(vm->kernel, &facts))
		return NULL;
	if (vms_kernel_has(vm->kernel, VMS_FACT_SYMBOL_NODE_DATA))
		read_node_data(vm, cursor, &facts, nodes);
	else if (vms_kernel_has(vm->kernel, VMS_FACT_SYMBOL_CONTIG_PAGE_DATA))
		read_contig(vm, cursor, &facts, nodes);
	return keep_nodes(vm, nodes);
}

bool vms_vm_same_node(const struct vms_vm *vm, struct vms_pfn_range range)
{
	bool touched = false;

	for (size_t i = 0; i < vm->nr_nodes; i++) {
		const struct vms_pfn_range *node = &vm->nodes[i].pfns;

		if (range.start >= node->start && range.end <= node->end)
			return true;
		touched |= range.start < node->end && node->start < range.end;
	}
	/* Where a node was not believed, nothing is known of its pages. */
	return !vm->nr_nodes || (vm->nodes_missing && !touched);
}

static const struct vms_node *node_with_map(const struct vms_vm *vm,
					    vms_pfn_t pfn)
{
	for (size_t i = 0; i < vm->nr_nodes; i++)
		if (vm->nodes[i].map && pfn >= vm->nodes[i].pfns.start &&
		    pfn < vm->nodes[i].pfns.end)
			return &vm->nodes[i];
	return NULL;
}

enum vms_memmap vms_vm_find_in_nodes(struct vms_vm_cursor *cursor,
				     vms_pfn_t pfn,
				     struct vms_memmap_range *ret,
				     const char **why_ret)
{
	const struct vms_vm *vm = cursor->vm;
	const struct vms_node *node = node_with_map(vm, pfn);

	ret->map = 0;
	ret->pfns.start = vms_align_down(pfn, PIECE_PAGES);
	ret->pfns.end = ret->pfns.start + PIECE_PAGES;
	if (!node) {
		for (size_t i = 0; i < vm->nr_nodes; i++)
			if (vm->nodes[i].map && vm->nodes[i].pfns.start > pfn &&
			    vm->nodes[i].pfns.start < ret->pfns.end)
				ret->pfns.end = vm->nodes[i].pfns.start;
		ret->pfns.start = pfn;
		*why_ret = "no node has a page array for it";
		return VMS_MEMMAP_DOUBT;
	}
	if (ret->pfns.start < node->pfns.start)
		ret->pfns.start = node->pfns.start;
	if (ret->pfns.end > node->pfns.end)
		ret->pfns.end = node->pfns.end;
	ret->map = node->map + (ret->pfns.start - node->pfns.start) *
				       vm->struct_bytes;
	return VMS_MEMMAP_RANGE;
}
