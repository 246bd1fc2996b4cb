// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One block of a page set: its members as one run, as runs or as bits, and
 * the steps between these forms. Knows no other block, and asks for memory
 * before it takes any.
 */
#include <string.h>

#include "pageset_priv.h"

/* Runs that the first allocation has room for: the smallest that malloc has
 * is 24 bytes. */
#define FIRST_ROOM 4U

void ps_block_release(struct vms_pageset *set, struct ps_block *block)
{
	set->bytes -= ps_block_bytes(block);
	if (block->nr_runs == PS_BITS)
		free(block->bits);
	else if (block->room)
		free(block->runs);
	*block = (struct ps_block){ 0 };
}

/* Bits [first, first + count) of a word, count 1 ... 64. */
static uint64_t mask_of(uint32_t first, uint32_t count)
{
	return (count == 64 ? ~0ULL : (1ULL << count) - 1) << first;
}

/* Sets or clears bits first ... last; returns how many that changed. */
static uint32_t change_bits(uint64_t *bits, struct vms_pageset_run run,
			    bool value)
{
	uint32_t changed = 0;

	for (uint32_t i = run.first; i <= run.last;) {
		uint32_t count = 64 - i % 64;
		uint64_t *word = &bits[i / 64];
		uint64_t all;
		uint64_t mask;

		if (count > run.last - i + 1U)
			count = run.last - i + 1U;
		all = mask_of(i % 64, count);
		mask = all & (value ? ~*word : *word);
		/* Mostly all of them; not every CPU counts bits fast. */
		changed += mask == all ?
				   count :
				   (uint32_t)__builtin_popcountll(mask);
		*word ^= mask;
		i += count;
	}
	return changed;
}

uint32_t ps_bits_count(const uint64_t *bits, struct vms_pageset_run range)
{
	uint32_t count = 0;

	for (uint32_t i = range.first; i <= range.last;) {
		uint32_t n = 64 - i % 64;

		if (n > range.last - i + 1U)
			n = range.last - i + 1U;
		count += (uint32_t)__builtin_popcountll(bits[i / 64] &
							mask_of(i % 64, n));
		i += n;
	}
	return count;
}

void ps_block_fill(const struct ps_block *block, uint64_t *bits)
{
	if (block->nr_runs == PS_BITS) {
		memcpy(bits, block->bits, PS_BITS_BYTES);
		return;
	}
	memset(bits, 0, PS_BITS_BYTES);
	for (uint16_t i = 0; i < block->nr_runs; i++)
		change_bits(bits, ps_block_runs(block)[i], true);
}

uint64_t *ps_bits_alloc(struct vms_pageset *set, const struct ps_block *keep)
{
	if (!ps_make_room(set, PS_BITS_BYTES + PS_HEAP, keep))
		return NULL;
	return malloc(PS_BITS_BYTES);
}

void ps_block_take_bits(struct vms_pageset *set, struct ps_block *block,
			uint64_t *bits, uint32_t members)
{
	block->nr_runs = PS_BITS;
	block->members = members;
	block->bits = bits;
	set->bytes += PS_BITS_BYTES + PS_HEAP;
}

static bool to_bits(struct vms_pageset *set, struct ps_block *block)
{
	uint32_t members = block->members;
	uint64_t *bits = ps_bits_alloc(set, block);

	if (!bits)
		return false;
	ps_block_fill(block, bits);
	ps_block_release(set, block);
	ps_block_take_bits(set, block, bits, members);
	return true;
}

/* Allocates for room runs, at least as many as there are. */
static bool resize(struct vms_pageset *set, struct ps_block *block,
		   uint16_t room)
{
	struct vms_pageset_run one = block->one;
	struct vms_pageset_run *runs;
	size_t before = ps_block_bytes(block);

	runs = realloc(block->room ? block->runs : NULL, room * sizeof(*runs));
	if (!runs)
		return false;
	if (!block->room)
		runs[0] = one;
	block->runs = runs;
	block->room = room;
	set->bytes += ps_block_bytes(block) - before;
	return true;
}

