// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Decodes struct pages by a layout. Runs once for every page of the crashed
 * machine: no branches on what does not change. Knows no facts, no releases.
 */
#include <vmsieve/checked.h>

#include "page_layout.h"

size_t vms_page_layout_size(const struct vms_page_layout *layout)
{
	return layout->size;
}

uint32_t vms_page_layout_known(const struct vms_page_layout *layout)
{
	return layout->known;
}

unsigned int vms_page_layout_max_free_order(const struct vms_page_layout *l)
{
	return l->max_free_order;
}

/* Bits without which no rule wants a page: then nothing is left to doubt. */
#define CLAIMS                                                                 \
	((uint32_t)(VMS_PAGE_LRU | VMS_PAGE_SWAPCACHE | VMS_PAGE_HWPOISON |    \
		    VMS_PAGE_HEAD | VMS_PAGE_BUDDY | VMS_PAGE_OFFLINE |        \
		    VMS_PAGE_UNACCEPTED | VMS_PAGE_ANON))

/* What a page in use by a slab, or a tail, does not mean if it says so. */
#define NOT_FOR_SLAB                                                           \
	((uint32_t)(VMS_PAGE_BUDDY | VMS_PAGE_OFFLINE | VMS_PAGE_UNACCEPTED |  \
		    VMS_PAGE_ANON))
#define FOR_TAIL ((uint32_t)(VMS_PAGE_TAIL | VMS_PAGE_HWPOISON))

/*
 * The anonymous mark with a small number instead of an address is none: zram's
 * allocator kept class numbers in page.mapping up to 4.7 (3783689a1aa8), and
 * pages of DAX files with shared extents have 1 there (6.1 to 6.14). KSM
 * pages without their node have 3.
 */
#define SMALLEST_MAPPING 4096U

#define MAPPING_KSM 3U

static inline __attribute__((always_inline)) uint32_t
bit_if(uint32_t bit, bool condition)
{
	return condition ? bit : 0;
}

static inline __attribute__((always_inline)) uint64_t
word_at(const uint8_t *at, enum vms_endian endian, bool is_64bit)
{
	return is_64bit ? vms_get_u64(at, endian) : vms_get_u32(at, endian);
}

static inline __attribute__((always_inline)) uint32_t
decode_bits(const struct vms_page_layout *l, const struct vms_page_view *v)
{
	uint64_t flags = v->flags;
	uint32_t bits, drop;
	bool tail, slab;

	slab = (flags & l->slab) != 0 ||
	       vms_type_matches(&l->slab_type, v->mapcount);
	tail = ((v->compound & l->tail_bit) | (flags & l->tail_flag)) != 0;

	bits = bit_if(VMS_PAGE_LRU, flags & l->lru) |
	       bit_if(VMS_PAGE_PRIVATE, flags & l->private_flag) |
	       bit_if(VMS_PAGE_SWAPCACHE,
		      (flags & l->swapcache) == l->swapcache_value) |
	       bit_if(VMS_PAGE_HWPOISON, flags & l->hwpoison) |
	       bit_if(VMS_PAGE_HEAD, flags & l->head) |
	       bit_if(VMS_PAGE_TAIL, tail) | bit_if(VMS_PAGE_SLAB, slab) |
	       bit_if(VMS_PAGE_BUDDY,
		      vms_type_matches(&l->buddy, v->mapcount) |
			      ((flags & l->buddy_flag) != 0)) |
	       bit_if(VMS_PAGE_OFFLINE,
		      vms_type_matches(&l->offline, v->mapcount)) |
	       bit_if(VMS_PAGE_UNACCEPTED,
		      vms_type_matches(&l->unaccepted, v->mapcount)) |
	       bit_if(VMS_PAGE_ANON,
		      (v->mapping & l->anon_bit) &
			      ((v->mapping >= SMALLEST_MAPPING) |
			       (v->mapping == MAPPING_KSM)));
	drop = bit_if(NOT_FOR_SLAB, slab) | bit_if(~FOR_TAIL, tail);
	return bits & ~drop;
}

static inline __attribute__((always_inline)) void
decode(const struct vms_page_layout *l, const uint8_t *page,
       struct vms_page_view *v, enum vms_endian endian, bool is_64bit)
{
	v->flags = word_at(page + l->flags_at, endian, is_64bit);
	v->mapping = word_at(page + l->mapping_at, endian, is_64bit) &
		     l->has_mapping;
	v->private_word = word_at(page + l->private_at, endian, is_64bit) &
			  l->has_private;
	v->compound = word_at(page + l->compound_at, endian, is_64bit) &
		      l->has_compound;
	v->mapcount = vms_get_u32(page + l->mapcount_at, endian) |
		      l->no_mapcount;
	v->refcount = vms_get_u32(page + l->refcount_at, endian) &
		      l->has_refcount;
	v->order = 0;
	v->bits = 0;
	/* The inside of free blocks, and much of what drivers have. */
	if (!(v->flags & l->any_flag) && v->mapcount == UINT32_MAX &&
	    !((v->compound & l->tail_bit) | (v->mapping & l->anon_bit)))
		return;
	v->bits = decode_bits(l, v);
	if (v->bits & VMS_PAGE_BUDDY)
		v->order = v->private_word;
	if ((v->bits & CLAIMS || v->flags == l->poison) &&
	    vms_page_is_implausible(l, v))
		v->bits |= VMS_PAGE_IMPLAUSIBLE;
}

void vms_page_decode(const struct vms_page_layout *layout, const uint8_t *page,
		     struct vms_page_view *ret)
{
	/* The first is compiled with both known, for the machines at hand. */
	if (layout->native64)
		decode(layout, page, ret, VMS_HOST_ENDIAN, true);
	else
		decode(layout, page, ret, layout->endian, layout->is_64bit);
}

