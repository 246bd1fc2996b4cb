/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Loads and stores in the dump's byte order, from unaligned bytes. The byte
 * order always comes from the dump, never from the host.
 */
#ifndef VMSIEVE_ENDIAN_H
#define VMSIEVE_ENDIAN_H

#include <string.h>

#include <vmsieve/types.h>

enum vms_endian {
	VMS_LITTLE_ENDIAN,
	VMS_BIG_ENDIAN,
};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define VMS_HOST_ENDIAN VMS_LITTLE_ENDIAN
#else
#define VMS_HOST_ENDIAN VMS_BIG_ENDIAN
#endif

static inline uint16_t vms_get_u16(const void *p, enum vms_endian e)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return e == VMS_HOST_ENDIAN ? v : __builtin_bswap16(v);
}

static inline uint32_t vms_get_u32(const void *p, enum vms_endian e)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return e == VMS_HOST_ENDIAN ? v : __builtin_bswap32(v);
}

static inline uint64_t vms_get_u64(const void *p, enum vms_endian e)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return e == VMS_HOST_ENDIAN ? v : __builtin_bswap64(v);
}

static inline void vms_put_u16(void *p, uint16_t v, enum vms_endian e)
{
	if (e != VMS_HOST_ENDIAN)
		v = __builtin_bswap16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void vms_put_u32(void *p, uint32_t v, enum vms_endian e)
{
	if (e != VMS_HOST_ENDIAN)
		v = __builtin_bswap32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void vms_put_u64(void *p, uint64_t v, enum vms_endian e)
{
	if (e != VMS_HOST_ENDIAN)
		v = __builtin_bswap64(v);
	memcpy(p, &v, sizeof(v));
}

#endif
