// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The made-up machine. Its pages' contents follow from their numbers, so that
 * a dump can be checked without keeping them.
 */
#include "dump_world.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "page_patterns.h"

#define EXCLUDED_CAP (1U << 20)

/* Page kinds repeat every ten pages: data, zero, data, lost ... */
static enum world_kind kind_of(const struct dump_world *w, vms_pfn_t pfn)
{
	switch (pfn % 10) {
	case 2:
	case 5:
	case 6:
		return w->options.dump_level & 1 ? WORLD_ZERO : WORLD_DATA;
	case 8:
		return w->options.with_lost ? WORLD_LOST : WORLD_DATA;
	default:
		return WORLD_DATA;
	}
}

static void fill(const struct dump_world *w, vms_pfn_t pfn, uint8_t *buf)
{
	enum page_pattern p = (enum page_pattern)(pfn / 10 % PAGE_PATTERNS);

	if (pfn % 10 == 2 || pfn % 10 == 5 || pfn % 10 == 6)
		p = PAGE_ZERO;
	page_fill(p, pfn, buf, w->options.page_size);
}

static struct vms_error *read_notes(void *ctx, uint64_t offset, void *buf,
				    size_t size)
{
	const struct dump_world *w = ctx;

	if (offset + size > WORLD_NOTE_BYTES)
		return vms_error_create(VMS_ERR_INPUT, "past the notes");
	if (offset < w->bad_notes_end && offset + size > w->bad_notes_start)
		return vms_error_system(EIO, "notes");
	memcpy(buf, w->notes + offset, size);
	return NULL;
}

static void fill_info(struct dump_world *w)
{
	static const char *const names[6] = {
		"Linux", "host", "7.2.0", "#1 SMP", "x86_64", "(none)",
	};

	for (int i = 0; i < 6; i++)
		snprintf(w->info.utsname[i], 65, "%s", names[i]);
	for (size_t i = 0; i < WORLD_NOTE_BYTES; i++)
		w->notes[i] = (uint8_t)(i * 7 + i / 251);
	w->info.page_size = w->options.page_size;
	w->info.endian = w->options.endian;
	w->info.dump_level = w->options.dump_level;
	w->info.crash_time = 1700000000;
	w->info.nr_cpus = 4;
	w->info.phys_base = 0x1000000;
	w->info.compression = VMS_CODEC_ZSTD;
	w->info.notes.size = WORLD_NOTE_BYTES;
	w->info.notes.read = read_notes;
	w->info.notes.ctx = w;
	w->info.vmcoreinfo_offset = WORLD_VMCOREINFO_OFFSET;
	w->info.vmcoreinfo_size = WORLD_VMCOREINFO_BYTES;
}

/*
 * Low memory with a ragged end; some RAM whose last 20 pages an earlier filter
 * left out; a piece with a ragged start whose bits are in the second block of
 * 4 KiB; RAM at 4 GiB behind a long hole.
 */
static bool fill_plan(struct dump_world *w)
{
	uint64_t b = w->options.page_size;
	vms_pfn_t far = (4ULL << 30) / b;

	w->segments[0] = (struct vms_segment){ b, 159 * b + b / 2,
					       159 * b + b / 2, 0 };
	w->segments[1] = (struct vms_segment){ 256 * b, 836 * b, 856 * b, 0 };
	w->segments[2] = (struct vms_segment){ 40000 * b + b / 2, 40100 * b,
					       40100 * b, 0 };
	w->segments[3] = (struct vms_segment){
		far * b, (far + w->options.far_pages) * b,
		(far + w->options.far_pages) * b, 0 };
	w->plan = (struct vms_page_plan){
		.segments = w->segments,
		.nr_segments = WORLD_SEGMENTS,
		.page_shift = (unsigned int)__builtin_ctzll(b),
	};
	if (vms_pageset_create(vms_plan_end_pfn(&w->plan), EXCLUDED_CAP, NULL,
			       &w->excluded))
		return false;
	w->plan.excluded = w->excluded;
	for (vms_pfn_t pfn = 20; pfn < 60; pfn += 2) {
		if (!vms_pageset_add(w->excluded,
				     (struct vms_pfn_range){ pfn, pfn + 1 }))
			return false;
	}
	return vms_pageset_add(w->excluded,
			       (struct vms_pfn_range){ 300, 700 }) &&
	       vms_pageset_add(w->excluded,
			       (struct vms_pfn_range){ far + 7, far + 9 });
}

