/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this room share: the open source, doubts, reads of
 * headers, segments. Must not know any one input format.
 */
#ifndef VMS_SOURCE_PRIV_H
#define VMS_SOURCE_PRIV_H

#include <vmsieve/limits.h>
#include <vmsieve/log.h>
#include <vmsieve/source.h>

/*
 * The first bytes are read once and kept: they say which format it is, and a
 * file's headers usually lie in them.
 */
#define VMS_SOURCE_HEAD_BYTES 4096U

/*
 * Memory errors come in pages of at least this size, and so do the holes of
 * /proc/vmcore: what lies in another block can still be read.
 */
#define VMS_READ_BLOCK_BYTES 4096U

/** A piece of the note area. The pieces of a source are sorted by start. */
struct vms_note_piece {
	uint64_t start;		/* in the note area */
	uint64_t size;
	uint64_t file_offset;
};

/** What vms_load leaves out: where the bytes are. One for each load. */
struct vms_extent {
	uint64_t data_size;	/* at most the load's size */
	uint64_t missing_size;	/* of these, at the end: not in the file */
	uint64_t file_offset;
	uint32_t header;	/* number of the header it came from */
};

/* Warnings that bad input can provoke for each of its headers. */
struct vms_source_limits {
	struct vms_log_limit headers;
	struct vms_log_limit notes;
	struct vms_log_limit overlaps;
};

/** All but the limits is constant once the source is open. */
struct vms_source {
	const struct vms_source_ops *ops;
	struct vms_source_info info;
	char *path;
	int fd;
	bool lenient;
	bool may_map;
	bool drop_behind;
	/* No byte at or behind this offset is asked for. */
	uint64_t read_limit;
	uint8_t head[VMS_SOURCE_HEAD_BYTES];
	size_t head_size;

	/* While it is being opened only. */
	struct vms_log *log;
	struct vms_source_limits limits;

	/* Filled by ops->open, freed by ops->close. */
	struct vms_load *loads;
	size_t nr_loads;
	struct vms_segment *segments;
	size_t nr_segments;
	struct vms_note_piece *note_pieces;
	size_t nr_note_pieces;
	struct vms_note *notes;
	size_t nr_notes;
};

/**
 * The input breaks a rule, yet could be used: an error when the source is
 * strict, else one warning (limit may be NULL) and NULL.
 */
struct vms_error *vms_source_doubt(struct vms_source *source,
				   struct vms_log_limit *limit,
				   enum vms_error_code code, const char *fmt,
				   ...) VMS_PRINTF(4, 5) VMS_MUST_CHECK;

/** Opens path, checks its kind; fills fd, size, head and the modes. */
struct vms_error *vms_source_file_open(struct vms_source *source,
				       const char *path,
				       const struct vms_source_options *options)
	VMS_MUST_CHECK;
/**
 * Reads until size bytes are there, the file ends (*errnum_ret 0) or a read
 * fails. Returns the number of bytes read.
 */
size_t vms_source_pread(int fd, uint64_t offset, void *buf, size_t size,
			int *errnum_ret);
/** Reads exactly size bytes of headers or notes; what: for the error. */
struct vms_error *vms_source_read_exact(const struct vms_source *source,
					uint64_t offset, void *buf, size_t size,
					const char *what) VMS_MUST_CHECK;

/**
 * Sorts loads, cuts them where they overlap and joins what continues. Bytes
 * win over a part that was left out, else the earlier load wins. At most max
 * segments are made; *total_ret says how many there are.
 */
struct vms_error *vms_segments_build(const struct vms_load *loads,
				     const struct vms_extent *extents,
				     size_t count, size_t max,
				     struct vms_segment **ret,
				     size_t *total_ret) VMS_MUST_CHECK;
/** Position of the first segment that ends behind paddr, or count. */
size_t vms_segments_search(const struct vms_segment *segments, size_t count,
			   vms_paddr_t paddr);
/**
 * Compares the bytes of loads that overlap: those that differ are doubted.
 * Needs source->loads and source->segments.
 */
struct vms_error *vms_overlap_check(struct vms_source *source,
				    const struct vms_extent *extents)
	VMS_MUST_CHECK;

#endif
