/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * System calls of the local transport that fail as told. The test is linked
 * with --wrap for each of them; calls not told of go to the kernel.
 */
#ifndef VMS_TEST_FAKE_CALLS_H
#define VMS_TEST_FAKE_CALLS_H

#include <stdbool.h>
#include <stddef.h>

/** What the next calls do; all zero: nothing special. */
struct fake_calls {
	unsigned int calls;	/* counts wrapped calls of all kinds */
	size_t write_at_most;	/* bytes that one pwrite takes, 0: all */
	bool write_interrupted;	/* every second pwrite: EINTR */
	bool write_nothing;	/* pwrite returns 0 */
	int write_errno;
	unsigned int write_errno_times;	/* how often, then it succeeds; 0:
					 * always */
	int truncate_errno;
	int file_sync_errno;
	unsigned int file_sync_times;	/* how often, then it succeeds */
	int range_sync_errno;	/* of sync_file_range */
	unsigned int range_sync_after;	/* calls that succeed before */
	unsigned int range_sync_times;	/* how often, then it succeeds; 0:
					 * always */
	int allocate_errno;	/* of fallocate */
	int fs_errno;		/* fstatfs fails */
	long fs_type;		/* what fstatfs says, if not 0 ... */
	unsigned long fs_free_blocks;	/* ... then with that many of 4 KiB */
	int dir_sync_errno;
	int close_errno;	/* of a regular file; it is closed */
	int renameat2_errno;
	bool plant_at_rename;	/* somebody takes the name just before */
	int linkat_errno;
	int unlinkat_errno;
	int getrandom_errno;
	bool getrandom_constant;
	unsigned int fail_alloc;	/* which allocation fails, 1 first */
	unsigned int fail_alloc_times;	/* that many in a row, 0 is 1 */

	/* What was done meanwhile. */
	unsigned int range_syncs;
	unsigned int allocates;
	long long allocated_from;	/* lowest offset of all */
	long long allocated_to;
	long long sent;		/* bytes that sync_file_range was to write */
	long long waited;	/* ... and waited for */
	long long dropped;	/* end of the last range that was dropped */
};

/** The one of this program; the wrapped calls have no place for a handle. */
struct fake_calls *fake_calls(void);
void fake_calls_reset(void);

#endif
