// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cuts memory into units, lets workers look at them, and takes the results in
 * ascending order. A unit that a range of an earlier one reaches into is done
 * again with that known, so that the outcome is that of one worker who goes
 * from end to end. Knows neither rules nor page tables.
 *
 * Memory: a worker for each thread and one more, a cursor to cut with, two
 * small page sets for each of three units a thread, and the pages that the
 * walks used.
 */
#include <stdlib.h>

#include <vmsieve/checked.h>
#include <vmsieve/kernel.h>
#include <vmsieve/limits.h>
#include <vmsieve/log.h>
#include <vmsieve/page_view.h>

#include "flow.h"
#include "progress.h"
#include "scan_round.h"
#include "scan_unit.h"
#include "stop.h"

/* Units on their way for each worker: one at work, two that wait. */
#define UNITS_PER_WORKER 3U
#define STACK_BYTES (256U << 10)
/* A sweep can make the walk use pages that it did not use before. */
#define MAX_SWEEPS 4U

struct round {
	const struct vms_scan *scan;
	struct vms_pageset *excluded;
	struct vms_pageset *needed;
	/* Its counts are those of the round; it looks at no unit. */
	struct vms_classifier *book;
	/* Of the units that were delivered. */
	struct vms_classify_carry carry;
	struct vms_vm_cursor *cutter;	/* the filling thread's */
	vms_pfn_t from;			/* where it goes on */
	struct vms_scan_worker again;	/* for a second look; the caller's */
	struct vms_scan_worker *workers;
	size_t nr_workers;
	struct vms_scan_unit *units;
	size_t nr_units;
	struct vms_scan_doubt doubt;	/* to be told when it has ended */
	struct vms_log_limit limit;
	struct vms_progress progress;
	uint64_t done;			/* pages */
	bool needed_lost;		/* needed is not complete */
};

/* ---- cutting ---- */

static bool fill(void *ctx, void *item)
{
	struct round *round = ctx;
	struct vms_scan_unit *unit = item;
	struct vms_memmap_range range;
	const char *why = NULL;
	vms_pfn_t end;

	switch (vms_memmap_next(round->cutter, round->from, &range, &why)) {
	case VMS_MEMMAP_END:
		return false;
	case VMS_MEMMAP_DOUBT:
		/* As one, however large: it takes no time. */
		unit->pfns = range.pfns;
		unit->hopeless = why;
		break;
	case VMS_MEMMAP_RANGE:
		end = vms_align_down(range.pfns.start, VMS_SCAN_UNIT_PAGES) +
		      VMS_SCAN_UNIT_PAGES;
		unit->pfns = (struct vms_pfn_range){ range.pfns.start, end };
		unit->hopeless = NULL;
		break;
	}
	round->from = unit->pfns.end;
	return true;
}

static void work(void *worker, void *item)
{
	static const struct vms_classify_carry nothing = { 0 };
	struct vms_scan_unit *unit = item;

	if (!unit->hopeless)
		vms_scan_unit_run(worker, unit, &nothing);
}

/* ---- putting together ---- */

static void tell_doubt(struct round *round)
{
	const struct vms_scan_doubt *doubt = &round->doubt;

	if (doubt->why)
		vms_log_warn_limited(round->scan->log, &round->limit,
				     "PFN %#llx-%#llx: %s; these pages are "
				     "kept",
				     (unsigned long long)doubt->pfns.start,
				     (unsigned long long)doubt->pfns.end - 1,
				     doubt->why);
	round->doubt.why = NULL;
}

/* What units tell apart, and goes on from one to the next, is one line. */
static void hear_doubt(struct round *round, const struct vms_scan_doubt *doubt)
{
	struct vms_scan_doubt *last = &round->doubt;

	if (last->why == doubt->why && last->pfns.end == doubt->pfns.start) {
		last->pfns.end = doubt->pfns.end;
		return;
	}
	tell_doubt(round);
	*last = *doubt;
}

/* The walk's pages are needed, also where the unit's own results are not. */
static void take_used(struct round *round, struct vms_scan_unit *unit)
{
	if (unit->used_lost || !vms_pageset_move(round->needed, unit->used))
		round->needed_lost = true;
}

