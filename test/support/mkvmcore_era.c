// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How a kernel marks its pages: rows, each with the VMCOREINFO key that shows
 * it is in use. Knows the fields of struct page, not the states pages have.
 */
#include "mkvmcore_priv.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/** Keys that place a field, newest name first. */
struct place_row {
	enum mkv_field field;
	const char *key;
	unsigned add, width;
};

static const struct place_row place_rows[] = {
	{ MKV_P_FLAGS, "OFFSET(page.flags)", 0, 8 },
	{ MKV_P_MAPPING, "OFFSET(page.mapping)", 0, 8 },
	{ MKV_P_PRIVATE, "OFFSET(page.private)", 0, 8 },
	{ MKV_P_MAPCOUNT, "OFFSET(page._mapcount)", 0, 4 },
	// 4.7 (0139aa7b7fa1) renamed _count
	{ MKV_P_REFCOUNT, "OFFSET(page._refcount)", 0, 4 },
	{ MKV_P_REFCOUNT, "OFFSET(page._count)", 0, 4 },
	{ MKV_P_LRU_NEXT, "OFFSET(page.lru)", 0, 8 },
	{ MKV_P_LRU_PREV, "OFFSET(page.lru)", 8, 8 },
	// 7.1 (d50569612c29) renamed compound_head
	{ MKV_P_COMPOUND, "OFFSET(page.compound_info)", 0, 8 },
	{ MKV_P_COMPOUND, "OFFSET(page.compound_head)", 0, 8 },
};

/** A way to mark something, chosen by @witness or by "encoding mark.X NAME". */
struct mark_row {
	const char *name, *witness;
};

enum { HUGETLB_TYPE, HUGETLB_FLAG, HUGETLB_DTOR, HUGETLB_POINTER };
static const struct mark_row hugetlb_rows[] = {
	// 6.9 (d99e3140a4d3): a page type of the head
	{ "type", "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)" },
	// 6.6 (9c5ccf2db04b): a flag of the second page
	{ "second-flag", "NUMBER(PG_hugetlb)" },
	// 4.4 (f1e61557f023): index of the destructor, in the second page
	{ "dtor-value", "NUMBER(HUGETLB_PAGE_DTOR)" },
	// before: address of the destructor in the second page's lru.next
	{ "dtor-pointer", "SYMBOL(free_huge_page)" },
};

enum { ORDER_FLAGS, ORDER_FLAGS_TOO, ORDER_FOLIO, ORDER_PAGE, ORDER_LRU };
static const struct mark_row order_rows[] = {
	// 6.6 (ebc1baf5c9b4): low byte of the second page's flags
	{ "second-flags", "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)" },
	{ "second-flags", "NUMBER(PG_hugetlb)" },
	// 6.3 (1c5509be58f6): struct folio, counted from the head
	{ "folio", "OFFSET(folio._folio_order)" },
	// 4.4 (f1e61557f023), bytes since 4.16
	{ "page", "OFFSET(page.compound_order)" },
	// before: lru.prev of the second page
	{ "lru", "OFFSET(page.lru)" },
};

enum { TAIL_MASK, TAIL_INFO, TAIL_HEAD, TAIL_FLAG };
static const struct mark_row tail_rows[] = {
	// 7.1 with vmemmap optimisation: a mask that leads to the head
	{ "mask", "mark.tail-mask" },
	{ "head", "OFFSET(page.compound_info)" },
	// 4.4 (1d798ca3f164): the head's address, bit 0 set
	{ "head", "OFFSET(page.compound_head)" },
	// before: a flag, the head's address where private is
	{ "flag", "NUMBER(PG_tail)" },
};

enum { SLAB_TYPE, SLAB_FLAG };
static const struct mark_row slab_rows[] = {
	// 6.10 (46df8e73a4a3)
	{ "type", "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)" },
	{ "flag", "NUMBER(PG_slab)" },
};

