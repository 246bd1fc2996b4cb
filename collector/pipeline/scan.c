// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Repeats the scan without a class that the gate no longer believes, and goes
 * without a scan where none is possible. Knows neither rules nor page tables.
 */
#include <vmsieve/kernel.h>
#include <vmsieve/log.h>
#include <vmsieve/vm.h>

#include "scan_round.h"

static void keep_all(const struct vms_scan *scan, struct vms_pageset *excluded,
		     struct vms_class_counts *ret)
{
	vms_pageset_clear(excluded);
	*ret = (struct vms_class_counts){ 0 };
	ret->doubted[VMS_DOUBT_MEMMAP] = vms_plan_count_present(scan->plan);
}

/* Why no page array can be walked, or NULL. */
static const char *why_not(const struct vms_scan *scan)
{
	if (!vms_kernel_page_layout(scan->kernel))
		return "VMCOREINFO does not describe struct page";
	if (!vms_vm_model(scan->vm))
		return "the page array is not found";
	return NULL;
}

static void warn_gate(const struct vms_scan *scan, unsigned int classes)
{
	for (int i = 0; i < VMS_NR_CLASSES; i++)
		if (classes & 1U << i)
			vms_log_warn(scan->log, "struct pages that say '%s' "
				     "are not believed: they claim memory the "
				     "kernel itself stands on; such pages are "
				     "kept", vms_class_name((enum vms_class)i));
}

struct vms_error *vms_scan_pages(const struct vms_scan *scan,
				 struct vms_pageset *excluded,
				 struct vms_class_counts *ret)
{
	const char *why = why_not(scan);
	unsigned int off = 0;
	unsigned int gate;
	struct vms_error *err;

	if (why) {
		keep_all(scan, excluded, ret);
		vms_log_warn(scan->log, "%s: no page can be classified, %s",
			     why, scan->dump_level & VMS_LEVEL_ZERO ?
				     "only zero pages are left out" :
				     "all pages are kept");
		return NULL;
	}
	for (int i = 0; i <= VMS_NR_CLASSES; i++) {
		vms_pageset_clear(excluded);
		err = vms_scan_round(scan, off, excluded, ret, &gate);
		if (!err && scan->may_try_again &&
		    ret->doubted[VMS_DOUBT_MEMORY])
			return vms_error_no_memory();
		if (err && vms_error_code(err) == VMS_ERR_NO_MEMORY &&
		    !scan->may_try_again) {
			vms_log_warn(scan->log, "memory is too short to note "
				     "which pages are left out: all are kept");
			vms_error_destroy(err);
			keep_all(scan, excluded, ret);
			return NULL;
		}
		if (err || !(gate & ~off))
			return err;
		warn_gate(scan, gate & ~off);
		off |= gate;
	}
	keep_all(scan, excluded, ret);
	return NULL;
}
