// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * zlib's deflate and ZSTD_compressCCtx at level 1, one context for all pages,
 * as in makedumpfile's compress_mdf() and write_kdump_pages_cyclic().
 */
#include "peer_codecs.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>

#define PEER_LEVEL 1

static size_t no_bytes(size_t page_size, unsigned int level)
{
	(void)page_size;
	(void)level;
	return 0;
}

static size_t zlib_bound(size_t size)
{
	return compressBound(size);
}

static void zlib_destroy(void *context)
{
	if (context)
		deflateEnd(context);
	free(context);
}

static struct vms_error *zlib_create(size_t page_size, unsigned int level,
				     void **ret)
{
	z_stream *z = calloc(1, sizeof(*z));

	(void)page_size;
	if (!z || deflateInit(z, level ? (int)level : PEER_LEVEL) != Z_OK) {
		free(z);
		return vms_error_no_memory();
	}
	*ret = z;
	return NULL;
}

static size_t zlib_compress(void *context, const uint8_t *src, size_t size,
			    uint8_t *dst)
{
	z_stream *z = context;

	deflateReset(z);
	z->next_in = (Bytef *)(uintptr_t)src;
	z->avail_in = (uInt)size;
	z->next_out = dst;
	z->avail_out = (uInt)compressBound(size);
	if (deflate(z, Z_FINISH) != Z_STREAM_END || z->total_out >= size)
		return 0;
	return z->total_out;
}

static size_t zstd_bound(size_t size)
{
	return ZSTD_compressBound(size);
}

struct zstd_peer {
	ZSTD_CCtx *frames;
	int level;
};

static void zstd_destroy(void *context)
{
	struct zstd_peer *p = context;

	if (p)
		ZSTD_freeCCtx(p->frames);
	free(p);
}

static struct vms_error *zstd_create(size_t page_size, unsigned int level,
				     void **ret)
{
	struct zstd_peer *p = calloc(1, sizeof(*p));

	(void)page_size;
	if (!p)
		return vms_error_no_memory();
	p->level = level ? (int)level : PEER_LEVEL;
	p->frames = ZSTD_createCCtx();
	if (!p->frames) {
		free(p);
		return vms_error_no_memory();
	}
	*ret = p;
	return NULL;
}

static size_t zstd_compress(void *context, const uint8_t *src, size_t size,
			    uint8_t *dst)
{
	struct zstd_peer *p = context;
	size_t n = ZSTD_compressCCtx(p->frames, dst, zstd_bound(size), src,
				     size, p->level);

	return !ZSTD_isError(n) && n < size ? n : 0;
}

const struct vms_codec_ops *peer_codec_find(const char *name)
{
	static const struct vms_codec_ops peers[] = {
		{
			.name = "peer-zlib",
			.flag = VMS_CODEC_ZLIB,
			.bound = zlib_bound,
			.min_level = 1,
			.max_level = 9,
			.default_level = PEER_LEVEL,
			.context_bytes = no_bytes,
			.create = zlib_create,
			.destroy = zlib_destroy,
			.compress = zlib_compress,
		},
		{
			.name = "peer-zstd",
			.flag = VMS_CODEC_ZSTD,
			.bound = zstd_bound,
			.min_level = 1,
			.max_level = 19,
			.default_level = PEER_LEVEL,
			.context_bytes = no_bytes,
			.create = zstd_create,
			.destroy = zstd_destroy,
			.compress = zstd_compress,
		},
	};

	for (size_t i = 0; i < VMS_ARRAY_SIZE(peers); i++) {
		if (!strcmp(peers[i].name, name))
			return &peers[i];
	}
	return NULL;
}
