// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs of pages that exist and that are kept, computed on the fly from the
 * segments and the excluded set: nothing is stored per page. Does not know
 * why a page is excluded, nor who writes it.
 */
#include <vmsieve/plan.h>

static vms_pfn_t round_down(const struct vms_page_plan *plan, vms_paddr_t paddr)
{
	return paddr >> plan->page_shift;
}

static vms_pfn_t round_up(const struct vms_page_plan *plan, vms_paddr_t paddr)
{
	vms_paddr_t mask = (1ULL << plan->page_shift) - 1;

	return (paddr >> plan->page_shift) + !!(paddr & mask);
}

vms_pfn_t vms_plan_end_pfn(const struct vms_page_plan *plan)
{
	if (!plan->nr_segments)
		return 0;
	return round_up(plan, plan->segments[plan->nr_segments - 1].end);
}

/* Position of the first segment that ends after the start of page from. */
static size_t first_segment(const struct vms_page_plan *plan, vms_pfn_t from)
{
	size_t low = 0;
	size_t high = plan->nr_segments;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (round_up(plan, plan->segments[mid].end) <= from)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/*
 * First run of pages at or after from that the segments touch; with_data:
 * only where they have bytes. Pages of neighbouring segments join, up to
 * enough: a run can be made of very many segments.
 */
static bool next_run(const struct vms_page_plan *plan, vms_pfn_t from,
		     vms_pfn_t enough, bool with_data,
		     struct vms_pfn_range *ret)
{
	struct vms_pfn_range run = { 0, 0 };

	for (size_t i = first_segment(plan, from); i < plan->nr_segments; i++) {
		const struct vms_segment *segment = &plan->segments[i];
		vms_paddr_t end = with_data ? segment->data_end : segment->end;
		struct vms_pfn_range next = { round_down(plan, segment->start),
					      round_up(plan, end) };

		if (segment->start >= end || next.end <= from)
			continue;
		if (next.start < from)
			next.start = from;
		if (run.end && (next.start > run.end || run.end >= enough))
			break;
		if (!run.end)
			run.start = next.start;
		run.end = next.end;
	}
	if (!run.end)
		return false;
	*ret = run;
	return true;
}

bool vms_plan_next_present(const struct vms_page_plan *plan, vms_pfn_t from,
			   struct vms_pfn_range *ret)
{
	return next_run(plan, from, UINT64_MAX, false, ret);
}

bool vms_plan_next_kept(const struct vms_page_plan *plan, vms_pfn_t from,
			struct vms_pfn_range *ret)
{
	struct vms_pfn_range gap = { from, UINT64_MAX };
	struct vms_pfn_range run;

	for (;;) {
		if (plan->excluded &&
		    !vms_pageset_next_gap(plan->excluded, from, &gap))
			return false;
		if (!next_run(plan, gap.start, gap.end, true, &run))
			return false;
		if (run.start < gap.end)
			break;
		/* Nothing to write in that gap: on to where there is. */
		from = run.start;
	}
	ret->start = run.start;
	ret->end = run.end < gap.end ? run.end : gap.end;
	return true;
}

uint64_t vms_plan_count_present(const struct vms_page_plan *plan)
{
	struct vms_pfn_range run;
	uint64_t count = 0;

	for (vms_pfn_t from = 0; next_run(plan, from, UINT64_MAX, false, &run);
	     from = run.end)
		count += run.end - run.start;
	return count;
}

uint64_t vms_plan_count_kept(const struct vms_page_plan *plan)
{
	struct vms_pfn_range run;
	uint64_t count = 0;

	for (vms_pfn_t from = 0; next_run(plan, from, UINT64_MAX, true, &run);
	     from = run.end) {
		count += run.end - run.start;
		if (plan->excluded)
			count -= vms_pageset_count(plan->excluded, run);
	}
	return count;
}
