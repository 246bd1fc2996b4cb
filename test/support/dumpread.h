/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small reader of kdump-compressed files (64-bit layout, both byte orders),
 * the tests' judge of what the writer writes. Shares the member list with it
 * and nothing else. Memory: a window and a page, whatever the file says.
 */
#ifndef VMS_TEST_DUMPREAD_H
#define VMS_TEST_DUMPREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vmsieve/endian.h>

/** How to read the file; the caller owns what is behind it. */
struct dumpread_io {
	uint64_t size;
	/* [offset, offset + size) is inside the file. */
	bool (*read)(const struct dumpread_io *io, uint64_t offset, void *buf,
		     size_t size);
	/* First offset >= offset that may have data, else the file's size. */
	uint64_t (*skip_hole)(const struct dumpread_io *io, uint64_t offset);
	const void *mem;
	int fd;
};

struct dumpread_io dumpread_io_mem(const void *mem, size_t size);
struct dumpread_io dumpread_io_fd(int fd);

struct dumpread_error {
	char text[256];
};

/** The headers' values, and where the areas lie. */
struct dumpread_info {
	enum vms_endian endian;
	uint32_t version;
	uint32_t status;
	uint32_t block_size;
	uint32_t sub_hdr_size;
	uint32_t bitmap_blocks;
	uint32_t max_mapnr_32;
	uint32_t nr_cpus;
	char utsname[6][66];
	int64_t tv_sec;
	int64_t tv_usec;
	uint64_t phys_base;
	uint32_t dump_level;
	uint32_t split;
	uint64_t start_pfn;
	uint64_t end_pfn;
	uint64_t vmcoreinfo;
	uint64_t vmcoreinfo_size;
	uint64_t note;
	uint64_t note_size;
	uint64_t eraseinfo;
	uint64_t eraseinfo_size;
	uint64_t max_mapnr;
	uint64_t present;	/* file offset of the 1st bitmap */
	uint64_t kept;		/* of the 2nd */
	uint64_t descs;
};

struct dumpread_desc {
	uint64_t offset;
	uint32_t size;
	uint32_t flags;
	uint64_t page_flags;
};

enum dumpread_kind {
	DUMPREAD_HOLE,		/* no RAM there */
	DUMPREAD_EXCLUDED,	/* RAM that is not in the dump */
	DUMPREAD_LOST,		/* in the dump, descriptor empty */
	DUMPREAD_TORN,		/* in the dump, descriptor is an offset only */
	DUMPREAD_PAGE,		/* in the dump, buf filled */
	DUMPREAD_BAD,		/* in the dump, broken: err says how */
};

struct dumpread;

/** NULL with err filled when the headers or areas are not sound. */
struct dumpread *dumpread_open(const struct dumpread_io *io,
			       struct dumpread_error *err);
void dumpread_close(struct dumpread *r);
const struct dumpread_info *dumpread_info(const struct dumpread *r);

/** Next page of the 2nd bitmap at or after from. */
bool dumpread_next(struct dumpread *r, uint64_t from, uint64_t *ret);
/** The same in the 1st bitmap. */
bool dumpread_next_present(struct dumpread *r, uint64_t from, uint64_t *ret);
/** buf: block_size bytes. Cheap when pfn does not go down between calls. */
enum dumpread_kind dumpread_page(struct dumpread *r, uint64_t pfn, void *buf,
				 struct dumpread_error *err);
/** The descriptor of a page that is in the 2nd bitmap. */
bool dumpread_desc(struct dumpread *r, uint64_t pfn, struct dumpread_desc *ret,
		   struct dumpread_error *err);
/** Pages in the 2nd bitmap. */
uint64_t dumpread_count(struct dumpread *r);

#endif