static uint64_t field(const struct vms_page_layout *layout,
		      const struct vms_page_field *field, const uint8_t *page)
{
	const uint8_t *at = page + field->at;
	uint64_t value = 0;

	switch (field->width) {
	case 1:
		value = *at;
		break;
	case 2:
		value = vms_get_u16(at, layout->endian);
		break;
	case 4:
		value = vms_get_u32(at, layout->endian);
		break;
	case 8:
		value = vms_get_u64(at, layout->endian);
		break;
	default:
		break;
	}
	return value & field->mask;
}

static bool is_tail(const struct vms_page_layout *layout, const uint8_t *page)
{
	uint64_t flags = vms_page_word(layout, page + layout->flags_at);
	uint64_t word = vms_page_word(layout, page + layout->compound_at);

	return (word & layout->tail_bit) | (flags & layout->tail_flag);
}

static bool is_hugetlb(const struct vms_page_layout *layout,
		       const uint8_t *second, const struct vms_page_view *view)
{
	switch (layout->hugetlb_kind) {
	case VMS_HUGETLB_TYPE:
		return vms_type_matches(&layout->hugetlb_type, view->mapcount);
	case VMS_HUGETLB_FLAG:
		/*
		 * The flag's number has other meanings on pages that are no
		 * second page, as after a split (d99e3140a4d3), and compound
		 * pages of the kernel have been seen with it.
		 */
		return is_tail(layout, second) && view->order < 64 &&
		       layout->hugetlb_orders >> view->order & 1 &&
		       !(view->bits & VMS_PAGE_SLAB) &&
		       field(layout, &layout->hugetlb, second);
	case VMS_HUGETLB_FIELD:
		return is_tail(layout, second) &&
		       field(layout, &layout->hugetlb, second) ==
			       layout->hugetlb_value;
	case VMS_HUGETLB_UNKNOWN:
		break;
	}
	return false;
}

void vms_page_decode_second(const struct vms_page_layout *layout,
			    const uint8_t *second, struct vms_page_view *view)
{
	if (!(view->bits & VMS_PAGE_HEAD))
		return;
	view->order = field(layout, &layout->order, second);
	if (is_hugetlb(layout, second, view))
		view->bits |= VMS_PAGE_HUGETLB;
}

/*
 * HugeTLB vmemmap optimisation from 5.18 (e7d324850bfc) to 7.0: the pages that
 * hold a hugetlb page's struct pages are all the first one, so that each
 * begins with a copy of the head. The copy itself says nothing; what follows
 * it points to the real head.
 */
static bool may_be_copy_of_head(const struct vms_page_layout *layout,
				const uint8_t *page, vms_vaddr_t vaddr,
				vms_vaddr_t head_vaddr)
{
	uint64_t flags = vms_page_word(layout, page + layout->flags_at);

	return flags & layout->head && vaddr > head_vaddr &&
	       vms_is_power_of_two(layout->size) &&
	       !(vaddr % layout->page_bytes) &&
	       !(head_vaddr % layout->page_bytes);
}

/*
 * compound_info, 7.1 (d50569612c29): with CONFIG_HUGETLB_PAGE_OPTIMIZE_VMEMMAP
 * and a struct page of a power of two, a mask of the high bits that a tail's
 * address shares with its head's. Else the head's address. Both with bit 0.
 */
static bool info_names_head(const struct vms_page_layout *layout, uint64_t info,
			    vms_vaddr_t vaddr, vms_vaddr_t head_vaddr)
{
	uint64_t word = info - 1;
	uint64_t low = layout->is_64bit ? ~word : ~word & UINT32_MAX;

	if (word == head_vaddr)
		return true;
	if (low & (low + 1) || !word || !vms_is_power_of_two(layout->size))
		return false;
	return vaddr != head_vaddr && (vaddr & word) == head_vaddr;
}

bool vms_page_is_tail_of(const struct vms_page_layout *layout,
			 const uint8_t *page, vms_vaddr_t vaddr,
			 vms_vaddr_t head_vaddr)
{
	uint64_t word = vms_page_word(layout, page + layout->compound_at);

	switch (layout->tail_kind) {
	case VMS_TAIL_INFO:
		return word & 1 &&
		       info_names_head(layout, word, vaddr, head_vaddr);
	case VMS_TAIL_HEAD:
		if (!(word & 1))
			return may_be_copy_of_head(layout, page, vaddr,
						   head_vaddr);
		return word - 1 == head_vaddr;
	case VMS_TAIL_FLAG:
		return is_tail(layout, page) &&
		       vms_page_word(layout, page + layout->private_at) ==
			       head_vaddr;
	case VMS_TAIL_UNKNOWN:
		break;
	}
	return true;
}

/*
 * What the allocator leaves behind in all pages of a free block but the first,
 * in every release from 3.10 to 7.2 (free_pages_prepare, __free_pages_core,
 * __free_one_page and expand in mm/page_alloc.c): no reference, no mapcount
 * and no type, no tail mark (clear_compound_head; lru.next is then a list
 * poison, which is even), and none of the flags but PG_hwpoison.
 */
bool vms_page_is_free_inner(const struct vms_page_layout *layout,
			    const uint8_t *page)
{
	uint64_t flags = vms_page_word(layout, page + layout->flags_at);
	uint32_t mapcount = vms_get_u32(page + layout->mapcount_at,
					layout->endian) |
			    layout->no_mapcount;
	uint32_t refcount = vms_get_u32(page + layout->refcount_at,
					layout->endian) &
			    layout->has_refcount;

	return !refcount && mapcount == UINT32_MAX && !is_tail(layout, page) &&
	       !(flags & (layout->lru | layout->head | layout->slab |
			  layout->buddy_flag));
}
