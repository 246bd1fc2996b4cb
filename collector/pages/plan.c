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
 * The run of pages at or after from that begins with segment *at or one behind
 * it; with_data: only where they have bytes. Pages of neighbouring segments
 * join. *at moves on to the first segment that is not in the run.
 */
static bool join_segments(const struct vms_page_plan *plan, size_t *at,
			  vms_pfn_t from, bool with_data,
			  struct vms_pfn_range *ret)
{
	struct vms_pfn_range run = { 0, 0 };

	for (; *at < plan->nr_segments; (*at)++) {
		const struct vms_segment *segment = &plan->segments[*at];
		vms_paddr_t end = with_data ? segment->data_end : segment->end;
		struct vms_pfn_range next = { round_down(plan, segment->start),
					      round_up(plan, end) };

		if (segment->start >= end || next.end <= from)
			continue;
		if (next.start < from)
			next.start = from;
		if (run.end && next.start > run.end)
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
	size_t at = first_segment(plan, from);

	return join_segments(plan, &at, from, false, ret);
}

uint64_t vms_plan_count_present(const struct vms_page_plan *plan)
{
	struct vms_pfn_range run = { 0, 0 };
	uint64_t count = 0;
	size_t at = 0;

	while (join_segments(plan, &at, run.end, false, &run))
		count += run.end - run.start;
	return count;
}

uint64_t vms_plan_count_kept(const struct vms_page_plan *plan)
{
	struct vms_pfn_range run = { 0, 0 };
	uint64_t count = 0;
	size_t at = 0;

	while (join_segments(plan, &at, run.end, true, &run)) {
		count += run.end - run.start;
		if (plan->excluded)
			count -= vms_pageset_count(plan->excluded, run);
	}
	return count;
}

void vms_plan_walk_init(struct vms_plan_walk *walk,
			const struct vms_page_plan *plan)
{
	walk->plan = plan;
	walk->segment = 0;
	walk->run = (struct vms_pfn_range){ 0, 0 };
	walk->out = (struct vms_pfn_range){ 0, 0 };
	if (plan->excluded)
		vms_pageset_walk_init(&walk->excluded, plan->excluded);
	else
		walk->out = (struct vms_pfn_range){ UINT64_MAX, UINT64_MAX };
}

bool vms_plan_walk_next_present(struct vms_plan_walk *walk,
				struct vms_pfn_range *ret)
{
	if (!join_segments(walk->plan, &walk->segment, walk->run.end, false,
			   &walk->run))
		return false;
	*ret = walk->run;
	return true;
}

static void next_out(struct vms_plan_walk *walk)
{
	if (!vms_pageset_walk_next(&walk->excluded, &walk->out))
		walk->out = (struct vms_pfn_range){ UINT64_MAX, UINT64_MAX };
}

static bool next_run(struct vms_plan_walk *walk)
{
	if (!join_segments(walk->plan, &walk->segment, walk->run.end, true,
			   &walk->run))
		return false;
	/* Pages left out where there is nothing to write are passed over. */
	if (walk->out.end <= walk->run.start) {
		vms_pageset_walk_seek(&walk->excluded, walk->run.start);
		next_out(walk);
	}
	return true;
}

bool vms_plan_walk_next_kept(struct vms_plan_walk *walk,
			     struct vms_pfn_range *ret)
{
	struct vms_pfn_range *run = &walk->run;

	for (;;) {
		if (run->start == run->end && !next_run(walk))
			return false;
		if (walk->out.start > run->start)
			break;
		if (walk->out.end >= run->end) {
			run->start = run->end;
			continue;
		}
		run->start = walk->out.end;
		next_out(walk);
	}
	ret->start = run->start;
	ret->end = run->end < walk->out.start ? run->end : walk->out.start;
	run->start = ret->end;
	return true;
}
