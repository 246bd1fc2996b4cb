/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table that VMCOREINFO is parsed into, before it is frozen inside a
 * vms_kernel. Knows no struct page and no variants.
 */
#ifndef VMSIEVE_KERNEL_FACTS_H
#define VMSIEVE_KERNEL_FACTS_H

#include <vmsieve/kernel.h>
#include <vmsieve/types.h>

enum vms_fact_kind {
	VMS_KIND_SYMBOL,
	VMS_KIND_SIZE,
	VMS_KIND_OFFSET,
	VMS_KIND_LENGTH,
	VMS_KIND_NUMBER,
	VMS_KIND_HEX,
	VMS_KIND_DEC,
};

/*
 * A key that was there but not believed is not the same as a key that was not
 * there: only the second says something about the kernel's age.
 */
enum vms_fact_state {
	VMS_STATE_ABSENT,
	VMS_STATE_BELIEVED,
	VMS_STATE_DISBELIEVED,
};

/* OSRELEASE: struct new_utsname gives a release 64 bytes. */
#define VMS_RELEASE_BYTES 64U

struct vms_facts {
	uint64_t value[VMS_NR_FACTS];
	uint8_t state[VMS_NR_FACTS];	/* enum vms_fact_state */
	char release[VMS_RELEASE_BYTES + 1];
	enum vms_endian endian;
	bool is_64bit;
};

static inline bool vms_facts_has(const struct vms_facts *facts,
				 enum vms_fact fact)
{
	return facts->state[fact] == VMS_STATE_BELIEVED;
}

/* Bytes of a long and of a pointer in the crashed kernel. */
static inline uint64_t vms_facts_word(const struct vms_facts *facts)
{
	return facts->is_64bit ? 8 : 4;
}

/* Fills values, states and release; endian and is_64bit are set already. */
void vms_vmcoreinfo_parse(const char *text, size_t size,
			  struct vms_facts *facts, struct vms_log *log);

enum vms_fact_kind vms_field_kind(enum vms_fact fact);
/*
 * What is allowed for the fact, as text, if value is not; NULL if it is.
 * Looks at this one value only.
 */
const char *vms_field_refuse(enum vms_fact fact, uint64_t value,
			     bool is_64bit);
/* Facts that contradict each other are no longer believed; one warning each. */
void vms_fields_cross_check(struct vms_facts *facts, struct vms_log *log);

#endif
