/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ranges that the fact table names in its column "allowed". Knows no
 * facts, only numbers.
 */
#ifndef VMSIEVE_KERNEL_FIELD_RANGES_H
#define VMSIEVE_KERNEL_FIELD_RANGES_H

#include <vmsieve/types.h>

enum vms_allowed {
	VMS_ALLOWED_ADDRESS,
	VMS_ALLOWED_BOOL,
	VMS_ALLOWED_DTOR,
	VMS_ALLOWED_FLAG,
	VMS_ALLOWED_FLAG_MASK,
	VMS_ALLOWED_FREE_AREA,
	VMS_ALLOWED_HIGH_BIT,
	VMS_ALLOWED_IMAGE_BYTES,
	VMS_ALLOWED_NODES,
	VMS_ALLOWED_OFFSET,
	VMS_ALLOWED_PAGE_BYTES,
	VMS_ALLOWED_PAGE_MULTIPLE,
	VMS_ALLOWED_PHYS_BASE,
	VMS_ALLOWED_PHYS_BITS,
	VMS_ALLOWED_SECTIONS,
	VMS_ALLOWED_SECTION_BITS,
	VMS_ALLOWED_SMALL_STRUCT,
	VMS_ALLOWED_STRUCT,
	VMS_ALLOWED_STRUCT_PAGE,
	VMS_ALLOWED_TIME,
	VMS_ALLOWED_TYPE_WORD,
};

/* NULL if value is in the range, else the range as text for a message. */
const char *vms_allowed_refuse(enum vms_allowed allowed, uint64_t value,
			       bool is_64bit);

#endif
