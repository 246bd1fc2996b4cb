// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * After the scan: pages that the walk came to need when they were left out
 * already are taken back, and counted against the class that had wanted them.
 * No class is remembered for a page, so its struct page is asked once more.
 */
#include <vmsieve/checked.h>
#include <vmsieve/pageset.h>

#include "classifier.h"

/* The rule that leaves out pfn for what the struct page of head says. */
static const struct vms_filter *rule_at(const struct vms_classifier *classifier,
					const struct vms_window *window,
					vms_pfn_t head, vms_pfn_t pfn,
					struct vms_pfn_range *ret)
{
	struct vms_page_view view;
	struct vms_suspect suspect = { .pfn = head, .view = &view };
	struct vms_verdict verdict;
	struct vms_page_buf buf;
	vms_vaddr_t vaddr;
	const uint8_t *page = vms_window_page(window, head, &buf, &vaddr);

	if (!page)
		return NULL;
	vms_page_decode(window->layout, page, &view);
	if (!(view.bits &
	      vms_bench_triggers(&classifier->bench, view.bits)))
		return NULL;
	vms_suspect_complete(window, &suspect);
	if (view.bits & VMS_PAGE_IMPLAUSIBLE)
		return NULL;
	vms_judge(&classifier->bench, window, &suspect, 0, &verdict);
	if (!verdict.rule || pfn >= verdict.range.end)
		return NULL;
	*ret = verdict.range;
	return verdict.rule;
}

/* The largest block around pfn comes first: the scan met its head first. */
static const struct vms_filter *rule_of(const struct vms_classifier *classifier,
					const struct vms_window *window,
					vms_pfn_t pfn,
					struct vms_pfn_range *ret)
{
	vms_pfn_t tried = UINT64_MAX;

	for (unsigned int order = VMS_MAX_COMPOUND_ORDER + 1; order-- > 0;) {
		vms_pfn_t head = vms_align_down(pfn, 1ULL << order);
		const struct vms_filter *rule;

		if (head == tried)
			continue;
		tried = head;
		rule = rule_at(classifier, window, head, pfn, ret);
		if (rule)
			return rule;
	}
	return NULL;
}

/* Takes back one run of pages that one class had. */
static bool take_back(struct vms_classifier *classifier,
		      const struct vms_filter *rule, struct vms_pfn_range run)
{
	struct vms_class_counts *counts = &classifier->tally.counts;
	uint64_t pages = run.end - run.start;
	bool removed = vms_pageset_remove(classifier->tally.excluded, run);
	uint64_t taken =
		pages - vms_pageset_count(classifier->tally.excluded, run);

	counts->doubted[VMS_DOUBT_NEEDED] += taken;
	/* More than the class ever had: the struct page has changed. */
	if (rule && taken <= counts->excluded[rule->class]) {
		counts->needed_hits[rule->class] += pages;
		counts->excluded[rule->class] -= taken;
		return removed;
	}
	for (int c = 0; c < VMS_NR_CLASSES; c++)
		counts->needed_hits[c] += pages;
	counts->unattributed += taken;
	return removed;
}

/* Excluded pages of needed, which is one run. */
static bool sweep_run(struct vms_classifier *classifier,
		      const struct vms_window *window,
		      struct vms_pfn_range needed)
{
	struct vms_pfn_range run;
	bool all = true;

	while (vms_pageset_next(classifier->tally.excluded, needed.start,
				&run) &&
	       run.start < needed.end) {
		struct vms_pfn_range block = { run.start, run.start + 1 };
		const struct vms_filter *rule =
			rule_of(classifier, window, run.start, &block);

		if (run.end > needed.end)
			run.end = needed.end;
		if (run.end > block.end)
			run.end = block.end;
		if (!take_back(classifier, rule, run))
			all = false;
		needed.start = run.end;
	}
	return all;
}

bool vms_classifier_keep_needed(struct vms_classifier *classifier,
				const struct vms_page_lookup *lookup)
{
	struct vms_window window = { .layout = classifier->layout,
				     .lookup = lookup };
	struct vms_pageset_walk walk;
	struct vms_pfn_range needed;
	bool all = true;

	if (!classifier->tally.needed)
		return true;
	vms_pageset_walk_init(&walk, classifier->tally.needed);
	while (vms_pageset_walk_next(&walk, &needed))
		if (!sweep_run(classifier, &window, needed))
			all = false;
	return all;
}
