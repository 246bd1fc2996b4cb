/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room outside of memory for what does not fit into it while a dump is made.
 * It is gone when the program ends, however that happens. Nothing in it is
 * trusted blindly: who writes there keeps a checksum.
 */
#ifndef VMSIEVE_SCRATCH_H
#define VMSIEVE_SCRATCH_H

#include <vmsieve/cleanup.h>
#include <vmsieve/error.h>
#include <vmsieve/types.h>

struct vms_scratch;

/** All members are mandatory. */
struct vms_scratch_ops {
	const char *name;
	/*
	 * Writes all of it or returns an error: VMS_ERR_LIMIT when it would
	 * end behind the cap, VMS_ERR_NO_SPACE when the device is full. May
	 * block. By one thread at a time, and by none while others read.
	 */
	struct vms_error *(*write_at)(struct vms_scratch *scratch,
				      uint64_t offset, const void *data,
				      size_t size);
	/*
	 * Reads exactly size bytes that were written before, or returns an
	 * error; buf may be partly filled then. May block. By any number of
	 * threads at once.
	 */
	struct vms_error *(*read_at)(struct vms_scratch *scratch,
				     uint64_t offset, void *buf, size_t size);
	/* Frees the scratch and what it took outside of memory. */
	void (*destroy)(struct vms_scratch *scratch);
};

/** First member of every scratch. */
struct vms_scratch {
	const struct vms_scratch_ops *ops;
};

static inline VMS_MUST_CHECK struct vms_error *
vms_scratch_write_at(struct vms_scratch *scratch, uint64_t offset,
		     const void *data, size_t size)
{
	return scratch->ops->write_at(scratch, offset, data, size);
}

static inline VMS_MUST_CHECK struct vms_error *
vms_scratch_read_at(struct vms_scratch *scratch, uint64_t offset, void *buf,
		    size_t size)
{
	return scratch->ops->read_at(scratch, offset, buf, size);
}

/** Accepts NULL. */
static inline void vms_scratch_destroy(struct vms_scratch *scratch)
{
	if (scratch)
		scratch->ops->destroy(scratch);
}

/**
 * Scratch in an unnamed file in the directory dir, at most cap_bytes long. The
 * file is made by the first write. A file system that keeps files in memory,
 * or that does not say where it keeps them (overlay), is refused with
 * VMS_ERR_UNSUPPORTED unless allow_memory: in a crash kernel nothing is won
 * there.
 */
struct vms_error *vms_scratch_file_create(const char *dir, uint64_t cap_bytes,
					  bool allow_memory,
					  struct vms_scratch **ret)
	VMS_MUST_CHECK;

VMS_DEFINE_CLEANUP(scratch, struct vms_scratch *, vms_scratch_destroy);

#endif