static void take(struct round *round, struct vms_scan_unit *unit)
{
	for (size_t i = 0; i < unit->nr_doubts; i++)
		hear_doubt(round, &unit->doubts[i]);
	round->limit.seen += unit->more_doubts;
	vms_classifier_add_counts(round->book, &unit->counts);
	if (!vms_pageset_move(round->excluded, unit->excluded))
		vms_classifier_not_taken(
			round->book,
			vms_pageset_members(unit->excluded));
	round->carry = unit->carry;
}

static void take_hopeless(struct round *round, const struct vms_scan_unit *unit)
{
	struct vms_scan_doubt doubt = { unit->pfns, unit->hopeless };
	uint64_t pages = unit->pfns.end - unit->pfns.start;

	hear_doubt(round, &doubt);
	vms_classify_doubt(round->book, VMS_DOUBT_MEMMAP, pages);
}

static vms_pfn_t reach(const struct vms_classify_carry *carry)
{
	vms_pfn_t end = carry->resume;

	if (end < carry->claimed_end)
		end = carry->claimed_end;
	return end < carry->doubt_end ? carry->doubt_end : end;
}

static void look_again(struct round *round, struct vms_scan_unit *unit)
{
	vms_scan_unit_run(&round->again, unit, &round->carry);
	take_used(round, unit);
}

static struct vms_error *deliver(void *ctx, void *item)
{
	struct round *round = ctx;
	struct vms_scan_unit *unit = item;

	if (unit->hopeless) {
		take_hopeless(round, unit);
	} else {
		take_used(round, unit);
		if (round->carry.resume < unit->pfns.end) {
			if (reach(&round->carry) > unit->pfns.start)
				look_again(round, unit);
			take(round, unit);
		}
	}
	round->done += unit->pfns.end - unit->pfns.start;
	vms_progress_update(&round->progress, round->done);
	return vms_stop_check(round->scan->stop);
}

static const struct vms_flow_ops scan_flow = {
	.fill = fill,
	.work = work,
	.deliver = deliver,
};

/* ---- what must be kept ---- */

static bool add_used(struct round *round, const struct vms_vm_cursor *cursor)
{
	return vms_pageset_add_all(round->needed, vms_vm_cursor_used(cursor));
}

/* Takes needed pages out of the excluded ones, until no look-up needs more. */
static bool keep_needed(struct round *round)
{
	if (round->needed_lost || !add_used(round, round->cutter))
		return false;
	for (unsigned int i = 0; i < MAX_SWEEPS; i++) {
		uint64_t before;

		if (!add_used(round, round->again.cursor))
			return false;
		before = vms_pageset_members(round->needed);
		if (!vms_classifier_keep_needed(round->book,
						&round->again.lookup) ||
		    !add_used(round, round->again.cursor))
			return false;
		if (vms_pageset_members(round->needed) == before)
			return true;
	}
	return false;
}

/* ---- setting up ---- */

static void round_deinit(struct round *round)
{
	for (size_t i = 0; i < round->nr_workers; i++)
		vms_scan_worker_deinit(&round->workers[i]);
	for (size_t i = 0; round->units && i <= round->nr_units; i++) {
		vms_pageset_destroy(round->units[i].excluded);
		vms_pageset_destroy(round->units[i].used);
	}
	vms_scan_worker_deinit(&round->again);
	vms_classifier_destroy(round->book);
	vms_vm_cursor_destroy(round->cutter);
	vms_pageset_destroy(round->needed);
	free(round->workers);
	free(round->units);
}

/* As many workers as can be had, one at least. */
static struct vms_error *make_workers(struct round *round,
				      const struct vms_classifier_config *config)
{
	const struct vms_scan *scan = round->scan;

	round->workers = calloc(scan->threads, sizeof(*round->workers));
	if (!round->workers)
		return vms_error_no_memory();
	while (round->nr_workers < scan->threads) {
		struct vms_scan_worker *worker =
			&round->workers[round->nr_workers];
		struct vms_error *err = vms_scan_worker_init(
			worker, scan->vm, scan->kernel, scan->plan, config,
			scan->window_bytes);

		if (!err) {
			round->nr_workers++;
			continue;
		}
		vms_scan_worker_deinit(worker);
		if (!round->nr_workers)
			return err;
		vms_error_destroy(err);
		break;
	}
	return NULL;
}

