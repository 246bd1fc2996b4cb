/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the crashed machine's memory comes from: /proc/vmcore or a saved
 * file. A source knows physical addresses, notes and how to read bytes; it
 * knows nothing of kernels, pages to leave out, or outputs.
 */
#ifndef VMSIEVE_SOURCE_H
#define VMSIEVE_SOURCE_H

#include <vmsieve/cleanup.h>
#include <vmsieve/endian.h>
#include <vmsieve/error.h>
#include <vmsieve/types.h>

struct vms_log;
struct vms_source;
struct vms_reader;

struct vms_source_options {
	/*
	 * false: a saved file must keep its own promises, the first field
	 * that does not is an error. true (always so for /proc/vmcore): what
	 * is sound is used, the rest is reported by one warning each.
	 */
	bool lenient;
	/* Never mmap the input (only /proc/vmcore is ever mapped). */
	bool no_mmap;
	/*
	 * A saved file of more bytes leaves the page cache again once
	 * vms_reader_read() is past it, for machines without the memory to
	 * keep it there. 0: never.
	 */
	uint64_t drop_above;
};

struct vms_source_info {
	const char *format;	/* "ELF" */
	uint16_t machine;	/* ELF e_machine */
	enum vms_endian endian;
	bool is_64bit;
	bool live;		/* /proc/vmcore: cannot shrink, is lenient */
	bool incomplete;	/* marked so by the tool that wrote it */
	uint64_t file_size;	/* bytes */
};

/**
 * A piece of physical memory, after sorting and clipping. Segments are sorted
 * by start, do not overlap and are not empty. [start, data_end) has bytes in
 * the source, [data_end, end) exists but was left out by an earlier filter
 * (p_memsz > p_filesz). Not necessarily page aligned.
 */
struct vms_segment {
	vms_paddr_t start;
	vms_paddr_t data_end;
	vms_paddr_t end;
	uint64_t file_offset;	/* of start */
};

/** A PT_LOAD as the file gives it, in file order; vaddr 0 if unknown. */
struct vms_load {
	vms_vaddr_t vaddr;
	vms_paddr_t paddr;
	uint64_t size;		/* p_memsz, clipped to be sane */
};

/** One ELF note; data stays in the source, see vms_source_read_notes(). */
struct vms_note {
	char name[16];		/* cut and NUL-terminated */
	uint32_t type;
	uint64_t desc_offset;	/* in the note area */
	uint64_t desc_size;	/* bytes */
};

/** How a read of the crashed machine's memory ended. */
enum vms_read {
	VMS_READ_OK,
	VMS_READ_ABSENT,	/* no segment holds that address */
	VMS_READ_LEFT_OUT,	/* in a segment's tail without bytes */
	VMS_READ_FAILED,	/* EIO, EFAULT, EHWPOISON: that page is bad */
	VMS_READ_TRUNCATED,	/* the file is shorter than it says, or shrank */
};

/**
 * Implemented once per input format; the registry tries them in order. All
 * members are mandatory. open gets a source whose descriptor and first bytes
 * are there and fills in segments, loads and notes; close also follows an
 * open that failed half way.
 */
struct vms_source_ops {
	const char *name;
	/* Does the file begin like this format? head: its first bytes. */
	bool (*probe)(const uint8_t *head, size_t size);
	struct vms_error *(*open)(struct vms_source *source);
	void (*close)(struct vms_source *source);
	/* May block in the kernel; never signals. See vms_reader_view(). */
	enum vms_read (*view)(struct vms_reader *reader, vms_paddr_t paddr,
			      size_t size, const uint8_t **ret,
			      size_t *size_ret);
	/*
	 * Copies bytes that start at paddr without a window, and returns how
	 * many; 0: that way is closed (errors, a mapping, compressed data),
	 * view() says more.
	 */
	size_t (*read)(struct vms_reader *reader, vms_paddr_t paddr, void *buf,
		       size_t size);
};