/** Values of _mapcount that are a type, by the names states use. */
static const struct {
	const char *name, *key;
} types[] = {
	{ "buddy", "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)" },
	{ "offline", "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)" },
	{ "hugetlb", "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)" },
	{ "slab", "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)" },
	{ "unaccepted", "NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)" },
	{ "table", "NUMBER(PAGE_TABLE_MAPCOUNT_VALUE)" },
	{ "guard", "NUMBER(PAGE_GUARD_MAPCOUNT_VALUE)" },
	{ "zsmalloc", "NUMBER(PAGE_ZSMALLOC_MAPCOUNT_VALUE)" },
	{ "kmemcg", "NUMBER(PAGE_KMEMCG_MAPCOUNT_VALUE)" },
	{ "large-kmalloc", "NUMBER(PAGE_LARGE_KMALLOC_MAPCOUNT_VALUE)" },
};

void mkv_page_set(struct mkv_page *p, enum mkv_field field, uint64_t v)
{
	p->v[field] = v;
	p->set |= 1u << field;
}

static unsigned pick(const struct mkv_desc *d, const struct mark_row *rows,
		     unsigned n, const char *forced)
{
	const char *name = mkv_line_get(&d->encodings, forced);
	uint64_t v;

	for (unsigned i = 0; i < n; i++) {
		if (name ? !strcmp(rows[i].name, name) :
		    mkv_fact(d, rows[i].witness, &v))
			return i;
	}
	return n;
}

/** Order and destructor lie in the second page, in a width of their time. */
static void place_compound(struct mkv_desc *d)
{
	struct mkv_era *e = &d->era;
	uint64_t dtor, order;

	if (e->order == ORDER_FOLIO) {
		if (mkv_fact(d, "OFFSET(folio._folio_order)", &order))
			e->place[MKV_P_ORDER] = (struct mkv_place)
				{ order - e->page_size, 1 };
		if (mkv_fact(d, "OFFSET(folio._folio_dtor)", &dtor))
			e->place[MKV_P_DTOR] = (struct mkv_place)
				{ dtor - e->page_size, 1 };
		return;
	}
	if (!mkv_fact(d, "OFFSET(page.compound_order)", &order) ||
	    !mkv_fact(d, "OFFSET(page.compound_dtor)", &dtor))
		return;
	e->place[MKV_P_ORDER] = (struct mkv_place)
		{ order, order > dtor ? (unsigned)(order - dtor) : 1 };
	e->place[MKV_P_DTOR] = (struct mkv_place)
		{ dtor, e->place[MKV_P_ORDER].width };
}

int mkv_era_init(struct mkv_desc *d)
{
	struct mkv_era *e = &d->era;
	uint64_t v;

	if (e->ready)
		return 0;
	if (mkv_fact_need(d, "SIZE(page)", &e->page_size))
		return -1;
	if (e->page_size < 16 || e->page_size > 4096)
		return mkv_fail(d, "SIZE(page) is not 16 to 4096");
	for (size_t i = 0; i < COUNT(place_rows); i++) {
		const struct place_row *r = &place_rows[i];

		if (!e->place[r->field].width && mkv_fact(d, r->key, &v))
			e->place[r->field] = (struct mkv_place)
				{ v + r->add, r->width };
	}
	e->hugetlb = pick(d, hugetlb_rows, COUNT(hugetlb_rows),
			  "mark.hugetlb");
	e->order = pick(d, order_rows, COUNT(order_rows), "mark.order");
	e->tail = pick(d, tail_rows, COUNT(tail_rows), "mark.tail");
	e->slab = pick(d, slab_rows, COUNT(slab_rows), "mark.slab");
	place_compound(d);
	for (size_t i = 0; i < MKV_P_FIELDS; i++) {
		const struct mkv_place *p = &e->place[i];

		if (p->width && p->offset + p->width > e->page_size)
			return mkv_fail(d, "a field of struct page lies "
					"outside its SIZE(page)");
	}
	e->ready = true;
	return 0;
}

