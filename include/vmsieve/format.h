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
	/* The input was incomplete itself: the mark is never cleared. */
	bool input_incomplete;
};

/** A page as a worker hands it over. */
struct vms_page_data {
	vms_pfn_t pfn;
	const uint8_t *data;	/* borrowed for the call */
	uint32_t size;		/* page_size when flag is VMS_CODEC_NONE */
	enum vms_codec_flag flag;
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
	 * Each kept page of the plan comes once, ascending, by one of these;
	 * any other page is refused and nothing of it is written. put_zero
	 * only if the level has VMS_LEVEL_ZERO. put_lost: the page could not
	 * be read; its descriptor stays empty.
	 */
	struct vms_error *(*put_page)(struct vms_writer *writer,
				      const struct vms_page_data *page);
	struct vms_error *(*put_zero)(struct vms_writer *writer, vms_pfn_t pfn);
	struct vms_error *(*put_lost)(struct vms_writer *writer, vms_pfn_t pfn);
	/*
	 * Flushes, syncs, then clears the incomplete mark. Not the commit. An
	 * error when kept pages have not come.
	 */
	struct vms_error *(*finish)(struct vms_writer *writer);
	/*
	 * After an error of put_* or finish, or to stop early: makes what is
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
	/* Bytes of memory a writer holds, for the memory plan. */
	size_t (*memory_bytes)(uint32_t page_size);
};

/** First member of every writer. */
struct vms_writer {
	const struct vms_format_ops *ops;
};

/** By name; NULL if there is none. */
const struct vms_format_ops *vms_format_find(const char *name);
const struct vms_format_ops *const *vms_formats(size_t *count_ret);

#endif
