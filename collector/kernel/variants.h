/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of several ways a kernel has for one and the same thing: chosen once,
 * from facts. Knows the layout it fills, no pages.
 */
#ifndef VMSIEVE_KERNEL_VARIANTS_H
#define VMSIEVE_KERNEL_VARIANTS_H

#include "facts.h"
#include "page_layout.h"

enum vms_concept {
	VMS_CONCEPT_REFCOUNT,
	VMS_CONCEPT_TYPE_WORD,
	VMS_CONCEPT_FREE,
	VMS_CONCEPT_SLAB,
	VMS_CONCEPT_OFFLINE,
	VMS_CONCEPT_UNACCEPTED,
	VMS_CONCEPT_HEAD,
	VMS_CONCEPT_TAIL,
	VMS_CONCEPT_ORDER,
	VMS_CONCEPT_HUGETLB,
	VMS_CONCEPT_SWAPCACHE,
	VMS_CONCEPT_ANON,
	VMS_NR_CONCEPTS,
};

#define VMS_MAX_WITNESSES 4

struct vms_variant {
	enum vms_concept concept;
	const char *name;
	/* Facts (enum vms_fact) that must be believed, up to VMS_NR_FACTS. */
	uint8_t needs[VMS_MAX_WITNESSES + 1];
	/* Facts that must not have been there at all, believed or not. */
	uint8_t lacks[VMS_MAX_WITNESSES + 1];
	/*
	 * Fills the layout. False, with the layout untouched, when what the
	 * facts say of each other is not this variant. Facts of earlier
	 * concepts are in the layout already.
	 */
	bool (*use)(const struct vms_facts *facts,
		    struct vms_page_layout *layout);
	const char *since;	/* release, and the kernel's commit: see */
	const char *commit;	/* variants.def */
};

/* All rows; of each concept the newest first. */
const struct vms_variant *vms_variant_rows(size_t *count_ret);

const char *vms_concept_name(enum vms_concept concept);

/*
 * Fills *layout and the row chosen for each concept (NULL: none fits). False
 * when struct page cannot be read at all.
 */
bool vms_variants_choose(const struct vms_facts *facts,
			 const struct vms_variant *chosen[VMS_NR_CONCEPTS],
			 struct vms_page_layout *layout);

#endif
