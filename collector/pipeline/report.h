/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happened to every page, for people; the totals add up. */
#ifndef VMS_REPORT_H
#define VMS_REPORT_H

#include <vmsieve/filter.h>

#include "copy.h"

struct vms_log;

struct vms_report {
	uint64_t present;	/* pages of RAM in the source */
	uint64_t holes;		/* PFNs below the highest that are no RAM */
	uint64_t without_data;	/* left out of the source by an earlier filter
				 * and not excluded again here */
	uint64_t kept;		/* pages to write */
	struct vms_class_counts classes;
	uint64_t array;		/* page array of pages left out, -e */
	struct vms_copy_counts copied;
	uint64_t file_bytes;
	uint32_t page_size;
	unsigned int dump_level;
	bool whole;		/* every kept page was handled */
};

/**
 * Prints the report at message level VMS_MSG_REPORT. Warns, at any level, if
 * the numbers do not add up: that would be a defect of ours.
 */
void vms_report_print(const struct vms_report *report, struct vms_log *log);

#endif
