/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page set inside: a table of chunks of blocks, each block with its
 * members as one run, as sorted runs or as bits. What the files of this room
 * share.
 *
 * Memory: a chunk (1064 bytes) for 64 blocks with members, 8 bytes a chunk
 * for finding it; a block (65536 pages) takes nothing more for one run, 4
 * bytes a run for 2 ... 2048 of them, else 8 KiB, and 16 bytes for malloc.
 */
#ifndef VMS_PAGES_PAGESET_PRIV_H
#define VMS_PAGES_PAGESET_PRIV_H

#include <vmsieve/pageset.h>
#include <vmsieve/scratch.h>

#define PS_BLOCK_SHIFT 16U
#define PS_BLOCK_PAGES (1U << PS_BLOCK_SHIFT)
#define PS_BITS_BYTES (PS_BLOCK_PAGES / 8U)
#define PS_BITS_WORDS (PS_BITS_BYTES / 8U)
#define PS_CHUNK_SHIFT 6U
#define PS_CHUNK_BLOCKS (1U << PS_CHUNK_SHIFT)
/* Runs that take as much as bits. */
#define PS_MAX_RUNS (PS_BITS_BYTES / 4U)
/* What malloc takes for itself: glibc has 8 bytes and rounds up to 16. */
#define PS_HEAP 16U

/** nr_runs of a block that is kept as bits, in memory or in scratch. */
#define PS_BITS UINT16_MAX
#define PS_SPILLED (UINT16_MAX - 1)

/** Pages first ... last of a block, both inside. */
struct vms_pageset_run {
	uint16_t first;
	uint16_t last;
};

struct ps_block {
	uint16_t nr_runs;	/* 0: no members; PS_BITS; PS_SPILLED */
	uint16_t room;		/* runs allocated; 0: the run is in `one` */
	uint32_t members;
	union {
		struct vms_pageset_run one;
		struct vms_pageset_run *runs;
		uint64_t *bits;
		struct {
			uint32_t slot;
			uint32_t sum;
		} spilled;
	};
};

struct ps_spill;

/** Blocks key * 64 ... key * 64 + 63. It stays where it is until freed. */
struct ps_chunk {
	uint32_t key;
	uint32_t members;
	uint32_t content;	/* bytes that the blocks have on the heap */
	uint64_t used;		/* which blocks have members */
	struct ps_block blocks[PS_CHUNK_BLOCKS];
};

struct vms_pageset {
	vms_pfn_t end_pfn;
	size_t cap;
	size_t bytes;		/* of all, malloc's part included */
	size_t content;		/* of these, what the blocks have */
	uint64_t members;
	struct ps_chunk **chunks;	/* sorted by key */
	size_t nr_chunks;
	size_t room;
	struct ps_chunk *hot;	/* the one found last for a change, or NULL */
	struct ps_spill *spill;	/* NULL: there is no scratch */
};

/* pageset_block.c: one block in memory. Not for one that is spilled. */

static inline size_t ps_block_bytes(const struct ps_block *block)
{
	if (block->nr_runs == PS_BITS)
		return PS_BITS_BYTES + PS_HEAP;
	return block->room ? block->room * 4U + PS_HEAP : 0;
}

static inline const struct vms_pageset_run *
ps_block_runs(const struct ps_block *block)
{
	return block->room ? block->runs : &block->one;
}

/** Memory for a block's bits, not filled; NULL: cap met or no memory. */
uint64_t *ps_bits_alloc(struct vms_pageset *set, const struct ps_block *keep);
/** Makes an empty block of bits that ps_bits_alloc() gave; counts them. */
void ps_block_take_bits(struct vms_pageset *set, struct ps_block *block,
			uint64_t *bits, uint32_t members);
/** The block has no members afterwards. */
void ps_block_release(struct vms_pageset *set, struct ps_block *block);
/** Nothing has changed when they return false: cap met or no memory. */
bool ps_block_add(struct vms_pageset *set, struct ps_block *block,
		  struct vms_pageset_run run);
bool ps_block_remove(struct vms_pageset *set, struct ps_block *block,
		     struct vms_pageset_run run);
