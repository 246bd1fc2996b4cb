// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The memory image: chunks that were written to, and ranges filled by a rule,
 * which cost nothing. Everything else is zero and stays a hole in the file.
 * Knows addresses only; no page table, no struct page.
 */
#include "mkvmcore_priv.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 4096u
#define MAX_CHUNKS (1u << 18)	// 1 GiB of written memory

struct chunk {
	struct chunk *next;
	uint64_t nr;
	uint8_t data[MKV_CHUNK];
};

struct fill {
	uint64_t start, end, arg;	// chunk numbers
	enum mkv_fill kind;
};

struct mkv_mem {
	struct chunk *buckets[BUCKETS];
	size_t nchunks;
	struct fill *fills;
	size_t nfills, cfills;
};

struct mkv_mem *mkv_mem_create(void)
{
	return calloc(1, sizeof(struct mkv_mem));
}

void mkv_mem_destroy(struct mkv_mem *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (m->buckets[i]) {
			struct chunk *c = m->buckets[i];

			m->buckets[i] = c->next;
			free(c);
		}
	}
	free(m->fills);
	free(m);
}

static struct chunk **bucket(struct mkv_mem *m, uint64_t nr)
{
	return &m->buckets[(nr * 0x9e3779b97f4a7c15ull) >> 52];
}

static struct chunk *find_chunk(struct mkv_mem *m, uint64_t nr)
{
	struct chunk *c = *bucket(m, nr);

	while (c && c->nr != nr)
		c = c->next;
	return c;
}

static void fill_chunk(const struct fill *f, uint64_t nr, uint8_t *p)
{
	uint64_t state = f->arg ^ nr * 0xd6e8feb86659fd93ull;

	switch (f->kind) {
	case MKV_FILL_BYTE:
		memset(p, (int)(f->arg & 0xff), MKV_CHUNK);
		break;
	case MKV_FILL_PFN:
		memset(p, (int)(nr & 0xff), MKV_CHUNK);
		break;
	case MKV_FILL_RANDOM:
		for (size_t i = 0; i < MKV_CHUNK; i += 8) {
			uint64_t v = mkv_random(&state);

			for (size_t j = 0; j < 8; j++, v >>= 8)
				p[i + j] = (uint8_t)v;
		}
		break;
	}
}

static const struct fill *find_fill(const struct mkv_mem *m, uint64_t nr)
{
	for (size_t i = m->nfills; i-- > 0; ) {
		if (nr >= m->fills[i].start && nr < m->fills[i].end)
			return &m->fills[i];
	}
	return NULL;
}

static void drop_chunks(struct mkv_mem *m, uint64_t start, uint64_t end)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct chunk **pp = &m->buckets[i];

		while (*pp) {
			struct chunk *c = *pp;

			if (c->nr < start || c->nr >= end) {
				pp = &c->next;
				continue;
			}
			*pp = c->next;
			m->nchunks--;
			free(c);
		}
	}
}

/** Fills whole chunks; @start and @end are addresses of chunk borders. */
int mkv_mem_fill(struct mkv_desc *d, uint64_t start, uint64_t end,
		 enum mkv_fill kind, uint64_t arg)
{
	struct mkv_mem *m = d->mem;
	struct fill *v;

	if (start % MKV_CHUNK || end % MKV_CHUNK)
		return mkv_fail(d, "fill of %#llx..%#llx is not page-aligned",
				(unsigned long long)start,
				(unsigned long long)end);
	v = mkv_grow(d, m->fills, m->nfills, &m->cfills, sizeof(*v));
	if (!v)
		return -1;
	m->fills = v;
	v[m->nfills++] = (struct fill){ start / MKV_CHUNK, end / MKV_CHUNK,
					arg, kind };
	drop_chunks(m, start / MKV_CHUNK, end / MKV_CHUNK);
	return 0;
}

static struct chunk *need_chunk(struct mkv_desc *d, uint64_t nr)
{
	struct mkv_mem *m = d->mem;
	struct chunk *c = find_chunk(m, nr);
	const struct fill *f;

	if (c)
		return c;
	c = m->nchunks < MAX_CHUNKS ? calloc(1, sizeof(*c)) : NULL;
	if (!c) {
		mkv_fail(d, "more than %u pages of memory written", MAX_CHUNKS);
		return NULL;
	}
	c->nr = nr;
	f = find_fill(m, nr);
	if (f)
		fill_chunk(f, nr, c->data);
	c->next = *bucket(m, nr);
	*bucket(m, nr) = c;
	m->nchunks++;
	return c;
}

