/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The books of a scan: which pages were left out, which were kept although a
 * rule wanted them, and why. Private to this room.
 */
#ifndef VMS_FILTERS_TALLY_H
#define VMS_FILTERS_TALLY_H

#include <vmsieve/filter.h>
#include <vmsieve/pageset.h>

struct vms_tally {
	struct vms_pageset *excluded;		/* borrowed */
	const struct vms_pageset *needed;	/* borrowed, may be NULL */
	struct vms_class_counts counts;
	/* Left out, not yet in excluded: neighbours of one class become one
	 * run. Empty when start equals end. */
	struct vms_pfn_range run;
	enum vms_class run_class;
	/* Kept pages below doubt_end are doubted, for this reason. */
	vms_pfn_t doubt_end;
	enum vms_doubt doubt;
};

/** Leaves out range, which starts after all ranges before it. */
void vms_tally_exclude(struct vms_tally *tally, enum vms_class c,
		       struct vms_pfn_range range);
/** Brings excluded and the counts up to date. */
void vms_tally_flush(struct vms_tally *tally);
/** Pages of range are doubted unless they are left out after all. */
void vms_tally_doubt(struct vms_tally *tally, enum vms_doubt doubt,
		     struct vms_pfn_range range);
/** Range was looked at and is kept. */
void vms_tally_keep(struct vms_tally *tally, struct vms_pfn_range range);

#endif
