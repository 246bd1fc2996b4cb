/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sparse set of page frames with a cap on its memory: real machines' free
 * and user pages come in runs, so blocks of 65536 pages are kept as runs (4
 * bytes each) until bits (8 KiB) are smaller; blocks without members take
 * nothing. The cap is obeyed: an addition that would break it is refused, and
 * the caller keeps those pages in the dump.
 */
#ifndef VMSIEVE_PAGESET_H
#define VMSIEVE_PAGESET_H

#include <vmsieve/cleanup.h>
#include <vmsieve/error.h>
#include <vmsieve/types.h>

struct vms_pageset;

/** PFNs 0 ... end_pfn - 1 can be in it; cap_bytes limits all its memory. */
struct vms_error *vms_pageset_create(vms_pfn_t end_pfn, size_t cap_bytes,
				     struct vms_pageset **ret) VMS_MUST_CHECK;
void vms_pageset_destroy(struct vms_pageset *set);
/** Adds [range.start, range.end); false: cap met, the set may hold a part. */
bool vms_pageset_add(struct vms_pageset *set, struct vms_pfn_range range)
	VMS_MUST_CHECK;
/** Removes [range.start, range.end); false: cap met, a part may be left. */
bool vms_pageset_remove(struct vms_pageset *set, struct vms_pfn_range range)
	VMS_MUST_CHECK;
void vms_pageset_clear(struct vms_pageset *set);
bool vms_pageset_contains(const struct vms_pageset *set, vms_pfn_t pfn);
/** First run of members at or after from, clipped to start at from. */
bool vms_pageset_next(const struct vms_pageset *set, vms_pfn_t from,
		      struct vms_pfn_range *ret);
/** First run of non-members at or after from, ending at end_pfn at most. */
bool vms_pageset_next_gap(const struct vms_pageset *set, vms_pfn_t from,
			  struct vms_pfn_range *ret);
/** Members inside range. */
uint64_t vms_pageset_count(const struct vms_pageset *set,
			   struct vms_pfn_range range);
/** Bytes of memory the set holds now. */
size_t vms_pageset_bytes(const struct vms_pageset *set);

VMS_DEFINE_CLEANUP(pageset, struct vms_pageset *, vms_pageset_destroy);

#endif
