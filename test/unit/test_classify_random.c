// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random machines at random levels. Sound ones must lose exactly the pages
 * that they were built to lose; damaged ones only pages for which some struct
 * page, looked at all by itself, gives a reason.
 */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/limits.h>

#include "test_classify_world.h"
#include "vms_cmocka.h"

#define PAGES 2048U

struct random_world {
	struct world world;
	uint64_t seed;
	/* Per page: 1 + class it has at level 31, 0: kernel's. */
	uint8_t built[PAGES];
	/* Poisoned by itself, when its class is not left out. */
	bool poisoned[PAGES];
};

static uint64_t rnd(struct random_world *r, uint64_t below)
{
	r->seed ^= r->seed << 13;
	r->seed ^= r->seed >> 7;
	r->seed ^= r->seed << 17;
	return (r->seed >> 11) % below;
}

static void built(struct random_world *r, vms_pfn_t pfn, unsigned int order,
		  enum vms_class c)
{
	memset(&r->built[pfn], 1 + (int)c, 1ULL << order);
}

#define HUGETLB_ORDERS (1U << 4 | 1U << 8 | 1U << 9)

static void build_large(struct random_world *r, vms_pfn_t pfn,
			unsigned int order)
{
	switch (rnd(r, 6)) {
	case 0:
		world_free(&r->world, pfn, order);
		built(r, pfn, order, VMS_CLASS_FREE);
		break;
	case 1:
		world_compound(&r->world, pfn, order);
		world_anon(&r->world, pfn);
		built(r, pfn, order, VMS_CLASS_USER);
		break;
	case 2:
		world_compound(&r->world, pfn, order);
		world_cache(&r->world, pfn);
		built(r, pfn, order, VMS_CLASS_CACHE);
		break;
	case 3:
		/* Where hugetlb is a flag that other pages may have too, only
		 * the sizes that it comes in are believed. */
		if (!(HUGETLB_ORDERS >> order & 1))
			break;
		world_hugetlb(&r->world, pfn, order);
		built(r, pfn, order, VMS_CLASS_USER);
		if (rnd(r, 4))
			break;
		world_flag(&r->world, pfn, FLAG_HWPOISON);
		memset(&r->poisoned[pfn], true, 1ULL << order);
		break;
	case 4:
		world_compound(&r->world, pfn, order);
		world_slab(&r->world, pfn);
		break;
	default:
		world_compound(&r->world, pfn, order);
		break;
	}
}

static void build_small(struct random_world *r, vms_pfn_t pfn)
{
	switch (rnd(r, 7)) {
	case 0:
		world_free(&r->world, pfn, 0);
		built(r, pfn, 0, VMS_CLASS_FREE);
		break;
	case 1:
		world_anon(&r->world, pfn);
		built(r, pfn, 0, VMS_CLASS_USER);
		break;
	case 2:
		world_cache(&r->world, pfn);
		built(r, pfn, 0, VMS_CLASS_CACHE);
		break;
	case 3:
		world_cache(&r->world, pfn);
		world_flag(&r->world, pfn, FLAG_PRIVATE);
		built(r, pfn, 0, VMS_CLASS_CACHE_PRIVATE);
		break;
	case 4:
		world_offline(&r->world, pfn);
		built(r, pfn, 0, VMS_CLASS_OFFLINE);
		break;
	case 5:
		world_slab(&r->world, pfn);
		break;
	default:
		break;
	}
}

static void open_random(struct random_world *r, uint64_t seed)
{
	vms_pfn_t pfn = 0;

	*r = (struct random_world){ .seed = seed * 0x9e3779b97f4a7c15ULL + 1 };
	world_open(&r->world, (enum world_kind)(seed % WORLD_KINDS), PAGES);
	while (pfn < PAGES) {
		unsigned int order = (unsigned int)rnd(r, 11);

		while (pfn & ((1ULL << order) - 1) ||
		       pfn + (1ULL << order) > PAGES)
			order--;
		if (!order || rnd(r, 3) == 0) {
			order = 0;
			build_small(r, pfn);
		} else {
			build_large(r, pfn, order);
		}
		pfn += 1ULL << order;
	}
	for (unsigned int i = 0; i < 8; i++) {
		pfn = rnd(r, PAGES);
		/* Inside a free block it may put the block in doubt. */
		if (r->built[pfn] == 1 + VMS_CLASS_FREE)
			continue;
		world_flag(&r->world, pfn, FLAG_HWPOISON);
		r->poisoned[pfn] = true;
	}
}

