// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ring, its threads, and the way without threads. Three counters say how
 * far the stream has come: filled >= taken >= delivered, and never more than
 * nr_items between first and last. Knows nothing of what an item is.
 */
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include <vmsieve/cleanup.h>

#include "flow.h"

struct ring {
	const struct vms_flow *flow;
	pthread_mutex_t lock;
	pthread_cond_t room;	/* for who fills: a slot is free, or stop */
	pthread_cond_t ready;	/* for who works: an item is filled, or end */
	pthread_cond_t done;	/* for the caller: the next item is done */
	/* All below under lock. */
	uint64_t filled;
	uint64_t taken;
	uint64_t delivered;
	bool *worked;		/* by slot: done, not yet delivered */
	bool filling;		/* somebody is in fill() */
	bool end;		/* fill() has no more */
	bool stop;		/* an error: nobody begins anything new */
	bool caller_works;	/* there are no workers */
	size_t next_worker;
};

static void *slot(const struct ring *ring, uint64_t n)
{
	return ring->flow->items[n % ring->flow->nr_items];
}

static bool has_room(const struct ring *ring)
{
	return ring->filled - ring->delivered < ring->flow->nr_items;
}

/* Fills one item; the lock is held at entry and exit, not in between. */
static void fill_one(struct ring *ring)
{
	const struct vms_flow *flow = ring->flow;
	void *item = slot(ring, ring->filled);
	bool more;

	ring->filling = true;
	pthread_mutex_unlock(&ring->lock);
	more = flow->ops->fill(flow->ctx, item);
	pthread_mutex_lock(&ring->lock);
	ring->filling = false;
	if (more) {
		ring->filled++;
		pthread_cond_signal(ring->caller_works ? &ring->done :
							 &ring->ready);
		return;
	}
	ring->end = true;
	pthread_cond_broadcast(&ring->ready);
	pthread_cond_signal(&ring->done);
}

static void *fill_thread(void *arg)
{
	struct ring *ring = arg;

	pthread_mutex_lock(&ring->lock);
	while (!ring->stop && !ring->end) {
		if (has_room(ring))
			fill_one(ring);
		else
			pthread_cond_wait(&ring->room, &ring->lock);
	}
	pthread_mutex_unlock(&ring->lock);
	return NULL;
}

/* The lock is held at entry and exit, not in between. */
static void work_one(struct ring *ring, void *worker)
{
	uint64_t n = ring->taken++;

	pthread_mutex_unlock(&ring->lock);
	ring->flow->ops->work(worker, slot(ring, n));
	pthread_mutex_lock(&ring->lock);
	ring->worked[n % ring->flow->nr_items] = true;
	if (n == ring->delivered)
		pthread_cond_signal(&ring->done);
}

/*
 * fills: this flow's workers fill as well. One that fills goes on to work on
 * what it has filled, unless another was quicker.
 */
static void work_loop(struct ring *ring, void *worker, bool fills)
{
	while (!ring->stop) {
		if (ring->taken < ring->filled)
			work_one(ring, worker);
		else if (ring->end)
			return;
		else if (fills && !ring->filling && has_room(ring))
			fill_one(ring);
		else
			pthread_cond_wait(&ring->ready, &ring->lock);
	}
}

static void run_worker(struct ring *ring, bool fills)
{
	void *worker;

	pthread_mutex_lock(&ring->lock);
	worker = ring->flow->workers[ring->next_worker++];
	work_loop(ring, worker, fills);
	pthread_mutex_unlock(&ring->lock);
}

static void *work_thread(void *arg)
{
	run_worker(arg, false);
	return NULL;
}

static void *fill_and_work_thread(void *arg)
{
	run_worker(arg, true);
	return NULL;
}

/* Hands over the item in that slot; the lock is not held meanwhile. */
static struct vms_error *deliver_one(struct ring *ring, size_t at)
{
	const struct vms_flow *flow = ring->flow;
	struct vms_error *err;

	ring->worked[at] = false;
	pthread_mutex_unlock(&ring->lock);
	err = flow->ops->deliver(flow->ctx, flow->items[at]);
	pthread_mutex_lock(&ring->lock);
	ring->delivered++;
	pthread_cond_signal(&ring->room);
	/* Workers that fill wait there. */
	pthread_cond_signal(&ring->ready);
	return err;
}

