/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expands one page with the decoder that dump readers use. Knows no codec of
 * the collector.
 */
#ifndef VMS_TEST_PAGE_DECODE_H
#define VMS_TEST_PAGE_DECODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * flags: of a page descriptor, 0 or one compression bit. True when size bytes
 * at src become exactly page_size bytes at dst; never writes more than that.
 */
bool page_decode(uint32_t flags, const uint8_t *src, size_t size, uint8_t *dst,
		 size_t page_size);

/** False: this build has no decoder for these flags. */
bool page_decode_has(uint32_t flags);

#endif
