/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The error object. NULL is success. Each layer prepends only what the layer
 * below cannot know (path, PFN, field); main.c prints the text once.
 */
#ifndef VMSIEVE_ERROR_H
#define VMSIEVE_ERROR_H

#include <vmsieve/types.h>

/** What the receiver can do about it; the text is for people. */
enum vms_error_code {
	VMS_ERR_NO_MEMORY,	/* an allocation failed or met its cap */
	VMS_ERR_SYSTEM,		/* a system call failed: see vms_error_errno() */
	VMS_ERR_USAGE,		/* the command line is wrong */
	VMS_ERR_INPUT,		/* the input breaks its own format */
	VMS_ERR_TRUNCATED,	/* the input ends before what it promises */
	VMS_ERR_UNSUPPORTED,	/* understood, and refused by name */
	VMS_ERR_NOT_FOUND,	/* expected absence: a fact, note or map is missing */
	VMS_ERR_UNREADABLE,	/* memory of the crashed machine cannot be read */
	VMS_ERR_IMPLAUSIBLE,	/* data of the crashed kernel not to be believed */
	VMS_ERR_EXISTS,		/* the output is there already */
	VMS_ERR_NO_SPACE,	/* the target is full (space, quota or size limit) */
	VMS_ERR_LIMIT,		/* a cap or time limit of ours was met */
	VMS_ERR_INTERRUPTED,	/* a signal asked us to stop */
};

struct vms_error;

/**
 * New error with a formatted text. Never returns NULL: when memory is short
 * the static out-of-memory error is returned instead.
 */
struct vms_error *vms_error_create(enum vms_error_code code, const char *fmt,
				   ...) VMS_PRINTF(2, 3) VMS_MUST_CHECK VMS_NONNULL;
/**
 * New error for a failed system call; ": strerror" is appended. ENOSPC,
 * EDQUOT and EFBIG become VMS_ERR_NO_SPACE, ENOMEM VMS_ERR_NO_MEMORY,
 * EEXIST VMS_ERR_EXISTS, all others VMS_ERR_SYSTEM.
 */
struct vms_error *vms_error_system(int errnum, const char *fmt, ...)
	VMS_PRINTF(2, 3) VMS_MUST_CHECK VMS_NONNULL;
/** The static out-of-memory error; creating it allocates nothing. */
struct vms_error *vms_error_no_memory(void) VMS_MUST_CHECK VMS_NONNULL;
/** Prepends "prefix: " to err's text and returns err. NULL stays NULL. */
struct vms_error *vms_error_wrap(struct vms_error *err, const char *fmt, ...)
	VMS_PRINTF(2, 3) VMS_MUST_CHECK;

enum vms_error_code vms_error_code(const struct vms_error *err);
/** errno of the failed call, 0 when there was none. */
int vms_error_errno(const struct vms_error *err);
/** Borrowed until err is wrapped or destroyed. */
const char *vms_error_text(const struct vms_error *err);
/** Accepts NULL and the static error. */
void vms_error_destroy(struct vms_error *err);
/**
 * "This one code is expected here": if *err has that code, destroys it, sets
 * *err to NULL and returns true. Else (also for NULL) returns false.
 */
bool vms_error_catch(struct vms_error **err, enum vms_error_code code);

#endif
