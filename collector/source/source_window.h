/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One reader's windows on a file: a long one that follows a sequential read,
 * and some of one block for look-ups here and there. Knows file offsets only.
 */
#ifndef VMS_SOURCE_WINDOW_H
#define VMS_SOURCE_WINDOW_H

#include "source_priv.h"

/* A walk through page tables touches one block in each of 4 or 5 levels. */
#define VMS_WINDOW_SPOTS 8U

struct vms_window {
	uint64_t start;		/* file offsets; start == end: empty */
	uint64_t end;
	const uint8_t *data;	/* of start */
};

struct vms_windows {
	int fd;
	uint64_t read_limit;
	uint64_t map_limit;	/* no mapping goes further; 0: never map */
	uint64_t map_align;	/* bytes, the host's page size */
	unsigned int map_failures;
	void *map;
	size_t map_size;
	struct vms_window run;
	size_t run_size;	/* that the run was last asked for */
	size_t run_max;		/* room for the run in buf */
	size_t run_limit;	/* that the next may have */
	struct vms_window spots[VMS_WINDOW_SPOTS];
	unsigned int last_spot;	/* the one that was filled last */
	unsigned int streak;	/* fills in a row that follow each other */
	uint8_t *buf;		/* the run's bytes, then the spots' */
	bool drop_behind;
	/* vms_windows_read() has dropped up to here; UINT64_MAX: nothing. */
	uint64_t dropped;
};

/** As vms_reader_create(). */
struct vms_error *vms_windows_init(struct vms_windows *windows,
				   const struct vms_source *source,
				   size_t run_bytes) VMS_MUST_CHECK;
void vms_windows_deinit(struct vms_windows *windows);

/**
 * Borrows up to size bytes at offset, as vms_reader_view() does. block: bytes
 * from offset that a bad read there condemns.
 */
enum vms_read vms_windows_get(struct vms_windows *windows, uint64_t offset,
			      size_t size, size_t block, const uint8_t **ret,
			      size_t *size_ret);

/**
 * Reads into buf without a window. Returns how many bytes of it are there: 0
 * also when the input is better mapped, or when errors make short reads wise;
 * then vms_windows_get() is the way.
 */
size_t vms_windows_read(struct vms_windows *windows, uint64_t offset, void *buf,
			size_t size);

#endif
