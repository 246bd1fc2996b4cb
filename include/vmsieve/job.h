/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One dump from start to end: the only place that names every handle. Wires
 * source, kernel, vm, filters, codec, format and sink in that order.
 */
#ifndef VMSIEVE_JOB_H
#define VMSIEVE_JOB_H

#include <vmsieve/error.h>
#include <vmsieve/options.h>
#include <vmsieve/types.h>

struct vms_log;

enum vms_outcome {
	VMS_OUTCOME_NOTHING,	/* nothing usable was saved */
	VMS_OUTCOME_INCOMPLETE,	/* a readable dump, marked incomplete */
	VMS_OUTCOME_WHOLE,	/* whole, durable, under its final name */
};

/**
 * Makes the dump that options ask for. *ret is always set; with an error it
 * says what was saved all the same.
 */
struct vms_error *vms_job_run(const struct vms_options *options,
			      struct vms_log *log,
			      enum vms_outcome *ret) VMS_MUST_CHECK;

#endif
