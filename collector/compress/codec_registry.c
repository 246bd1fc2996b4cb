// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The codecs of this build, found by their flag in the file format. Knows
 * which there are, nothing of what they do.
 */
#include <vmsieve/codec.h>

#include "codecs.h"

static const struct vms_codec_ops *const codecs[] = {
	&vms_codec_none,
	&vms_codec_zlib,
	&vms_codec_lzo,
#ifdef VMS_HAVE_SNAPPY
	&vms_codec_snappy,
#endif
	&vms_codec_zstd,
};

const struct vms_codec_ops *const *vms_codecs(size_t *count_ret)
{
	*count_ret = VMS_ARRAY_SIZE(codecs);
	return codecs;
}

const struct vms_codec_ops *vms_codec_find(enum vms_codec_flag flag)
{
	for (size_t i = 0; i < VMS_ARRAY_SIZE(codecs); i++) {
		if (codecs[i]->flag == flag)
			return codecs[i];
	}
	return NULL;
}

size_t vms_codec_bound(size_t size)
{
	size_t bound = size;

	for (size_t i = 0; i < VMS_ARRAY_SIZE(codecs); i++) {
		size_t b = codecs[i]->bound(size);

		if (b > bound)
			bound = b;
	}
	return bound;
}
