// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Words of a statement as numbers, ranges, flags and NAME=VALUE options.
 * Knows the grammar of values, not what any statement means.
 */
#include "mkvmcore_priv.h"

#include <ctype.h>
#include <string.h>

/** An expression being read; the text has no spaces and no names. */
struct expr {
	struct mkv_desc *d;
	const char *all, *p;
	unsigned depth;
};

static int expr_or(struct expr *e, uint64_t *ret);

static int expr_bad(struct expr *e)
{
	return mkv_fail(e->d, "'%s' is not a number", e->all);
}

static int digit(char c, unsigned base)
{
	int v = -1;

	if (c >= '0' && c <= '9')
		v = c - '0';
	else if (c >= 'a' && c <= 'f')
		v = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		v = c - 'A' + 10;
	return v >= 0 && (unsigned)v < base ? v : -1;
}

static int expr_suffix(struct expr *e, uint64_t *v)
{
	static const char suffixes[] = "KMGTPE";
	const char *s = *e->p ? strchr(suffixes, *e->p) : NULL;
	unsigned shift;

	if (!s)
		return isalnum((unsigned char)*e->p) ? expr_bad(e) : 0;
	shift = 10 * (unsigned)(s - suffixes + 1);
	if (*v > UINT64_MAX >> shift)
		return mkv_fail(e->d, "'%s' is above 64 bits", e->all);
	*v <<= shift;
	e->p++;
	return isalnum((unsigned char)*e->p) ? expr_bad(e) : 0;
}

static int expr_number(struct expr *e, uint64_t *ret)
{
	unsigned base = 10;
	uint64_t v = 0;
	const char *first;

	if (e->p[0] == '0' && (e->p[1] == 'x' || e->p[1] == 'X')) {
		base = 16;
		e->p += 2;
	}
	for (first = e->p; digit(*e->p, base) >= 0; e->p++) {
		uint64_t add = (uint64_t)digit(*e->p, base);

		if (v > (UINT64_MAX - add) / base)
			return mkv_fail(e->d, "'%s' is above 64 bits", e->all);
		v = v * base + add;
	}
	if (e->p == first)
		return expr_bad(e);
	*ret = v;
	return expr_suffix(e, ret);
}

static int expr_unary(struct expr *e, uint64_t *ret)
{
	char op = *e->p;
	int r;

	if (op != '-' && op != '~' && op != '(')
		return expr_number(e, ret);
	e->p++;
	if (++e->depth > 32)
		return mkv_fail(e->d, "'%s' is nested too deep", e->all);
	r = op == '(' ? expr_or(e, ret) : expr_unary(e, ret);
	e->depth--;
	if (r)
		return r;
	if (op == '(')
		return *e->p++ == ')' ? 0 : expr_bad(e);
	*ret = op == '-' ? 0 - *ret : ~*ret;
	return 0;
}

static int expr_mul(struct expr *e, uint64_t *ret)
{
	uint64_t v;

	if (expr_unary(e, ret))
		return -1;
	while (*e->p == '*') {
		e->p++;
		if (expr_unary(e, &v))
			return -1;
		*ret *= v;
	}
	return 0;
}

static int expr_sum(struct expr *e, uint64_t *ret)
{
	uint64_t v;

	if (expr_mul(e, ret))
		return -1;
	while (*e->p == '+' || *e->p == '-') {
		char op = *e->p++;

		if (expr_mul(e, &v))
			return -1;
		*ret = op == '+' ? *ret + v : *ret - v;
	}
	return 0;
}

static int expr_shift(struct expr *e, uint64_t *ret)
{
	uint64_t v;

	if (expr_sum(e, ret))
		return -1;
	while (e->p[0] == '<' && e->p[1] == '<') {
		e->p += 2;
		if (expr_sum(e, &v))
			return -1;
		if (v > 63)
			return mkv_fail(e->d, "'%s' shifts by more than 63",
					e->all);
		*ret <<= v;
	}
	return 0;
}

