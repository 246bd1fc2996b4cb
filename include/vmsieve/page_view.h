/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A struct page of the crashed kernel, decoded. What differs between kernels
 * is settled in the layout, so that rules only look at bits and numbers.
 */
#ifndef VMSIEVE_PAGE_VIEW_H
#define VMSIEVE_PAGE_VIEW_H

#include <vmsieve/types.h>

/** Bits of vms_page_view.bits, and of vms_page_layout_known(). */
enum vms_page_bit {
	VMS_PAGE_LRU = 1U << 0,
	VMS_PAGE_PRIVATE = 1U << 1,	/* PG_private */
	VMS_PAGE_SWAPCACHE = 1U << 2,	/* PG_swapcache, and PG_swapbacked where
					 * the kernel has both in one test */
	VMS_PAGE_HWPOISON = 1U << 3,
	VMS_PAGE_HEAD = 1U << 4,	/* first page of a compound page */
	VMS_PAGE_TAIL = 1U << 5,	/* any other page of one */
	VMS_PAGE_SLAB = 1U << 6,
	VMS_PAGE_BUDDY = 1U << 7,	/* head of a free block, order valid */
	VMS_PAGE_OFFLINE = 1U << 8,
	VMS_PAGE_UNACCEPTED = 1U << 9,
	VMS_PAGE_ANON = 1U << 10,	/* mapping says anonymous, not slab */
	VMS_PAGE_HUGETLB = 1U << 11,	/* only after decode_second() */
	VMS_PAGE_ORDER = 1U << 12,	/* (known only) compound order readable */
	/*
	 * No living kernel from 3.10 to 7.2 writes such a struct page: it
	 * says what a rule may want, and its counts, its type word or its
	 * mapping contradict that. Nothing it says may be believed. (Pages
	 * that no rule wants are not looked at: drivers keep what they like.)
	 */
	VMS_PAGE_IMPLAUSIBLE = 1U << 13,
};

struct vms_page_view {
	uint32_t bits;		/* enum vms_page_bit */
	/* BUDDY: order of the free block as stored, unchecked. Compound head:
	 * as stored, unchecked, after decode_second(). Else 0. */
	uint64_t order;
	uint64_t flags;		/* raw words, for messages and checks */
	uint64_t mapping;
	uint64_t private_word;
	uint64_t compound;	/* compound_head or compound_info */
	uint32_t mapcount;	/* _mapcount, also the page type word */
	uint32_t refcount;
};

struct vms_page_layout;

/** Bytes of one struct page, VMS_MIN_STRUCT_PAGE ... VMS_MAX_STRUCT_PAGE. */
size_t vms_page_layout_size(const struct vms_page_layout *layout);
/**
 * Which bits this kernel lets us decode (facts there and in range). A clear
 * bit in the view means "no" only if it is known.
 */
uint32_t vms_page_layout_known(const struct vms_page_layout *layout);
/** Smallest order that no free block can have, 0 if not known. */
unsigned int vms_page_layout_max_free_order(const struct vms_page_layout *l);

/** page: vms_page_layout_size() bytes, any alignment. */
void vms_page_decode(const struct vms_page_layout *layout, const uint8_t *page,
		     struct vms_page_view *ret);
/**
 * Completes the view of a compound head by its second struct page: order and
 * VMS_PAGE_HUGETLB. No effect on views that are not HEAD. Whether the second
 * page is this head's tail is for vms_page_is_tail_of() to say.
 */
void vms_page_decode_second(const struct vms_page_layout *layout,
			    const uint8_t *second, struct vms_page_view *view);
/**
 * Does this struct page, at kernel address vaddr, say that it is a tail of
 * the compound page whose head is at head_vaddr? True when the kernel has no
 * way to tell (tails not known). Also true for what may be a copy of the head
 * that the vmemmap optimisation of 5.18 to 7.0 shows at a page boundary: it
 * says nothing; the struct page that follows it does.
 */
bool vms_page_is_tail_of(const struct vms_page_layout *layout,
			 const uint8_t *page, vms_vaddr_t vaddr,
			 vms_vaddr_t head_vaddr);
/** Could this struct page be an inner page of a free block (not its head)? */
bool vms_page_is_free_inner(const struct vms_page_layout *layout,
			    const uint8_t *page);

#endif
