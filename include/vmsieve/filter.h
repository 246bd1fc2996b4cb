/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which pages are left out: rules over a decoded page view, one file a class,
 * and the classifier that applies them to chunks of struct pages. Knows no
 * source, no address translation, no threads and no output.
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
	VMS_DOUBT_ORDER,	/* order larger than any the kernel has */
	VMS_DOUBT_ALIGNMENT,	/* first page not aligned to its order */
	VMS_DOUBT_BOUNDS,	/* range leaves its node, section map or RAM */
	VMS_DOUBT_TAILS,	/* tails do not point to the head */
	VMS_DOUBT_INNER,	/* inside of a free block is in use */
	VMS_DOUBT_OVERLAP,	/* two ranges claim the same page */
	VMS_DOUBT_STRUCT,	/* struct page is implausible */
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
	/* Bits that must be decodable, else the rule is off, loudly. */
	uint32_t needs;
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

/** Struct pages of consecutive PFNs. */
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
	/* Is the whole range RAM with a page array, inside one node? */
	bool (*in_bounds)(void *ctx, struct vms_pfn_range range);
	void *ctx;
};

struct vms_class_counts {
	uint64_t excluded[VMS_NR_CLASSES];	/* pages */
	uint64_t doubted[VMS_NR_DOUBTS];	/* pages kept */
};

struct vms_classifier;

/**
 * level: dump level. off: bit mask of 1U << enum vms_class not to be believed
 * (their pages are kept and counted as VMS_DOUBT_CLASS). Rules whose needs
 * are not known are off, with one warning each if the level asks for them.
 * excluded is borrowed; pages are added to it.
 */
struct vms_error *vms_classifier_create(const struct vms_page_layout *layout,
					unsigned int level, unsigned int off,
					struct vms_pageset *excluded,
					struct vms_log *log,
					struct vms_classifier **ret)
	VMS_MUST_CHECK;
void vms_classifier_destroy(struct vms_classifier *classifier);
/** Chunks come in ascending PFN order; a range may reach past the chunk. */
void vms_classify_chunk(struct vms_classifier *classifier,
			const struct vms_page_chunk *chunk,
			const struct vms_page_lookup *lookup);
/** RAM without a believable page array: counted, kept. */
void vms_classify_doubt(struct vms_classifier *classifier,
			enum vms_doubt doubt, uint64_t pages);
const struct vms_class_counts *
vms_classifier_counts(const struct vms_classifier *classifier);
/**
 * Which class excluded this page: for the gate and tests. Only pages noted in
 * excluded have one; the classifier does not remember, it decodes again.
 */
bool vms_classify_one(const struct vms_classifier *classifier,
		      const uint8_t *page, const uint8_t *second,
		      enum vms_class *ret);

VMS_DEFINE_CLEANUP(classifier, struct vms_classifier *, vms_classifier_destroy);

#endif
