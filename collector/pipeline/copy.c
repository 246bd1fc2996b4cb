// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The copy: has batches of kept pages read and packed, and writes them. Does
 * not know which pages are kept, nor what a descriptor looks like.
 *
 * Memory: by the plan, batches * vms_batch_memory(), a codec context and a
 * reader for each thread, and one reader more.
 */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/cleanup.h>
#include <vmsieve/limits.h>
#include <vmsieve/log.h>

#include "batch.h"
#include "copy.h"
#include "flow.h"
#include "progress.h"
#include "stop.h"

#define STACK_BYTES (256U << 10)

/* What one thread needs: to read, to pack, or both. */
struct worker {
	struct vms_reader *reader;
	struct vms_packer packer;
};

struct run {
	const struct vms_copy *copy;
	struct vms_copy_counts *counts;
	/* Whoever fills; one thread at a time. */
	struct vms_plan_walk walk;
	struct vms_pfn_range left;	/* of the kept run at hand */
	/* One thread's each. */
	struct worker *workers;
	void **worker_pointers;
	size_t nr_workers;
	struct worker loader;		/* reads only */
	struct vms_batch **batches;
	size_t nr_batches;
	/* The caller's. */
	struct vms_progress progress;
	struct vms_log_limit lost_limit;
	struct vms_pfn_range lost;	/* run of unreadable pages so far */
	const char *lost_why;
};

/* ---- filling ---- */

/* Says which pages are in the batch; reads none. */
static bool fill(void *ctx, void *item)
{
	struct run *run = ctx;
	struct vms_batch *batch = item;

	batch->count = 0;
	while (batch->count < batch->max_pages) {
		if (run->left.start == run->left.end &&
		    !vms_plan_walk_next_kept(&run->walk, &run->left)) {
			run->left = (struct vms_pfn_range){ 0, 0 };
			break;
		}
		batch->items[batch->count++].pfn = run->left.start++;
	}
	return batch->count;
}

/* Pages that follow each other, from number i on. */
static size_t count_run(const struct vms_batch *batch, size_t i)
{
	const struct vms_page_item *items = batch->items;
	size_t n = 1;

	while (i + n < batch->count && items[i + n].pfn == items[i].pfn + n)
		n++;
	return n;
}

/* Some pages from number i on; returns how many. */
static size_t read_some(struct vms_reader *reader, struct vms_batch *batch,
			size_t i)
{
	size_t page_size = batch->page_size;
	uint8_t *to = batch->data + i * page_size;
	vms_paddr_t paddr = batch->items[i].pfn * page_size;
	size_t pages = count_run(batch, i);
	size_t done;

	if (vms_reader_read(reader, paddr, to, pages * page_size, &done) !=
		    VMS_READ_OK ||
	    done < page_size) {
		/* A page that no read gives as a whole. */
		batch->read[i] = vms_reader_page(reader, paddr, to, page_size);
		return 1;
	}
	pages = done / page_size;
	for (size_t j = 0; j < pages; j++)
		batch->read[i + j] = VMS_READ_OK;
	return pages;
}

static void load(void *arg, void *item)
{
	struct worker *worker = arg;
	struct vms_batch *batch = item;

	for (size_t i = 0; i < batch->count;)
		i += read_some(worker->reader, batch, i);
}

static void work(void *arg, void *item)
{
	struct worker *worker = arg;

	vms_packer_pack(&worker->packer, item);
}

/* ---- writing ---- */

/* Reports the run of unreadable pages that has ended, as one line. */
static void flush_lost(struct run *run)
{
	if (run->lost.start == run->lost.end)
		return;
	vms_log_warn_limited(run->copy->log, &run->lost_limit,
			     "PFN %#llx-%#llx: %s; recorded as lost",
			     (unsigned long long)run->lost.start,
			     (unsigned long long)run->lost.end - 1,
			     run->lost_why);
	run->lost = (struct vms_pfn_range){ 0, 0 };
}

static const char *why_lost(enum vms_read read)
{
	switch (read) {
	case VMS_READ_FAILED:
		return "the input cannot be read there";
	case VMS_READ_TRUNCATED:
		return "the input ends before that";
	default:
		return "the input has no bytes for that";
	}
}

static void lose_page(struct run *run, vms_pfn_t pfn, enum vms_read read)
{
	const char *why = why_lost(read);

	if (run->lost.end != pfn || run->lost_why != why) {
		flush_lost(run);
		run->lost.start = pfn;
		run->lost_why = why;
	}
	run->lost.end = pfn + 1;
}

/* Pages before the one that ends the run, if one does. */
static size_t count_sound(const struct run *run, const struct vms_batch *batch,
			  struct vms_error **err_ret)
{
	for (size_t i = 0; i < batch->count && !run->copy->may_shrink; i++) {
		if (batch->read[i] != VMS_READ_TRUNCATED)
			continue;
		*err_ret = vms_error_create(
			VMS_ERR_TRUNCATED,
			"the input became shorter while it was read, at PFN "
			"%#llx", (unsigned long long)batch->items[i].pfn);
		return i;
	}
	return batch->count;
}

static void count_items(struct run *run, const struct vms_batch *batch,
			size_t done)
{
	struct vms_copy_counts *counts = run->counts;

	for (size_t i = 0; i < done; i++) {
		const struct vms_page_item *item = &batch->items[i];

		switch (item->kind) {
		case VMS_ITEM_ZERO:
			counts->zero++;
			break;
		case VMS_ITEM_LOST:
			counts->lost++;
			lose_page(run, item->pfn, batch->read[i]);
			break;
		case VMS_ITEM_DATA:
			counts->stored++;
			counts->compressed += item->flag != VMS_CODEC_NONE;
			break;
		}
	}
}

