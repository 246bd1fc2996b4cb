// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the excluded pages to the pages of the page array that describe only
 * these. Several addresses of the array can lead to one page: huge pages share
 * their tails' struct pages (HugeTLB vmemmap optimisation, f41f2ed43ca5, 5.14;
 * from 7.1 on all huge pages of a node do). Such a page is left out only if
 * every address that leads to it describes excluded pages.
 *
 * Two sets, of pages that may go and of pages that must stay, each with its
 * cap: when the second does not fit, nothing goes.
 */
#include <vmsieve/checked.h>
#include <vmsieve/kernel.h>
#include <vmsieve/limits.h>
#include <vmsieve/log.h>
#include <vmsieve/page_view.h>
#include <vmsieve/vm.h>

#include "scan_array.h"

struct pass {
	const struct vms_scan *scan;
	struct vms_vm_cursor *cursor;
	struct vms_pageset_walk excluded;
	struct vms_pfn_range run;	/* of excluded pages, not yet passed */
	struct vms_pageset *go;
	struct vms_pageset *stay;
	size_t struct_size;
	uint32_t page_size;
	bool failed;			/* stay is not complete */
	/* Pages of the array's addresses, and of these not used. */
	uint64_t pages;
	uint64_t unused;
};

static void pass_deinit(struct pass *pass)
{
	vms_vm_cursor_destroy(pass->cursor);
	vms_pageset_destroy(pass->go);
	vms_pageset_destroy(pass->stay);
}

static struct vms_error *pass_init(struct pass *pass,
				   const struct vms_pageset *excluded)
{
	const struct vms_scan *scan = pass->scan;
	vms_pfn_t end = vms_plan_end_pfn(scan->plan);
	struct vms_error *err;

	vms_pageset_walk_init(&pass->excluded, excluded);
	pass->struct_size = vms_page_layout_size(
		vms_kernel_page_layout(scan->kernel));
	pass->page_size = vms_kernel_page_size(scan->kernel);
	err = vms_vm_cursor_create(scan->vm, VMS_MIN_WINDOW_BYTES,
				   &pass->cursor);
	if (!err)
		err = vms_pageset_create(end, VMS_CAP_USED_BYTES, NULL,
					 &pass->go);
	if (!err)
		err = vms_pageset_create(end, VMS_CAP_USED_BYTES, NULL,
					 &pass->stay);
	return err;
}

/*
 * Pages behind [start, end) of the array's addresses. Where they must stay, a
 * page that is touched counts; where they may go, the range is whole pages.
 */
static void add(struct pass *pass, struct vms_pageset *set, vms_vaddr_t start,
		vms_vaddr_t end)
{
	while (start < end && !pass->failed) {
		struct vms_pfn_range pages;
		vms_paddr_t paddr;
		uint64_t size;

		if (!vms_memmap_locate(pass->cursor, start, &paddr, &size)) {
			start = vms_align_down(start, pass->page_size) +
				pass->page_size;
			continue;
		}
		if (size > end - start)
			size = end - start;
		pages.start = paddr / pass->page_size;
		pages.end = (paddr + size - 1) / pass->page_size + 1;
		if (!vms_pageset_add(set, pages) && set == pass->stay)
			pass->failed = true;
		start += size;
	}
}

static vms_vaddr_t align_up(vms_vaddr_t vaddr, uint32_t size)
{
	return vms_align_down(vaddr + size - 1, size);
}

/* The next excluded pages at or after from. */
static bool excluded_run(struct pass *pass, vms_pfn_t from,
			 struct vms_pfn_range *ret)
{
	while (pass->run.end <= from)
		if (!vms_pageset_walk_next(&pass->excluded, &pass->run))
			return false;
	*ret = pass->run;
	if (ret->start < from)
		ret->start = from;
	return true;
}

static void look_at_range(struct pass *pass,
			  const struct vms_memmap_range *range)
{
	vms_vaddr_t end = range->map + (range->pfns.end - range->pfns.start) *
					       pass->struct_size;
	vms_vaddr_t done = range->map;
	struct vms_pfn_range run;

	for (vms_pfn_t pfn = range->pfns.start;
	     excluded_run(pass, pfn, &run) && run.start < range->pfns.end;
	     pfn = run.end) {
		vms_vaddr_t first = range->map +
				    (run.start - range->pfns.start) *
					    pass->struct_size;
		vms_vaddr_t last = run.end < range->pfns.end ?
					   range->map +
						   (run.end -
						    range->pfns.start) *
							   pass->struct_size :
					   end;

		first = align_up(first, pass->page_size);
		last = vms_align_down(last, pass->page_size);
		if (first >= last)
			continue;
		add(pass, pass->stay, done, first);
		add(pass, pass->go, first, last);
		pass->unused += (last - first) / pass->page_size;
		done = last;
	}
	pass->pages += (end - range->map) / pass->page_size;
	add(pass, pass->stay, done, end);
}

static void look_at_all(struct pass *pass)
{
	struct vms_memmap_range range;
	const char *why;
	vms_pfn_t from = 0;
	enum vms_memmap found;

	do {
		found = vms_memmap_next(pass->cursor, from, &range, &why);
		if (found == VMS_MEMMAP_RANGE)
			look_at_range(pass, &range);
		from = range.pfns.end;
	} while (found != VMS_MEMMAP_END && !pass->failed);
}

static bool take_away(struct vms_pageset *from, const struct vms_pageset *what)
{
	struct vms_pageset_walk walk;
	struct vms_pfn_range run;

	vms_pageset_walk_init(&walk, what);
	while (vms_pageset_walk_next(&walk, &run))
		if (!vms_pageset_remove(from, run))
			return false;
	return true;
}

static void leave_out(struct pass *pass, struct vms_pageset *excluded,
		      uint64_t *pages_ret)
{
	uint64_t before = vms_pageset_members(excluded);

	if (!vms_pageset_add_all(excluded, pass->go))
		vms_log_warn(pass->scan->log, "memory is short: not all of "
			     "the unused page array is left out");
	*pages_ret += vms_pageset_members(excluded) - before;
	vms_log_print(pass->scan->log, VMS_MSG_REPORT,
		      "page array: %llu of %llu pages describe only pages left "
		      "out; they lie in %llu pages of memory",
		      (unsigned long long)pass->unused,
		      (unsigned long long)pass->pages,
		      (unsigned long long)*pages_ret);
}

void vms_scan_leave_out_array(const struct vms_scan *scan,
			      struct vms_pageset *excluded,
			      uint64_t *pages_ret)
{
	struct pass pass = { .scan = scan };
	struct vms_error *err;

	if (!vms_kernel_page_layout(scan->kernel) || !vms_vm_model(scan->vm))
		return;
	err = pass_init(&pass, excluded);
	if (!err)
		look_at_all(&pass);
	/* The walk's own pages: its tables, not the page array. */
	if (!err && !pass.failed && take_away(pass.go, pass.stay) &&
	    take_away(pass.go, vms_vm_cursor_used(pass.cursor)))
		leave_out(&pass, excluded, pages_ret);
	else
		vms_log_warn(scan->log, "memory is short: the unused page "
			     "array is kept");
	vms_error_destroy(err);
	pass_deinit(&pass);
}
