/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is decided about one page: by the rules, then by the checks of the
 * range a rule means. Keeps no state between pages. Private to this room.
 */
#ifndef VMS_FILTERS_JUDGE_H
#define VMS_FILTERS_JUDGE_H

#include <vmsieve/filter.h>
#include <vmsieve/limits.h>

#include "rules.h"

/** The struct pages that can be looked at. All borrowed. */
struct vms_window {
	const struct vms_page_layout *layout;
	const struct vms_page_chunk *chunk;	/* NULL: only the lookup */
	const struct vms_page_lookup *lookup;
};

/** Bytes for a struct page that is not in the chunk. */
struct vms_page_buf {
	uint8_t bytes[VMS_MAX_STRUCT_PAGE];
};

/**
 * Struct page of pfn and its kernel address; NULL if there is none. Points
 * into the chunk or into buf.
 */
const uint8_t *vms_window_page(const struct vms_window *window, vms_pfn_t pfn,
			       struct vms_page_buf *buf,
			       vms_vaddr_t *vaddr_ret);

/** A page that is asked about. */
struct vms_suspect {
	vms_pfn_t pfn;
	/* Borrowed; complete when judged, see vms_suspect_complete(). */
	struct vms_page_view *view;
	/* A head whose second struct page cannot be read. */
	bool no_second;
};

/**
 * Applies the second struct page if the page is a head. A head that is a free
 * block as well becomes VMS_PAGE_IMPLAUSIBLE.
 */
void vms_suspect_complete(const struct vms_window *window,
			  struct vms_suspect *suspect);

struct vms_finding {
	bool believed;
	enum vms_doubt doubt;		/* why not */
	/* The pages that the rule means; just the one page when the extent
	 * itself makes no sense. */
	struct vms_pfn_range range;
	/* Not believed, but well formed: a block that begins inside range
	 * contradicts it. */
	bool claims;
};

/**
 * Checks the range that a rule with this extent means. claimed_end: end of
 * the range of an earlier finding that claims its pages.
 */
void vms_extent_check(const struct vms_window *window,
		      const struct vms_suspect *suspect,
		      enum vms_extent extent, vms_pfn_t claimed_end,
		      struct vms_finding *ret);

struct vms_verdict {
	/* Leave out range as this rule's class says; NULL: keep the page. */
	const struct vms_filter *rule;
	struct vms_pfn_range range;
	/* The first rule that wanted the page and was not believed. */
	bool doubted;
	struct vms_finding finding;
};

/** What judges: rules that are on, classes that are not believed. */
struct vms_bench {
	struct vms_rules rules;
	unsigned int off;
};

/**
 * The first rule that matches and is believed wins. Where one is not, only
 * rules that are always on are asked further: their memory must not be read,
 * whatever else the page seems to be.
 */
void vms_judge(const struct vms_bench *bench, const struct vms_window *window,
	       const struct vms_suspect *suspect, vms_pfn_t claimed_end,
	       struct vms_verdict *ret);
/** Does any rule match, whether it can be believed or not? */
bool vms_judge_wants(const struct vms_bench *bench,
		     const struct vms_suspect *suspect);
/** Bits that a page must have one of for any rule to look at it. */
static inline uint32_t vms_bench_triggers(const struct vms_bench *bench,
					  uint32_t bits)
{
	return bits & VMS_PAGE_TAIL ? bench->rules.tail_triggers :
				      bench->rules.triggers;
}

#endif
