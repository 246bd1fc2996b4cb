// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where struct pages lie and how the kernel finds them: the memory map's place,
 * sparse sections, nodes of the discontiguous model. Knows no page state.
 */
#include "mkvmcore_priv.h"

#include <string.h>

/** Bookkeeping of one "sections" statement. */
struct sections {
	uint64_t array;
	uint64_t pages, pages_vaddr;	// of the first page of sections
	uint64_t used;			// bytes of these pages
	uint64_t flags, entry_size, map_offset;
	uint64_t section_frames, per_root;
	bool plain;
};

static uint64_t frames_size(const struct mkv_memmap *m, uint64_t page_size)
{
	return (m->end - m->start) * page_size;
}

/** memmap FIRST..LAST paddr= vaddr=: all its pages begin as "used". */
static int do_memmap(struct mkv_desc *d, struct mkv_stmt *st)
{
	struct mkv_memmap m, *v;
	uint64_t size;

	if (mkv_range(d, mkv_word(st, 0), &m.start, &m.end) ||
	    mkv_opt_need(d, st, "paddr", &m.paddr) ||
	    mkv_opt_need(d, st, "vaddr", &m.vaddr) || mkv_all_used(d, st) ||
	    mkv_fact_need(d, "SIZE(page)", &size))
		return -1;
	for (size_t i = 0; i < d->nmaps; i++) {
		if (m.start < d->maps[i].end && d->maps[i].start < m.end)
			return mkv_fail(d, "memmap overlaps an earlier one");
	}
	v = mkv_grow(d, d->maps, d->nmaps, &d->cmaps, sizeof(*v));
	if (!v)
		return -1;
	d->maps = v;
	d->maps[d->nmaps++] = m;
	if (!d->unmapped_ok &&
	    !mkv_seg_covers(d, m.paddr, m.paddr + frames_size(&m, size)))
		return mkv_fail(d, "struct pages would lie in no load segment");
	return mkv_pages_init(d, m.start, m.end);
}

static int write_section(struct mkv_desc *d, struct sections *s, uint64_t nr,
			 uint64_t map, uint64_t flags)
{
	uint64_t at = s->array + nr * s->entry_size;

	if (!s->plain) {
		uint64_t slot = s->array + nr / s->per_root * 8, root = 0;
		uint8_t p[8];

		mkv_mem_read(d, slot, p, 8);
		root = mkv_get(d, p, 8);
		if (!root) {
			root = s->pages_vaddr + s->used;
			if (mkv_mem_write_num(d, slot, 8, root))
				return -1;
			s->used += MKV_CHUNK;
		}
		at = s->pages + (root - s->pages_vaddr) +
		     nr % s->per_root * s->entry_size;
	}
	return mkv_mem_write_num(d, at + s->map_offset, 8, map | flags);
}

static int sections_facts(struct mkv_desc *d, struct sections *s)
{
	if (mkv_fact_need(d, "SIZE(mem_section)", &s->entry_size) ||
	    mkv_fact_need(d, "OFFSET(mem_section.section_mem_map)",
			  &s->map_offset) ||
	    mkv_section_frames(d, &s->section_frames))
		return -1;
	if (!s->entry_size || s->entry_size > MKV_CHUNK)
		return mkv_fail(d, "SIZE(mem_section) is out of range");
	s->per_root = (1ull << d->arch->page_shift) / s->entry_size;
	return 0;
}

/** All sections of the frames [start, end), whose map is that of frame 0. */
static int write_sections(struct mkv_desc *d, struct sections *s,
			  uint64_t start, uint64_t end, uint64_t map,
			  uint64_t flags)
{
	uint64_t nr = start / s->section_frames;

	for (; nr * s->section_frames < end; nr++) {
		if (write_section(d, s, nr, map, flags))
			return -1;
	}
	return 0;
}

static int write_all(struct mkv_desc *d, struct sections *s, uint64_t size)
{
	for (size_t i = 0; i < d->nmaps; i++) {
		const struct mkv_memmap *m = &d->maps[i];

		if (write_sections(d, s, m->start, m->end,
				   m->vaddr - m->start * size, s->flags))
			return -1;
	}
	for (size_t i = 0; i < d->nshares; i++) {
		const struct mkv_share *h = &d->shares[i];

		if (write_sections(d, s, h->start, h->end,
				   h->vaddr - h->start * size,
				   h->flags == MKV_NONE ? s->flags : h->flags))
			return -1;
	}
	return 0;
}

/** sections extreme|plain array= [pages= pages_vaddr=] [flags=] */
static int do_sections(struct mkv_desc *d, struct mkv_stmt *st)
{
	struct sections s = { .plain = !strcmp(mkv_word(st, 0), "plain") };
	uint64_t size;

	if (!s.plain && strcmp(mkv_word(st, 0), "extreme"))
		return mkv_fail(d, "sections is plain or extreme");
	s.flags = s.plain ? 3 : 0xf;
	if (mkv_opt_need(d, st, "array", &s.array) ||
	    mkv_opt_num(d, st, "flags", &s.flags) ||
	    (!s.plain && (mkv_opt_need(d, st, "pages", &s.pages) ||
			  mkv_opt_need(d, st, "pages_vaddr",
				       &s.pages_vaddr))) ||
	    mkv_all_used(d, st) || sections_facts(d, &s) ||
	    mkv_fact_need(d, "SIZE(page)", &size))
		return -1;
	return write_all(d, &s, size);
}

/** node paddr= [id= start= frames= map= next=]: a pglist_data. */
static int do_node(struct mkv_desc *d, struct mkv_stmt *st)
{
	static const struct {
		const char *option, *fact;
		unsigned width;
	} fields[] = {
		{ "id", "OFFSET(pglist_data.node_id)", 4 },
		{ "start", "OFFSET(pglist_data.node_start_pfn)", 8 },
		{ "frames", "OFFSET(pglist_data.node_spanned_pages)", 8 },
		{ "map", "OFFSET(pglist_data.node_mem_map)", 8 },
		{ "next", "OFFSET(pglist_data.pgdat_next)", 8 },
	};
	uint64_t paddr, off;

	if (mkv_opt_need(d, st, "paddr", &paddr))
		return -1;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		uint64_t v;

		if (!mkv_opt(st, fields[i].option))
			continue;
		if (mkv_opt_num(d, st, fields[i].option, &v) ||
		    mkv_fact_need(d, fields[i].fact, &off) ||
		    mkv_mem_write_num(d, paddr + off, fields[i].width, v))
			return -1;
	}
	return mkv_all_used(d, st);
}

const struct mkv_stmt_def mkv_stmts_memmap[] = {
	{ "memmap", MKV_MEM, 1, 0, do_memmap },
	{ "sections", MKV_MEM, 1, 0, do_sections },
	{ "node", MKV_MEM, 0, 0, do_node },
	{ 0 },
};
