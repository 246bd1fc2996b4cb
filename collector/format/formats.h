/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of this room, for the registry only.
 */
#ifndef VMS_FORMAT_FORMATS_H
#define VMS_FORMAT_FORMATS_H

#include <vmsieve/format.h>

extern const struct vms_format_ops vms_format_kdump_compressed;

#endif