/* Is a page of that class left out at the level? */
static bool at_level(unsigned int level, unsigned int c)
{
	switch (c) {
	case VMS_CLASS_CACHE:
		return level & (2 | 4);
	case VMS_CLASS_CACHE_PRIVATE:
		return level & 4;
	case VMS_CLASS_USER:
		return level & 8;
	case VMS_CLASS_FREE:
		return level & 16;
	default:
		return true;
	}
}

/*
 * A hugetlb head that is poisoned after the fact takes all its pages along,
 * which the array does not know: such a page may go as well.
 */
static bool hugetlb_poison(struct random_world *r, vms_pfn_t pfn)
{
	struct vms_page_view view;

	for (unsigned int order = 1; order <= 10; order++) {
		vms_pfn_t head = pfn & ~((1ULL << order) - 1);

		vms_page_decode(r->world.layout, world_at(&r->world, head),
				&view);
		if (!(view.bits & VMS_PAGE_HEAD) ||
		    !(view.bits & VMS_PAGE_HWPOISON))
			continue;
		vms_page_decode_second(r->world.layout,
				       world_at(&r->world, head + 1), &view);
		if (view.bits & VMS_PAGE_HUGETLB && view.order >= order)
			return true;
	}
	return false;
}

static void check_sound(struct random_world *r, unsigned int level)
{
	for (vms_pfn_t pfn = 0; pfn < PAGES; pfn++) {
		bool gone = !world_kept(&r->world, pfn);
		bool wanted = r->poisoned[pfn] || hugetlb_poison(r, pfn) ||
			      (r->built[pfn] &&
			       at_level(level, r->built[pfn] - 1U));

		if (gone != wanted)
			fail_msg("page %d of class %d is %s at level %u",
				 (int)pfn, r->built[pfn] - 1,
				 gone ? "left out" : "kept", level);
	}
}

static void test_sound_machines(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 400; seed++) {
		struct random_world r;
		unsigned int level;

		open_random(&r, seed);
		level = (unsigned int)rnd(&r, 32);
		world_scan(&r.world, level, 1 + rnd(&r, PAGES));
		check_sound(&r, level);
		for (int d = 0; d < VMS_NR_DOUBTS; d++)
			assert_int_equal(r.world.counts.doubted[d], 0);
		world_close(&r.world);
	}
}

/* ---- what may be left out, page by page, from nothing but the array ---- */

static bool tail_of(const struct world *w, vms_pfn_t pfn, vms_pfn_t head)
{
	return vms_page_is_tail_of(w->layout, w->structs + pfn * WORLD_STRUCT,
				   w->map + pfn * WORLD_STRUCT,
				   w->map + head * WORLD_STRUCT);
}

/* Order that the head's rule means, or -1: cannot be. */
static int order_at(const struct world *w, const struct vms_filter *rule,
		    vms_pfn_t head, const struct vms_page_view *view)
{
	uint64_t order = 0;

	if (rule->extent == VMS_EXTENT_FREE)
		order = view->order;
	if (rule->extent == VMS_EXTENT_MAX_ORDER)
		order = 10;
	if (rule->extent == VMS_EXTENT_COMPOUND && view->bits & VMS_PAGE_HEAD)
		order = view->order ? view->order : 99;
	if (order > 10 || head % (1ULL << order) ||
	    head + (1ULL << order) > w->count)
		return -1;
	if (!order)
		return 0;
	if (rule->extent == VMS_EXTENT_COMPOUND)
		return tail_of(w, head + 1, head) &&
				       tail_of(w, head + (1U << order) - 1,
					       head) ?
			       (int)order :
			       -1;
	for (vms_pfn_t step = 1; step < 1ULL << order; step *= 2)
		if (!vms_page_is_free_inner(w->layout,
					    w->structs + (head + step) *
								 WORLD_STRUCT))
			return -1;
	return (int)order;
}

