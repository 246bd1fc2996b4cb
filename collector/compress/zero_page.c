// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The compressed page of zeros that a context keeps. Knows no codec.
 */
#include "zero_page.h"

#include <stdlib.h>
#include <string.h>

#include <vmsieve/cleanup.h>

struct vms_error *vms_zero_page_init(struct zero_page *zero, size_t page_size,
				     size_t bound, zero_page_compress compress,
				     void *context)
{
	VMS_CLEANUP(free) uint8_t *page = calloc(1, page_size);
	VMS_CLEANUP(free) uint8_t *out = malloc(bound);
	uint8_t *bytes;
	size_t size;

	if (!page || !out)
		return vms_error_no_memory();
	size = compress(context, page, page_size, out);
	bytes = malloc(size ? size : 1);
	if (!bytes)
		return vms_error_no_memory();
	memcpy(bytes, out, size);
	*zero = (struct zero_page){ page_size, size, bytes };
	return NULL;
}

void vms_zero_page_deinit(struct zero_page *zero)
{
	free(zero->bytes);
	zero->bytes = NULL;
}

size_t vms_zero_page_copy(const struct zero_page *zero, const uint8_t *src,
			  size_t size, uint8_t *dst)
{
	/* All bytes equal the one before, and the first is zero. */
	if (size != zero->page_size || src[0] || memcmp(src, src + 1, size - 1))
		return 0;
	memcpy(dst, zero->bytes, zero->size);
	return zero->size;
}
