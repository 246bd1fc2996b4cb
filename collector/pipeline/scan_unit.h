/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A piece of memory whose struct pages one worker looks at, with results of
 * its own, so that pieces can be done in any order. Private to the scan.
 */
#ifndef VMS_SCAN_UNIT_H
#define VMS_SCAN_UNIT_H

#include <vmsieve/error.h>
#include <vmsieve/filter.h>
#include <vmsieve/pageset.h>
#include <vmsieve/plan.h>
#include <vmsieve/vm.h>

struct vms_kernel;

/*
 * Pages of a unit, and what it is aligned to: 1 GiB of 4 KiB pages. Blocks of
 * free pages and nearly all compound pages are smaller and aligned to their
 * size, so that they end where a unit does; 16 GiB huge pages do not, which
 * costs their units a second look. Whole blocks of a page set.
 */
#define VMS_SCAN_UNIT_PAGES (1U << 18)

/* Doubtful ranges a unit can tell of; more are counted with the last. */
#define VMS_SCAN_UNIT_DOUBTS 4U

struct vms_scan_doubt {
	struct vms_pfn_range pfns;
	const char *why;	/* static text */
};

struct vms_scan_unit {
	struct vms_pfn_range pfns;
	/* Nothing of it can be looked at, for this reason; else NULL. */
	const char *hopeless;

	/* Results. */
	struct vms_pageset *excluded;
	struct vms_pageset *used;	/* pages that the walk used */
	bool used_lost;			/* not all of them */
	struct vms_class_counts counts;
	struct vms_classify_carry carry;
	struct vms_scan_doubt doubts[VMS_SCAN_UNIT_DOUBTS];
	size_t nr_doubts;
	uint64_t more_doubts;	/* ranges that were not noted */
	uint64_t doubted;	/* pages in all of them */
};

/** What one thread needs to look at units. */
struct vms_scan_worker {
	const struct vms_page_plan *plan;
	struct vms_vm *vm;
	size_t struct_size;
	uint32_t page_size;
	struct vms_vm_cursor *cursor;
	struct vms_classifier *classifier;
	struct vms_pfn_range ram;	/* the run of RAM asked for last */
	struct vms_page_lookup lookup;
};

/**
 * plan, vm and kernel are borrowed. The classifier's set is given with each
 * unit. worker must not move. deinit accepts what a failed init has left.
 */
struct vms_error *vms_scan_worker_init(
	struct vms_scan_worker *worker, struct vms_vm *vm,
	const struct vms_kernel *kernel, const struct vms_page_plan *plan,
	const struct vms_classifier_config *config, size_t window_bytes)
	VMS_MUST_CHECK;
void vms_scan_worker_deinit(struct vms_scan_worker *worker);

/** Fills the unit's results; carry: what is known from before it. */
void vms_scan_unit_run(struct vms_scan_worker *worker,
		       struct vms_scan_unit *unit,
		       const struct vms_classify_carry *carry);

#endif
