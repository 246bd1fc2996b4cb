// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sparse page set as others see it: additions, removals, moves, counts.
 * Knows only numbers: not what pages are, nor why they are members.
 */
#include <assert.h>

#include "pageset_priv.h"

struct vms_error *vms_pageset_create(vms_pfn_t end_pfn, size_t cap_bytes,
				     struct vms_scratch *scratch,
				     struct vms_pageset **ret)
{
	VMS_CLEANUP(pageset) struct vms_pageset *set = calloc(1, sizeof(*set));
	struct vms_error *err = NULL;

	if (!set)
		return vms_error_no_memory();
	assert(end_pfn >> PS_BLOCK_SHIFT <= UINT32_MAX);
	set->end_pfn = end_pfn;
	set->cap = cap_bytes;
	set->bytes = sizeof(*set) + PS_HEAP;
	if (scratch)
		err = ps_spill_create(set, scratch);
	if (!err)
		*ret = vms_take_ptr(set);
	return err;
}

static void release(struct vms_pageset *set, struct ps_block *block)
{
	if (block->nr_runs == PS_SPILLED)
		ps_spill_drop(set, block);
	else
		ps_block_release(set, block);
}

static void free_chunks(struct vms_pageset *set)
{
	for (size_t i = 0; i < set->nr_chunks; i++) {
		struct ps_chunk *chunk = set->chunks[i];

		for (uint64_t left = chunk->used; left; left &= left - 1)
			release(set, &chunk->blocks[__builtin_ctzll(left)]);
		free(chunk);
	}
	free(set->chunks);
}

void vms_pageset_clear(struct vms_pageset *set)
{
	free_chunks(set);
	set->bytes -= set->nr_chunks * (sizeof(struct ps_chunk) + PS_HEAP);
	if (set->room)
		set->bytes -= set->room * sizeof(struct ps_chunk *) + PS_HEAP;
	set->content = 0;
	set->members = 0;
	set->chunks = NULL;
	set->nr_chunks = 0;
	set->room = 0;
	set->hot = NULL;
	ps_spill_clear(set->spill);
}

void vms_pageset_destroy(struct vms_pageset *set)
{
	if (!set)
		return;
	free_chunks(set);
	ps_spill_destroy(set->spill);
	free(set);
}

static struct ps_block *block_of(struct ps_chunk *chunk, uint64_t index)
{
	return &chunk->blocks[index % PS_CHUNK_BLOCKS];
}

/* In memory, to be changed. */
static bool ready(struct vms_pageset *set, uint64_t index,
		  struct ps_block *block)
{
	return block->nr_runs != PS_SPILLED ||
	       ps_spill_load(set, index, block);
}

static bool add_piece(struct vms_pageset *set, uint64_t index,
		      struct vms_pageset_run piece)
{
	struct ps_chunk *chunk = ps_chunk_get(set, index);
	struct ps_before before;
	struct ps_block *block;
	bool added;

	if (!chunk)
		return false;
	block = block_of(chunk, index);
	before = ps_before(block);
	added = ready(set, index, block) && ps_block_add(set, block, piece);
	ps_note(set, chunk, block, before);
	return added;
}

bool vms_pageset_add(struct vms_pageset *set, struct vms_pfn_range range)
{
	assert(range.end <= set->end_pfn);
	while (range.start < range.end) {
		struct vms_pageset_run piece = ps_first_piece(range);

		if (!add_piece(set, range.start >> PS_BLOCK_SHIFT, piece))
			return false;
		range.start += piece.last - piece.first + 1U;
	}
	return true;
}

bool vms_pageset_add_all(struct vms_pageset *set,
			 const struct vms_pageset *other)
{
	struct vms_pageset_walk walk;
	struct vms_pfn_range run;

	vms_pageset_walk_init(&walk, other);
	while (vms_pageset_walk_next(&walk, &run))
		if (!vms_pageset_add(set, run))
			return false;
	return true;
}

static bool remove_piece(struct vms_pageset *set, struct ps_chunk *chunk,
			 uint64_t index, struct vms_pageset_run piece)
{
	struct ps_block *block = block_of(chunk, index);
	struct ps_before before = ps_before(block);
	bool removed = true;

	if (piece.last - piece.first + 1U == PS_BLOCK_PAGES)
		release(set, block);
	else
		removed = ready(set, index, block) &&
			  ps_block_remove(set, block, piece);
	ps_note(set, chunk, block, before);
	return removed;
}

bool vms_pageset_remove(struct vms_pageset *set, struct vms_pfn_range range)
{
	while (range.start < range.end) {
		struct vms_pageset_run piece = ps_first_piece(range);
		uint64_t index = range.start >> PS_BLOCK_SHIFT;
		uint64_t key = index >> PS_CHUNK_SHIFT;
		size_t at = ps_chunk_at(set, key);

		if (at == set->nr_chunks)
			return true;
		if (set->chunks[at]->key != key) {
			range.start = (vms_pfn_t)set->chunks[at]->key
				      << (PS_CHUNK_SHIFT + PS_BLOCK_SHIFT);
			continue;
		}
		if (set->chunks[at]->used >> index % PS_CHUNK_BLOCKS & 1 &&
		    !remove_piece(set, set->chunks[at], index, piece))
			return false;
		range.start += piece.last - piece.first + 1U;
	}
	return true;
}

