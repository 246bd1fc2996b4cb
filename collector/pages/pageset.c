// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sparse page set: a sorted array of blocks, each with its members as
 * sorted runs or as bits. Knows only numbers: not what pages are, nor why
 * they are members.
 *
 * Memory: 16 bytes a block with members (256 MiB of RAM at 4 KiB pages), plus
 * 4 bytes a run while a block has 2 ... 2048 of them, else 8 KiB.
 */
#include <assert.h>
#include <string.h>

#include <vmsieve/pageset.h>

#define BLOCK_SHIFT 16U
#define BLOCK_PAGES (1U << BLOCK_SHIFT)
#define BITS_BYTES (BLOCK_PAGES / 8)
#define MAX_RUNS (BITS_BYTES / sizeof(struct run))
/* nr_runs of a block that is kept as bits. */
#define IS_BITS UINT16_MAX

/* Pages first ... last of a block, both inside. */
struct run {
	uint16_t first;
	uint16_t last;
};

struct block {
	uint32_t index;		/* PFN >> BLOCK_SHIFT */
	uint16_t nr_runs;	/* 0 only while a block is being changed */
	uint16_t room;		/* runs allocated; 0: the run is in `one` */
	union {
		struct run one;
		struct run *runs;
		uint64_t *bits;
	};
};

struct vms_pageset {
	vms_pfn_t end_pfn;
	size_t cap;
	size_t bytes;
	struct block *blocks;
	size_t nr_blocks;
	size_t room;
};

struct vms_error *vms_pageset_create(vms_pfn_t end_pfn, size_t cap_bytes,
				     struct vms_pageset **ret)
{
	struct vms_pageset *set = calloc(1, sizeof(*set));

	if (!set)
		return vms_error_no_memory();
	assert(end_pfn >> BLOCK_SHIFT <= UINT32_MAX);
	set->end_pfn = end_pfn;
	set->cap = cap_bytes;
	set->bytes = sizeof(*set);
	*ret = set;
	return NULL;
}

static size_t block_bytes(const struct block *block)
{
	if (block->nr_runs == IS_BITS)
		return BITS_BYTES;
	return block->room * sizeof(struct run);
}

static void block_release(struct vms_pageset *set, struct block *block)
{
	set->bytes -= block_bytes(block);
	if (block->nr_runs == IS_BITS)
		free(block->bits);
	else if (block->room)
		free(block->runs);
}

void vms_pageset_clear(struct vms_pageset *set)
{
	for (size_t i = 0; i < set->nr_blocks; i++)
		block_release(set, &set->blocks[i]);
	set->nr_blocks = 0;
}

void vms_pageset_destroy(struct vms_pageset *set)
{
	if (!set)
		return;
	vms_pageset_clear(set);
	free(set->blocks);
	free(set);
}

/* May the set hold `more` bytes beside what it has? */
static bool afford(const struct vms_pageset *set, size_t more)
{
	return set->bytes <= set->cap && more <= set->cap - set->bytes;
}