static struct vms_error *deliver(void *ctx, void *item)
{
	struct run *run = ctx;
	struct vms_batch *batch = item;
	struct vms_writer *writer = run->copy->writer;
	struct vms_error *cut = NULL;
	size_t count = count_sound(run, batch, &cut);
	size_t done = 0;
	struct vms_error *err = vms_stop_check(run->copy->stop);

	if (!err)
		err = writer->ops->put(writer, batch->items, count, &done);
	count_items(run, batch, done);
	vms_progress_update(&run->progress, run->counts->zero +
						    run->counts->stored +
						    run->counts->lost);
	if (!err)
		return cut;
	vms_error_destroy(cut);
	return err;
}

static const struct vms_flow_ops copy_flow = {
	.fill = fill,
	.load = load,
	.work = work,
	.deliver = deliver,
};

/* ---- setting up ---- */

static void worker_deinit(struct worker *worker)
{
	vms_packer_deinit(&worker->packer);
	vms_reader_destroy(worker->reader);
	worker->reader = NULL;
}

static void run_deinit(struct run *run)
{
	for (size_t i = 0; i < run->nr_workers; i++)
		worker_deinit(&run->workers[i]);
	worker_deinit(&run->loader);
	for (size_t i = 0; i < run->nr_batches; i++)
		vms_batch_destroy(run->batches[i]);
	free(run->workers);
	free(run->worker_pointers);
	free(run->batches);
}

static struct vms_error *worker_init(struct worker *worker,
				     const struct vms_copy *copy)
{
	struct vms_error *err;

	err = vms_reader_create(copy->source, copy->window_bytes,
				&worker->reader);
	if (!err)
		err = vms_packer_init(&worker->packer, copy->codec,
				      copy->compress_level, copy->page_size,
				      copy->share_zero);
	if (err)
		worker_deinit(worker);
	return err;
}

/* As many as can be had, one at least. */
static struct vms_error *make_workers(struct run *run)
{
	const struct vms_copy *copy = run->copy;

	run->workers = calloc(copy->threads, sizeof(*run->workers));
	run->worker_pointers = calloc(copy->threads,
				      sizeof(*run->worker_pointers));
	if (!run->workers || !run->worker_pointers)
		return vms_error_no_memory();
	while (run->nr_workers < copy->threads) {
		struct worker *worker = &run->workers[run->nr_workers];
		struct vms_error *err = worker_init(worker, copy);

		if (!err) {
			run->worker_pointers[run->nr_workers++] = worker;
			continue;
		}
		if (!run->nr_workers)
			return err;
		vms_error_destroy(err);
		break;
	}
	return NULL;
}

static struct vms_error *make_batches(struct run *run)
{
	const struct vms_copy *copy = run->copy;

	run->batches = calloc(copy->batches, sizeof(*run->batches));
	if (!run->batches)
		return vms_error_no_memory();
	while (run->nr_batches < copy->batches) {
		struct vms_error *err =
			vms_batch_create(copy->page_size, copy->batch_bytes,
					 &run->batches[run->nr_batches]);

		if (!err) {
			run->nr_batches++;
			continue;
		}
		if (!run->nr_batches)
			return err;
		vms_error_destroy(err);
		break;
	}
	return NULL;
}

static struct vms_error *run_init(struct run *run)
{
	const struct vms_copy *copy = run->copy;
	struct vms_error *err;

	vms_plan_walk_init(&run->walk, copy->plan);
	err = vms_reader_create(copy->source, copy->window_bytes,
				&run->loader.reader);
	if (!err)
		err = make_workers(run);
	return err ? err : make_batches(run);
}

static struct vms_error *run_flow(struct run *run)
{
	struct vms_flow flow = {
		.ops = &copy_flow,
		.ctx = run,
		.items = (void *const *)run->batches,
		.nr_items = run->nr_batches,
		.workers = run->worker_pointers,
		.nr_workers = run->nr_workers,
		.loader = &run->loader,
		.stack_bytes = STACK_BYTES,
	};
	struct vms_error *err;
	size_t threads;

	vms_progress_init(&run->progress, run->copy->log, "copying pages",
			  vms_plan_count_kept(run->copy->plan),
			  run->copy->page_size);
	err = vms_flow_run(&flow, &threads);
	flush_lost(run);
	vms_log_limit_end(run->copy->log, &run->lost_limit,
			  "runs of pages that cannot be read");
	vms_progress_end(&run->progress, run->counts->zero +
						 run->counts->stored +
						 run->counts->lost);
	vms_log_print(run->copy->log, VMS_MSG_REPORT,
		      "copied %llu pages in %.2f s, %zu threads",
		      (unsigned long long)run->progress.total,
		      vms_progress_seconds(&run->progress), run->nr_workers);
	return err;
}

/* The least of everything that still makes a dump, if that is less. */
static bool use_less(struct vms_copy *copy)
{
	if (copy->threads == 1 && copy->batches == 1)
		return false;
	copy->threads = 1;
	copy->batches = 1;
	copy->batch_bytes = copy->page_size;
	copy->window_bytes = VMS_MIN_WINDOW_BYTES;
	return true;
}

struct vms_error *vms_copy_pages(const struct vms_copy *copy,
				 struct vms_copy_counts *counts)
{
	struct vms_copy plan = *copy;
	struct run run = { .copy = &plan, .counts = counts };
	struct vms_error *err = run_init(&run);

	while (err && vms_error_code(err) == VMS_ERR_NO_MEMORY &&
	       use_less(&plan)) {
		vms_error_destroy(err);
		run_deinit(&run);
		run = (struct run){ .copy = &plan, .counts = counts };
		err = run_init(&run);
	}
	if (!err)
		err = run_flow(&run);
	run_deinit(&run);
	return err;
}
