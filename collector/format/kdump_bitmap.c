// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A bitmap of page frames, made from runs in a window of whole blocks that
 * follow each other. Time grows with the runs and with the blocks that have
 * bits, never with the space between: sparse machines' maps are mostly holes.
 */
#include <string.h>

#include "kdump_priv.h"

/* The blocks being made: nr of them from block first on. */
struct window {
	const struct kd_bitmap *bitmap;
	uint64_t first;
	size_t nr;
};

static struct vms_error *write_window(struct window *w)
{
	const struct kd_bitmap *b = w->bitmap;
	struct vms_error *err;

	if (!w->nr)
		return NULL;
	err = vms_sink_write_at(b->sink, b->area + w->first * b->block_size,
				b->window, w->nr * b->block_size);
	w->nr = 0;
	return err;
}

/* Block becomes the last of the window, alone in it if there is a gap. */
static struct vms_error *add_block(struct window *w, uint64_t block)
{
	const struct kd_bitmap *b = w->bitmap;

	if (w->nr && block == w->first + w->nr - 1)
		return NULL;
	if (block != w->first + w->nr ||
	    w->nr == b->window_bytes / b->block_size) {
		struct vms_error *err = write_window(w);

		if (err)
			return err;
	}
	if (!w->nr)
		w->first = block;
	memset(b->window + w->nr * b->block_size, 0, b->block_size);
	w->nr++;
	return NULL;
}

/* Sets bits [start, end) of map, lowest bit of a byte first. */
static void set_bits(uint8_t *map, size_t start, size_t end)
{
	size_t head = start / 8;
	size_t tail = end / 8;
	unsigned int low = 0xffU << start % 8;
	unsigned int high = 0xffU >> (8 - end % 8);

	if (head == tail) {
		map[head] |= (uint8_t)(low & high);
		return;
	}
	map[head] |= (uint8_t)low;
	memset(map + head + 1, 0xff, tail - head - 1);
	if (high)
		map[tail] |= (uint8_t)high;
}

static struct vms_error *add_run(struct window *w, struct vms_pfn_range run)
{
	const struct kd_bitmap *b = w->bitmap;
	uint64_t bits = (uint64_t)b->block_size * 8;

	while (run.start < run.end) {
		uint64_t block = run.start / bits;
		uint64_t from = run.start % bits;
		uint64_t n = bits - from;
		struct vms_error *err = add_block(w, block);

		if (err)
			return err;
		if (n > run.end - run.start)
			n = run.end - run.start;
		set_bits(b->window + (w->nr - 1) * b->block_size,
			 (size_t)from, (size_t)(from + n));
		run.start += n;
	}
	return NULL;
}

struct vms_error *kd_bitmap_write(const struct kd_bitmap *bitmap,
				  struct vms_plan_walk *walk,
				  kd_next_run *next, uint64_t *ret)
{
	struct window w = { .bitmap = bitmap };
	struct vms_pfn_range run;
	struct vms_error *err;
	uint64_t pages = 0;

	while (next(walk, &run)) {
		err = add_run(&w, run);
		if (err)
			return err;
		pages += run.end - run.start;
	}
	err = write_window(&w);
	if (!err)
		*ret = pages;
	return err;
}
