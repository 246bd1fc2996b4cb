// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signals that ask the run to end. The handler does nothing; that it ran is
 * seen by SA_RESETHAND having put the default action back. So no state is
 * shared with it, and a second signal takes its default action. Does not know
 * what ending means for the dump.
 */
#include <string.h>

#include "stop.h"

static const int stop_signals[VMS_STOP_SIGNALS] = { SIGINT, SIGTERM, SIGHUP };

static void do_nothing(int signal)
{
	(void)signal;
}

void vms_stop_init(struct vms_stop *stop)
{
	/* Reads and writes go on; the question is asked between them. */
	struct sigaction action = {
		.sa_handler = do_nothing,
		.sa_flags = (int)(SA_RESETHAND | SA_RESTART),
	};

	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < VMS_STOP_SIGNALS; i++) {
		sigaction(stop_signals[i], NULL, &stop->before[i]);
		stop->ignored[i] = stop->before[i].sa_handler == SIG_IGN;
		if (!stop->ignored[i])
			sigaction(stop_signals[i], &action, NULL);
	}
}

void vms_stop_deinit(struct vms_stop *stop)
{
	for (size_t i = 0; i < VMS_STOP_SIGNALS; i++)
		sigaction(stop_signals[i], &stop->before[i], NULL);
}

struct vms_error *vms_stop_check(const struct vms_stop *stop)
{
	for (size_t i = 0; i < VMS_STOP_SIGNALS; i++) {
		struct sigaction now;

		if (stop->ignored[i])
			continue;
		sigaction(stop_signals[i], NULL, &now);
		if (now.sa_handler == SIG_DFL)
			return vms_error_create(VMS_ERR_INTERRUPTED,
						"stopped by SIG%s",
						sigabbrev_np(stop_signals[i]));
	}
	return NULL;
}
