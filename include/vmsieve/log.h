/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages for people, with makedumpfile's level bits. Common, debug and
 * report messages go to stdout, errors, warnings and progress to stderr.
 * Control bytes in the text (it may hold strings of the dead kernel) are
 * written as \xNN. NULL is a valid log that says nothing.
 */
#ifndef VMSIEVE_LOG_H
#define VMSIEVE_LOG_H

#include <vmsieve/types.h>

enum vms_message {
	VMS_MSG_PROGRESS = 0x01,
	VMS_MSG_COMMON = 0x02,
	VMS_MSG_ERROR = 0x04,
	VMS_MSG_DEBUG = 0x08,
	VMS_MSG_REPORT = 0x10,
};
#define VMS_MSG_DEFAULT 7U
#define VMS_MSG_ALL 31U

struct vms_log;
struct vms_error;

struct vms_error *vms_log_create(unsigned int levels, struct vms_log **ret)
	VMS_MUST_CHECK;
void vms_log_destroy(struct vms_log *log);
bool vms_log_enabled(const struct vms_log *log, enum vms_message level);

/** One line; the newline is added. */
void vms_log_print(struct vms_log *log, enum vms_message level,
		   const char *fmt, ...) VMS_PRINTF(3, 4);
/** "warning: ..." at level VMS_MSG_ERROR. */
void vms_log_warn(struct vms_log *log, const char *fmt, ...) VMS_PRINTF(2, 3);

/**
 * A kind of warning that the input can provoke any number of times: the first
 * VMS_LOG_LIMIT of them are printed, vms_log_limit_end() then says how many
 * were not. Zero-initialise; owned by the caller.
 */
struct vms_log_limit {
	uint64_t seen;
};
#define VMS_LOG_LIMIT 8U
void vms_log_warn_limited(struct vms_log *log, struct vms_log_limit *limit,
			  const char *fmt, ...) VMS_PRINTF(3, 4);
/** what: plural noun of the kind, as in "12 more <what>". */
void vms_log_limit_end(struct vms_log *log, const struct vms_log_limit *limit,
		       const char *what);

/**
 * The progress line (level VMS_MSG_PROGRESS): redrawn in place on a terminal,
 * else a line of its own. done marks the last one of a phase.
 */
void vms_log_progress(struct vms_log *log, bool done, const char *fmt, ...)
	VMS_PRINTF(3, 4);

#endif
