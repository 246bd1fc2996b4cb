// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One worker's look at one unit: struct pages view by view to the classifier,
 * which says where to go on. Knows no threads and no other units.
 */
#include <vmsieve/checked.h>
#include <vmsieve/kernel.h>
#include <vmsieve/limits.h>
#include <vmsieve/page_view.h>

#include "scan_unit.h"

/*
 * What is asked for after a jump, and at most: one block decides whether the
 * next jump follows; long stretches without jumps are read in large pieces.
 */
#define MIN_ASK_BYTES VMS_MEMMAP_BLOCK_BYTES
#define MAX_ASK_BYTES (256U << 10)

static bool lookup_get(void *ctx, vms_pfn_t pfn, uint8_t *buf,
		       vms_vaddr_t *vaddr_ret)
{
	struct vms_scan_worker *worker = ctx;

	return vms_memmap_get(worker->cursor, pfn, buf, vaddr_ret);
}

/* A run can be made of very many segments: it is put together once. */
static bool is_ram(struct vms_scan_worker *worker, struct vms_pfn_range range)
{
	struct vms_pfn_range *ram = &worker->ram;

	if ((range.start < ram->start || range.start >= ram->end) &&
	    !vms_plan_next_present(worker->plan, range.start, ram)) {
		*ram = (struct vms_pfn_range){ 0, 0 };
		return false;
	}
	return range.start >= ram->start && range.end <= ram->end;
}

/* RAM from end to end, in one node, and its last struct page is there. */
static bool lookup_in_bounds(void *ctx, struct vms_pfn_range range)
{
	struct vms_scan_worker *worker = ctx;
	uint8_t last[VMS_MAX_STRUCT_PAGE];
	vms_vaddr_t vaddr;

	return is_ram(worker, range) && vms_vm_same_node(worker->vm, range) &&
	       vms_memmap_get(worker->cursor, range.end - 1, last, &vaddr);
}

struct vms_error *vms_scan_worker_init(
	struct vms_scan_worker *worker, struct vms_vm *vm,
	const struct vms_kernel *kernel, const struct vms_page_plan *plan,
	const struct vms_classifier_config *config, size_t window_bytes)
{
	struct vms_error *err;

	*worker = (struct vms_scan_worker){
		.plan = plan,
		.vm = vm,
		.struct_size = vms_page_layout_size(config->layout),
		.page_size = vms_kernel_page_size(kernel),
		.lookup = { lookup_get, lookup_in_bounds, worker },
	};
	err = vms_vm_cursor_create(vm, window_bytes, &worker->cursor);
	if (err)
		return err;
	return vms_classifier_create(config, &worker->classifier);
}

void vms_scan_worker_deinit(struct vms_scan_worker *worker)
{
	vms_classifier_destroy(worker->classifier);
	vms_vm_cursor_destroy(worker->cursor);
	worker->classifier = NULL;
	worker->cursor = NULL;
}

static void doubt(struct vms_scan_unit *unit, struct vms_pfn_range pfns,
		  const char *why)
{
	struct vms_scan_doubt *last = NULL;

	unit->doubted += pfns.end - pfns.start;
	if (unit->nr_doubts)
		last = &unit->doubts[unit->nr_doubts - 1];
	if (last && last->pfns.end == pfns.start && last->why == why)
		last->pfns.end = pfns.end;
	else if (unit->nr_doubts < VMS_SCAN_UNIT_DOUBTS)
		unit->doubts[unit->nr_doubts++] =
			(struct vms_scan_doubt){ pfns, why };
	else
		unit->more_doubts++;
}

/* Pages whose struct pages lie in the block that cannot be read at pfn. */
static struct vms_pfn_range unreadable(const struct vms_scan_worker *worker,
				       const struct vms_memmap_range *range,
				       vms_pfn_t pfn)
{
	vms_vaddr_t vaddr = range->map +
			    (pfn - range->pfns.start) * worker->struct_size;
	uint64_t left = worker->page_size - vaddr % worker->page_size;
	uint64_t pages = (left + worker->struct_size - 1) /
			 worker->struct_size;

	if (pages > range->pfns.end - pfn)
		pages = range->pfns.end - pfn;
	return (struct vms_pfn_range){ pfn, pfn + pages };
}

