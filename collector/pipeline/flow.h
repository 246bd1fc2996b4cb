/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work on a stream of items by several threads, taken in and handed over in
 * order: one thread fills items, any number work on them, the caller gets
 * them back in the order in which they were filled. Knows nothing of pages.
 *
 * The items are a ring: item n of the stream uses slot n modulo nr_items, so
 * that the filling thread waits when all of them are on their way. Threads
 * share the ring's counters and states under one lock, nothing else; an item
 * belongs to exactly one of them at any time. Nobody polls and nobody is
 * cancelled: an error stops the filling, lets every thread end what it has,
 * and joins them.
 */
#ifndef VMS_FLOW_H
#define VMS_FLOW_H

#include <vmsieve/error.h>
#include <vmsieve/types.h>

struct vms_flow_ops {
	/*
	 * Makes the next item, one call at a time and in order; false: there
	 * is none, the item was not used. What goes wrong is noted in the
	 * item, for deliver.
	 */
	bool (*fill)(void *ctx, void *item);
	/* Any number at a time; worker is this thread's alone. */
	void (*work)(void *worker, void *item);
	/* In the caller's thread and in order. An error ends the flow. */
	struct vms_error *(*deliver)(void *ctx, void *item);
	/*
	 * fill waits or copies: it gets a thread of its own, so that it goes
	 * on beside even a single worker. Else the workers fill, in turns.
	 */
	bool fill_apart;
};

/** Everything is borrowed for the run. */
struct vms_flow {
	const struct vms_flow_ops *ops;
	void *ctx;
	void *const *items;
	size_t nr_items;	/* at least 1 */
	void *const *workers;
	size_t nr_workers;	/* at least 1 */
	size_t stack_bytes;	/* of each thread */
};

/**
 * Runs until fill has no more and all is delivered, or to the first error,
 * which is returned. Where threads cannot be made it goes on with fewer, at
 * last with the caller alone; *threads_ret: how many there were beside it.
 */
struct vms_error *vms_flow_run(const struct vms_flow *flow,
			       size_t *threads_ret) VMS_MUST_CHECK;

#endif
