// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The copy loop. A batch is up to BATCH_BYTES of consecutive pages: borrowed
 * from the reader, compressed and written page by page in PFN order. Does not
 * know which pages are kept, nor what a descriptor looks like.
 *
 * Memory: one reader window, one codec context, one page as it is and one
 * compressed (vms_codec_bound(page_size) bytes).
 */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/log.h>

#include "copy.h"
#include "progress.h"
#include "stop.h"

#define BATCH_BYTES (1U << 20)

struct worker {
	const struct vms_copy *copy;
	struct vms_copy_counts *counts;
	struct vms_reader *reader;
	void *codec_context;
	size_t batch_pages;
	uint8_t *compressed;	/* one page */
	uint8_t *page;		/* one page put together from pieces */
	struct vms_log_limit lost_limit;
	struct vms_pfn_range lost;	/* run of unreadable pages so far */
	const char *lost_why;
};

static void worker_deinit(struct worker *w)
{
	w->copy->codec->destroy(w->codec_context);
	vms_reader_destroy(w->reader);
	free(w->compressed);
	free(w->page);
}

static struct vms_error *worker_init(struct worker *w)
{
	const struct vms_copy *copy = w->copy;
	struct vms_error *err;

	w->batch_pages = BATCH_BYTES / copy->page_size;
	w->compressed = malloc(vms_codec_bound(copy->page_size));
	w->page = malloc(copy->page_size);
	if (!w->compressed || !w->page)
		return vms_error_no_memory();
	err = copy->codec->create(copy->page_size, copy->compress_level,
				  &w->codec_context);
	if (err)
		return err;
	return vms_reader_create(copy->source, &w->reader);
}

static bool is_zero(const uint8_t *data, size_t size)
{
	/* All bytes equal the one before, and the first is zero. */
	return !data[0] && !memcmp(data, data + 1, size - 1);
}

static struct vms_error *write_page(struct worker *w, vms_pfn_t pfn,
				    const uint8_t *data)
{
	const struct vms_copy *copy = w->copy;
	struct vms_page_item item = {
		.pfn = pfn, .data = data, .size = copy->page_size,
		.flag = VMS_CODEC_NONE,
	};
	size_t size;

	if (copy->share_zero && is_zero(data, copy->page_size)) {
		w->counts->zero++;
		return vms_writer_put_zero(copy->writer, pfn);
	}
	size = copy->codec->compress(w->codec_context, data, copy->page_size,
				     w->compressed);
	if (size) {
		item.data = w->compressed;
		item.size = (uint32_t)size;
		item.flag = copy->codec->flag;
		w->counts->compressed++;
	}
	w->counts->stored++;
	return vms_writer_put_one(copy->writer, &item);
}

/* Reports the run of unreadable pages that has ended, as one line. */
static void flush_lost(struct worker *w)
{
	if (w->lost.start == w->lost.end)
		return;
	vms_log_warn_limited(w->copy->log, &w->lost_limit,
			     "PFN %#llx-%#llx: %s; recorded as lost",
			     (unsigned long long)w->lost.start,
			     (unsigned long long)w->lost.end - 1, w->lost_why);
	w->lost = (struct vms_pfn_range){ 0, 0 };
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

static struct vms_error *lose_page(struct worker *w, vms_pfn_t pfn,
				   enum vms_read read)
{
	const char *why = why_lost(read);

	if (read == VMS_READ_TRUNCATED && !w->copy->may_shrink)
		return vms_error_create(VMS_ERR_TRUNCATED,
					"the input became shorter while it "
					"was read, at PFN %#llx",
					(unsigned long long)pfn);
	if (w->lost.end != pfn || w->lost_why != why) {
		flush_lost(w);
		w->lost.start = pfn;
		w->lost_why = why;
	}
	w->lost.end = pfn + 1;
	w->counts->lost++;
	return vms_writer_put_lost(w->copy->writer, pfn);
}

/* One page that a view does not cover as a whole. */
static struct vms_error *copy_odd_page(struct worker *w, vms_pfn_t pfn)
{
	uint32_t page_size = w->copy->page_size;
	enum vms_read read = vms_reader_page(w->reader, pfn * page_size,
					     w->page, page_size);

	if (read != VMS_READ_OK)
		return lose_page(w, pfn, read);
	return write_page(w, pfn, w->page);
}

/* As much of the run as one view gives; *next_ret is where to go on. */
static struct vms_error *copy_batch(struct worker *w, struct vms_pfn_range run,
				    vms_pfn_t *next_ret)
{
	uint32_t page_size = w->copy->page_size;
	size_t pages = w->batch_pages;
	const uint8_t *data;
	size_t size;
	struct vms_error *err = NULL;

	if (run.end - run.start < pages)
		pages = (size_t)(run.end - run.start);
	if (vms_reader_view(w->reader, run.start * page_size,
			    pages * page_size, &data, &size) != VMS_READ_OK ||
	    size < page_size) {
		*next_ret = run.start + 1;
		return copy_odd_page(w, run.start);
	}
	pages = size / page_size;
	for (size_t i = 0; !err && i < pages; i++)
		err = write_page(w, run.start + i, data + i * page_size);
	*next_ret = run.start + pages;
	return err;
}

static struct vms_error *copy_run(struct worker *w, struct vms_pfn_range run,
				  struct vms_progress *progress)
{
	struct vms_error *err = NULL;

	while (!err && run.start < run.end) {
		const struct vms_copy_counts *c = w->counts;

		err = vms_stop_check(w->copy->stop);
		if (!err)
			err = copy_batch(w, run, &run.start);
		vms_progress_update(progress, c->zero + c->stored + c->lost);
	}
	return err;
}

struct vms_error *vms_copy_pages(const struct vms_copy *copy,
				 struct vms_copy_counts *counts)
{
	struct worker w = { .copy = copy, .counts = counts };
	struct vms_progress progress;
	struct vms_plan_walk walk;
	struct vms_pfn_range run;
	struct vms_error *err = worker_init(&w);

	vms_progress_init(&progress, copy->log, "copying pages",
			  vms_plan_count_kept(copy->plan), copy->page_size);
	vms_plan_walk_init(&walk, copy->plan);
	while (!err && vms_plan_walk_next_kept(&walk, &run))
		err = copy_run(&w, run, &progress);
	vms_progress_end(&progress,
			 counts->zero + counts->stored + counts->lost);
	flush_lost(&w);
	vms_log_limit_end(copy->log, &w.lost_limit,
			  "runs of pages that cannot be read");
	worker_deinit(&w);
	return err;
}
