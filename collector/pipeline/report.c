// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The report. Only prints numbers it is given; knows nothing of how they came
 * about.
 */
#include <stdio.h>

#include <vmsieve/log.h>

#include "report.h"

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0.0;
}

static void line(const struct vms_report *r, struct vms_log *log,
		 const char *what, uint64_t pages)
{
	vms_log_print(log, VMS_MSG_REPORT, "  %-38s %14llu  %5.1f %%", what,
		      (unsigned long long)pages, percent(pages, r->present));
}

static uint64_t sum_excluded(const struct vms_report *r)
{
	uint64_t sum = 0;

	for (int i = 0; i < VMS_NR_CLASSES; i++)
		sum += r->classes.excluded[i];
	return sum + r->array - r->classes.unattributed;
}

static void print_doubts(const struct vms_report *r, struct vms_log *log)
{
	for (int i = 0; i < VMS_NR_DOUBTS; i++) {
		char what[96];

		if (!r->classes.doubted[i])
			continue;
		snprintf(what, sizeof(what), "because %s",
			 vms_doubt_name((enum vms_doubt)i));
		vms_log_print(log, VMS_MSG_REPORT, "  kept for doubt, %s: %llu",
			      what,
			      (unsigned long long)r->classes.doubted[i]);
	}
}

static void check_totals(const struct vms_report *r, struct vms_log *log)
{
	uint64_t excluded = sum_excluded(r);
	uint64_t written = r->copied.zero + r->copied.stored + r->copied.lost;

	if (r->present != excluded + r->without_data + r->kept)
		vms_log_warn(log, "page counts do not add up: %llu present, "
			     "%llu left out, %llu without data, %llu kept",
			     (unsigned long long)r->present,
			     (unsigned long long)excluded,
			     (unsigned long long)r->without_data,
			     (unsigned long long)r->kept);
	if (r->whole && written != r->kept)
		vms_log_warn(log, "%llu of %llu kept pages were handled",
			     (unsigned long long)written,
			     (unsigned long long)r->kept);
}

void vms_report_print(const struct vms_report *report, struct vms_log *log)
{
	const struct vms_report *r = report;
	double mib = (double)r->page_size / (1 << 20);

	check_totals(r, log);
	vms_log_print(log, VMS_MSG_REPORT, "report (pages of %u bytes):",
		      r->page_size);
	line(r, log, "memory of the crashed machine", r->present);
	for (int i = 0; i < VMS_NR_CLASSES; i++) {
		char what[64];

		snprintf(what, sizeof(what), "left out: %s",
			 vms_class_name((enum vms_class)i));
		line(r, log, what, r->classes.excluded[i]);
	}
	if (r->array)
		line(r, log, "left out: page array of these", r->array);
	line(r, log, "not in the input", r->without_data);
	line(r, log, "kept", r->kept);
	line(r, log, "  zero, one shared copy", r->copied.zero);
	line(r, log, "  stored", r->copied.stored);
	line(r, log, "    of these compressed", r->copied.compressed);
	line(r, log, "  lost, not readable", r->copied.lost);
	vms_log_print(log, VMS_MSG_REPORT, "  %-38s %14llu",
		      "no memory there (holes)", (unsigned long long)r->holes);
	print_doubts(r, log);
	vms_log_print(log, VMS_MSG_REPORT,
		      "  dump level %u: %.1f MiB of memory in a file of "
		      "%.1f MiB (%.1f %%)", r->dump_level,
		      (double)r->present * mib,
		      (double)r->file_bytes / (1 << 20),
		      r->present ? 100.0 * (double)r->file_bytes /
					   ((double)r->present * r->page_size) :
				   0.0);
}
