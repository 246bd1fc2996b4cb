// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page set when the n-th allocation fails, for each n: what was refused is
 * not in it, all else is.
 */
#include <stdlib.h>
#include <string.h>

#include "fake_scratch.h"
#include "pageset_flags.h"
#include "vms_cmocka.h"

#define BLOCK 65536U
#define PAGES (5U * BLOCK)
#define CAP (10000U + 2U * 8208U)

/* Which allocation of the room fails, 1 first; 0: none. */
static unsigned int fail_alloc;

static bool alloc_fails(void)
{
	return fail_alloc && !--fail_alloc;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);

void *__wrap_malloc(size_t size)
{
	return alloc_fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return alloc_fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return alloc_fails() ? NULL : __real_realloc(p, size);
}

/* Runs, more runs, bits: in each block. Adds what is taken to flags. */
static void fill(struct vms_pageset *set, uint8_t *flags, unsigned int step)
{
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn += step)
		if (vms_pageset_add(set, (struct vms_pfn_range){ pfn,
								pfn + 1 }))
			flags[pfn] = 1;
}

/* Removes what is in one block's way; then src goes into dst. */
static void use(struct vms_pageset *dst, struct vms_pageset *src,
		uint8_t *flags)
{
	struct vms_pfn_range hole = { 2 * BLOCK + 30, 2 * BLOCK + 31 };
	uint8_t *left = __real_calloc(1, PAGES);
	struct vms_pfn_range run;
	bool moved;

	assert_non_null(left);
	fill(dst, flags, 900);
	if (vms_pageset_remove(dst, hole))
		memset(flags + hole.start, 0, hole.end - hole.start);
	fill(src, left, 28);
	moved = vms_pageset_move(dst, src);
	assert_int_equal(moved, !vms_pageset_members(src));
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn++)
		flags[pfn] |= left[pfn];
	for (vms_pfn_t pfn = 0; vms_pageset_next(src, pfn, &run);
	     pfn = run.end) {
		/* dst may have had some of these itself. */
		for (pfn = run.start; pfn < run.end; pfn++)
			flags[pfn] = vms_pageset_contains(dst, pfn);
	}
	free(left);
}

/* false: the n-th allocation was never made. */
static bool run_failing(unsigned int nth, bool with_scratch)
{
	uint8_t *flags = __real_calloc(1, PAGES);
	struct vms_pageset *dst = NULL;
	struct vms_pageset *src;
	struct fake_scratch scratch;
	struct vms_error *err;
	bool failed;

	assert_non_null(flags);
	fake_scratch_init(&scratch, 1U << 20);
	assert_no_error(vms_pageset_create(PAGES, 1U << 20, NULL, &src));
	fail_alloc = nth;
	err = vms_pageset_create(PAGES, with_scratch ? CAP : 1U << 20,
				 with_scratch ? &scratch.base : NULL, &dst);
	if (err) {
		assert_int_equal(vms_error_code(err), VMS_ERR_NO_MEMORY);
		assert_null(dst);
		vms_error_destroy(err);
	} else {
		use(dst, src, flags);
	}
	failed = !fail_alloc;
	fail_alloc = 0;
	if (dst)
		flags_compare(dst, flags, PAGES);
	vms_pageset_destroy(dst);
	vms_pageset_destroy(src);
	vms_scratch_destroy(&scratch.base);
	free(flags);
	return failed;
}

static void test_memory(void **state)
{
	unsigned int nth = 1;

	(void)state;
	while (run_failing(nth, false))
		nth++;
	assert_true(nth > 20);
}

/* The fake's own allocations fail too: that is a scratch that fails. */
static void test_memory_and_scratch(void **state)
{
	unsigned int nth = 1;

	(void)state;
	while (run_failing(nth, true))
		nth++;
	assert_true(nth > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_memory_and_scratch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
