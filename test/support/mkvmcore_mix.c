// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The statement "mix": a range of frames cut into small blocks of states that
 * are drawn by weight, as memory looks after some weeks. The same seed gives
 * the same blocks on every host. Knows no kernel's marks.
 */
#include "mkvmcore_priv.h"

#include <string.h>

#define MAX_STATES 16
#define TRIES 8		// to draw something else than a second free block

struct mix {
	const struct mkv_state *states[MAX_STATES];
	uint64_t weights[MAX_STATES];
	size_t n;
	uint64_t total, random, max;
	bool compound;
};

/** The state that "cache_private" and the like stand for. */
static const struct mkv_state *state_of(struct mkv_desc *d, const char *word,
					size_t len)
{
	const struct mkv_state *s;
	char name[64];

	snprintf(name, sizeof(name), "%.*s", (int)len, word);
	for (char *p = name; *p; p++) {
		if (*p == '_')
			*p = ' ';
	}
	s = mkv_state_find(name);
	if (!s)
		mkv_fail(d, "unknown page state '%s'", name);
	return s;
}

static int read_states(struct mkv_desc *d, struct mkv_stmt *st, struct mix *m)
{
	for (size_t i = st->def->min; i < st->argc; i++) {
		const char *word = st->argv[i].s;
		const char *eq = strchr(word, '=');
		enum mkv_shape shape;

		if (st->argv[i].used || !eq)
			continue;
		if (m->n == MAX_STATES)
			return mkv_fail(d, "a mix has at most %d states",
					MAX_STATES);
		m->states[m->n] = state_of(d, word, (size_t)(eq - word));
		if (!m->states[m->n] ||
		    mkv_eval(d, eq + 1, &m->weights[m->n]))
			return -1;
		shape = mkv_state_shape(m->states[m->n]);
		if (shape == MKV_HUGETLB || shape == MKV_MAX_ORDER)
			return mkv_fail(d, "no '%s' in a mix",
					mkv_state_name(m->states[m->n]));
		m->total += m->weights[m->n++];
		st->argv[i].used = true;
	}
	return m->total ? 0 : mkv_fail(d, "mix needs STATE=WEIGHT");
}

static const struct mkv_state *draw(struct mix *m)
{
	uint64_t at = mkv_random(&m->random) % m->total;
	size_t i = 0;

	while (at >= m->weights[i])
		at -= m->weights[i++];
	return m->states[i];
}

static int put_block(struct mkv_desc *d, const struct mix *m,
		     const struct mkv_state *s, uint64_t pfn, uint64_t order)
{
	enum mkv_shape shape = mkv_state_shape(s);
	uint64_t end = pfn + (1ull << order);

	if (mkv_truth_add(d, pfn, end, mkv_state_class(s)))
		return -1;
	if (shape == MKV_BUDDY || (shape == MKV_COMPOUND && m->compound))
		return mkv_state_put(d, s, pfn, order, "");
	for (; pfn < end; pfn++) {
		if (mkv_state_put(d, s, pfn, 0, ""))
			return -1;
	}
	return 0;
}

static int put_blocks(struct mkv_desc *d, struct mix *m, uint64_t start,
		      uint64_t end)
{
	bool was_free = false;
	uint64_t order;

	for (uint64_t pfn = start; pfn < end; pfn += 1ull << order) {
		const struct mkv_state *s = draw(m);

		// two free blocks beside each other would often be one
		for (int i = 0; was_free && i < TRIES &&
				mkv_state_shape(s) == MKV_BUDDY; i++)
			s = draw(m);
		was_free = mkv_state_shape(s) == MKV_BUDDY;
		order = mkv_natural_order(pfn, end,
					  mkv_random(&m->random) %
					  (m->max + 1));
		if (put_block(d, m, s, pfn, order))
			return -1;
	}
	return 0;
}

/** mix RANGE STATE=WEIGHT... [seed= max=ORDER] [compound] */
static int do_mix(struct mkv_desc *d, struct mkv_stmt *st)
{
	struct mix m = { .max = 3 };
	uint64_t start, end, orders;

	if (mkv_era_init(d) || mkv_range(d, mkv_word(st, 0), &start, &end) ||
	    mkv_opt_num(d, st, "seed", &m.random) ||
	    mkv_opt_num(d, st, "max", &m.max) ||
	    mkv_fact_need(d, "LENGTH(zone.free_area)", &orders))
		return -1;
	m.compound = mkv_flag(st, "compound");
	if (m.max >= orders)
		return mkv_fail(d, "no free block has order %llu",
				(unsigned long long)m.max);
	if (read_states(d, st, &m) || mkv_all_used(d, st))
		return -1;
	return put_blocks(d, &m, start, end);
}

const struct mkv_stmt_def mkv_stmts_mix[] = {
	{ "mix", MKV_MEM, 1, 0, do_mix },
	{ 0 },
};
