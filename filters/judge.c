// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asks the rules about one page. Knows no chunks, no sets and no counts.
 */
#include "judge.h"

static bool matches(const struct vms_filter *rule,
		    const struct vms_page_view *view)
{
	if (!(view->bits & rule->triggers))
		return false;
	if (view->bits & VMS_PAGE_TAIL && !rule->on_tails)
		return false;
	return rule->match(view);
}

void vms_judge(const struct vms_bench *bench, const struct vms_window *window,
	       const struct vms_suspect *suspect, vms_pfn_t claimed_end,
	       struct vms_verdict *ret)
{
	*ret = (struct vms_verdict){ 0 };
	for (size_t i = 0; i < bench->rules.count; i++) {
		const struct vms_filter *rule = bench->rules.rule[i];
		struct vms_finding finding;

		if (ret->doubted && rule->levels)
			continue;
		if (!matches(rule, suspect->view))
			continue;
		vms_extent_check(window, suspect, rule->extent, claimed_end,
				 &finding);
		if (finding.believed && bench->off & 1U << rule->class) {
			finding.believed = false;
			finding.doubt = VMS_DOUBT_CLASS;
			finding.claims = false;
		}
		if (finding.believed) {
			ret->rule = rule;
			ret->range = finding.range;
			return;
		}
		if (!ret->doubted)
			ret->finding = finding;
		ret->doubted = true;
	}
}

bool vms_judge_wants(const struct vms_bench *bench,
		     const struct vms_suspect *suspect)
{
	for (size_t i = 0; i < bench->rules.count; i++)
		if (matches(bench->rules.rule[i], suspect->view))
			return true;
	return false;
}
