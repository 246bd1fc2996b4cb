// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writer of kdump-compressed files, version 6, 64-bit layout: headers and
 * notes, bitmap of pages that exist, bitmap of pages kept, one descriptor a
 * kept page, page data. Knows no transport and no compressor.
 *
 * At every moment the file is one that readers open: the header says
 * incomplete from its first write to the last one of finish(), the file has
 * its full length up to the data before a page is written, and a descriptor
 * is zero until its page's data are in the sink.
 *
 * Memory: this struct, the stream's 1 MiB (less if there is none) and the
 * table's 24 KiB, whatever the size of the crashed machine.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "formats.h"
#include "kdump_priv.h"

/* The bit of dump_level that ties all-zero pages to one shared page. */
#define LEVEL_ZERO 1U

struct kd_writer {
	struct vms_writer base;
	struct vms_sink *sink;
	const struct vms_dump_info *info;
	const struct vms_page_plan *plan;
	struct kd_areas areas;
	struct kd_stream stream;
	struct kd_table table;
	struct kd_pages pages;
	uint64_t notes_lost;
	bool begun;
};

static struct kd_writer *kd_writer(struct vms_writer *writer)
{
	return (struct kd_writer *)writer;
}

static const struct kd_writer *kd_writer_const(const struct vms_writer *writer)
{
	return (const struct kd_writer *)writer;
}

static void kd_destroy(struct vms_writer *writer)
{
	struct kd_writer *w = kd_writer(writer);

	if (!w)
		return;
	kd_table_deinit(&w->table);
	kd_stream_deinit(&w->stream);
	free(w);
}

VMS_DEFINE_CLEANUP(writer, struct vms_writer *, kd_destroy);

static struct vms_error *kd_create(struct vms_sink *sink,
				   const struct vms_dump_info *info,
				   const struct vms_page_plan *plan,
				   struct vms_writer **ret)
{
	VMS_CLEANUP(writer) struct vms_writer *writer = NULL;
	struct vms_error *err;
	struct kd_writer *w;

	if (!(sink->ops->caps & VMS_SINK_RANDOM_WRITE))
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"kdump-compressed: the %s target "
					"cannot write at any offset",
					sink->ops->name);
	w = calloc(1, sizeof(*w));
	if (!w)
		return vms_error_no_memory();
	writer = &w->base;
	w->base.ops = &vms_format_kdump_compressed;
	w->sink = sink;
	w->info = info;
	w->plan = plan;
	w->pages = (struct kd_pages){
		.areas = &w->areas,
		.data = &w->stream,
		.table = &w->table,
		.share_zero = info->dump_level & LEVEL_ZERO,
	};
	err = kd_areas_plan(info, plan, &w->areas);
	if (!err)
		err = kd_stream_init(&w->stream, sink, w->areas.block_size);
	if (!err)
		err = kd_table_init(&w->table, &w->areas, &w->stream,
				    info->endian);
	if (err)
		return err;
	*ret = vms_take_ptr(writer);
	return NULL;
}

/*
 * In pieces of a page: one that cannot be read leaves zeros, which readers
 * skip as empty notes, and the rest of the dump is still worth having.
 */
static struct vms_error *write_notes(struct kd_writer *w, uint8_t *piece)
{
	const struct vms_dump_notes *notes = &w->info->notes;
	uint64_t at = 0;

	while (at < notes->size) {
		struct vms_error *err;
		size_t n = w->areas.block_size;
		const uint8_t *data = piece;

		if (n > notes->size - at)
			n = (size_t)(notes->size - at);
		err = notes->read(notes->ctx, at, piece, n);
		if (err) {
			vms_error_destroy(err);
			w->notes_lost += n;
			data = NULL;
		}
		err = kd_stream_append(&w->stream, data, n);
		if (err)
			return err;
		at += n;
	}
	return NULL;
}

/* The status word of a whole dump. */
static uint32_t status(const struct kd_writer *w)
{
	return w->info->compression |
	       (w->info->array_left_out ? VMS_KD_NO_VMEMMAP : 0);
}

static struct vms_error *write_headers(struct kd_writer *w)
{
	VMS_CLEANUP(free) uint8_t *block = calloc(1, w->areas.block_size);
	uint8_t sub[VMS_KD_SUB_HEADER_BYTES] = { 0 };
	struct vms_error *err;

	if (!block)
		return vms_error_no_memory();
	kd_header_fill(w->info, &w->areas, status(w) | VMS_KD_INCOMPLETE,
		       block);
	kd_sub_header_fill(w->info, &w->areas, sub);
	kd_stream_seek(&w->stream, 0);
	err = kd_stream_append(&w->stream, block, w->areas.block_size);
	if (!err)
		err = kd_stream_append(&w->stream, sub, sizeof(sub));
	if (!err)
		err = write_notes(w, block);
	return err ? err : kd_stream_flush(&w->stream);
}

static struct vms_error *write_bitmaps(struct kd_writer *w)
{
	struct vms_plan_walk *walk = &w->pages.walk;
	struct kd_bitmap bitmap = {
		.sink = w->sink,
		.area = w->areas.present,
		.block_size = w->areas.block_size,
		.window = w->stream.buf,
		.window_bytes = w->stream.size,
	};
	struct vms_error *err;
	uint64_t pages;

