// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes decisions into the set of excluded pages and counts them so that the
 * counts stay true when the set is out of memory. Knows no rules.
 */
#include "tally.h"

/* What the set really took is counted, and nothing else. */
static void add(struct vms_tally *tally, enum vms_class c,
		struct vms_pfn_range range)
{
	struct vms_class_counts *counts = &tally->counts;
	uint64_t before = vms_pageset_members(tally->excluded);

	if (!vms_pageset_add(tally->excluded, range))
		counts->doubted[VMS_DOUBT_MEMORY] +=
			range.end - range.start -
			vms_pageset_count(tally->excluded, range);
	counts->excluded[c] += vms_pageset_members(tally->excluded) - before;
}

/* First needed pages of range; an empty range at its end if there are none. */
static struct vms_pfn_range next_needed(const struct vms_tally *tally,
					struct vms_pfn_range range)
{
	struct vms_pfn_range needed;

	if (!tally->needed ||
	    !vms_pageset_next(tally->needed, range.start, &needed) ||
	    needed.start >= range.end)
		return (struct vms_pfn_range){ range.end, range.end };
	if (needed.end > range.end)
		needed.end = range.end;
	return needed;
}

void vms_tally_flush(struct vms_tally *tally)
{
	struct vms_class_counts *counts = &tally->counts;
	struct vms_pfn_range run = tally->run;

	while (run.start < run.end) {
		struct vms_pfn_range needed = next_needed(tally, run);
		uint64_t hits = needed.end - needed.start;

		if (run.start < needed.start)
			add(tally, tally->run_class,
			    (struct vms_pfn_range){ run.start, needed.start });
		counts->needed_hits[tally->run_class] += hits;
		counts->doubted[VMS_DOUBT_NEEDED] += hits;
		run.start = needed.end;
	}
	tally->run = (struct vms_pfn_range){ 0, 0 };
}

void vms_tally_exclude(struct vms_tally *tally, enum vms_class c,
		       struct vms_pfn_range range)
{
	if (tally->run.end == range.start && tally->run_class == c &&
	    tally->run.start != tally->run.end) {
		tally->run.end = range.end;
		return;
	}
	vms_tally_flush(tally);
	tally->run = range;
	tally->run_class = c;
}

void vms_tally_doubt(struct vms_tally *tally, enum vms_doubt doubt,
		     struct vms_pfn_range range)
{
	if (range.end <= tally->doubt_end)
		return;
	tally->doubt = doubt;
	tally->doubt_end = range.end;
}

void vms_tally_keep(struct vms_tally *tally, struct vms_pfn_range range)
{
	if (range.start >= tally->doubt_end)
		return;
	if (range.end > tally->doubt_end)
		range.end = tally->doubt_end;
	tally->counts.doubted[tally->doubt] += range.end - range.start;
}
