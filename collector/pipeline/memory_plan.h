/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one place that says how much memory a run takes, before it takes any.
 * Nothing in it grows with the RAM of the crashed machine; what is shared out
 * is what this machine, a crash kernel of 128 MiB or a server, has to spare.
 *
 * A run has two phases, one after the other, and the page set that leads from
 * the first to the second (bytes, T threads):
 *
 *   excluded pages    excluded_bytes, from the scan to the end
 *   scan              (T + 2) * cursor + T * (window + 3 units) +
 *                     VMS_CAP_NEEDED_BYTES
 *   copy              (T + 3) * batch + (T + 1) * copy window +
 *                     T * (codec context + stack) + the writer's buffers
 *
 * With 4 KiB pages and T = 1 that is 12 + 10 and 12 + 6 MiB, and no more than
 * 2 MiB for each further thread; the caps are VMS_PLAN_* below.
 */
#ifndef VMS_MEMORY_PLAN_H
#define VMS_MEMORY_PLAN_H

#include <vmsieve/codec.h>
#include <vmsieve/limits.h>
#include <vmsieve/types.h>

struct vms_log;

/* Of the memory that is free, so much may be used: half of it, and no more
 * than this with one thread and for each further one. */
#define VMS_PLAN_MAX_BYTES (28U << 20)
#define VMS_PLAN_THREAD_BYTES (2U << 20)
/* Taken for granted where the kernel does not say how much is free. */
#define VMS_PLAN_UNKNOWN_BYTES (64U << 20)

/* More threads than this are used only when asked for: the writer is one. */
#define VMS_PLAN_DEFAULT_THREADS 32U

/* Pages of one batch, in bytes: 256 pages of 4 KiB. */
#define VMS_PLAN_BATCH_BYTES (1U << 20)
#define VMS_PLAN_MIN_BATCH_BYTES (64U << 10)
/* A thread that copies reads into its batch; a window is for /proc/vmcore,
 * which is mapped, and for places that need care. */
#define VMS_PLAN_COPY_WINDOW_BYTES (128U << 10)
/* One being filled, one being written, one between; and one a thread. */
#define VMS_PLAN_EXTRA_BATCHES 3U

#define VMS_PLAN_MAX_EXCLUDED_BYTES VMS_CAP_PAGESET_BYTES
#define VMS_PLAN_MIN_EXCLUDED_BYTES (1U << 20)

/* The scratch file holds a bit for each page, in whole blocks. */
#define VMS_SCRATCH_SLACK (1U << 20)

/* Thread stacks, as far as they are touched. */
#define VMS_PLAN_STACK_BYTES (64U << 10)

/* Page cache that the output may hold: a share of what is free. */
#define VMS_PLAN_MAX_CACHE_BYTES (64ULL << 20)
#define VMS_PLAN_MIN_CACHE_BYTES (4ULL << 20)

/** What the plan is made of. */
struct vms_memory_needs {
	uint64_t available;	/* vms_memory_available() */
	unsigned int cpus;	/* that this process may use */
	unsigned int threads;	/* asked for; 0: as many as pay */
	uint32_t page_size;
	size_t codec_bytes;	/* one context */
	size_t writer_bytes;	/* the format's buffers */
	uint64_t input_bytes;	/* size of a saved file, 0 for /proc/vmcore */
};

struct vms_memory_plan {
	uint64_t available;
	uint64_t budget;
	size_t threads;
	size_t asked_threads;	/* before memory was looked at */
	size_t batches;
	size_t batch_bytes;
	size_t window_bytes;	/* each reader's in the scan */
	size_t copy_window_bytes;	/* and in the copy */
	size_t excluded_bytes;	/* cap of the set of excluded pages */
	uint64_t cache_bytes;	/* page cache that the output may hold */
	bool drop_input;	/* see vms_plan_drop_above() */
	/* Sums, by the formulas above. */
	uint64_t scan_bytes;
	uint64_t copy_bytes;
};

/**
 * Bytes that can be allocated without harm to others: MemAvailable, or the
 * limit of the memory cgroup if that is less; 0 if unknown.
 */
uint64_t vms_memory_available(void);
/** CPUs that this process may run on, at least 1. */
unsigned int vms_cpus_available(void);

/** A saved input of more bytes does not stay in the page cache. */
static inline uint64_t vms_plan_drop_above(uint64_t available)
{
	return (available ? available : VMS_PLAN_UNKNOWN_BYTES) / 2;
}
/**
 * When the budget is too small: first fewer threads, then smaller batches and
 * windows, then a smaller set. There is always a plan.
 */
void vms_memory_plan_make(const struct vms_memory_needs *needs,
			  struct vms_memory_plan *ret);
/** At message level VMS_MSG_DEBUG; warns if threads asked for are not used. */
void vms_memory_plan_print(const struct vms_memory_plan *plan,
			   struct vms_log *log);

#endif
