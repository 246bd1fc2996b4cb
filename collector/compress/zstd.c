// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One zstd frame a page, with the page's size in its header, by a context that
 * is set up once and whose tables are not cleared for each page. Knows bytes
 * only.
 */
#include <stdlib.h>

#include <zstd.h>

#include <vmsieve/cleanup.h>

#include "codecs.h"
#include "zero_page.h"

/* makedumpfile's. From 20 on zstd needs a window that no page fills. */
#define DEFAULT_LEVEL 1
#define MAX_LEVEL 19

struct zstd_context {
	ZSTD_CCtx *frames;
	struct zero_page zero;
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

static size_t compress_any(void *context, const uint8_t *src, size_t size,
			   uint8_t *dst)
{
	struct zstd_context *c = context;
	size_t n = ZSTD_compress2(c->frames, dst, zstd_bound(size), src, size);

	return !ZSTD_isError(n) && n < size ? n : 0;
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
	if (ZSTD_isError(ZSTD_CCtx_setParameter(
		    c->frames, ZSTD_c_compressionLevel,
		    (int)(level ? level : DEFAULT_LEVEL))))
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"zstd: the library does not take level "
					"%u", level);
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
