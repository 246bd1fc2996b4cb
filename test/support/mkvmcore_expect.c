// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints what the description said of every page frame. Looks at statements
 * only, never at the file made from them, so that it can judge a reader.
 */
#include "mkvmcore_priv.h"

#include <stdlib.h>

#define PT_LOAD 1u
#define MAX_PADDR (1ull << 52)

static const char *const names[] = {
	"keep", "free", "cache", "cacheprivate", "user", "hwpoison", "offline",
	"unaccepted", "hole",
};

struct marks {
	uint64_t *v;
	size_t n, cap;
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

static int collect(struct mkv_desc *d, struct marks *all, struct marks *ram)
{
	uint64_t a, b;

	for (size_t i = 0; i < d->nsegs; i++) {
		for (uint64_t k = 0; k < d->segs[i].repeat; k++) {
			if (!seg_frames(d, &d->segs[i], k, &a, &b))
				continue;
			if (add_mark(d, ram, a) || add_mark(d, ram, b) ||
			    add_mark(d, all, a) || add_mark(d, all, b))
				return -1;
		}
	}
	for (size_t i = 0; i < d->ntruths; i++) {
		if (add_mark(d, all, d->truths[i].start) ||
		    add_mark(d, all, d->truths[i].end))
			return -1;
	}
	return add_mark(d, all, 0);
}

/** Turns the pairs of @ram into a sorted list without overlaps. */
static void merge(struct marks *ram)
{
	size_t n = 0;

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

static enum mkv_class class_of(const struct mkv_desc *d, uint64_t pfn)
{
	for (size_t i = d->ntruths; i-- > 0; ) {
		if (pfn >= d->truths[i].start && pfn < d->truths[i].end)
			return d->truths[i].class;
	}
	return MKV_KEEP;
}

static void print(const struct mkv_desc *d, const struct marks *all,
		  const struct marks *ram, FILE *out)
{
	uint64_t max = ram->n ? ram->v[ram->n - 1] : 0, start = 0;
	enum mkv_class last = MKV_HOLE;
	size_t r = 0;

	fprintf(out, "frames %llu\n", (unsigned long long)max);
	for (size_t i = 0; i < all->n && all->v[i] < max; i++) {
		uint64_t pfn = all->v[i];
		enum mkv_class c = MKV_HOLE;

		while (r < ram->n && ram->v[r + 1] <= pfn)
			r += 2;
		if (pfn >= ram->v[r])
			c = class_of(d, pfn);
		if (c == last && pfn)
			continue;
		if (pfn)
			fprintf(out, "%llu..%llu %s\n",
				(unsigned long long)start,
				(unsigned long long)pfn - 1, names[last]);
		start = pfn;
		last = c;
	}
	if (max)
		fprintf(out, "%llu..%llu %s\n", (unsigned long long)start,
			(unsigned long long)max - 1, names[last]);
}

int mkv_expect(struct mkv_desc *d, FILE *out, struct mkv_error *err)
{
	struct marks all = { 0 }, ram = { 0 };
	int r;

	d->err = err;
	if (!d->built)
		return mkv_fail(d, "not built yet");
	r = collect(d, &all, &ram);
	if (!r) {
		qsort(all.v, all.n, sizeof(*all.v), compare);
		if (ram.n)
			merge(&ram);
		print(d, &all, &ram, out);
	}
	free(all.v);
	free(ram.v);
	return r;
}
