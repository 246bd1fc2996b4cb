// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wires one dump: opens everything in order, scans, copies, commits. Every
 * handle of the run is a member of struct job and owned by it; no other file
 * knows them all.
 */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/arch.h>
#include <vmsieve/cleanup.h>
#include <vmsieve/format.h>
#include <vmsieve/job.h>
#include <vmsieve/kernel.h>
#include <vmsieve/limits.h>
#include <vmsieve/log.h>
#include <vmsieve/scratch.h>
#include <vmsieve/source.h>
#include <vmsieve/transport.h>
#include <vmsieve/vm.h>

#include "copy.h"
#include "dump_facts.h"
#include "memory_plan.h"
#include "report.h"
#include "scan.h"
#include "scan_array.h"
#include "stop.h"

/*
 * Given back when something cannot be allocated that there is no smaller
 * choice for; then that step is done again. More than any one needs.
 */
#define RESERVE_BYTES (512U << 10)

struct job {
	const struct vms_options *options;
	struct vms_log *log;
	struct vms_stop stop;
	void *reserve;
	uint64_t available;	/* bytes of memory when the run began */
	struct vms_memory_plan memory;
	struct vms_source *source;
	struct vms_kernel *kernel;
	struct vms_vm *vm;
	struct vms_scratch *scratch;		/* for excluded */
	struct vms_scratch *scan_scratch;
	struct vms_pageset *excluded;
	struct vms_page_plan plan;
	struct vms_dump_info info;
	struct vms_sink *sink;
	struct vms_writer *writer;
	struct vms_report report;
};

static void close_input(struct job *job)
{
	vms_vm_destroy(job->vm);
	job->vm = NULL;
	vms_kernel_destroy(job->kernel);
	job->kernel = NULL;
	vms_source_destroy(job->source);
	job->source = NULL;
}

static void job_deinit(struct job *job)
{
	if (job->writer)
		job->writer->ops->destroy(job->writer);
	if (job->sink)
		job->sink->ops->close(job->sink, VMS_SINK_REMOVE);
	vms_pageset_destroy(job->excluded);
	vms_scratch_destroy(job->scratch);
	vms_scratch_destroy(job->scan_scratch);
	close_input(job);
	free(job->reserve);
	vms_stop_deinit(&job->stop);
}

/* A step can be done again after it failed. */
static struct vms_error *do_step(struct job *job,
				 struct vms_error *(*step)(struct job *job))
{
	struct vms_error *err = step(job);

	if (!err || vms_error_code(err) != VMS_ERR_NO_MEMORY || !job->reserve)
		return err;
	vms_error_destroy(err);
	free(job->reserve);
	job->reserve = NULL;
	vms_log_warn(job->log, "memory is short: going on with the reserve");
	err = step(job);
	job->reserve = malloc(RESERVE_BYTES);
	return err;
}

/* A saved file that contradicts itself is refused; memory is saved. */
static struct vms_error *check_machine(struct job *job)
{
	struct vms_error *err = vms_check_machine(job->source, job->kernel);

	if (!err || !(vms_source_info(job->source)->live ||
		      job->options->salvage))
		return err;
	vms_log_warn(job->log, "%s", vms_error_text(err));
	vms_error_destroy(err);
	return NULL;
}

static struct vms_error *open_input(struct job *job)
{
	const struct vms_options *o = job->options;
	struct vms_source_options options = {
		.lenient = o->salvage,
		.no_mmap = o->no_mmap,
		.drop_above = vms_plan_drop_above(job->available),
	};
	struct vms_error *err;

	close_input(job);
	err = vms_source_open(o->vmcore, &options, job->log, &job->source);
	if (err)
		return err;
	err = vms_load_kernel(job->source, job->log, &job->kernel);
	if (err)
		return err;
	err = check_machine(job);
	if (err)
		return err;
	if (vms_log_enabled(job->log, VMS_MSG_DEBUG))
		vms_kernel_describe(job->kernel, job->log);
	err = vms_vm_create(job->source, job->kernel, job->log, &job->vm);
	if (err)
		return err;
	job->plan.segments = vms_source_segments(job->source,
						 &job->plan.nr_segments);
	job->plan.page_shift = vms_kernel_page_shift(job->kernel);
	return vms_gather_dump_info(job->source, job->kernel, job->vm,
				    job->log, &job->info);
}

