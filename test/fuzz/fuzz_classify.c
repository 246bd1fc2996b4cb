// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The classifier over struct pages that the input draws: sound states, fields
 * of them overwritten, raw bytes. The oracle decodes the bytes by itself and
 * looks at every page alone: what is left out must have a reason there.
 */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/endian.h>
#include <vmsieve/filter.h>
#include <vmsieve/kernel.h>
#include <vmsieve/pageset.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): the oracle must work in builds without it. */
#define CHECK(expr)                                                            \
	do {                                                                   \
		if (!(expr))                                                   \
			abort();                                               \
	} while (0)

#define MAX_PAGES 1088U
#define MIN_SIZE 56U
#define MAP 0xffffea0000000000ULL

#define COMMON                                                                 \
	"OSRELEASE=6.0.0\nPAGESIZE=4096\n"                                    \
	"OFFSET(page.flags)=0\nOFFSET(page._refcount)=52\n"                    \
	"OFFSET(page.mapping)=24\nOFFSET(page.lru)=8\n"                        \
	"OFFSET(page._mapcount)=48\nOFFSET(page.private)=40\n"                 \
	"LENGTH(zone.free_area)=11\nSYMBOL(_stext)=ffffffff81000000\n"
#define FLAGS_OLD                                                              \
	"NUMBER(PG_lru)=4\nNUMBER(PG_private)=13\nNUMBER(PG_swapcache)=10\n"   \
	"NUMBER(PG_swapbacked)=19\nNUMBER(PG_slab)=9\n"                        \
	"NUMBER(PG_hwpoison)=23\nNUMBER(PG_head_mask)=65536\n"                 \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"                             \
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n"
#define FLAGS_NEW                                                              \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=14\nNUMBER(PG_swapcache)=10\n"   \
	"NUMBER(PG_swapbacked)=17\nNUMBER(PG_hwpoison)=21\n"                   \
	"NUMBER(PG_head_mask)=64\n"                                            \
	"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"                        \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"                       \
	"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n"                     \
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"                     \
	"NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-150994944\n"

/* What the oracle knows of a kernel. */
struct kind {
	const char *text;
	size_t size;		/* of struct page */
	bool typed;		/* types are in the top byte */
	bool mask;		/* tails hold a mask */
	bool no_tails;		/* tails cannot be told */
	int order_at;		/* byte in the second page */
	unsigned int lru, private, swapcache, swapbacked, hwpoison, head, slab;
};

static const struct kind kinds[] = {
	{ COMMON FLAGS_OLD "SIZE(page)=64\n"
	  "OFFSET(page.compound_dtor)=16\nOFFSET(page.compound_order)=17\n"
	  "OFFSET(page.compound_head)=8\nNUMBER(HUGETLB_PAGE_DTOR)=2\n",
	  64, false, false, false, 17, 4, 13, 10, 19, 23, 16, 9 },
	{ COMMON FLAGS_OLD "SIZE(page)=64\n"
	  "OFFSET(page.compound_head)=8\nNUMBER(PG_hugetlb)=8\n",
	  64, false, false, false, 0, 4, 13, 10, 19, 23, 16, 9 },
	{ COMMON FLAGS_NEW "SIZE(page)=64\nOFFSET(page.compound_head)=8\n",
	  64, true, false, false, 0, 5, 14, 10, 17, 21, 6, 64 },
	{ COMMON FLAGS_NEW "SIZE(page)=64\nOFFSET(page.compound_info)=8\n",
	  64, true, true, false, 0, 5, 14, 10, 17, 21, 6, 64 },
	/* Sizes that do not divide a page. */
	{ COMMON FLAGS_NEW "SIZE(page)=80\nOFFSET(page.compound_head)=8\n",
	  80, true, false, false, 0, 5, 14, 10, 17, 21, 6, 64 },
	{ COMMON FLAGS_NEW "SIZE(page)=56\nOFFSET(page.compound_info)=8\n",
	  56, true, false, false, 0, 5, 14, 10, 17, 21, 6, 64 },
	/* Facts are missing. */
	{ COMMON FLAGS_NEW "SIZE(page)=64\n",
	  64, true, false, true, 0, 5, 14, 10, 17, 21, 6, 64 },
	{ COMMON "SIZE(page)=64\nNUMBER(PG_hwpoison)=23\n"
	  "OFFSET(page.compound_head)=8\n",
	  64, false, false, false, 0, 64, 64, 64, 64, 23, 64, 64 },
};

