// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * XXH3 with 128 bits over whole pages: for 2^28 pages (1 TiB) the chance of
 * one false match is 2^-73. Knows no codec.
 */
#include "dedup.h"

#include <stdlib.h>
#include <time.h>

#include <vmsieve/cleanup.h>

#include <xxhash.h>

double bench_cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Marks the pages that equal the one their slot holds. */
static size_t find_shared(const struct bench_pages *pages, XXH128_hash_t *slots,
			  size_t entries, bool *shared)
{
	size_t count = 0;

	for (size_t i = 0; i < pages->count; i++) {
		XXH128_hash_t digest = XXH3_128bits(bench_page(pages, i),
						    pages->page_size);
		XXH128_hash_t *slot = &slots[digest.low64 % entries];

		shared[i] = XXH128_isEqual(*slot, digest);
		count += shared[i];
		*slot = digest;
	}
	return count;
}

struct vms_error *dedup_measure(const struct bench_pages *pages,
				const uint32_t *sizes, size_t entries,
				struct dedup_result *ret)
{
	VMS_CLEANUP(free) XXH128_hash_t *slots = NULL;
	VMS_CLEANUP(free) bool *shared = NULL;
	struct dedup_result r = { 0 };
	double start;

	if (!entries)
		return vms_error_create(VMS_ERR_USAGE, "--dedup: a table "
					"needs entries");
	slots = calloc(entries, sizeof(*slots));
	shared = calloc(pages->count + 1, sizeof(*shared));
	if (!slots || !shared)
		return vms_error_no_memory();
	start = bench_cpu_seconds();
	r.shared = find_shared(pages, slots, entries, shared);
	r.digest_seconds = bench_cpu_seconds() - start;
	for (size_t i = 0; i < pages->count; i++) {
		if (!shared[i])
			continue;
		r.saved += sizes[i];
		r.shared_zero += bench_page_is_zero(pages, i);
	}
	*ret = r;
	return NULL;
}
