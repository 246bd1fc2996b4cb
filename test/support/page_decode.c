// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The decoders: zlib's uncompress, liblzo2's safe one, snappy's and zstd's.
 * Knows no files.
 */
#include "page_decode.h"

#include <string.h>

#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>
#ifdef VMS_HAVE_SNAPPY
#include <snappy-c.h>
#endif

static bool decode_zlib(const uint8_t *src, size_t size, uint8_t *dst,
			size_t page_size)
{
	uLongf n = page_size;

	return uncompress(dst, &n, src, size) == Z_OK && n == page_size;
}

static bool decode_lzo(const uint8_t *src, size_t size, uint8_t *dst,
		       size_t page_size)
{
	lzo_uint n = page_size;

	return lzo1x_decompress_safe(src, size, dst, &n, NULL) == LZO_E_OK &&
	       n == page_size;
}

static bool decode_zstd(const uint8_t *src, size_t size, uint8_t *dst,
			size_t page_size)
{
	size_t n;

	/* One frame, nothing behind it. */
	if (ZSTD_findFrameCompressedSize(src, size) != size)
		return false;
	n = ZSTD_decompress(dst, page_size, src, size);
	return !ZSTD_isError(n) && n == page_size;
}

#ifdef VMS_HAVE_SNAPPY
static bool decode_snappy(const uint8_t *src, size_t size, uint8_t *dst,
			  size_t page_size)
{
	const char *s = (const char *)src;
	size_t n;

	if (snappy_uncompressed_length(s, size, &n) != SNAPPY_OK ||
	    n != page_size)
		return false;
	return snappy_uncompress(s, size, (char *)dst, &n) == SNAPPY_OK &&
	       n == page_size;
}
#endif

bool page_decode_has(uint32_t flags)
{
#ifdef VMS_HAVE_SNAPPY
	if (flags == 0x04)
		return true;
#endif
	return flags == 0 || flags == 0x01 || flags == 0x02 || flags == 0x20;
}

bool page_decode(uint32_t flags, const uint8_t *src, size_t size, uint8_t *dst,
		 size_t page_size)
{
	switch (flags) {
	case 0x00:
		if (size != page_size)
			return false;
		memcpy(dst, src, size);
		return true;
	case 0x01:
		return decode_zlib(src, size, dst, page_size);
	case 0x02:
		return decode_lzo(src, size, dst, page_size);
#ifdef VMS_HAVE_SNAPPY
	case 0x04:
		return decode_snappy(src, size, dst, page_size);
#endif
	case 0x20:
		return decode_zstd(src, size, dst, page_size);
	default:
		return false;
	}
}