int mkv_era_flag(struct mkv_desc *d, const char *name, size_t len,
		 uint64_t *mask_ret)
{
	char key[64];
	uint64_t bit;

	if (len == 4 && !strncmp(name, "head", 4) &&
	    mkv_fact(d, "NUMBER(PG_head_mask)", mask_ret))
		return 0;
	snprintf(key, sizeof(key), "NUMBER(PG_%.*s)", (int)len, name);
	if (mkv_fact_need(d, key, &bit))
		return -1;
	if (bit > 63)
		return mkv_fail(d, "%s is above 63", key);
	*mask_ret = 1ull << bit;
	return 0;
}

int mkv_era_type(struct mkv_desc *d, const char *name, uint64_t *ret)
{
	for (size_t i = 0; i < COUNT(types); i++) {
		if (!strcmp(types[i].name, name))
			return mkv_fact_need(d, types[i].key, ret);
	}
	return mkv_fail(d, "no page type '%s'", name);
}

int mkv_era_slab(struct mkv_desc *d, struct mkv_page *p)
{
	uint64_t v;

	if (d->era.slab == SLAB_TYPE) {
		if (mkv_era_type(d, "slab", &v))
			return -1;
		mkv_page_set(p, MKV_P_MAPCOUNT, v);
		return 0;
	}
	if (mkv_era_flag(d, "slab", 4, &v))
		return -1;
	p->v[MKV_P_FLAGS] |= v;
	return 0;
}

int mkv_era_hugetlb(struct mkv_desc *d, struct mkv_page *head,
		    struct mkv_page *second)
{
	uint64_t v;

	switch (d->era.hugetlb) {
	case HUGETLB_TYPE:
		if (mkv_era_type(d, "hugetlb", &v))
			return -1;
		mkv_page_set(head, MKV_P_MAPCOUNT, v);
		return 0;
	case HUGETLB_FLAG:
		if (mkv_era_flag(d, "hugetlb", 7, &v))
			return -1;
		second->v[MKV_P_FLAGS] |= v;
		return 0;
	case HUGETLB_DTOR:
		if (mkv_fact_need(d, "NUMBER(HUGETLB_PAGE_DTOR)", &v))
			return -1;
		mkv_page_set(second, MKV_P_DTOR, v);
		return 0;
	case HUGETLB_POINTER:
		if (mkv_fact_need(d, "SYMBOL(free_huge_page)", &v))
			return -1;
		mkv_page_set(second, MKV_P_LRU_NEXT, v);
		return 0;
	}
	return mkv_fail(d, "this kernel has no known mark of hugetlb pages");
}

int mkv_era_order(struct mkv_desc *d, struct mkv_page *second, uint64_t order)
{
	switch (d->era.order) {
	case ORDER_FLAGS:
	case ORDER_FLAGS_TOO:
		second->v[MKV_P_FLAGS] |= order & 0xff;
		return 0;
	case ORDER_FOLIO:
	case ORDER_PAGE:
		mkv_page_set(second, MKV_P_ORDER, order);
		return 0;
	case ORDER_LRU:
		mkv_page_set(second, MKV_P_LRU_PREV, order);
		return 0;
	}
	return mkv_fail(d, "this kernel has no known place of the order");
}

int mkv_era_tail(struct mkv_desc *d, struct mkv_page *p, uint64_t head_vaddr,
		 uint64_t order)
{
	uint64_t v;

	switch (d->era.tail) {
	case TAIL_MASK:
		v = 0 - (d->era.page_size << order);
		mkv_page_set(p, MKV_P_COMPOUND, v | 1);
		return 0;
	case TAIL_INFO:
	case TAIL_HEAD:
		mkv_page_set(p, MKV_P_COMPOUND, head_vaddr | 1);
		return 0;
	case TAIL_FLAG:
		if (mkv_era_flag(d, "tail", 4, &v))
			return -1;
		p->v[MKV_P_FLAGS] |= v;
		mkv_page_set(p, MKV_P_PRIVATE, head_vaddr);
		return 0;
	}
	return mkv_fail(d, "this kernel has no known mark of tail pages");
}
