// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Progress lines. Time is CLOCK_BOOTTIME: a crash kernel's wall clock may
 * jump. Does not know what is being counted.
 */
#include <time.h>
#include <unistd.h>

#include <vmsieve/log.h>

#include "progress.h"

/* On a terminal the line is redrawn; in a log every line stays. */
#define TERMINAL_INTERVAL_MS 200
#define LINES_INTERVAL_MS 1000

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void vms_progress_init(struct vms_progress *progress, struct vms_log *log,
		       const char *what, uint64_t total, uint32_t page_size)
{
	int64_t now = now_ms();

	*progress = (struct vms_progress){
		.log = log, .what = what, .total = total,
		.page_size = page_size, .started_ms = now, .shown_ms = now,
	};
}

static void show(struct vms_progress *p, uint64_t done, bool last)
{
	int64_t now = now_ms();
	double seconds = (double)(now - p->started_ms) / 1000.0;
	double share = p->total ? (double)done / (double)p->total : 1.0;
	double rate = seconds > 0 ? (double)done * p->page_size /
					    (1 << 20) / seconds : 0;
	double left;

	/* Holes between pages may have been counted with them. */
	if (share > 1)
		share = 1;
	left = share > 0 ? seconds * (1 - share) / share : 0;
	p->shown_ms = now;
	if (last)
		vms_log_progress(p->log, true,
				 "%s: %5.1f %%, %.0f MiB/s, %.1f s", p->what,
				 share * 100, rate, seconds);
	else
		vms_log_progress(p->log, false,
				 "%s: %5.1f %%, %.0f MiB/s, %.0f s left",
				 p->what, share * 100, rate, left);
}

void vms_progress_update(struct vms_progress *progress, uint64_t done)
{
	int64_t interval = isatty(STDERR_FILENO) ? TERMINAL_INTERVAL_MS :
						   LINES_INTERVAL_MS;

	if (now_ms() - progress->shown_ms >= interval)
		show(progress, done, false);
}

void vms_progress_end(struct vms_progress *progress, uint64_t done)
{
	if (progress->shown_ms != progress->started_ms)
		show(progress, done, true);
}

double vms_progress_seconds(const struct vms_progress *progress)
{
	return (double)(now_ms() - progress->started_ms) / 1000.0;
}