/* Struct pages from pfn up to the end of the block that ask bytes lead to. */
static size_t count_to_ask(const struct vms_scan_worker *worker,
			   const struct vms_memmap_range *range, vms_pfn_t pfn,
			   size_t ask)
{
	vms_vaddr_t at = range->map +
			 (pfn - range->pfns.start) * worker->struct_size;
	vms_vaddr_t end = vms_align_down(at, VMS_MEMMAP_BLOCK_BYTES) + ask;
	uint64_t count = (end - at + worker->struct_size - 1) /
			 worker->struct_size;

	if (count > range->pfns.end - pfn)
		count = range->pfns.end - pfn;
	return (size_t)count;
}

static void scan_range(struct vms_scan_worker *worker,
		       struct vms_scan_unit *unit,
		       const struct vms_memmap_range *range)
{
	vms_pfn_t pfn = range->pfns.start;
	size_t ask = MIN_ASK_BYTES;

	while (pfn < range->pfns.end) {
		struct vms_page_chunk chunk = {
			.start = pfn,
			.map = range->map + (pfn - range->pfns.start) *
						    worker->struct_size,
		};
		vms_pfn_t next;

		if (vms_memmap_view(worker->cursor, range, pfn,
				    count_to_ask(worker, range, pfn, ask),
				    &chunk.structs,
				    &chunk.count) != VMS_READ_OK) {
			struct vms_pfn_range bad = unreadable(worker, range,
							      pfn);

			doubt(unit, bad, "struct pages cannot be read");
			pfn = bad.end;
			continue;
		}
		next = vms_classify_chunk(worker->classifier, &chunk,
					  &worker->lookup);
		if (next > pfn + chunk.count)
			ask = MIN_ASK_BYTES;
		else if (ask < MAX_ASK_BYTES)
			ask *= 2;
		pfn = next;
	}
}

/* The next range of the unit at or after *from; moves *from behind it. */
static bool next_range(struct vms_scan_worker *worker,
		       struct vms_scan_unit *unit, vms_pfn_t *from)
{
	struct vms_memmap_range range;
	const char *why = NULL;
	enum vms_memmap found;

	if (*from >= unit->pfns.end)
		return false;
	found = vms_memmap_next(worker->cursor, *from, &range, &why);
	if (found == VMS_MEMMAP_END || range.pfns.start >= unit->pfns.end)
		return false;
	if (range.pfns.end > unit->pfns.end)
		range.pfns.end = unit->pfns.end;
	if (found == VMS_MEMMAP_RANGE)
		scan_range(worker, unit, &range);
	else
		doubt(unit, range.pfns, why);
	*from = range.pfns.end;
	return true;
}

void vms_scan_unit_run(struct vms_scan_worker *worker,
		       struct vms_scan_unit *unit,
		       const struct vms_classify_carry *carry)
{
	vms_pfn_t from = unit->pfns.start;

	unit->nr_doubts = 0;
	unit->more_doubts = 0;
	unit->doubted = 0;
	vms_pageset_clear(unit->excluded);
	vms_classifier_restart(worker->classifier, carry, unit->excluded);
	do {
		vms_classifier_carry(worker->classifier, &unit->carry);
		if (from < unit->carry.resume)
			from = unit->carry.resume;
	} while (next_range(worker, unit, &from));
	vms_classify_doubt(worker->classifier, VMS_DOUBT_MEMMAP,
			   unit->doubted);
	unit->counts = *vms_classifier_counts(worker->classifier);
	unit->used_lost = !vms_vm_cursor_give_used(worker->cursor, unit->used);
}
