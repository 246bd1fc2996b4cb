// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Arithmetic only: from what there is and what is asked for to sizes. Knows
 * nothing of how memory is allocated.
 */
#include <vmsieve/log.h>

#include "batch.h"
#include "memory_plan.h"

/* Blocks and leaves of a cursor, a classifier with its views, allocator. */
#define CURSOR_BYTES (128U << 10)
/* Units on their way for each thread, see scan_round.c. */
#define UNITS_PER_THREAD 3U

static uint64_t scan_bytes(const struct vms_memory_plan *plan)
{
	uint64_t threads = plan->threads;

	return (threads + 2) * (CURSOR_BYTES + VMS_TYPICAL_USED_BYTES) +
	       threads * (plan->window_bytes +
			  UNITS_PER_THREAD * (VMS_CAP_UNIT_SET_BYTES +
					      VMS_TYPICAL_USED_BYTES) +
			  VMS_PLAN_STACK_BYTES) +
	       VMS_CAP_NEEDED_BYTES;
}

static uint64_t copy_bytes(const struct vms_memory_needs *needs,
			   const struct vms_memory_plan *plan)
{
	return plan->batches *
		       vms_batch_memory(needs->page_size, plan->batch_bytes) +
	       plan->threads * (needs->codec_bytes + VMS_PLAN_STACK_BYTES +
				vms_codec_bound(needs->page_size)) +
	       (plan->threads + 1) * plan->copy_window_bytes +
	       needs->writer_bytes;
}

static bool fits(const struct vms_memory_needs *needs,
		 struct vms_memory_plan *plan)
{
	uint64_t phase;

	plan->batches = plan->threads + VMS_PLAN_EXTRA_BATCHES;
	plan->scan_bytes = plan->excluded_bytes + scan_bytes(plan);
	plan->copy_bytes = plan->excluded_bytes + copy_bytes(needs, plan);
	phase = plan->scan_bytes > plan->copy_bytes ? plan->scan_bytes :
						      plan->copy_bytes;
	return phase <= plan->budget;
}

/* The next smaller plan; false: there is none. */
static bool shrink(struct vms_memory_plan *plan)
{
	if (plan->threads > 1) {
		plan->threads--;
	} else if (plan->batch_bytes > VMS_PLAN_MIN_BATCH_BYTES) {
		plan->batch_bytes /= 2;
		if (plan->window_bytes > VMS_MIN_WINDOW_BYTES)
			plan->window_bytes /= 2;
		plan->copy_window_bytes = VMS_MIN_WINDOW_BYTES;
	} else if (plan->excluded_bytes > VMS_PLAN_MIN_EXCLUDED_BYTES) {
		plan->excluded_bytes /= 2;
		if (plan->excluded_bytes < VMS_PLAN_MIN_EXCLUDED_BYTES)
			plan->excluded_bytes = VMS_PLAN_MIN_EXCLUDED_BYTES;
	} else {
		return false;
	}
	return true;
}

static uint64_t budget(uint64_t available, size_t threads)
{
	uint64_t most = VMS_PLAN_MAX_BYTES +
			(threads - 1) * (uint64_t)VMS_PLAN_THREAD_BYTES;

	return available / 2 < most ? available / 2 : most;
}

static uint64_t clamp(uint64_t value, uint64_t low, uint64_t high)
{
	if (value < low)
		return low;
	return value < high ? value : high;
}

void vms_memory_plan_make(const struct vms_memory_needs *needs,
			  struct vms_memory_plan *ret)
{
	uint64_t available = needs->available ? needs->available :
						VMS_PLAN_UNKNOWN_BYTES;
	struct vms_memory_plan plan = {
		.available = available,
		.threads = needs->threads,
		.batch_bytes = VMS_PLAN_BATCH_BYTES,
		.window_bytes = VMS_READER_WINDOW_BYTES,
		.copy_window_bytes = VMS_PLAN_COPY_WINDOW_BYTES,
		.excluded_bytes = VMS_PLAN_MAX_EXCLUDED_BYTES,
		.cache_bytes = clamp(available / 8, VMS_PLAN_MIN_CACHE_BYTES,
				     VMS_PLAN_MAX_CACHE_BYTES),
		.drop_input = needs->input_bytes >
			      vms_plan_drop_above(available),
	};

	if (!plan.threads)
		plan.threads = (size_t)clamp(needs->cpus, 1,
					     VMS_PLAN_DEFAULT_THREADS);
	plan.asked_threads = plan.threads;
	do {
		plan.budget = budget(available, plan.threads);
	} while (!fits(needs, &plan) && shrink(&plan));
	*ret = plan;
}

void vms_memory_plan_print(const struct vms_memory_plan *plan,
			   struct vms_log *log)
{
	if (plan->threads < plan->asked_threads)
		vms_log_warn(log, "memory for %zu threads of %zu",
			     plan->threads, plan->asked_threads);
	vms_log_print(log, VMS_MSG_DEBUG,
		      "memory plan: %llu KiB available, %llu KiB to use, "
		      "%zu threads",
		      (unsigned long long)plan->available >> 10,
		      (unsigned long long)plan->budget >> 10, plan->threads);
	vms_log_print(log, VMS_MSG_DEBUG,
		      "memory plan: excluded page set %zu KiB, reader windows "
		      "%zu KiB, %zu batches of %zu KiB",
		      plan->excluded_bytes >> 10, plan->window_bytes >> 10,
		      plan->batches, plan->batch_bytes >> 10);
	vms_log_print(log, VMS_MSG_DEBUG,
		      "memory plan: at most %llu KiB in the scan, %llu KiB in "
		      "the copy; page cache: output %llu KiB, input %s",
		      (unsigned long long)plan->scan_bytes >> 10,
		      (unsigned long long)plan->copy_bytes >> 10,
		      (unsigned long long)plan->cache_bytes >> 10,
		      plan->drop_input ? "dropped" : "left alone");
}
