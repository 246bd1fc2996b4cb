// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One thread's way in: translation with a cache of leaves, and the memory of
 * which pages were used. Knows no struct pages and no memory model.
 */
#include <string.h>

#include <vmsieve/checked.h>
#include <vmsieve/limits.h>

#include "vm_private.h"

/* Page-table entries, sections and struct pages here and there. */
#define LOOKUP_WINDOW_BYTES (16U << 10)

static enum vms_read read_table(void *ctx, vms_paddr_t paddr, void *buf,
				size_t size)
{
	return vms_vm_read_small(ctx, paddr, buf, size);
}

static void table_used(void *ctx, vms_paddr_t paddr, size_t size)
{
	vms_vm_remember(ctx, paddr, size);
}

struct vms_error *vms_vm_cursor_create(struct vms_vm *vm, size_t window_bytes,
				       struct vms_vm_cursor **ret)
{
	struct vms_vm_cursor *cursor VMS_CLEANUP(vm_cursor) =
		calloc(1, sizeof(*cursor));
	struct vms_error *err;

	if (!cursor)
		return vms_error_no_memory();
	cursor->vm = vm;
	cursor->memory = (struct vms_arch_memory){
		.read = read_table,
		.used = table_used,
		.ctx = cursor,
	};
	err = vms_pageset_create(vm->end_pfn, VMS_CAP_PAGESET_BYTES, NULL,
				 &cursor->used);
	if (err)
		return err;
	if (vm->used && !vms_pageset_add_all(cursor->used, vm->used))
		return vms_error_no_memory();
	err = vms_reader_create(vm->source, LOOKUP_WINDOW_BYTES,
				&cursor->reader);
	if (!err)
		err = vms_reader_create(vm->source, window_bytes,
					&cursor->array_reader);
	if (err)
		return err;
	*ret = vms_take_ptr(cursor);
	return NULL;
}

void vms_vm_cursor_destroy(struct vms_vm_cursor *cursor)
{
	if (!cursor)
		return;
	vms_reader_destroy(cursor->array_reader);
	vms_reader_destroy(cursor->reader);
	vms_pageset_destroy(cursor->used);
	free(cursor);
}

const struct vms_pageset *vms_vm_cursor_used(const struct vms_vm_cursor *c)
{
	return c->used;
}

bool vms_vm_cursor_give_used(struct vms_vm_cursor *cursor,
			     struct vms_pageset *to)
{
	return vms_pageset_move(to, cursor->used);
}

uint64_t vms_vm_cursor_walks(const struct vms_vm_cursor *cursor)
{
	return cursor->walks;
}

void vms_vm_remember(struct vms_vm_cursor *cursor, vms_paddr_t paddr,
		     uint64_t size)
{
	unsigned int shift = cursor->vm->page_shift;
	struct vms_pfn_range pages = { .start = paddr >> shift };
	uint64_t last;

	if (!size || !vms_add_u64(paddr, size - 1, &last))
		return;
	pages.end = (last >> shift) + 1;
	if (pages.end > cursor->vm->end_pfn)
		pages.end = cursor->vm->end_pfn;
	if (pages.start >= pages.end)
		return;
	if (pages.end - pages.start == 1) {
		vms_pfn_t *recent =
			&cursor->recent[pages.start % VMS_VM_RECENT];

		if (*recent == pages.end)
			return;
		*recent = pages.end;
	}
	if (!vms_pageset_add(cursor->used, pages))
		cursor->used_full = true;
}

static struct vms_leaf *find_leaf(struct vms_vm_cursor *cursor,
				  vms_vaddr_t vaddr)
{
	for (unsigned int i = 0; i < VMS_VM_LEAVES; i++) {
		struct vms_leaf *leaf = &cursor->leaves[i];

		if (vaddr >= leaf->start && vaddr < leaf->end) {
			leaf->stamp = ++cursor->stamp;
			return leaf;
		}
	}
	return NULL;
}

static struct vms_leaf *oldest_leaf(struct vms_vm_cursor *cursor)
{
	struct vms_leaf *oldest = &cursor->leaves[0];

	for (unsigned int i = 1; i < VMS_VM_LEAVES; i++)
		if (cursor->leaves[i].stamp < oldest->stamp)
			oldest = &cursor->leaves[i];
	return oldest;
}

static const struct vms_leaf *keep_leaf(struct vms_vm_cursor *cursor,
					vms_vaddr_t vaddr,
					const struct vms_translation *at)
{
	vms_vaddr_t end;
	struct vms_leaf *leaf;

	if (!vms_add_u64(vaddr, at->size, &end))
		end = UINT64_MAX;
	/* A leaf that was known from a later address on only. */
	for (unsigned int i = 0; i < VMS_VM_LEAVES; i++) {
		leaf = &cursor->leaves[i];
		if (leaf->end == end && leaf->start > vaddr &&
		    leaf->paddr - at->paddr == leaf->start - vaddr) {
			leaf->start = vaddr;
			leaf->paddr = at->paddr;
			leaf->stamp = ++cursor->stamp;
			return leaf;
		}
	}
	leaf = oldest_leaf(cursor);
	*leaf = (struct vms_leaf){ vaddr, end, at->paddr, ++cursor->stamp };
	return leaf;
}

const struct vms_leaf *vms_vm_leaf(struct vms_vm_cursor *cursor,
				   vms_vaddr_t vaddr, enum vms_read *why_ret)
{
	const struct vms_leaf *leaf = find_leaf(cursor, vaddr);
	struct vms_translation at;

	if (leaf)
		return leaf;
	if (!cursor->vm->arch) {
		*why_ret = VMS_READ_ABSENT;
		return NULL;
	}
	cursor->walks++;
	switch (vms_arch_translate(cursor->vm->arch, &cursor->memory, vaddr,
				   &at)) {
	case VMS_WALK_OK:
		return keep_leaf(cursor, vaddr, &at);
	case VMS_WALK_UNREADABLE:
		*why_ret = VMS_READ_FAILED;
		return NULL;
	case VMS_WALK_NOT_MAPPED:
	case VMS_WALK_BAD_ENTRY:
		break;
	}
	*why_ret = VMS_READ_ABSENT;
	return NULL;
}