static int expr_or(struct expr *e, uint64_t *ret)
{
	uint64_t v;

	if (expr_shift(e, ret))
		return -1;
	while (*e->p == '|') {
		e->p++;
		if (expr_shift(e, &v))
			return -1;
		*ret |= v;
	}
	return 0;
}

int mkv_eval(struct mkv_desc *d, const char *text, uint64_t *ret)
{
	struct expr e = { .d = d, .all = text, .p = text };
	uint64_t v;

	if (expr_or(&e, &v))
		return -1;
	if (*e.p)
		return expr_bad(&e);
	*ret = v;
	return 0;
}

static bool is_option(const struct mkv_word *w, const char *name)
{
	size_t n = strlen(name);

	return !strncmp(w->s, name, n) && w->s[n] == '=';
}

const char *mkv_word(const struct mkv_stmt *st, size_t i)
{
	return i < st->argc ? st->argv[i].s : "";
}

int mkv_num(struct mkv_desc *d, struct mkv_stmt *st, size_t i, uint64_t *ret)
{
	if (i >= st->argc)
		return mkv_fail(d, "'%s' needs a number as word %zu",
				st->def->name, i + 1);
	st->argv[i].used = true;
	return mkv_eval(d, st->argv[i].s, ret);
}

int mkv_range(struct mkv_desc *d, const char *text, uint64_t *start_ret,
	      uint64_t *end_ret)
{
	const char *dots = strstr(text, "..");
	char first[64];
	uint64_t a, b;

	if (!dots) {
		if (mkv_eval(d, text, &a))
			return -1;
		b = a;
	} else {
		if ((size_t)(dots - text) >= sizeof(first))
			return mkv_fail(d, "'%s' is not a range", text);
		memcpy(first, text, (size_t)(dots - text));
		first[dots - text] = '\0';
		if (mkv_eval(d, first, &a) || mkv_eval(d, dots + 2, &b))
			return -1;
	}
	if (b < a || b == UINT64_MAX)
		return mkv_fail(d, "range '%s' ends before it starts", text);
	*start_ret = a;
	*end_ret = b + 1;
	return 0;
}

const char *mkv_opt(struct mkv_stmt *st, const char *name)
{
	for (size_t i = 0; i < st->argc; i++) {
		if (is_option(&st->argv[i], name)) {
			st->argv[i].used = true;
			return st->argv[i].s + strlen(name) + 1;
		}
	}
	return NULL;
}

bool mkv_flag(struct mkv_stmt *st, const char *word)
{
	for (size_t i = 0; i < st->argc; i++) {
		if (!strcmp(st->argv[i].s, word)) {
			st->argv[i].used = true;
			return true;
		}
	}
	return false;
}

int mkv_opt_num(struct mkv_desc *d, struct mkv_stmt *st, const char *name,
		uint64_t *val)
{
	const char *s = mkv_opt(st, name);

	return s ? mkv_eval(d, s, val) : 0;
}

int mkv_opt_need(struct mkv_desc *d, struct mkv_stmt *st, const char *name,
		 uint64_t *val)
{
	const char *s = mkv_opt(st, name);

	if (!s)
		return mkv_fail(d, "'%s' needs %s=", st->def->name, name);
	return mkv_eval(d, s, val);
}

int mkv_all_used(struct mkv_desc *d, const struct mkv_stmt *st)
{
	for (size_t i = st->def->min; i < st->argc; i++) {
		if (!st->argv[i].used)
			return mkv_fail(d, "'%s' does not know '%s'",
					st->def->name, st->argv[i].s);
	}
	return 0;
}

/** Bytes of "u8".."u64", or 0. */
unsigned mkv_width(const char *name)
{
	static const struct {
		const char *name;
		unsigned width;
	} widths[] = { { "u8", 1 }, { "u16", 2 }, { "u32", 4 }, { "u64", 8 } };

	for (size_t i = 0; i < 4; i++) {
		if (!strcmp(widths[i].name, name))
			return widths[i].width;
	}
	return 0;
}
