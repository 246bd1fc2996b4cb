/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Some hundred pages on their way from the source to the writer. A batch
 * belongs to one thread at a time: the one that reads it, the one that
 * compresses it (mostly the same), then the one that writes it.
 */
#ifndef VMS_BATCH_H
#define VMS_BATCH_H

#include <vmsieve/codec.h>
#include <vmsieve/format.h>
#include <vmsieve/source.h>

struct vms_batch {
	size_t max_pages;
	size_t count;
	uint32_t page_size;
	/*
	 * By who reads: max_pages pages one behind the other, as they are.
	 * Compressed pages are packed to the front of the same memory, which
	 * is why a batch needs no more than that.
	 */
	uint8_t *data;
	enum vms_read *read;		/* by page: how the reading ended */
	struct vms_page_item *items;	/* for the writer; pfn by who fills */
};

/** Room for bytes / page_size pages, or fewer when memory is short. */
struct vms_error *vms_batch_create(uint32_t page_size, size_t bytes,
				   struct vms_batch **ret) VMS_MUST_CHECK;
void vms_batch_destroy(struct vms_batch *batch);	/* accepts NULL */
/** Bytes that a batch allocates, for the memory plan. */
size_t vms_batch_memory(uint32_t page_size, size_t bytes);

/** What one thread needs to compress batches. */
struct vms_packer {
	const struct vms_codec_ops *codec;
	void *context;
	uint8_t *out;		/* one page, vms_codec_bound() bytes */
	bool share_zero;	/* pages of zeros have no data of their own */
};

struct vms_error *vms_packer_init(struct vms_packer *packer,
				  const struct vms_codec_ops *codec,
				  unsigned int level, uint32_t page_size,
				  bool share_zero) VMS_MUST_CHECK;
/** Accepts what a failed init has left. */
void vms_packer_deinit(struct vms_packer *packer);
/** Fills the batch's items. */
void vms_packer_pack(struct vms_packer *packer, struct vms_batch *batch);

#endif
