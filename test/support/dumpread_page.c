// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages of a kdump-compressed file for the tests: bitmaps through a window,
 * descriptors by counting bits, data by the libraries' decoders.
 */
#include "dumpread_priv.h"

#include <inttypes.h>
#include <string.h>

#include <vmsieve/checked.h>
#include <vmsieve/kdump_layout.h>

#include "page_decode.h"

/* The window that holds byte of the bitmap; false at a read error. */
static bool load(struct dumpread *r, struct dumpread_window *w, uint64_t byte)
{
	uint64_t start = byte - byte % DUMPREAD_WINDOW;

	if (w->valid && w->start == start)
		return true;
	/* Bitmaps are whole blocks, a window divides a block. */
	w->valid = r->io.read(&r->io, w->area + start, w->buf, DUMPREAD_WINDOW);
	w->start = start;
	return w->valid;
}

/* Next byte at or after byte that may have bits, or w->bytes. */
static uint64_t skip_hole(struct dumpread *r, struct dumpread_window *w,
			  uint64_t byte)
{
	uint64_t next;

	if (w->valid && w->start == byte - byte % DUMPREAD_WINDOW)
		return byte;
	next = r->io.skip_hole(&r->io, w->area + byte) - w->area;
	if (next >= w->bytes)
		return w->bytes;
	return next > byte ? next : byte;
}

static bool next_bit(struct dumpread *r, struct dumpread_window *w,
		     uint64_t from, uint64_t *ret)
{
	uint64_t byte = from / 8;
	unsigned int mask = 0xffU << from % 8;

	for (; byte < w->bytes; byte++, mask = 0xff) {
		uint64_t next = skip_hole(r, w, byte);
		unsigned int bits;

		if (next != byte) {
			byte = next;
			mask = 0xff;
		}
		if (byte >= w->bytes || !load(r, w, byte))
			return false;
		bits = w->buf[byte - w->start] & mask;
		if (bits) {
			*ret = byte * 8 + (uint64_t)__builtin_ctz(bits);
			return *ret < r->info.max_mapnr;
		}
	}
	return false;
}

bool dumpread_next(struct dumpread *r, uint64_t from, uint64_t *ret)
{
	return next_bit(r, &r->kept, from, ret);
}

bool dumpread_next_present(struct dumpread *r, uint64_t from, uint64_t *ret)
{
	return next_bit(r, &r->present, from, ret);
}

static bool has_bit(struct dumpread *r, struct dumpread_window *w, uint64_t pfn)
{
	uint64_t byte = pfn / 8;

	return pfn < r->info.max_mapnr && load(r, w, byte) &&
	       w->buf[byte - w->start] >> pfn % 8 & 1;
}

/* Bits of the 2nd bitmap below pfn, counted on from the last answer. */
static uint64_t rank_of(struct dumpread *r, uint64_t pfn)
{
	uint64_t next;

	if (pfn < r->rank_pfn) {
		r->rank_pfn = 0;
		r->rank = 0;
	}
	while (dumpread_next(r, r->rank_pfn, &next) && next < pfn) {
		r->rank++;
		r->rank_pfn = next + 1;
	}
	if (r->rank_pfn < pfn)
		r->rank_pfn = pfn;
	return r->rank;
}

uint64_t dumpread_count(struct dumpread *r)
{
	return rank_of(r, r->info.max_mapnr);
}

bool dumpread_desc(struct dumpread *r, uint64_t pfn, struct dumpread_desc *ret,
		   struct dumpread_error *err)
{
	enum vms_endian e = r->info.endian;
	uint8_t d[VMS_KD_DESC_BYTES];
	uint64_t at = r->info.descs + rank_of(r, pfn) * sizeof(d);

	if (!vms_inside_u64(at, sizeof(d), r->io.size) ||
	    !r->io.read(&r->io, at, d, sizeof(d)))
		return dumpread_fail(err, "page %" PRIu64 ": no descriptor at "
				     "%" PRIu64, pfn, at);
	ret->offset = vms_kd_get(d, VMS_KD_D_OFFSET, e);
	ret->size = (uint32_t)vms_kd_get(d, VMS_KD_D_SIZE, e);
	ret->flags = (uint32_t)vms_kd_get(d, VMS_KD_D_FLAGS, e);
	ret->page_flags = vms_kd_get(d, VMS_KD_D_PAGE_FLAGS, e);
	return true;
}

static bool read_data(struct dumpread *r, uint64_t pfn,
		      const struct dumpread_desc *desc, void *buf,
		      struct dumpread_error *err)
{
	if (desc->offset < r->info.descs || !desc->size ||
	    desc->size > r->info.block_size ||
	    !vms_inside_u64(desc->offset, desc->size, r->io.size))
		return dumpread_fail(err, "page %" PRIu64 ": data at %" PRIu64
				     ", %" PRIu32 " bytes", pfn, desc->offset,
				     desc->size);
	if (desc->page_flags)
		return dumpread_fail(err, "page %" PRIu64 ": page_flags %"
				     PRIx64, pfn, desc->page_flags);
	if (!r->io.read(&r->io, desc->offset, r->stored, desc->size))
		return dumpread_fail(err, "page %" PRIu64 ": read error", pfn);
	if (!page_decode(desc->flags, r->stored, desc->size, buf,
			 r->info.block_size))
		return dumpread_fail(err, "page %" PRIu64 ": %" PRIu32 " bytes "
				     "with flags 0x%" PRIx32 " do not expand",
				     pfn, desc->size, desc->flags);
	return true;
}

enum dumpread_kind dumpread_page(struct dumpread *r, uint64_t pfn, void *buf,
				 struct dumpread_error *err)
{
	bool present = has_bit(r, &r->present, pfn);
	struct dumpread_desc desc;

	if (!has_bit(r, &r->kept, pfn))
		return present ? DUMPREAD_EXCLUDED : DUMPREAD_HOLE;
	if (!present) {
		dumpread_fail(err, "page %" PRIu64 ": in the 2nd bitmap, not "
			      "in the 1st", pfn);
		return DUMPREAD_BAD;
	}
	if (!dumpread_desc(r, pfn, &desc, err))
		return DUMPREAD_BAD;
	if (!desc.size && !desc.flags && !desc.page_flags)
		return desc.offset ? DUMPREAD_TORN : DUMPREAD_LOST;
	return read_data(r, pfn, &desc, buf, err) ? DUMPREAD_PAGE :
						    DUMPREAD_BAD;
}
