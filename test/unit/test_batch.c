// SPDX-License-Identifier: GPL-2.0-or-later
/* Packing in place: what is stored, where, and that it can be had back. */
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "page_decode.h"
#include "vms_cmocka.h"

#define PAGE 4096U
#define PAGES 64U

/* Zero, compressible, random and lost pages in turns. */
static enum vms_item_kind_of { IS_ZERO, IS_TEXT, IS_RANDOM, IS_LOST }
kind(size_t i)
{
	return (enum vms_item_kind_of)(i * 7 % 11 % 4);
}

static void fill_page(uint8_t *page, size_t i)
{
	uint64_t x = i * 0x9e3779b97f4a7c15ULL + 1;

	for (size_t at = 0; at < PAGE; at++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		switch (kind(i)) {
		case IS_ZERO:
			page[at] = 0;
			break;
		case IS_TEXT:
			page[at] = (uint8_t)(at / 64 + i);
			break;
		default:
			page[at] = (uint8_t)x;
		}
	}
}

static void fill_batch(struct vms_batch *batch, uint8_t *copy)
{
	batch->count = PAGES;
	for (size_t i = 0; i < PAGES; i++) {
		fill_page(batch->data + i * PAGE, i);
		batch->read[i] = kind(i) == IS_LOST ? VMS_READ_FAILED :
						      VMS_READ_OK;
		batch->items[i].pfn = 1000 + 3 * i;
	}
	memcpy(copy, batch->data, PAGES * PAGE);
}

static void check_item(const struct vms_page_item *item, size_t i,
		       const uint8_t *page, bool share_zero,
		       const struct vms_codec_ops *codec)
{
	uint8_t back[PAGE];

	assert_int_equal(item->pfn, 1000 + 3 * i);
	if (kind(i) == IS_LOST) {
		assert_int_equal(item->kind, VMS_ITEM_LOST);
		return;
	}
	if (kind(i) == IS_ZERO && share_zero) {
		assert_int_equal(item->kind, VMS_ITEM_ZERO);
		return;
	}
	assert_int_equal(item->kind, VMS_ITEM_DATA);
	if (item->flag == VMS_CODEC_NONE) {
		assert_int_equal(item->size, PAGE);
		assert_memory_equal(item->data, page, PAGE);
		assert_true(kind(i) == IS_RANDOM ||
			    codec->flag == VMS_CODEC_NONE);
		return;
	}
	assert_int_equal(item->flag, codec->flag);
	assert_true(item->size < PAGE);
	assert_true(page_decode(item->flag, item->data, item->size, back,
				PAGE));
	assert_memory_equal(back, page, PAGE);
}

static void check_codec(const struct vms_codec_ops *codec, bool share_zero)
{
	static uint8_t copy[PAGES * PAGE];
	struct vms_batch *batch = NULL;
	struct vms_packer packer;
	const uint8_t *end;

	assert_no_error(vms_batch_create(PAGE, PAGES * PAGE, &batch));
	assert_int_equal(batch->max_pages, PAGES);
	assert_no_error(vms_packer_init(&packer, codec, 0, PAGE, share_zero));
	/* Twice: nothing is left behind from the first time. */
	for (int round = 0; round < 2; round++) {
		fill_batch(batch, copy);
		vms_packer_pack(&packer, batch);
		end = batch->data;
		for (size_t i = 0; i < PAGES; i++) {
			const struct vms_page_item *item = &batch->items[i];

			check_item(item, i, copy + i * PAGE, share_zero,
				   codec);
			if (item->kind != VMS_ITEM_DATA)
				continue;
			/* One behind the other, if the codec packs at all. */
			if (codec->flag != VMS_CODEC_NONE)
				assert_ptr_equal(item->data, end);
			end = item->data + item->size;
		}
	}
	vms_packer_deinit(&packer);
	vms_batch_destroy(batch);
}

static void test_each_codec(void **state)
{
	size_t count;
	const struct vms_codec_ops *const *codecs = vms_codecs(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		check_codec(codecs[i], false);
		check_codec(codecs[i], true);
	}
}

static void test_sizes(void **state)
{
	struct vms_batch *batch = NULL;

	(void)state;
	/* At least one page, also when that is more than was asked for. */
	assert_no_error(vms_batch_create(65536, 4096, &batch));
	assert_int_equal(batch->max_pages, 1);
	vms_batch_destroy(batch);
	vms_batch_destroy(NULL);
	assert_true(vms_batch_memory(4096, 1 << 20) < (1 << 20) + (64 << 10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_codec),
		cmocka_unit_test(test_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
