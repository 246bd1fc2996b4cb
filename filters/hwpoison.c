// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Pages with memory errors: to read them can stop the machine, so they are
 * left out at every level. Knows nothing of flag numbers.
 *
 * Of a compound page the flag means the very page that has it, head or tail,
 * with one exception: a hugetlb page has it on its head for an error in any of
 * its pages, and which one is not in the page array. No kernel up to 7.3 uses
 * the flag's bit in a tail for anything else: what the second page keeps in
 * its flags word is the order (bits 0-7) and bits borrowed from PG_error,
 * PG_active, PG_workingset, PG_reclaim and PG_private_2, all below it.
 */
#include "rules.h"

static bool is_poisoned_hugetlb(const struct vms_page_view *view)
{
	uint32_t both = VMS_PAGE_HWPOISON | VMS_PAGE_HUGETLB;

	return (view->bits & both) == both;
}

static bool is_poisoned(const struct vms_page_view *view)
{
	return view->bits & VMS_PAGE_HWPOISON;
}

/*
 * If the extent of the huge page is in doubt, the next rule still leaves out
 * the page with the flag. That goes for the copies of a head that the vmemmap
 * optimisation shows at later pages (e7d324850bfc "mm: hugetlb: free the 2nd
 * vmemmap page associated with each HugeTLB page", 5.18, until 7.0).
 */
const struct vms_filter vms_filter_hwpoison_hugetlb = {
	.name = "poisoned hugetlb",
	.class = VMS_CLASS_HWPOISON,
	.levels = 0,
	.needs = VMS_PAGE_HWPOISON | VMS_PAGE_HUGETLB | VMS_PAGE_HEAD |
		 VMS_PAGE_TAIL,
	.often_missing = true,
	.triggers = VMS_PAGE_HWPOISON,
	.match = is_poisoned_hugetlb,
	.extent = VMS_EXTENT_COMPOUND,
};

const struct vms_filter vms_filter_hwpoison = {
	.name = "poisoned",
	.class = VMS_CLASS_HWPOISON,
	.levels = 0,
	.needs = VMS_PAGE_HWPOISON,
	.triggers = VMS_PAGE_HWPOISON,
	.match = is_poisoned,
	.on_tails = true,
	.extent = VMS_EXTENT_PAGE,
};
