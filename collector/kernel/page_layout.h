/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How to read one kernel's struct page: what the variants have settled.
 * Knows no facts and no releases.
 */
#ifndef VMSIEVE_KERNEL_PAGE_LAYOUT_H
#define VMSIEVE_KERNEL_PAGE_LAYOUT_H

#include <vmsieve/endian.h>
#include <vmsieve/page_view.h>
#include <vmsieve/types.h>

/*
 * (type word & mask) == value. { 0, 1 } matches nothing, { 0, 0 } everything.
 */
struct vms_type_mark {
	uint32_t mask;
	uint32_t value;
};

/* A number in a struct page; width 0: there is none. */
struct vms_page_field {
	uint16_t at;
	uint16_t width;		/* bytes: 1, 2, 4 or 8 */
	uint64_t mask;
};

/* How a tail says whose tail it is. */
enum vms_tail_kind {
	VMS_TAIL_UNKNOWN,
	VMS_TAIL_INFO,		/* compound_info: head | 1 or mask | 1 */
	VMS_TAIL_HEAD,		/* compound_head: head | 1 */
	VMS_TAIL_FLAG,		/* PG_tail, and the head in private */
};

enum vms_hugetlb_kind {
	VMS_HUGETLB_UNKNOWN,
	VMS_HUGETLB_TYPE,	/* the head's type word */
	VMS_HUGETLB_FLAG,	/* a flag of the second page */
	VMS_HUGETLB_FIELD,	/* a number in the second page */
};

/* What is absent reads as 0, the type word as -1. */
struct vms_page_layout {
	/* Used for every page. */
	enum vms_endian endian;
	bool is_64bit;
	bool native64;		/* 64 bits in the host's byte order */
	bool check_pointers;	/* kernel addresses have the top bit set */
	uint16_t flags_at;
	uint16_t mapping_at;
	uint16_t private_at;
	uint16_t compound_at;
	uint16_t mapcount_at;
	uint16_t refcount_at;
	uint64_t has_mapping;	/* masks: 0 or all ones */
	uint64_t has_private;
	uint64_t has_compound;
	uint32_t no_mapcount;
	uint32_t has_refcount;
	uint64_t any_flag;	/* masks of page.flags: all of the next */
	uint64_t lru;
	uint64_t private_flag;
	uint64_t swapcache;
	uint64_t swapcache_value;
	uint64_t hwpoison;
	uint64_t head;
	uint64_t slab;
	uint64_t buddy_flag;
	uint64_t tail_flag;
	uint64_t tail_bit;	/* mask of the compound word */
	uint64_t anon_bit;	/* mask of the mapping */
	struct vms_type_mark slab_type;
	struct vms_type_mark buddy;
	struct vms_type_mark offline;
	struct vms_type_mark unaccepted;

	/* Used for pages that claim something, and for second pages. */
	struct vms_type_mark hugetlb_type;
	struct vms_type_mark typed;	/* any page type of this kernel */
	struct vms_type_mark underflow;	/* mapcounts gone below -1 */
	uint64_t poison;		/* flags of an uninitialised page */
	enum vms_tail_kind tail_kind;
	enum vms_hugetlb_kind hugetlb_kind;
	struct vms_page_field order;
	struct vms_page_field hugetlb;
	uint64_t hugetlb_value;
	uint64_t hugetlb_orders;	/* VMS_HUGETLB_FLAG: possible ones */

	uint32_t known;
	uint32_t page_bytes;
	unsigned int max_free_order;
	uint16_t size;
};

static inline uint64_t vms_page_word(const struct vms_page_layout *layout,
				     const uint8_t *at)
{
	return layout->is_64bit ? vms_get_u64(at, layout->endian) :
				  vms_get_u32(at, layout->endian);
}

static inline bool vms_type_matches(const struct vms_type_mark *mark,
				    uint32_t type)
{
	return (type & mark->mask) == mark->value;
}

/*
 * Could this word be an address of the kernel? Its top bit is set; with
 * software tags of arm64's KASAN the top byte is anything, and the bits below
 * are ones in every VA size that Linux has.
 */
static inline bool vms_page_pointer(const struct vms_page_layout *layout,
				    uint64_t word)
{
	if (!layout->check_pointers)
		return true;
	if (!layout->is_64bit)
		return word >> 31;
	return word >> 63 || (word >> 52 & 0xf) == 0xf;
}

/*
 * Does the view, which claims to be of use to some rule, contradict itself?
 * (page_doubt.c)
 */
bool vms_page_is_implausible(const struct vms_page_layout *layout,
			     const struct vms_page_view *view);

#endif
