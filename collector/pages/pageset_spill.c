// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Blocks of a page set that memory has no room for, in scratch: 8 KiB of bits
 * a slot. Knows scratch and the table of blocks, not who asks for room.
 *
 * What comes back is checked against a sum that stayed in memory: a wrong bit
 * would be a page that is missing from the dump, and nobody would know.
 *
 * Memory: 8 KiB and little more.
 */
#include <inttypes.h>
#include <stdatomic.h>

#include "pageset_priv.h"

/* Slots given back that are known to be free. A change loads one block and
 * mostly spills another, so there are few; more are only lost room. */
#define FREE_SLOTS 16U
/* The least that a block on the heap takes: four runs. */
#define LEAST_BYTES (16U + PS_HEAP)

struct ps_spill {
	struct vms_scratch *scratch;	/* borrowed */
	struct vms_error *write_error;	/* the first: no more is written */
	/* The first; all else is the changing thread's. */
	_Atomic(struct vms_error *) read_error;
	uint64_t lost;			/* members of blocks given up */
	uint32_t nr_slots;		/* used till now */
	uint32_t nr_free;
	uint32_t free[FREE_SLOTS];
	/* Where the next block to spill is looked for, and how much it must
	 * have: from the lowest block up, then for half as much. */
	uint64_t hand;
	size_t least;
	uint64_t bits[PS_BITS_WORDS];	/* a block on its way out */
};

struct vms_error *ps_spill_create(struct vms_pageset *set,
				  struct vms_scratch *scratch)
{
	struct ps_spill *spill = malloc(sizeof(*spill));

	if (!spill)
		return vms_error_no_memory();
	spill->scratch = scratch;
	spill->write_error = NULL;
	atomic_init(&spill->read_error, NULL);
	ps_spill_clear(spill);
	set->spill = spill;
	set->bytes += sizeof(*spill) + PS_HEAP;
	return NULL;
}

void ps_spill_destroy(struct ps_spill *spill)
{
	if (!spill)
		return;
	vms_error_destroy(spill->write_error);
	vms_error_destroy(atomic_load(&spill->read_error));
	free(spill);
}

void ps_spill_clear(struct ps_spill *spill)
{
	if (!spill)
		return;
	spill->lost = 0;
	spill->nr_slots = 0;
	spill->nr_free = 0;
	spill->hand = 0;
	spill->least = PS_BITS_BYTES;
}

const struct vms_error *vms_pageset_failed(const struct vms_pageset *set)
{
	return set->spill ? atomic_load(&set->spill->read_error) : NULL;
}

const struct vms_error *
vms_pageset_scratch_error(const struct vms_pageset *set)
{
	return set->spill ? set->spill->write_error : NULL;
}

uint64_t vms_pageset_lost(const struct vms_pageset *set)
{
	return set->spill ? set->spill->lost : 0;
}

/*
 * Each step can be undone, so one word that differs always gives another
 * 64-bit sum; half of it is kept. The block's number and its slot go in too:
 * the right bits of the wrong block are wrong. The multiplier is 2^64 divided
 * by the golden ratio, odd.
 */
static uint32_t sum_of(uint64_t index, uint32_t slot, const uint64_t *bits)
{
	uint64_t sum = index << 32 | slot;

	for (size_t i = 0; i < PS_BITS_WORDS; i++) {
		sum = (sum ^ bits[i]) * 0x9e3779b97f4a7c15ULL;
		sum ^= sum >> 29;
	}
	sum *= 0x9e3779b97f4a7c15ULL;
	return (uint32_t)(sum >> 32);
}

static uint64_t slot_offset(uint32_t slot)
{
	return (uint64_t)slot * PS_BITS_BYTES;
}

static uint32_t take_slot(struct ps_spill *spill)
{
	return spill->nr_free ? spill->free[--spill->nr_free] :
				spill->nr_slots++;
}

static void give_slot(struct ps_spill *spill, uint32_t slot)
{
	if (spill->nr_free < FREE_SLOTS)
		spill->free[spill->nr_free++] = slot;
}

bool ps_spill_write(struct vms_pageset *set, uint64_t index,
		    const struct ps_block *from, struct ps_block *ret)
{
	struct ps_spill *spill = set->spill;
	uint32_t slot;

	if (!spill || spill->write_error)
		return false;
	slot = take_slot(spill);
	ps_block_fill(from, spill->bits);
	spill->write_error = vms_scratch_write_at(
		spill->scratch, slot_offset(slot), spill->bits, PS_BITS_BYTES);
	if (spill->write_error)
		return false;
	*ret = (struct ps_block){
		.nr_runs = PS_SPILLED,
		.members = from->members,
		.spilled = { slot, sum_of(index, slot, spill->bits) },
	};
	return true;
}

/* Takes err. */
static void mark_failed(struct ps_spill *spill, struct vms_error *err)
{
	struct vms_error *none = NULL;

	if (!atomic_compare_exchange_strong(&spill->read_error, &none, err))
		vms_error_destroy(err);
}

bool ps_spill_read(const struct vms_pageset *set, uint64_t index,
		   const struct ps_block *block, uint64_t *bits)
{
	uint32_t slot = block->spilled.slot;
	struct vms_error *err = vms_scratch_read_at(
		set->spill->scratch, slot_offset(slot), bits, PS_BITS_BYTES);

	if (!err && sum_of(index, slot, bits) != block->spilled.sum)
		err = vms_error_create(VMS_ERR_UNREADABLE,
				       "pages 0x%" PRIx64 "-0x%" PRIx64 ": "
				       "scratch does not give back what was "
				       "written", index << PS_BLOCK_SHIFT,
				       ((index + 1) << PS_BLOCK_SHIFT) - 1);
	if (!err)
		return true;
	mark_failed(set->spill, err);
	return false;
}

