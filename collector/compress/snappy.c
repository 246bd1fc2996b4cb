// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Raw snappy blocks. Optional: the library is C++ inside, allocates on every
 * call and ends the program when that fails, so it is no good choice where
 * memory is short. Knows bytes only.
 */
#include <snappy-c.h>

#include "codecs.h"

static size_t snappy_bound(size_t size)
{
	return snappy_max_compressed_length(size);
}

/*
 * Allocated and freed inside each call: hash table of 2 bytes an entry, at
 * most 2^14 (snappy 1.1.10: 2^15) of them, and copies of input and output.
 */
static size_t snappy_context_bytes(size_t page_size, unsigned int level)
{
	(void)level;
	return (64U << 10) + page_size + snappy_bound(page_size);
}

static struct vms_error *snappy_create(size_t page_size, unsigned int level,
				       void **ret)
{
	(void)page_size;
	(void)level;
	*ret = NULL;
	return NULL;
}

static void snappy_destroy(void *context)
{
	(void)context;
}

static size_t snappy_page(void *context, const uint8_t *src, size_t size,
			  uint8_t *dst)
{
	size_t n = snappy_max_compressed_length(size);

	(void)context;
	if (snappy_compress((const char *)src, size, (char *)dst, &n) !=
	    SNAPPY_OK)
		return 0;
	return n < size ? n : 0;
}

const struct vms_codec_ops vms_codec_snappy = {
	.name = "snappy",
	.option = 'p',
	.flag = VMS_CODEC_SNAPPY,
	.bound = snappy_bound,
	.context_bytes = snappy_context_bytes,
	.create = snappy_create,
	.destroy = snappy_destroy,
	.compress = snappy_page,
};
