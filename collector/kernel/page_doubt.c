// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which struct pages no living kernel writes. Each test holds for all kernels
 * from 3.10 to 7.2, and only pages that some rule may want get here: what
 * drivers keep in pages of their own is nobody's business.
 */
#include "page_layout.h"

/*
 * Nobody holds a page 2^30 times: references are refused near 2^31, a pinned
 * small page counts 1024 for each pin, s390's page tables use bits 24 to 29.
 */
#define MAX_REFCOUNT (1U << 30)

/*
 * Mapped once per process and address: 2^22 processes. More only with KSM,
 * where each mapping holds a reference.
 */
#define MANY_MAPPINGS (1U << 22)
#define MAX_MAPPINGS (1U << 28)

/* Low bits of page.mapping: anonymous, KSM or movable. */
#define MAPPING_BITS 3U
#define MAPPING_ANON 1U
#define MAPPING_KSM 3U

static bool mapping_is_implausible(const struct vms_page_layout *layout,
				   const struct vms_page_view *view)
{
	uint64_t mapping = view->mapping;

	if (!(view->bits & (VMS_PAGE_LRU | VMS_PAGE_ANON)))
		return false;
	if (!(mapping & ~(uint64_t)MAPPING_BITS))
		return mapping == MAPPING_ANON;
	return !vms_page_pointer(layout, mapping);
}

/* A typed page is on no list of reclaim, and only hugetlb is anonymous. */
static bool type_is_implausible(const struct vms_page_layout *layout,
				const struct vms_page_view *view)
{
	if (view->bits & (VMS_PAGE_LRU | VMS_PAGE_SWAPCACHE))
		return true;
	return view->bits & VMS_PAGE_ANON &&
	       !vms_type_matches(&layout->hugetlb_type, view->mapcount);
}

static bool mapcount_is_implausible(const struct vms_page_layout *layout,
				    const struct vms_page_view *view)
{
	uint32_t mapcount = view->mapcount;

	if (view->bits & VMS_PAGE_SLAB || mapcount == UINT32_MAX)
		return false;
	if (mapcount < MANY_MAPPINGS)
		return false;
	if (mapcount < MAX_MAPPINGS)
		return view->refcount < mapcount && layout->has_refcount;
	/* A kernel that lost count, but a living one. */
	if (vms_type_matches(&layout->underflow, mapcount))
		return false;
	if (vms_type_matches(&layout->typed, mapcount))
		return layout->typed.mask && type_is_implausible(layout, view);
	return true;
}

/* Free pages have no owner: nothing counts them, nothing lists them. */
static bool free_page_is_implausible(const struct vms_page_view *view)
{
	return view->refcount ||
	       view->bits & (VMS_PAGE_LRU | VMS_PAGE_HEAD | VMS_PAGE_SWAPCACHE);
}

/*
 * Tails only matter when poisoned. All references are the head's, so that a
 * tail cannot be got by chance.
 */
static bool tail_is_implausible(const struct vms_page_layout *layout,
				const struct vms_page_view *view)
{
	return view->refcount ||
	       (layout->tail_bit && !vms_page_pointer(layout, view->compound));
}

bool vms_page_is_implausible(const struct vms_page_layout *layout,
			     const struct vms_page_view *view)
{
	/* PAGE_POISON_PATTERN: memory of struct pages not initialised yet. */
	if (view->flags == layout->poison)
		return true;
	if (view->bits & VMS_PAGE_TAIL)
		return tail_is_implausible(layout, view);
	if (view->refcount > MAX_REFCOUNT)
		return true;
	if (view->bits & VMS_PAGE_BUDDY)
		return free_page_is_implausible(view);
	if (view->bits & VMS_PAGE_SLAB)
		return view->bits & (VMS_PAGE_LRU | VMS_PAGE_SWAPCACHE);
	return mapping_is_implausible(layout, view) ||
	       mapcount_is_implausible(layout, view);
}