struct machine {
	const struct kind *kind;
	size_t count;
	uint8_t *structs;
	struct vms_pfn_range hole;
	vms_pfn_t border;
	unsigned int level;
	unsigned int off;
};

struct input {
	const uint8_t *data;
	size_t size;
};

static uint64_t take(struct input *in, size_t bytes)
{
	uint64_t v = 0;

	while (bytes-- && in->size) {
		v = v << 8 | *in->data++;
		in->size--;
	}
	return v;
}

/* ---- drawing the machine ---- */

static uint8_t *page_at(const struct machine *m, vms_pfn_t pfn)
{
	return m->structs + pfn * m->kind->size;
}

static vms_vaddr_t vaddr_of(const struct machine *m, vms_pfn_t pfn)
{
	return MAP + pfn * m->kind->size;
}

static void put32(struct machine *m, vms_pfn_t pfn, size_t at, uint32_t v)
{
	vms_put_u32(page_at(m, pfn) + at, v, VMS_LITTLE_ENDIAN);
}

static void put64(struct machine *m, vms_pfn_t pfn, size_t at, uint64_t v)
{
	vms_put_u64(page_at(m, pfn) + at, v, VMS_LITTLE_ENDIAN);
}

static uint32_t u32_at(const struct machine *m, vms_pfn_t pfn, size_t at)
{
	return vms_get_u32(page_at(m, pfn) + at, VMS_LITTLE_ENDIAN);
}

static uint64_t u64_at(const struct machine *m, vms_pfn_t pfn, size_t at)
{
	return vms_get_u64(page_at(m, pfn) + at, VMS_LITTLE_ENDIAN);
}

static void put_used(struct machine *m, vms_pfn_t pfn, uint32_t refcount)
{
	memset(page_at(m, pfn), 0, m->kind->size);
	put64(m, pfn, 0, 0x17ffffc0000000ULL);
	put32(m, pfn, 48, UINT32_MAX);
	put32(m, pfn, 52, refcount);
}

static void add_flag(struct machine *m, vms_pfn_t pfn, unsigned int bit)
{
	if (bit < 64)
		put64(m, pfn, 0, u64_at(m, pfn, 0) | 1ULL << bit);
}

static void put_compound(struct machine *m, vms_pfn_t pfn, unsigned int order)
{
	uint64_t link = m->kind->mask ? ~((m->kind->size << order) - 1) :
					vaddr_of(m, pfn);

	put_used(m, pfn, 1);
	add_flag(m, pfn, m->kind->head);
	for (vms_pfn_t i = pfn + 1; i < pfn + (1ULL << order); i++) {
		if (i >= m->count)
			return;
		put_used(m, i, 0);
		put64(m, i, 8, link | 1);
	}
	if (pfn + 1 < m->count)
		page_at(m, pfn + 1)[m->kind->order_at] = (uint8_t)order;
}

static void put_free(struct machine *m, vms_pfn_t pfn, unsigned int order)
{
	for (vms_pfn_t i = pfn; i < pfn + (1ULL << order) && i < m->count; i++)
		put_used(m, i, 0);
	put32(m, pfn, 48, m->kind->typed ? 0xf0000000U : 0xffffff7fU);
	put64(m, pfn, 40, order);
}

/* Page states in the order of the op codes of draw(). */
static void put_state(struct machine *m, unsigned int op, vms_pfn_t pfn,
		      unsigned int arg)
{
	bool typed = m->kind->typed;

	switch (op) {
	case 0:
		put_free(m, pfn, arg % 11);
		break;
	case 1:
		put_compound(m, pfn, arg % 11);
		break;
	case 2:
		put64(m, pfn, 24, 0xffff888012345679ULL);
		break;
	case 3:
		add_flag(m, pfn, m->kind->lru);
		break;
	case 4:
		add_flag(m, pfn, m->kind->private);
		break;
	case 5:
		add_flag(m, pfn, m->kind->hwpoison);
		break;
	case 6:
		put32(m, pfn, 48, typed ? 0xf1000000U : 0xfffffeffU);
		break;
	case 7:
		put_free(m, pfn, 10);
		put32(m, pfn, 48, 0xf7000000U);
		break;
	case 8:	/* hugetlb mark, each kernel's */
		if (typed)
			put32(m, pfn, 48, 0xf4000000U);
		else if (pfn + 1 < m->count && m->kind->order_at)
			page_at(m, pfn + 1)[16] = 2;
		else if (pfn + 1 < m->count)
			add_flag(m, pfn + 1, 8);
		break;
	default:
		put32(m, pfn, 48, typed ? 0xf5000000U | arg : 0xffffffffU - arg);
		break;
	}
}

