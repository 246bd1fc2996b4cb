/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scalar types that carry their unit, and half-open ranges over them.
 * Addresses and page frame numbers are always those of the crashed machine.
 */
#ifndef VMSIEVE_TYPES_H
#define VMSIEVE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Page frame number: physical address divided by the dump's page size. */
typedef uint64_t vms_pfn_t;
/** Physical address, in bytes. */
typedef uint64_t vms_paddr_t;
/** Kernel virtual address, in bytes. */
typedef uint64_t vms_vaddr_t;

/** Pages start, start + 1, ... end - 1. */
struct vms_pfn_range {
	vms_pfn_t start;
	vms_pfn_t end;
};

#define VMS_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/** Marks a function whose result must not be ignored. */
#define VMS_MUST_CHECK __attribute__((warn_unused_result))
/** Marks a function that never returns NULL. */
#define VMS_NONNULL __attribute__((returns_nonnull))
/** Marks a printf-like function: position of the format and its arguments. */
#define VMS_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#endif
