/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the dump's bytes go. Sinks differ in what they can do, never in who
 * calls them. Contract: the file is created with mode 0600 under a name that
 * says it is not whole; commit gives it its final name only after everything
 * is durable; without commit the final name never appears.
 */
#ifndef VMSIEVE_SINK_H
#define VMSIEVE_SINK_H

#include <vmsieve/error.h>
#include <vmsieve/types.h>

enum vms_sink_cap {
	VMS_SINK_RANDOM_WRITE = 1U << 0, /* write_at any offset, any order */
	VMS_SINK_SYNC = 1U << 1,
	VMS_SINK_RENAME = 1U << 2,
	VMS_SINK_FREE_SPACE = 1U << 3,
};

struct vms_sink;

/** What becomes of the file when the sink is closed without commit. */
enum vms_sink_fate {
	VMS_SINK_REMOVE,	/* nothing of use in it */
	VMS_SINK_KEEP,		/* incomplete but readable: stays, with its
				 * incomplete name */
};

struct vms_sink_ops {
	const char *name;
	unsigned int caps;	/* enum vms_sink_cap */
	/*
	 * Writes all of it or returns an error (VMS_ERR_NO_SPACE when full).
	 * Restarts after EINTR and short writes. The error may also be that
	 * bytes of earlier writes are lost: sync then fails for good. Data
	 * are not copied and need no alignment; fastest are large writes that
	 * end at 64 KiB and go on where the last one ended, in two places of
	 * the file at most.
	 */
	struct vms_error *(*write_at)(struct vms_sink *sink, uint64_t offset,
				      const void *data, size_t size);
	/* Makes the file size bytes long; new bytes read as zero. */
	struct vms_error *(*set_size)(struct vms_sink *sink, uint64_t size);
	/* All that was written is on stable storage when it returns. The
	 * first failure is final for this file. */
	struct vms_error *(*sync)(struct vms_sink *sink);
	/*
	 * sync, final name, sync of the directory. Refused after a write or a
	 * sync that failed. After an error path() tells which name it has;
	 * only close() may follow.
	 */
	struct vms_error *(*commit)(struct vms_sink *sink);
	/* Bytes the target has left; UINT64_MAX if unknown. */
	struct vms_error *(*free_space)(struct vms_sink *sink, uint64_t *ret);
	/* Frees the sink. fate counts only before the file has its final
	 * name. */
	void (*close)(struct vms_sink *sink, enum vms_sink_fate fate);
	/* Name under which the file can be found now, for messages. */
	const char *(*path)(const struct vms_sink *sink);
};

/** First member of every sink. */
struct vms_sink {
	const struct vms_sink_ops *ops;
};

static inline VMS_MUST_CHECK struct vms_error *
vms_sink_write_at(struct vms_sink *sink, uint64_t offset, const void *data,
		  size_t size)
{
	return sink->ops->write_at(sink, offset, data, size);
}

#endif
