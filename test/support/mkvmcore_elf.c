// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Places and writes the ELF file: header, section headers, program headers,
 * notes, segment data. Knows no VMCOREINFO and no struct page.
 */
#include "mkvmcore_priv.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ET_CORE 4u
#define SHT_STRTAB 3u
#define PN_XNUM 0xffffu
#define DATA_ALIGN 4096u
#define MAX_PHDRS (1u << 24)

/** Offset and width of a header field, for 32 and 64 bits. */
struct field {
	const char *name;
	uint8_t off32, width32, off64, width64;
};

/** A kind of header: its size in both classes and its fields. */
struct header {
	uint8_t size32, size64;
	struct field fields[20];
};

static const struct header ehdr = { 52, 64, {
	{ "class", 4, 1, 4, 1 }, { "data", 5, 1, 5, 1 },
	{ "ident_version", 6, 1, 6, 1 }, { "osabi", 7, 1, 7, 1 },
	{ "type", 16, 2, 16, 2 }, { "machine", 18, 2, 18, 2 },
	{ "version", 20, 4, 20, 4 }, { "entry", 24, 4, 24, 8 },
	{ "phoff", 28, 4, 32, 8 }, { "shoff", 32, 4, 40, 8 },
	{ "flags", 36, 4, 48, 4 }, { "ehsize", 40, 2, 52, 2 },
	{ "phentsize", 42, 2, 54, 2 }, { "phnum", 44, 2, 56, 2 },
	{ "shentsize", 46, 2, 58, 2 }, { "shnum", 48, 2, 60, 2 },
	{ "shstrndx", 50, 2, 62, 2 },
} };

static const struct header phdr = { 32, 56, {
	{ "type", 0, 4, 0, 4 }, { "offset", 4, 4, 8, 8 },
	{ "vaddr", 8, 4, 16, 8 }, { "paddr", 12, 4, 24, 8 },
	{ "filesz", 16, 4, 32, 8 }, { "memsz", 20, 4, 40, 8 },
	{ "flags", 24, 4, 4, 4 }, { "align", 28, 4, 48, 8 },
} };

static const struct header shdr = { 40, 64, {
	{ "name", 0, 4, 0, 4 }, { "type", 4, 4, 4, 4 },
	{ "flags", 8, 4, 8, 8 }, { "addr", 12, 4, 16, 8 },
	{ "offset", 16, 4, 24, 8 }, { "size", 20, 4, 32, 8 },
	{ "link", 24, 4, 40, 4 }, { "info", 28, 4, 44, 4 },
	{ "addralign", 32, 4, 48, 8 }, { "entsize", 36, 4, 56, 8 },
} };

static const char section_names[] = "\0.shstrtab";

static bool is64(const struct mkv_desc *d)
{
	return d->arch->elf_class == 2;
}

static unsigned header_size(const struct mkv_desc *d, const struct header *h)
{
	return is64(d) ? h->size64 : h->size32;
}

static const struct field *find_field(const struct header *h,
				      const char *name)
{
	const struct field *f = h->fields;

	while (f->name && strcmp(f->name, name))
		f++;
	return f->name ? f : NULL;
}

/** Sets a field that is known to exist. */
static void put_field(const struct mkv_desc *d, const struct header *h,
		      uint8_t *p, const char *name, uint64_t v)
{
	const struct field *f = find_field(h, name);

	mkv_put(d, p + (is64(d) ? f->off64 : f->off32),
		is64(d) ? f->width64 : f->width32, v);
}

static uint64_t align_up(uint64_t v, uint64_t to)
{
	return (v + to - 1) & ~(to - 1);
}

/** Gives the segment its place, behind @pos if it asks for none. */
static int place(struct mkv_desc *d, size_t i, uint64_t headers, uint64_t *pos)
{
	struct mkv_seg *s = &d->segs[i];
	bool notes = s->source == MKV_FROM_NOTES;
	uint64_t last;

	if (notes)
		s->filesz = mkv_notes_size(d, i);
	if (s->ostep == MKV_NONE)
		s->ostep = s->filesz;
	s->offset = s->want_offset;
	if (s->offset == MKV_NONE)
		s->offset = align_up(*pos, notes ? 4 : DATA_ALIGN);
	if (s->filesz && s->offset < headers)
		return mkv_fail(d, "segment '%s' at offset %#llx lies over the "
				"headers, which end at %#llx", s->name,
				(unsigned long long)s->offset,
				(unsigned long long)headers);
	if (__builtin_mul_overflow(s->repeat - 1, s->ostep, &last) ||
	    __builtin_add_overflow(last, s->offset, &last) ||
	    __builtin_add_overflow(last, s->filesz, &last) ||
	    last > INT64_MAX)
		return mkv_fail(d, "segment '%s' ends beyond 2^63 in the file",
				s->name);
	if (last > *pos)
		*pos = last;
	return 0;
}

