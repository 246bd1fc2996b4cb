/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rules, one file each, for the registry; and the choice of them that a
 * dump level and a kernel allow. Private to this room.
 */
#ifndef VMS_FILTERS_RULES_H
#define VMS_FILTERS_RULES_H

#include <vmsieve/filter.h>

extern const struct vms_filter vms_filter_free;
extern const struct vms_filter vms_filter_unaccepted;
extern const struct vms_filter vms_filter_cache;
extern const struct vms_filter vms_filter_cache_private;
extern const struct vms_filter vms_filter_user;
extern const struct vms_filter vms_filter_hugetlb;
extern const struct vms_filter vms_filter_hwpoison_hugetlb;
extern const struct vms_filter vms_filter_hwpoison;
extern const struct vms_filter vms_filter_offline;

/* How many rules there are; the registry's table checks it. */
#define VMS_NR_FILTERS 9U

/** The rules that are on, in the registry's order. */
struct vms_rules {
	const struct vms_filter *rule[VMS_NR_FILTERS];
	size_t count;
	uint32_t triggers;	/* of any of them */
	uint32_t tail_triggers;	/* of those that look at tails */
};

/**
 * Turns the rules on that level asks for and whose needs are in known. Those
 * that are off for want of needs are told to log (may be NULL).
 */
void vms_rules_choose(unsigned int level, uint32_t known, struct vms_log *log,
		      struct vms_rules *ret);

#endif
