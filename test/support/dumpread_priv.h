/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two files of the test reader share.
 */
#ifndef VMS_TEST_DUMPREAD_PRIV_H
#define VMS_TEST_DUMPREAD_PRIV_H

#include "dumpread.h"

#define DUMPREAD_WINDOW 4096U
#define DUMPREAD_MAX_BLOCK 262144U

/* A piece of a bitmap: bytes [start, start + DUMPREAD_WINDOW) of the area. */
struct dumpread_window {
	uint64_t area;		/* file offset of the bitmap */
	uint64_t bytes;		/* of the bitmap that hold pages */
	uint64_t start;
	bool valid;
	uint8_t buf[DUMPREAD_WINDOW];
};

struct dumpread {
	struct dumpread_io io;
	struct dumpread_info info;
	struct dumpread_window present;
	struct dumpread_window kept;
	uint64_t rank_pfn;	/* bits of the 2nd bitmap below this page */
	uint64_t rank;
	uint8_t *stored;	/* a page as the file has it */
};

bool dumpread_fail(struct dumpread_error *err, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
