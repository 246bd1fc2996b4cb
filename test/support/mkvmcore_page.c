// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The statements "pages" and "poison": ranges and orders into blocks of a
 * state, raw fields, and what each frame then is. Knows no kernel's marks.
 */
#include "mkvmcore_priv.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define MAX_ORDER_ASKED 40
#define MAX_REPEAT (1u << 20)

int mkv_truth_add(struct mkv_desc *d, uint64_t start, uint64_t end,
		  enum mkv_class class)
{
	struct mkv_truth *last = d->ntruths ? &d->truths[d->ntruths - 1] : NULL;
	struct mkv_truth *v;

	if (last && last->end == start && last->class == class) {
		last->end = end;
		return 0;
	}
	v = mkv_grow(d, d->truths, d->ntruths, &d->ctruths, sizeof(*v));
	if (!v)
		return -1;
	d->truths = v;
	v[d->ntruths++] = (struct mkv_truth){ start, end, class };
	return 0;
}

static int put_field(struct mkv_desc *d, uint64_t pfn, enum mkv_field field,
		     uint64_t v)
{
	const struct mkv_memmap *m = mkv_memmap_find(d, pfn);
	const struct mkv_place *pl = &d->era.place[field];

	if (!m)
		return -1;
	if (!pl->width)
		return mkv_fail(d, "this kernel's struct page lacks the field");
	return mkv_mem_write_num(d, m->paddr + pl->offset +
				 (pfn - m->start) * d->era.page_size,
				 pl->width, v);
}

/** The state of the words from 1 on, the longest name first. */
static const struct mkv_state *find_state(struct mkv_desc *d,
					  struct mkv_stmt *st)
{
	const struct mkv_state *found;
	char two[64];

	snprintf(two, sizeof(two), "%s %s", mkv_word(st, 1), mkv_word(st, 2));
	found = mkv_state_find(two);
	if (found) {
		st->argv[2].used = true;
		return found;
	}
	found = mkv_state_find(mkv_word(st, 1));
	if (!found)
		mkv_fail(d, "unknown page state '%s'", mkv_word(st, 1));
	return found;
}

/** Greatest order a block at @pfn may have, up to @max and up to @end. */
uint64_t mkv_natural_order(uint64_t pfn, uint64_t end, uint64_t max)
{
	uint64_t order = 0;

	while (order < max && !(pfn & ((2ull << order) - 1)) &&
	       pfn + (2ull << order) <= end)
		order++;
	return order;
}

/** "order N" among the words; MKV_NONE when it is not there. */
static int order_word(struct mkv_desc *d, struct mkv_stmt *st, uint64_t *ret)
{
	*ret = MKV_NONE;
	for (size_t i = 2; i + 1 < st->argc; i++) {
		if (strcmp(st->argv[i].s, "order"))
			continue;
		st->argv[i].used = true;
		if (mkv_num(d, st, i + 1, ret))
			return -1;
		if (*ret > MAX_ORDER_ASKED)
			return mkv_fail(d, "order is at most %d",
					MAX_ORDER_ASKED);
	}
	return 0;
}

/** The order of the block at @pfn when the statement does not give one. */
static int default_order(struct mkv_desc *d, const struct mkv_state *s,
			 uint64_t pfn, uint64_t end, uint64_t *ret)
{
	uint64_t n;

	*ret = 0;
	if (mkv_state_shape(s) == MKV_HUGETLB)
		return mkv_fail(d, "hugetlb needs 'order N'");
	if (mkv_state_shape(s) != MKV_BUDDY && mkv_state_shape(s) != MKV_MAX_ORDER)
		return 0;
	if (mkv_fact_need(d, "LENGTH(zone.free_area)", &n))
		return -1;
	*ret = mkv_state_shape(s) == MKV_BUDDY ? mkv_natural_order(pfn, end, n - 1) : n - 1;
	return 0;
}

static int put_state(struct mkv_desc *d, struct mkv_stmt *st,
		     const struct mkv_state *s, uint64_t start, uint64_t end)
{
	bool unaligned = mkv_flag(st, "unaligned");
	const char *with = mkv_opt(st, "with");
	uint64_t asked, order;

	if (order_word(d, st, &asked))
		return -1;
	if (asked != MKV_NONE && asked && mkv_state_shape(s) == MKV_SINGLE)
		return mkv_fail(d, "'%s' has no order", mkv_state_name(s));
	for (uint64_t pfn = start; pfn < end; pfn += 1ull << order) {
		order = asked;
		if (asked == MKV_NONE &&
		    default_order(d, s, pfn, end, &order))
			return -1;
		if (pfn + (1ull << order) > end)
			return mkv_fail(d, "range is not a multiple of order "
					"%llu", (unsigned long long)order);
		if (!unaligned && pfn & ((1ull << order) - 1))
			return mkv_fail(d, "page %llu is not aligned to order "
					"%llu", (unsigned long long)pfn,
					(unsigned long long)order);
		if (mkv_state_put(d, s, pfn, order, with ? with : ""))
			return -1;
	}
	return mkv_truth_add(d, start, end, mkv_state_class(s));
}

static const char *const class_names[] = {
	"keep", "free", "cache", "cacheprivate", "user", "hwpoison", "offline",
	"unaccepted", "hole",
};

