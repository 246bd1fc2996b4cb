// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fact table, and what facts say about each other: members lie inside
 * their struct and not on each other. Knows no variants and no pages.
 */
#include <inttypes.h>
#include <string.h>

#include <vmsieve/checked.h>
#include <vmsieve/log.h>

#include "facts.h"
#include "field_ranges.h"

struct field {
	const char *key;
	enum vms_fact_kind kind;
	enum vms_allowed allowed;
};

static const struct field fields[VMS_NR_FACTS] = {
#define VMS_FACT(id, kind, key, allowed, since, commit)                        \
	[VMS_FACT_##id] = { key, VMS_KIND_##kind, VMS_ALLOWED_##allowed },
#include <vmsieve/kernel_facts.def>
#undef VMS_FACT
};

const char *vms_fact_key(enum vms_fact fact)
{
	return fields[fact].key;
}

enum vms_fact_kind vms_field_kind(enum vms_fact fact)
{
	return fields[fact].kind;
}

const char *vms_field_refuse(enum vms_fact fact, uint64_t value, bool is_64bit)
{
	return vms_allowed_refuse(fields[fact].allowed, value, is_64bit);
}

/* Width of a member, in words or bytes. */
enum width {
	WORD,
	TWO_WORDS,
	INT,
	BYTE,
};

/* Members, the SIZE they must fit in, and how many of these come before. */
struct member {
	enum vms_fact offset;
	enum vms_fact size;
	enum width width;
	unsigned int index;
};

static const struct member members[] = {
	{ VMS_FACT_OFFSET_MEM_SECTION_MAP, VMS_FACT_SIZE_MEM_SECTION, WORD, 0 },
	{ VMS_FACT_OFFSET_PAGE_FLAGS, VMS_FACT_SIZE_PAGE, WORD, 0 },
	{ VMS_FACT_OFFSET_PAGE_REFCOUNT, VMS_FACT_SIZE_PAGE, INT, 0 },
	{ VMS_FACT_OFFSET_PAGE_COUNT, VMS_FACT_SIZE_PAGE, INT, 0 },
	{ VMS_FACT_OFFSET_PAGE_MAPPING, VMS_FACT_SIZE_PAGE, WORD, 0 },
	{ VMS_FACT_OFFSET_PAGE_LRU, VMS_FACT_SIZE_PAGE, TWO_WORDS, 0 },
	{ VMS_FACT_OFFSET_PAGE_MAPCOUNT, VMS_FACT_SIZE_PAGE, INT, 0 },
	{ VMS_FACT_OFFSET_PAGE_PRIVATE, VMS_FACT_SIZE_PAGE, WORD, 0 },
	{ VMS_FACT_OFFSET_PAGE_COMPOUND_DTOR, VMS_FACT_SIZE_PAGE, BYTE, 0 },
	{ VMS_FACT_OFFSET_PAGE_COMPOUND_ORDER, VMS_FACT_SIZE_PAGE, BYTE, 0 },
	{ VMS_FACT_OFFSET_PAGE_COMPOUND_HEAD, VMS_FACT_SIZE_PAGE, WORD, 0 },
	{ VMS_FACT_OFFSET_PAGE_COMPOUND_INFO, VMS_FACT_SIZE_PAGE, WORD, 0 },
	/* struct folio spans struct pages; these lie in the second. */
	{ VMS_FACT_OFFSET_FOLIO_DTOR, VMS_FACT_SIZE_PAGE, BYTE, 1 },
	{ VMS_FACT_OFFSET_FOLIO_ORDER, VMS_FACT_SIZE_PAGE, BYTE, 1 },
	{ VMS_FACT_OFFSET_PGLIST_NR_ZONES, VMS_FACT_SIZE_PGLIST_DATA, INT, 0 },
	{ VMS_FACT_OFFSET_PGLIST_NODE_ZONES, VMS_FACT_SIZE_PGLIST_DATA, WORD,
	  0 },
	{ VMS_FACT_OFFSET_PGLIST_NODE_MEM_MAP, VMS_FACT_SIZE_PGLIST_DATA, WORD,
	  0 },
	{ VMS_FACT_OFFSET_PGLIST_NODE_START_PFN, VMS_FACT_SIZE_PGLIST_DATA,
	  WORD, 0 },
	{ VMS_FACT_OFFSET_PGLIST_NODE_SPANNED_PAGES, VMS_FACT_SIZE_PGLIST_DATA,
	  WORD, 0 },
	{ VMS_FACT_OFFSET_PGLIST_NODE_ID, VMS_FACT_SIZE_PGLIST_DATA, INT, 0 },
	{ VMS_FACT_OFFSET_ZONE_SPANNED_PAGES, VMS_FACT_SIZE_ZONE, WORD, 0 },
};

/*
 * Members of struct page that no kernel from 3.10 to 7.2 lays on each other;
 * two names of one member have the same role. (lru, compound_* and folio
 * members do share bytes.)
 */
static const struct apart {
	enum vms_fact fact;
	unsigned int role;
} apart[] = {
	{ VMS_FACT_OFFSET_PAGE_FLAGS, 0 },
	{ VMS_FACT_OFFSET_PAGE_MAPPING, 1 },
	{ VMS_FACT_OFFSET_PAGE_PRIVATE, 2 },
	{ VMS_FACT_OFFSET_PAGE_MAPCOUNT, 3 },
	{ VMS_FACT_OFFSET_PAGE_REFCOUNT, 4 },
	{ VMS_FACT_OFFSET_PAGE_COUNT, 4 },
	{ VMS_FACT_OFFSET_PAGE_COMPOUND_HEAD, 5 },
	{ VMS_FACT_OFFSET_PAGE_COMPOUND_INFO, 5 },
};

static uint64_t width_bytes(const struct vms_facts *facts, enum width width)
{
	switch (width) {
	case WORD:
		return vms_facts_word(facts);
	case TWO_WORDS:
		return 2 * vms_facts_word(facts);
	case INT:
		return 4;
	case BYTE:
		break;
	}
	return 1;
}

static uint64_t member_bytes(const struct vms_facts *facts, enum vms_fact fact)
{
	for (size_t i = 0; i < VMS_ARRAY_SIZE(members); i++)
		if (members[i].offset == fact)
			return width_bytes(facts, members[i].width);
	return 1;
}

/* Bytes that a member's offset is a multiple of. */
static uint64_t alignment(const struct vms_facts *facts, enum width width)
{
	return width == TWO_WORDS ? vms_facts_word(facts) :
				    width_bytes(facts, width);
}

static void check_member(struct vms_facts *facts, const struct member *member,
			 struct vms_log *log)
{
	uint64_t offset = facts->value[member->offset];
	uint64_t size = facts->value[member->size];
	uint64_t start = member->index * size;

	if (!vms_facts_has(facts, member->offset) ||
	    !vms_facts_has(facts, member->size))
		return;
	if (offset >= start &&
	    vms_inside_u64(offset - start, width_bytes(facts, member->width),
			   size) &&
	    !(offset % alignment(facts, member->width)))
		return;
	facts->state[member->offset] = VMS_STATE_DISBELIEVED;
	vms_log_warn(log,
		     "VMCOREINFO: %s=%" PRIu64 " is not believed: allowed are "
		     "multiples of %" PRIu64 " with %" PRIu64
		     " bytes inside %" PRIu64 " to %" PRIu64,
		     vms_fact_key(member->offset), offset,
		     alignment(facts, member->width),
		     width_bytes(facts, member->width), start, start + size);
}

static bool overlap(const struct vms_facts *facts, const struct apart *a,
		    const struct apart *b)
{
	uint64_t start_a = facts->value[a->fact];
	uint64_t start_b = facts->value[b->fact];

	return a->role != b->role && vms_facts_has(facts, a->fact) &&
	       vms_facts_has(facts, b->fact) &&
	       start_a < start_b + member_bytes(facts, b->fact) &&
	       start_b < start_a + member_bytes(facts, a->fact);
}

/* Neither of two members in one place is believed. */
static void check_overlaps(struct vms_facts *facts, struct vms_log *log)
{
	bool lies[VMS_NR_FACTS] = { false };

	for (size_t i = 0; i < VMS_ARRAY_SIZE(apart); i++) {
		for (size_t j = i + 1; j < VMS_ARRAY_SIZE(apart); j++) {
			enum vms_fact a = apart[i].fact, b = apart[j].fact;

			if (!overlap(facts, &apart[i], &apart[j]))
				continue;
			lies[a] = lies[b] = true;
			vms_log_warn(log,
				     "VMCOREINFO: %s=%" PRIu64
				     " and %s=%" PRIu64
				     " are not believed: they overlap",
				     vms_fact_key(a), facts->value[a],
				     vms_fact_key(b), facts->value[b]);
		}
	}
	for (size_t i = 0; i < VMS_NR_FACTS; i++)
		if (lies[i])
			facts->state[i] = VMS_STATE_DISBELIEVED;
}

static void check_sections(struct vms_facts *facts, struct vms_log *log)
{
	const enum vms_fact section = VMS_FACT_NUMBER_SECTION_SIZE_BITS;
	const enum vms_fact phys = VMS_FACT_NUMBER_MAX_PHYSMEM_BITS;

	if (!vms_facts_has(facts, section) || !vms_facts_has(facts, phys) ||
	    facts->value[section] < facts->value[phys])
		return;
	facts->state[section] = VMS_STATE_DISBELIEVED;
	facts->state[phys] = VMS_STATE_DISBELIEVED;
	vms_log_warn(log,
		     "VMCOREINFO: %s=%" PRIu64 " and %s=%" PRIu64
		     " are not believed: the first must be the smaller",
		     vms_fact_key(section), facts->value[section],
		     vms_fact_key(phys), facts->value[phys]);
}

void vms_fields_cross_check(struct vms_facts *facts, struct vms_log *log)
{
	for (size_t i = 0; i < VMS_ARRAY_SIZE(members); i++)
		check_member(facts, &members[i], log);
	check_overlaps(facts, log);
	check_sections(facts, log);
}
