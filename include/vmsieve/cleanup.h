/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scope guards: a variable marked with one is released when its scope ends.
 * Ownership leaves a guarded scope only through vms_take_ptr/vms_take_fd.
 */
#ifndef VMSIEVE_CLEANUP_H
#define VMSIEVE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

/**
 * Defines a guard function for VMS_CLEANUP(name): calls fn on the variable's
 * value. fn must accept NULL.
 */
#define VMS_DEFINE_CLEANUP(name, type, fn)                                     \
	static inline void vms_cleanup_##name(type *p)                         \
	{                                                                      \
		fn(*p);                                                        \
	}                                                                      \
	struct vms_cleanup_needs_semicolon_##name

#define VMS_CLEANUP(name) __attribute__((cleanup(vms_cleanup_##name)))

static inline void vms_cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void vms_cleanup_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/** Returns the guarded pointer and disarms its guard. */
#define vms_take_ptr(p)                                                        \
	({                                                                     \
		__typeof__(p) *vms_take_p_ = &(p);                             \
		__typeof__(p) vms_take_v_ = *vms_take_p_;                      \
		*vms_take_p_ = NULL;                                           \
		vms_take_v_;                                                   \
	})

/** Returns the guarded descriptor and disarms its guard. */
static inline int vms_take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