int mkv_elf_layout(struct mkv_desc *d)
{
	uint64_t pos = header_size(d, &ehdr), headers;

	d->phdr_count = 0;
	for (size_t i = 0; i < d->nsegs; i++) {
		d->segs[i].index = d->phdr_count;
		d->phdr_count += d->segs[i].repeat;
	}
	if (d->phdr_count > MAX_PHDRS)
		return mkv_fail(d, "more than %u program headers", MAX_PHDRS);
	if (d->phdr_count >= PN_XNUM)
		d->extended = true;
	d->shnum = d->sections_first ? 2 : d->extended;
	if (d->sections_first) {
		d->shoff = pos;
		pos += d->shnum * header_size(d, &shdr);
	}
	d->phoff = pos;
	pos += d->phdr_count * header_size(d, &phdr);
	if (d->shnum && !d->sections_first) {
		d->shoff = pos;
		pos += header_size(d, &shdr);
	}
	headers = pos;
	for (int notes = 1; notes >= 0; notes--) {
		for (size_t i = 0; i < d->nsegs; i++) {
			bool is = d->segs[i].source == MKV_FROM_NOTES;

			if (is == notes && place(d, i, headers, &pos))
				return -1;
		}
	}
	d->strtab = pos;
	d->file_size = pos + (d->sections_first ? sizeof(section_names) : 0);
	return 0;
}

static int write_ehdr(struct mkv_desc *d)
{
	uint8_t p[64] = { 0x7f, 'E', 'L', 'F' };
	unsigned size = header_size(d, &ehdr);

	put_field(d, &ehdr, p, "class", d->arch->elf_class);
	put_field(d, &ehdr, p, "data", d->arch->elf_data);
	put_field(d, &ehdr, p, "ident_version", 1);
	put_field(d, &ehdr, p, "type", ET_CORE);
	put_field(d, &ehdr, p, "machine", d->arch->elf_machine);
	put_field(d, &ehdr, p, "version", 1);
	put_field(d, &ehdr, p, "phoff", d->phoff);
	put_field(d, &ehdr, p, "shoff", d->shoff);
	put_field(d, &ehdr, p, "ehsize", size);
	put_field(d, &ehdr, p, "phentsize", header_size(d, &phdr));
	put_field(d, &ehdr, p, "phnum",
		  d->extended ? PN_XNUM : d->phdr_count);
	if (d->shnum)
		put_field(d, &ehdr, p, "shentsize", header_size(d, &shdr));
	put_field(d, &ehdr, p, "shnum", d->shnum);
	put_field(d, &ehdr, p, "shstrndx", d->sections_first ? 1 : 0);
	return mkv_pwrite(d, p, size, 0);
}

static int write_shdrs(struct mkv_desc *d)
{
	unsigned size = header_size(d, &shdr);
	uint8_t p[128] = { 0 };

	if (!d->shnum)
		return 0;
	if (d->extended)
		put_field(d, &shdr, p, "info", d->phdr_count);
	if (d->sections_first) {
		put_field(d, &shdr, p + size, "name", 1);
		put_field(d, &shdr, p + size, "type", SHT_STRTAB);
		put_field(d, &shdr, p + size, "offset", d->strtab);
		put_field(d, &shdr, p + size, "size", sizeof(section_names));
		if (mkv_pwrite(d, section_names, sizeof(section_names),
			       d->strtab))
			return -1;
	}
	return mkv_pwrite(d, p, d->shnum * size, d->shoff);
}

static void make_phdr(const struct mkv_desc *d, const struct mkv_seg *s,
		      uint64_t i, uint8_t *p)
{
	put_field(d, &phdr, p, "type", s->type);
	put_field(d, &phdr, p, "flags", s->flags);
	put_field(d, &phdr, p, "offset", s->offset + i * s->ostep);
	put_field(d, &phdr, p, "vaddr", s->vaddr + i * s->vstep);
	put_field(d, &phdr, p, "paddr", s->paddr + i * s->pstep);
	put_field(d, &phdr, p, "filesz", s->filesz);
	put_field(d, &phdr, p, "memsz", s->source == MKV_FROM_NOTES ?
		  s->filesz : s->memsz);
	put_field(d, &phdr, p, "align", s->align);
}

