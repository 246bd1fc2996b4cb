/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members of the kdump-compressed structures by name, for whoever writes or
 * reads such files. Knows where bytes lie, not what a sound file looks like.
 */
#ifndef VMSIEVE_KDUMP_LAYOUT_H
#define VMSIEVE_KDUMP_LAYOUT_H

#include <vmsieve/endian.h>
#include <vmsieve/types.h>

/** VMS_KD_H_STATUS, VMS_KD_S_PHYS_BASE, VMS_KD_D_OFFSET ... */
enum vms_kd_id {
#define VMS_KD_MEMBER(area, name, offset, width, since) VMS_KD_##area##_##name,
#include <vmsieve/kdump_layout.def>
#undef VMS_KD_MEMBER
	VMS_KD_NR_MEMBERS,
};

struct vms_kd_member {
	const char *name;
	uint16_t offset;
	uint8_t width;
	uint8_t since;
};

/** Header version of the 64-bit PFN members, the newest there is. */
#define VMS_KD_VERSION 6U
/** "KDUMP" and three spaces; not NUL-terminated in the file. */
#define VMS_KD_SIGNATURE "KDUMP   "
/** Bytes of the three structures. */
#define VMS_KD_HEADER_BYTES 464U
#define VMS_KD_SUB_HEADER_BYTES 104U
#define VMS_KD_DESC_BYTES 24U

/** Bits of the status word besides the compression's own. */
enum vms_kd_status {
	VMS_KD_INCOMPLETE = 0x08,
	VMS_KD_NO_VMEMMAP = 0x10,
};

static inline struct vms_kd_member vms_kd_member(enum vms_kd_id id)
{
	static const struct vms_kd_member members[] = {
#define VMS_KD_MEMBER(area, name, offset, width, since)                        \
	{ #area "." #name, offset, width, since },
#include <vmsieve/kdump_layout.def>
#undef VMS_KD_MEMBER
	};

	return members[id];
}

/** The member's bytes in the structure that begins at base. */
static inline void *vms_kd_at(void *base, enum vms_kd_id id)
{
	return (uint8_t *)base + vms_kd_member(id).offset;
}

/** Stores an integer member, cut to its width. */
static inline void vms_kd_put(void *base, enum vms_kd_id id, uint64_t value,
			      enum vms_endian endian)
{
	if (vms_kd_member(id).width == sizeof(uint32_t))
		vms_put_u32(vms_kd_at(base, id), (uint32_t)value, endian);
	else
		vms_put_u64(vms_kd_at(base, id), value, endian);
}

/** Loads an integer member; narrow ones are zero-extended. */
static inline uint64_t vms_kd_get(const void *base, enum vms_kd_id id,
				  enum vms_endian endian)
{
	struct vms_kd_member member = vms_kd_member(id);
	const uint8_t *p = (const uint8_t *)base + member.offset;

	return member.width == sizeof(uint32_t) ? vms_get_u32(p, endian) :
						  vms_get_u64(p, endian);
}

#endif
