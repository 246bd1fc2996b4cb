// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page states by name and the struct pages they are written as, one block at
 * a time. Knows states; how a kernel marks them is mkvmcore_era.c's.
 */
#include "mkvmcore_priv.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MAPCOUNT_NONE 0xffffffffull	// -1: not mapped, no type

enum mapping { NO_MAPPING, FILE_MAPPING, ANON_MAPPING, KSM_MAPPING,
	       ODD_MAPPING };

/** A state: what its pages hold, and the class they belong to. */
struct mkv_state {
	const char *name;
	enum mkv_class class;
	enum mkv_shape shape;
	enum mapping mapping;
	const char *flags;	// names, each must be known to the kernel
	const char *type;	// of _mapcount, or NULL for @mapcount
	uint64_t mapcount, refcount;
};

static const struct mkv_state states[] = {
	{ "used", MKV_KEEP, MKV_SINGLE, NO_MAPPING, "", NULL, MAPCOUNT_NONE, 1 },
	{ "reserved", MKV_KEEP, MKV_SINGLE, NO_MAPPING, "reserved", NULL,
	  MAPCOUNT_NONE, 1 },
	// on a per-CPU list: free, but no buddy page
	{ "pcp", MKV_KEEP, MKV_SINGLE, NO_MAPPING, "", NULL, MAPCOUNT_NONE, 0 },
	{ "free", MKV_FREE, MKV_BUDDY, NO_MAPPING, "", "buddy", 0, 0 },
	{ "anon", MKV_USER, MKV_COMPOUND, ANON_MAPPING, "lru swapbacked", NULL,
	  0, 1 },
	{ "anon swapcache", MKV_USER, MKV_COMPOUND, ANON_MAPPING,
	  "lru swapbacked swapcache", NULL, 0, 2 },
	{ "thp", MKV_USER, MKV_COMPOUND, ANON_MAPPING, "lru swapbacked", NULL,
	  MAPCOUNT_NONE, 1 },
	{ "ksm", MKV_USER, MKV_SINGLE, KSM_MAPPING, "lru swapbacked", NULL, 3, 4 },
	{ "cache", MKV_CACHE, MKV_COMPOUND, FILE_MAPPING, "lru", NULL,
	  MAPCOUNT_NONE, 2 },
	{ "cache private", MKV_CACHE_PRIVATE, MKV_COMPOUND, FILE_MAPPING,
	  "lru private", NULL, MAPCOUNT_NONE, 3 },
	{ "swapcache", MKV_CACHE, MKV_SINGLE, FILE_MAPPING, "swapcache swapbacked",
	  NULL, MAPCOUNT_NONE, 2 },
	{ "shmem", MKV_CACHE, MKV_COMPOUND, FILE_MAPPING, "lru swapbacked", NULL,
	  MAPCOUNT_NONE, 2 },
	{ "hugetlb", MKV_USER, MKV_HUGETLB, FILE_MAPPING, "", NULL, MAPCOUNT_NONE,
	  1 },
	{ "slab", MKV_KEEP, MKV_COMPOUND, FILE_MAPPING, "", "slab",
	  MAPCOUNT_NONE, 1 },
	// what a slab keeps where other pages keep their mapping may be odd
	{ "slab odd", MKV_KEEP, MKV_COMPOUND, ODD_MAPPING, "", "slab",
	  MAPCOUNT_NONE, 1 },
	{ "table", MKV_KEEP, MKV_SINGLE, NO_MAPPING, "", "table", 0, 1 },
	{ "guard", MKV_KEEP, MKV_SINGLE, NO_MAPPING, "", "guard", 0, 1 },
	{ "zsmalloc", MKV_KEEP, MKV_SINGLE, NO_MAPPING, "private", "zsmalloc", 0,
	  1 },
	{ "kmemcg", MKV_KEEP, MKV_SINGLE, NO_MAPPING, "", "kmemcg", 0, 1 },
	{ "large-kmalloc", MKV_KEEP, MKV_COMPOUND, NO_MAPPING, "",
	  "large-kmalloc", 0, 1 },
	{ "compound", MKV_KEEP, MKV_COMPOUND, NO_MAPPING, "", NULL, MAPCOUNT_NONE,
	  1 },
	{ "hwpoison", MKV_HWPOISON, MKV_SINGLE, NO_MAPPING, "hwpoison", NULL,
	  MAPCOUNT_NONE, 1 },
	{ "offline", MKV_OFFLINE, MKV_SINGLE, NO_MAPPING, "", "offline", 0, 1 },
	{ "unaccepted", MKV_UNACCEPTED, MKV_MAX_ORDER, NO_MAPPING, "",
	  "unaccepted", 0, 0 },
};

