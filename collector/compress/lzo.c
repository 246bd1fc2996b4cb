// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LZO1X-1 blocks by liblzo2, bare as the format wants them. Knows bytes only.
 */
#include <stdlib.h>

#include <lzo/lzo1x.h>

#include "codecs.h"

/* LZO.FAQ: incompressible data grow by at most 64 + 3 bytes and 1 in 16. */
static size_t lzo_bound(size_t size)
{
	return size + size / 16 + 64 + 3;
}

/* The dictionary: 2^14 entries, which liblzo2 wants room for pointers for. */
static size_t lzo_context_bytes(size_t page_size)
{
	(void)page_size;
	return LZO1X_1_MEM_COMPRESS;
}

static struct vms_error *lzo_create(size_t page_size, void **ret)
{
	void *dictionary;

	(void)page_size;
	/* Keeps no state: it only compares type sizes with the library's. */
	if (lzo_init() != LZO_E_OK)
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"lzo: the library does not fit "
					"the header it was built with");
	dictionary = malloc(LZO1X_1_MEM_COMPRESS);
	if (!dictionary)
		return vms_error_no_memory();
	*ret = dictionary;
	return NULL;
}

static void lzo_destroy(void *context)
{
	free(context);
}

static size_t lzo_compress(void *context, const uint8_t *src, size_t size,
			   uint8_t *dst)
{
	lzo_uint n = 0;

	if (lzo1x_1_compress(src, size, dst, &n, context) != LZO_E_OK)
		return 0;
	return n < size ? n : 0;
}

const struct vms_codec_ops vms_codec_lzo = {
	.name = "lzo",
	.option = 'l',
	.flag = VMS_CODEC_LZO,
	.bound = lzo_bound,
	.context_bytes = lzo_context_bytes,
	.create = lzo_create,
	.destroy = lzo_destroy,
	.compress = lzo_compress,
};
