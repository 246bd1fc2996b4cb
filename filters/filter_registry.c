// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rules in the order in which the first match wins (makedumpfile's), and
 * the names of classes and doubts. Adding a rule is a file and a line here.
 */
#include <assert.h>

#include "rules.h"

static const struct vms_filter *const filters[] = {
	&vms_filter_free,
	&vms_filter_unaccepted,
	&vms_filter_cache,
	&vms_filter_cache_private,
	&vms_filter_user,
	&vms_filter_hugetlb,
	&vms_filter_hwpoison_hugetlb,
	&vms_filter_hwpoison,
	&vms_filter_offline,
};
static_assert(VMS_ARRAY_SIZE(filters) == VMS_NR_FILTERS,
	      "VMS_NR_FILTERS counts the table");

static const char *const class_names[] = {
	[VMS_CLASS_CACHE] = "cache",
	[VMS_CLASS_CACHE_PRIVATE] = "private cache",
	[VMS_CLASS_USER] = "user data",
	[VMS_CLASS_FREE] = "free",
	[VMS_CLASS_HWPOISON] = "poisoned",
	[VMS_CLASS_OFFLINE] = "offline",
	[VMS_CLASS_UNACCEPTED] = "unaccepted",
};
static_assert(VMS_ARRAY_SIZE(class_names) == VMS_NR_CLASSES,
	      "every class has a name");

static const char *const doubt_names[] = {
	[VMS_DOUBT_ORDER] = "impossible block size",
	[VMS_DOUBT_ALIGNMENT] = "block not aligned to its size",
	[VMS_DOUBT_BOUNDS] = "block leaves its node or RAM",
	[VMS_DOUBT_TAILS] = "tail pages do not point to their head",
	[VMS_DOUBT_INNER] = "inside of a free block in use",
	[VMS_DOUBT_OVERLAP] = "two blocks claim the page",
	[VMS_DOUBT_STRUCT] = "struct page implausible",
	[VMS_DOUBT_MEMMAP] = "page array missing or unreadable",
	[VMS_DOUBT_NEEDED] = "page tables or page array in use",
	[VMS_DOUBT_CLASS] = "class not believed",
	[VMS_DOUBT_MEMORY] = "no memory to note more pages",
};
static_assert(VMS_ARRAY_SIZE(doubt_names) == VMS_NR_DOUBTS,
	      "every doubt has a name");

const struct vms_filter *const *vms_filters(size_t *count_ret)
{
	*count_ret = VMS_ARRAY_SIZE(filters);
	return filters;
}

const char *vms_class_name(enum vms_class c)
{
	assert(c < VMS_NR_CLASSES);
	return class_names[c];
}

const char *vms_doubt_name(enum vms_doubt d)
{
	assert(d < VMS_NR_DOUBTS);
	return doubt_names[d];
}
