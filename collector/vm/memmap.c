// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page array whatever its model: which model the kernel has, ranges of
 * struct pages under RAM, and copies of them. Only RAM is ever visited, so
 * that empty address space costs nothing. Does not look into struct pages.
 */
#include <assert.h>
#include <inttypes.h>

#include <vmsieve/checked.h>
#include <vmsieve/limits.h>

#include "vm_private.h"

/*
 * The facts of the first two and of the sparse ones exclude each other:
 * section_mem_map is there with CONFIG_SPARSEMEM only, node_mem_map without
 * it. mem_map is also exported by sparsemem kernels without NUMA, so flat is
 * last.
 */
static const struct vms_memmap_ops *const models[] = {
	&vms_memmap_discontig,
	&vms_memmap_sparse_extreme,
	&vms_memmap_sparse,
	&vms_memmap_flat,
};

static bool has_facts(const struct vms_vm *vm, const struct vms_memmap_ops *ops)
{
	for (size_t i = 0; i < ops->nr_needs; i++)
		if (!vms_kernel_has(vm->kernel, ops->needs[i]))
			return false;
	return true;
}

static struct vms_error *try_models(struct vms_vm *vm,
				    struct vms_vm_cursor *cursor)
{
	struct vms_error *last = NULL;

	for (size_t i = 0; i < VMS_ARRAY_SIZE(models); i++) {
		struct vms_error *err;

		if (!has_facts(vm, models[i]))
			continue;
		err = models[i]->open(vm, cursor);
		if (!err) {
			vms_error_destroy(last);
			vm->model = models[i];
			return NULL;
		}
		/* The first model tried is the likeliest: keep its reason. */
		if (!last || vms_error_code(err) == VMS_ERR_NO_MEMORY) {
			vms_error_destroy(last);
			last = err;
		} else {
			vms_error_destroy(err);
		}
		if (vms_error_code(last) == VMS_ERR_NO_MEMORY)
			return last;
	}
	if (last)
		return last;
	return vms_error_create(VMS_ERR_NOT_FOUND,
				"VMCOREINFO has the facts of no memory model");
}

struct vms_error *vms_memmap_choose(struct vms_vm *vm,
				    struct vms_vm_cursor *cursor)
{
	struct vms_error *err;

	if (!vm->struct_bytes) {
		vms_log_warn(vm->log,
			     "no page array: the layout of struct page is not known");
		return NULL;
	}
	err = try_models(vm, cursor);
	if (!err) {
		vms_log_print(vm->log, VMS_MSG_DEBUG, "memory model: %s",
			      vm->model->name);
		return NULL;
	}
	if (vms_error_code(err) == VMS_ERR_NO_MEMORY)
		return err;
	vms_log_warn(vm->log, "no page array: %s", vms_error_text(err));
	vms_error_destroy(err);
	return NULL;
}

bool vms_memmap_ram(struct vms_vm_cursor *cursor, vms_pfn_t pfn,
		    struct vms_pfn_range *ret)
{
	/* A run can be made of very many segments: look it up once. */
	if ((pfn < cursor->ram.start || pfn >= cursor->ram.end) &&
	    !vms_plan_next_present(&cursor->vm->plan, pfn, &cursor->ram))
		return false;
	*ret = cursor->ram;
	if (ret->start < pfn)
		ret->start = pfn;
	return true;
}

const char *vms_memmap_unusable(struct vms_vm_cursor *cursor, vms_vaddr_t map)
{
	const struct vms_segment *segment;
	const struct vms_leaf *leaf;
	enum vms_read why;
	vms_paddr_t paddr;

	leaf = vms_vm_leaf(cursor, map, &why);
	if (!leaf)
		return why == VMS_READ_FAILED ?
			       "a page table cannot be read" :
			       "page array is not mapped";
	paddr = leaf->paddr + (map - leaf->start);
	segment = vms_source_find(cursor->vm->source, paddr);
	if (!segment)
		return "page array lies outside of memory";
	if (paddr >= segment->data_end)
		return "page array was left out of this file";
	return NULL;
}

static enum vms_memmap find_piece(struct vms_vm_cursor *cursor, vms_pfn_t pfn,
				  struct vms_memmap_range *ret,
				  const char **why_ret)
{
	enum vms_memmap found;

	if (pfn < cursor->piece.pfns.start || pfn >= cursor->piece.pfns.end) {
		found = cursor->vm->model->find(cursor, pfn, ret, why_ret);
		if (found != VMS_MEMMAP_RANGE)
			return found;
		cursor->piece = *ret;
	}
	*ret = cursor->piece;
	return VMS_MEMMAP_RANGE;
}

/* Why nothing of the page array can be used, or NULL. */
static const char *no_page_array(const struct vms_vm_cursor *cursor)
{
	if (!cursor->vm->model)
		return "no page array";
	if (cursor->used_full)
		return "no memory left to remember what the walk uses";
	return NULL;
}