const struct mkv_memmap *mkv_memmap_find(struct mkv_desc *d, uint64_t pfn)
{
	for (size_t i = 0; i < d->nmaps; i++) {
		if (pfn >= d->maps[i].start && pfn < d->maps[i].end)
			return &d->maps[i];
	}
	mkv_fail(d, "page %llu has no memmap", (unsigned long long)pfn);
	return NULL;
}

int mkv_page_vaddr(struct mkv_desc *d, uint64_t pfn, uint64_t *ret)
{
	const struct mkv_memmap *m = mkv_memmap_find(d, pfn);

	if (!m)
		return -1;
	*ret = m->vaddr + (pfn - m->start) * d->era.page_size;
	return 0;
}

/** Writes the struct page of @pfn; the fields not in @p become zero. */
int mkv_page_put(struct mkv_desc *d, uint64_t pfn, const struct mkv_page *p)
{
	const struct mkv_memmap *m = mkv_memmap_find(d, pfn);
	uint8_t raw[4096] = { 0 };

	if (!m)
		return -1;
	for (unsigned i = 0; i < MKV_P_FIELDS; i++) {
		const struct mkv_place *pl = &d->era.place[i];

		if (p->set & 1u << i && pl->width)
			mkv_put(d, raw + pl->offset, pl->width, p->v[i]);
	}
	return mkv_mem_write(d, m->paddr + (pfn - m->start) * d->era.page_size,
			     raw, d->era.page_size);
}

/** Sets @flags, a list of names, in the page. */
static int add_flags(struct mkv_desc *d, struct mkv_page *p, const char *flags)
{
	while (*flags) {
		size_t len = strcspn(flags, " ,");
		uint64_t mask;

		if (mkv_era_flag(d, flags, len, &mask))
			return -1;
		p->v[MKV_P_FLAGS] |= mask;
		flags += len + strspn(flags + len, " ,");
	}
	return 0;
}

static uint64_t base_flags(const struct mkv_desc *d)
{
	uint64_t v = 0;

	mkv_fact(d, "base-flags", &v);	// node and zone bits, if any
	return v;
}

static uint64_t mapping_value(const struct mkv_desc *d, enum mapping kind,
			      uint64_t pfn)
{
	uint64_t object = 0xffff888000100000ull;

	mkv_fact(d, "object-vaddr", &object);
	object += pfn % 64 * 64;
	switch (kind) {
	case NO_MAPPING: return 0;
	case FILE_MAPPING: return object;
	case ANON_MAPPING: return object | 1;
	case KSM_MAPPING: return object | 3;
	case ODD_MAPPING: return pfn * 2 + 5;
	}
	return 0;
}

/** The head, or only, page of a state. */
static int make_head(struct mkv_desc *d, const struct mkv_state *s, uint64_t pfn,
		     const char *with, struct mkv_page *p)
{
	uint64_t type;

	memset(p, 0, sizeof(*p));
	mkv_page_set(p, MKV_P_FLAGS, base_flags(d));
	mkv_page_set(p, MKV_P_MAPCOUNT, s->mapcount);
	mkv_page_set(p, MKV_P_REFCOUNT, s->refcount);
	if (s->mapping)
		mkv_page_set(p, MKV_P_MAPPING,
			     mapping_value(d, s->mapping, pfn));
	if (s->type && !strcmp(s->type, "slab")) {
		if (mkv_era_slab(d, p))
			return -1;
	} else if (s->type) {
		if (mkv_era_type(d, s->type, &type))
			return -1;
		mkv_page_set(p, MKV_P_MAPCOUNT, type);
	}
	return add_flags(d, p, s->flags) || add_flags(d, p, with) ? -1 : 0;
}

