/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages are left out: rules over a decoded page view, one file a class,
 * and the classifier that applies them to chunks of struct pages. Knows no
 * source, no address translation, no threads and no output.
 *
 * How a scan goes, and why it may be repeated:
 *
 *  1. A classifier with off = 0 is given every chunk, in ascending order.
 *     Several can share the work: each takes pieces of memory with a set of
 *     its own, the results are put together in ascending order, and a piece
 *     that a range of an earlier one reaches into (vms_classify_carry) is done
 *     again with that known.
 *     needed is the set of pages that the walk to the struct pages has used
 *     (page tables, section tables, the page array). They are in use,
 *     whatever their struct pages say, so they are never left out; a class
 *     that wants them has lied, and the lie is counted for it.
 *  2. needed may grow while chunks come in, so vms_classifier_keep_needed()
 *     takes back what was left out before the walk came to need it.
 *  3. vms_class_gate() names the classes that are no longer believed. If
 *     there is a new one: clear the set of excluded pages, make a classifier
 *     with those classes in off (log NULL: it would warn twice), and scan
 *     again. Every round adds a class, so VMS_NR_CLASSES rounds are the most.
 */
#ifndef VMSIEVE_FILTER_H
#define VMSIEVE_FILTER_H

#include <vmsieve/cleanup.h>
#include <vmsieve/error.h>
#include <vmsieve/page_view.h>
#include <vmsieve/types.h>

struct vms_log;
struct vms_pageset;

/** Dump level bits, as makedumpfile's -d. */
enum vms_level {
	VMS_LEVEL_ZERO = 1U,
	VMS_LEVEL_CACHE = 2U,
	VMS_LEVEL_CACHE_PRIVATE = 4U,	/* includes VMS_LEVEL_CACHE's pages */
	VMS_LEVEL_USER = 8U,
	VMS_LEVEL_FREE = 16U,
};
#define VMS_LEVEL_MAX 31U

/** Why a page is left out; also the lines of the report. */
enum vms_class {
	VMS_CLASS_CACHE,
	VMS_CLASS_CACHE_PRIVATE,
	VMS_CLASS_USER,
	VMS_CLASS_FREE,
	VMS_CLASS_HWPOISON,	/* the last three at every level: their */
	VMS_CLASS_OFFLINE,	/* memory must not even be read */
	VMS_CLASS_UNACCEPTED,
	VMS_NR_CLASSES,
};

/** Why a page that a rule wanted to leave out is kept. */
enum vms_doubt {
	VMS_DOUBT_ORDER,	/* order that no such block can have */
	VMS_DOUBT_ALIGNMENT,	/* first page not aligned to its order */
	VMS_DOUBT_BOUNDS,	/* range leaves its node, page array or RAM */
	VMS_DOUBT_TAILS,	/* tails do not point to the head */
	VMS_DOUBT_INNER,	/* inside of a free block is in use */
	VMS_DOUBT_OVERLAP,	/* two ranges claim the same page */
	VMS_DOUBT_STRUCT,	/* struct page or its neighbours implausible */
	VMS_DOUBT_MEMMAP,	/* page array missing or unreadable there */
	VMS_DOUBT_NEEDED,	/* the walk itself needs the page */
	VMS_DOUBT_CLASS,	/* whole class not believed */
	VMS_DOUBT_MEMORY,	/* no memory left to note the exclusion */
	VMS_NR_DOUBTS,
};

const char *vms_class_name(enum vms_class c);	/* "free", "user data" ... */
const char *vms_doubt_name(enum vms_doubt d);	/* for "because ..." */

/** A metadata rule. Tables of them are const; order is the registry's. */
struct vms_filter {
	const char *name;
	enum vms_class class;
	/* Any of these dump level bits turns the rule on; 0: always on. */
	unsigned int levels;
	/* Bits that must be decodable, else the rule is off. */
	uint32_t needs;
	/* Most kernels have no such pages and say so by leaving the fact out:
	 * then being off is worth a debug message only, not a warning. */
	bool often_missing;
	/* A page without any of these bits, as vms_page_decode() gives them,
	 * never matches: nearly all pages go by without a call. */
	uint32_t triggers;
	/* view: complete (second page applied for heads), never IMPLAUSIBLE,
	 * never a TAIL except for rules with on_tails. */
	bool (*match)(const struct vms_page_view *view);
	/* The rule also looks at tails, page by page. */
	bool on_tails;
	/* How many pages from the matching one are meant. */
	enum vms_extent {
		VMS_EXTENT_PAGE,	/* just this one */
		VMS_EXTENT_COMPOUND,	/* 2^order if HEAD, else one */
		VMS_EXTENT_FREE,	/* 2^order of the free block */
		VMS_EXTENT_MAX_ORDER,	/* 2^(max free order - 1) */
	} extent;
};

/** All rules, in the order in which the first match wins. */
const struct vms_filter *const *vms_filters(size_t *count_ret);
/** Is the rule on at this dump level? */
bool vms_level_has(unsigned int level, const struct vms_filter *filter);

