/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ways to a target. A transport opens sinks; it knows nothing of dumps.
 */
#ifndef VMSIEVE_TRANSPORT_H
#define VMSIEVE_TRANSPORT_H

#include <vmsieve/sink.h>

struct vms_log;

/** Where to. */
struct vms_target {
	const char *path;	/* final name of the file */
	bool replace;		/* -f: a regular file of that name is replaced
				 * by the rename; anything else never is */
	uint64_t cache_bytes;	/* page cache that the output may hold, about;
				 * 0: a default that fits a crash kernel */
};

struct vms_transport_ops {
	const char *name;	/* "local", "null" */
	/*
	 * Creates the file under its incomplete name. VMS_ERR_EXISTS when the
	 * final name is taken and may not be replaced. log (may be NULL) is
	 * kept until close.
	 */
	struct vms_error *(*open)(const struct vms_target *target,
				  struct vms_log *log, struct vms_sink **ret);
};

/** By name; NULL if there is none. */
const struct vms_transport_ops *vms_transport_find(const char *name);
const struct vms_transport_ops *const *vms_transports(size_t *count_ret);

#endif
