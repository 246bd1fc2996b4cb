// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Ways through a page set that nobody changes meanwhile. All state is the
 * walk's own, so that several threads may walk one set. Knows how members are
 * stored, changes nothing.
 */
#include "pageset_priv.h"

/* Bits of a spilled block; NULL: its pages are taken for non-members. */
static const uint64_t *fetch(struct vms_pageset_walk *walk, uint64_t index,
			     const struct ps_block *block)
{
	if (walk->fetched == index)
		return walk->buf;
	walk->fetched = UINT64_MAX;
	if (!ps_spill_read(walk->set, index, block, walk->buf))
		return NULL;
	walk->fetched = index;
	return walk->buf;
}

/* The block that walk->left names first; not one that has walk->bits. */
static const struct ps_block *enter_block(struct vms_pageset_walk *walk)
{
	const struct ps_chunk *chunk = walk->set->chunks[walk->chunk];
	unsigned int i = (unsigned int)__builtin_ctzll(walk->left);
	const struct ps_block *block = &chunk->blocks[i];

	walk->left &= walk->left - 1;
	walk->at = 0;
	walk->nr = 0;
	walk->base = ps_index(chunk, i) << PS_BLOCK_SHIFT;
	if (block->nr_runs == PS_BITS) {
		walk->bits = block->bits;
	} else if (block->nr_runs == PS_SPILLED) {
		walk->bits = fetch(walk, ps_index(chunk, i), block);
	} else {
		walk->runs = ps_block_runs(block);
		walk->nr = block->nr_runs;
	}
	if (walk->bits)
		walk->word = walk->bits[0];
	return block;
}

static bool next_block(struct vms_pageset_walk *walk)
{
	while (!walk->left) {
		if (walk->chunk + 1 >= walk->set->nr_chunks)
			return false;
		walk->chunk++;
		walk->left = walk->set->chunks[walk->chunk]->used;
	}
	enter_block(walk);
	return true;
}

/* Bits of walk->word that were passed are zero. */
static bool next_bits(struct vms_pageset_walk *walk, struct vms_pfn_range *ret)
{
	uint64_t absent;
	unsigned int bit;

	while (!walk->word) {
		if (++walk->at == PS_BITS_WORDS) {
			walk->bits = NULL;
			return false;
		}
		walk->word = walk->bits[walk->at];
	}
	bit = (unsigned int)__builtin_ctzll(walk->word);
	ret->start = walk->base + walk->at * 64 + bit;
	absent = ~(walk->word | ((1ULL << bit) - 1));
	while (!absent) {
		if (++walk->at == PS_BITS_WORDS) {
			walk->bits = NULL;
			ret->end = walk->base + PS_BLOCK_PAGES;
			return true;
		}
		walk->word = walk->bits[walk->at];
		absent = ~walk->word;
	}
	bit = (unsigned int)__builtin_ctzll(absent);
	walk->word &= ~0ULL << bit;
	ret->end = walk->base + walk->at * 64 + bit;
	return true;
}

/* The next run inside one block. */
static bool next_piece(struct vms_pageset_walk *walk, struct vms_pfn_range *ret)
{
	do {
		if (walk->bits) {
			if (next_bits(walk, ret))
				return true;
		} else if (walk->at < walk->nr) {
			struct vms_pageset_run run = walk->runs[walk->at++];

			ret->start = walk->base + run.first;
			ret->end = walk->base + run.last + 1;
			return true;
		}
	} while (next_block(walk));
	return false;
}

/* Pieces that were passed already, or go on in the next block. */
static void join_pieces(struct vms_pageset_walk *walk,
			struct vms_pfn_range *run)
{
	do {
		if (!next_piece(walk, &walk->held)) {
			walk->held = (struct vms_pfn_range){ 0, 0 };
			return;
		}
		if (walk->held.start != run->end)
			return;
		run->end = walk->held.end;
		walk->held = (struct vms_pfn_range){ 0, 0 };
	} while (run->end % PS_BLOCK_PAGES == 0);
}

bool vms_pageset_walk_next(struct vms_pageset_walk *walk,
			   struct vms_pfn_range *ret)
{
	struct vms_pfn_range run = walk->held;

	walk->held = (struct vms_pfn_range){ 0, 0 };
	if (run.start == run.end && !next_piece(walk, &run))
		return false;
	if (run.end % PS_BLOCK_PAGES == 0)
		join_pieces(walk, &run);
	if (run.start < walk->from)
		run.start = walk->from;
	*ret = run;
	return true;
}

/* On to page of the block, which was just entered. */
static void skip_pages(struct vms_pageset_walk *walk,
		       const struct ps_block *block, uint32_t page)
{
	if (walk->bits) {
		walk->at = page / 64;
		walk->word = walk->bits[walk->at] & ~0ULL << page % 64;
	} else if (walk->nr) {
		walk->at = ps_run_at(block, page);
	}
}

void vms_pageset_walk_seek(struct vms_pageset_walk *walk, vms_pfn_t from)
{
	const struct vms_pageset *set = walk->set;
	uint64_t index = from >> PS_BLOCK_SHIFT;
	uint64_t key = index >> PS_CHUNK_SHIFT;
	const struct ps_chunk *chunk;
	unsigned int i = index % PS_CHUNK_BLOCKS;

	walk->from = from;
	walk->held = (struct vms_pfn_range){ 0, 0 };
	walk->bits = NULL;
	walk->at = 0;
	walk->nr = 0;
	walk->left = 0;
	walk->chunk = ps_chunk_at(set, key);
	if (walk->chunk == set->nr_chunks)
		return;
	chunk = set->chunks[walk->chunk];
	walk->left = chunk->used;
	if (chunk->key != key)
		return;
	walk->left &= ~0ULL << i;
	if (!(walk->left >> i & 1))
		return;
	skip_pages(walk, enter_block(walk), (uint32_t)(from % PS_BLOCK_PAGES));
}

/* The buffer is 8 KiB: it is not cleared. */
static void start(struct vms_pageset_walk *walk, const struct vms_pageset *set,
		  vms_pfn_t from)
{
	walk->set = set;
	walk->fetched = UINT64_MAX;
	vms_pageset_walk_seek(walk, from);
}

void vms_pageset_walk_init(struct vms_pageset_walk *walk,
			   const struct vms_pageset *set)
{
	start(walk, set, 0);
}

bool vms_pageset_next(const struct vms_pageset *set, vms_pfn_t from,
		      struct vms_pfn_range *ret)
{
	struct vms_pageset_walk walk;

	start(&walk, set, from);
	return vms_pageset_walk_next(&walk, ret);
}

bool vms_pageset_contains(const struct vms_pageset *set, vms_pfn_t pfn)
{
	struct vms_pageset_walk walk;
	struct vms_pfn_range piece;

	start(&walk, set, pfn);
	return next_piece(&walk, &piece) && piece.start <= pfn;
}
