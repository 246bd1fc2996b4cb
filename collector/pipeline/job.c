// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Wires one dump: opens everything in order, scans, copies, commits. Every
 * handle of the run is a member of struct job and owned by it; no other file
 * knows them all.
 */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/arch.h>
#include <vmsieve/format.h>
#include <vmsieve/job.h>
#include <vmsieve/kernel.h>
#include <vmsieve/limits.h>
#include <vmsieve/log.h>
#include <vmsieve/source.h>
#include <vmsieve/transport.h>
#include <vmsieve/vm.h>

#include "copy.h"
#include "dump_facts.h"
#include "report.h"
#include "scan.h"
#include "stop.h"

struct job {
	const struct vms_options *options;
	struct vms_log *log;
	struct vms_stop stop;
	struct vms_source *source;
	struct vms_kernel *kernel;
	struct vms_vm *vm;
	struct vms_pageset *excluded;
	struct vms_page_plan plan;
	struct vms_dump_info info;
	struct vms_sink *sink;
	struct vms_writer *writer;
	struct vms_report report;
};

static void job_deinit(struct job *job)
{
	if (job->writer)
		job->writer->ops->destroy(job->writer);
	if (job->sink)
		job->sink->ops->close(job->sink, VMS_SINK_REMOVE);
	vms_pageset_destroy(job->excluded);
	vms_vm_destroy(job->vm);
	vms_kernel_destroy(job->kernel);
	vms_source_destroy(job->source);
	vms_stop_deinit(&job->stop);
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
	};
	struct vms_error *err;

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

static struct vms_error *scan(struct job *job)
{
	struct vms_scan scan = {
		.vm = job->vm,
		.kernel = job->kernel,
		.plan = &job->plan,
		.dump_level = job->options->dump_level,
		.log = job->log,
		.stop = &job->stop,
	};
	struct vms_error *err;

	err = vms_pageset_create(vms_plan_end_pfn(&job->plan),
				 VMS_CAP_PAGESET_BYTES, NULL, &job->excluded);
	if (err)
		return err;
	err = vms_scan_pages(&scan, job->excluded, &job->report.classes);
	if (err)
		return err;
	job->plan.excluded = job->excluded;
	vms_log_print(job->log, VMS_MSG_DEBUG,
		      "excluded page set: %zu bytes of at most %u",
		      vms_pageset_bytes(job->excluded), VMS_CAP_PAGESET_BYTES);
	return NULL;
}

static void count_pages(struct job *job)
{
	struct vms_report *r = &job->report;
	vms_pfn_t end = vms_plan_end_pfn(&job->plan);
	uint64_t excluded = vms_pageset_count(
		job->excluded, (struct vms_pfn_range){ 0, end });

	r->page_size = job->info.page_size;
	r->dump_level = job->options->dump_level;
	r->present = vms_plan_count_present(&job->plan);
	r->kept = vms_plan_count_kept(&job->plan);
	r->holes = end - r->present;
	r->without_data = r->present - r->kept - excluded;
}

static struct vms_error *open_output(struct job *job)
{
	const struct vms_options *o = job->options;
	const struct vms_transport_ops *transport =
		vms_transport_find(o->dry_run ? "null" : "local");
	const struct vms_format_ops *format =
		vms_format_find("kdump-compressed");
	struct vms_target target = { .path = o->dumpfile,
				     .replace = o->replace };
	struct vms_error *err;

	err = transport->open(&target, job->log, &job->sink);
	if (err)
		return err;
	job->info.dump_level = o->dump_level;
	job->info.compression = o->codec;
	return format->create(job->sink, &job->info, &job->plan, &job->writer);
}

static struct vms_error *copy(struct job *job)
{
	struct vms_copy copy = {
		.source = job->source,
		.plan = &job->plan,
		.codec = vms_codec_find(job->options->codec),
		.writer = job->writer,
		.log = job->log,
		.stop = &job->stop,
		.page_size = job->info.page_size,
		.share_zero = job->options->dump_level & VMS_LEVEL_ZERO,
		.may_shrink = vms_source_info(job->source)->live ||
			      job->options->salvage,
	};
	struct vms_error *err = job->writer->ops->begin(job->writer);

	if (!err)
		err = vms_copy_pages(&copy, &job->report.copied);
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
	struct vms_error *err = open_output(job);

	if (err)
		return err;
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
	struct vms_error *err = open_input(job);

	if (!err)
		err = scan(job);
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
	vms_stop_init(&job.stop);
	err = run(&job, ret);
	job_deinit(&job);
	return err;
}
