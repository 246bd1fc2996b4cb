// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The rows of variants.def and what each does to the layout. Knows facts and
 * layouts, no pages.
 */
#include <vmsieve/checked.h>

#include "variants.h"

static uint64_t value(const struct vms_facts *facts, enum vms_fact fact)
{
	return facts->value[fact];
}

/* Types of the top byte kind leave the low 24 bits to the page's owner. */
static struct vms_type_mark mark_of(const struct vms_facts *facts,
				    enum vms_fact fact)
{
	uint32_t type = (uint32_t)value(facts, fact);

	if (!(type & 0xffffff))
		return (struct vms_type_mark){ 0xff000000, type };
	return (struct vms_type_mark){ UINT32_MAX, type };
}

static struct vms_page_field field_at(uint64_t at, uint64_t width)
{
	return (struct vms_page_field){
		.at = (uint16_t)at,
		.width = (uint16_t)width,
		.mask = UINT64_MAX,
	};
}

static bool use_refcount(const struct vms_facts *facts,
			 struct vms_page_layout *layout)
{
	layout->refcount_at =
		(uint16_t)value(facts, VMS_FACT_OFFSET_PAGE_REFCOUNT);
	layout->has_refcount = UINT32_MAX;
	return true;
}

static bool use_count(const struct vms_facts *facts,
		      struct vms_page_layout *layout)
{
	layout->refcount_at =
		(uint16_t)value(facts, VMS_FACT_OFFSET_PAGE_COUNT);
	layout->has_refcount = UINT32_MAX;
	return true;
}

/* 0xf0 to 0xfe in the top byte; 0xff is what a mapcount below -1 shows. */
static bool use_types_in_top_byte(const struct vms_facts *facts,
				  struct vms_page_layout *layout)
{
	uint32_t type = (uint32_t)value(facts, VMS_FACT_NUMBER_PAGE_BUDDY);

	if (type & 0xffffff || type >> 28 != 0xf)
		return false;
	layout->typed = (struct vms_type_mark){ 0xf0000000, 0xf0000000 };
	layout->underflow = (struct vms_type_mark){ 0xff000000, 0xff000000 };
	return true;
}

/* PG_zsmalloc is 0x01000000; the low 16 bits are the owner's. */
static bool use_types_high_bits(const struct vms_facts *facts,
				struct vms_page_layout *layout)
{
	uint32_t type = (uint32_t)value(facts, VMS_FACT_NUMBER_PAGE_BUDDY);

	if (!vms_is_power_of_two(~type) || ~type < 0x01000000)
		return false;
	layout->typed = (struct vms_type_mark){ 0x80000000, 0x80000000 };
	layout->underflow = (struct vms_type_mark){ 0xffff0000, 0xffff0000 };
	return true;
}

/*
 * PG_buddy 0x80 to PG_slab 0x1000; a page table charged to a memory cgroup had
 * two bits cleared. The low seven catch mapcounts below -1.
 */
static bool use_types_low_bits(const struct vms_facts *facts,
			       struct vms_page_layout *layout)
{
	uint32_t type = (uint32_t)value(facts, VMS_FACT_NUMBER_PAGE_BUDDY);

	if (!vms_is_power_of_two(~type) || ~type < 0x80 || ~type >= 0x01000000)
		return false;
	layout->typed = (struct vms_type_mark){ 0xf000007f, 0xf000007f };
	layout->underflow = (struct vms_type_mark){ 0xffffff80, 0xffffff80 };
	return true;
}

/* -128 free (-2 in 2.6.38), -256 balloon, -512 charged or offline. */
static bool use_types_negative(const struct vms_facts *facts,
			       struct vms_page_layout *layout)
{
	uint32_t type = (uint32_t)value(facts, VMS_FACT_NUMBER_PAGE_BUDDY);

	if (type != (uint32_t)-128 && type != (uint32_t)-2)
		return false;
	layout->typed = (struct vms_type_mark){ 0xfffff000, 0xfffff000 };
	layout->underflow = (struct vms_type_mark){ 0xffffff80, 0xffffff80 };
	return true;
}

static bool use_free_type(const struct vms_facts *facts,
			  struct vms_page_layout *layout)
{
	layout->buddy = mark_of(facts, VMS_FACT_NUMBER_PAGE_BUDDY);
	layout->known |= VMS_PAGE_BUDDY;
	return true;
}

static bool use_free_flag(const struct vms_facts *facts,
			  struct vms_page_layout *layout)
{
	layout->buddy_flag = 1ULL << value(facts, VMS_FACT_NUMBER_PG_BUDDY);
	layout->known |= VMS_PAGE_BUDDY;
	return true;
}

