/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pages that a dump of a vmcore would compress, in memory: chosen by the
 * product's own rooms, so that what is measured is what is dumped.
 */
#ifndef VMS_BENCH_PAGES_H
#define VMS_BENCH_PAGES_H

#include <vmsieve/error.h>
#include <vmsieve/types.h>

struct bench_pages {
	uint8_t *data;		/* count pages, in PFN order */
	size_t page_size;
	size_t count;
	size_t zero;	/* kept, but shared and not compressed at this level */
	size_t left;	/* kept, but beyond the cap */
};

/** Loads at most cap_bytes of pages. */
struct vms_error *bench_pages_load(const char *vmcore, unsigned int level,
				   size_t cap_bytes, struct bench_pages *ret)
	VMS_MUST_CHECK;
void bench_pages_free(struct bench_pages *pages);

static inline const uint8_t *bench_page(const struct bench_pages *pages,
					size_t i)
{
	return pages->data + i * pages->page_size;
}

bool bench_page_is_zero(const struct bench_pages *pages, size_t i);

#endif
