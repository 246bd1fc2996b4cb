/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages exist and which go into the dump, as runs of PFNs: the RAM of
 * the source minus what was excluded. Frozen before a page is written.
 */
#ifndef VMSIEVE_PLAN_H
#define VMSIEVE_PLAN_H

#include <vmsieve/pageset.h>
#include <vmsieve/source.h>
#include <vmsieve/types.h>

/** All borrowed. */
struct vms_page_plan {
	const struct vms_segment *segments;	/* sorted, see source.h */
	size_t nr_segments;
	unsigned int page_shift;
	const struct vms_pageset *excluded;	/* NULL: nothing */
};

/** One past the highest PFN that a segment touches. */
vms_pfn_t vms_plan_end_pfn(const struct vms_page_plan *plan);
/**
 * First run of pages that exist (some byte in a segment) at or after from. For
 * single questions: see vms_plan_walk_next_present().
 */
bool vms_plan_next_present(const struct vms_page_plan *plan, vms_pfn_t from,
			   struct vms_pfn_range *ret);
/** Pages present in all. */
uint64_t vms_plan_count_present(const struct vms_page_plan *plan);
uint64_t vms_plan_count_kept(const struct vms_page_plan *plan);

/**
 * One reader's way through a frozen plan, from PFN 0 up. Several threads may
 * walk one plan. Each walk gives one kind of runs, whole: no two touch. A step
 * takes the time of the segments and blocks it passes. Members are private.
 */
struct vms_plan_walk {
	const struct vms_page_plan *plan;
	size_t segment;			/* first not yet passed */
	struct vms_pfn_range run;	/* what is left of pages with bytes */
	struct vms_pfn_range out;	/* the next pages left out */
	struct vms_pageset_walk excluded;
};

/** plan is borrowed. */
void vms_plan_walk_init(struct vms_plan_walk *walk,
			const struct vms_page_plan *plan);
/** The next pages that exist (some byte in a segment). */
bool vms_plan_walk_next_present(struct vms_plan_walk *walk,
				struct vms_pfn_range *ret);
/** The next pages to write: with bytes in the source, not excluded. */
bool vms_plan_walk_next_kept(struct vms_plan_walk *walk,
			     struct vms_pfn_range *ret);

#endif
