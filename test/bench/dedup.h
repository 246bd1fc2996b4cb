/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What sharing equal pages would gain: a direct-mapped table of page digests,
 * asked in PFN order, the newest page of a slot wins.
 */
#ifndef VMS_BENCH_DEDUP_H
#define VMS_BENCH_DEDUP_H

#include "bench_pages.h"

struct dedup_result {
	size_t shared;		/* pages that equal one in the table */
	size_t shared_zero;	/* of these, pages of zeros */
	uint64_t saved;		/* stored bytes of the shared pages */
	double digest_seconds;	/* digests and table, over all pages */
};

/** sizes: stored bytes of each page. entries: slots of 16 bytes. */
struct vms_error *dedup_measure(const struct bench_pages *pages,
				const uint32_t *sizes, size_t entries,
				struct dedup_result *ret) VMS_MUST_CHECK;
/** CPU time of this thread; other programs do not show in it. */
double bench_cpu_seconds(void);

#endif
