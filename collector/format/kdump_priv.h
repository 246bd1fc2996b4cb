/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of the kdump-compressed writer: where the areas lie, the buffered
 * stream, the table of descriptors. Each part knows only the sink.
 */
#ifndef VMS_FORMAT_KDUMP_PRIV_H
#define VMS_FORMAT_KDUMP_PRIV_H

#include <vmsieve/format.h>
#include <vmsieve/kdump_layout.h>

/** Page sizes that readers take. */
#define KD_MIN_BLOCK 4096U
#define KD_MAX_BLOCK 262144U

/** Where things are; all offsets and sizes in bytes of the file. */
struct kd_areas {
	uint32_t block_size;
	uint32_t sub_hdr_blocks;	/* sub header and notes */
	uint32_t bitmap_blocks;		/* both bitmaps */
	vms_pfn_t max_mapnr;
	uint64_t nr_kept;		/* descriptors */
	uint64_t sub_header;
	uint64_t notes;
	uint64_t present;		/* 1st bitmap */
	uint64_t kept;			/* 2nd bitmap */
	uint64_t descs;
	uint64_t data;
};

/** VMS_ERR_LIMIT when a figure does not fit the format. */
struct vms_error *kd_areas_plan(const struct vms_dump_info *info,
				const struct vms_page_plan *plan,
				struct kd_areas *ret) VMS_MUST_CHECK;

/** Fill zeroed buffers of one block and of VMS_KD_SUB_HEADER_BYTES. */
void kd_header_fill(const struct vms_dump_info *info,
		    const struct kd_areas *areas, uint32_t status, void *block);
void kd_sub_header_fill(const struct vms_dump_info *info,
			const struct kd_areas *areas, void *buf);

/** The stream's buffer, if memory allows. */
#define KD_STREAM_BYTES (1U << 20)

/**
 * Bytes on their way to ascending file offsets. buf[0] belongs at start;
 * [0, head) are in the sink, [head, used) are not yet.
 */
struct kd_stream {
	struct vms_sink *sink;
	uint8_t *buf;
	size_t size;		/* of buf; writes end at multiples of it */
	uint64_t start;
	size_t head;
	size_t used;
};

/** The buffer holds whole blocks. */
struct vms_error *kd_stream_init(struct kd_stream *stream,
				 struct vms_sink *sink, uint32_t block_size)
	VMS_MUST_CHECK;
void kd_stream_deinit(struct kd_stream *stream);
/** Continues at offset; nothing may wait to be written. */
void kd_stream_seek(struct kd_stream *stream, uint64_t offset);
/**
 * data NULL: zeros. After an error what lies below kd_stream_end() was taken
 * and can be flushed again.
 */
struct vms_error *kd_stream_append(struct kd_stream *stream, const void *data,
				   size_t size) VMS_MUST_CHECK;
struct vms_error *kd_stream_flush(struct kd_stream *stream) VMS_MUST_CHECK;
/** Writes what lies below file offset end, which is inside the buffer. */
struct vms_error *kd_stream_flush_to(struct kd_stream *stream, uint64_t end)
	VMS_MUST_CHECK;

/** File offset of the next byte appended. */
static inline uint64_t kd_stream_end(const struct kd_stream *stream)
{
	return stream->start + stream->used;
}

/** Bytes below this file offset were handed to the sink. */
static inline uint64_t kd_stream_flushed(const struct kd_stream *stream)
{
	return stream->start + stream->head;
}

/**
 * Descriptors held back until their data are in the sink. 24 KiB: less than
 * one packet of SFTP carries, so that a cut connection tears none.
 */
#define KD_TABLE_ENTRIES 1024U

struct kd_table {
	const struct kd_areas *areas;
	struct kd_stream *data;
	enum vms_endian endian;
	uint64_t first;		/* number of the descriptor in buf[0] */
	size_t used;		/* descriptors in buf */
	uint64_t held;		/* places below were written, as zeros */
	uint64_t pages;		/* descriptors in the sink that have data */
	uint8_t *buf;
};

struct kd_desc {
	uint64_t offset;	/* 0: the page was lost */
	uint32_t size;
	enum vms_codec_flag flags;
};

/** areas and data are borrowed. */
struct vms_error *kd_table_init(struct kd_table *table,
				const struct kd_areas *areas,
				struct kd_stream *data, enum vms_endian endian)
	VMS_MUST_CHECK;
void kd_table_deinit(struct kd_table *table);
/** Before the first data: holds places for the first descriptors. */
struct vms_error *kd_table_begin(struct kd_table *table) VMS_MUST_CHECK;
/** Before pages are added: room for nr of them, at most KD_TABLE_ENTRIES. */
struct vms_error *kd_table_make_room(struct kd_table *table, size_t nr)
	VMS_MUST_CHECK;
/** A page's descriptor; its data are appended to the stream next. */
void kd_table_add(struct kd_table *table, const struct kd_desc *desc);
/**
 * When that went wrong: of the last nr that were added, drops those whose data
 * the stream has not taken, and all behind them. How many stay.
 */
size_t kd_table_drop(struct kd_table *table, size_t nr);
/** Writes all data and descriptors. */
struct vms_error *kd_table_flush(struct kd_table *table) VMS_MUST_CHECK;
/** Writes what can be, zeroes the descriptors whose data cannot. */
struct vms_error *kd_table_salvage(struct kd_table *table) VMS_MUST_CHECK;

/** The pages of the plan on their way to stream and table; all borrowed. */
struct kd_pages {
	const struct kd_areas *areas;
	struct vms_plan_walk walk;	/* of the kept pages */
	struct kd_stream *data;
	struct kd_table *table;
	bool share_zero;		/* zero pages are the first of the data */
	struct vms_pfn_range run;	/* what is left of the kept run */
	uint64_t nr_seen;		/* kept pages that have come ... */
	uint64_t nr_put;		/* and that were taken */
};

/** As put of the format. */
struct vms_error *kd_pages_put(struct kd_pages *pages,
			       const struct vms_page_item *items,
			       size_t count, size_t *done_ret) VMS_MUST_CHECK;

/** The next run of pages: one of the plan's two. */
typedef bool kd_next_run(struct vms_plan_walk *walk,
			 struct vms_pfn_range *ret);

/** Where a bitmap goes and the window it is made in. */
struct kd_bitmap {
	struct vms_sink *sink;
	uint64_t area;		/* file offset */
	uint32_t block_size;
	uint8_t *window;	/* borrowed, whole blocks */
	size_t window_bytes;
};

/**
 * walk: at its start. Blocks without a bit are not written: the file is zero
 * there. *ret: pages that got one.
 */
struct vms_error *kd_bitmap_write(const struct kd_bitmap *bitmap,
				  struct vms_plan_walk *walk,
				  kd_next_run *next,
				  uint64_t *ret) VMS_MUST_CHECK;

#endif
