// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Picks the rows and adds what needs no choice: plain flags and sizes. Knows
 * no row by name and no release.
 */
#include <string.h>

#include "variants.h"

const char *vms_concept_name(enum vms_concept concept)
{
	static const char *const names[VMS_NR_CONCEPTS] = {
		[VMS_CONCEPT_REFCOUNT] = "reference count",
		[VMS_CONCEPT_TYPE_WORD] = "page types",
		[VMS_CONCEPT_FREE] = "free pages",
		[VMS_CONCEPT_SLAB] = "slab pages",
		[VMS_CONCEPT_OFFLINE] = "offline pages",
		[VMS_CONCEPT_UNACCEPTED] = "unaccepted memory",
		[VMS_CONCEPT_HEAD] = "compound heads",
		[VMS_CONCEPT_TAIL] = "compound tails",
		[VMS_CONCEPT_ORDER] = "compound order",
		[VMS_CONCEPT_HUGETLB] = "hugetlb pages",
		[VMS_CONCEPT_SWAPCACHE] = "swap cache",
		[VMS_CONCEPT_ANON] = "anonymous pages",
	};

	return names[concept];
}

static bool has_all(const struct vms_facts *facts, const uint8_t *list)
{
	while (*list != VMS_NR_FACTS)
		if (!vms_facts_has(facts, *list++))
			return false;
	return true;
}

static bool lacks_all(const struct vms_facts *facts, const uint8_t *list)
{
	while (*list != VMS_NR_FACTS)
		if (facts->state[*list++] != VMS_STATE_ABSENT)
			return false;
	return true;
}

static void use_flag(const struct vms_facts *facts, enum vms_fact fact,
		     enum vms_page_bit bit, uint64_t *mask_ret,
		     struct vms_page_layout *layout)
{
	if (!vms_facts_has(facts, fact))
		return;
	*mask_ret = 1ULL << facts->value[fact];
	layout->known |= bit;
}

/*
 * Most architectures have kernel addresses in the upper half; s390x and
 * sparc64 do not. The kernel's own symbols tell.
 */
static bool symbols_in_upper_half(const struct vms_facts *facts)
{
	unsigned int top = facts->is_64bit ? 63 : 31;
	bool any = false;

	for (unsigned int fact = 0; fact < VMS_NR_FACTS; fact++) {
		if (vms_field_kind(fact) != VMS_KIND_SYMBOL ||
		    !vms_facts_has(facts, fact))
			continue;
		if (!(facts->value[fact] >> top & 1))
			return false;
		any = true;
	}
	return any;
}

static void init_layout(const struct vms_facts *facts,
			struct vms_page_layout *layout)
{
	static const struct vms_type_mark nothing = { 0, 1 };

	*layout = (struct vms_page_layout){
		.endian = facts->endian,
		.is_64bit = facts->is_64bit,
		.native64 = facts->is_64bit &&
			    facts->endian == VMS_HOST_ENDIAN,
		.check_pointers = symbols_in_upper_half(facts),
		.flags_at = (uint16_t)facts->value[VMS_FACT_OFFSET_PAGE_FLAGS],
		.no_mapcount = UINT32_MAX,
		.swapcache_value = 1,
		.slab_type = nothing,
		.buddy = nothing,
		.offline = nothing,
		.unaccepted = nothing,
		.hugetlb_type = nothing,
		.underflow = nothing,
		.poison = facts->is_64bit ? UINT64_MAX : UINT32_MAX,
		.size = (uint16_t)facts->value[VMS_FACT_SIZE_PAGE],
		.page_bytes = vms_facts_has(facts, VMS_FACT_PAGESIZE) ?
			(uint32_t)facts->value[VMS_FACT_PAGESIZE] : 4096,
		.known = VMS_PAGE_IMPLAUSIBLE,
	};
	if (vms_facts_has(facts, VMS_FACT_LENGTH_ZONE_FREE_AREA))
		layout->max_free_order = (unsigned int)
			facts->value[VMS_FACT_LENGTH_ZONE_FREE_AREA];
}

/* Words of struct page that several variants look at. */
static void use_words(const struct vms_facts *facts,
		      struct vms_page_layout *layout)
{
	if (vms_facts_has(facts, VMS_FACT_OFFSET_PAGE_MAPPING)) {
		layout->mapping_at = (uint16_t)
			facts->value[VMS_FACT_OFFSET_PAGE_MAPPING];
		layout->has_mapping = UINT64_MAX;
	}
	if (vms_facts_has(facts, VMS_FACT_OFFSET_PAGE_PRIVATE)) {
		layout->private_at = (uint16_t)
			facts->value[VMS_FACT_OFFSET_PAGE_PRIVATE];
		layout->has_private = UINT64_MAX;
	}
	if (vms_facts_has(facts, VMS_FACT_OFFSET_PAGE_MAPCOUNT)) {
		layout->mapcount_at = (uint16_t)
			facts->value[VMS_FACT_OFFSET_PAGE_MAPCOUNT];
		layout->no_mapcount = 0;
	}
}

bool vms_variants_choose(const struct vms_facts *facts,
			 const struct vms_variant *chosen[VMS_NR_CONCEPTS],
			 struct vms_page_layout *layout)
{
	size_t count;
	const struct vms_variant *rows = vms_variant_rows(&count);

	if (!vms_facts_has(facts, VMS_FACT_SIZE_PAGE) ||
	    !vms_facts_has(facts, VMS_FACT_OFFSET_PAGE_FLAGS))
		return false;
	init_layout(facts, layout);
	use_words(facts, layout);
	use_flag(facts, VMS_FACT_NUMBER_PG_LRU, VMS_PAGE_LRU, &layout->lru,
		 layout);
	use_flag(facts, VMS_FACT_NUMBER_PG_PRIVATE, VMS_PAGE_PRIVATE,
		 &layout->private_flag, layout);
	use_flag(facts, VMS_FACT_NUMBER_PG_HWPOISON, VMS_PAGE_HWPOISON,
		 &layout->hwpoison, layout);
	for (size_t i = 0; i < count; i++) {
		const struct vms_variant *row = &rows[i];

		if (!chosen[row->concept] && has_all(facts, row->needs) &&
		    lacks_all(facts, row->lacks) && row->use(facts, layout))
			chosen[row->concept] = row;
	}
	layout->any_flag = layout->lru | layout->private_flag |
			   layout->swapcache | layout->hwpoison |
			   layout->head | layout->slab | layout->buddy_flag |
			   layout->tail_flag;
	return true;
}
