// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages given back to the hypervisor (balloon, virtio-mem, Hyper-V, Xen): the
 * memory behind them may be gone, so they are left out at every level. Knows
 * nothing of how the mark is written.
 */
#include "rules.h"

static bool is_offline(const struct vms_page_view *view)
{
	return view->bits & VMS_PAGE_OFFLINE;
}

/* In VMCOREINFO since 5.1 (e04b742f74c2 "kexec: export PG_offline to
 * VMCOREINFO") and in kernels that took it over. */
const struct vms_filter vms_filter_offline = {
	.name = "offline",
	.class = VMS_CLASS_OFFLINE,
	.levels = 0,
	.needs = VMS_PAGE_OFFLINE,
	.often_missing = true,
	.triggers = VMS_PAGE_OFFLINE,
	.match = is_offline,
	.extent = VMS_EXTENT_COMPOUND,
};
