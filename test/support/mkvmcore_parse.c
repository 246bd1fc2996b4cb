// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads the description: lines into words, words into statements, statements
 * to their handlers, at once or when building. Knows no statement.
 */
#include "mkvmcore_priv.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WORDS 4096		// a line of hex bytes is the longest in use
#define MAX_DEPTH 16		// of include
#define MAX_FILE (64u << 20)	// bytes of one description file

/** Where the reader is in one text. */
struct reader {
	struct mkv_desc *d;
	const char *p, *end;
};

static const struct mkv_stmt_def *find_def(const char *name)
{
	for (size_t i = 0; mkv_stmt_tables[i]; i++) {
		const struct mkv_stmt_def *def = mkv_stmt_tables[i];

		for (; def->name; def++) {
			if (!strcmp(def->name, name))
				return def;
		}
	}
	return NULL;
}

void mkv_stmt_free(struct mkv_stmt *st)
{
	for (size_t i = 0; i < st->argc; i++)
		free(st->argv[i].s);
	free(st->argv);
	free(st->block);
	memset(st, 0, sizeof(*st));
}

static int add_var(struct mkv_desc *d, struct mkv_buf *b, const char **pp,
		   const char *end)
{
	const char *p = *pp + 1, *s = p;
	char num[32];

	while (p < end && (isalnum((unsigned char)*p) || *p == '_'))
		p++;
	*pp = p;
	for (size_t i = 0; i < d->nvars; i++) {
		if (strlen(d->vars[i].name) != (size_t)(p - s) ||
		    strncmp(d->vars[i].name, s, (size_t)(p - s)))
			continue;
		snprintf(num, sizeof(num), "%#llx",
			 (unsigned long long)d->vars[i].value);
		return mkv_buf_add(d, b, num, strlen(num));
	}
	return mkv_fail(d, "no variable '%.*s'", (int)(p - s), s);
}

static int hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *s = c ? strchr(digits, tolower((unsigned char)c)) : NULL;

	return s ? (int)(s - digits) : -1;
}

static int add_escape(struct mkv_desc *d, struct mkv_buf *b, const char **pp,
		      const char *end)
{
	const char *p = *pp + 1;
	char c = p < end ? *p : '\0';

	switch (c) {
	case 'n': c = '\n'; break;
	case 't': c = '\t'; break;
	case 'r': c = '\r'; break;
	case '0': c = '\0'; break;
	case '"': case '\\': break;
	case 'x':
		if (end - p < 3 || hex_digit(p[1]) < 0 || hex_digit(p[2]) < 0)
			return mkv_fail(d, "\\x needs two hex digits");
		c = (char)(hex_digit(p[1]) << 4 | hex_digit(p[2]));
		p += 2;
		break;
	default:
		return mkv_fail(d, "unknown escape in a quoted word");
	}
	*pp = p + 1;
	return mkv_buf_add(d, b, &c, 1);
}

/** One word of the line, quotes and variables resolved. */
static int read_word(struct mkv_desc *d, const char **pp, const char *end,
		     struct mkv_word *ret)
{
	struct mkv_buf b = { 0 };
	const char *p = *pp;
	bool quoted = false;
	int r = 0;

	while (!r && p < end && (quoted || !isspace((unsigned char)*p))) {
		if (*p == '"') {
			quoted = !quoted;
			p++;
		} else if (quoted && *p == '\\') {
			r = add_escape(d, &b, &p, end);
		} else if (!quoted && *p == '$') {
			r = add_var(d, &b, &p, end);
		} else {
			r = mkv_buf_add(d, &b, p++, 1);
		}
	}
	if (!r && quoted)
		r = mkv_fail(d, "quote is not closed");
	if (!r)
		r = mkv_buf_add(d, &b, "", 1);
	if (r) {
		free(b.p);
		return r;
	}
	*pp = p;
	ret->s = b.p;
	ret->len = b.len - 1;
	ret->used = false;
	return 0;
}

static int add_word(struct mkv_desc *d, struct mkv_stmt *st, size_t *cap,
		    struct mkv_word *w)
{
	struct mkv_word *v = NULL;

	if (st->argc < MAX_WORDS)
		v = mkv_grow(d, st->argv, st->argc, cap, sizeof(*v));
	else
		mkv_fail(d, "more than %d words", MAX_WORDS);
	if (!v) {
		free(w->s);
		return -1;
	}
	st->argv = v;
	st->argv[st->argc++] = *w;
	return 0;
}

static int split_line(struct mkv_desc *d, const char *p, const char *end,
		      struct mkv_stmt *st)
{
	size_t cap = 0;

	for (;;) {
		struct mkv_word w;

		while (p < end && isspace((unsigned char)*p))
			p++;
		if (p == end || *p == '#')
			return 0;
		if (read_word(d, &p, end, &w) || add_word(d, st, &cap, &w))
			return -1;
	}
}

static const char *line_end(const struct reader *r)
{
	const char *nl = memchr(r->p, '\n', (size_t)(r->end - r->p));

	return nl ? nl : r->end;
}

static bool is_closing(const char *p, const char *end)
{
	while (p < end && isspace((unsigned char)*p))
		p++;
	if (p == end || *p++ != '}')
		return false;
	while (p < end && isspace((unsigned char)*p))
		p++;
	return p == end;
}

