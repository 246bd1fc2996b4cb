// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which classes the evidence of a scan is against. A share of RAM is no
 * evidence: an idle machine is nearly all free, a host of virtual machines
 * nearly all user data. But pages that we just used to find the struct pages
 * are none of this. Knows no pages, only counts.
 */
#include <vmsieve/filter.h>

/*
 * Real poison may well hit a page table: that page is kept (we have read it
 * and lived), the others must still not be touched. Only when a good part of
 * what we have read would be poisoned does the flag lie.
 */
#define POISON_SHARE 4U

unsigned int vms_class_gate(const struct vms_class_counts *counts,
			    uint64_t needed_pages)
{
	unsigned int off = 0;

	for (unsigned int c = 0; c < VMS_NR_CLASSES; c++) {
		uint64_t hits = counts->needed_hits[c];

		if (!hits)
			continue;
		if (c == VMS_CLASS_HWPOISON &&
		    hits <= needed_pages / POISON_SHARE)
			continue;
		off |= 1U << c;
	}
	return off;
}
