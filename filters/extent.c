// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Before more than one page is left out for what one struct page says, the
 * others must agree. Knows no rules, only what shape a range has.
 */
#include "judge.h"

const uint8_t *vms_window_page(const struct vms_window *window, vms_pfn_t pfn,
			       struct vms_page_buf *buf,
			       vms_vaddr_t *vaddr_ret)
{
	const struct vms_page_chunk *chunk = window->chunk;
	size_t size = vms_page_layout_size(window->layout);

	if (chunk && pfn >= chunk->start && pfn - chunk->start < chunk->count) {
		*vaddr_ret = chunk->map + (pfn - chunk->start) * size;
		return chunk->structs + (pfn - chunk->start) * size;
	}
	if (!window->lookup->get(window->lookup->ctx, pfn, buf->bytes,
				 vaddr_ret))
		return NULL;
	return buf->bytes;
}

void vms_suspect_complete(const struct vms_window *window,
			  struct vms_suspect *suspect)
{
	struct vms_page_buf buf;
	const uint8_t *second;
	vms_vaddr_t vaddr;

	suspect->no_second = false;
	if (!(suspect->view->bits & VMS_PAGE_HEAD) ||
	    (suspect->view->bits & VMS_PAGE_TAIL))
		return;
	/* A free block is no compound page; which of the two orders counts? */
	if (suspect->view->bits & (VMS_PAGE_BUDDY | VMS_PAGE_UNACCEPTED)) {
		suspect->view->bits |= VMS_PAGE_IMPLAUSIBLE;
		return;
	}
	second = vms_window_page(window, suspect->pfn + 1, &buf, &vaddr);
	if (second)
		vms_page_decode_second(window->layout, second, suspect->view);
	else
		suspect->no_second = true;
}

/* Most pages that are left out: nothing to check. */
static bool is_one_page(const struct vms_suspect *suspect,
			enum vms_extent extent)
{
	return extent == VMS_EXTENT_PAGE ||
	       (extent == VMS_EXTENT_COMPOUND &&
		!(suspect->view->bits & VMS_PAGE_HEAD));
}

/* True: *ret is an order that the kernel can have. Order 0 is one page. */
static bool order_of(const struct vms_window *window,
		     const struct vms_suspect *suspect, enum vms_extent extent,
		     unsigned int *ret)
{
	unsigned int max_free = vms_page_layout_max_free_order(window->layout);
	const uint32_t checked = VMS_PAGE_ORDER | VMS_PAGE_TAIL;
	uint32_t known;
	uint64_t order = suspect->view->order;

	switch (extent) {
	case VMS_EXTENT_FREE:
		if (order >= max_free || order >= VMS_MAX_FREE_AREA)
			return false;
		break;
	case VMS_EXTENT_MAX_ORDER:
		if (!max_free || max_free > VMS_MAX_FREE_AREA)
			return false;
		order = max_free - 1;
		break;
	case VMS_EXTENT_COMPOUND:
		/* Tails that cannot be asked are not left out. */
		known = vms_page_layout_known(window->layout);
		if ((known & checked) != checked) {
			order = 0;
			break;
		}
		/* A head without tails is none. */
		if (!order || order > VMS_MAX_COMPOUND_ORDER)
			return false;
		break;
	case VMS_EXTENT_PAGE:
		order = 0;
		break;
	}
	*ret = (unsigned int)order;
	return true;
}

/* False: finding->doubt says why not. */
static bool is_tail(const struct vms_window *window, vms_pfn_t pfn,
		    vms_vaddr_t head, struct vms_finding *finding)
{
	struct vms_page_buf buf;
	vms_vaddr_t vaddr;
	const uint8_t *page = vms_window_page(window, pfn, &buf, &vaddr);

	if (!page) {
		finding->doubt = VMS_DOUBT_MEMMAP;
		return false;
	}
	if (!vms_page_is_tail_of(window->layout, page, vaddr, head)) {
		finding->doubt = VMS_DOUBT_TAILS;
		return false;
	}
	return true;
}

/*
 * The first tail and the last. The first also tells a head from the copy of
 * one that the vmemmap optimisation shows at later pages: what follows the
 * copy points to the real head.
 */
static bool tails_agree(const struct vms_window *window,
			struct vms_finding *finding)
{
	struct vms_page_buf buf;
	vms_vaddr_t head;

	if (!vms_window_page(window, finding->range.start, &buf, &head)) {
		finding->doubt = VMS_DOUBT_MEMMAP;
		return false;
	}
	return is_tail(window, finding->range.start + 1, head, finding) &&
	       is_tail(window, finding->range.end - 1, head, finding);
}

static bool is_inner(const struct vms_window *window, vms_pfn_t pfn,
		     struct vms_finding *finding)
{
	struct vms_page_buf buf;
	vms_vaddr_t vaddr;
	const uint8_t *page = vms_window_page(window, pfn, &buf, &vaddr);

	if (!page) {
		finding->doubt = VMS_DOUBT_MEMMAP;
		return false;
	}
	if (!vms_page_is_free_inner(window->layout, page)) {
		finding->doubt = VMS_DOUBT_INNER;
		return false;
	}
	return true;
}

/*
 * The places where the block was merged from smaller ones (+1, +2, +4 ...):
 * heads of free blocks if the block were smaller than said; and the last.
 */
static bool inner_agree(const struct vms_window *window,
			struct vms_finding *finding)
{
	vms_pfn_t count = finding->range.end - finding->range.start;

	for (vms_pfn_t step = 1; step < count; step <<= 1)
		if (!is_inner(window, finding->range.start + step, finding))
			return false;
	return is_inner(window, finding->range.end - 1, finding);
}

void vms_extent_check(const struct vms_window *window,
		      const struct vms_suspect *suspect,
		      enum vms_extent extent, vms_pfn_t claimed_end,
		      struct vms_finding *ret)
{
	const struct vms_page_lookup *lookup = window->lookup;
	vms_pfn_t pfn = suspect->pfn;
	unsigned int order = 0;

	*ret = (struct vms_finding){ .range = { pfn, pfn + 1 } };
	if (is_one_page(suspect, extent)) {
		ret->believed = true;
		return;
	}
	if (extent == VMS_EXTENT_COMPOUND && suspect->no_second) {
		ret->doubt = VMS_DOUBT_MEMMAP;
		return;
	}
	if (!order_of(window, suspect, extent, &order)) {
		ret->doubt = VMS_DOUBT_ORDER;
		return;
	}
	if (!order) {
		ret->believed = true;
		return;
	}
	if (pfn & ((1ULL << order) - 1)) {
		ret->doubt = VMS_DOUBT_ALIGNMENT;
		return;
	}
	ret->range.end = pfn + (1ULL << order);
	if (!lookup->in_bounds(lookup->ctx, ret->range)) {
		ret->doubt = VMS_DOUBT_BOUNDS;
		return;
	}
	ret->claims = true;
	if (pfn < claimed_end) {
		ret->doubt = VMS_DOUBT_OVERLAP;
		return;
	}
	ret->believed = extent == VMS_EXTENT_COMPOUND ?
				tails_agree(window, ret) :
				inner_agree(window, ret);
}