/** Struct pages of consecutive PFNs, all RAM. */
struct vms_page_chunk {
	vms_pfn_t start;
	size_t count;
	const uint8_t *structs;	/* count * layout size bytes */
	vms_vaddr_t map;	/* kernel address of the first one */
};

/** Questions the classifier cannot answer from its chunk. All mandatory. */
struct vms_page_lookup {
	/* Struct page of a PFN outside the chunk into buf. */
	bool (*get)(void *ctx, vms_pfn_t pfn, uint8_t *buf,
		    vms_vaddr_t *vaddr_ret);
	/* Is the whole range RAM with a page array, inside one node, and
	 * inside what the set of excluded pages can hold? */
	bool (*in_bounds)(void *ctx, struct vms_pfn_range range);
	void *ctx;
};

/**
 * Every page that came in a chunk is counted at most once: as excluded, or
 * as doubted when some rule wanted it, it is kept and why. A page is doubted
 * for the reason that held for the widest range around it.
 * The sum over excluded[] minus unattributed is the number of pages that this
 * classifier has added to the set of excluded pages.
 */
struct vms_class_counts {
	uint64_t excluded[VMS_NR_CLASSES];	/* pages */
	uint64_t doubted[VMS_NR_DOUBTS];	/* pages kept */
	/* Pages that the walk needs and a class wanted (kept, and part of
	 * doubted[VMS_DOUBT_NEEDED]): evidence against the class. */
	uint64_t needed_hits[VMS_NR_CLASSES];
	/* Taken back, but which class had them could not be found again. */
	uint64_t unattributed;
};

struct vms_classifier;

struct vms_classifier_config {
	const struct vms_page_layout *layout;
	/* Dump level, 0 ... VMS_LEVEL_MAX. */
	unsigned int level;
	/* Bit mask of 1U << enum vms_class not to be believed: their pages
	 * are kept and counted as VMS_DOUBT_CLASS. */
	unsigned int off;
	/* Borrowed, empty when the scan begins; pages are added to it. */
	struct vms_pageset *excluded;
	/* Borrowed, may grow between calls; NULL: no such pages. */
	const struct vms_pageset *needed;
	/* Told of rules that are off for want of facts; may be NULL. */
	struct vms_log *log;
};

struct vms_error *
vms_classifier_create(const struct vms_classifier_config *config,
		      struct vms_classifier **ret) VMS_MUST_CHECK;
void vms_classifier_destroy(struct vms_classifier *classifier);
/**
 * Chunks come in ascending PFN order; a range may reach past the chunk.
 * Returns the first page that is not decided: what lies before it need not
 * come.
 */
vms_pfn_t vms_classify_chunk(struct vms_classifier *classifier,
			     const struct vms_page_chunk *chunk,
			     const struct vms_page_lookup *lookup);

/** What is known of pages behind those that came, for who goes on there. */
struct vms_classify_carry {
	vms_pfn_t resume;	/* pages below are decided */
	/* Pages below are claimed by a range that was not believed. */
	vms_pfn_t claimed_end;
	/* Pages below are doubted if they are kept, and why. */
	vms_pfn_t doubt_end;
	enum vms_doubt doubt;
};

void vms_classifier_carry(const struct vms_classifier *classifier,
			  struct vms_classify_carry *ret);
/**
 * Begins anew with what another classifier found before (zeroes: nothing), and
 * another set to add to (borrowed). Counts are zero.
 */
void vms_classifier_restart(struct vms_classifier *classifier,
			    const struct vms_classify_carry *carry,
			    struct vms_pageset *excluded);
/** Takes over what another classifier has counted. */
void vms_classifier_add_counts(struct vms_classifier *classifier,
			       const struct vms_class_counts *counts);
/** Pages of its set that could not be taken over for want of memory. */
void vms_classifier_not_taken(struct vms_classifier *classifier,
			      uint64_t pages);
/** RAM that comes in no chunk, and that no range reached into: counted. */
void vms_classify_doubt(struct vms_classifier *classifier,
			enum vms_doubt doubt, uint64_t pages);
/**
 * After the last chunk: takes pages of needed out of the excluded set again,
 * and counts them against the class that had wanted them (against every
 * class when its struct page now says something else). lookup->get must know
 * all PFNs. False: for want of memory some are still in the set; they are
 * counted in needed_hits all the same, so that the gate sees them.
 */
bool vms_classifier_keep_needed(struct vms_classifier *classifier,
				const struct vms_page_lookup *lookup)
	VMS_MUST_CHECK;
const struct vms_class_counts *
vms_classifier_counts(const struct vms_classifier *classifier);

/**
 * Classes that the evidence is against, as bits of 1U << enum vms_class.
 * needed_pages: members of the set of needed pages.
 */
unsigned int vms_class_gate(const struct vms_class_counts *counts,
			    uint64_t needed_pages);

VMS_DEFINE_CLEANUP(classifier, struct vms_classifier *, vms_classifier_destroy);

#endif