static int class_option(struct mkv_desc *d, struct mkv_stmt *st,
			uint64_t start, uint64_t end, bool *given)
{
	const char *name = mkv_opt(st, "class");

	*given = name;
	if (!name)
		return 0;
	for (size_t i = 0; i < COUNT(class_names); i++) {
		if (!strcmp(class_names[i], name))
			return mkv_truth_add(d, start, end,
					     (enum mkv_class)i);
	}
	return mkv_fail(d, "no class '%s'", name);
}

/** raw: "used" with fields replaced. set: the present page, likewise. */
static int put_raw(struct mkv_desc *d, struct mkv_stmt *st, bool fresh,
		   uint64_t start, uint64_t end)
{
	static const char *const names[] = {
		"flags", "mapping", "private", "mapcount", "refcount",
		"lru_next", "lru_prev", "compound", "dtor", "order",
	};
	bool classed;
	uint64_t v;

	for (uint64_t pfn = start; pfn < end; pfn++) {
		if (fresh && mkv_state_put(d, mkv_state_find("used"), pfn, 0, ""))
			return -1;
		for (unsigned i = 0; i < COUNT(names); i++) {
			if (!mkv_opt(st, names[i]))
				continue;
			if (mkv_opt_num(d, st, names[i], &v) ||
			    put_field(d, pfn, (enum mkv_field)i, v))
				return -1;
		}
	}
	if (class_option(d, st, start, end, &classed))
		return -1;
	if (!classed && fresh)
		return mkv_truth_add(d, start, end, MKV_KEEP);
	return 0;
}

/** "tail of N": pages that say they belong to the head N. */
static int put_tails(struct mkv_desc *d, struct mkv_stmt *st, uint64_t start,
		     uint64_t end)
{
	struct mkv_page p;
	uint64_t head, vaddr, order;

	if (!mkv_flag(st, "of") || mkv_num(d, st, 3, &head) ||
	    order_word(d, st, &order))
		return mkv_fail(d, "the form is 'tail of HEAD [order N]'");
	mkv_page_rest(d, &p);
	if (mkv_page_vaddr(d, head, &vaddr) ||
	    mkv_era_tail(d, &p, vaddr, order == MKV_NONE ? 0 : order))
		return -1;
	for (uint64_t pfn = start; pfn < end; pfn++) {
		if (mkv_page_put(d, pfn, &p))
			return -1;
	}
	return mkv_truth_add(d, start, end, MKV_KEEP);
}

static int put_pages(struct mkv_desc *d, struct mkv_stmt *st, uint64_t start,
		     uint64_t end)
{
	const char *how = mkv_word(st, 1);
	const struct mkv_state *s;

	if (!strcmp(how, "raw") || !strcmp(how, "set"))
		return put_raw(d, st, *how == 'r', start, end);
	if (!strcmp(how, "tail"))
		return put_tails(d, st, start, end);
	s = find_state(d, st);
	return s ? put_state(d, st, s, start, end) : -1;
}

/** pages RANGE STATE [repeat= step=FRAMES]: the range, again and again. */
static int do_pages(struct mkv_desc *d, struct mkv_stmt *st)
{
	uint64_t start, end, repeat = 1, step = 0;

	if (mkv_era_init(d) ||
	    mkv_range(d, mkv_word(st, 0), &start, &end) ||
	    mkv_opt_num(d, st, "repeat", &repeat) ||
	    mkv_opt_num(d, st, "step", &step))
		return -1;
	if (!repeat || repeat > MAX_REPEAT || (repeat > 1 && !step))
		return mkv_fail(d, "repeat is 1 to %u, and needs step=",
				MAX_REPEAT);
	for (uint64_t i = 0; i < repeat; i++) {
		if (put_pages(d, st, start + i * step, end + i * step))
			return -1;
	}
	return mkv_all_used(d, st);
}

/** poison PFN [covers=A..B]: the flag on one page, the class of a range. */
static int do_poison(struct mkv_desc *d, struct mkv_stmt *st)
{
	const char *covers = mkv_opt(st, "covers");
	const struct mkv_place *pl = &d->era.place[MKV_P_FLAGS];
	const struct mkv_memmap *m;
	uint64_t pfn, mask, at, start, end;
	uint8_t p[8];

	if (mkv_era_init(d) || mkv_num(d, st, 0, &pfn) ||
	    mkv_era_flag(d, "hwpoison", 8, &mask))
		return -1;
	m = mkv_memmap_find(d, pfn);
	if (!m)
		return -1;
	at = m->paddr + (pfn - m->start) * d->era.page_size + pl->offset;
	mkv_mem_read(d, at, p, 8);
	if (mkv_mem_write_num(d, at, 8, mkv_get(d, p, 8) | mask))
		return -1;
	start = pfn;
	end = pfn + 1;
	if (covers && mkv_range(d, covers, &start, &end))
		return -1;
	return mkv_truth_add(d, start, end, MKV_HWPOISON) ?
	       -1 : mkv_all_used(d, st);
}

const struct mkv_stmt_def mkv_stmts_page[] = {
	{ "pages", MKV_MEM, 2, 0, do_pages },
	{ "poison", MKV_MEM, 1, 2, do_poison },
	{ 0 },
};