static int write_phdrs(struct mkv_desc *d)
{
	unsigned size = header_size(d, &phdr);
	uint64_t pos = d->phoff;
	uint8_t block[512 * 56];
	size_t n = 0;

	for (size_t s = 0; s < d->nsegs; s++) {
		for (uint64_t i = 0; i < d->segs[s].repeat; i++) {
			make_phdr(d, &d->segs[s], i, block + n);
			n += size;
			if (n + size <= sizeof(block))
				continue;
			if (mkv_pwrite(d, block, n, pos))
				return -1;
			pos += n;
			n = 0;
		}
	}
	return mkv_pwrite(d, block, n, pos);
}

static int write_fill(struct mkv_desc *d, const struct mkv_seg *s,
		      uint64_t offset)
{
	uint8_t block[4096];

	memset(block, s->fill, sizeof(block));
	for (uint64_t pos = 0; s->fill && pos < s->filesz; ) {
		uint64_t n = s->filesz - pos;

		if (n > sizeof(block))
			n = sizeof(block);
		if (mkv_pwrite(d, block, n, offset + pos))
			return -1;
		pos += n;
	}
	return 0;
}

static int write_data(struct mkv_desc *d, size_t seg)
{
	const struct mkv_seg *s = &d->segs[seg];

	for (uint64_t i = 0; i < s->repeat; i++) {
		uint64_t offset = s->offset + i * s->ostep;
		int r;

		if (s->source == MKV_FROM_NOTES)
			r = mkv_notes_write(d, seg, offset);
		else if (s->source == MKV_FROM_FILL)
			r = write_fill(d, s, offset);
		else
			r = mkv_mem_save(d, s->paddr + i * s->pstep,
					 s->filesz, offset);
		if (r)
			return r;
		if (!s->ostep)
			break;
	}
	return 0;
}

int mkv_elf_write(struct mkv_desc *d)
{
	if (ftruncate(d->fd, (off_t)d->file_size))
		return mkv_fail(d, "file of %llu bytes cannot be made",
				(unsigned long long)d->file_size);
	for (size_t i = 0; i < d->nsegs; i++) {
		if (write_data(d, i))
			return -1;
	}
	if (write_ehdr(d) || write_phdrs(d) || write_shdrs(d))
		return -1;
	return 0;
}

/** Patches one field of the header at @base in the written file. */
static int patch_field(struct mkv_desc *d, struct mkv_stmt *st, size_t word,
		       const struct header *h, uint64_t base)
{
	const struct field *f = find_field(h, mkv_word(st, word));
	uint8_t p[8];
	uint64_t v;

	if (!f)
		return mkv_fail(d, "%s has no field '%s'", st->def->name,
				mkv_word(st, word));
	if (mkv_num(d, st, word + 1, &v))
		return -1;
	mkv_put(d, p, is64(d) ? f->width64 : f->width32, v);
	return mkv_pwrite(d, p, is64(d) ? f->width64 : f->width32,
			  base + (is64(d) ? f->off64 : f->off32));
}

static int do_ehdr(struct mkv_desc *d, struct mkv_stmt *st)
{
	return patch_field(d, st, 0, &ehdr, 0);
}

static int do_phdr(struct mkv_desc *d, struct mkv_stmt *st)
{
	const struct mkv_seg *s = mkv_seg_find(d, mkv_word(st, 0));
	uint64_t i = s ? s->index : 0;

	if (!s && mkv_num(d, st, 0, &i))
		return mkv_fail(d, "no segment '%s'", mkv_word(st, 0));
	if (i >= d->phdr_count)
		return mkv_fail(d, "there are %llu program headers",
				(unsigned long long)d->phdr_count);
	return patch_field(d, st, 1, &phdr,
			   d->phoff + i * header_size(d, &phdr));
}

static int do_shdr(struct mkv_desc *d, struct mkv_stmt *st)
{
	uint64_t i;

	if (mkv_num(d, st, 0, &i))
		return -1;
	if (i >= d->shnum)
		return mkv_fail(d, "there are %llu section headers",
				(unsigned long long)d->shnum);
	return patch_field(d, st, 1, &shdr,
			   d->shoff + i * header_size(d, &shdr));
}

const struct mkv_stmt_def mkv_stmts_elf[] = {
	{ "ehdr", MKV_FILE, 2, 2, do_ehdr },
	{ "phdr", MKV_FILE, 3, 3, do_phdr },
	{ "shdr", MKV_FILE, 3, 3, do_shdr },
	{ 0 },
};
