/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The classifier's members, for the two files that implement it: the scan and
 * the sweep after it. Private to this room.
 */
#ifndef VMS_FILTERS_CLASSIFIER_H
#define VMS_FILTERS_CLASSIFIER_H

#include <vmsieve/filter.h>
#include <vmsieve/limits.h>

#include "judge.h"
#include "tally.h"

/* Struct pages are trusted or not by aligned blocks of this size: what
 * overwrote one of them most likely hit its neighbours. */
#define VMS_STRUCT_BLOCK_BYTES 4096U
#define VMS_STRUCT_BLOCK_MAX (VMS_STRUCT_BLOCK_BYTES / VMS_MIN_STRUCT_PAGE)

struct vms_classifier {
	const struct vms_page_layout *layout;
	struct vms_bench bench;
	struct vms_tally tally;
	/* Pages below are decided: a range may end in a later chunk. */
	vms_pfn_t resume;
	/* See vms_finding.claims. */
	vms_pfn_t claimed_end;
	/* The block that is being looked at, decoded: 7 KiB. */
	struct vms_page_view views[VMS_STRUCT_BLOCK_MAX];
};

#endif
