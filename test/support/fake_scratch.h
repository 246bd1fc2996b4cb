/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch in memory that fails as told.
 */
#ifndef VMS_TEST_FAKE_SCRATCH_H
#define VMS_TEST_FAKE_SCRATCH_H

#include <stdatomic.h>

#include <vmsieve/scratch.h>

struct fake_scratch {
	struct vms_scratch base;
	uint8_t *data;
	uint64_t size;
	uint64_t cap;
	unsigned int writes;	/* done */
	atomic_uint reads;
	/* All zero: nothing special. */
	unsigned int fail_write;	/* which write fails, 1 first; all on */
	unsigned int fail_read;		/* same for reads */
	bool drop_writes;	/* they succeed, and zeros are read */
};

/** For storage of the caller's; destroy it by its ops. */
void fake_scratch_init(struct fake_scratch *scratch, uint64_t cap);

#endif
