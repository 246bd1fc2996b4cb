/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGINT, SIGTERM and SIGHUP as something the job asks for between batches,
 * not as something that happens to it: a dump that is told to stop still gets
 * its tables and its incomplete mark. The second signal of a kind ends the
 * program at once, so that nothing can hold it up for ever.
 */
#ifndef VMS_STOP_H
#define VMS_STOP_H

#include <signal.h>

#include <vmsieve/error.h>

#define VMS_STOP_SIGNALS 3U

struct vms_stop {
	/* As they were before, in the order of stop.c's table. */
	struct sigaction before[VMS_STOP_SIGNALS];
	bool ignored[VMS_STOP_SIGNALS];	/* by the caller (nohup): stays so */
};

void vms_stop_init(struct vms_stop *stop);
void vms_stop_deinit(struct vms_stop *stop);
/** VMS_ERR_INTERRUPTED if one of the signals has come. */
struct vms_error *vms_stop_check(const struct vms_stop *stop) VMS_MUST_CHECK;

#endif
