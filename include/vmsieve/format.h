/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dump file formats. A writer is given the plan (which pages), then the pages
 * in ascending PFN order, and writes to a sink so that a run that dies at any
 * point leaves a file that readers open and that says it is incomplete.
 */
#ifndef VMSIEVE_FORMAT_H
#define VMSIEVE_FORMAT_H

#include <vmsieve/cleanup.h>
#include <vmsieve/codec.h>
#include <vmsieve/endian.h>
#include <vmsieve/error.h>
#include <vmsieve/plan.h>
#include <vmsieve/sink.h>
#include <vmsieve/types.h>

struct vms_writer;

/**
 * Where the note area's bytes come from. read gets ranges inside [0, size)
 * only; it may be NULL when size is 0.
 */
struct vms_dump_notes {
	uint64_t size;
	struct vms_error *(*read)(void *ctx, uint64_t offset, void *buf,
				  size_t size);
	void *ctx;
};

/** What the headers say. Borrowed until the writer is destroyed. */
struct vms_dump_info {
	uint32_t page_size;
	/* sysname, nodename, release, version, machine, domainname */
	char utsname[6][65];
	int64_t crash_time;	/* seconds since 1970, 0 if unknown */
	uint32_t nr_cpus;	/* NT_PRSTATUS notes, at least 1 */
	uint64_t phys_base;
	unsigned int dump_level;
	enum vms_endian endian;		/* the crashed machine's byte order */
	/* What most pages are compressed with; each page says its own. */
	enum vms_codec_flag compression;
	struct vms_dump_notes notes;
	/* VMCOREINFO's text in the note area; size 0: there is none. */
	uint64_t vmcoreinfo_offset;
	uint64_t vmcoreinfo_size;
	/* Pages of the page array were left out as well (-e). */
	bool array_left_out;
	/* The input was incomplete itself: the mark is never cleared. */
	bool input_incomplete;
};

enum vms_page_kind {
	VMS_ITEM_DATA,	/* bytes of its own */
	VMS_ITEM_ZERO,	/* all zero, and the level has VMS_LEVEL_ZERO */
	VMS_ITEM_LOST,	/* could not be read; its descriptor stays empty */
};

/** A page as it is handed over. Only VMS_ITEM_DATA has data, size and flag. */
struct vms_page_item {
	vms_pfn_t pfn;
	const uint8_t *data;	/* borrowed for the call */
	uint32_t size;		/* page_size when flag is VMS_CODEC_NONE */
	enum vms_codec_flag flag;
	enum vms_page_kind kind;
};

struct vms_format_ops {
	const char *name;	/* "kdump-compressed" */
	bool needs_random_write;
	/* sink, info and plan stay owned by the caller. */
	struct vms_error *(*create)(struct vms_sink *sink,
				    const struct vms_dump_info *info,
				    const struct vms_page_plan *plan,
				    struct vms_writer **ret);
	/* Headers with the incomplete mark, notes, bitmaps, room for tables. */
	struct vms_error *(*begin)(struct vms_writer *writer);
	/*
	 * Each kept page of the plan comes once, ascending; at any other page
	 * the call ends with an error, and nothing of that page is written.
	 * Data that lie one behind the other in memory, in the order of the
	 * items, are written as one piece, large ones without a copy.
	 * *done_ret: items taken, all of them without an error; set with an
	 * error too. A page is taken when finish or salvage can still write
	 * it, or it is written.
	 */
	struct vms_error *(*put)(struct vms_writer *writer,
				 const struct vms_page_item *items,
				 size_t count, size_t *done_ret);
	/*
	 * Flushes, syncs, then clears the incomplete mark. Not the commit. An
	 * error when kept pages have not come.
	 */
	struct vms_error *(*finish)(struct vms_writer *writer);
	/*
	 * After an error of put or finish, or to stop early: makes what is
	 * on the target consistent (descriptors only for pages whose data are
	 * there, incomplete mark set) and syncs it. Best effort; an error says
	 * that less than possible was saved. If begin has not succeeded there
	 * is nothing of use: VMS_ERR_NOT_FOUND.
	 */
	struct vms_error *(*salvage)(struct vms_writer *writer);
	void (*destroy)(struct vms_writer *writer);	/* accepts NULL */
	/* Pages whose data and descriptor are on the target, file size. */
	uint64_t (*pages_written)(const struct vms_writer *writer);
	uint64_t (*bytes_written)(const struct vms_writer *writer);
	/* Bytes of the note area that could not be read: they are zero in the
	 * file, and the incomplete mark is not cleared. */
	uint64_t (*notes_lost)(const struct vms_writer *writer);
	/* Bytes of memory that a writer takes at most, for the memory plan;
	 * it makes do with less. */
	size_t (*memory_bytes)(uint32_t page_size);
	/* Bytes that this one holds. */
	size_t (*memory_held)(const struct vms_writer *writer);
};

/** First member of every writer. */
struct vms_writer {
	const struct vms_format_ops *ops;
};

static inline VMS_MUST_CHECK struct vms_error *
vms_writer_put_one(struct vms_writer *writer, const struct vms_page_item *item)
{
	size_t done;

	return writer->ops->put(writer, item, 1, &done);
}

static inline VMS_MUST_CHECK struct vms_error *
vms_writer_put_zero(struct vms_writer *writer, vms_pfn_t pfn)
{
	struct vms_page_item item = { .pfn = pfn, .kind = VMS_ITEM_ZERO };

	return vms_writer_put_one(writer, &item);
}

static inline VMS_MUST_CHECK struct vms_error *
vms_writer_put_lost(struct vms_writer *writer, vms_pfn_t pfn)
{
	struct vms_page_item item = { .pfn = pfn, .kind = VMS_ITEM_LOST };

	return vms_writer_put_one(writer, &item);
}

/** By name; NULL if there is none. */
const struct vms_format_ops *vms_format_find(const char *name);
const struct vms_format_ops *const *vms_formats(size_t *count_ret);

#endif