static void plan_memory(struct job *job)
{
	const struct vms_options *o = job->options;
	const struct vms_source_info *source = vms_source_info(job->source);
	const struct vms_codec_ops *codec = vms_codec_find(o->codec);
	const struct vms_format_ops *format =
		vms_format_find("kdump-compressed");
	uint32_t page_size = job->info.page_size;
	struct vms_memory_needs needs = {
		.available = job->available,
		.cpus = vms_cpus_available(),
		.threads = o->num_threads,
		.page_size = page_size,
		.codec_bytes = codec->context_bytes(page_size,
						    o->compress_level),
		.writer_bytes = format->memory_bytes(page_size),
		.input_bytes = source->live ? 0 : source->file_size,
	};

	vms_memory_plan_make(&needs, &job->memory);
	vms_memory_plan_print(&job->memory, job->log);
}

/*
 * Where the set of excluded pages may go when memory is short, and that of the
 * pages that the scan needs: a bit a page, in the directory that the user names
 * or else beside the dump. Without them more pages are kept.
 */
static struct vms_error *open_scratch(struct job *job)
{
	const struct vms_options *o = job->options;
	const char *slash = strrchr(o->dumpfile, '/');
	char *dir VMS_CLEANUP(free) = NULL;
	uint64_t cap = vms_plan_end_pfn(&job->plan) / 8 + VMS_SCRATCH_SLACK;
	struct vms_error *err = NULL;

	if (o->work_dir)
		dir = strdup(o->work_dir);
	else if (slash)
		dir = strndup(o->dumpfile, (size_t)(slash - o->dumpfile) + 1);
	else
		dir = strdup(".");
	if (!dir)
		return vms_error_no_memory();
	/*
	 * Also in memory, where the dump itself goes there: pages that must
	 * not be read have to be noted.
	 */
	if (!job->scratch)
		err = vms_scratch_file_create(dir, cap, true, &job->scratch);
	if (!err)
		err = vms_scratch_file_create(dir, cap, true,
					      &job->scan_scratch);
	if (!err || vms_error_code(err) == VMS_ERR_NO_MEMORY)
		return err;
	vms_log_print(job->log, VMS_MSG_DEBUG, "no scratch file: %s",
		      vms_error_text(err));
	vms_error_destroy(err);
	return NULL;
}

/* Pages whose note did not come back from scratch are kept. */
static void verify_excluded(struct job *job)
{
	struct vms_class_counts *counts = &job->report.classes;
	uint64_t lost = vms_pageset_verify(job->excluded);
	const struct vms_error *why = vms_pageset_scratch_error(job->excluded);

	counts->unattributed += lost;
	counts->doubted[VMS_DOUBT_MEMORY] += lost;
	if (why)
		vms_log_warn(job->log, "scratch file: %s", vms_error_text(why));
	if (lost)
		vms_log_warn(job->log, "scratch file: %s; %llu pages are kept",
			     vms_error_text(vms_pageset_failed(job->excluded)),
			     (unsigned long long)lost);
}

static struct vms_error *scan(struct job *job)
{
	struct vms_scan scan = {
		.vm = job->vm,
		.kernel = job->kernel,
		.plan = &job->plan,
		.dump_level = job->options->dump_level,
		.threads = job->memory.threads,
		.window_bytes = job->memory.window_bytes,
		.scratch = job->scan_scratch,
		.may_try_again = job->reserve,
		.log = job->log,
		.stop = &job->stop,
	};
	struct vms_error *err;

	vms_pageset_destroy(job->excluded);
	job->excluded = NULL;
	err = vms_pageset_create(vms_plan_end_pfn(&job->plan),
				 job->memory.excluded_bytes, job->scratch,
				 &job->excluded);
	if (err)
		return err;
	err = vms_scan_pages(&scan, job->excluded, &job->report.classes);
	if (err)
		return err;
	if (job->options->leave_out_array)
		vms_scan_leave_out_array(&scan, job->excluded,
					 &job->report.array);
	verify_excluded(job);
	job->info.array_left_out = job->report.array;
	job->plan.excluded = job->excluded;
	vms_log_print(job->log, VMS_MSG_DEBUG,
		      "excluded page set: %zu bytes of at most %zu",
		      vms_pageset_bytes(job->excluded),
		      job->memory.excluded_bytes);
	return NULL;
}

static void count_pages(struct job *job)
{
	struct vms_report *r = &job->report;
	vms_pfn_t end = vms_plan_end_pfn(&job->plan);
	uint64_t excluded = vms_pageset_members(job->excluded);

	r->page_size = job->info.page_size;
	r->dump_level = job->options->dump_level;
	r->present = vms_plan_count_present(&job->plan);
	r->kept = vms_plan_count_kept(&job->plan);
	r->holes = end - r->present;
	r->without_data = r->present - r->kept - excluded;
}

static struct vms_error *open_sink(struct job *job)
{
	const struct vms_options *o = job->options;
	const struct vms_transport_ops *transport =
		vms_transport_find(o->dry_run ? "null" : "local");
	struct vms_target target = { .path = o->dumpfile,
				     .replace = o->replace,
				     .cache_bytes = job->memory.cache_bytes };

