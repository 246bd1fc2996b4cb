/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * makedumpfile's -e: pages of the page array that describe nothing but pages
 * left out are left out as well. Private to the scan and the job.
 */
#ifndef VMS_SCAN_ARRAY_H
#define VMS_SCAN_ARRAY_H

#include "scan.h"

/**
 * Adds such pages to excluded, which is complete, and to *pages_ret how many.
 * Reads no struct page. Does nothing but warn where memory is short.
 */
void vms_scan_leave_out_array(const struct vms_scan *scan,
			      struct vms_pageset *excluded,
			      uint64_t *pages_ret);

#endif
