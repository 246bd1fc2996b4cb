// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One zstd frame a page, with the page's size in its header, by a context that
 * is set up once and whose tables are not cleared for each page. Knows bytes
 * only.
 */
#include <stdlib.h>

#include <zstd.h>

#include <vmsieve/cleanup.h>
#include <vmsieve/endian.h>

#include "codecs.h"
#include "noise.h"
#include "zero_page.h"

/* makedumpfile's. From 20 on zstd needs a window that no page fills. */
#define DEFAULT_LEVEL 1
#define MAX_LEVEL 19
/*
 * zstd's level 1 wants 5 bytes for a page of 4 KiB, 6 for 64 KiB. Kernel memory
 * is words: 4 make a dump 0.2 (level 0) to 1% (level 31) smaller and take 2 to
 * 3% more time. That size is spent on is_mostly_zero(), which saves 5 to 8%,
 * and on what vms_is_noise() gets wrong. Measured with 1.5.4 on 4 KiB pages of
 * 6.1, level 31, ns a page and size against level 1 (12000, 1): hashLog 12, 11,
 * 10: 12500, +0.05 to 0.4%; minMatch 6, 7: 12350, +0.8, +1.8%; dfast: 14300,
 * -0.9%; targetLength 1 for all pages: 8000, +14%.
 */
#define LEVEL1_MIN_MATCH 4

struct zstd_context {
	ZSTD_CCtx *frames;
	struct zero_page zero;
	bool may_hurry;		/* level 1: see is_mostly_zero() */
};

static size_t zstd_bound(size_t size)
{
	return ZSTD_compressBound(size);
}

/*
 * zstd sizes its tables by level and input. What 1.5.4 holds (ZSTD_sizeof_CCtx)
 * for pages of 4, 16 and 64 KiB, at most: 72, 213, 393 KiB at levels 1 and 2;
 * 104, 277, 1033 KiB up to 10; 270, 566, 1750 KiB up to 19.
 */
static size_t zstd_context_bytes(size_t page_size, unsigned int level)
{
	size_t own = sizeof(struct zstd_context) + (1U << 10);

	if (!level)
		level = DEFAULT_LEVEL;
	if (level <= 2)
		return own + (48U << 10) + 11 * page_size;
	if (level <= 10)
		return own + (48U << 10) + 16 * page_size;
	return own + (172U << 10) + 25 * page_size;
}

static void zstd_destroy(void *context)
{
	struct zstd_context *c = context;

	if (!c)
		return;
	vms_zero_page_deinit(&c->zero);
	ZSTD_freeCCtx(c->frames);
	free(c);
}

static inline void free_context(struct zstd_context *c)
{
	zstd_destroy(c);
}

VMS_DEFINE_CLEANUP(zstd_context, struct zstd_context *, free_context);

/*
 * Are 9 of 16 bytes zero? Asks every eighth word, at most 255. Such pages have
 * few literals, and a Huffman code for these saves less than it takes: with a
 * targetLength the fast strategy leaves them as they are.
 */
static bool is_mostly_zero(const uint8_t *src, size_t size)
{
	const uint64_t low7 = 0x7f7f7f7f7f7f7f7fULL;
	size_t step = size / 8 > 8 * 255 ? size / 255 & ~(size_t)7 : 64;
	uint64_t zeros = 0;	/* eight counters of a byte */
	size_t bytes = 0;

	for (size_t i = 0; i + 8 <= size && bytes < 255 * 8; i += step) {
		uint64_t w = vms_get_u64(src + i, VMS_LITTLE_ENDIAN);

		zeros += ~(((w & low7) + low7) | w | low7) >> 7;
		bytes += 8;
	}
	/* Neighbours added to four sums of 16 bits, and these to one. */
	zeros = (zeros & 0x00ff00ff00ff00ffULL) +
		(zeros >> 8 & 0x00ff00ff00ff00ffULL);
	zeros = zeros * 0x0001000100010001ULL >> 48;
	return zeros * 16 >= bytes * 9;
}

static size_t compress_any(void *context, const uint8_t *src, size_t size,
			   uint8_t *dst)
{
	struct zstd_context *c = context;
	size_t n;

	if (vms_is_noise(src, size))
		return 0;
	if (c->may_hurry)
		ZSTD_CCtx_setParameter(c->frames, ZSTD_c_targetLength,
				       is_mostly_zero(src, size));
	n = ZSTD_compress2(c->frames, dst, zstd_bound(size), src, size);
	return !ZSTD_isError(n) && n < size ? n : 0;
}

/*
 * The header of a frame holds the page's size (zstd's default), so that a
 * reader needs nothing else, no checksum and no dictionary.
 */
static struct vms_error *set_up(ZSTD_CCtx *frames, unsigned int level)
{
	int n = (int)(level ? level : DEFAULT_LEVEL);
	bool bad = ZSTD_isError(ZSTD_CCtx_setParameter(
		frames, ZSTD_c_compressionLevel, n));

	if (n == 1 && !bad)
		bad = ZSTD_isError(ZSTD_CCtx_setParameter(
			frames, ZSTD_c_minMatch, LEVEL1_MIN_MATCH));
	if (!bad)
		return NULL;
	return vms_error_create(VMS_ERR_UNSUPPORTED,
				"zstd: the library does not take level %d", n);
}

/*
 * The first frame allocates the tables, and pages of one size never make them
 * grow: the page of zeros, so that no later call can lack memory.
 */
static struct vms_error *zstd_create(size_t page_size, unsigned int level,
				     void **ret)
{
	VMS_CLEANUP(zstd_context) struct zstd_context *c =
		calloc(1, sizeof(*c));
	struct vms_error *err;

	if (!c)
		return vms_error_no_memory();
	c->frames = ZSTD_createCCtx();
	if (!c->frames)
		return vms_error_no_memory();
	c->may_hurry = level <= 1;
	err = set_up(c->frames, level);
	if (err)
		return err;
	err = vms_zero_page_init(&c->zero, page_size, zstd_bound(page_size),
				 compress_any, c);
	if (err)
		return err;
	if (!c->zero.size)
		return vms_error_no_memory();
	*ret = vms_take_ptr(c);
	return NULL;
}

static size_t zstd_compress(void *context, const uint8_t *src, size_t size,
			    uint8_t *dst)
{
	struct zstd_context *c = context;
	size_t n = vms_zero_page_copy(&c->zero, src, size, dst);

	return n ? n : compress_any(c, src, size, dst);
}

const struct vms_codec_ops vms_codec_zstd = {
	.name = "zstd",
	.option = 'z',
	.flag = VMS_CODEC_ZSTD,
	.bound = zstd_bound,
	.min_level = 1,
	.max_level = MAX_LEVEL,
	.default_level = DEFAULT_LEVEL,
	.context_bytes = zstd_context_bytes,
	.create = zstd_create,
	.destroy = zstd_destroy,
	.compress = zstd_compress,
};
