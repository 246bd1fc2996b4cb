// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A vmcore opened and scanned as the job does it, its kept pages copied to
 * memory. Knows no codec.
 */
#include "bench_pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <vmsieve/filter.h>
#include <vmsieve/kernel.h>
#include <vmsieve/limits.h>
#include <vmsieve/log.h>
#include <vmsieve/pageset.h>
#include <vmsieve/plan.h>
#include <vmsieve/source.h>
#include <vmsieve/vm.h>

#include "dump_facts.h"
#include "scan.h"
#include "stop.h"

/* Address space is taken by the piece, memory by the page that is used. */
#define MAP_FLAGS (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)

struct world {
	struct vms_log *log;
	struct vms_source *source;
	struct vms_kernel *kernel;
	struct vms_vm *vm;
	struct vms_pageset *excluded;
	struct vms_reader *reader;
	struct vms_page_plan plan;
};

static void world_deinit(struct world *w)
{
	vms_reader_destroy(w->reader);
	vms_pageset_destroy(w->excluded);
	vms_vm_destroy(w->vm);
	vms_kernel_destroy(w->kernel);
	vms_source_destroy(w->source);
	vms_log_destroy(w->log);
}

static struct vms_error *world_open(struct world *w, const char *vmcore)
{
	struct vms_source_options options = { .lenient = true };
	struct vms_error *err = vms_log_create(VMS_MSG_ERROR, &w->log);

	if (!err)
		err = vms_source_open(vmcore, &options, w->log, &w->source);
	if (!err)
		err = vms_load_kernel(w->source, w->log, &w->kernel);
	if (!err)
		err = vms_vm_create(w->source, w->kernel, w->log, &w->vm);
	if (!err)
		err = vms_reader_create(w->source, VMS_READER_WINDOW_BYTES,
					&w->reader);
	if (err)
		return err;
	w->plan.segments = vms_source_segments(w->source,
					       &w->plan.nr_segments);
	w->plan.page_shift = vms_kernel_page_shift(w->kernel);
	return vms_pageset_create(vms_plan_end_pfn(&w->plan),
				  VMS_CAP_PAGESET_BYTES, NULL, &w->excluded);
}

/* The one place that knows how the pipeline scans. */
static struct vms_error *world_scan(struct world *w, unsigned int level)
{
	struct vms_stop stop;
	struct vms_class_counts counts;
	struct vms_scan scan = {
		.vm = w->vm,
		.kernel = w->kernel,
		.plan = &w->plan,
		.dump_level = level,
		.threads = 1,
		.window_bytes = VMS_READER_WINDOW_BYTES,
		.log = w->log,
		.stop = &stop,
	};
	struct vms_error *err;

	vms_stop_init(&stop);
	err = vms_scan_pages(&scan, w->excluded, &counts);
	vms_stop_deinit(&stop);
	w->plan.excluded = w->excluded;
	return err;
}

bool bench_page_is_zero(const struct bench_pages *pages, size_t i)
{
	const uint8_t *page = bench_page(pages, i);

	return !page[0] && !memcmp(page, page + 1, pages->page_size - 1);
}

static void load_run(struct world *w, struct vms_pfn_range run,
		     size_t max_pages, bool share_zero,
		     struct bench_pages *pages)
{
	for (vms_pfn_t pfn = run.start; pfn < run.end; pfn++) {
		size_t i = pages->count;

		if (i == max_pages) {
			pages->left += (size_t)(run.end - pfn);
			return;
		}
		if (vms_reader_page(w->reader, pfn * pages->page_size,
				    pages->data + i * pages->page_size,
				    pages->page_size) != VMS_READ_OK)
			continue;
		if (share_zero && bench_page_is_zero(pages, i))
			pages->zero++;
		else
			pages->count++;
	}
}

static struct vms_error *load(struct world *w, unsigned int level,
			      size_t cap_bytes, struct bench_pages *ret)
{
	struct bench_pages pages = {
		.page_size = vms_kernel_page_size(w->kernel),
	};
	size_t max_pages = cap_bytes / pages.page_size;
	struct vms_plan_walk walk;
	struct vms_pfn_range run;

	if (!max_pages)
		return vms_error_create(VMS_ERR_USAGE, "the cap is below one "
					"page");
	pages.data = mmap(NULL, max_pages * pages.page_size,
			  PROT_READ | PROT_WRITE, MAP_FLAGS, -1, 0);
	if (pages.data == MAP_FAILED)
		return vms_error_no_memory();
	vms_plan_walk_init(&walk, &w->plan);
	while (vms_plan_walk_next_kept(&walk, &run))
		load_run(w, run, max_pages, level & VMS_LEVEL_ZERO, &pages);
	/* Only what was filled is kept, so that free needs no other size. */
	if (pages.count < max_pages)
		munmap(pages.data + pages.count * pages.page_size,
		       (max_pages - pages.count) * pages.page_size);
	*ret = pages;
	return NULL;
}

struct vms_error *bench_pages_load(const char *vmcore, unsigned int level,
				   size_t cap_bytes, struct bench_pages *ret)
{
	struct world w = { 0 };
	struct vms_error *err = world_open(&w, vmcore);

	if (!err)
		err = world_scan(&w, level);
	if (!err)
		err = load(&w, level, cap_bytes, ret);
	world_deinit(&w);
	return err;
}

void bench_pages_free(struct bench_pages *pages)
{
	if (pages->count)
		munmap(pages->data, pages->count * pages->page_size);
	pages->data = NULL;
}
