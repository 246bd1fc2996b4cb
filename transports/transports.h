/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of this room, for the registry only.
 */
#ifndef VMS_TRANSPORTS_TRANSPORTS_H
#define VMS_TRANSPORTS_TRANSPORTS_H

#include <vmsieve/transport.h>

extern const struct vms_transport_ops vms_transport_local;
extern const struct vms_transport_ops vms_transport_null;

#endif
