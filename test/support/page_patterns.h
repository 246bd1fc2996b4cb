/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Contents for test pages, from a pattern and a seed. Knows no dumps.
 */
#ifndef VMS_TEST_PAGE_PATTERNS_H
#define VMS_TEST_PAGE_PATTERNS_H

#include <stddef.h>
#include <stdint.h>

enum page_pattern {
	PAGE_ZERO,
	PAGE_ONE_BIT,		/* zero but for one bit; the seed says which */
	PAGE_SAME,		/* one byte, over and over; never 0 */
	PAGE_TEXT,
	PAGE_POINTERS,		/* kernel addresses that share their top */
	PAGE_HALF_RANDOM,	/* second half zero */
	PAGE_RANDOM,		/* does not compress */
	PAGE_PATTERNS,
};

const char *page_pattern_name(enum page_pattern pattern);
void page_fill(enum page_pattern pattern, uint64_t seed, uint8_t *buf,
	       size_t size);

#endif
