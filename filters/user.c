// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Anonymous pages of user processes, those merged by KSM included. Knows
 * nothing of how the mapping word is coded.
 */
#include "rules.h"

static bool is_anonymous(const struct vms_page_view *view)
{
	return view->bits & VMS_PAGE_ANON;
}

/*
 * Slab pages must be known: they keep other words where mapping is (6.2,
 * 130d4df57390 "mm/sl[au]b: rearrange struct slab fields to allow larger
 * rcu_head"). So must tails, which do the same.
 */
const struct vms_filter vms_filter_user = {
	.name = "anonymous",
	.class = VMS_CLASS_USER,
	.levels = VMS_LEVEL_USER,
	.needs = VMS_PAGE_ANON | VMS_PAGE_SLAB | VMS_PAGE_TAIL,
	.triggers = VMS_PAGE_ANON,
	.match = is_anonymous,
	.extent = VMS_EXTENT_COMPOUND,
};