static struct vms_error *make_units(struct round *round)
{
	size_t want = round->nr_workers * UNITS_PER_WORKER;
	vms_pfn_t end = vms_plan_end_pfn(round->scan->plan);

	/* One more: a unit of which only a part could be had. */
	round->units = calloc(want + 1, sizeof(*round->units));
	if (!round->units)
		return vms_error_no_memory();
	while (round->nr_units < want) {
		struct vms_scan_unit *unit = &round->units[round->nr_units];
		struct vms_error *err = vms_pageset_create(
			end, VMS_CAP_UNIT_SET_BYTES, NULL, &unit->excluded);

		if (!err)
			err = vms_pageset_create(end, VMS_CAP_USED_BYTES, NULL,
						 &unit->used);
		if (!err) {
			round->nr_units++;
			continue;
		}
		if (!round->nr_units)
			return err;
		vms_error_destroy(err);
		break;
	}
	return NULL;
}

static struct vms_error *round_init(struct round *round, unsigned int off)
{
	const struct vms_scan *scan = round->scan;
	struct vms_classifier_config config = {
		.layout = vms_kernel_page_layout(scan->kernel),
		.level = scan->dump_level,
		.off = off,
		.excluded = round->excluded,
		.log = off ? NULL : scan->log,
	};
	struct vms_error *err;

	err = vms_pageset_create(vms_plan_end_pfn(scan->plan),
				 VMS_CAP_NEEDED_BYTES, scan->scratch,
				 &round->needed);
	if (err)
		return err;
	config.needed = round->needed;
	err = vms_classifier_create(&config, &round->book);
	if (err)
		return err;
	config.needed = NULL;
	config.log = NULL;
	err = vms_vm_cursor_create(scan->vm, VMS_MIN_WINDOW_BYTES,
				   &round->cutter);
	if (!err)
		err = vms_scan_worker_init(&round->again, scan->vm,
					   scan->kernel, scan->plan, &config,
					   VMS_MIN_WINDOW_BYTES);
	if (!err)
		err = make_workers(round, &config);
	return err ? err : make_units(round);
}

static struct vms_error *run_flow(struct round *round)
{
	void **items VMS_CLEANUP(free) = calloc(round->nr_units,
						sizeof(*items));
	void **workers VMS_CLEANUP(free) = calloc(round->nr_workers,
						  sizeof(*workers));
	struct vms_flow flow = {
		.ops = &scan_flow,
		.ctx = round,
		.nr_items = round->nr_units,
		.nr_workers = round->nr_workers,
		.stack_bytes = STACK_BYTES,
	};
	struct vms_error *err;
	size_t threads;

	if (!items || !workers)
		return vms_error_no_memory();
	for (size_t i = 0; i < round->nr_units; i++)
		items[i] = &round->units[i];
	for (size_t i = 0; i < round->nr_workers; i++)
		workers[i] = &round->workers[i];
	flow.items = items;
	flow.workers = workers;
	err = vms_flow_run(&flow, &threads);
	tell_doubt(round);
	vms_log_limit_end(round->scan->log, &round->limit,
			  "page ranges without struct pages");
	return err;
}

struct vms_error *vms_scan_round(const struct vms_scan *scan, unsigned int off,
				 struct vms_pageset *excluded,
				 struct vms_class_counts *counts_ret,
				 unsigned int *gate_ret)
{
	struct round round = { .scan = scan, .excluded = excluded };
	struct vms_error *err = round_init(&round, off);

	vms_progress_init(&round.progress, scan->log, "scanning pages",
			  vms_plan_count_present(scan->plan),
			  vms_kernel_page_size(scan->kernel));
	if (!err)
		err = run_flow(&round);
	if (!err) {
		bool kept = keep_needed(&round);

		*counts_ret = *vms_classifier_counts(round.book);
		*gate_ret = vms_class_gate(counts_ret, vms_pageset_members(round.needed));
		if (!kept)
			err = vms_error_no_memory();
	}
	vms_progress_end(&round.progress, round.done);
	vms_log_print(scan->log, VMS_MSG_REPORT,
		      "scanned %llu pages in %.2f s, %zu threads",
		      (unsigned long long)round.progress.total,
		      vms_progress_seconds(&round.progress), round.nr_workers);
	round_deinit(&round);
	return err;
}
