// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The dump file formats, by name. Knows which there are, nothing of what they
 * look like.
 */
#include <string.h>

#include "formats.h"

static const struct vms_format_ops *const formats[] = {
	&vms_format_kdump_compressed,
};

const struct vms_format_ops *const *vms_formats(size_t *count_ret)
{
	*count_ret = VMS_ARRAY_SIZE(formats);
	return formats;
}

const struct vms_format_ops *vms_format_find(const char *name)
{
	for (size_t i = 0; i < VMS_ARRAY_SIZE(formats); i++) {
		if (!strcmp(formats[i]->name, name))
			return formats[i];
	}
	return NULL;
}
