// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the description said of every page frame, in order: statements laid
 * over each other, sections that share their model's, and holes. Looks at
 * statements only, never at the file made from them, so that it can judge a
 * reader.
 *
 * Memory: what statements added, and two numbers a segment; nothing by page.
 */
#include "mkvmcore_priv.h"

#include <stdlib.h>

#define PT_LOAD 1u
#define MAX_PADDR (1ull << 52)

struct marks {
	uint64_t *v;
	size_t n, cap;
};

struct walk {
	struct mkv_desc *d;
	struct mkv_truth *paint;	// sorted, no overlap; the rest is kept
	size_t npaint;
	struct mkv_truth pending;	// not handed on yet: may grow
	mkv_visit *visit;
	void *ctx;
};

static int add_mark(struct mkv_desc *d, struct marks *m, uint64_t pfn)
{
	uint64_t *v = mkv_grow(d, m->v, m->n, &m->cap, sizeof(*v));

	if (!v)
		return -1;
	m->v = v;
	v[m->n++] = pfn;
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/** Position of the first mark that is @pfn or more. */
static size_t lower_mark(const struct marks *m, uint64_t pfn)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (m->v[mid] < pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/** Frames of which the segment has at least one byte in the file. */
static bool seg_frames(const struct mkv_desc *d, const struct mkv_seg *s,
		       uint64_t i, uint64_t *start, uint64_t *end)
{
	uint64_t len = s->memsz < s->filesz ? s->memsz : s->filesz;
	uint64_t pa = s->paddr + i * s->pstep;
	unsigned shift = d->arch->page_shift;

	if (s->type != PT_LOAD || !len || pa >= MAX_PADDR ||
	    len > MAX_PADDR - pa)
		return false;
	*start = pa >> shift;
	*end = ((pa + len - 1) >> shift) + 1;
	return true;
}

static int collect_ram(struct mkv_desc *d, struct marks *ram)
{
	uint64_t a, b;

	for (size_t i = 0; i < d->nsegs; i++) {
		for (uint64_t k = 0; k < d->segs[i].repeat; k++) {
			if (seg_frames(d, &d->segs[i], k, &a, &b) &&
			    (add_mark(d, ram, a) || add_mark(d, ram, b)))
				return -1;
		}
	}
	return 0;
}

/** Turns the pairs of @ram into a sorted list without overlaps. */
static void merge(struct marks *ram)
{
	size_t n = 0;

	if (!ram->n)
		return;
	qsort(ram->v, ram->n / 2, 2 * sizeof(*ram->v), compare);
	for (size_t i = 0; i < ram->n; i += 2) {
		if (n && ram->v[i] <= ram->v[n - 1]) {
			if (ram->v[i + 1] > ram->v[n - 1])
				ram->v[n - 1] = ram->v[i + 1];
			continue;
		}
		ram->v[n] = ram->v[i];
		ram->v[n + 1] = ram->v[i + 1];
		n += 2;
	}
	ram->n = n;
}

static int collect_truths(struct mkv_desc *d, struct marks *m)
{
	size_t n = 0;

	for (size_t i = 0; i < d->ntruths; i++) {
		if (add_mark(d, m, d->truths[i].start) ||
		    add_mark(d, m, d->truths[i].end))
			return -1;
	}
	if (!m->n)
		return 0;
	qsort(m->v, m->n, sizeof(*m->v), compare);
	for (size_t i = 0; i < m->n; i++) {
		if (!n || m->v[i] != m->v[n - 1])
			m->v[n++] = m->v[i];
	}
	m->n = n;
	return 0;
}

/** The first place at or after @i that has no class yet. */
static size_t unpainted(size_t *next, size_t i)
{
	while (next[i] != i) {
		next[i] = next[next[i]];
		i = next[i];
	}
	return i;
}

/** Lays the truths over each other between @m; the last one is on top. */
static void paint_between(struct walk *w, const struct marks *m, size_t *next)
{
	const struct mkv_desc *d = w->d;

	for (size_t i = 0; i < m->n; i++)
		next[i] = i;
	for (size_t i = 0; i + 1 < m->n; i++)
		w->paint[i] = (struct mkv_truth){ m->v[i], m->v[i + 1],
						  MKV_KEEP };
	w->npaint = m->n ? m->n - 1 : 0;
	for (size_t t = d->ntruths; t-- > 0; ) {
		size_t i = lower_mark(m, d->truths[t].start);

		for (i = unpainted(next, i); m->v[i] < d->truths[t].end;
		     i = unpainted(next, i)) {
			w->paint[i].class = d->truths[t].class;
			next[i] = i + 1;
		}
	}
}

static int paint(struct walk *w)
{
	struct marks m = { 0 };
	size_t *next = NULL;
	int r = collect_truths(w->d, &m);

	if (!r) {
		next = calloc(m.n + 1, sizeof(*next));
		w->paint = calloc(m.n + 1, sizeof(*w->paint));
		if (next && w->paint)
			paint_between(w, &m, next);
		else
			r = mkv_nomem(w->d);
	}
	free(next);
	free(m.v);
	return r;
}

/** Hands on a range, joined with the one before where both are alike. */
static int emit(struct walk *w, uint64_t start, uint64_t end,
		enum mkv_class class)
{
	struct mkv_truth *p = &w->pending;
	struct mkv_truth old = *p;

	if (start >= end)
		return 0;
	if (p->end == start && p->class == class && p->start < p->end) {
		p->end = end;
		return 0;
	}
	*p = (struct mkv_truth){ start, end, class };
	return old.start < old.end ?
	       w->visit(w->ctx, old.start, old.end, old.class) : 0;
}

static size_t find_paint(const struct walk *w, uint64_t pfn)
{
	size_t low = 0, high = w->npaint;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (w->paint[mid].end <= pfn)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/** What is said of [start, end), as if it were @add frames further on. */
static int emit_painted(struct walk *w, uint64_t start, uint64_t end,
			uint64_t add)
{
	for (size_t i = find_paint(w, start); start < end; ) {
		const struct mkv_truth *t = i < w->npaint ? &w->paint[i] : NULL;
		enum mkv_class class = MKV_KEEP;
		uint64_t stop = end;

		if (t && t->start > start) {
			stop = t->start;
		} else if (t) {
			stop = t->end;
			class = t->class;
			i++;
		}
		if (stop > end)
			stop = end;
		if (emit(w, start + add, stop + add, class))
			return -1;
		start = stop;
	}
	return 0;
}

/** A piece of RAM inside one section that shares its model's struct pages. */
static int emit_shared(struct walk *w, const struct mkv_share *s,
		       uint64_t start, uint64_t end)
{
	uint64_t section = start - start % s->frames;
	uint64_t model = w->d->models[mkv_share_model(s, start)].start;

	if (s->kept)
		return emit(w, start, end, MKV_KEEP);
	return emit_painted(w, model + (start - section),
			    model + (end - section), section - model);
}

static int emit_ram(struct walk *w, uint64_t start, uint64_t end)
{
	while (start < end) {
		uint64_t stop = end;
		const struct mkv_share *s = mkv_share_find(w->d, start, &stop);

		if (s) {
			uint64_t next = start - start % s->frames + s->frames;

			if (stop > next)
				stop = next;
		}
		if (s ? emit_shared(w, s, start, stop) :
			emit_painted(w, start, stop, 0))
			return -1;
		start = stop;
	}
	return 0;
}

static int walk_ram(struct walk *w, const struct marks *ram)
{
	uint64_t pos = 0;

	for (size_t i = 0; i < ram->n; i += 2) {
		if (emit(w, pos, ram->v[i], MKV_HOLE) ||
		    emit_ram(w, ram->v[i], ram->v[i + 1]))
			return -1;
		pos = ram->v[i + 1];
	}
	return w->pending.start < w->pending.end ?
	       w->visit(w->ctx, w->pending.start, w->pending.end,
			w->pending.class) : 0;
}

uint64_t mkv_frames(const struct mkv_desc *d)
{
	uint64_t max = 0, a, b;

	for (size_t i = 0; i < d->nsegs; i++) {
		for (uint64_t k = 0; k < d->segs[i].repeat; k++) {
			if (seg_frames(d, &d->segs[i], k, &a, &b) && b > max)
				max = b;
		}
	}
	return max;
}

int mkv_walk(struct mkv_desc *d, mkv_visit *visit, void *ctx)
{
	struct walk w = { .d = d, .visit = visit, .ctx = ctx };
	struct marks ram = { 0 };
	int r = collect_ram(d, &ram);

	if (!r) {
		merge(&ram);
		r = paint(&w);
	}
	if (!r)
		r = walk_ram(&w, &ram);
	free(w.paint);
	free(ram.v);
	return r;
}
