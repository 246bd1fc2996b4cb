// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kernel in words: for debug messages and the kernel report. Knows what
 * was chosen, not why.
 */
#include <inttypes.h>
#include <stdio.h>

#include <vmsieve/log.h>

#include "kernel_private.h"

/* " lru private ...": all names fit. */
#define NAMES_BYTES 160U

static unsigned int count_facts(const struct vms_kernel *kernel,
				enum vms_fact_state state)
{
	unsigned int count = 0;

	for (size_t i = 0; i < VMS_NR_FACTS; i++)
		count += kernel->facts.state[i] == state;
	return count;
}

/* The names of those bits that are known, or of those that are not. */
static void list_bits(const struct vms_page_layout *layout, bool known,
		      char *text, size_t size)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} bits[] = {
		{ VMS_PAGE_LRU, "lru" },
		{ VMS_PAGE_PRIVATE, "private" },
		{ VMS_PAGE_SWAPCACHE, "swapcache" },
		{ VMS_PAGE_HWPOISON, "hwpoison" },
		{ VMS_PAGE_HEAD, "head" },
		{ VMS_PAGE_TAIL, "tail" },
		{ VMS_PAGE_SLAB, "slab" },
		{ VMS_PAGE_BUDDY, "free" },
		{ VMS_PAGE_OFFLINE, "offline" },
		{ VMS_PAGE_UNACCEPTED, "unaccepted" },
		{ VMS_PAGE_ANON, "anonymous" },
		{ VMS_PAGE_HUGETLB, "hugetlb" },
		{ VMS_PAGE_ORDER, "order" },
	};
	size_t used = 0;

	for (size_t i = 0; i < VMS_ARRAY_SIZE(bits) && used < size; i++)
		if (!(layout->known & bits[i].bit) != known)
			used += (size_t)snprintf(text + used, size - used,
						 " %s", bits[i].name);
	if (!used)
		snprintf(text, size, " nothing");
}

static void describe_layout(const struct vms_page_layout *layout,
			    struct vms_log *log)
{
	char names[NAMES_BYTES];

	list_bits(layout, true, names, sizeof(names));
	vms_log_print(log, VMS_MSG_DEBUG, "kernel: can tell:%s", names);
	list_bits(layout, false, names, sizeof(names));
	vms_log_print(log, VMS_MSG_DEBUG, "kernel: cannot tell:%s", names);
	vms_log_print(log, VMS_MSG_DEBUG, "kernel: addresses are %s",
		      layout->check_pointers ? "in the upper half" :
					       "anywhere");
}

static void describe_variants(const struct vms_kernel *kernel,
			      struct vms_log *log)
{
	for (unsigned int i = 0; i < VMS_NR_CONCEPTS; i++) {
		const struct vms_variant *row = kernel->chosen[i];
		bool has_commit = row && *row->commit != '-';

		if (row)
			vms_log_print(log, VMS_MSG_DEBUG,
				      "kernel: %s: %s (since %s%s%s)",
				      vms_concept_name(i), row->name,
				      row->since, has_commit ? ", " : "",
				      has_commit ? row->commit : "");
		else
			vms_log_print(log, VMS_MSG_DEBUG,
				      "kernel: %s: not known",
				      vms_concept_name(i));
	}
}

void vms_kernel_describe(const struct vms_kernel *kernel, struct vms_log *log)
{
	const struct vms_facts *facts = &kernel->facts;

	vms_log_print(log, VMS_MSG_DEBUG,
		      "kernel: %s, %s-bit %s-endian, pages of %" PRIu32
		      " bytes",
		      *facts->release ? facts->release : "unknown release",
		      facts->is_64bit ? "64" : "32",
		      facts->endian == VMS_LITTLE_ENDIAN ? "little" : "big",
		      vms_kernel_page_size(kernel));
	vms_log_print(log, VMS_MSG_DEBUG,
		      "kernel: VMCOREINFO gives %u facts, and %u not believed",
		      count_facts(kernel, VMS_STATE_BELIEVED),
		      count_facts(kernel, VMS_STATE_DISBELIEVED));
	if (!kernel->has_layout) {
		vms_log_print(log, VMS_MSG_DEBUG,
			      "kernel: struct page cannot be read");
		return;
	}
	describe_variants(kernel, log);
	describe_layout(&kernel->layout, log);
}