int mkv_mem_write(struct mkv_desc *d, uint64_t paddr, const void *p,
		  size_t len)
{
	const uint8_t *q = p;

	if (len > UINT64_MAX - paddr)
		return mkv_fail(d, "address %#llx wraps",
				(unsigned long long)paddr);
	if (!d->unmapped_ok && !mkv_seg_covers(d, paddr, paddr + len))
		return mkv_fail(d, "%#llx..%#llx is in no load segment",
				(unsigned long long)paddr,
				(unsigned long long)(paddr + len - 1));
	while (len) {
		struct chunk *c = need_chunk(d, paddr / MKV_CHUNK);
		size_t off = paddr % MKV_CHUNK;
		size_t n = MKV_CHUNK - off < len ? MKV_CHUNK - off : len;

		if (!c)
			return -1;
		memcpy(c->data + off, q, n);
		q += n;
		paddr += n;
		len -= n;
	}
	return 0;
}

int mkv_mem_write_num(struct mkv_desc *d, uint64_t paddr, unsigned width,
		      uint64_t v)
{
	uint8_t p[8];

	mkv_put(d, p, width, v);
	return mkv_mem_write(d, paddr, p, width);
}

void mkv_mem_read(const struct mkv_desc *d, uint64_t paddr, void *p,
		  size_t len)
{
	uint8_t *q = p;

	while (len) {
		uint64_t nr = paddr / MKV_CHUNK;
		size_t off = paddr % MKV_CHUNK;
		size_t n = MKV_CHUNK - off < len ? MKV_CHUNK - off : len;
		const struct chunk *c = find_chunk(d->mem, nr);
		const struct fill *f = c ? NULL : find_fill(d->mem, nr);
		uint8_t page[MKV_CHUNK] = { 0 };

		if (f)
			fill_chunk(f, nr, page);
		memcpy(q, (c ? c->data : page) + off, n);
		q += n;
		paddr += n;
		len -= n;
	}
}

/** Writes what chunk @nr has inside [paddr, paddr + len) to the file. */
static int save_chunk(struct mkv_desc *d, uint64_t nr, uint64_t paddr,
		      uint64_t len, uint64_t offset)
{
	uint64_t start = nr * MKV_CHUNK, end = start + MKV_CHUNK;
	uint8_t page[MKV_CHUNK];

	if (start < paddr)
		start = paddr;
	if (end > paddr + len)
		end = paddr + len;
	mkv_mem_read(d, start, page, end - start);
	return mkv_pwrite(d, page, end - start, offset + start - paddr);
}

static int save_fills(struct mkv_desc *d, uint64_t paddr, uint64_t len,
		      uint64_t offset)
{
	uint64_t first = paddr / MKV_CHUNK;
	uint64_t last = (paddr + len - 1) / MKV_CHUNK;

	for (size_t i = 0; i < d->mem->nfills; i++) {
		const struct fill *f = &d->mem->fills[i];
		uint64_t a = f->start > first ? f->start : first;
		uint64_t b = f->end <= last ? f->end : last + 1;

		if (f->kind == MKV_FILL_BYTE && !f->arg)
			continue;
		for (uint64_t nr = a; nr < b; nr++) {
			if (find_fill(d->mem, nr) == f &&
			    save_chunk(d, nr, paddr, len, offset))
				return -1;
		}
	}
	return 0;
}

int mkv_mem_save(struct mkv_desc *d, uint64_t paddr, uint64_t len,
		 uint64_t offset)
{
	uint64_t first = paddr / MKV_CHUNK, last;

	if (!len)
		return 0;
	if (len > UINT64_MAX - paddr)
		len = UINT64_MAX - paddr;
	last = (paddr + len - 1) / MKV_CHUNK;
	if (save_fills(d, paddr, len, offset))
		return -1;
	for (uint64_t nr = first; last - first < BUCKETS && nr <= last; nr++) {
		if (find_chunk(d->mem, nr) &&
		    save_chunk(d, nr, paddr, len, offset))
			return -1;
	}
	for (size_t i = 0; last - first >= BUCKETS && i < BUCKETS; i++) {
		const struct chunk *c = d->mem->buckets[i];

		for (; c; c = c->next) {
			if (c->nr >= first && c->nr <= last &&
			    save_chunk(d, c->nr, paddr, len, offset))
				return -1;
		}
	}
	return 0;
}
