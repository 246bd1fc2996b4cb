// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LZO1X-1 blocks by liblzo2, bare as the format wants them. Knows bytes only.
 */
#include <stdlib.h>

#include <lzo/lzo1x.h>

#include <vmsieve/cleanup.h>

#include "codecs.h"
#include "zero_page.h"

/* The dictionary: 2^14 entries, which liblzo2 wants room for pointers for. */
struct lzo_context {
	struct zero_page zero;
	_Alignas(lzo_align_t) uint8_t dictionary[LZO1X_1_MEM_COMPRESS];
};

/* LZO.FAQ: incompressible data grow by at most 64 + 3 bytes and 1 in 16. */
static size_t lzo_bound(size_t size)
{
	return size + size / 16 + 64 + 3;
}

/* The page of zeros takes one byte for 255, and a few. */
static size_t lzo_context_bytes(size_t page_size, unsigned int level)
{
	(void)level;
	return sizeof(struct lzo_context) + page_size / 128 + 64;
}

static void lzo_destroy(void *context)
{
	struct lzo_context *c = context;

	if (!c)
		return;
	vms_zero_page_deinit(&c->zero);
	free(c);
}

static inline void free_context(struct lzo_context *c)
{
	lzo_destroy(c);
}

VMS_DEFINE_CLEANUP(lzo_context, struct lzo_context *, free_context);

static size_t compress_any(void *context, const uint8_t *src, size_t size,
			   uint8_t *dst)
{
	struct lzo_context *c = context;
	lzo_uint n = 0;

	if (lzo1x_1_compress(src, size, dst, &n, c->dictionary) != LZO_E_OK)
		return 0;
	return n < size ? n : 0;
}

static struct vms_error *lzo_create(size_t page_size, unsigned int level,
				    void **ret)
{
	VMS_CLEANUP(lzo_context) struct lzo_context *c = NULL;
	struct vms_error *err;

	(void)level;
	/* Keeps no state: it only compares type sizes with the library's. */
	if (lzo_init() != LZO_E_OK)
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"lzo: the library does not fit "
					"the header it was built with");
	c = calloc(1, sizeof(*c));
	if (!c)
		return vms_error_no_memory();
	err = vms_zero_page_init(&c->zero, page_size, lzo_bound(page_size),
				 compress_any, c);
	if (err)
		return err;
	*ret = vms_take_ptr(c);
	return NULL;
}

static size_t lzo_compress(void *context, const uint8_t *src, size_t size,
			   uint8_t *dst)
{
	struct lzo_context *c = context;
	size_t n = vms_zero_page_copy(&c->zero, src, size, dst);

	return n ? n : compress_any(c, src, size, dst);
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
