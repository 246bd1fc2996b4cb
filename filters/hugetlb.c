// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Huge pages of hugetlbfs, in use or not. Knows nothing of how a kernel marks
 * them.
 */
#include "rules.h"

/* On 6.6 to 6.8 the mark is a bit in the second page, which other compound
 * pages may have by chance; hugetlb pages are never on the LRU, nor slab. */
static bool is_hugetlb(const struct vms_page_view *view)
{
	return (view->bits & VMS_PAGE_HUGETLB) &&
	       !(view->bits & (VMS_PAGE_LRU | VMS_PAGE_SLAB));
}

/* HEAD as trigger: HUGETLB is known only with the second page. */
const struct vms_filter vms_filter_hugetlb = {
	.name = "hugetlb",
	.class = VMS_CLASS_USER,
	.levels = VMS_LEVEL_USER,
	.needs = VMS_PAGE_HUGETLB | VMS_PAGE_HEAD | VMS_PAGE_TAIL |
		 VMS_PAGE_LRU | VMS_PAGE_SLAB,
	.triggers = VMS_PAGE_HEAD,
	.match = is_hugetlb,
	.extent = VMS_EXTENT_COMPOUND,
};