	vms_plan_walk_init(walk, w->plan);
	err = kd_bitmap_write(&bitmap, walk, vms_plan_walk_next_present,
			      &pages);
	if (err)
		return err;
	bitmap.area = w->areas.kept;
	vms_plan_walk_init(walk, w->plan);
	err = kd_bitmap_write(&bitmap, walk, vms_plan_walk_next_kept, &pages);
	/* A reader finds a page's descriptor by counting these bits. */
	if (!err && pages != w->areas.nr_kept)
		err = vms_error_create(VMS_ERR_UNREADABLE,
				       "the plan has %" PRIu64 " pages now and "
				       "had %" PRIu64, pages,
				       w->areas.nr_kept);
	return err;
}

/*
 * The shared zero page is the first of the data, raw, and there even if no
 * page is zero: makedumpfile --reassemble knows it by that place.
 */
static struct vms_error *kd_begin(struct vms_writer *writer)
{
	struct kd_writer *w = kd_writer(writer);
	struct vms_error *err;

	assert(!w->begun);
	err = write_headers(w);
	if (!err)
		err = w->sink->ops->set_size(w->sink, w->areas.data);
	if (!err)
		err = write_bitmaps(w);
	if (!err)
		err = kd_table_begin(&w->table);
	if (err)
		return err;
	vms_plan_walk_init(&w->pages.walk, w->plan);
	kd_stream_seek(&w->stream, w->areas.data);
	if (w->pages.share_zero)
		err = kd_stream_append(&w->stream, NULL, w->areas.block_size);
	if (!err)
		w->begun = true;
	return err;
}

static struct vms_error *kd_put(struct vms_writer *writer,
				const struct vms_page_item *items,
				size_t count, size_t *done_ret)
{
	struct kd_writer *w = kd_writer(writer);

	assert(w->begun);
	return kd_pages_put(&w->pages, items, count, done_ret);
}

/* Four bytes inside one sector: they are there or they are not. */
static struct vms_error *write_status(struct kd_writer *w, uint32_t marks)
{
	uint8_t word[sizeof(uint32_t)];

	vms_put_u32(word, status(w) | marks, w->info->endian);
	return vms_sink_write_at(w->sink, vms_kd_member(VMS_KD_H_STATUS).offset,
				 word, sizeof(word));
}

static struct vms_error *kd_finish(struct vms_writer *writer)
{
	struct kd_writer *w = kd_writer(writer);
	struct vms_error *err;

	assert(w->begun);
	if (w->pages.nr_put != w->areas.nr_kept)
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"%" PRIu64 " of %" PRIu64 " pages came "
					"to the writer", w->pages.nr_put,
					w->areas.nr_kept);
	err = kd_table_flush(&w->table);
	if (!err)
		err = w->sink->ops->sync(w->sink);
	if (err || w->info->input_incomplete || w->notes_lost)
		return err;
	return write_status(w, 0);
}

/* The mark is set again, in case finish() was the one that failed. */
static struct vms_error *kd_salvage(struct vms_writer *writer)
{
	struct kd_writer *w = kd_writer(writer);
	struct vms_error *errs[3] = { NULL };
	struct vms_error *first = NULL;

	if (!w->begun)
		return vms_error_create(VMS_ERR_NOT_FOUND,
					"no page was written yet");
	errs[0] = write_status(w, VMS_KD_INCOMPLETE);
	errs[1] = kd_table_salvage(&w->table);
	errs[2] = w->sink->ops->sync(w->sink);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(errs); i++) {
		if (!first)
			first = errs[i];
		else
			vms_error_destroy(errs[i]);
	}
	return first;
}

static uint64_t kd_pages_written(const struct vms_writer *writer)
{
	return kd_writer_const(writer)->table.pages;
}

static uint64_t kd_bytes_written(const struct vms_writer *writer)
{
	const struct kd_writer *w = kd_writer_const(writer);

	return w->begun ? kd_stream_flushed(&w->stream) : 0;
}

static uint64_t kd_notes_lost(const struct vms_writer *writer)
{
	return kd_writer_const(writer)->notes_lost;
}

static size_t kd_memory_bytes(uint32_t page_size)
{
	/* The page is for the headers, given back before the first page. */
	return sizeof(struct kd_writer) + KD_STREAM_BYTES +
	       KD_TABLE_ENTRIES * VMS_KD_DESC_BYTES + page_size;
}

static size_t kd_memory_held(const struct vms_writer *writer)
{
	const struct kd_writer *w = kd_writer_const(writer);

	return sizeof(*w) + w->stream.size +
	       KD_TABLE_ENTRIES * VMS_KD_DESC_BYTES;
}

const struct vms_format_ops vms_format_kdump_compressed = {
	.name = "kdump-compressed",
	.needs_random_write = true,
	.create = kd_create,
	.begin = kd_begin,
	.put = kd_put,
	.finish = kd_finish,
	.salvage = kd_salvage,
	.destroy = kd_destroy,
	.pages_written = kd_pages_written,
	.bytes_written = kd_bytes_written,
	.notes_lost = kd_notes_lost,
	.memory_bytes = kd_memory_bytes,
	.memory_held = kd_memory_held,
};