static bool use_slab_type(const struct vms_facts *facts,
			  struct vms_page_layout *layout)
{
	layout->slab_type = mark_of(facts, VMS_FACT_NUMBER_PAGE_SLAB);
	layout->known |= VMS_PAGE_SLAB;
	return true;
}

static bool use_slab_flag(const struct vms_facts *facts,
			  struct vms_page_layout *layout)
{
	layout->slab = 1ULL << value(facts, VMS_FACT_NUMBER_PG_SLAB);
	layout->known |= VMS_PAGE_SLAB;
	return true;
}

static bool use_offline(const struct vms_facts *facts,
			struct vms_page_layout *layout)
{
	layout->offline = mark_of(facts, VMS_FACT_NUMBER_PAGE_OFFLINE);
	layout->known |= VMS_PAGE_OFFLINE;
	return true;
}

static bool use_unaccepted(const struct vms_facts *facts,
			   struct vms_page_layout *layout)
{
	layout->unaccepted = mark_of(facts, VMS_FACT_NUMBER_PAGE_UNACCEPTED);
	layout->known |= VMS_PAGE_UNACCEPTED;
	return true;
}

static bool use_head(const struct vms_facts *facts,
		     struct vms_page_layout *layout)
{
	layout->head = value(facts, VMS_FACT_NUMBER_PG_HEAD_MASK);
	layout->known |= VMS_PAGE_HEAD;
	return true;
}

static void use_tail_word(struct vms_page_layout *layout, uint64_t at,
			  enum vms_tail_kind kind)
{
	layout->compound_at = (uint16_t)at;
	layout->has_compound = UINT64_MAX;
	layout->tail_bit = 1;
	layout->tail_kind = kind;
	layout->known |= VMS_PAGE_TAIL;
}

static bool use_tail_info(const struct vms_facts *facts,
			  struct vms_page_layout *layout)
{
	use_tail_word(layout, value(facts, VMS_FACT_OFFSET_PAGE_COMPOUND_INFO),
		      VMS_TAIL_INFO);
	return true;
}

static bool use_tail_head(const struct vms_facts *facts,
			  struct vms_page_layout *layout)
{
	use_tail_word(layout, value(facts, VMS_FACT_OFFSET_PAGE_COMPOUND_HEAD),
		      VMS_TAIL_HEAD);
	return true;
}

/*
 * Flags lie in the order PG_head, PG_tail, PG_swapcache up to 4.3 (with
 * CONFIG_PAGEFLAGS_EXTENDED, as on all 64-bit kernels), and PG_head,
 * PG_swapcache in 4.4 to 4.9. A 32-bit kernel of old may have neither PG_head
 * nor PG_tail but PG_compound: not told apart, so not believed.
 */
static uint64_t swapcache_after_head(const struct vms_facts *facts)
{
	uint64_t head = value(facts, VMS_FACT_NUMBER_PG_HEAD_MASK);
	uint64_t swapcache = value(facts, VMS_FACT_NUMBER_PG_SWAPCACHE);

	return swapcache - (uint64_t)__builtin_ctzll(head);
}

static bool pg_tail_is_gone(const struct vms_facts *facts)
{
	return facts->is_64bit && swapcache_after_head(facts) == 1;
}

static bool pg_tail_is_there(const struct vms_facts *facts)
{
	return swapcache_after_head(facts) == 2;
}

static bool use_tail_lru(const struct vms_facts *facts,
			 struct vms_page_layout *layout)
{
	if (!pg_tail_is_gone(facts))
		return false;
	use_tail_word(layout, value(facts, VMS_FACT_OFFSET_PAGE_LRU),
		      VMS_TAIL_HEAD);
	return true;
}

static bool use_tail_flag(const struct vms_facts *facts,
			  struct vms_page_layout *layout)
{
	if (!pg_tail_is_there(facts))
		return false;
	layout->tail_flag = value(facts, VMS_FACT_NUMBER_PG_HEAD_MASK) << 1;
	layout->tail_kind = VMS_TAIL_FLAG;
	layout->known |= VMS_PAGE_TAIL;
	return true;
}

static bool use_order(struct vms_page_layout *layout, uint64_t at,
		      uint64_t width)
{
	if (!vms_inside_u64(at, width, layout->size))
		return false;
	layout->order = field_at(at, width);
	layout->known |= VMS_PAGE_ORDER;
	return true;
}

static bool use_order_flags(const struct vms_facts *facts,
			    struct vms_page_layout *layout)
{
	if (!use_order(layout, layout->flags_at, vms_facts_word(facts)))
		return false;
	layout->order.mask = 0xff;
	return true;
}

static bool use_order_folio(const struct vms_facts *facts,
			    struct vms_page_layout *layout)
{
	uint64_t at = value(facts, VMS_FACT_OFFSET_FOLIO_ORDER) - layout->size;

	return use_order(layout, at, 1);
}

