// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Batches, and the work on one: which pages are zero, and what a codec makes
 * of the others. Knows no threads, no source and no file.
 */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/cleanup.h>

#include "batch.h"

#define DATA_ALIGN 4096U

VMS_DEFINE_CLEANUP(batch, struct vms_batch *, vms_batch_destroy);

static bool allocate(struct vms_batch *batch, size_t pages)
{
	batch->max_pages = pages;
	batch->data = aligned_alloc(DATA_ALIGN, pages * batch->page_size);
	batch->read = calloc(pages, sizeof(*batch->read));
	batch->items = calloc(pages, sizeof(*batch->items));
	return batch->data && batch->read && batch->items;
}

static void release(struct vms_batch *batch)
{
	free(batch->data);
	free(batch->read);
	free(batch->items);
	batch->data = NULL;
	batch->read = NULL;
	batch->items = NULL;
}

struct vms_error *vms_batch_create(uint32_t page_size, size_t bytes,
				   struct vms_batch **ret)
{
	VMS_CLEANUP(batch) struct vms_batch *batch = calloc(1, sizeof(*batch));
	size_t pages = bytes / page_size;

	if (!batch)
		return vms_error_no_memory();
	batch->page_size = page_size;
	while (!allocate(batch, pages ? pages : 1)) {
		release(batch);
		if (pages <= 1)
			return vms_error_no_memory();
		pages /= 2;
	}
	*ret = vms_take_ptr(batch);
	return NULL;
}

void vms_batch_destroy(struct vms_batch *batch)
{
	if (!batch)
		return;
	release(batch);
	free(batch);
}

size_t vms_batch_memory(uint32_t page_size, size_t bytes)
{
	size_t pages = bytes / page_size ? bytes / page_size : 1;

	return sizeof(struct vms_batch) +
	       pages * (page_size + sizeof(enum vms_read) +
			sizeof(struct vms_page_item));
}

struct vms_error *vms_packer_init(struct vms_packer *packer,
				  const struct vms_codec_ops *codec,
				  unsigned int level, uint32_t page_size,
				  bool share_zero)
{
	*packer = (struct vms_packer){
		.codec = codec,
		.out = malloc(vms_codec_bound(page_size)),
		.share_zero = share_zero,
	};
	if (!packer->out)
		return vms_error_no_memory();
	return codec->create(page_size, level, &packer->context);
}

void vms_packer_deinit(struct vms_packer *packer)
{
	if (packer->codec)
		packer->codec->destroy(packer->context);
	free(packer->out);
	*packer = (struct vms_packer){ 0 };
}

/* Most pages show in their first bytes that they are not. */
static bool is_zero(const uint8_t *data, size_t size)
{
	return !data[0] && !memcmp(data, data + 1, size - 1);
}

/*
 * One page that has data. It is stored at *packed, which is at or before the
 * page itself, and is moved along; a codec that changes nothing moves nothing.
 */
static void pack_page(struct vms_packer *packer, struct vms_batch *batch,
		      uint8_t *page, uint8_t **packed,
		      struct vms_page_item *item)
{
	uint32_t page_size = batch->page_size;
	size_t size = packer->codec->compress(packer->context, page, page_size,
					      packer->out);

	item->data = page;
	item->size = page_size;
	item->flag = VMS_CODEC_NONE;
	if (packer->codec->flag == VMS_CODEC_NONE)
		return;
	if (size) {
		memcpy(*packed, packer->out, size);
		item->size = (uint32_t)size;
		item->flag = packer->codec->flag;
	} else if (*packed != page) {
		memmove(*packed, page, page_size);
	}
	item->data = *packed;
	*packed += item->size;
}

void vms_packer_pack(struct vms_packer *packer, struct vms_batch *batch)
{
	uint8_t *packed = batch->data;

	for (size_t i = 0; i < batch->count; i++) {
		uint8_t *page = batch->data + i * batch->page_size;
		struct vms_page_item *item = &batch->items[i];

		item->data = NULL;
		item->size = 0;
		item->flag = VMS_CODEC_NONE;
		if (batch->read[i] != VMS_READ_OK) {
			item->kind = VMS_ITEM_LOST;
		} else if (packer->share_zero &&
			   is_zero(page, batch->page_size)) {
			item->kind = VMS_ITEM_ZERO;
		} else {
			item->kind = VMS_ITEM_DATA;
			pack_page(packer, batch, page, &packed, item);
		}
	}
}
