// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where a page set's blocks are found: chunks of 64 blocks, in a sorted array
 * of pointers. A table of 16 bytes a block would need half as much again
 * whenever it grows, 2 MiB for a machine of 64 TiB; here only the array of
 * pointers grows, 32 KiB for that machine. Knows nothing of what is in a
 * block.
 */
#include <string.h>

#include "pageset_priv.h"

size_t ps_chunk_at(const struct vms_pageset *set, uint64_t key)
{
	size_t low = 0;
	size_t high = set->nr_chunks;

	/* Additions mostly go on where the last one ended. */
	if (high && set->chunks[high - 1]->key < key)
		return high;
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (set->chunks[mid]->key < key)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool grow(struct vms_pageset *set)
{
	size_t room = set->room ? set->room * 2 : 4;
	size_t bytes = room * sizeof(struct ps_chunk *);
	size_t more = bytes - set->room * sizeof(struct ps_chunk *);
	struct ps_chunk **chunks;

	if (!set->room)
		more += PS_HEAP;
	if (!ps_make_room(set, more, NULL))
		return false;
	chunks = realloc(set->chunks, bytes);
	if (!chunks)
		return false;
	set->chunks = chunks;
	set->room = room;
	set->bytes += more;
	return true;
}

static struct ps_chunk *insert(struct vms_pageset *set, size_t at,
			       uint32_t key)
{
	struct ps_chunk *chunk;

	if (set->nr_chunks == set->room && !grow(set))
		return NULL;
	if (!ps_make_room(set, sizeof(*chunk) + PS_HEAP, NULL))
		return NULL;
	chunk = calloc(1, sizeof(*chunk));
	if (!chunk)
		return NULL;
	chunk->key = key;
	set->bytes += sizeof(*chunk) + PS_HEAP;
	memmove(&set->chunks[at + 1], &set->chunks[at],
		(set->nr_chunks - at) * sizeof(struct ps_chunk *));
	set->chunks[at] = chunk;
	set->nr_chunks++;
	return chunk;
}

struct ps_chunk *ps_chunk_get(struct vms_pageset *set, uint64_t index)
{
	uint32_t key = (uint32_t)(index >> PS_CHUNK_SHIFT);
	struct ps_chunk *chunk = set->hot;
	size_t at;

	if (chunk && chunk->key == key)
		return chunk;
	at = ps_chunk_at(set, key);
	if (at < set->nr_chunks && set->chunks[at]->key == key)
		chunk = set->chunks[at];
	else
		chunk = insert(set, at, key);
	if (chunk)
		set->hot = chunk;
	return chunk;
}
