// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where the areas of a kdump-compressed file lie, from the plan's counts. Does
 * arithmetic only: no bytes, no sink.
 */
#include <inttypes.h>

#include <vmsieve/checked.h>

#include "kdump_priv.h"

/* Fields of the headers have these widths; offsets are signed for readers. */
#define MAX_SUB_HDR_BLOCKS ((uint64_t)INT32_MAX)
#define MAX_BITMAP_BLOCKS ((uint64_t)UINT32_MAX)
#define MAX_FILE_BYTES ((uint64_t)INT64_MAX)

static uint64_t divide_up(uint64_t a, uint64_t b)
{
	return a / b + !!(a % b);
}

/* Sub header and notes share their blocks. */
static struct vms_error *place_notes(struct kd_areas *areas, uint64_t size)
{
	uint64_t bytes;
	uint64_t blocks;

	if (!vms_add_u64(size, VMS_KD_SUB_HEADER_BYTES, &bytes) ||
	    divide_up(bytes, areas->block_size) > MAX_SUB_HDR_BLOCKS)
		return vms_error_create(VMS_ERR_LIMIT,
					"notes of %" PRIu64 " bytes, a dump "
					"holds at most %" PRIu64 " blocks",
					size, MAX_SUB_HDR_BLOCKS);
	blocks = divide_up(bytes, areas->block_size);
	areas->sub_hdr_blocks = (uint32_t)blocks;
	areas->sub_header = areas->block_size;
	areas->notes = areas->sub_header + VMS_KD_SUB_HEADER_BYTES;
	areas->present = (1 + blocks) * areas->block_size;
	return NULL;
}

/* Both have a block at least, so that no reader meets an empty map. */
static struct vms_error *place_bitmaps(struct kd_areas *areas)
{
	uint64_t bytes = divide_up(areas->max_mapnr, 8);
	uint64_t blocks = divide_up(bytes ? bytes : 1, areas->block_size);

	if (blocks > MAX_BITMAP_BLOCKS / 2)
		return vms_error_create(VMS_ERR_LIMIT,
					"page frames up to 0x%" PRIx64
					" need bitmaps of 2 * %" PRIu64
					" blocks, a dump holds at most %"
					PRIu64 " in all", areas->max_mapnr,
					blocks, MAX_BITMAP_BLOCKS);
	areas->bitmap_blocks = (uint32_t)(2 * blocks);
	areas->kept = areas->present + blocks * areas->block_size;
	areas->descs = areas->kept + blocks * areas->block_size;
	return NULL;
}

static struct vms_error *place_data(struct kd_areas *areas)
{
	uint64_t bytes;

	if (!vms_mul_u64(areas->nr_kept, VMS_KD_DESC_BYTES, &bytes) ||
	    !vms_add_u64(areas->descs, bytes, &areas->data) ||
	    areas->data > MAX_FILE_BYTES)
		return vms_error_create(VMS_ERR_LIMIT,
					"descriptors of %" PRIu64
					" pages do not fit a file",
					areas->nr_kept);
	return NULL;
}

struct vms_error *kd_areas_plan(const struct vms_dump_info *info,
				const struct vms_page_plan *plan,
				struct kd_areas *ret)
{
	struct kd_areas areas = {
		.block_size = info->page_size,
		.max_mapnr = vms_plan_end_pfn(plan),
		.nr_kept = vms_plan_count_kept(plan),
	};
	struct vms_error *err;

	if (!vms_is_power_of_two(info->page_size) ||
	    info->page_size < KD_MIN_BLOCK || info->page_size > KD_MAX_BLOCK)
		return vms_error_create(VMS_ERR_LIMIT,
					"page size %" PRIu32 ", a dump takes "
					"powers of two from %u to %u",
					info->page_size, KD_MIN_BLOCK,
					KD_MAX_BLOCK);
	err = place_notes(&areas, info->notes.size);
	if (!err)
		err = place_bitmaps(&areas);
	if (!err)
		err = place_data(&areas);
	if (!err)
		*ret = areas;
	return err;
}
