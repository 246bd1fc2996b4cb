/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One walk over the page array that notes which pages are left out, and the
 * gate behind it: a class that claims what the walk itself stands on lies.
 */
#ifndef VMS_SCAN_H
#define VMS_SCAN_H

#include <vmsieve/error.h>
#include <vmsieve/filter.h>
#include <vmsieve/pageset.h>
#include <vmsieve/plan.h>

struct vms_kernel;
struct vms_log;
struct vms_scratch;
struct vms_stop;
struct vms_vm;

/** Everything borrowed for the run. */
struct vms_scan {
	struct vms_vm *vm;
	const struct vms_kernel *kernel;
	const struct vms_page_plan *plan;	/* its excluded is not used */
	unsigned int dump_level;
	size_t threads;		/* at least 1; fewer when memory is short */
	size_t window_bytes;	/* of each thread's reader */
	/* For the pages that the walk uses, if they are very many; or NULL. */
	struct vms_scratch *scratch;
	/*
	 * Memory that runs short is an error, so that the caller can find some
	 * and begin again. Else pages that cannot be noted are kept: also
	 * those whose memory had better not be read.
	 */
	bool may_try_again;
	struct vms_log *log;
	const struct vms_stop *stop;
};

/**
 * Adds to excluded what the level leaves out; empties it first. Whatever goes
 * wrong short of memory keeps pages and is counted. The result does not
 * depend on the number of threads.
 */
struct vms_error *vms_scan_pages(const struct vms_scan *scan,
				 struct vms_pageset *excluded,
				 struct vms_class_counts *ret) VMS_MUST_CHECK;

#endif
