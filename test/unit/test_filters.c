// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every rule with literal page views at every dump level: which class wins,
 * how far its range reaches, and what the table of rules promises.
 */
#include <string.h>

#include <vmsieve/filter.h>

#include "vms_cmocka.h"

/* The first rule that matches, as the classifier asks them. */
static const struct vms_filter *first_match(unsigned int level, uint32_t bits)
{
	struct vms_page_view view = { .bits = bits };
	size_t count;
	const struct vms_filter *const *filters = vms_filters(&count);

	for (size_t i = 0; i < count; i++) {
		const struct vms_filter *f = filters[i];

		if (!vms_level_has(level, f) || !(bits & f->triggers))
			continue;
		if (bits & VMS_PAGE_TAIL && !f->on_tails)
			continue;
		if (f->match(&view))
			return f;
	}
	return NULL;
}

/* What is expected of a page: the first entry whose level bits are set (0:
 * always) says the class. */
struct want {
	unsigned int levels;
	enum vms_class class;
	enum vms_extent extent;
};

static const struct row {
	const char *what;
	uint32_t bits;
	struct want want[3];
	unsigned int wants;
} rows[] = {
	{ "kernel page", 0, { { 0 } }, 0 },
	{ "page with private data only", VMS_PAGE_PRIVATE, { { 0 } }, 0 },
	{ "slab", VMS_PAGE_SLAB, { { 0 } }, 0 },
	{ "compound page of a driver", VMS_PAGE_HEAD, { { 0 } }, 0 },
	{ "tail", VMS_PAGE_TAIL, { { 0 } }, 0 },
	{ "page cache", VMS_PAGE_LRU,
	  { { 2 | 4, VMS_CLASS_CACHE, VMS_EXTENT_COMPOUND } }, 1 },
	{ "swap cache", VMS_PAGE_SWAPCACHE,
	  { { 2 | 4, VMS_CLASS_CACHE, VMS_EXTENT_COMPOUND } }, 1 },
	{ "large folio of the page cache", VMS_PAGE_LRU | VMS_PAGE_HEAD,
	  { { 2 | 4, VMS_CLASS_CACHE, VMS_EXTENT_COMPOUND } }, 1 },
	{ "page cache with buffers", VMS_PAGE_LRU | VMS_PAGE_PRIVATE,
	  { { 4, VMS_CLASS_CACHE_PRIVATE, VMS_EXTENT_COMPOUND } }, 1 },
	{ "swap cache with private data",
	  VMS_PAGE_SWAPCACHE | VMS_PAGE_PRIVATE,
	  { { 4, VMS_CLASS_CACHE_PRIVATE, VMS_EXTENT_COMPOUND } }, 1 },
	{ "anonymous", VMS_PAGE_ANON | VMS_PAGE_LRU,
	  { { 8, VMS_CLASS_USER, VMS_EXTENT_COMPOUND } }, 1 },
	{ "anonymous, off the LRU", VMS_PAGE_ANON,
	  { { 8, VMS_CLASS_USER, VMS_EXTENT_COMPOUND } }, 1 },
	{ "anonymous in the swap cache with private data",
	  VMS_PAGE_ANON | VMS_PAGE_SWAPCACHE | VMS_PAGE_PRIVATE,
	  { { 8, VMS_CLASS_USER, VMS_EXTENT_COMPOUND } }, 1 },
	{ "transparent huge page",
	  VMS_PAGE_ANON | VMS_PAGE_LRU | VMS_PAGE_HEAD,
	  { { 8, VMS_CLASS_USER, VMS_EXTENT_COMPOUND } }, 1 },
	{ "hugetlb", VMS_PAGE_HEAD | VMS_PAGE_HUGETLB,
	  { { 8, VMS_CLASS_USER, VMS_EXTENT_COMPOUND } }, 1 },
	{ "slab that looks like hugetlb",
	  VMS_PAGE_HEAD | VMS_PAGE_HUGETLB | VMS_PAGE_SLAB, { { 0 } }, 0 },
	{ "cache that looks like hugetlb",
	  VMS_PAGE_HEAD | VMS_PAGE_HUGETLB | VMS_PAGE_LRU,
	  { { 2 | 4, VMS_CLASS_CACHE, VMS_EXTENT_COMPOUND } }, 1 },
	{ "free", VMS_PAGE_BUDDY,
	  { { 16, VMS_CLASS_FREE, VMS_EXTENT_FREE } }, 1 },
	{ "free and poisoned", VMS_PAGE_BUDDY | VMS_PAGE_HWPOISON,
	  { { 16, VMS_CLASS_FREE, VMS_EXTENT_FREE },
	    { 0, VMS_CLASS_HWPOISON, VMS_EXTENT_PAGE } }, 2 },
	{ "unaccepted", VMS_PAGE_UNACCEPTED,
	  { { 0, VMS_CLASS_UNACCEPTED, VMS_EXTENT_MAX_ORDER } }, 1 },
	{ "poisoned", VMS_PAGE_HWPOISON,
	  { { 0, VMS_CLASS_HWPOISON, VMS_EXTENT_PAGE } }, 1 },
	{ "poisoned tail", VMS_PAGE_HWPOISON | VMS_PAGE_TAIL,
	  { { 0, VMS_CLASS_HWPOISON, VMS_EXTENT_PAGE } }, 1 },
	{ "poisoned head of no huge page", VMS_PAGE_HWPOISON | VMS_PAGE_HEAD,
	  { { 0, VMS_CLASS_HWPOISON, VMS_EXTENT_PAGE } }, 1 },
	{ "poisoned hugetlb",
	  VMS_PAGE_HWPOISON | VMS_PAGE_HEAD | VMS_PAGE_HUGETLB,
	  { { 8, VMS_CLASS_USER, VMS_EXTENT_COMPOUND },
	    { 0, VMS_CLASS_HWPOISON, VMS_EXTENT_COMPOUND } }, 2 },
	{ "poisoned cache with buffers",
	  VMS_PAGE_HWPOISON | VMS_PAGE_LRU | VMS_PAGE_PRIVATE,
	  { { 4, VMS_CLASS_CACHE_PRIVATE, VMS_EXTENT_COMPOUND },
	    { 0, VMS_CLASS_HWPOISON, VMS_EXTENT_PAGE } }, 2 },
	{ "poisoned transparent huge page",
	  VMS_PAGE_HWPOISON | VMS_PAGE_HEAD | VMS_PAGE_ANON,
	  { { 8, VMS_CLASS_USER, VMS_EXTENT_COMPOUND },
	    { 0, VMS_CLASS_HWPOISON, VMS_EXTENT_PAGE } }, 2 },
	{ "offline", VMS_PAGE_OFFLINE,
	  { { 0, VMS_CLASS_OFFLINE, VMS_EXTENT_COMPOUND } }, 1 },
	{ "offline and poisoned", VMS_PAGE_OFFLINE | VMS_PAGE_HWPOISON,
	  { { 0, VMS_CLASS_HWPOISON, VMS_EXTENT_PAGE } }, 1 },
	{ "tail with what is mapping and flags elsewhere",
	  VMS_PAGE_TAIL | VMS_PAGE_ANON | VMS_PAGE_LRU | VMS_PAGE_BUDDY |
		  VMS_PAGE_OFFLINE | VMS_PAGE_UNACCEPTED, { { 0 } }, 0 },
};