/* With each codec in turn; what none makes smaller stays raw. */
static void compress(struct dump_world *w, struct world_page *page,
		     void *const *contexts)
{
	size_t count;
	const struct vms_codec_ops *const *codecs = vms_codecs(&count);
	size_t turn = (size_t)(page->pfn % count);
	size_t size = w->options.page_size;
	uint8_t *out = w->data + w->data_bytes;
	size_t n;

	fill(w, page->pfn, w->scratch);
	n = codecs[turn]->compress(contexts[turn], w->scratch, size, out);
	if (!n)
		memcpy(out, w->scratch, size);
	page->put.data = out;
	page->put.size = (uint32_t)(n ? n : size);
	page->put.flag = n ? codecs[turn]->flag : VMS_CODEC_NONE;
	w->data_bytes += page->put.size;
}

static void fill_page(struct dump_world *w, struct world_page *page,
		      vms_pfn_t pfn, void *const *contexts)
{
	static const enum vms_page_kind kinds[] = {
		[WORLD_DATA] = VMS_ITEM_DATA,
		[WORLD_ZERO] = VMS_ITEM_ZERO,
		[WORLD_LOST] = VMS_ITEM_LOST,
	};

	page->pfn = pfn;
	page->kind = kind_of(w, pfn);
	page->put.pfn = pfn;
	page->put.kind = kinds[page->kind];
	if (page->kind == WORLD_DATA)
		compress(w, page, contexts);
}

static bool fill_pages(struct dump_world *w, void *const *contexts)
{
	struct vms_plan_walk walk;
	struct vms_pfn_range run;
	size_t i = 0;

	w->nr_pages = vms_plan_count_kept(&w->plan);
	w->pages = calloc(w->nr_pages, sizeof(*w->pages));
	w->data = malloc(w->nr_pages * w->options.page_size +
			 vms_codec_bound(w->options.page_size));
	if (!w->pages || !w->data)
		return false;
	vms_plan_walk_init(&walk, &w->plan);
	while (vms_plan_walk_next_kept(&walk, &run)) {
		for (vms_pfn_t pfn = run.start; pfn < run.end; pfn++, i++)
			fill_page(w, &w->pages[i], pfn, contexts);
	}
	return i == w->nr_pages;
}

static bool fill_all(struct dump_world *w)
{
	size_t count;
	const struct vms_codec_ops *const *codecs = vms_codecs(&count);
	void *contexts[8] = { NULL };
	bool ok = fill_plan(w);

	fill_info(w);
	w->scratch = malloc(2 * (size_t)w->options.page_size);
	for (size_t i = 0; i < count; i++)
		ok = ok && !codecs[i]->create(w->options.page_size, 0,
					      &contexts[i]);
	ok = ok && w->scratch && fill_pages(w, contexts);
	for (size_t i = 0; i < count; i++)
		codecs[i]->destroy(contexts[i]);
	return ok;
}

struct world_options world_default_options(void)
{
	return (struct world_options){
		.page_size = 4096,
		.endian = VMS_LITTLE_ENDIAN,
		.dump_level = 31,
		.far_pages = 2600,
		.with_lost = true,
	};
}

struct dump_world *world_create(const struct world_options *options)
{
	struct dump_world *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	w->options = *options;
	if (fill_all(w))
		return w;
	world_destroy(w);
	return NULL;
}

void world_destroy(struct dump_world *w)
{
	if (!w)
		return;
	free(w->data);
	free(w->pages);
	free(w->scratch);
	vms_pageset_destroy(w->excluded);
	free(w);
}

struct vms_error *world_put(const struct dump_world *w,
			    struct vms_writer *writer, size_t i)
{
	return vms_writer_put_one(writer, &w->pages[i].put);
}

struct vms_error *world_put_batch(const struct dump_world *w,
				  struct vms_writer *writer, size_t i,
				  size_t *done_ret)
{
	struct vms_page_item items[WORLD_MAX_BATCH];
	size_t n = w->options.batch ? w->options.batch : 1;

	if (n > w->nr_pages - i)
		n = w->nr_pages - i;
	for (size_t k = 0; k < n; k++)
		items[k] = w->pages[i + k].put;
	return writer->ops->put(writer, items, n, done_ret);
}

struct vms_error *world_write(const struct dump_world *w,
			      const struct vms_format_ops *format,
			      struct vms_sink *sink,
			      struct vms_writer **writer_ret)
{
	struct vms_error *err;
	size_t done;

	err = format->create(sink, &w->info, &w->plan, writer_ret);
	if (!err)
		err = format->begin(*writer_ret);
	for (size_t i = 0; !err && i < w->nr_pages; i += done)
		err = world_put_batch(w, *writer_ret, i, &done);
	return err ? err : format->finish(*writer_ret);
}

