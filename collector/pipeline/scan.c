// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Walks the page array range by range, hands its struct pages to the
 * classifier, and repeats the scan without a class that the gate no longer
 * believes. Knows neither rules nor page tables.
 *
 * Memory: CHUNK_BYTES of struct pages, what the cursor needs, and the
 * excluded set with its own cap.
 */
#include <stdlib.h>

#include <vmsieve/kernel.h>
#include <vmsieve/limits.h>
#include <vmsieve/log.h>
#include <vmsieve/page_view.h>
#include <vmsieve/vm.h>

#include "progress.h"
#include "scan.h"
#include "stop.h"

#define CHUNK_BYTES (256U << 10)

/* One scan with a given set of classes off. */
struct round {
	const struct vms_scan *scan;
	struct vms_vm_cursor *cursor;
	struct vms_classifier *classifier;
	struct vms_page_lookup lookup;
	uint8_t *buf;
	size_t struct_size;
	struct vms_progress progress;
	uint64_t done;		/* pages */
	struct vms_log_limit limit;
};

static bool lookup_get(void *ctx, vms_pfn_t pfn, uint8_t *buf,
		       vms_vaddr_t *vaddr_ret)
{
	struct round *round = ctx;

	return vms_memmap_get(round->cursor, pfn, buf, vaddr_ret);
}

/* RAM from end to end, in one node, and its last struct page is there. */
static bool lookup_in_bounds(void *ctx, struct vms_pfn_range range)
{
	struct round *round = ctx;
	struct vms_pfn_range run;
	uint8_t last[VMS_MAX_STRUCT_PAGE];
	vms_vaddr_t vaddr;

	return vms_plan_next_present(round->scan->plan, range.start, &run) &&
	       run.start == range.start && run.end >= range.end &&
	       vms_vm_same_node(round->scan->vm, range) &&
	       vms_memmap_get(round->cursor, range.end - 1, last, &vaddr);
}

static void doubt(struct round *round, struct vms_pfn_range pfns,
		  const char *why)
{
	uint64_t pages = pfns.end - pfns.start;

	vms_log_warn_limited(round->scan->log, &round->limit,
			     "PFN %#llx-%#llx: %s; these pages are kept",
			     (unsigned long long)pfns.start,
			     (unsigned long long)pfns.end - 1, why);
	vms_classify_doubt(round->classifier, VMS_DOUBT_MEMMAP, pages);
	round->done += pages;
}

/* Pages whose struct pages lie in the block that cannot be read at pfn. */
static struct vms_pfn_range unreadable(const struct round *round,
				       const struct vms_memmap_range *range,
				       vms_pfn_t pfn)
{
	uint32_t block = vms_kernel_page_size(round->scan->kernel);
	vms_vaddr_t vaddr = range->map +
			    (pfn - range->pfns.start) * round->struct_size;
	uint64_t left = block - vaddr % block;
	uint64_t pages = (left + round->struct_size - 1) / round->struct_size;

	if (pages > range->pfns.end - pfn)
		pages = range->pfns.end - pfn;
	return (struct vms_pfn_range){ pfn, pfn + pages };
}

static struct vms_error *scan_range(struct round *round,
				    const struct vms_memmap_range *range)
{
	vms_pfn_t pfn = range->pfns.start;
	struct vms_error *err = NULL;

	while (!err && pfn < range->pfns.end) {
		size_t count = CHUNK_BYTES / round->struct_size;

		if (count > range->pfns.end - pfn)
			count = (size_t)(range->pfns.end - pfn);
		if (vms_memmap_read(round->cursor, range, pfn, count,
				    round->buf, &count) != VMS_READ_OK &&
		    !count) {
			struct vms_pfn_range bad = unreadable(round, range,
							      pfn);

			doubt(round, bad, "struct pages cannot be read");
			pfn = bad.end;
			continue;
		}
		struct vms_page_chunk chunk = {
			.start = pfn,
			.count = count,
			.structs = round->buf,
			.map = range->map + (pfn - range->pfns.start) *
						    round->struct_size,
		};

		vms_classify_chunk(round->classifier, &chunk, &round->lookup);
		pfn += count;
		round->done += count;
		vms_progress_update(&round->progress, round->done);
		err = vms_stop_check(round->scan->stop);
	}
	return err;
}

static struct vms_error *scan_all(struct round *round)
{
	struct vms_memmap_range range;
	struct vms_error *err = NULL;
	const char *why = NULL;
	vms_pfn_t from = 0;

	while (!err) {
		switch (vms_memmap_next(round->cursor, from, &range, &why)) {
		case VMS_MEMMAP_RANGE:
			err = scan_range(round, &range);
			break;
		case VMS_MEMMAP_DOUBT:
			doubt(round, range.pfns, why);
			break;
		case VMS_MEMMAP_END:
			return NULL;
		}
		from = range.pfns.end;
	}
	return err;
}

static void round_deinit(struct round *round)
{
	vms_classifier_destroy(round->classifier);
	vms_vm_cursor_destroy(round->cursor);
	free(round->buf);
}

static struct vms_error *round_init(struct round *round, unsigned int off,
				    struct vms_pageset *excluded)
{
	const struct vms_scan *scan = round->scan;
	struct vms_classifier_config config = {
		.layout = vms_kernel_page_layout(scan->kernel),
		.level = scan->dump_level,
		.off = off,
		.excluded = excluded,
		.log = off ? NULL : scan->log,
	};
	struct vms_error *err;

	round->struct_size = vms_page_layout_size(config.layout);
	round->buf = malloc(CHUNK_BYTES);
	if (!round->buf)
		return vms_error_no_memory();
	err = vms_vm_cursor_create(scan->vm, &round->cursor);
	if (err)
		return err;
	config.needed = vms_vm_cursor_used(round->cursor);
	round->lookup = (struct vms_page_lookup){
		.get = lookup_get,
		.in_bounds = lookup_in_bounds,
		.ctx = round,
	};
	vms_progress_init(&round->progress, scan->log, "scanning pages",
			  vms_plan_count_present(scan->plan),
			  vms_kernel_page_size(scan->kernel));
	return vms_classifier_create(&config, &round->classifier);
}

static uint64_t members(const struct vms_pageset *set, vms_pfn_t end)
{
	return vms_pageset_count(set, (struct vms_pfn_range){ 0, end });
}

/* One round; *gate_ret: classes to be off in the next one. */
static struct vms_error *scan_round(const struct vms_scan *scan,
				    unsigned int off,
				    struct vms_pageset *excluded,
				    struct vms_class_counts *counts_ret,
				    unsigned int *gate_ret)
{
	struct round round = { .scan = scan };
	struct vms_error *err = round_init(&round, off, excluded);

	if (!err)
		err = scan_all(&round);
	if (!err) {
		bool kept = vms_classifier_keep_needed(round.classifier,
						       &round.lookup);
		const struct vms_class_counts *counts =
			vms_classifier_counts(round.classifier);

		*counts_ret = *counts;
		*gate_ret = vms_class_gate(
			counts, members(vms_vm_cursor_used(round.cursor),
					vms_plan_end_pfn(scan->plan)));
		vms_progress_end(&round.progress, round.done);
		vms_log_limit_end(scan->log, &round.limit,
				  "page ranges without struct pages");
		if (!kept)
			err = vms_error_no_memory();
	}
	round_deinit(&round);
	return err;
}

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
		err = scan_round(scan, off, excluded, ret, &gate);
		if (err && vms_error_code(err) == VMS_ERR_NO_MEMORY) {
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
