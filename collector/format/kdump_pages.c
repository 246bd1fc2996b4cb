// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages as they come: are they those of the plan, what do their descriptors
 * say, which of their data are one piece. Knows no sink.
 */
#include <inttypes.h>

#include "kdump_priv.h"

/* Pages put at a time, so that the table need not be empty for them. */
#define PUT_PAGES 256U

/* The plan's next kept page is in p->run, if there is one left. */
static struct vms_error *expect(struct kd_pages *p, vms_pfn_t pfn)
{
	if (p->nr_seen == p->areas->nr_kept ||
	    (p->run.start == p->run.end &&
	     !vms_plan_walk_next_kept(&p->walk, &p->run)))
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"page 0x%" PRIx64 " after the last "
					"page of the plan", pfn);
	if (pfn != p->run.start)
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"page 0x%" PRIx64 " where the plan "
					"has 0x%" PRIx64, pfn, p->run.start);
	return NULL;
}

/* Items whose data are one piece of memory, and where in the file it goes. */
struct piece {
	const uint8_t *data;
	size_t size;
	uint64_t offset;
};

/* Continues the piece with the item's data and says so in a descriptor. */
static struct vms_error *add_data(struct kd_pages *p, struct piece *piece,
				  const struct vms_page_item *item)
{
	struct kd_desc desc = {
		.offset = piece->offset + piece->size,
		.size = item->size,
		.flags = item->flag,
	};

	if (!item->size || item->size > p->areas->block_size ||
	    (item->flag == VMS_CODEC_NONE) !=
	    (item->size == p->areas->block_size))
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"page 0x%" PRIx64 ": %" PRIu32
					" bytes with compression 0x%x",
					item->pfn, item->size, item->flag);
	if (!piece->size)
		piece->data = item->data;
	piece->size += item->size;
	kd_table_add(p->table, &desc);
	return NULL;
}

static struct vms_error *add_zero(struct kd_pages *p, vms_pfn_t pfn)
{
	struct kd_desc desc = {
		.offset = p->areas->data,
		.size = p->areas->block_size,
		.flags = VMS_CODEC_NONE,
	};

	if (!p->share_zero)
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"page 0x%" PRIx64 ": the dump level "
					"has no shared zero page", pfn);
	kd_table_add(p->table, &desc);
	return NULL;
}

static struct vms_error *add_item(struct kd_pages *p, struct piece *piece,
				  const struct vms_page_item *item)
{
	static const struct kd_desc lost = { 0, 0, VMS_CODEC_NONE };
	struct vms_error *err = NULL;

	if (p->run.start == p->run.end || item->pfn != p->run.start ||
	    p->nr_seen == p->areas->nr_kept)
		err = expect(p, item->pfn);
	if (err)
		return err;
	if (item->kind == VMS_ITEM_DATA)
		err = add_data(p, piece, item);
	else if (item->kind == VMS_ITEM_ZERO)
		err = add_zero(p, item->pfn);
	else
		kd_table_add(p->table, &lost);
	if (err)
		return err;
	p->run.start++;
	p->nr_seen++;
	return NULL;
}

/* Does the item go on where the piece ends, or need no place in it? */
static bool continues(const struct piece *piece,
		      const struct vms_page_item *item)
{
	return !piece->size || item->kind != VMS_ITEM_DATA ||
	       item->data == piece->data + piece->size;
}

/*
 * As many of the items as make one piece, with their descriptors. An item that
 * is refused ends it: those before are taken.
 */
static struct vms_error *put_piece(struct kd_pages *p,
				   const struct vms_page_item *items,
				   size_t count, size_t *taken)
{
	struct piece piece = { .offset = kd_stream_end(p->data) };
	struct vms_error *refused = NULL;
	struct vms_error *err;
	size_t n = 0;

	while (n < count && continues(&piece, &items[n])) {
		refused = add_item(p, &piece, &items[n]);
		if (refused)
			break;
		n++;
	}
	err = kd_stream_append(p->data, piece.data, piece.size);
	if (err)
		n = kd_table_drop(p->table, n);
	p->nr_put += n;
	*taken = n;
	if (!err)
		return refused;
	vms_error_destroy(refused);
	return err;
}

struct vms_error *kd_pages_put(struct kd_pages *p,
			       const struct vms_page_item *items,
			       size_t count, size_t *done_ret)
{
	struct vms_error *err = NULL;
	size_t done = 0;

	while (!err && done < count) {
		size_t n = count - done;
		size_t taken = 0;

		if (n > PUT_PAGES)
			n = PUT_PAGES;
		err = kd_table_make_room(p->table, n);
		if (!err)
			err = put_piece(p, items + done, n, &taken);
		done += taken;
	}
	*done_ret = done;
	return err;
}