void ps_spill_drop(struct vms_pageset *set, struct ps_block *block)
{
	give_slot(set->spill, block->spilled.slot);
	*block = (struct ps_block){ 0 };
}

/* Dump more, never less: nobody knows which pages they were. */
static void give_up(struct vms_pageset *set, struct ps_block *block)
{
	set->spill->lost += block->members;
	ps_spill_drop(set, block);
}

bool ps_spill_load(struct vms_pageset *set, uint64_t index,
		   struct ps_block *block)
{
	uint32_t members = block->members;
	uint64_t *bits = ps_bits_alloc(set, block);

	if (!bits)
		return false;
	if (!ps_spill_read(set, index, block, bits)) {
		free(bits);
		give_up(set, block);
		return true;
	}
	ps_spill_drop(set, block);
	ps_block_take_bits(set, block, bits, members);
	return true;
}

/* First block of chunk at or after first that has enough and is not keep. */
static struct ps_block *pick_in(struct ps_chunk *chunk, unsigned int first,
				size_t least, const struct ps_block *keep)
{
	uint64_t left = chunk->used & ~0ULL << first;

	if (chunk->content < least)
		return NULL;
	for (; left; left &= left - 1) {
		struct ps_block *block = &chunk->blocks[__builtin_ctzll(left)];

		if (block != keep && ps_block_bytes(block) >= least)
			return block;
	}
	return NULL;
}

/* At or after the hand. */
static struct ps_block *pick_from(struct vms_pageset *set,
				  const struct ps_block *keep,
				  struct ps_chunk **chunk_ret)
{
	struct ps_spill *spill = set->spill;
	uint64_t key = spill->hand >> PS_CHUNK_SHIFT;
	unsigned int first = spill->hand % PS_CHUNK_BLOCKS;

	for (size_t at = ps_chunk_at(set, key); at < set->nr_chunks; at++) {
		struct ps_chunk *chunk = set->chunks[at];
		struct ps_block *block =
			pick_in(chunk, chunk->key == key ? first : 0,
				spill->least, keep);

		if (!block)
			continue;
		spill->hand = ps_index(chunk, (unsigned int)(block -
							     chunk->blocks));
		*chunk_ret = chunk;
		return block;
	}
	return NULL;
}

/*
 * The lowest blocks are the coldest, since the scan goes up; those that take
 * most go first. In most calls the next one is where the last one was.
 */
static struct ps_block *pick(struct vms_pageset *set,
			     const struct ps_block *keep,
			     struct ps_chunk **chunk_ret)
{
	struct ps_spill *spill = set->spill;
	size_t kept = keep ? ps_block_bytes(keep) : 0;

	/* Else there is one, and the loop ends: it comes to the least. */
	while (set->content > kept) {
		bool from_start = !spill->hand;
		struct ps_block *block = pick_from(set, keep, chunk_ret);

		if (block)
			return block;
		spill->hand = 0;
		if (spill->least > LEAST_BYTES)
			spill->least /= 2;
		else if (from_start)
			break;
	}
	return NULL;
}

static bool spill_one(struct vms_pageset *set, const struct ps_block *keep)
{
	struct ps_chunk *chunk;
	struct ps_block *block;
	struct ps_block spilled;
	struct ps_before before;

	if (!set->spill || set->spill->write_error)
		return false;
	block = pick(set, keep, &chunk);
	if (!block || !ps_spill_write(set, set->spill->hand, block, &spilled))
		return false;
	before = ps_before(block);
	ps_block_release(set, block);
	*block = spilled;
	ps_note(set, chunk, block, before);
	return true;
}

/*
 * What members may take is less at first than the cap allows: the table will
 * need its part, and members spilled for it then leave holes in malloc's
 * memory that the table does not fit in. A sparse machine's table never takes
 * its part: half of the cap is enough to wait for it.
 */
static size_t reserved(const struct vms_pageset *set)
{
	const size_t chunk = sizeof(struct ps_chunk) + PS_HEAP;
	uint64_t chunks = (set->end_pfn >> (PS_BLOCK_SHIFT + PS_CHUNK_SHIFT)) +
			  1;
	uint64_t table = chunks * chunk;

	if (table > set->cap / 2)
		table = set->cap / 2;
	return table > set->nr_chunks * chunk ?
		       (size_t)table - set->nr_chunks * chunk :
		       0;
}

bool ps_make_room(struct vms_pageset *set, size_t more,
		  const struct ps_block *keep)
{
	if (keep && set->spill)
		more += reserved(set);
	while (set->bytes > set->cap || more > set->cap - set->bytes)
		if (!spill_one(set, keep))
			return false;
	return true;
}

uint64_t vms_pageset_verify(struct vms_pageset *set)
{
	struct ps_spill *spill = set->spill;
	uint64_t lost;

	if (!spill)
		return 0;
	lost = spill->lost;
	for (size_t at = 0; at < set->nr_chunks; at++) {
		struct ps_chunk *chunk = set->chunks[at];

		for (uint64_t left = chunk->used; left; left &= left - 1) {
			unsigned int i = (unsigned int)__builtin_ctzll(left);
			struct ps_block *block = &chunk->blocks[i];
			struct ps_before before = ps_before(block);

			if (block->nr_runs != PS_SPILLED ||
			    ps_spill_read(set, ps_index(chunk, i), block,
					  spill->bits))
				continue;
			give_up(set, block);
			ps_note(set, chunk, block, before);
		}
	}
	return spill->lost - lost;
}