static void draw(struct machine *m, struct input *in)
{
	while (in->size) {
		unsigned int op = (unsigned int)take(in, 1);
		vms_pfn_t pfn = take(in, 2) % m->count;
		unsigned int arg = (unsigned int)take(in, 1);
		size_t at = arg % (MIN_SIZE / 8) * 8;

		switch (op % 16) {
		case 10:
			put64(m, pfn, at, take(in, 8));
			break;
		case 11:
			page_at(m, pfn)[arg % MIN_SIZE] ^=
				(uint8_t)take(in, 1);
			break;
		case 12:
			memcpy(page_at(m, pfn),
			       page_at(m, take(in, 2) % m->count),
			       m->kind->size);
			break;
		case 13:
			put_used(m, pfn, arg);
			break;
		case 14:	/* a tail of some head */
			put64(m, pfn, 8,
			      vaddr_of(m, pfn - pfn % (1ULL << arg % 12)) | 1);
			break;
		case 15:	/* the same to the pages that follow */
			for (vms_pfn_t i = pfn + 1;
			     i < m->count && i <= pfn + arg; i++)
				memcpy(page_at(m, i), page_at(m, pfn),
				       m->kind->size);
			break;
		default:
			put_state(m, op % 16, pfn, arg);
			break;
		}
	}
}

/* ---- the oracle ---- */

static bool flag(const struct machine *m, vms_pfn_t pfn, unsigned int bit)
{
	return bit < 64 && u64_at(m, pfn, 0) >> bit & 1;
}

/* PageBuddy() and its like, as each kernel defines them. */
static bool type_is(const struct machine *m, vms_pfn_t pfn, uint32_t top,
		    uint32_t inverted)
{
	uint32_t v = u32_at(m, pfn, 48);

	if (m->kind->typed)
		return v >> 24 == top;
	return inverted && (v & (0xf0000000U | inverted)) == 0xf0000000U;
}

static bool is_tail(const struct machine *m, vms_pfn_t pfn)
{
	return !m->kind->no_tails && u64_at(m, pfn, 8) & 1;
}

static bool is_tail_of(const struct machine *m, vms_pfn_t pfn, vms_pfn_t head)
{
	uint64_t link = u64_at(m, pfn, 8);
	uint64_t vaddr = vaddr_of(m, pfn);

	if (m->kind->no_tails || !(link & 1))
		return false;
	/* 7.1 holds a mask or, without vmemmap optimisation, the address. */
	if (m->kind->mask && (vaddr & (link - 1)) == vaddr_of(m, head))
		return true;
	return link - 1 == vaddr_of(m, head);
}

static bool hugetlb(const struct machine *m, vms_pfn_t pfn)
{
	if (!flag(m, pfn, m->kind->head) || pfn + 1 >= m->count)
		return false;
	if (m->kind->typed)
		return type_is(m, pfn, 0xf4, 0);
	if (m->kind->order_at)
		return page_at(m, pfn + 1)[16] == 2;
	return flag(m, pfn + 1, 8);
}

/* Classes that may leave out this very page (not tails) at any level, but for
 * those of blocks. */
static unsigned int page_classes(const struct machine *m, vms_pfn_t pfn)
{
	const struct kind *k = m->kind;
	bool slab = k->typed ? type_is(m, pfn, 0xf5, 0) : flag(m, pfn, k->slab);
	bool anon = u64_at(m, pfn, 24) & 1 && !slab;
	bool cache = flag(m, pfn, k->lru) || (flag(m, pfn, k->swapcache) &&
					      flag(m, pfn, k->swapbacked));
	unsigned int classes = 0;

	if (anon || hugetlb(m, pfn))
		classes |= 1U << VMS_CLASS_USER;
	if (cache && !anon)
		classes |= 1U << VMS_CLASS_CACHE_PRIVATE;
	if (cache && !anon && !flag(m, pfn, k->private))
		classes |= 1U << VMS_CLASS_CACHE;
	if (type_is(m, pfn, 0xf1, 0x100))
		classes |= 1U << VMS_CLASS_OFFLINE;
	if (flag(m, pfn, k->hwpoison))
		classes |= 1U << VMS_CLASS_HWPOISON;
	return classes;
}

