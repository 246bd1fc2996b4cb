// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The walk itself: one entry a level, every target checked before it is used.
 * Must not know any architecture's bits; those are in the decode callback.
 */
#include "pgtable.h"

/* Does [target, target + size) lie below the end of physical memory? */
static bool target_ok(const struct vms_pgtable *table, vms_paddr_t target,
		      uint64_t size)
{
	return target < table->phys_end && size <= table->phys_end - target;
}

enum vms_walk vms_pgtable_walk(const struct vms_pgtable *table,
			       const struct vms_arch_memory *memory,
			       vms_vaddr_t vaddr, struct vms_translation *ret)
{
	vms_paddr_t at = table->root;

	for (unsigned int level = 0; level < table->levels; level++) {
		unsigned int shift = table->shifts[level + 1];
		uint64_t entries = 1ULL << (table->shifts[level] - shift);
		uint64_t table_bytes = entries * VMS_PGTABLE_ENTRY_BYTES;
		uint64_t index = (vaddr >> shift) & (entries - 1);
		uint64_t leaf_bytes = 1ULL << shift;
		uint64_t offset = vaddr & (leaf_bytes - 1);
		uint8_t bytes[VMS_PGTABLE_ENTRY_BYTES];
		vms_paddr_t target = 0;

		if (!target_ok(table, at, table_bytes))
			return VMS_WALK_BAD_ENTRY;
		if (memory->read(memory->ctx, at + index * sizeof(bytes), bytes,
				 sizeof(bytes)) != VMS_READ_OK)
			return VMS_WALK_UNREADABLE;
		if (memory->used)
			memory->used(memory->ctx, at, table_bytes);

		switch (table->decode(vms_get_u64(bytes, table->endian) &
					      ~table->strip,
				      shift, &target)) {
		case VMS_ENTRY_NONE:
			return VMS_WALK_NOT_MAPPED;
		case VMS_ENTRY_BAD:
			return VMS_WALK_BAD_ENTRY;
		case VMS_ENTRY_TABLE:
			at = target;
			break;
		case VMS_ENTRY_LEAF:
			if (!target_ok(table, target, leaf_bytes))
				return VMS_WALK_BAD_ENTRY;
			ret->paddr = target + offset;
			ret->size = leaf_bytes - offset;
			return VMS_WALK_OK;
		}
	}
	/* A table where only pages can be. */
	return VMS_WALK_BAD_ENTRY;
}
