// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ways to a target, by name. Knows which there are, nothing of what they
 * do.
 */
#include <string.h>

#include "transports.h"

static const struct vms_transport_ops *const transports[] = {
	&vms_transport_local,
	&vms_transport_null,
};

const struct vms_transport_ops *const *vms_transports(size_t *count_ret)
{
	*count_ret = VMS_ARRAY_SIZE(transports);
	return transports;
}

const struct vms_transport_ops *vms_transport_find(const char *name)
{
	for (size_t i = 0; i < VMS_ARRAY_SIZE(transports); i++) {
		if (!strcmp(transports[i]->name, name))
			return transports[i];
	}
	return NULL;
}
