// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sections that share struct pages: "model" names a section that has its own,
 * "share" maps the page array of many others to those of models. So a few
 * megabytes describe terabytes of RAM. Knows no page state.
 *
 * Memory: nothing by section; which model a section has is a function of its
 * number.
 */
#include "mkvmcore_priv.h"

#include <string.h>

#define LEAF_SHIFT 21u		// of the page array: 2 MiB, as the kernel does
#define MAX_WEIGHT 1000000u

int mkv_section_frames(struct mkv_desc *d, uint64_t *ret)
{
	uint64_t bits;

	if (mkv_fact_need(d, "NUMBER(SECTION_SIZE_BITS)", &bits))
		return -1;
	if (bits < d->arch->page_shift || bits > 40)
		return mkv_fail(d, "section bits are out of range");
	*ret = 1ull << (bits - d->arch->page_shift);
	return 0;
}

/** model NAME FRAME: the section that begins at FRAME. */
static int do_model(struct mkv_desc *d, struct mkv_stmt *st)
{
	struct mkv_model m = { 0 }, *v;
	const struct mkv_memmap *map;

	if (mkv_section_frames(d, &m.frames) || mkv_num(d, st, 1, &m.start))
		return -1;
	map = mkv_memmap_find(d, m.start);
	if (!map)
		return -1;
	m.paddr = map->paddr + (m.start - map->start) * d->era.page_size;
	if (m.start % m.frames || m.start + m.frames > map->end ||
	    m.paddr % (1ull << LEAF_SHIFT))
		return mkv_fail(d, "a model is a whole section, its struct "
				"pages begin at a multiple of 2 MiB");
	v = mkv_grow(d, d->models, d->nmodels, &d->cmodels, sizeof(*v));
	if (!v)
		return -1;
	d->models = v;
	m.name = mkv_strdup(d, mkv_word(st, 0));
	if (!m.name)
		return -1;
	v[d->nmodels++] = m;
	return 0;
}

static int find_model(struct mkv_desc *d, const char *name, size_t len,
		      uint32_t *ret)
{
	for (size_t i = 0; i < d->nmodels; i++) {
		if (strlen(d->models[i].name) == len &&
		    !memcmp(d->models[i].name, name, len)) {
			*ret = (uint32_t)i;
			return 0;
		}
	}
	return mkv_fail(d, "no model '%.*s'", (int)len, name);
}

/** The words NAME=WEIGHT: every one that is no other option. */
static int read_choices(struct mkv_desc *d, struct mkv_stmt *st,
			struct mkv_share *s)
{
	for (size_t i = st->def->min; i < st->argc; i++) {
		struct mkv_choice *c = &s->choices[s->nchoices];
		const char *word = st->argv[i].s;
		const char *eq = strchr(word, '=');

		if (st->argv[i].used || !eq)
			continue;
		if (s->nchoices == MKV_MAX_CHOICES)
			return mkv_fail(d, "a share has at most %d models",
					MKV_MAX_CHOICES);
		if (find_model(d, word, (size_t)(eq - word), &c->model) ||
		    mkv_eval(d, eq + 1, &c->weight))
			return -1;
		if (!c->weight || c->weight > MAX_WEIGHT)
			return mkv_fail(d, "a weight is 1 to %u", MAX_WEIGHT);
		s->total += c->weight;
		s->nchoices++;
		st->argv[i].used = true;
	}
	return s->nchoices ? 0 : mkv_fail(d, "share needs MODEL=WEIGHT");
}

static int check_place(struct mkv_desc *d, const struct mkv_share *s)
{
	if (s->start % s->frames || s->end % s->frames)
		return mkv_fail(d, "share takes whole sections of %llu frames",
				(unsigned long long)s->frames);
	for (size_t i = 0; i < d->nmaps; i++) {
		if (s->start < d->maps[i].end && d->maps[i].start < s->end)
			return mkv_fail(d, "share overlaps a memmap");
	}
	for (size_t i = 0; i < d->nshares; i++) {
		if (s->start < d->shares[i].end && d->shares[i].start < s->end)
			return mkv_fail(d, "share overlaps an earlier one");
	}
	return 0;
}

/** Maps the page array of every section to the one of its model. */
static int map_sections(struct mkv_desc *d, const struct mkv_share *s)
{
	uint64_t bytes = s->frames * d->era.page_size;
	uint64_t leaf = 1ull << LEAF_SHIFT, va = s->vaddr;

	if (bytes % leaf || va % leaf)
		return mkv_fail(d, "struct pages of a section are no multiple "
				"of 2 MiB, or begin at none");
	for (uint64_t pfn = s->start; pfn < s->end; pfn += s->frames) {
		uint64_t pa = d->models[mkv_share_model(s, pfn)].paddr;

		for (uint64_t at = 0; at < bytes; at += leaf, va += leaf) {
			if (mkv_map_leaf(d, va, pa + at, LEAF_SHIFT))
				return -1;
		}
	}
	return 0;
}

/** share RANGE vaddr= MODEL=WEIGHT... [seed= run= flags=] [kept] */
static int do_share(struct mkv_desc *d, struct mkv_stmt *st)
{
	struct mkv_share s = { .run = 1, .flags = MKV_NONE }, *v;

	if (mkv_section_frames(d, &s.frames) || mkv_era_init(d) ||
	    mkv_range(d, mkv_word(st, 0), &s.start, &s.end) ||
	    mkv_opt_need(d, st, "vaddr", &s.vaddr) ||
	    mkv_opt_num(d, st, "seed", &s.seed) ||
	    mkv_opt_num(d, st, "run", &s.run) ||
	    mkv_opt_num(d, st, "flags", &s.flags))
		return -1;
	s.kept = mkv_flag(st, "kept");
	if (!s.run)
		return mkv_fail(d, "run is at least 1");
	if (read_choices(d, st, &s) || mkv_all_used(d, st) ||
	    check_place(d, &s) || map_sections(d, &s))
		return -1;
	v = mkv_grow(d, d->shares, d->nshares, &d->cshares, sizeof(*v));
	if (!v)
		return -1;
	d->shares = v;
	v[d->nshares++] = s;
	return 0;
}

size_t mkv_share_model(const struct mkv_share *s, uint64_t pfn)
{
	uint64_t place = (pfn - s->start) / s->frames / s->run;
	uint64_t state = s->seed ^ place * 0xd6e8feb86659fd93ull;
	uint64_t at = mkv_random(&state) % s->total;
	size_t i = 0;

	while (at >= s->choices[i].weight)
		at -= s->choices[i++].weight;
	return s->choices[i].model;
}

const struct mkv_share *mkv_share_find(const struct mkv_desc *d, uint64_t pfn,
				       uint64_t *end_ret)
{
	for (size_t i = 0; i < d->nshares; i++) {
		const struct mkv_share *s = &d->shares[i];

		if (pfn >= s->start && pfn < s->end)
			return s;
		if (s->start > pfn && s->start < *end_ret)
			*end_ret = s->start;
	}
	return NULL;
}

const struct mkv_stmt_def mkv_stmts_share[] = {
	{ "model", MKV_MEM, 2, 2, do_model },
	{ "share", MKV_MEM, 1, 0, do_share },
	{ 0 },
};
