// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From a dump level and what a kernel lets us decode to the rules that are
 * on. A rule that is asked for and cannot work is told, never guessed at.
 */
#include <stdio.h>

#include <vmsieve/log.h>

#include "rules.h"

/* What the user can look for in VMCOREINFO. */
static const struct {
	uint32_t bit;
	const char *name;
} fact_names[] = {
	{ VMS_PAGE_LRU, "PG_lru" },
	{ VMS_PAGE_PRIVATE, "PG_private" },
	{ VMS_PAGE_SWAPCACHE, "PG_swapcache" },
	{ VMS_PAGE_HWPOISON, "PG_hwpoison" },
	{ VMS_PAGE_HEAD, "PG_head_mask" },
	{ VMS_PAGE_TAIL, "page.compound_head" },
	{ VMS_PAGE_SLAB, "mark for slab pages" },
	{ VMS_PAGE_BUDDY, "mark for free pages" },
	{ VMS_PAGE_OFFLINE, "mark for offline pages" },
	{ VMS_PAGE_UNACCEPTED, "mark for unaccepted memory" },
	{ VMS_PAGE_ANON, "page.mapping" },
	{ VMS_PAGE_HUGETLB, "mark for hugetlb pages" },
	{ VMS_PAGE_ORDER, "order of compound pages" },
};

/* "PG_lru, PG_private" into buf, cut to its size. */
static void name_facts(uint32_t bits, char *buf, size_t size)
{
	size_t used = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < VMS_ARRAY_SIZE(fact_names); i++) {
		int n;

		if (!(bits & fact_names[i].bit))
			continue;
		n = snprintf(buf + used, size - used, "%s%s",
			     used ? ", " : "", fact_names[i].name);
		if (n < 0 || (size_t)n >= size - used)
			return;
		used += (size_t)n;
	}
}

static void tell_missing(const struct vms_filter *filter, uint32_t missing,
			 struct vms_log *log)
{
	char facts[160];

	name_facts(missing, facts, sizeof(facts));
	if (filter->often_missing)
		vms_log_print(log, VMS_MSG_DEBUG,
			      "%s pages are not told apart: this kernel "
			      "gives no %s",
			      filter->name, facts);
	else
		vms_log_warn(log,
			     "%s pages are not told apart and are kept: this "
			     "kernel gives no %s",
			     filter->name, facts);
}

/* A head whose size is unknown is left out alone, its tails are kept. */
static void tell_order(const struct vms_rules *rules, uint32_t known,
		       struct vms_log *log)
{
	if (known & VMS_PAGE_ORDER || !(known & VMS_PAGE_HEAD))
		return;
	for (size_t i = 0; i < rules->count; i++) {
		const struct vms_filter *filter = rules->rule[i];

		if (filter->extent != VMS_EXTENT_COMPOUND || !filter->levels)
			continue;
		vms_log_warn(log,
			     "sizes of compound pages are not known: only "
			     "their first pages are left out");
		return;
	}
}

bool vms_level_has(unsigned int level, const struct vms_filter *filter)
{
	return !filter->levels || (level & filter->levels);
}

void vms_rules_choose(unsigned int level, uint32_t known, struct vms_log *log,
		      struct vms_rules *ret)
{
	size_t count;
	const struct vms_filter *const *filters = vms_filters(&count);

	*ret = (struct vms_rules){ 0 };
	for (size_t i = 0; i < count; i++) {
		const struct vms_filter *filter = filters[i];

		if (!vms_level_has(level, filter))
			continue;
		if (filter->needs & ~known) {
			tell_missing(filter, filter->needs & ~known, log);
			continue;
		}
		ret->rule[ret->count++] = filter;
		ret->triggers |= filter->triggers;
		if (filter->on_tails)
			ret->tail_triggers |= filter->triggers;
	}
	tell_order(ret, known, log);
}
