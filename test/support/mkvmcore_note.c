// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF notes of a description: VMCOREINFO, PRSTATUS and any other name, type
 * and size, and how they are written. Knows nothing of memory.
 */
#include "mkvmcore_priv.h"

#include <stdlib.h>
#include <string.h>

#define NT_PRSTATUS 1u
#define NOTE_HEADER 12u		// namesz, descsz, type: u32 in both classes

static uint64_t align4(uint64_t v)
{
	return (v + 3) & ~(uint64_t)3;
}

static uint64_t desc_size(const struct mkv_desc *d, const struct mkv_note *n)
{
	return n->vmcoreinfo ? d->text.len : n->size;
}

static uint64_t note_size(const struct mkv_desc *d, const struct mkv_note *n)
{
	return NOTE_HEADER + align4(n->name_len) + align4(desc_size(d, n));
}

uint64_t mkv_notes_size(const struct mkv_desc *d, size_t seg)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < d->nnotes; i++) {
		if (d->notes[i].seg == seg)
			sum += note_size(d, &d->notes[i]) * d->notes[i].repeat;
	}
	return sum;
}

static int write_note(struct mkv_desc *d, const struct mkv_note *n,
		      uint64_t offset)
{
	const struct mkv_buf *desc = n->vmcoreinfo ? &d->text : &n->desc;
	uint8_t head[NOTE_HEADER];

	mkv_put(d, head, 4, n->name_len);
	mkv_put(d, head + 4, 4, desc_size(d, n));
	mkv_put(d, head + 8, 4, n->type);
	if (mkv_pwrite(d, head, sizeof(head), offset) ||
	    mkv_pwrite(d, n->name, n->name_len, offset + NOTE_HEADER))
		return -1;
	offset += NOTE_HEADER + align4(n->name_len);
	return mkv_pwrite(d, desc->p, desc->len, offset);
}

int mkv_notes_write(struct mkv_desc *d, size_t seg, uint64_t offset)
{
	for (size_t i = 0; i < d->nnotes; i++) {
		struct mkv_note *n = &d->notes[i];

		if (n->seg != seg)
			continue;
		n->offset = offset;
		for (uint64_t k = 0; k < n->repeat; k++) {
			if (write_note(d, n, offset))
				return -1;
			offset += note_size(d, n);
		}
	}
	return 0;
}

static struct mkv_note *find_note(struct mkv_desc *d, const char *label)
{
	for (size_t i = 0; i < d->nnotes; i++) {
		if (!strcmp(d->notes[i].label, label))
			return &d->notes[i];
	}
	mkv_fail(d, "no note '%s'", label);
	return NULL;
}

/** A new note in the last notes segment. */
static struct mkv_note *add_note(struct mkv_desc *d, const char *label,
				 const char *name, uint32_t type)
{
	struct mkv_note *n;
	size_t seg = d->nsegs;

	while (seg-- > 0 && d->segs[seg].source != MKV_FROM_NOTES)
		;
	if (seg == SIZE_MAX) {
		mkv_fail(d, "a note needs a 'notes' segment before it");
		return NULL;
	}
	n = mkv_grow(d, d->notes, d->nnotes, &d->cnotes, sizeof(*n));
	if (!n)
		return NULL;
	d->notes = n;
	n += d->nnotes;
	memset(n, 0, sizeof(*n));
	n->label = mkv_strdup(d, label);
	n->name = mkv_strdup(d, name);
	if (!n->label || !n->name) {
		free(n->label);
		free(n->name);
		return NULL;
	}
	d->nnotes++;
	n->name_len = strlen(name) + 1;
	n->seg = seg;
	n->type = type;
	n->repeat = 1;
	return n;
}

static int fill_prstatus(struct mkv_desc *d, struct mkv_stmt *st,
			 struct mkv_note *n)
{
	uint8_t p[1024] = { 0 };
	uint64_t pid = 1;

	if (mkv_opt_num(d, st, "pid", &pid))
		return -1;
	mkv_put(d, p + d->arch->prstatus_pid, 4, pid);
	return mkv_buf_add(d, &n->desc, p, d->arch->prstatus_size);
}

static int note_options(struct mkv_desc *d, struct mkv_stmt *st,
			struct mkv_note *n)
{
	const char *text = mkv_opt(st, "text");
	const char *label = mkv_opt(st, "label");
	uint64_t type = n->type;

	if (text && mkv_buf_add(d, &n->desc, text, strlen(text)))
		return -1;
	if (label) {
		free(n->label);
		n->label = mkv_strdup(d, label);
		if (!n->label)
			return -1;
	}
	n->size = n->desc.len;
	if (mkv_opt_num(d, st, "type", &type) ||
	    mkv_opt_num(d, st, "size", &n->size) ||
	    mkv_opt_num(d, st, "repeat", &n->repeat) || mkv_all_used(d, st))
		return -1;
	if (n->size > UINT32_MAX || n->repeat > 1u << 24)
		return mkv_fail(d, "a note is below 4 GiB, repeat at most 2^24");
	if (n->size < n->desc.len)
		n->desc.len = n->size;
	n->type = (uint32_t)type;
	return 0;
}

static int do_note(struct mkv_desc *d, struct mkv_stmt *st)
{
	const char *what = mkv_word(st, 0);
	struct mkv_note *n;

	if (!strcmp(what, "vmcoreinfo")) {
		n = add_note(d, what, "VMCOREINFO", 0);
		if (n)
			n->vmcoreinfo = true;
	} else if (!strcmp(what, "prstatus")) {
		n = add_note(d, what, "CORE", NT_PRSTATUS);
		if (n && fill_prstatus(d, st, n))
			return -1;
	} else {
		n = add_note(d, what, what, 0);
	}
	return n ? note_options(d, st, n) : -1;
}

static int do_dropnote(struct mkv_desc *d, struct mkv_stmt *st)
{
	struct mkv_note *n = find_note(d, mkv_word(st, 0));

	if (!n)
		return -1;
	free(n->label);
	free(n->name);
	free(n->desc.p);
	d->nnotes--;
	memmove(n, n + 1, (size_t)(&d->notes[d->nnotes] - n) * sizeof(*n));
	return 0;
}

/** notehdr LABEL FIELD VALUE: in the file, the layout stays. */
static int do_notehdr(struct mkv_desc *d, struct mkv_stmt *st)
{
	static const char *const fields[] = { "namesz", "descsz", "type" };
	const struct mkv_note *n = find_note(d, mkv_word(st, 0));
	uint8_t p[4];
	uint64_t v;

	if (!n || mkv_num(d, st, 2, &v))
		return -1;
	for (size_t i = 0; i < 3; i++) {
		if (strcmp(fields[i], mkv_word(st, 1)))
			continue;
		mkv_put(d, p, 4, v);
		return mkv_pwrite(d, p, 4, n->offset + 4 * i);
	}
	return mkv_fail(d, "notehdr: unknown field '%s'", mkv_word(st, 1));
}

const struct mkv_stmt_def mkv_stmts_note[] = {
	{ "note", MKV_NOW, 1, 0, do_note },
	{ "dropnote", MKV_NOW, 1, 1, do_dropnote },
	{ "notehdr", MKV_FILE, 3, 3, do_notehdr },
	{ 0 },
};