/* Room for one run more; may turn the block into bits. */
static bool one_more(struct vms_pageset *set, struct ps_block *block)
{
	uint32_t room = block->room * 2U;
	size_t bytes;

	if (block->nr_runs < (block->room ? block->room : 1))
		return true;
	if (room < FIRST_ROOM)
		room = FIRST_ROOM;
	/* After a trim the room may be any. */
	if (room > PS_MAX_RUNS && block->room < PS_MAX_RUNS)
		room = PS_MAX_RUNS;
	if (room > PS_MAX_RUNS)
		return to_bits(set, block);
	bytes = room * sizeof(struct vms_pageset_run) + PS_HEAP;
	return ps_make_room(set, bytes - ps_block_bytes(block), block) &&
	       resize(set, block, (uint16_t)room);
}

/*
 * By a copy: cutting the end off in place would leave a hole behind each block,
 * too small for the next one while that grows, and malloc's memory would be
 * half as large again as what is counted.
 */
void ps_block_trim(struct vms_pageset *set, struct ps_block *block)
{
	struct vms_pageset_run *runs;
	uint16_t room = block->nr_runs;

	if (block->nr_runs == PS_BITS || !block->room)
		return;
	if (block->nr_runs == 1) {
		struct ps_block one = { .nr_runs = 1,
					.members = block->members,
					.one = block->runs[0] };

		ps_block_release(set, block);
		*block = one;
		return;
	}
	if (room < FIRST_ROOM)
		room = FIRST_ROOM;
	if (room == block->room)
		return;
	runs = malloc(room * sizeof(*runs));
	/* If there is none, the block stays as it is. */
	if (!runs)
		return;
	memcpy(runs, block->runs, block->nr_runs * sizeof(*runs));
	free(block->runs);
	set->bytes -= (size_t)(block->room - room) * sizeof(*runs);
	block->runs = runs;
	block->room = room;
}

uint16_t ps_run_at(const struct ps_block *block, uint32_t page)
{
	const struct vms_pageset_run *runs = ps_block_runs(block);
	uint16_t low = 0;
	uint16_t high = block->nr_runs;

	if (high && runs[high - 1].last < page)
		return high;
	while (low < high) {
		uint16_t mid = (uint16_t)((low + high) / 2);

		if (runs[mid].last < page)
			low = (uint16_t)(mid + 1);
		else
			high = mid;
	}
	return low;
}

/* Replaces runs[at ... at + gone) by the new ones; room must be there. */
static void splice(struct ps_block *block, uint16_t at, uint16_t gone,
		   const struct vms_pageset_run *new_runs, uint16_t nr_new)
{
	struct vms_pageset_run *runs = block->room ? block->runs : &block->one;

	memmove(&runs[at + nr_new], &runs[at + gone],
		(size_t)(block->nr_runs - at - gone) * sizeof(*runs));
	memcpy(&runs[at], new_runs, nr_new * sizeof(*runs));
	block->nr_runs = (uint16_t)(block->nr_runs - gone + nr_new);
}

static uint32_t pages_of(struct vms_pageset_run run)
{
	return run.last - run.first + 1U;
}

/* All pages are one run: the bits are not needed. */
static void add_bits(struct vms_pageset *set, struct ps_block *block,
		     struct vms_pageset_run run)
{
	block->members += change_bits(block->bits, run, true);
	if (block->members < PS_BLOCK_PAGES)
		return;
	ps_block_release(set, block);
	*block = (struct ps_block){
		.nr_runs = 1,
		.members = PS_BLOCK_PAGES,
		.one = { 0, PS_BLOCK_PAGES - 1 },
	};
}

/* Runs that touch the new one become part of it. */
static bool add_run(struct vms_pageset *set, struct ps_block *block,
		    struct vms_pageset_run run)
{
	const struct vms_pageset_run *runs = ps_block_runs(block);
	uint16_t at = ps_run_at(block, run.first ? run.first - 1U : 0);
	uint32_t joined = 0;
	uint16_t end;

	for (end = at; end < block->nr_runs; end++) {
		if (runs[end].first > run.last + 1U)
			break;
		joined += pages_of(runs[end]);
		if (runs[end].first < run.first)
			run.first = runs[end].first;
		if (runs[end].last > run.last)
			run.last = runs[end].last;
	}
	if (end == at && !one_more(set, block))
		return false;
	if (block->nr_runs == PS_BITS) {
		add_bits(set, block, run);
		return true;
	}
	splice(block, at, (uint16_t)(end - at), &run, 1);
	block->members += pages_of(run) - joined;
	return true;
}

