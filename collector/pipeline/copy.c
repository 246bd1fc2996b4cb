// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The copy: fills batches with kept pages, has them packed, writes them. Does
 * not know which pages are kept, nor what a descriptor looks like.
 *
 * Memory: by the plan, batches * vms_batch_memory() and a codec context for
 * each thread, one reader window.
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

struct run {
	const struct vms_copy *copy;
	struct vms_copy_counts *counts;
	/* The filling thread's. */
	struct vms_reader *reader;
	struct vms_plan_walk walk;
	struct vms_pfn_range left;	/* of the kept run at hand */
	/* The packing threads', one each. */
	struct vms_packer *packers;
	void **packer_pointers;
	size_t nr_packers;
	struct vms_batch **batches;
	size_t nr_batches;
	/* The caller's. */
	struct vms_progress progress;
	struct vms_log_limit lost_limit;
	struct vms_pfn_range lost;	/* run of unreadable pages so far */
	const char *lost_why;
};

/* ---- filling ---- */

/* The page at the front of what is left, which no read gives as a whole. */
static size_t read_odd_page(struct run *run, uint8_t *to, enum vms_read *ret)
{
	uint32_t page_size = run->copy->page_size;

	*ret = vms_reader_page(run->reader, run->left.start * page_size, to,
			       page_size);
	return 1;
}

/* Some of what is left into the batch; returns how many pages. */
static size_t read_some(struct run *run, struct vms_batch *batch)
{
	uint32_t page_size = batch->page_size;
	uint8_t *to = batch->data + batch->count * page_size;
	enum vms_read *read = &batch->read[batch->count];
	size_t pages = batch->max_pages - batch->count;
	size_t done;

	if (pages > run->left.end - run->left.start)
		pages = (size_t)(run->left.end - run->left.start);
	if (vms_reader_read(run->reader, run->left.start * page_size, to,
			    pages * page_size, &done) != VMS_READ_OK ||
	    done < page_size)
		return read_odd_page(run, to, read);
	pages = done / page_size;
	for (size_t i = 0; i < pages; i++)
		read[i] = VMS_READ_OK;
	return pages;
}

static bool fill(void *ctx, void *item)
{
	struct run *run = ctx;
	struct vms_batch *batch = item;

	batch->count = 0;
	while (batch->count < batch->max_pages) {
		size_t pages;

		if (run->left.start == run->left.end &&
		    !vms_plan_walk_next_kept(&run->walk, &run->left)) {
			run->left = (struct vms_pfn_range){ 0, 0 };
			break;
		}
		pages = read_some(run, batch);
		for (size_t i = 0; i < pages; i++)
			batch->items[batch->count + i].pfn =
				run->left.start + i;
		batch->count += pages;
		run->left.start += pages;
	}
	return batch->count;
}

static void work(void *worker, void *item)
{
	vms_packer_pack(worker, item);
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
	.work = work,
	.deliver = deliver,
	.fill_apart = true,
};

/* ---- setting up ---- */

static void run_deinit(struct run *run)
{
	for (size_t i = 0; i < run->nr_packers; i++)
		vms_packer_deinit(&run->packers[i]);
	for (size_t i = 0; i < run->nr_batches; i++)
		vms_batch_destroy(run->batches[i]);
	vms_reader_destroy(run->reader);
	free(run->packers);
	free(run->packer_pointers);
	free(run->batches);
}

/* As many as can be had, one at least. */
static struct vms_error *make_packers(struct run *run)
{
	const struct vms_copy *copy = run->copy;

	run->packers = calloc(copy->threads, sizeof(*run->packers));
	run->packer_pointers = calloc(copy->threads,
				      sizeof(*run->packer_pointers));
	if (!run->packers || !run->packer_pointers)
		return vms_error_no_memory();
	while (run->nr_packers < copy->threads) {
		struct vms_packer *packer = &run->packers[run->nr_packers];
		struct vms_error *err = vms_packer_init(
			packer, copy->codec, copy->compress_level,
			copy->page_size, copy->share_zero);

		if (!err) {
			run->packer_pointers[run->nr_packers++] = packer;
			continue;
		}
		vms_packer_deinit(packer);
		if (!run->nr_packers)
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
				&run->reader);
	if (!err)
		err = make_packers(run);
	return err ? err : make_batches(run);
}

static struct vms_error *run_flow(struct run *run)
{
	struct vms_flow flow = {
		.ops = &copy_flow,
		.ctx = run,
		.items = (void *const *)run->batches,
		.nr_items = run->nr_batches,
		.workers = run->packer_pointers,
		.nr_workers = run->nr_packers,
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