static bool wrong(struct dumpread_error *err, const char *what, uint64_t where)
{
	snprintf(err->text, sizeof(err->text), "%s at %" PRIu64, what, where);
	return false;
}

static bool check_headers(const struct dump_world *w,
			  const struct dumpread_io *io,
			  const struct dumpread_info *info,
			  struct dumpread_error *err)
{
	uint8_t notes[WORLD_NOTE_BYTES];

	for (int i = 0; i < 6; i++) {
		if (strcmp(info->utsname[i], w->info.utsname[i]))
			return wrong(err, "utsname", (uint64_t)i);
	}
	if (info->endian != w->options.endian ||
	    info->block_size != w->options.page_size ||
	    info->max_mapnr != vms_plan_end_pfn(&w->plan) ||
	    info->tv_sec != w->info.crash_time ||
	    info->nr_cpus != w->info.nr_cpus ||
	    info->phys_base != w->info.phys_base ||
	    info->dump_level != w->info.dump_level)
		return wrong(err, "a header value", 0);
	if (info->note_size != WORLD_NOTE_BYTES ||
	    !io->read(io, info->note, notes, sizeof(notes)) ||
	    memcmp(notes, w->notes, sizeof(notes)))
		return wrong(err, "notes", info->note);
	if (info->vmcoreinfo != info->note + WORLD_VMCOREINFO_OFFSET ||
	    info->vmcoreinfo_size != WORLD_VMCOREINFO_BYTES)
		return wrong(err, "vmcoreinfo", info->vmcoreinfo);
	return true;
}

static bool check_present(const struct dump_world *w, struct dumpread *r,
			  struct dumpread_error *err)
{
	struct vms_pfn_range run;
	uint64_t found;
	vms_pfn_t from = 0;

	while (vms_plan_next_present(&w->plan, from, &run)) {
		for (vms_pfn_t pfn = run.start; pfn < run.end; pfn++) {
			if (!dumpread_next_present(r, from, &found) ||
			    found != pfn)
				return wrong(err, "1st bitmap", pfn);
			from = pfn + 1;
		}
	}
	return dumpread_next_present(r, from, &found) ?
	       wrong(err, "1st bitmap", found) : true;
}

static bool check_page(const struct dump_world *w, struct dumpread *r,
		       const struct world_page *page, bool some_lost,
		       struct world_found *found, struct dumpread_error *err)
{
	uint8_t *want = w->scratch;
	uint8_t *have = w->scratch + w->options.page_size;

	switch (dumpread_page(r, page->pfn, have, err)) {
	case DUMPREAD_LOST:
		if (page->kind != WORLD_LOST && !some_lost)
			return wrong(err, "lost page", page->pfn);
		found->lost++;
		return true;
	case DUMPREAD_TORN:
		if (!some_lost)
			return wrong(err, "torn descriptor", page->pfn);
		found->torn++;
		return true;
	case DUMPREAD_PAGE:
		fill(w, page->pfn, want);
		if (page->kind == WORLD_LOST ||
		    memcmp(have, want, w->options.page_size))
			return wrong(err, "content", page->pfn);
		found->good++;
		return true;
	case DUMPREAD_BAD:
		return false;
	default:
		return wrong(err, "page not in the dump", page->pfn);
	}
}

static bool check_pages(const struct dump_world *w, struct dumpread *r,
			bool some_lost, struct world_found *found,
			struct dumpread_error *err)
{
	uint64_t from = 0;
	uint64_t pfn;

	for (size_t i = 0; i < w->nr_pages; i++) {
		if (!dumpread_next(r, from, &pfn) || pfn != w->pages[i].pfn)
			return wrong(err, "2nd bitmap", w->pages[i].pfn);
		if (!check_page(w, r, &w->pages[i], some_lost, found, err))
			return false;
		from = pfn + 1;
	}
	return dumpread_next(r, from, &pfn) ? wrong(err, "2nd bitmap", pfn) :
					      true;
}

bool world_check(const struct dump_world *w, const struct dumpread_io *io,
		 bool some_lost, struct world_found *ret,
		 struct dumpread_error *err)
{
	struct world_found found = { 0 };
	struct dumpread *r = dumpread_open(io, err);
	bool ok;

	if (!r)
		return false;
	found.incomplete = dumpread_info(r)->status & 0x08;
	ok = check_headers(w, io, dumpread_info(r), err) &&
	     check_present(w, r, err) &&
	     check_pages(w, r, some_lost, &found, err);
	dumpread_close(r);
	if (ok)
		*ret = found;
	return ok;
}
