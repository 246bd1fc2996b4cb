// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From loads as a file gives them to segments: sorted, disjoint, joined. A
 * sweep over the addresses with a heap of what is open at each of them, so
 * that any amount of overlap costs O(n log n). Must not read the file.
 */
#include "source_priv.h"

/*
 * An item is one part of a load: item i < count is load i's bytes, item
 * count + i the bytes that the file promises and does not have, and item
 * 2 * count + i the tail without bytes. The lowest number of those at an
 * address wins, which is the rule: bytes before none, earlier before later.
 */
#define PARTS 3U

struct items {
	const struct vms_load *loads;
	const struct vms_extent *extents;
	size_t count;		/* loads */
	uint32_t *order;	/* items that are not empty, by start */
	size_t nr;
};

/* The items open at the sweep's address, lowest first; an array heap. */
struct heap {
	uint32_t *items;
	size_t nr;
	size_t room;
};

/* Receives the pieces in ascending order, joins them, keeps the first max. */
struct joiner {
	struct vms_segment *segments;
	size_t max;
	size_t nr;
	struct vms_segment last;	/* empty before the first piece */
};

/* Where part number part of a load begins; PARTS: where the last one ends. */
static vms_paddr_t part_start(const struct items *items, size_t load,
			      size_t part)
{
	const struct vms_extent *extent = &items->extents[load];
	const uint64_t starts[PARTS + 1] = {
		0,
		extent->data_size - extent->missing_size,
		extent->data_size,
		items->loads[load].size,
	};

	return items->loads[load].paddr + starts[part];
}

static vms_paddr_t item_start(const struct items *items, uint32_t item)
{
	return part_start(items, item % items->count, item / items->count);
}

static vms_paddr_t item_end(const struct items *items, uint32_t item)
{
	return part_start(items, item % items->count, item / items->count + 1);
}

static int compare_items(const void *a, const void *b, void *ctx)
{
	const uint32_t x = *(const uint32_t *)a;
	const uint32_t y = *(const uint32_t *)b;
	const vms_paddr_t start_x = item_start(ctx, x);
	const vms_paddr_t start_y = item_start(ctx, y);

	if (start_x != start_y)
		return start_x < start_y ? -1 : 1;
	return (x > y) - (x < y);
}

static struct vms_error *items_init(struct items *items,
				    const struct vms_load *loads,
				    const struct vms_extent *extents,
				    size_t count)
{
	uint32_t *order = calloc(count ? count * PARTS : 1, sizeof(*order));

	if (!order)
		return vms_error_no_memory();
	*items = (struct items){ loads, extents, count, order, 0 };
	for (uint32_t item = 0; item < count * PARTS; item++)
		if (item_start(items, item) < item_end(items, item))
			order[items->nr++] = item;
	qsort_r(order, items->nr, sizeof(*order), compare_items, items);
	return NULL;
}

static bool heap_push(struct heap *heap, uint32_t item)
{
	size_t i = heap->nr;

	if (heap->nr == heap->room) {
		size_t room = heap->room ? heap->room * 2 : 64;
		uint32_t *grown = reallocarray(heap->items, room,
					       sizeof(*grown));

		if (!grown)
			return false;
		heap->items = grown;
		heap->room = room;
	}
	heap->nr++;
	while (i && heap->items[(i - 1) / 2] > item) {
		heap->items[i] = heap->items[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap->items[i] = item;
	return true;
}

static void heap_pop(struct heap *heap)
{
	uint32_t last = heap->items[--heap->nr];
	size_t i = 0;

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= heap->nr)
			break;
		if (child + 1 < heap->nr &&
		    heap->items[child + 1] < heap->items[child])
			child++;
		if (heap->items[child] >= last)
			break;
		heap->items[i] = heap->items[child];
		i = child;
	}
	heap->items[i] = last;
}

static void joiner_flush(struct joiner *joiner)
{
	if (joiner->last.start == joiner->last.end)
		return;
	if (joiner->segments && joiner->nr < joiner->max)
		joiner->segments[joiner->nr] = joiner->last;
	joiner->nr++;
}

static void joiner_add(struct joiner *joiner, const struct items *items,
		       uint32_t item, vms_paddr_t start, vms_paddr_t end)
{
	struct vms_segment *last = &joiner->last;
	bool touches = last->start != last->end && last->end == start;

	if (item >= 2 * items->count) {
		if (touches) {
			last->end = end;
			return;
		}
		joiner_flush(joiner);
		*last = (struct vms_segment){ start, start, end, 0 };
		return;
	}

	size_t load = item % items->count;
	uint64_t offset = items->extents[load].file_offset +
			  (start - items->loads[load].paddr);

	if (touches && last->data_end == start && last->start < start &&
	    last->file_offset + (start - last->start) == offset) {
		last->data_end = end;
		last->end = end;
		return;
	}
	joiner_flush(joiner);
	*last = (struct vms_segment){ start, end, end, offset };
}

/* False: out of memory. */
static bool sweep(const struct items *items, struct heap *open,
		  struct joiner *joiner)
{
	vms_paddr_t at = 0;
	size_t next = 0;

	while (next < items->nr || open->nr) {
		vms_paddr_t end;

		if (!open->nr)
			at = item_start(items, items->order[next]);
		while (next < items->nr &&
		       item_start(items, items->order[next]) <= at) {
			if (!heap_push(open, items->order[next++]))
				return false;
		}
		while (open->nr && item_end(items, open->items[0]) <= at)
			heap_pop(open);
		if (!open->nr)
			continue;
		end = item_end(items, open->items[0]);
		if (next < items->nr &&
		    item_start(items, items->order[next]) < end)
			end = item_start(items, items->order[next]);
		joiner_add(joiner, items, open->items[0], at, end);
		at = end;
	}
	joiner_flush(joiner);
	return true;
}

/*
 * Two sweeps: the first counts, so that the table gets its exact size. It is
 * the largest that is kept: 32 bytes a segment.
 */
static struct vms_error *sweep_twice(const struct items *items,
				     struct heap *open, size_t max,
				     struct vms_segment **ret,
				     size_t *total_ret)
{
	VMS_CLEANUP(free) struct vms_segment *segments = NULL;
	struct joiner counter = { .max = max };
	struct joiner filler = { .max = max };
	size_t room;

	if (!sweep(items, open, &counter))
		return vms_error_no_memory();
	room = counter.nr < max ? counter.nr : max;
	segments = calloc(room ? room : 1, sizeof(*segments));
	if (!segments)
		return vms_error_no_memory();
	filler.segments = segments;
	open->nr = 0;
	if (!sweep(items, open, &filler))
		return vms_error_no_memory();
	*ret = vms_take_ptr(segments);
	*total_ret = filler.nr;
	return NULL;
}

struct vms_error *vms_segments_build(const struct vms_load *loads,
				     const struct vms_extent *extents,
				     size_t count, size_t max,
				     struct vms_segment **ret,
				     size_t *total_ret)
{
	struct heap open = { NULL, 0, 0 };
	struct items items;
	struct vms_error *err;

	err = items_init(&items, loads, extents, count);
	if (err)
		return err;
	err = sweep_twice(&items, &open, max, ret, total_ret);
	free(open.items);
	free(items.order);
	return err;
}

size_t vms_segments_search(const struct vms_segment *segments, size_t count,
			   vms_paddr_t paddr)
{
	size_t low = 0;
	size_t high = count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (segments[mid].end <= paddr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}