static bool head_allows(const struct world *w, unsigned int level,
			vms_pfn_t head, vms_pfn_t pfn)
{
	struct vms_page_view view;
	size_t count;
	const struct vms_filter *const *rules = vms_filters(&count);

	vms_page_decode(w->layout, w->structs + head * WORLD_STRUCT, &view);
	if (view.bits & VMS_PAGE_HEAD && head + 1 < w->count)
		vms_page_decode_second(w->layout,
				       w->structs + (head + 1) * WORLD_STRUCT,
				       &view);
	if (view.bits & VMS_PAGE_IMPLAUSIBLE)
		return false;
	for (size_t i = 0; i < count; i++) {
		int order;

		if (!vms_level_has(level, rules[i]) ||
		    !rules[i]->match(&view) ||
		    (view.bits & VMS_PAGE_TAIL && !rules[i]->on_tails))
			continue;
		order = order_at(w, rules[i], head, &view);
		if (order >= 0 && pfn - head < 1ULL << order)
			return true;
	}
	return false;
}

static bool allowed(const struct world *w, unsigned int level, vms_pfn_t pfn)
{
	for (unsigned int order = 0; order <= 10; order++)
		if (head_allows(w, level, pfn & ~((1ULL << order) - 1), pfn))
			return true;
	return false;
}

static void damage(struct random_world *r)
{
	uint64_t hits = 1 + rnd(r, 40);

	while (hits--) {
		vms_pfn_t pfn = rnd(r, PAGES);
		uint8_t *page = world_at(&r->world, pfn);

		switch (rnd(r, 6)) {
		case 0:
			page[rnd(r, WORLD_STRUCT)] = (uint8_t)rnd(r, 256);
			break;
		case 1:
			page[rnd(r, WORLD_STRUCT)] ^= (uint8_t)(1 << rnd(r, 8));
			break;
		case 2:
			memcpy(page, world_at(&r->world, rnd(r, PAGES)),
			       WORLD_STRUCT);
			break;
		case 3:
			world_used(&r->world, pfn);
			break;
		case 4:
			world_put64(&r->world, pfn, AT_PRIVATE, rnd(r, 16));
			break;
		default:
			for (size_t i = 0; i < WORLD_STRUCT; i++)
				page[i] = (uint8_t)rnd(r, 256);
			break;
		}
	}
}

static void need_some(struct random_world *r)
{
	for (unsigned int i = 0; i < 4; i++) {
		vms_pfn_t start = rnd(r, PAGES);
		vms_pfn_t end = start + 1 + rnd(r, 20);

		assert_true(vms_pageset_add(
			r->world.needed,
			(struct vms_pfn_range){ start, end < PAGES ? end :
								     PAGES }));
	}
}

static void test_damaged_machines(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 800; seed++) {
		struct random_world r;
		unsigned int level;

		open_random(&r, seed);
		damage(&r);
		if (rnd(&r, 2))
			need_some(&r);
		level = (unsigned int)rnd(&r, 32);
		r.world.off = rnd(&r, 3) ? 0 : (unsigned int)rnd(&r, 128);
		world_scan(&r.world, level, 1 + rnd(&r, PAGES));
		for (vms_pfn_t pfn = 0; pfn < PAGES; pfn++)
			if (!world_kept(&r.world, pfn) &&
			    !allowed(&r.world, level, pfn))
				fail_msg("seed %d: page %d left out",
					 (int)seed, (int)pfn);
		world_close(&r.world);
	}
}

/* The size of the chunks changes nothing. */
static void test_chunks_do_not_matter(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct random_world r;
		struct vms_class_counts whole;

		open_random(&r, seed);
		damage(&r);
		world_scan(&r.world, 31, PAGES);
		whole = r.world.counts;
		world_scan(&r.world, 31, 64 * (1 + rnd(&r, 20)));
		assert_memory_equal(&whole, &r.world.counts, sizeof(whole));
		world_close(&r.world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sound_machines),
		cmocka_unit_test(test_damaged_machines),
		cmocka_unit_test(test_chunks_do_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
