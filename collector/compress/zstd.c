// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One zstd frame a page at level 1, as makedumpfile's, the context reused so
 * that its tables are not cleared for each page. Knows bytes only.
 */
#include <stdlib.h>

#include <zstd.h>

#include <vmsieve/cleanup.h>

#include "codecs.h"

#define ZSTD_LEVEL 1

static size_t zstd_bound(size_t size)
{
	return ZSTD_compressBound(size);
}

/*
 * zstd sizes its tables by the input at this level: 72 KiB for 4 KiB pages,
 * 213 KiB for 16 KiB, 297 KiB for 64 KiB (1.5.4, ZSTD_sizeof_CCtx).
 */
static size_t zstd_context_bytes(size_t page_size)
{
	return (32U << 10) + 16 * page_size;
}

static inline void free_context(ZSTD_CCtx *c)
{
	ZSTD_freeCCtx(c);
}

VMS_DEFINE_CLEANUP(zstd_context, ZSTD_CCtx *, free_context);

/*
 * The first call allocates the tables, and pages of one size never make them
 * grow: a page of zeros now, so that no later call can lack memory.
 */
static struct vms_error *zstd_create(size_t page_size, void **ret)
{
	VMS_CLEANUP(zstd_context) ZSTD_CCtx *c = ZSTD_createCCtx();
	VMS_CLEANUP(free) uint8_t *page = calloc(1, page_size);
	VMS_CLEANUP(free) uint8_t *out = malloc(zstd_bound(page_size));

	if (!c || !page || !out)
		return vms_error_no_memory();
	if (ZSTD_isError(ZSTD_compressCCtx(c, out, zstd_bound(page_size), page,
					   page_size, ZSTD_LEVEL)))
		return vms_error_no_memory();
	*ret = vms_take_ptr(c);
	return NULL;
}

static void zstd_destroy(void *context)
{
	ZSTD_freeCCtx(context);
}

static size_t zstd_compress(void *context, const uint8_t *src, size_t size,
			    uint8_t *dst)
{
	size_t n = ZSTD_compressCCtx(context, dst, zstd_bound(size), src, size,
				     ZSTD_LEVEL);

	return !ZSTD_isError(n) && n < size ? n : 0;
}

const struct vms_codec_ops vms_codec_zstd = {
	.name = "zstd",
	.option = 'z',
	.flag = VMS_CODEC_ZSTD,
	.bound = zstd_bound,
	.context_bytes = zstd_context_bytes,
	.create = zstd_create,
	.destroy = zstd_destroy,
	.compress = zstd_compress,
};