enum vms_memmap vms_memmap_next(struct vms_vm_cursor *cursor, vms_pfn_t from,
				struct vms_memmap_range *ret,
				const char **why_ret)
{
	struct vms_memmap_range piece = { 0 };
	enum vms_memmap found;
	struct vms_pfn_range ram;
	const char *why;

	if (!vms_memmap_ram(cursor, from, &ram))
		return VMS_MEMMAP_END;
	why = no_page_array(cursor);
	if (why) {
		*why_ret = why;
		*ret = (struct vms_memmap_range){ .pfns = ram };
		return VMS_MEMMAP_DOUBT;
	}

	found = find_piece(cursor, ram.start, &piece, why_ret);
	if (piece.pfns.end < ram.end)
		ram.end = piece.pfns.end;
	*ret = (struct vms_memmap_range){ .pfns = ram };
	if (found != VMS_MEMMAP_RANGE)
		return VMS_MEMMAP_DOUBT;
	ret->map = piece.map +
		   (ram.start - piece.pfns.start) * cursor->vm->struct_bytes;
	why = vms_memmap_unusable(cursor, ret->map);
	if (!why)
		return VMS_MEMMAP_RANGE;
	*why_ret = why;
	return VMS_MEMMAP_DOUBT;
}

/*
 * The rest of range that this leaf maps is used, read or not: whoever skips
 * free blocks must not leave holes in the page array.
 */
static bool remember_array(struct vms_vm_cursor *cursor,
			   const struct vms_memmap_range *range,
			   const struct vms_leaf *leaf, vms_vaddr_t at)
{
	vms_vaddr_t end = range->map + (range->pfns.end - range->pfns.start) *
					       cursor->vm->struct_bytes;

	if (end > leaf->end)
		end = leaf->end;
	if (at < cursor->array_start || at >= cursor->array_end) {
		vms_vm_remember(cursor, leaf->paddr + (at - leaf->start),
				end - at);
		cursor->array_start = at;
		cursor->array_end = end;
	}
	return !cursor->used_full;
}

/* Struct pages that begin in [at, end). */
static size_t structs_until(const struct vms_vm_cursor *cursor, vms_vaddr_t at,
			    vms_vaddr_t end)
{
	size_t size = cursor->vm->struct_bytes;

	return (size_t)((end - at + size - 1) / size);
}

/* A block that lies in two leaves, two windows or partly nowhere. */
static enum vms_read view_torn(struct vms_vm_cursor *cursor, vms_vaddr_t at,
			       size_t count, const uint8_t **ret,
			       size_t *count_ret)
{
	vms_vaddr_t end = vms_align_down(at, VMS_MEMMAP_BLOCK_BYTES) +
			  VMS_MEMMAP_BLOCK_BYTES;
	enum vms_read read;

	if (count > structs_until(cursor, at, end))
		count = structs_until(cursor, at, end);
	read = vms_vm_read(cursor, at, cursor->torn,
			   count * cursor->vm->struct_bytes);
	*ret = cursor->torn;
	*count_ret = read == VMS_READ_OK ? count : 0;
	return read;
}

/*
 * Of size bytes at at: as many struct pages as were asked for, or those of
 * whole blocks. 0: not even one block.
 */
static size_t whole_blocks(const struct vms_vm_cursor *cursor, vms_vaddr_t at,
			   size_t size, size_t count)
{
	size_t have = size / cursor->vm->struct_bytes;
	vms_vaddr_t end = vms_align_down(at + size, VMS_MEMMAP_BLOCK_BYTES);

	if (have >= count)
		return count;
	return end > at ? structs_until(cursor, at, end) : 0;
}

enum vms_read vms_memmap_view(struct vms_vm_cursor *cursor,
			      const struct vms_memmap_range *range,
			      vms_pfn_t pfn, size_t count, const uint8_t **ret,
			      size_t *count_ret)
{
	size_t struct_bytes = cursor->vm->struct_bytes;
	vms_vaddr_t at = range->map +
			 (pfn - range->pfns.start) * struct_bytes;
	size_t size = count * struct_bytes;
	const struct vms_leaf *leaf;
	enum vms_read read;

	assert(count && pfn >= range->pfns.start && pfn < range->pfns.end &&
	       count <= range->pfns.end - pfn);
	*count_ret = 0;
	leaf = vms_vm_leaf(cursor, at, &read);
	if (!leaf)
		return read;
	if (!remember_array(cursor, range, leaf, at))
		return VMS_READ_FAILED;
	if (size > leaf->end - at)
		size = (size_t)(leaf->end - at);
	read = vms_reader_view(cursor->array_reader,
			       leaf->paddr + (at - leaf->start), size, ret,
			       &size);
	if (read == VMS_READ_OK)
		*count_ret = whole_blocks(cursor, at, size, count);
	if (*count_ret)
		return VMS_READ_OK;
	return view_torn(cursor, at, count, ret, count_ret);
}

bool vms_memmap_locate(struct vms_vm_cursor *cursor, vms_vaddr_t vaddr,
		       vms_paddr_t *ret, uint64_t *size_ret)
{
	enum vms_read why;
	const struct vms_leaf *leaf = vms_vm_leaf(cursor, vaddr, &why);

	if (!leaf)
		return false;
	*ret = leaf->paddr + (vaddr - leaf->start);
	*size_ret = leaf->end - vaddr;
	return true;
}

bool vms_memmap_get(struct vms_vm_cursor *cursor, vms_pfn_t pfn, uint8_t *buf,
		    vms_vaddr_t *vaddr_ret)
{
	struct vms_memmap_range piece;
	const char *why;
	vms_vaddr_t at;

	if (no_page_array(cursor) ||
	    find_piece(cursor, pfn, &piece, &why) != VMS_MEMMAP_RANGE)
		return false;
	at = piece.map + (pfn - piece.pfns.start) * cursor->vm->struct_bytes;
	if (vms_vm_read(cursor, at, buf, cursor->vm->struct_bytes) !=
	    VMS_READ_OK)
		return false;
	*vaddr_ret = at;
	return true;
}