/* The caller's part. The lock is held at entry and exit. */
static struct vms_error *deliver_all(struct ring *ring)
{
	const struct vms_flow *flow = ring->flow;
	struct vms_error *err = NULL;

	while (!err) {
		size_t at = (size_t)(ring->delivered % flow->nr_items);

		if (ring->worked[at])
			err = deliver_one(ring, at);
		else if (ring->caller_works && ring->taken < ring->filled)
			work_one(ring, flow->workers[0]);
		else if (ring->end && ring->delivered == ring->filled)
			break;
		else
			pthread_cond_wait(&ring->done, &ring->lock);
	}
	ring->stop = true;
	pthread_cond_broadcast(&ring->room);
	pthread_cond_broadcast(&ring->ready);
	return err;
}

/* The caller alone, with the first item and the first worker. */
static struct vms_error *run_alone(const struct vms_flow *flow)
{
	struct vms_error *err = NULL;

	while (!err && flow->ops->fill(flow->ctx, flow->items[0])) {
		flow->ops->work(flow->workers[0], flow->items[0]);
		err = flow->ops->deliver(flow->ctx, flow->items[0]);
	}
	return err;
}

static bool start(pthread_t *thread, void *(*run)(void *), struct ring *ring)
{
	pthread_attr_t attr;
	bool started;

	if (pthread_attr_init(&attr))
		return false;
	started = !pthread_attr_setstacksize(&attr, ring->flow->stack_bytes) &&
		  !pthread_create(thread, &attr, run, ring);
	pthread_attr_destroy(&attr);
	return started;
}

/*
 * Starts what can be started, with the lock held: nobody runs ahead before it
 * is known who is there. Returns how many.
 */
static size_t start_all(struct ring *ring, pthread_t *threads)
{
	const struct vms_flow *flow = ring->flow;
	void *(*work)(void *) = fill_and_work_thread;
	size_t n = 0;

	if (flow->ops->fill_apart && start(&threads[0], fill_thread, ring)) {
		work = work_thread;
		n = 1;
	}
	ring->caller_works = n;
	for (size_t i = 0; i < flow->nr_workers; i++) {
		if (!start(&threads[n], work, ring))
			break;
		ring->caller_works = false;
		n++;
	}
	return n;
}

/* Signals are for the caller's thread: the others are born deaf to them. */
static size_t start_deaf(struct ring *ring, pthread_t *threads)
{
	sigset_t all;
	sigset_t before;
	size_t n;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	n = start_all(ring, threads);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return n;
}

static struct vms_error *run_together(struct ring *ring, pthread_t *threads,
				      size_t *threads_ret)
{
	struct vms_error *err = NULL;
	size_t n;

	pthread_mutex_lock(&ring->lock);
	n = start_deaf(ring, threads);
	if (n)
		err = deliver_all(ring);
	pthread_mutex_unlock(&ring->lock);
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	*threads_ret = n;
	return n ? err : run_alone(ring->flow);
}

struct vms_error *vms_flow_run(const struct vms_flow *flow, size_t *threads_ret)
{
	pthread_t *threads VMS_CLEANUP(free) = NULL;
	bool *worked VMS_CLEANUP(free) = NULL;
	struct ring ring = {
		.flow = flow,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.room = PTHREAD_COND_INITIALIZER,
		.ready = PTHREAD_COND_INITIALIZER,
		.done = PTHREAD_COND_INITIALIZER,
	};
	struct vms_error *err;

	assert(flow->nr_items && flow->nr_workers);
	*threads_ret = 0;
	threads = calloc(flow->nr_workers + 1, sizeof(*threads));
	worked = calloc(flow->nr_items, sizeof(*worked));
	if (!threads || !worked)
		return run_alone(flow);
	ring.worked = worked;
	err = run_together(&ring, threads, threads_ret);
	pthread_cond_destroy(&ring.done);
	pthread_cond_destroy(&ring.ready);
	pthread_cond_destroy(&ring.room);
	pthread_mutex_destroy(&ring.lock);
	return err;
}
