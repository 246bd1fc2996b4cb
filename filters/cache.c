// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page cache and swap cache without data that a file system attached. Shared
 * memory is on the LRU and not anonymous, so it counts as cache. Knows
 * nothing of flag numbers.
 */
#include "rules.h"

static bool is_plain_cache(const struct vms_page_view *view)
{
	return (view->bits & (VMS_PAGE_LRU | VMS_PAGE_SWAPCACHE)) &&
	       !(view->bits & (VMS_PAGE_PRIVATE | VMS_PAGE_ANON));
}

/*
 * Tails must be known: they use the words that are mapping and flags in other
 * pages for their own ends. Without PG_swapcache only LRU pages are found.
 */
const struct vms_filter vms_filter_cache = {
	.name = "cache",
	.class = VMS_CLASS_CACHE,
	.levels = VMS_LEVEL_CACHE | VMS_LEVEL_CACHE_PRIVATE,
	.needs = VMS_PAGE_LRU | VMS_PAGE_PRIVATE | VMS_PAGE_ANON |
		 VMS_PAGE_TAIL,
	.triggers = VMS_PAGE_LRU | VMS_PAGE_SWAPCACHE,
	.match = is_plain_cache,
	.extent = VMS_EXTENT_COMPOUND,
};
