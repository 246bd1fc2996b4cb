// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * "lie": spoils the VMCOREINFO text after the truth is settled, so that memory
 * is laid out rightly and the text says otherwise. Knows only the text.
 */
#include "mkvmcore_priv.h"

#include <stdlib.h>
#include <string.h>

#define MAX_TEXT (1ull << 30)	// bytes of VMCOREINFO that may be asked for

/** Offset of the line "KEY=", or the text's length. */
static size_t find_key(const struct mkv_buf *b, const char *key)
{
	size_t n = strlen(key), pos = 0;

	while (pos + n < b->len) {
		const char *nl;

		if (!memcmp(b->p + pos, key, n) && b->p[pos + n] == '=')
			return pos;
		nl = memchr(b->p + pos, '\n', b->len - pos);
		if (!nl)
			break;
		pos = (size_t)(nl - b->p) + 1;
	}
	return b->len;
}

static size_t end_of_line(const struct mkv_buf *b, size_t pos)
{
	const char *nl = memchr(b->p + pos, '\n', b->len - pos);

	return nl ? (size_t)(nl - b->p) : b->len;
}

/** Replaces the bytes [pos, end) of the text. */
static int splice(struct mkv_desc *d, size_t pos, size_t end, const char *p,
		  size_t len)
{
	struct mkv_buf b = { 0 };

	if (mkv_buf_add(d, &b, d->text.p, pos) ||
	    mkv_buf_add(d, &b, p, len) ||
	    mkv_buf_add(d, &b, d->text.p + end, d->text.len - end)) {
		free(b.p);
		return -1;
	}
	free(d->text.p);
	d->text = b;
	return 0;
}

static int need_key(struct mkv_desc *d, const char *key, size_t *ret)
{
	size_t pos = find_key(&d->text, key);

	if (pos == d->text.len)
		return mkv_fail(d, "VMCOREINFO text has no %s", key);
	*ret = pos;
	return 0;
}

static int lie_set(struct mkv_desc *d, struct mkv_stmt *st)
{
	const struct mkv_word *w = &st->argv[1];
	const char *eq = strchr(w->s, '=');
	size_t pos = 0, end;
	char *key;

	if (!eq)
		return mkv_fail(d, "'%s' is not KEY=VALUE", w->s);
	key = mkv_strdup(d, w->s);
	if (!key)
		return -1;
	key[eq - w->s] = '\0';
	pos = find_key(&d->text, key);
	free(key);
	if (pos == d->text.len)
		return mkv_buf_add(d, &d->text, w->s, w->len) ||
		       mkv_buf_add(d, &d->text, "\n", 1) ? -1 : 0;
	end = end_of_line(&d->text, pos);
	return splice(d, pos, end, w->s, w->len);
}

static int lie_remove(struct mkv_desc *d, struct mkv_stmt *st)
{
	size_t pos = 0, end;

	if (need_key(d, mkv_word(st, 1), &pos))
		return -1;
	end = end_of_line(&d->text, pos);
	return splice(d, pos, end < d->text.len ? end + 1 : end, "", 0);
}

static int lie_line(struct mkv_desc *d, struct mkv_stmt *st)
{
	return mkv_buf_add(d, &d->text, st->argv[1].s, st->argv[1].len) ||
	       mkv_buf_add(d, &d->text, "\n", 1) ? -1 : 0;
}

static int lie_raw(struct mkv_desc *d, struct mkv_stmt *st)
{
	return mkv_buf_add(d, &d->text, st->argv[1].s, st->argv[1].len);
}

static int lie_front(struct mkv_desc *d, struct mkv_stmt *st)
{
	return splice(d, 0, 0, st->argv[1].s, st->argv[1].len) ||
	       splice(d, st->argv[1].len, st->argv[1].len, "\n", 1) ? -1 : 0;
}

/** repeat N LINE: every "@" of the line becomes the running number. */
static int lie_repeat(struct mkv_desc *d, struct mkv_stmt *st)
{
	const struct mkv_word *w = &st->argv[2];
	uint64_t n;

	if (mkv_num(d, st, 1, &n))
		return -1;
	if (n > MAX_TEXT / (w->len + 1))
		return mkv_fail(d, "text would be above 1 GiB");
	for (uint64_t i = 0; i < n; i++) {
		for (const char *p = w->s; *p; p++) {
			char num[24];
			size_t len = 1;

			num[0] = *p;
			if (*p == '@')
				len = (size_t)snprintf(num, sizeof(num),
						       "%llu",
						       (unsigned long long)i);
			if (mkv_buf_add(d, &d->text, num, len))
				return -1;
		}
		if (mkv_buf_add(d, &d->text, "\n", 1))
			return -1;
	}
	return 0;
}

/** fill KEY N BYTE: the value becomes N times that byte. */
static int lie_fill(struct mkv_desc *d, struct mkv_stmt *st)
{
	const char *key = mkv_word(st, 1);
	uint64_t n, byte;
	size_t pos = 0, start;
	char *p;
	int r;

	if (need_key(d, key, &pos) || mkv_num(d, st, 2, &n) ||
	    mkv_num(d, st, 3, &byte))
		return -1;
	if (n > MAX_TEXT)
		return mkv_fail(d, "text would be above 1 GiB");
	p = malloc(n ? n : 1);
	if (!p)
		return mkv_nomem(d);
	memset(p, (int)(byte & 0xff), n);
	start = pos + strlen(key) + 1;
	r = splice(d, start, end_of_line(&d->text, pos), p, n);
	free(p);
	return r;
}

/** nul KEY: a NUL before the line's newline. */
static int lie_nul(struct mkv_desc *d, struct mkv_stmt *st)
{
	size_t pos = 0;

	if (need_key(d, mkv_word(st, 1), &pos))
		return -1;
	pos = end_of_line(&d->text, pos);
	return splice(d, pos, pos, "", 1);
}

static int lie_nonewline(struct mkv_desc *d, struct mkv_stmt *st)
{
	(void)st;
	if (d->text.len && d->text.p[d->text.len - 1] == '\n')
		d->text.len--;
	return 0;
}

static int lie_clear(struct mkv_desc *d, struct mkv_stmt *st)
{
	(void)st;
	d->text.len = 0;
	return 0;
}

static int do_lie(struct mkv_desc *d, struct mkv_stmt *st)
{
	static const struct {
		const char *name;
		size_t words;
		int (*run)(struct mkv_desc *d, struct mkv_stmt *st);
	} lies[] = {
		{ "set", 2, lie_set }, { "remove", 2, lie_remove },
		{ "line", 2, lie_line }, { "raw", 2, lie_raw },
		{ "front", 2, lie_front }, { "repeat", 3, lie_repeat },
		{ "fill", 4, lie_fill }, { "nul", 2, lie_nul },
		{ "nonewline", 1, lie_nonewline }, { "clear", 1, lie_clear },
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		if (strcmp(lies[i].name, mkv_word(st, 0)))
			continue;
		if (st->argc != lies[i].words)
			return mkv_fail(d, "'lie %s' takes %zu words",
					lies[i].name, lies[i].words - 1);
		return lies[i].run(d, st);
	}
	return mkv_fail(d, "lie: unknown '%s'", mkv_word(st, 0));
}

const struct mkv_stmt_def mkv_stmts_lie[] = {
	{ "lie", MKV_TEXT, 1, 0, do_lie },
	{ 0 },
};