/* All of from, which dst has no block for, as it is; else into scratch. */
static void take_block(struct vms_pageset *dst, struct ps_block *to,
		       struct vms_pageset *src, struct ps_block *from,
		       uint64_t index)
{
	size_t bytes;

	ps_block_trim(src, from);
	bytes = ps_block_bytes(from);
	if (!ps_make_room(dst, bytes, to)) {
		if (ps_spill_write(dst, index, from, to))
			ps_block_release(src, from);
		return;
	}
	*to = *from;
	*from = (struct ps_block){ 0 };
	dst->bytes += bytes;
	src->bytes -= bytes;
}

/* Run by run; from keeps those that to has no room for. */
static void merge_block(struct vms_pageset *dst, struct ps_block *to,
			struct vms_pageset *src, struct ps_block *from)
{
	struct vms_pageset_run run;
	uint32_t page = 0;

	while (page < PS_BLOCK_PAGES && ps_block_next(from, page, &run)) {
		if (!ps_block_add(dst, to, run)) {
			bool removed = true;

			/* That cuts no run in two: it needs no room. */
			if (run.first)
				removed = ps_block_remove(
					src, from, (struct vms_pageset_run){
						0, (uint16_t)(run.first - 1) });
			assert(removed);
			(void)removed;
			return;
		}
		page = run.last + 1U;
	}
	ps_block_release(src, from);
}

static void move_block(struct vms_pageset *dst, struct vms_pageset *src,
		       struct ps_chunk *chunk, struct ps_block *from)
{
	uint64_t index = ps_index(chunk,
				  (unsigned int)(from - chunk->blocks));
	struct ps_chunk *to_chunk = ps_chunk_get(dst, index);
	struct ps_before from_before = ps_before(from);
	struct ps_before to_before;
	struct ps_block *to;

	if (!to_chunk)
		return;
	to = block_of(to_chunk, index);
	to_before = ps_before(to);
	if (!to->nr_runs)
		take_block(dst, to, src, from, index);
	else if (ready(dst, index, to))
		merge_block(dst, to, src, from);
	ps_note(dst, to_chunk, to, to_before);
	ps_note(src, chunk, from, from_before);
}

bool vms_pageset_move(struct vms_pageset *dst, struct vms_pageset *src)
{
	assert(src->end_pfn <= dst->end_pfn && !src->spill);
	for (size_t i = 0; i < src->nr_chunks; i++) {
		struct ps_chunk *chunk = src->chunks[i];

		for (uint64_t left = chunk->used; left; left &= left - 1)
			move_block(dst, src, chunk,
				   &chunk->blocks[__builtin_ctzll(left)]);
	}
	if (src->members)
		return false;
	vms_pageset_clear(src);
	return true;
}

static uint32_t count_part(const struct vms_pageset *set, uint64_t index,
			   const struct ps_block *block,
			   struct vms_pageset_run part)
{
	uint64_t bits[PS_BITS_WORDS];

	if (block->nr_runs != PS_SPILLED)
		return ps_block_count(block, part);
	if (!ps_spill_read(set, index, block, bits))
		return 0;
	return ps_bits_count(bits, part);
}

/* The blocks of a chunk that lie in range. */
static uint64_t count_chunk(const struct vms_pageset *set,
			    const struct ps_chunk *chunk,
			    struct vms_pfn_range range)
{
	uint64_t count = 0;

	for (uint64_t left = chunk->used; left; left &= left - 1) {
		unsigned int i = (unsigned int)__builtin_ctzll(left);
		vms_pfn_t start = ps_index(chunk, i) << PS_BLOCK_SHIFT;
		vms_pfn_t end = start + PS_BLOCK_PAGES;
		struct vms_pfn_range part = { start, end };

		if (part.start < range.start)
			part.start = range.start;
		if (part.end > range.end)
			part.end = range.end;
		if (part.start >= part.end)
			continue;
		if (part.start == start && part.end == end)
			count += chunk->blocks[i].members;
		else
			count += count_part(set, ps_index(chunk, i),
					    &chunk->blocks[i],
					    ps_first_piece(part));
	}
	return count;
}

uint64_t vms_pageset_count(const struct vms_pageset *set,
			   struct vms_pfn_range range)
{
	const unsigned int shift = PS_CHUNK_SHIFT + PS_BLOCK_SHIFT;
	uint64_t count = 0;

	for (size_t at = ps_chunk_at(set, range.start >> shift);
	     at < set->nr_chunks; at++) {
		const struct ps_chunk *chunk = set->chunks[at];
		vms_pfn_t start = (vms_pfn_t)chunk->key << shift;

		if (start >= range.end)
			break;
		if (range.start <= start && range.end - start >= 1ULL << shift)
			count += chunk->members;
		else
			count += count_chunk(set, chunk, range);
	}
	return count;
}

uint64_t vms_pageset_members(const struct vms_pageset *set)
{
	return set->members;
}

size_t vms_pageset_bytes(const struct vms_pageset *set)
{
	return set->bytes;
}