	return transport->open(&target, job->log, &job->sink);
}

static struct vms_error *open_writer(struct job *job)
{
	const struct vms_format_ops *format =
		vms_format_find("kdump-compressed");

	job->info.dump_level = job->options->dump_level;
	job->info.compression = job->options->codec;
	return format->create(job->sink, &job->info, &job->plan, &job->writer);
}

static struct vms_error *begin(struct job *job)
{
	return job->writer->ops->begin(job->writer);
}

static struct vms_error *copy(struct job *job)
{
	const struct vms_options *o = job->options;
	struct vms_copy copy = {
		.source = job->source,
		.plan = &job->plan,
		.codec = vms_codec_find(o->codec),
		.compress_level = o->compress_level,
		.writer = job->writer,
		.log = job->log,
		.stop = &job->stop,
		.page_size = job->info.page_size,
		.share_zero = o->dump_level & VMS_LEVEL_ZERO,
		.may_shrink = vms_source_info(job->source)->live || o->salvage,
		.threads = job->memory.threads,
		.batches = job->memory.batches,
		.batch_bytes = job->memory.batch_bytes,
		.window_bytes = job->memory.copy_window_bytes,
	};
	struct vms_error *err = vms_copy_pages(&copy, &job->report.copied);

	if (!err)
		err = job->writer->ops->finish(job->writer);
	return err;
}

/* After an error while writing: what is on the target is made readable. */
static enum vms_outcome salvage(struct job *job)
{
	struct vms_error *err = job->writer->ops->salvage(job->writer);
	bool usable = !err || vms_error_code(err) != VMS_ERR_NOT_FOUND;

	if (err)
		vms_log_warn(job->log, "incomplete dump: %s",
			     vms_error_text(err));
	vms_error_destroy(err);
	if (!usable || !job->writer->ops->pages_written(job->writer))
		return VMS_OUTCOME_NOTHING;
	vms_log_print(job->log, VMS_MSG_ERROR,
		      "incomplete dump with %llu of %llu pages is left in %s",
		      (unsigned long long)
			      job->writer->ops->pages_written(job->writer),
		      (unsigned long long)job->report.kept,
		      job->sink->ops->path(job->sink));
	job->sink->ops->close(job->sink, VMS_SINK_KEEP);
	job->sink = NULL;
	return VMS_OUTCOME_INCOMPLETE;
}

static struct vms_error *write_dump(struct job *job, enum vms_outcome *ret)
{
	struct vms_error *err = do_step(job, open_sink);

	if (!err)
		err = do_step(job, open_writer);
	if (err)
		return err;
	err = do_step(job, begin);
	if (!err)
		err = copy(job);
	if (err)
		*ret = salvage(job);
	job->report.file_bytes = job->writer->ops->bytes_written(job->writer);
	if (err)
		return err;
	err = job->sink->ops->commit(job->sink);
	if (err) {
		/* Whole, but not durable or not under its name: not removed. */
		vms_log_print(job->log, VMS_MSG_ERROR, "the dump is left in %s",
			      job->sink->ops->path(job->sink));
		job->sink->ops->close(job->sink, VMS_SINK_KEEP);
		job->sink = NULL;
		*ret = VMS_OUTCOME_INCOMPLETE;
		return err;
	}
	*ret = VMS_OUTCOME_WHOLE;
	return NULL;
}

static struct vms_error *run(struct job *job, enum vms_outcome *ret)
{
	struct vms_error *err = do_step(job, open_input);

	if (err)
		return err;
	plan_memory(job);
	err = do_step(job, open_scratch);
	if (!err)
		err = do_step(job, scan);
	if (err)
		return err;
	count_pages(job);
	err = write_dump(job, ret);
	job->report.whole = *ret == VMS_OUTCOME_WHOLE;
	if (*ret != VMS_OUTCOME_NOTHING)
		vms_report_print(&job->report, job->log);
	if (!err && !job->options->dry_run)
		vms_log_print(job->log, VMS_MSG_COMMON,
			      "the dump is saved to %s",
			      job->options->dumpfile);
	return err;
}

struct vms_error *vms_job_run(const struct vms_options *options,
			      struct vms_log *log, enum vms_outcome *ret)
{
	struct job job = { .options = options, .log = log };
	struct vms_error *err;

	*ret = VMS_OUTCOME_NOTHING;
	job.reserve = malloc(RESERVE_BYTES);
	job.available = vms_memory_available();
	vms_stop_init(&job.stop);
	err = run(&job, ret);
	job_deinit(&job);
	return err;
}