/* Position of the first block with index or a higher one. */
static size_t lower_bound(const struct vms_pageset *set, uint64_t index)
{
	size_t low = 0;
	size_t high = set->nr_blocks;

	/* Additions and iterations mostly go on where the last one ended. */
	if (high && set->blocks[high - 1].index < index)
		return high;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (set->blocks[mid].index < index)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static const struct block *find(const struct vms_pageset *set, uint64_t index)
{
	size_t at = lower_bound(set, index);

	if (at == set->nr_blocks || set->blocks[at].index != index)
		return NULL;
	return &set->blocks[at];
}

static bool grow_table(struct vms_pageset *set)
{
	size_t room = set->room ? set->room * 2 : 16;
	size_t more = (room - set->room) * sizeof(struct block);
	struct block *blocks;

	/* Near the cap, grow by what is still allowed. */
	if (!afford(set, more)) {
		if (set->bytes > set->cap)
			return false;
		room = set->room + (set->cap - set->bytes) / sizeof(*blocks);
		if (room == set->room)
			return false;
		more = (room - set->room) * sizeof(struct block);
	}
	blocks = realloc(set->blocks, room * sizeof(*blocks));
	if (!blocks)
		return false;
	set->blocks = blocks;
	set->room = room;
	set->bytes += more;
	return true;
}

static struct block *find_or_insert(struct vms_pageset *set, uint32_t index)
{
	size_t at = lower_bound(set, index);

	if (at < set->nr_blocks && set->blocks[at].index == index)
		return &set->blocks[at];
	if (set->nr_blocks == set->room && !grow_table(set))
		return NULL;
	memmove(&set->blocks[at + 1], &set->blocks[at],
		(set->nr_blocks - at) * sizeof(struct block));
	set->nr_blocks++;
	set->blocks[at] = (struct block){ .index = index };
	return &set->blocks[at];
}

static void drop_block(struct vms_pageset *set, struct block *block)
{
	size_t at = (size_t)(block - set->blocks);

	block_release(set, block);
	set->nr_blocks--;
	memmove(block, block + 1,
		(set->nr_blocks - at) * sizeof(struct block));
}

static const struct run *runs_of(const struct block *block)
{
	return block->room ? block->runs : &block->one;
}

/* Sets or clears bits first ... last. */
static void change_bits(uint64_t *bits, struct run run, bool value)
{
	for (uint32_t i = run.first; i <= run.last;) {
		uint32_t bit = i % 64;
		uint32_t count = 64 - bit;
		uint64_t mask;

		if (count > run.last - i + 1U)
			count = run.last - i + 1U;
		mask = (count == 64 ? ~0ULL : (1ULL << count) - 1) << bit;
		if (value)
			bits[i / 64] |= mask;
		else
			bits[i / 64] &= ~mask;
		i += count;
	}
}

static bool to_bits(struct vms_pageset *set, struct block *block)
{
	uint64_t *bits;

	if (!afford(set, BITS_BYTES))
		return false;
	bits = calloc(1, BITS_BYTES);
	if (!bits)
		return false;
	for (uint16_t i = 0; i < block->nr_runs; i++)
		change_bits(bits, runs_of(block)[i], true);
	block_release(set, block);
	block->nr_runs = IS_BITS;
	block->room = 0;
	block->bits = bits;
	set->bytes += BITS_BYTES;
	return true;
}

/* Room for one run more; may turn the block into bits. */
static bool make_room(struct vms_pageset *set, struct block *block)
{
	uint16_t room = block->room ? (uint16_t)(block->room * 2) : 4;
	struct run *runs;
	size_t more;

	if (block->nr_runs == IS_BITS ||
	    block->nr_runs < (block->room ? block->room : 1))
		return true;
	if (room > MAX_RUNS)
		return to_bits(set, block);
	more = (size_t)(room - block->room) * sizeof(*runs);
	if (!afford(set, more))
		return false;
	runs = realloc(block->room ? block->runs : NULL,
		       room * sizeof(*runs));
	if (!runs)
		return false;
	if (!block->room)
		runs[0] = block->one;
	block->runs = runs;
	block->room = room;
	set->bytes += more;
	return true;
}

static struct run *runs_to_change(struct block *block)
{
	return block->room ? block->runs : &block->one;
}

/* First run whose last page is at or after page. */
static uint16_t run_at(const struct block *block, uint32_t page)
{
	const struct run *runs = runs_of(block);
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
static void splice(struct block *block, uint16_t at, uint16_t gone,
		   const struct run *new_runs, uint16_t nr_new)
{
	struct run *runs = runs_to_change(block);

	memmove(&runs[at + nr_new], &runs[at + gone],
		(size_t)(block->nr_runs - at - gone) * sizeof(*runs));
	memcpy(&runs[at], new_runs, nr_new * sizeof(*runs));
	block->nr_runs = (uint16_t)(block->nr_runs - gone + nr_new);
}

static bool block_add(struct vms_pageset *set, struct block *block,
		      struct run run)
{
	const struct run *runs;
	uint16_t at;
	uint16_t end;

	if (!make_room(set, block))
		return false;
	if (block->nr_runs == IS_BITS) {
		change_bits(block->bits, run, true);
		return true;
	}
	/* Runs that touch the new one become part of it. */
	runs = runs_of(block);
	at = run_at(block, run.first ? run.first - 1U : 0);
	for (end = at; end < block->nr_runs; end++) {
		if (runs[end].first > run.last + 1U)
			break;
		if (runs[end].first < run.first)
			run.first = runs[end].first;
		if (runs[end].last > run.last)
			run.last = runs[end].last;
	}
	splice(block, at, (uint16_t)(end - at), &run, 1);
	return true;
}

static bool block_remove(struct vms_pageset *set, struct block *block,
			 struct run run)
{
	struct run left[2];
	uint16_t nr_left = 0;
	uint16_t at;
	uint16_t end;

	/* Cutting a run in two needs room for one more. */
	if (!make_room(set, block))
		return false;
	if (block->nr_runs == IS_BITS) {
		change_bits(block->bits, run, false);
		return true;
	}
	at = run_at(block, run.first);
	for (end = at; end < block->nr_runs; end++) {
		struct run old = runs_of(block)[end];

		if (old.first > run.last)
			break;
		if (old.first < run.first)
			left[nr_left++] = (struct run){
				old.first, (uint16_t)(run.first - 1)
			};
		if (old.last > run.last)
			left[nr_left++] = (struct run){
				(uint16_t)(run.last + 1), old.last
			};
	}
	splice(block, at, (uint16_t)(end - at), left, nr_left);
	return true;
}

/* The part of range that lies in the block of its first page. */
static struct run first_piece(struct vms_pfn_range range)
{
	vms_pfn_t last = range.end - 1;

	if (last >> BLOCK_SHIFT != range.start >> BLOCK_SHIFT)
		last = range.start | (BLOCK_PAGES - 1);
	return (struct run){ (uint16_t)range.start, (uint16_t)last };
}

bool vms_pageset_add(struct vms_pageset *set, struct vms_pfn_range range)
{
	assert(range.end <= set->end_pfn);
	while (range.start < range.end) {
		struct run piece = first_piece(range);
		struct block *block = find_or_insert(
			set, (uint32_t)(range.start >> BLOCK_SHIFT));

		if (!block)
			return false;
		if (!block_add(set, block, piece)) {
			if (!block->nr_runs)
				drop_block(set, block);
			return false;
		}
		range.start += piece.last - piece.first + 1U;
	}
	return true;
}

bool vms_pageset_remove(struct vms_pageset *set, struct vms_pfn_range range)
{
	while (range.start < range.end) {
		struct run piece = first_piece(range);
		uint64_t index = range.start >> BLOCK_SHIFT;
		size_t at = lower_bound(set, index);

		if (at == set->nr_blocks)
			return true;
		if (set->blocks[at].index == index) {
			if (!block_remove(set, &set->blocks[at], piece))
				return false;
			if (!set->blocks[at].nr_runs)
				drop_block(set, &set->blocks[at]);
			range.start += piece.last - piece.first + 1U;
		} else {
			range.start = (vms_pfn_t)set->blocks[at].index
				      << BLOCK_SHIFT;
		}
	}
	return true;
}

/* First page at or after from (inside the block) whose bit is value. */
static uint32_t scan_bits(const uint64_t *bits, uint32_t from, bool value)
{
	while (from < BLOCK_PAGES) {
		uint64_t word = bits[from / 64];

		if (!value)
			word = ~word;
		word &= ~0ULL << (from % 64);
		if (word)
			return (from & ~63U) + (uint32_t)__builtin_ctzll(word);
		from = (from & ~63U) + 64;
	}
	return BLOCK_PAGES;
}

/* First member at or after from; BLOCK_PAGES if none. */
static uint32_t next_member(const struct block *block, uint32_t from)
{
	const struct run *runs = runs_of(block);
	uint16_t at;

	if (block->nr_runs == IS_BITS)
		return scan_bits(block->bits, from, true);
	at = run_at(block, from);
	if (at == block->nr_runs)
		return BLOCK_PAGES;
	return runs[at].first > from ? runs[at].first : from;
}

/* First non-member at or after from; BLOCK_PAGES if none. */
static uint32_t next_absent(const struct block *block, uint32_t from)
{
	const struct run *runs = runs_of(block);
	uint16_t at;

	if (block->nr_runs == IS_BITS)
		return scan_bits(block->bits, from, false);
	at = run_at(block, from);
	if (at == block->nr_runs || runs[at].first > from)
		return from;
	return runs[at].last + 1U;
}

bool vms_pageset_contains(const struct vms_pageset *set, vms_pfn_t pfn)
{
	const struct block *block = find(set, pfn >> BLOCK_SHIFT);
	uint32_t page = (uint32_t)(pfn % BLOCK_PAGES);

	return block && next_member(block, page) == page;
}

static vms_pfn_t block_start(const struct block *block)
{
	return (vms_pfn_t)block->index << BLOCK_SHIFT;
}

/* First PFN at or after from that is no member; from is one. */
static vms_pfn_t run_end(const struct vms_pageset *set, size_t at,
			 vms_pfn_t from)
{
	for (; at < set->nr_blocks; at++) {
		const struct block *block = &set->blocks[at];
		uint32_t end;

		if (block->index != from >> BLOCK_SHIFT)
			break;
		end = next_absent(block, (uint32_t)(from % BLOCK_PAGES));
		from = block_start(block) + end;
		if (end < BLOCK_PAGES)
			break;
	}
	return from;
}

bool vms_pageset_next(const struct vms_pageset *set, vms_pfn_t from,
		      struct vms_pfn_range *ret)
{
	for (size_t at = lower_bound(set, from >> BLOCK_SHIFT);
	     at < set->nr_blocks; at++) {
		const struct block *block = &set->blocks[at];
		vms_pfn_t start = block_start(block);
		uint32_t page = from > start ? (uint32_t)(from - start) : 0;

		page = next_member(block, page);
		if (page == BLOCK_PAGES)
			continue;
		ret->start = start + page;
		ret->end = run_end(set, at, start + page);
		return true;
	}
	return false;
}

bool vms_pageset_next_gap(const struct vms_pageset *set, vms_pfn_t from,
			  struct vms_pfn_range *ret)
{
	struct vms_pfn_range run;
	vms_pfn_t start = run_end(set, lower_bound(set, from >> BLOCK_SHIFT),
				  from);

	if (start >= set->end_pfn)
		return false;
	ret->start = start;
	ret->end = vms_pageset_next(set, start, &run) ? run.start :
							set->end_pfn;
	return true;
}

static uint64_t count_bits(const uint64_t *bits, struct run run)
{
	uint64_t count = 0;

	for (uint32_t i = run.first; i <= run.last;) {
		uint32_t n = 64 - i % 64;
		uint64_t word = bits[i / 64] >> (i % 64);

		if (n > run.last - i + 1U) {
			n = run.last - i + 1U;
			word &= (1ULL << n) - 1;
		}
		count += (uint64_t)__builtin_popcountll(word);
		i += n;
	}
	return count;
}

static uint64_t count_block(const struct block *block, struct run range)
{
	const struct run *runs = runs_of(block);
	uint64_t count = 0;

	if (block->nr_runs == IS_BITS)
		return count_bits(block->bits, range);
	for (uint16_t i = run_at(block, range.first); i < block->nr_runs; i++) {
		uint32_t first = runs[i].first;
		uint32_t last = runs[i].last;

		if (first > range.last)
			break;
		if (first < range.first)
			first = range.first;
		if (last > range.last)
			last = range.last;
		count += last - first + 1;
	}
	return count;
}

uint64_t vms_pageset_count(const struct vms_pageset *set,
			   struct vms_pfn_range range)
{
	uint64_t count = 0;

	for (size_t at = lower_bound(set, range.start >> BLOCK_SHIFT);
	     at < set->nr_blocks; at++) {
		const struct block *block = &set->blocks[at];
		vms_pfn_t start = block_start(block);
		struct vms_pfn_range part = range;

		if (start >= range.end)
			break;
		if (part.start < start)
			part.start = start;
		count += count_block(block, first_piece(part));
	}
	return count;
}

size_t vms_pageset_bytes(const struct vms_pageset *set)
{
	return set->bytes;
}