/* Classes that this level leaves out and that are believed. */
static unsigned int wanted_classes(const struct machine *m)
{
	unsigned int classes = 1U << VMS_CLASS_HWPOISON |
			       1U << VMS_CLASS_OFFLINE |
			       1U << VMS_CLASS_UNACCEPTED;

	if (m->level & (2 | 4))
		classes |= 1U << VMS_CLASS_CACHE;
	if (m->level & 4)
		classes |= 1U << VMS_CLASS_CACHE_PRIVATE;
	if (m->level & 8)
		classes |= 1U << VMS_CLASS_USER;
	if (m->level & 16)
		classes |= 1U << VMS_CLASS_FREE;
	return classes & ~m->off;
}

static bool in_bounds(void *ctx, struct vms_pfn_range range)
{
	const struct machine *m = ctx;

	return range.end <= m->count &&
	       !(range.start < m->border && range.end > m->border);
}

/* Is [head, head + 2^order) a free block, seen from outside? */
static bool block_fits(struct machine *m, vms_pfn_t head, uint64_t order)
{
	struct vms_pfn_range range = { head, head };

	if (order > 10 || head % (1ULL << order))
		return false;
	range.end += 1ULL << order;
	if (order && !in_bounds(m, range))
		return false;
	for (vms_pfn_t step = 1; step < 1ULL << order; step *= 2)
		if (u32_at(m, head + step, 52) ||
		    u32_at(m, head + step, 48) != UINT32_MAX)
			return false;
	return true;
}

static bool compound_fits(struct machine *m, vms_pfn_t head, uint64_t order)
{
	struct vms_pfn_range range = { head, head };

	if (!order || order > 22 || head % (1ULL << order))
		return false;
	range.end += 1ULL << order;
	return in_bounds(m, range) && is_tail_of(m, head + 1, head) &&
	       is_tail_of(m, range.end - 1, head);
}

/* Classes that may leave out pfn for what the struct page of head says. */
static unsigned int classes_from(struct machine *m, vms_pfn_t head,
				 vms_pfn_t pfn)
{
	uint64_t order = u64_at(m, head, 40);
	unsigned int classes = 0;
	unsigned int of_page = page_classes(m, head);

	if (is_tail(m, head))
		return head == pfn ? of_page & 1U << VMS_CLASS_HWPOISON : 0;
	if (type_is(m, head, 0xf0, 0x80) && block_fits(m, head, order) &&
	    pfn - head < 1ULL << order)
		classes |= 1U << VMS_CLASS_FREE;
	if (type_is(m, head, 0xf7, 0) && block_fits(m, head, 10) &&
	    pfn - head < 1024)
		classes |= 1U << VMS_CLASS_UNACCEPTED;
	if (!flag(m, head, m->kind->head))
		return head == pfn ? classes | of_page : classes;
	if (head == pfn)
		classes |= of_page & (1U << VMS_CLASS_HWPOISON |
				      (m->kind->no_tails ?
					       1U << VMS_CLASS_OFFLINE : 0));
	if (!hugetlb(m, head))
		of_page &= ~(1U << VMS_CLASS_HWPOISON);
	order = head + 1 < m->count ?
			page_at(m, head + 1)[m->kind->order_at] : 0;
	if (compound_fits(m, head, order) && pfn - head < 1ULL << order)
		classes |= of_page;
	return classes;
}

static bool allowed(struct machine *m, vms_pfn_t pfn)
{
	unsigned int wanted = wanted_classes(m);

	for (unsigned int order = 0; order < 12; order++)
		if (wanted & classes_from(m, pfn - pfn % (1ULL << order), pfn))
			return true;
	return false;
}

/* ---- running the classifier ---- */

static bool get(void *ctx, vms_pfn_t pfn, uint8_t *buf, vms_vaddr_t *vaddr_ret)
{
	const struct machine *m = ctx;

	if (pfn >= m->count || (pfn >= m->hole.start && pfn < m->hole.end))
		return false;
	memcpy(buf, page_at(m, pfn), m->kind->size);
	*vaddr_ret = vaddr_of(m, pfn);
	return true;
}

