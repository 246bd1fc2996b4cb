/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work on a stream of items by several threads, begun and handed over in
 * order: items are filled one after the other, any number of threads load and
 * work on them, the caller gets them back in the order in which they were
 * filled. Knows nothing of pages.
 *
 * The items are a ring: item n of the stream uses slot n modulo nr_items, so
 * that nobody fills while all of them are on their way. Threads share the
 * ring's counters and marks under one lock, nothing else; an item belongs to
 * exactly one of them at any time. Nobody polls and nobody is cancelled: an
 * error stops the filling, lets every thread end what it has, and joins them.
 */
#ifndef VMS_FLOW_H
#define VMS_FLOW_H

#include <vmsieve/error.h>
#include <vmsieve/types.h>

struct vms_flow_ops {
	/*
	 * Says what the next item is to be, one call at a time and in order,
	 * while others wait; false: there is none, the item was not used.
	 */
	bool (*fill)(void *ctx, void *item);
	/*
	 * Brings what the item needs; may wait or copy. Any number at a time.
	 * By the worker that goes on with it; where there is one worker only,
	 * by a thread of its own, so that loading and working go on at once.
	 * NULL: nothing to load. What goes wrong is noted in the item.
	 */
	void (*load)(void *worker, void *item);
	/* Any number at a time; worker is this thread's alone. */
	void (*work)(void *worker, void *item);
	/* In the caller's thread and in order. An error ends the flow. */
	struct vms_error *(*deliver)(void *ctx, void *item);
};

/** Everything is borrowed for the run. */
struct vms_flow {
	const struct vms_flow_ops *ops;
	void *ctx;
	void *const *items;
	size_t nr_items;	/* at least 1 */
	void *const *workers;
	size_t nr_workers;	/* at least 1 */
	/* For a thread that only loads; NULL: the worker loads. */
	void *loader;
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
