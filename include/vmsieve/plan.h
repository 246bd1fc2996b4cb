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
/** First run of pages that exist (some byte in a segment) at or after from. */
bool vms_plan_next_present(const struct vms_page_plan *plan, vms_pfn_t from,
			   struct vms_pfn_range *ret);
/** First run of pages to write: with bytes in the source, not excluded. */
bool vms_plan_next_kept(const struct vms_page_plan *plan, vms_pfn_t from,
			struct vms_pfn_range *ret);
/** Pages present in all. */
uint64_t vms_plan_count_present(const struct vms_page_plan *plan);
uint64_t vms_plan_count_kept(const struct vms_page_plan *plan);

#endif