/** The raw lines up to the closing brace, which stands alone on its line. */
static int read_block(struct reader *r, struct mkv_stmt *st)
{
	struct mkv_desc *d = r->d;
	struct mkv_buf b = { 0 };

	while (r->p < r->end) {
		const char *end = line_end(r);
		const char *start = r->p;

		r->p = end < r->end ? end + 1 : end;
		d->cur_line++;
		if (is_closing(start, end)) {
			if (mkv_buf_add(d, &b, "", 1))
				break;
			st->block = b.p;
			return 0;
		}
		if (mkv_buf_add(d, &b, start, (size_t)(end - start)) ||
		    mkv_buf_add(d, &b, "\n", 1))
			break;
	}
	free(b.p);
	return mkv_fail(d, "block is not closed by a line with '}'");
}

/** Takes the statement's name off its words. */
static int name_stmt(struct mkv_desc *d, struct mkv_stmt *st)
{
	char *name = st->argv[0].s;

	st->def = find_def(name);
	if (!st->def)
		return mkv_fail(d, "unknown statement '%s'", name);
	free(name);
	st->argc--;
	memmove(st->argv, st->argv + 1, st->argc * sizeof(*st->argv));
	if (st->argc < st->def->min)
		return mkv_fail(d, "'%s' needs %u words, has %zu",
				st->def->name, st->def->min, st->argc);
	if (st->def->max && st->argc > st->def->max)
		return mkv_fail(d, "'%s' takes %u words, has %zu",
				st->def->name, st->def->max, st->argc);
	return 0;
}

static int run_stmt(struct mkv_desc *d, struct mkv_stmt *st)
{
	const struct mkv_stmt *outer = d->cur;
	int r;

	d->cur = st;
	r = st->def->run(d, st);
	d->cur = outer;
	return r;
}

static int take_stmt(struct mkv_desc *d, struct mkv_stmt *st)
{
	struct mkv_stmt *v;

	if (st->def->phase == MKV_NOW)
		return run_stmt(d, st);
	v = mkv_grow(d, d->later, d->nlater, &d->clater, sizeof(*v));
	if (!v)
		return -1;
	d->later = v;
	d->later[d->nlater++] = *st;
	memset(st, 0, sizeof(*st));
	return 0;
}

static int read_stmt(struct reader *r)
{
	struct mkv_desc *d = r->d;
	struct mkv_stmt st = { .file = d->cur_file, .line = ++d->cur_line };
	const char *end = line_end(r);
	int err = split_line(d, r->p, end, &st);

	r->p = end < r->end ? end + 1 : end;
	if (!err && st.argc && !strcmp(st.argv[st.argc - 1].s, "{")) {
		free(st.argv[--st.argc].s);
		err = read_block(r, &st);
	}
	if (!err && st.argc) {
		err = name_stmt(d, &st);
		if (!err)
			err = take_stmt(d, &st);
	}
	mkv_stmt_free(&st);
	return err;
}

static int keep_name(struct mkv_desc *d, const char *name)
{
	char **v = mkv_grow(d, d->files, d->nfiles, &d->cfiles, sizeof(*v));

	if (!v)
		return -1;
	d->files = v;
	d->files[d->nfiles] = mkv_strdup(d, name);
	if (!d->files[d->nfiles])
		return -1;
	d->nfiles++;
	return 0;
}

int mkv_parse(struct mkv_desc *d, const char *text, size_t len,
	      const char *name)
{
	struct reader r = { .d = d, .p = text, .end = text + len };
	const char *outer = d->cur_file;
	unsigned line = d->cur_line;
	int err = 0;

	if (d->depth >= MAX_DEPTH)
		return mkv_fail(d, "include is nested deeper than %d",
				MAX_DEPTH);
	if (keep_name(d, name))
		return -1;
	d->depth++;
	d->cur_file = d->files[d->nfiles - 1];
	d->cur_line = 0;
	while (!err && r.p < r.end)
		err = read_stmt(&r);
	d->depth--;
	d->cur_file = outer;
	d->cur_line = line;
	return err;
}

static int read_all(struct mkv_desc *d, FILE *f, struct mkv_buf *b)
{
	char chunk[8192];
	size_t n;

	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0) {
		if (b->len + n > MAX_FILE)
			return mkv_fail(d, "file is larger than %u bytes",
					MAX_FILE);
		if (mkv_buf_add(d, b, chunk, n))
			return -1;
	}
	return ferror(f) ? mkv_fail(d, "cannot be read") : 0;
}

int mkv_load(struct mkv_desc *d, const char *path)
{
	struct mkv_buf b = { 0 };
	FILE *f = fopen(path, "re");
	int err;

	if (!f)
		return mkv_fail(d, "%s: %s", path, strerror(errno));
	err = read_all(d, f, &b);
	fclose(f);
	if (!err)
		err = mkv_parse(d, b.p ? b.p : "", b.len, path);
	free(b.p);
	return err;
}

int mkv_run_phase(struct mkv_desc *d, enum mkv_phase phase)
{
	for (size_t i = 0; i < d->nlater; i++) {
		struct mkv_stmt *st = &d->later[i];

		if (st->def->phase != phase)
			continue;
		d->cur_file = st->file;
		d->cur_line = st->line;
		if (run_stmt(d, st))
			return -1;
	}
	d->cur_file = NULL;
	return 0;
}
