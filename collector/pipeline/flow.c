// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The ring, its threads, and the way without threads. Counters say how far the
 * stream has come: filled >= loaded >= taken >= delivered, and never more than
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
	pthread_cond_t ready;	/* for who works on what others have loaded */
	pthread_cond_t done;	/* for the caller: the next item is done */
	/* All below under lock. */
	uint64_t filled;
	uint64_t loaded;	/* by the loading thread, in order */
	uint64_t taken;
	uint64_t delivered;
	bool *worked;		/* by slot: done, not yet delivered */
	bool end;		/* fill() has no more */
	bool stop;		/* an error: nobody begins anything new */
	bool caller_works;	/* there is a loading thread, but no worker */
	size_t next_worker;
};

static size_t slot(const struct ring *ring, uint64_t n)
{
	return (size_t)(n % ring->flow->nr_items);
}

static bool has_room(const struct ring *ring)
{
	return ring->filled - ring->delivered < ring->flow->nr_items;
}

/* The next item, its number in *ret; false: there is none. Under lock. */
static bool fill_one(struct ring *ring, uint64_t *ret)
{
	const struct vms_flow *flow = ring->flow;

	if (flow->ops->fill(flow->ctx, flow->items[slot(ring, ring->filled)])) {
		*ret = ring->filled++;
		return true;
	}
	ring->end = true;
	pthread_cond_broadcast(&ring->room);
	pthread_cond_broadcast(&ring->ready);
	pthread_cond_signal(&ring->done);
	return false;
}

/* Waits for room and fills; false: nothing is begun any more. Under lock. */
static bool begin_one(struct ring *ring, uint64_t *ret)
{
	while (!ring->stop && !ring->end) {
		if (has_room(ring))
			return fill_one(ring, ret);
		pthread_cond_wait(&ring->room, &ring->lock);
	}
	return false;
}

/* An item has been worked on. Under lock. */
static void mark(struct ring *ring, uint64_t n)
{
	ring->worked[slot(ring, n)] = true;
	if (n == ring->delivered)
		pthread_cond_signal(&ring->done);
}

/* ---- one thread loads, another works ---- */

static void *loading_thread(void *arg)
{
	struct ring *ring = arg;
	const struct vms_flow *flow = ring->flow;
	uint64_t n;

	pthread_mutex_lock(&ring->lock);
	while (begin_one(ring, &n)) {
		pthread_mutex_unlock(&ring->lock);
		flow->ops->load(flow->loader, flow->items[slot(ring, n)]);
		pthread_mutex_lock(&ring->lock);
		ring->loaded = n + 1;
		pthread_cond_signal(ring->caller_works ? &ring->done :
							 &ring->ready);
	}
	pthread_mutex_unlock(&ring->lock);
	return NULL;
}

/* Works on the next loaded item. The lock is not held meanwhile. */
static void work_one(struct ring *ring, void *worker)
{
	uint64_t n = ring->taken++;

	pthread_mutex_unlock(&ring->lock);
	ring->flow->ops->work(worker, ring->flow->items[slot(ring, n)]);
	pthread_mutex_lock(&ring->lock);
	mark(ring, n);
}

static bool all_taken(const struct ring *ring)
{
	return ring->end && ring->taken == ring->filled;
}

static void *working_thread(void *arg)
{
	struct ring *ring = arg;

	pthread_mutex_lock(&ring->lock);
	while (!ring->stop && !all_taken(ring)) {
		if (ring->taken < ring->loaded)
			work_one(ring, ring->flow->workers[0]);
		else
			pthread_cond_wait(&ring->ready, &ring->lock);
	}
	pthread_mutex_unlock(&ring->lock);
	return NULL;
}

/* ---- every thread does both ---- */

static void load_and_work(const struct vms_flow *flow, void *worker, void *item)
{
	if (flow->ops->load)
		flow->ops->load(worker, item);
	flow->ops->work(worker, item);
}

static void *thread_for_all(void *arg)
{
	struct ring *ring = arg;
	const struct vms_flow *flow = ring->flow;
	void *worker;
	uint64_t n;

	pthread_mutex_lock(&ring->lock);
	worker = flow->workers[ring->next_worker++];
	while (begin_one(ring, &n)) {
		pthread_mutex_unlock(&ring->lock);
		load_and_work(flow, worker, flow->items[slot(ring, n)]);
		pthread_mutex_lock(&ring->lock);
		mark(ring, n);
	}
	pthread_mutex_unlock(&ring->lock);
	return NULL;
}

/* ---- the caller ---- */

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
	return err;
}

/* The lock is held at entry and exit. */
static struct vms_error *deliver_all(struct ring *ring)
{
	struct vms_error *err = NULL;

	while (!err) {
		size_t at = slot(ring, ring->delivered);

		if (ring->worked[at])
			err = deliver_one(ring, at);
		else if (ring->caller_works && ring->taken < ring->loaded)
			work_one(ring, ring->flow->workers[0]);
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
		load_and_work(flow, flow->workers[0], flow->items[0]);
		err = flow->ops->deliver(flow->ctx, flow->items[0]);
	}
	return err;
}

/* ---- starting ---- */

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
	size_t n = 0;

	if (flow->nr_workers == 1 && flow->ops->load && flow->loader &&
	    start(&threads[0], loading_thread, ring)) {
		if (start(&threads[1], working_thread, ring))
			return 2;
		ring->caller_works = true;
		return 1;
	}
	while (n < flow->nr_workers && start(&threads[n], thread_for_all, ring))
		n++;
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
