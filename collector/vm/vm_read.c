// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads of the crashed kernel's memory, by physical and virtual address. What
 * cannot be remembered as used is not read, so that every page a walk relied
 * on is known. Knows no struct pages.
 */
#include <string.h>

#include <vmsieve/checked.h>
#include <vmsieve/endian.h>

#include "vm_private.h"

static uint8_t *use_block(struct vms_vm_cursor *cursor, unsigned int i)
{
	cursor->blocks[i].stamp = ++cursor->stamp;
	return cursor->block_data[i];
}

static unsigned int oldest_block(const struct vms_vm_cursor *cursor)
{
	unsigned int oldest = 0;

	for (unsigned int i = 1; i < VMS_VM_BLOCKS; i++)
		if (cursor->blocks[i].stamp < cursor->blocks[oldest].stamp)
			oldest = i;
	return oldest;
}

/* The block at paddr, read when it is not cached; NULL: not all readable. */
static const uint8_t *get_block(struct vms_vm_cursor *cursor, vms_paddr_t paddr)
{
	unsigned int oldest;

	for (unsigned int i = 0; i < VMS_VM_BLOCKS; i++)
		if (cursor->blocks[i].stamp && cursor->blocks[i].paddr == paddr)
			return use_block(cursor, i);
	oldest = oldest_block(cursor);
	cursor->blocks[oldest].stamp = 0;
	if (vms_reader_copy(cursor->reader, paddr, cursor->block_data[oldest],
			    VMS_VM_BLOCK_BYTES) != VMS_READ_OK)
		return NULL;
	cursor->blocks[oldest].paddr = paddr;
	return use_block(cursor, oldest);
}

enum vms_read vms_vm_read_small(struct vms_vm_cursor *cursor,
				vms_paddr_t paddr, void *buf, size_t size)
{
	uint64_t offset = paddr % VMS_VM_BLOCK_BYTES;
	const uint8_t *block = NULL;

	if (vms_inside_u64(offset, size, VMS_VM_BLOCK_BYTES))
		block = get_block(cursor, paddr - offset);
	/* A segment may hold only part of a block. */
	if (!block)
		return vms_reader_copy(cursor->reader, paddr, buf, size);
	memcpy(buf, block + offset, size);
	return VMS_READ_OK;
}

/* Straight from the reader's window; *done_ret counts also on failure. */
static enum vms_read read_large(struct vms_vm_cursor *cursor,
				vms_paddr_t paddr, uint8_t *buf, size_t size,
				size_t *done_ret)
{
	size_t done = 0;
	enum vms_read read = VMS_READ_OK;

	while (done < size) {
		const uint8_t *bytes;
		size_t count;

		read = vms_reader_view(cursor->reader, paddr + done,
				       size - done, &bytes, &count);
		if (read != VMS_READ_OK)
			break;
		memcpy(buf + done, bytes, count);
		done += count;
	}
	*done_ret = done;
	return read;
}

/* Bytes inside one leaf. */
static enum vms_read read_phys(struct vms_vm_cursor *cursor, vms_paddr_t paddr,
			       uint8_t *buf, size_t size, size_t *done_ret)
{
	*done_ret = 0;
	vms_vm_remember(cursor, paddr, size);
	if (cursor->used_full)
		return VMS_READ_FAILED;
	if (paddr % VMS_VM_BLOCK_BYTES + size > VMS_VM_BLOCK_BYTES ||
	    vms_vm_read_small(cursor, paddr, buf, size) != VMS_READ_OK)
		return read_large(cursor, paddr, buf, size, done_ret);
	*done_ret = size;
	return VMS_READ_OK;
}

enum vms_read vms_vm_read_part(struct vms_vm_cursor *cursor, vms_vaddr_t vaddr,
			       void *buf, size_t size, size_t *done_ret)
{
	enum vms_read read = VMS_READ_OK;
	uint8_t *to = buf;
	size_t done = 0;
	uint64_t last;

	if (size && !vms_add_u64(vaddr, size - 1, &last)) {
		*done_ret = 0;
		return VMS_READ_ABSENT;
	}
	while (done < size && read == VMS_READ_OK) {
		const struct vms_leaf *leaf =
			vms_vm_leaf(cursor, vaddr + done, &read);
		size_t count = size - done;
		vms_vaddr_t at = vaddr + done;

		if (!leaf)
			break;
		if (count > leaf->end - at)
			count = (size_t)(leaf->end - at);
		read = read_phys(cursor, leaf->paddr + (at - leaf->start),
				 to + done, count, &count);
		done += count;
	}
	*done_ret = done;
	return read;
}

enum vms_read vms_vm_read(struct vms_vm_cursor *cursor, vms_vaddr_t vaddr,
			  void *buf, size_t size)
{
	size_t done;

	return vms_vm_read_part(cursor, vaddr, buf, size, &done);
}

unsigned int vms_vm_word_bytes(const struct vms_vm *vm)
{
	return vm->arch && !vms_arch_ops(vm->arch)->is_64bit ? 4 : 8;
}

bool vms_vm_read_word(struct vms_vm_cursor *cursor, vms_vaddr_t vaddr,
		      uint64_t *ret)
{
	enum vms_endian endian = vms_kernel_endian(cursor->vm->kernel);
	unsigned int size = vms_vm_word_bytes(cursor->vm);
	uint8_t bytes[8];

	if (vms_vm_read(cursor, vaddr, bytes, size) != VMS_READ_OK)
		return false;
	*ret = size == 4 ? vms_get_u32(bytes, endian) :
			   vms_get_u64(bytes, endian);
	return true;
}
