/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One scan with a given set of classes off: units spread over workers, their
 * results put together in ascending order. Private to the scan.
 */
#ifndef VMS_SCAN_ROUND_H
#define VMS_SCAN_ROUND_H

#include "scan.h"

/**
 * off: classes that are not believed. Adds to excluded, which is empty.
 * *gate_ret: classes that should be off in another round. VMS_ERR_NO_MEMORY:
 * not even one worker can be had, or what must be kept cannot be noted.
 */
struct vms_error *vms_scan_round(const struct vms_scan *scan, unsigned int off,
				 struct vms_pageset *excluded,
				 struct vms_class_counts *counts_ret,
				 unsigned int *gate_ret) VMS_MUST_CHECK;

#endif