static void check_books(const struct vms_classifier *classifier,
			const struct vms_classifier_config *config,
			size_t count)
{
	const struct vms_class_counts *counts =
		vms_classifier_counts(classifier);
	struct vms_pfn_range all = { 0, count };
	struct vms_pfn_range run;
	uint64_t excluded = 0;
	uint64_t doubted = 0;

	for (int c = 0; c < VMS_NR_CLASSES; c++)
		excluded += counts->excluded[c];
	for (int d = 0; d < VMS_NR_DOUBTS; d++)
		doubted += counts->doubted[d];
	excluded -= counts->unattributed;
	CHECK(excluded == vms_pageset_count(config->excluded, all));
	CHECK(excluded + doubted <= count);
	for (vms_pfn_t pfn = 0; vms_pageset_next(config->needed, pfn, &run);
	     pfn = run.end)
		CHECK(!vms_pageset_count(config->excluded, run));
}

static void scan(struct machine *m, struct vms_classifier_config *config,
		 size_t chunk_pages, struct vms_class_counts *counts_ret)
{
	struct vms_page_lookup lookup = { get, in_bounds, m };
	struct vms_classifier *classifier;

	vms_pageset_clear(config->excluded);
	CHECK(!vms_classifier_create(config, &classifier));
	for (size_t at = 0; at < m->count; at += chunk_pages) {
		size_t left = m->count - at;
		struct vms_page_chunk chunk = {
			.start = at,
			.count = left < chunk_pages ? left : chunk_pages,
			.structs = page_at(m, at),
			.map = vaddr_of(m, at),
		};

		vms_classify_chunk(classifier, &chunk, &lookup);
	}
	CHECK(vms_classifier_keep_needed(classifier, &lookup));
	check_books(classifier, config, m->count);
	*counts_ret = *vms_classifier_counts(classifier);
	vms_classifier_destroy(classifier);
}

static void run_machine(struct machine *m, struct vms_pfn_range needed,
			size_t chunk_pages)
{
	struct vms_kernel *kernel;
	struct vms_classifier_config config = { .level = m->level,
						.off = m->off };
	struct vms_class_counts counts;
	struct vms_class_counts again;
	struct vms_pageset *set;

	CHECK(!vms_kernel_create(m->kind->text, strlen(m->kind->text),
				 VMS_LITTLE_ENDIAN, true, NULL, &kernel));
	config.layout = vms_kernel_page_layout(kernel);
	CHECK(config.layout);
	CHECK(vms_page_layout_size(config.layout) == m->kind->size);
	CHECK(!vms_pageset_create(m->count, 1U << 20, NULL, &config.excluded));
	CHECK(!vms_pageset_create(m->count, 1U << 20, NULL, &set));
	CHECK(vms_pageset_add(set, needed));
	config.needed = set;
	scan(m, &config, chunk_pages, &counts);
	for (vms_pfn_t pfn = 0; pfn < m->count; pfn++)
		CHECK(!vms_pageset_contains(config.excluded, pfn) ||
		      allowed(m, pfn));
	/* Struct pages that only some chunks can see, or blocks cut by a
	 * chunk's border, may make a difference; nothing else. */
	if (m->hole.start == m->hole.end &&
	    chunk_pages * m->kind->size % 4096 == 0) {
		scan(m, &config, m->count, &again);
		CHECK(!memcmp(&counts, &again, sizeof(counts)));
	}
	vms_pageset_destroy(config.excluded);
	vms_pageset_destroy(set);
	vms_kernel_destroy(kernel);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };
	struct machine m = { 0 };
	struct vms_pfn_range needed;
	size_t chunk_pages;

	if (size < 16 || size > 4096)
		return 0;
	m.kind = &kinds[take(&in, 1) % VMS_ARRAY_SIZE(kinds)];
	m.level = (unsigned int)take(&in, 1) % 32;
	m.off = (unsigned int)take(&in, 1);
	/* Most machines believe all classes. */
	m.off = m.off & 0x80 ? m.off & 0x7f : 0;
	m.count = 1 + take(&in, 2) % MAX_PAGES;
	chunk_pages = 1 + take(&in, 2) % MAX_PAGES;
	if (chunk_pages > 64)
		chunk_pages &= ~(size_t)63;
	needed.start = take(&in, 2) % m.count;
	needed.end = needed.start + take(&in, 1) / 16;
	if (needed.end > m.count)
		needed.end = m.count;
	m.hole.start = take(&in, 2);
	m.hole.end = m.hole.start + take(&in, 1) / 16;
	m.border = take(&in, 2);
	m.structs = calloc(m.count, m.kind->size);
	CHECK(m.structs);
	for (vms_pfn_t pfn = 0; pfn < m.count; pfn++)
		put_used(&m, pfn, 1);
	draw(&m, &in);
	run_machine(&m, needed, chunk_pages);
	free(m.structs);
	return 0;
}
