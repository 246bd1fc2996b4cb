/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of the crashed kernel: VMCOREINFO parsed once and strictly
 * into a table that never changes again, and the layout of its struct page
 * chosen from rows by what is there, not by release number. Knows no
 * architecture, no memory and no pages.
 */
#ifndef VMSIEVE_KERNEL_H
#define VMSIEVE_KERNEL_H

#include <vmsieve/cleanup.h>
#include <vmsieve/endian.h>
#include <vmsieve/error.h>
#include <vmsieve/types.h>

struct vms_log;
struct vms_kernel;
struct vms_page_layout;

enum vms_fact {
#define VMS_FACT(id, kind, key, allowed, since, commit) VMS_FACT_##id,
#include <vmsieve/kernel_facts.def>
#undef VMS_FACT
	VMS_NR_FACTS,
};

/**
 * Parses VMCOREINFO text (the note's bytes, not NUL-terminated) and chooses
 * all variants. Lines that break the grammar and values outside their range
 * are left out with one warning each; the first line with a key decides, also
 * when it is left out. An error only when there is no memory; a text without
 * any usable line gives a kernel with no facts.
 * @param endian byte order of the crashed kernel's memory.
 */
struct vms_error *vms_kernel_create(const char *text, size_t size,
				    enum vms_endian endian, bool is_64bit,
				    struct vms_log *log,
				    struct vms_kernel **ret) VMS_MUST_CHECK;
void vms_kernel_destroy(struct vms_kernel *kernel);

/** Key of a fact, for messages: "SIZE(page)". */
const char *vms_fact_key(enum vms_fact fact);
bool vms_kernel_has(const struct vms_kernel *kernel, enum vms_fact fact);
/** The fact must be there. Negative NUMBERs are sign-extended to 64 bits. */
uint64_t vms_kernel_get(const struct vms_kernel *kernel, enum vms_fact fact);
/** The fact's value, or fallback when it is absent. */
uint64_t vms_kernel_get_or(const struct vms_kernel *kernel, enum vms_fact fact,
			   uint64_t fallback);

/** OSRELEASE, at most 64 bytes, control bytes escaped; "" if unknown. */
const char *vms_kernel_release(const struct vms_kernel *kernel);
enum vms_endian vms_kernel_endian(const struct vms_kernel *kernel);
/** Bytes; 4096 when VMCOREINFO gives none that is allowed. */
uint32_t vms_kernel_page_size(const struct vms_kernel *kernel);
uint32_t vms_kernel_page_shift(const struct vms_kernel *kernel);

/**
 * How to read this kernel's struct page, or NULL when SIZE(page) or the
 * offset of flags is missing: then no page can be classified.
 */
const struct vms_page_layout *
vms_kernel_page_layout(const struct vms_kernel *kernel);

/** One line a chosen variant, for debug messages and the kernel report. */
void vms_kernel_describe(const struct vms_kernel *kernel, struct vms_log *log);

VMS_DEFINE_CLEANUP(kernel, struct vms_kernel *, vms_kernel_destroy);

#endif
