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

struct vms_error *vms_codec_check_level(const struct vms_codec_ops *codec,
					unsigned int level)
{
	if (!level || (level >= codec->min_level && level <= codec->max_level))
		return NULL;
	if (codec->max_level)
		return vms_error_create(VMS_ERR_USAGE,
					"--compress-level %u: %s takes %u to "
					"%u", level, codec->name,
					codec->min_level, codec->max_level);
	if (codec->flag == VMS_CODEC_NONE)
		return vms_error_create(VMS_ERR_USAGE,
					"--compress-level %u: no compressor is "
					"chosen, add -c or -z", level);
	return vms_error_create(VMS_ERR_USAGE,
				"--compress-level %u: %s has no levels", level,
				codec->name);
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
