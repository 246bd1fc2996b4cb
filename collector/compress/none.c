// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The codec that leaves pages as they are, so that callers need no special
 * case for it.
 */
#include "codecs.h"

static size_t none_bound(size_t size)
{
	return size;
}

static size_t none_context_bytes(size_t page_size, unsigned int level)
{
	(void)level;
	(void)page_size;
	return 0;
}

static struct vms_error *none_create(size_t page_size, unsigned int level,
				     void **ret)
{
	(void)page_size;
	(void)level;
	*ret = NULL;
	return NULL;
}

static void none_destroy(void *context)
{
	(void)context;
}

static size_t none_compress(void *context, const uint8_t *src, size_t size,
			    uint8_t *dst)
{
	(void)context;
	(void)src;
	(void)size;
	(void)dst;
	return 0;
}

const struct vms_codec_ops vms_codec_none = {
	.name = "none",
	.option = 0,
	.flag = VMS_CODEC_NONE,
	.bound = none_bound,
	.context_bytes = none_context_bytes,
	.create = none_create,
	.destroy = none_destroy,
	.compress = none_compress,
};