/** All input formats, in the order in which they are tried. */
const struct vms_source_ops *const *vms_source_formats(size_t *count_ret);

/** path is kept in error texts. Warnings go to log during open only. */
struct vms_error *vms_source_open(const char *path,
				  const struct vms_source_options *options,
				  struct vms_log *log,
				  struct vms_source **ret) VMS_MUST_CHECK;
/** Readers must be gone. Accepts NULL. */
void vms_source_destroy(struct vms_source *source);

const struct vms_source_info *vms_source_info(const struct vms_source *source);
/** Borrowed; at least one has bytes: a source without is refused. */
const struct vms_segment *vms_source_segments(const struct vms_source *source,
					      size_t *count_ret);
const struct vms_load *vms_source_loads(const struct vms_source *source,
					size_t *count_ret);
/**
 * Bytes of the note area: all PT_NOTE segments joined, in file order. A
 * lenient source cuts each where its first unsound note begins.
 */
uint64_t vms_source_notes_size(const struct vms_source *source);
/** Copies from the note area; offset + size must lie inside it. */
struct vms_error *vms_source_read_notes(const struct vms_source *source,
					uint64_t offset, void *buf,
					size_t size) VMS_MUST_CHECK;
/** Notes found when the source was opened, at most VMS_CAP_NOTES. */
const struct vms_note *vms_source_notes(const struct vms_source *source,
					size_t *count_ret);
/** The segment that holds paddr ([start, end)), or NULL. O(log n). */
const struct vms_segment *vms_source_find(const struct vms_source *source,
					  vms_paddr_t paddr);

/**
 * A reader is one thread's way into a source: it owns one window of
 * window_bytes (a power of two, 4 KiB ... VMS_READER_WINDOW_BYTES), or of less
 * when memory is short. Any number of readers may work on one source.
 */
struct vms_error *vms_reader_create(struct vms_source *source,
				    size_t window_bytes,
				    struct vms_reader **ret) VMS_MUST_CHECK;
void vms_reader_destroy(struct vms_reader *reader);

/**
 * Borrows bytes: *ret points to *size_ret (1 ... size) bytes that start at
 * paddr, valid until the next call on this reader. Fewer than asked are
 * normal: end of window, of segment, or a bad page behind. When the result is
 * not VMS_READ_OK, *size_ret (1 ... size) says how many bytes from paddr share
 * that fate, at most up to the end of the 4 KiB block for VMS_READ_FAILED; ask
 * with a large size to learn how far a hole reaches.
 */
enum vms_read vms_reader_view(struct vms_reader *reader, vms_paddr_t paddr,
			      size_t size, const uint8_t **ret,
			      size_t *size_ret);
/**
 * Copies bytes that start at paddr into buf: what vms_reader_view() does for
 * who needs a copy anyway, in pieces as large as size where that is safe.
 */
enum vms_read vms_reader_read(struct vms_reader *reader, vms_paddr_t paddr,
			      void *buf, size_t size, size_t *done_ret);
/** Copies exactly size bytes or says why not; buf may be partly written. */
enum vms_read vms_reader_copy(struct vms_reader *reader, vms_paddr_t paddr,
			      void *buf, size_t size);
/**
 * One whole page, aligned, where segments may cover only part of it: bytes
 * that no segment holds, or that were left out, are zero. VMS_READ_ABSENT if
 * no segment holds any, VMS_READ_LEFT_OUT if none of them has bytes; one bad
 * byte makes the page VMS_READ_FAILED or VMS_READ_TRUNCATED.
 */
enum vms_read vms_reader_page(struct vms_reader *reader, vms_paddr_t paddr,
			      void *buf, size_t page_size);

VMS_DEFINE_CLEANUP(source, struct vms_source *, vms_source_destroy);
VMS_DEFINE_CLEANUP(reader, struct vms_reader *, vms_reader_destroy);

#endif
