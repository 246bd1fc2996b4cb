// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Program headers of a description: load and notes segments, changed or
 * dropped by name. Knows neither what memory holds nor how a file is written.
 */
#include "mkvmcore_priv.h"

#include <stdlib.h>
#include <string.h>

#define PT_LOAD 1u
#define PT_NOTE 4u
#define PF_RWX 7u

struct mkv_seg *mkv_seg_find(struct mkv_desc *d, const char *name)
{
	for (size_t i = 0; i < d->nsegs; i++) {
		if (!strcmp(d->segs[i].name, name))
			return &d->segs[i];
	}
	return NULL;
}

/** How far past @pos the segment reaches without a gap, or @pos. */
static uint64_t reach(const struct mkv_seg *s, uint64_t pos)
{
	uint64_t i = 0, start, end;

	if (s->type != PT_LOAD || pos < s->paddr)
		return pos;
	if (s->repeat > 1 && s->pstep) {
		i = (pos - s->paddr) / s->pstep;
		if (i >= s->repeat)
			i = s->repeat - 1;
	}
	start = s->paddr + i * s->pstep;
	end = s->memsz > UINT64_MAX - start ? UINT64_MAX : start + s->memsz;
	return pos >= start && pos < end ? end : pos;
}

bool mkv_seg_covers(const struct mkv_desc *d, uint64_t start, uint64_t end)
{
	while (start < end) {
		uint64_t pos = start;

		for (size_t i = 0; i < d->nsegs && pos == start; i++)
			pos = reach(&d->segs[i], start);
		if (pos == start)
			return false;
		start = pos;
	}
	return true;
}

static int seg_addresses(struct mkv_desc *d, struct mkv_stmt *st,
			 struct mkv_seg *s)
{
	const char *offset = mkv_opt(st, "offset");
	uint64_t size = MKV_NONE;

	if (mkv_opt_num(d, st, "size", &size))
		return -1;
	if (offset && !strcmp(offset, "auto"))
		s->want_offset = MKV_NONE;
	else if (offset && mkv_eval(d, offset, &s->want_offset))
		return -1;
	if (size != MKV_NONE)
		s->memsz = s->filesz = size;
	return mkv_opt_num(d, st, "vaddr", &s->vaddr) ||
	       mkv_opt_num(d, st, "paddr", &s->paddr) ||
	       mkv_opt_num(d, st, "memsz", &s->memsz) ||
	       mkv_opt_num(d, st, "filesz", &s->filesz) ||
	       mkv_opt_num(d, st, "align", &s->align) ? -1 : 0;
}

static int seg_repeat(struct mkv_desc *d, struct mkv_stmt *st,
		      struct mkv_seg *s)
{
	return mkv_opt_num(d, st, "repeat", &s->repeat) ||
	       mkv_opt_num(d, st, "vstep", &s->vstep) ||
	       mkv_opt_num(d, st, "pstep", &s->pstep) ||
	       mkv_opt_num(d, st, "ostep", &s->ostep) ? -1 : 0;
}

static int seg_options(struct mkv_desc *d, struct mkv_stmt *st,
		       struct mkv_seg *s)
{
	uint64_t flags = s->flags, fill = MKV_NONE;

	if (seg_addresses(d, st, s) || seg_repeat(d, st, s) ||
	    mkv_opt_num(d, st, "flags", &flags) ||
	    mkv_opt_num(d, st, "fill", &fill) || mkv_all_used(d, st))
		return -1;
	if (!s->repeat || s->repeat > 1u << 24)
		return mkv_fail(d, "repeat is 1 to 2^24");
	if (fill != MKV_NONE) {
		s->source = MKV_FROM_FILL;
		s->fill = (uint8_t)fill;
	}
	s->flags = (uint32_t)flags;
	return 0;
}

static int seg_add(struct mkv_desc *d, struct mkv_stmt *st, uint32_t type)
{
	const char *name = mkv_word(st, 0);
	struct mkv_seg *s;

	if (mkv_seg_find(d, name))
		return mkv_fail(d, "segment '%s' exists", name);
	s = mkv_grow(d, d->segs, d->nsegs, &d->csegs, sizeof(*s));
	if (!s)
		return -1;
	d->segs = s;
	s += d->nsegs;
	memset(s, 0, sizeof(*s));
	s->name = mkv_strdup(d, name);
	if (!s->name)
		return -1;
	d->nsegs++;
	s->type = type;
	s->source = type == PT_NOTE ? MKV_FROM_NOTES : MKV_FROM_MEM;
	s->flags = type == PT_NOTE ? 0 : PF_RWX;
	s->want_offset = s->ostep = MKV_NONE;
	s->repeat = 1;
	return seg_options(d, st, s);
}

static int do_load(struct mkv_desc *d, struct mkv_stmt *st)
{
	return seg_add(d, st, PT_LOAD);
}

static int do_notes(struct mkv_desc *d, struct mkv_stmt *st)
{
	return seg_add(d, st, PT_NOTE);
}

static int do_change(struct mkv_desc *d, struct mkv_stmt *st)
{
	struct mkv_seg *s = mkv_seg_find(d, mkv_word(st, 0));

	if (!s)
		return mkv_fail(d, "no segment '%s'", mkv_word(st, 0));
	return seg_options(d, st, s);
}

static int do_drop(struct mkv_desc *d, struct mkv_stmt *st)
{
	struct mkv_seg *s = mkv_seg_find(d, mkv_word(st, 0));
	size_t i;

	if (!s)
		return mkv_fail(d, "no segment '%s'", mkv_word(st, 0));
	i = (size_t)(s - d->segs);
	if (s->type == PT_NOTE && d->nnotes)
		return mkv_fail(d, "segment '%s' may hold notes: use phdr or "
				"dropnote", s->name);
	free(s->name);
	d->nsegs--;
	memmove(s, s + 1, (d->nsegs - i) * sizeof(*s));
	return 0;
}

static int do_layout(struct mkv_desc *d, struct mkv_stmt *st)
{
	const char *how = mkv_word(st, 0);

	if (!strcmp(how, "sections-first"))
		d->sections_first = true;
	else if (!strcmp(how, "extended"))
		d->extended = true;
	else
		return mkv_fail(d, "layout: '%s' is none of sections-first, "
				"extended", how);
	return 0;
}

static int do_unmapped(struct mkv_desc *d, struct mkv_stmt *st)
{
	if (strcmp(mkv_word(st, 0), "ok"))
		return mkv_fail(d, "the only form is 'unmapped ok'");
	d->unmapped_ok = true;
	return 0;
}

const struct mkv_stmt_def mkv_stmts_seg[] = {
	{ "load", MKV_NOW, 1, 0, do_load },
	{ "notes", MKV_NOW, 1, 0, do_notes },
	{ "change", MKV_NOW, 1, 0, do_change },
	{ "drop", MKV_NOW, 1, 1, do_drop },
	{ "layout", MKV_NOW, 1, 1, do_layout },
	{ "unmapped", MKV_NOW, 1, 1, do_unmapped },
	{ 0 },
};