bool ps_block_add(struct vms_pageset *set, struct ps_block *block,
		  struct vms_pageset_run run)
{
	struct vms_pageset_run *last;

	if (block->nr_runs == PS_BITS) {
		add_bits(set, block, run);
		return true;
	}
	/* Mostly runs come in ascending order, and room is there. */
	last = block->room ? block->runs : &block->one;
	if (block->nr_runs && last[block->nr_runs - 1].last < run.first) {
		last += block->nr_runs - 1;
		if (last->last + 1U == run.first) {
			last->last = run.last;
			block->members += pages_of(run);
			return true;
		}
		if (block->nr_runs < block->room) {
			last[1] = run;
			block->nr_runs++;
			block->members += pages_of(run);
			return true;
		}
	}
	return add_run(set, block, run);
}

static void remove_bits(struct vms_pageset *set, struct ps_block *block,
			struct vms_pageset_run run)
{
	block->members -= change_bits(block->bits, run, false);
	if (!block->members)
		ps_block_release(set, block);
}

bool ps_block_remove(struct vms_pageset *set, struct ps_block *block,
		     struct vms_pageset_run run)
{
	struct vms_pageset_run left[2];
	uint32_t members = block->members;
	uint16_t nr_left = 0;
	uint16_t at;
	uint16_t end;

	if (block->nr_runs == PS_BITS) {
		remove_bits(set, block, run);
		return true;
	}
	at = ps_run_at(block, run.first);
	for (end = at; end < block->nr_runs; end++) {
		struct vms_pageset_run old = ps_block_runs(block)[end];

		if (old.first > run.last)
			break;
		members -= pages_of(old);
		if (old.first < run.first)
			left[nr_left++] = (struct vms_pageset_run){
				old.first, (uint16_t)(run.first - 1)
			};
		if (old.last > run.last)
			left[nr_left++] = (struct vms_pageset_run){
				(uint16_t)(run.last + 1), old.last
			};
	}
	for (uint16_t i = 0; i < nr_left; i++)
		members += pages_of(left[i]);
	/* A run is cut in two. */
	if (nr_left > end - at && !one_more(set, block))
		return false;
	if (block->nr_runs == PS_BITS) {
		remove_bits(set, block, run);
		return true;
	}
	splice(block, at, (uint16_t)(end - at), left, nr_left);
	block->members = members;
	if (!block->nr_runs)
		ps_block_release(set, block);
	return true;
}

/* First page at or after from whose bit is value; PS_BLOCK_PAGES: none. */
static uint32_t scan_bits(const uint64_t *bits, uint32_t from, bool value)
{
	while (from < PS_BLOCK_PAGES) {
		uint64_t word = bits[from / 64];

		if (!value)
			word = ~word;
		word &= ~0ULL << (from % 64);
		if (word)
			return (from & ~63U) + (uint32_t)__builtin_ctzll(word);
		from = (from & ~63U) + 64;
	}
	return PS_BLOCK_PAGES;
}

bool ps_block_next(const struct ps_block *block, uint32_t from,
		   struct vms_pageset_run *ret)
{
	if (block->nr_runs == PS_BITS) {
		from = scan_bits(block->bits, from, true);
		if (from == PS_BLOCK_PAGES)
			return false;
		ret->first = (uint16_t)from;
		ret->last = (uint16_t)(scan_bits(block->bits, from, false) - 1);
	} else {
		uint16_t at = ps_run_at(block, from);

		if (at == block->nr_runs)
			return false;
		*ret = ps_block_runs(block)[at];
		if (ret->first < from)
			ret->first = (uint16_t)from;
	}
	return true;
}

uint32_t ps_block_count(const struct ps_block *block,
			struct vms_pageset_run range)
{
	const struct vms_pageset_run *runs = ps_block_runs(block);
	uint32_t count = 0;

	if (block->nr_runs == PS_BITS)
		return ps_bits_count(block->bits, range);
	for (uint16_t i = ps_run_at(block, range.first); i < block->nr_runs;
	     i++) {
		struct vms_pageset_run run = runs[i];

		if (run.first > range.last)
			break;
		if (run.first < range.first)
			run.first = range.first;
		if (run.last > range.last)
			run.last = range.last;
		count += pages_of(run);
	}
	return count;
}
