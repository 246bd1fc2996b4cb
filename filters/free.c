// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages in the buddy allocator. Free pages that sit on per-CPU lists carry no
 * mark and are kept. Knows nothing of how the mark is written.
 */
#include "rules.h"

static bool is_free(const struct vms_page_view *view)
{
	return view->bits & VMS_PAGE_BUDDY;
}

const struct vms_filter vms_filter_free = {
	.name = "free",
	.class = VMS_CLASS_FREE,
	.levels = VMS_LEVEL_FREE,
	.needs = VMS_PAGE_BUDDY,
	.triggers = VMS_PAGE_BUDDY,
	.match = is_free,
	.extent = VMS_EXTENT_FREE,
};