/** Gives back what the block has allocated and does not use. */
void ps_block_trim(struct vms_pageset *set, struct ps_block *block);
/** First run at or after page from, clipped to it. */
bool ps_block_next(const struct ps_block *block, uint32_t from,
		   struct vms_pageset_run *ret);
/** Members in range. */
uint32_t ps_block_count(const struct ps_block *block,
			struct vms_pageset_run range);
/** Position of the first run whose last page is at or after page. */
uint16_t ps_run_at(const struct ps_block *block, uint32_t page);
uint32_t ps_bits_count(const uint64_t *bits, struct vms_pageset_run range);
/** Writes what the block has as bits. */
void ps_block_fill(const struct ps_block *block, uint64_t *bits);

/* pageset_table.c: the chunks. */

/** Position of the first chunk with key or a higher one. */
size_t ps_chunk_at(const struct vms_pageset *set, uint64_t key);
/** The chunk of a block, made if need be; NULL: cap met or no memory. */
struct ps_chunk *ps_chunk_get(struct vms_pageset *set, uint64_t index);

/* pageset_spill.c: what is in scratch. */

/** scratch is borrowed; the memory is counted as set's. */
struct vms_error *ps_spill_create(struct vms_pageset *set,
				  struct vms_scratch *scratch) VMS_MUST_CHECK;
void ps_spill_destroy(struct ps_spill *spill);
/** All slots are free again; what went wrong stays known. */
void ps_spill_clear(struct ps_spill *spill);
/**
 * May the set hold `more` bytes beside what it has? Blocks other than keep are
 * spilled until it may. keep: whose members they are for; NULL: for the table.
 */
bool ps_make_room(struct vms_pageset *set, size_t more,
		  const struct ps_block *keep);
/**
 * Writes the members of from, a block in memory, to scratch; *ret is the block
 * that stands for them. false: there is no scratch, or it fails.
 */
bool ps_spill_write(struct vms_pageset *set, uint64_t index,
		    const struct ps_block *from, struct ps_block *ret);
/**
 * Brings a spilled block into memory to be changed; after an error it has no
 * members. false: cap met or no memory, nothing has changed.
 */
bool ps_spill_load(struct vms_pageset *set, uint64_t index,
		   struct ps_block *block);
/** A spilled block loses its members without being read. */
void ps_spill_drop(struct vms_pageset *set, struct ps_block *block);
/**
 * Reads a spilled block's bits. false: they cannot be read or are not what was
 * written, and the set is marked as failed. Any number of threads at once.
 */
bool ps_spill_read(const struct vms_pageset *set, uint64_t index,
		   const struct ps_block *block, uint64_t *bits);

/** What a change of a block is counted against: see ps_note(). */
struct ps_before {
	uint32_t members;
	size_t bytes;
};

static inline struct ps_before ps_before(const struct ps_block *block)
{
	return (struct ps_before){ block->members, ps_block_bytes(block) };
}

/** Enters a change of a block of chunk into the sums above it. */
static inline void ps_note(struct vms_pageset *set, struct ps_chunk *chunk,
			   const struct ps_block *block,
			   struct ps_before before)
{
	uint64_t bit = 1ULL << (block - chunk->blocks);
	size_t bytes = ps_block_bytes(block);

	chunk->members += block->members - before.members;
	set->members += block->members;
	set->members -= before.members;
	chunk->content += (uint32_t)bytes - (uint32_t)before.bytes;
	set->content += bytes - before.bytes;
	if (block->members)
		chunk->used |= bit;
	else
		chunk->used &= ~bit;
}

static inline uint64_t ps_index(const struct ps_chunk *chunk, unsigned int i)
{
	return (uint64_t)chunk->key * PS_CHUNK_BLOCKS + i;
}

/** The part of range that lies in the block of its first page. */
static inline struct vms_pageset_run ps_first_piece(struct vms_pfn_range range)
{
	vms_pfn_t last = range.end - 1;

	if (last >> PS_BLOCK_SHIFT != range.start >> PS_BLOCK_SHIFT)
		last = range.start | (PS_BLOCK_PAGES - 1);
	return (struct vms_pageset_run){ (uint16_t)range.start,
					 (uint16_t)last };
}

#endif
