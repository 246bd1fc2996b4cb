// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page cache and swap cache with or without data that a file system attached
 * (buffer heads and the like). Knows nothing of flag numbers.
 */
#include "rules.h"

static bool is_any_cache(const struct vms_page_view *view)
{
	return (view->bits & (VMS_PAGE_LRU | VMS_PAGE_SWAPCACHE)) &&
	       !(view->bits & VMS_PAGE_ANON);
}

/* Comes after the plain cache rule, so what it finds has private data, but
 * for kernels that do not tell private pages apart. */
const struct vms_filter vms_filter_cache_private = {
	.name = "private cache",
	.class = VMS_CLASS_CACHE_PRIVATE,
	.levels = VMS_LEVEL_CACHE_PRIVATE,
	.needs = VMS_PAGE_LRU | VMS_PAGE_ANON | VMS_PAGE_TAIL,
	.triggers = VMS_PAGE_LRU | VMS_PAGE_SWAPCACHE,
	.match = is_any_cache,
	.extent = VMS_EXTENT_COMPOUND,
};