/*
 * compound_order follows compound_dtor at once: 1 byte from 4.16 on; before,
 * 4 bytes on 64-bit kernels, 2 on others. 0: neither.
 */
static uint64_t compound_width(const struct vms_facts *facts)
{
	uint64_t width = value(facts, VMS_FACT_OFFSET_PAGE_COMPOUND_ORDER) -
			 value(facts, VMS_FACT_OFFSET_PAGE_COMPOUND_DTOR);

	return width == 1 || width == vms_facts_word(facts) / 2 ? width : 0;
}

static bool use_order_byte(const struct vms_facts *facts,
			   struct vms_page_layout *layout)
{
	uint64_t at = value(facts, VMS_FACT_OFFSET_PAGE_COMPOUND_ORDER);

	return compound_width(facts) == 1 && use_order(layout, at, 1);
}

static bool use_order_half(const struct vms_facts *facts,
			   struct vms_page_layout *layout)
{
	uint64_t at = value(facts, VMS_FACT_OFFSET_PAGE_COMPOUND_ORDER);
	uint64_t width = compound_width(facts);

	return width > 1 && use_order(layout, at, width);
}

static bool use_order_lru_half(const struct vms_facts *facts,
			       struct vms_page_layout *layout)
{
	uint64_t lru = value(facts, VMS_FACT_OFFSET_PAGE_LRU);

	return pg_tail_is_gone(facts) && use_order(layout, lru + 12, 4);
}

static bool use_order_lru(const struct vms_facts *facts,
			  struct vms_page_layout *layout)
{
	uint64_t lru = value(facts, VMS_FACT_OFFSET_PAGE_LRU);
	uint64_t word = vms_facts_word(facts);

	return pg_tail_is_there(facts) && use_order(layout, lru + word, word);
}

static bool use_hugetlb_type(const struct vms_facts *facts,
			     struct vms_page_layout *layout)
{
	layout->hugetlb_type = mark_of(facts, VMS_FACT_NUMBER_PAGE_HUGETLB);
	layout->hugetlb_kind = VMS_HUGETLB_TYPE;
	layout->known |= VMS_PAGE_HUGETLB;
	return true;
}

/*
 * Orders of hugetlb pages, of all architectures with that page size. 4 KiB: 64
 * KiB, 1, 2, 16 and 32 MiB, 1, 2 and 16 GiB. 16 KiB: 2 and 32 MiB, 1 GiB. 64
 * KiB: 2, 16 and 512 MiB, 1 and 16 GiB.
 */
static uint64_t hugetlb_orders(uint32_t page_bytes)
{
	switch (page_bytes) {
	case 16384:
		return 1U << 7 | 1U << 11 | 1U << 16;
	case 65536:
		return 1U << 5 | 1U << 8 | 1U << 13 | 1U << 14 | 1U << 18;
	default:
		return 1U << 4 | 1U << 8 | 1U << 9 | 1U << 12 | 1U << 13 |
		       1U << 18 | 1U << 19 | 1U << 22;
	}
}

/* What a second page says counts only if it is seen to be a tail. */
static bool use_hugetlb_flag(const struct vms_facts *facts,
			     struct vms_page_layout *layout)
{
	if (!(layout->known & VMS_PAGE_TAIL))
		return false;
	layout->hugetlb = field_at(layout->flags_at, vms_facts_word(facts));
	layout->hugetlb.mask = 1ULL << value(facts, VMS_FACT_NUMBER_PG_HUGETLB);
	layout->hugetlb_value = layout->hugetlb.mask;
	layout->hugetlb_orders = hugetlb_orders(layout->page_bytes);
	layout->hugetlb_kind = VMS_HUGETLB_FLAG;
	layout->known |= VMS_PAGE_HUGETLB;
	return true;
}

static bool use_hugetlb_field(struct vms_page_layout *layout, uint64_t at,
			      uint64_t width, uint64_t wanted)
{
	if (!(layout->known & VMS_PAGE_TAIL) ||
	    !vms_inside_u64(at, width, layout->size))
		return false;
	layout->hugetlb = field_at(at, width);
	layout->hugetlb_value = wanted;
	layout->hugetlb_kind = VMS_HUGETLB_FIELD;
	layout->known |= VMS_PAGE_HUGETLB;
	return true;
}

static uint64_t hugetlb_dtor(const struct vms_facts *facts)
{
	return value(facts, VMS_FACT_NUMBER_HUGETLB_PAGE_DTOR);
}

static bool use_hugetlb_folio(const struct vms_facts *facts,
			      struct vms_page_layout *layout)
{
	uint64_t at = value(facts, VMS_FACT_OFFSET_FOLIO_DTOR) - layout->size;

	return use_hugetlb_field(layout, at, 1, hugetlb_dtor(facts));
}

