// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Memory that a confidential guest has not accepted from its host yet: to
 * touch it stops the guest, so it is left out at every level. Knows nothing
 * of how the mark is written.
 */
#include "rules.h"

static bool is_unaccepted(const struct vms_page_view *view)
{
	return view->bits & VMS_PAGE_UNACCEPTED;
}

/*
 * The kernel keeps such memory in blocks of the largest order only and marks
 * the first page (dcdfdd40fa82 "mm: Add support for unaccepted memory", 6.5;
 * in VMCOREINFO since 6.16, with CONFIG_UNACCEPTED_MEMORY).
 */
const struct vms_filter vms_filter_unaccepted = {
	.name = "unaccepted",
	.class = VMS_CLASS_UNACCEPTED,
	.levels = 0,
	.needs = VMS_PAGE_UNACCEPTED,
	.often_missing = true,
	.triggers = VMS_PAGE_UNACCEPTED,
	.match = is_unaccepted,
	.extent = VMS_EXTENT_MAX_ORDER,
};