/** Every page but the head of a free, unaccepted or compound range. */
void mkv_page_rest(const struct mkv_desc *d, struct mkv_page *p)
{
	memset(p, 0, sizeof(*p));
	mkv_page_set(p, MKV_P_FLAGS, base_flags(d));
	mkv_page_set(p, MKV_P_MAPCOUNT, MAPCOUNT_NONE);
	mkv_page_set(p, MKV_P_REFCOUNT, 0);
}

static int put_rest(struct mkv_desc *d, uint64_t start, uint64_t end)
{
	struct mkv_page p;

	mkv_page_rest(d, &p);
	for (uint64_t pfn = start; pfn < end; pfn++) {
		if (mkv_page_put(d, pfn, &p))
			return -1;
	}
	return 0;
}

static int put_compound(struct mkv_desc *d, struct mkv_page *head,
			uint64_t pfn, uint64_t order, bool hugetlb)
{
	struct mkv_page p, second;
	uint64_t vaddr, tail_mapping = 0;

	mkv_page_rest(d, &p);
	if (mkv_page_vaddr(d, pfn, &vaddr) || add_flags(d, head, "head") ||
	    mkv_era_tail(d, &p, vaddr, order))
		return -1;
	second = p;
	if (mkv_era_order(d, &second, order) ||
	    (hugetlb && mkv_era_hugetlb(d, head, &second)))
		return -1;
	if (mkv_page_put(d, pfn, head) || mkv_page_put(d, pfn + 1, &second))
		return -1;
	if (mkv_fact(d, "tail-mapping", &tail_mapping))
		mkv_page_set(&p, MKV_P_MAPPING, tail_mapping);
	for (uint64_t i = 2; i < 1ull << order; i++) {
		if (mkv_page_put(d, pfn + i, &p))
			return -1;
	}
	return 0;
}

/** One block of 2^order pages in a state. */
int mkv_state_put(struct mkv_desc *d, const struct mkv_state *s, uint64_t pfn,
		  uint64_t order, const char *with)
{
	struct mkv_page p;

	if (make_head(d, s, pfn, with, &p))
		return -1;
	if (s->shape == MKV_BUDDY)
		mkv_page_set(&p, MKV_P_PRIVATE, order);
	if (order && (s->shape == MKV_COMPOUND || s->shape == MKV_HUGETLB))
		return put_compound(d, &p, pfn, order, s->shape == MKV_HUGETLB);
	return mkv_page_put(d, pfn, &p) ||
	       put_rest(d, pfn + 1, pfn + (1ull << order)) ? -1 : 0;
}

int mkv_pages_init(struct mkv_desc *d, uint64_t start, uint64_t end)
{
	if (mkv_era_init(d))
		return -1;
	for (uint64_t pfn = start; pfn < end; pfn++) {
		if (mkv_state_put(d, &states[0], pfn, 0, ""))
			return -1;
	}
	return mkv_truth_add(d, start, end, states[0].class);
}

const struct mkv_state *mkv_state_find(const char *name)
{
	for (size_t i = 0; i < COUNT(states); i++) {
		if (!strcmp(states[i].name, name))
			return &states[i];
	}
	return NULL;
}

const char *mkv_state_name(const struct mkv_state *s)
{
	return s->name;
}

enum mkv_shape mkv_state_shape(const struct mkv_state *s)
{
	return s->shape;
}

enum mkv_class mkv_state_class(const struct mkv_state *s)
{
	return s->class;
}