static void check_row(const struct row *row, unsigned int level)
{
	const struct vms_filter *got = first_match(level, row->bits);
	const struct want *want = NULL;

	for (unsigned int i = 0; i < row->wants && !want; i++)
		if (!row->want[i].levels || row->want[i].levels & level)
			want = &row->want[i];
	if (!want && got)
		fail_msg("%s at level %u: %s", row->what, level, got->name);
	if (!want)
		return;
	if (!got)
		fail_msg("%s at level %u: kept", row->what, level);
	if (got->class != want->class || got->extent != want->extent)
		fail_msg("%s at level %u: %s", row->what, level, got->name);
}

static void test_rules_at_every_level(void **state)
{
	(void)state;
	for (unsigned int level = 0; level <= VMS_LEVEL_MAX; level++)
		for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++)
			check_row(&rows[i], level);
}

/* Bit 1 (zero pages) is decided by content and changes no rule. */
static void test_zero_level_is_no_rule(void **state)
{
	size_t count;
	const struct vms_filter *const *filters = vms_filters(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(filters[i]->levels & VMS_LEVEL_ZERO, 0);
		assert_int_equal(vms_level_has(0, filters[i]),
				 vms_level_has(VMS_LEVEL_ZERO, filters[i]));
	}
}

/* A bit whose absence a match rests on must be known to be absent. */
static void check_absence(const struct vms_filter *filter, uint32_t bits)
{
	for (uint32_t bit = 1; bit < 1U << 12; bit <<= 1) {
		struct vms_page_view view = { .bits = bits | bit };

		if (!filter->match(&view))
			assert_true(filter->needs & bit);
	}
}

/* No combination of bits matches without one of the rule's triggers. */
static void test_triggers_and_needs(void **state)
{
	size_t count;
	const struct vms_filter *const *filters = vms_filters(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (uint32_t bits = 0; bits < 1U << 12; bits++) {
			struct vms_page_view view = { .bits = bits };

			/* HUGETLB comes with HEAD only. */
			if (bits & VMS_PAGE_HUGETLB && !(bits & VMS_PAGE_HEAD))
				continue;
			if (!filters[i]->match(&view))
				continue;
			assert_true(bits & filters[i]->triggers);
			check_absence(filters[i], bits);
		}
	}
}

static void test_what_must_not_be_read_has_no_level(void **state)
{
	size_t count;
	const struct vms_filter *const *filters = vms_filters(&count);
	unsigned int always = 0;

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_non_null(filters[i]->name);
		if (!filters[i]->levels)
			always |= 1U << filters[i]->class;
		if (filters[i]->on_tails)
			assert_int_equal(filters[i]->extent, VMS_EXTENT_PAGE);
	}
	assert_int_equal(always, 1U << VMS_CLASS_HWPOISON |
					 1U << VMS_CLASS_OFFLINE |
					 1U << VMS_CLASS_UNACCEPTED);
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned int c = 0; c < VMS_NR_CLASSES; c++)
		for (unsigned int d = 0; d < c; d++)
			assert_string_not_equal(vms_class_name(c),
						vms_class_name(d));
	for (unsigned int c = 0; c < VMS_NR_DOUBTS; c++)
		for (unsigned int d = 0; d < c; d++)
			assert_string_not_equal(vms_doubt_name(c),
						vms_doubt_name(d));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_at_every_level),
		cmocka_unit_test(test_zero_level_is_no_rule),
		cmocka_unit_test(test_triggers_and_needs),
		cmocka_unit_test(test_what_must_not_be_read_has_no_level),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
