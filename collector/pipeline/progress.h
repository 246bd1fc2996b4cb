/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Progress of one phase in pages: percentage, rate and time left. */
#ifndef VMS_PROGRESS_H
#define VMS_PROGRESS_H

#include <vmsieve/types.h>

struct vms_log;

struct vms_progress {
	struct vms_log *log;
	const char *what;	/* "copying pages" */
	uint64_t total;		/* pages */
	uint32_t page_size;
	int64_t started_ms;
	int64_t shown_ms;
};

void vms_progress_init(struct vms_progress *progress, struct vms_log *log,
		       const char *what, uint64_t total, uint32_t page_size);
/** Cheap enough for every batch; shows a line only now and then. */
void vms_progress_update(struct vms_progress *progress, uint64_t done);
/** The last line of the phase, if the phase was long enough to be seen. */
void vms_progress_end(struct vms_progress *progress, uint64_t done);
/** Since the phase began. */
double vms_progress_seconds(const struct vms_progress *progress);

#endif
