// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which pages of the page array go with the pages they describe: those that
 * describe nothing else, by whatever address one gets to them.
 */
#include <string.h>

#include "fake_image.h"
#include "scan_array.h"
#include "vms_cmocka.h"

#define S FAKE_SECTION_PAGES
#define PER_PAGE (FAKE_PAGE / FAKE_STRUCT)
/* Page of the array that describes pfn, where nothing is aliased. */
#define ARRAY(pfn) ((FAKE_STRUCTS + (uint64_t)(pfn) * FAKE_STRUCT) / FAKE_PAGE)

struct world {
	struct fake_image image;
	struct vms_page_plan plan;
	struct vms_pageset *excluded;
	uint64_t before;
};

static void open_world(struct world *w, unsigned int sections)
{
	struct vms_pageset *set = NULL;

	fake_image_open(&w->image);
	w->plan = (struct vms_page_plan){ .page_shift = 12 };
	w->plan.segments = vms_source_segments(&w->image.source,
					       &w->plan.nr_segments);
	assert_no_error(vms_pageset_create((vms_pfn_t)sections * S, 1 << 20,
					   NULL, &set));
	w->excluded = set;
}

static void close_world(struct world *w)
{
	vms_pageset_destroy(w->excluded);
	fake_image_deinit(&w->image);
}

static void exclude(struct world *w, vms_pfn_t start, vms_pfn_t end)
{
	assert_true(vms_pageset_add(w->excluded,
				    (struct vms_pfn_range){ start, end }));
	w->before = vms_pageset_members(w->excluded);
}

/* Returns how many pages of the array went. */
static uint64_t run(struct world *w)
{
	struct vms_scan scan = {
		.vm = w->image.vm,
		.kernel = w->image.kernel,
		.plan = &w->plan,
	};
	uint64_t pages = 0;

	vms_scan_leave_out_array(&scan, w->excluded, &pages);
	assert_int_equal(vms_pageset_members(w->excluded) - w->before, pages);
	return pages;
}

static bool gone(const struct world *w, uint64_t pfn)
{
	return vms_pageset_contains(w->excluded, pfn);
}

static void test_whole_section(void **state)
{
	struct world w = { .before = 0 };

	(void)state;
	fake_image_init(&w.image, 3);
	open_world(&w, 3);
	assert_int_equal(run(&w), 0);
	exclude(&w, S, 2 * S);
	assert_int_equal(run(&w), S / PER_PAGE);
	assert_false(gone(&w, ARRAY(S - 1)));
	assert_true(gone(&w, ARRAY(S)));
	assert_true(gone(&w, ARRAY(2 * S - 1)));
	assert_false(gone(&w, ARRAY(2 * S)));
	close_world(&w);
}

/* Only pages that describe excluded pages from end to end. */
static void test_parts(void **state)
{
	struct world w = { .before = 0 };

	(void)state;
	fake_image_init(&w.image, 2);
	open_world(&w, 2);
	exclude(&w, S + 10, S + 200);		/* 64 ... 191 */
	exclude(&w, S + 300, S + 320);		/* none */
	exclude(&w, S + 320, S + 384);		/* a page of its own */
	exclude(&w, 2 * S - 65, 2 * S);		/* the last */
	assert_int_equal(run(&w), 2 + 1 + 1);
	assert_false(gone(&w, ARRAY(S + 10)));
	assert_true(gone(&w, ARRAY(S + 64)));
	assert_true(gone(&w, ARRAY(S + 191)));
	assert_false(gone(&w, ARRAY(S + 192)));
	assert_true(gone(&w, ARRAY(S + 320)));
	assert_true(gone(&w, ARRAY(2 * S - 1)));
	close_world(&w);
}

/* As test_aliased_array of test_memmap.c: from the ninth on all are one. */
static void alias(struct fake_image *image)
{
	fake_put64(&image->mem,
		   fake_entry(&image->tables, FAKE_VMEMMAP + FAKE_SECTION_ROOM,
			      21),
		   0);
	for (unsigned int i = 0; i < FAKE_SECTION_ROOM / FAKE_PAGE; i++)
		fake_map(&image->tables,
			 FAKE_VMEMMAP + FAKE_SECTION_ROOM + i * FAKE_PAGE,
			 FAKE_STRUCTS + FAKE_SECTION_ROOM +
				 (i < 8 ? i : 8) * FAKE_PAGE,
			 12);
}

static void test_shared_page(void **state)
{
	struct world w = { .before = 0 };

	(void)state;
	fake_image_init(&w.image, 2);
	alias(&w.image);
	open_world(&w, 2);
	exclude(&w, S, 2 * S);
	assert_int_equal(run(&w), 9);
	close_world(&w);

	/* One kept page, far behind, holds the page that all share. */
	memset(&w, 0, sizeof(w));
	fake_image_init(&w.image, 2);
	alias(&w.image);
	open_world(&w, 2);
	exclude(&w, S, S + 20000);
	exclude(&w, S + 20001, 2 * S);
	assert_int_equal(run(&w), 8);
	assert_true(gone(&w, ARRAY(S + 7 * PER_PAGE)));
	assert_false(gone(&w, ARRAY(S + 8 * PER_PAGE)));
	close_world(&w);
}

/* What says where the array is stays: tables, and sections. */
static void test_tables_stay(void **state)
{
	struct world w = { .before = 0 };

	(void)state;
	fake_image_init(&w.image, 2);
	/* The page array of section 1 where the page tables are. */
	fake_put64(&w.image.mem,
		   fake_entry(&w.image.tables,
			      FAKE_VMEMMAP + FAKE_SECTION_ROOM, 21),
		   0);
	fake_map(&w.image.tables, FAKE_VMEMMAP + FAKE_SECTION_ROOM, FAKE_TABLES,
		 12);
	open_world(&w, 2);
	exclude(&w, S, 2 * S);
	run(&w);
	assert_false(gone(&w, FAKE_TABLES / FAKE_PAGE));
	close_world(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_section),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_shared_page),
		cmocka_unit_test(test_tables_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