static bool use_hugetlb_byte(const struct vms_facts *facts,
			     struct vms_page_layout *layout)
{
	uint64_t at = value(facts, VMS_FACT_OFFSET_PAGE_COMPOUND_DTOR);

	return compound_width(facts) == 1 &&
	       use_hugetlb_field(layout, at, 1, hugetlb_dtor(facts));
}

static bool use_hugetlb_half(const struct vms_facts *facts,
			     struct vms_page_layout *layout)
{
	uint64_t at = value(facts, VMS_FACT_OFFSET_PAGE_COMPOUND_DTOR);
	uint64_t width = compound_width(facts);

	return width > 1 &&
	       use_hugetlb_field(layout, at, width, hugetlb_dtor(facts));
}

/* enum compound_dtor_id of 4.4: none, compound page, hugetlb page. */
static bool use_hugetlb_lru_half(const struct vms_facts *facts,
				 struct vms_page_layout *layout)
{
	uint64_t lru = value(facts, VMS_FACT_OFFSET_PAGE_LRU);

	return pg_tail_is_gone(facts) &&
	       use_hugetlb_field(layout, lru + 8, 4, 2);
}

static bool use_hugetlb_lru(const struct vms_facts *facts,
			    struct vms_page_layout *layout)
{
	uint64_t lru = value(facts, VMS_FACT_OFFSET_PAGE_LRU);
	uint64_t dtor = value(facts, VMS_FACT_SYMBOL_FREE_HUGE_PAGE);

	return pg_tail_is_there(facts) &&
	       use_hugetlb_field(layout, lru, vms_facts_word(facts), dtor);
}

static void use_swapcache(struct vms_page_layout *layout, uint64_t mask)
{
	layout->swapcache = mask;
	layout->swapcache_value = mask;
	layout->known |= VMS_PAGE_SWAPCACHE;
}

static bool use_swapcache_both(const struct vms_facts *facts,
			       struct vms_page_layout *layout)
{
	use_swapcache(layout,
		      1ULL << value(facts, VMS_FACT_NUMBER_PG_SWAPCACHE) |
		      1ULL << value(facts, VMS_FACT_NUMBER_PG_SWAPBACKED));
	return true;
}

/*
 * PG_swapcache is PG_owner_priv_1, which lies before PG_private; then follow
 * private_2, writeback, head, mappedtodisk, reclaim, swapbacked.
 */
static bool use_swapcache_derived(const struct vms_facts *facts,
				  struct vms_page_layout *layout)
{
	uint64_t swapcache = value(facts, VMS_FACT_NUMBER_PG_SWAPCACHE);
	uint64_t private = value(facts, VMS_FACT_NUMBER_PG_PRIVATE);
	uint64_t head = value(facts, VMS_FACT_NUMBER_PG_HEAD_MASK);

	if (swapcache >= private ||
	    (uint64_t)__builtin_ctzll(head) != private + 3 ||
	    private + 6 >= 8 * vms_facts_word(facts))
		return false;
	use_swapcache(layout, 1ULL << swapcache | 1ULL << (private + 6));
	return true;
}

/* A flag of its own, behind PG_private. */
static bool use_swapcache_alone(const struct vms_facts *facts,
				struct vms_page_layout *layout)
{
	uint64_t swapcache = value(facts, VMS_FACT_NUMBER_PG_SWAPCACHE);

	if (swapcache <= value(facts, VMS_FACT_NUMBER_PG_PRIVATE))
		return false;
	use_swapcache(layout, 1ULL << swapcache);
	return true;
}

/* Slabs keep other things where mapping is (s_mem, slab lists since 6.2). */
static bool use_anon(const struct vms_facts *facts,
		     struct vms_page_layout *layout)
{
	(void)facts;
	if (!(layout->known & VMS_PAGE_SLAB))
		return false;
	layout->anon_bit = 1;
	layout->known |= VMS_PAGE_ANON;
	return true;
}

/* Short names of facts for the rows. */
enum {
#define VMS_FACT(id, kind, key, allowed, since, commit)                        \
	F_##id = VMS_FACT_##id,
#include <vmsieve/kernel_facts.def>
#undef VMS_FACT
	NONE = VMS_NR_FACTS,
};

#define NEEDS(...) { __VA_ARGS__, NONE }
#define LACKS(...) { __VA_ARGS__, NONE }

static const struct vms_variant rows[] = {
#define VMS_VARIANT(concept, name, needs, lacks, use, since, commit)           \
	{ VMS_CONCEPT_##concept, name, needs, lacks, use, since, commit },
#include "variants.def"
#undef VMS_VARIANT
};

const struct vms_variant *vms_variant_rows(size_t *count_ret)
{
	*count_ret = VMS_ARRAY_SIZE(rows);
	return rows;
}
