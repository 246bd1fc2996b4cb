/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arithmetic on sizes and offsets that come from the input. Each function
 * returns false, and leaves *ret alone, when the result does not fit.
 */
#ifndef VMSIEVE_CHECKED_H
#define VMSIEVE_CHECKED_H

#include <vmsieve/types.h>

static inline VMS_MUST_CHECK bool vms_add_u64(uint64_t a, uint64_t b,
					      uint64_t *ret)
{
	uint64_t v;

	if (__builtin_add_overflow(a, b, &v))
		return false;
	*ret = v;
	return true;
}

static inline VMS_MUST_CHECK bool vms_mul_u64(uint64_t a, uint64_t b,
					      uint64_t *ret)
{
	uint64_t v;

	if (__builtin_mul_overflow(a, b, &v))
		return false;
	*ret = v;
	return true;
}

/** Is [offset, offset + size) inside [0, limit)? */
static inline VMS_MUST_CHECK bool vms_inside_u64(uint64_t offset, uint64_t size,
						 uint64_t limit)
{
	return offset <= limit && size <= limit - offset;
}

/** Rounds down to a multiple of align, a power of two. */
static inline uint64_t vms_align_down(uint64_t v, uint64_t align)
{
	return v & ~(align - 1);
}

/** Rounds up to a multiple of align, a power of two. */
static inline VMS_MUST_CHECK bool vms_align_up(uint64_t v, uint64_t align,
					       uint64_t *ret)
{
	uint64_t sum;

	if (!vms_add_u64(v, align - 1, &sum))
		return false;
	*ret = sum & ~(align - 1);
	return true;
}

static inline bool vms_is_power_of_two(uint64_t v)
{
	return v && !(v & (v - 1));
}

#endif
