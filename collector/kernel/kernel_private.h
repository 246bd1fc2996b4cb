/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a vms_kernel is made of. Filled by kernel.c, read by describe.c; the
 * rest of the room sees the parts only.
 */
#ifndef VMSIEVE_KERNEL_PRIVATE_H
#define VMSIEVE_KERNEL_PRIVATE_H

#include <vmsieve/kernel.h>

#include "facts.h"
#include "page_layout.h"
#include "variants.h"

struct vms_kernel {
	struct vms_facts facts;
	const struct vms_variant *chosen[VMS_NR_CONCEPTS];
	struct vms_page_layout layout;
	bool has_layout;
};

#endif
