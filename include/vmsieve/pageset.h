/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sparse set of page frames with a cap on its memory: real machines' free
 * and user pages come in runs, so blocks of 65536 pages are kept as runs (4
 * bytes each) until bits (8 KiB) are smaller; blocks without members take
 * nothing. The cap is obeyed: when it is met, the lowest blocks that take most
 * go to scratch; without scratch, or when that fails, an addition is refused,
 * and the caller keeps those pages in the dump.
 *
 * A block that scratch does not give back as it was written has no members
 * any more, as far as anybody sees: more is dumped, and vms_pageset_failed()
 * says so.
 *
 * One thread changes a set. While nobody does, any number of threads may read
 * it, each with its own walk.
 */
#ifndef VMSIEVE_PAGESET_H
#define VMSIEVE_PAGESET_H

#include <vmsieve/cleanup.h>
#include <vmsieve/error.h>
#include <vmsieve/scratch.h>
#include <vmsieve/types.h>

struct vms_pageset;

/**
 * PFNs 0 ... end_pfn - 1 can be in it; cap_bytes limits all its memory.
 * scratch, if not NULL, is borrowed, and this set's alone.
 */
struct vms_error *vms_pageset_create(vms_pfn_t end_pfn, size_t cap_bytes,
				     struct vms_scratch *scratch,
				     struct vms_pageset **ret) VMS_MUST_CHECK;
void vms_pageset_destroy(struct vms_pageset *set);
/** Adds [range.start, range.end); false: cap met, the set may hold a part. */
bool vms_pageset_add(struct vms_pageset *set, struct vms_pfn_range range)
	VMS_MUST_CHECK;
/** Adds all members of another set, which stays as it is; false as above. */
bool vms_pageset_add_all(struct vms_pageset *set,
			 const struct vms_pageset *other) VMS_MUST_CHECK;
/** Removes [range.start, range.end); false: cap met, a part may be left. */
bool vms_pageset_remove(struct vms_pageset *set, struct vms_pfn_range range)
	VMS_MUST_CHECK;
/**
 * Moves all members of src to dst. A block of 65536 pages that dst has nothing
 * of changes hands without a copy: the usual case, src lies behind all that is
 * in dst. true: src is empty. false: the cap was met or memory was short; what
 * dst could not take, and nothing that it took, is still in src (all that fits
 * was taken, even if it lies behind what did not). src has no scratch.
 */
bool vms_pageset_move(struct vms_pageset *dst, struct vms_pageset *src)
	VMS_MUST_CHECK;
void vms_pageset_clear(struct vms_pageset *set);
/**
 * Reads all that is in scratch, once, and takes out the blocks that cannot be
 * read; returns how many members they had. For the end of all changes: what
 * the set says and counts is then what its readers will see, unless scratch
 * changes behind our back.
 */
uint64_t vms_pageset_verify(struct vms_pageset *set);
bool vms_pageset_contains(const struct vms_pageset *set, vms_pfn_t pfn);
/**
 * First run of members at or after from, clipped to start at from. For single
 * questions; each is a search: see vms_pageset_walk_next().
 */
bool vms_pageset_next(const struct vms_pageset *set, vms_pfn_t from,
		      struct vms_pfn_range *ret);
/** Members inside range. */
uint64_t vms_pageset_count(const struct vms_pageset *set,
			   struct vms_pfn_range range);
/** All members; O(1). */
uint64_t vms_pageset_members(const struct vms_pageset *set);
/** Bytes of memory the set holds now, with what malloc takes for itself. */
size_t vms_pageset_bytes(const struct vms_pageset *set);

struct vms_pageset_run;

/**
 * One reader's way through a set that nobody changes meanwhile. Members are
 * private.
 */
struct vms_pageset_walk {
	const struct vms_pageset *set;
	size_t chunk;			/* where the walk is in the table */
	uint64_t left;			/* blocks of it still to come */
	vms_pfn_t base;			/* first PFN of the block */
	const struct vms_pageset_run *runs;
	const uint64_t *bits;		/* NULL: the block is runs */
	uint32_t at;			/* next run, or the word of bits */
	uint32_t nr;			/* runs */
	uint64_t word;			/* what is left of it */
	vms_pfn_t from;			/* runs are clipped to start there */
	struct vms_pfn_range held;	/* found already, not given yet */
	uint64_t fetched;		/* the block in buf, UINT64_MAX: none */
	uint64_t buf[1024];		/* bits of a block in scratch */
};

/** Starts at PFN 0. set is borrowed. */
void vms_pageset_walk_init(struct vms_pageset_walk *walk,
			   const struct vms_pageset *set);
/** The next run of members, ascending; never two that touch. */
bool vms_pageset_walk_next(struct vms_pageset_walk *walk,
			   struct vms_pfn_range *ret);
/** The next run is the first at or after from (a search), clipped to it. */
void vms_pageset_walk_seek(struct vms_pageset_walk *walk, vms_pfn_t from);

/**
 * Why blocks in scratch could not be read (the first time); NULL: all could.
 * By any thread. Borrowed; it stays known when the set is cleared.
 */
const struct vms_error *vms_pageset_failed(const struct vms_pageset *set);
/** Members of blocks that were taken out for that, since the last clear. */
uint64_t vms_pageset_lost(const struct vms_pageset *set);
/** Why scratch is not written any more, or NULL. Borrowed. */
const struct vms_error *
vms_pageset_scratch_error(const struct vms_pageset *set);

VMS_DEFINE_CLEANUP(pageset, struct vms_pageset *, vms_pageset_destroy);

#endif
