// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMCOREINFO of a description: the true keys, the encodings a kernel does not
 * export, and the text that is written, which "lie" may spoil. Knows no page.
 */
#include "mkvmcore_priv.h"

#include <stdlib.h>
#include <string.h>

const char *mkv_line_get(const struct mkv_lines *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++) {
		if (!strcmp(l->v[i].key, key))
			return l->v[i].value;
	}
	return NULL;
}

int mkv_line_set(struct mkv_desc *d, struct mkv_lines *l, const char *key,
		 const char *value)
{
	char *copy = mkv_strdup(d, value);
	struct mkv_line *v;

	if (!copy)
		return -1;
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->v[i].key, key))
			continue;
		free(l->v[i].value);
		l->v[i].value = copy;
		return 0;
	}
	v = mkv_grow(d, l->v, l->n, &l->cap, sizeof(*v));
	if (v) {
		l->v = v;
		v[l->n].key = mkv_strdup(d, key);
		v[l->n].value = copy;
		if (v[l->n].key) {
			l->n++;
			return 0;
		}
	}
	free(copy);
	return -1;
}

bool mkv_line_remove(struct mkv_lines *l, const char *key)
{
	for (size_t i = 0; i < l->n; i++) {
		if (strcmp(l->v[i].key, key))
			continue;
		free(l->v[i].key);
		free(l->v[i].value);
		l->n--;
		memmove(&l->v[i], &l->v[i + 1], (l->n - i) * sizeof(*l->v));
		return true;
	}
	return false;
}

void mkv_lines_free(struct mkv_lines *l)
{
	while (l->n)
		mkv_line_remove(l, l->v[l->n - 1].key);
	free(l->v);
	memset(l, 0, sizeof(*l));
}

/** "KEY=VALUE" as one word. */
int mkv_line_set_text(struct mkv_desc *d, struct mkv_lines *l,
		      const char *text)
{
	const char *eq = strchr(text, '=');
	char *key;
	int r;

	if (!eq || eq == text)
		return mkv_fail(d, "'%s' is not KEY=VALUE", text);
	key = mkv_strdup(d, text);
	if (!key)
		return -1;
	key[eq - text] = '\0';
	r = mkv_line_set(d, l, key, eq + 1);
	free(key);
	return r;
}

/** SYMBOL and KERNELOFFSET are bare hex; the rest is decimal or 0x. */
static bool to_number(const char *key, const char *s, uint64_t *ret)
{
	bool hex = !strncmp(key, "SYMBOL(", 7) || !strcmp(key, "KERNELOFFSET");
	bool neg = *s == '-';
	uint64_t v;
	char *end;

	v = strtoull(s + neg, &end, hex || !strncmp(s, "0x", 2) ? 16 : 10);
	if (end == s + neg || *end)
		return false;
	*ret = neg ? 0 - v : v;
	return true;
}

/** A true number: of VMCOREINFO, or hidden in an encoding of that name. */
bool mkv_fact(const struct mkv_desc *d, const char *key, uint64_t *ret)
{
	const char *s = mkv_line_get(&d->vmci, key);

	if (!s)
		s = mkv_line_get(&d->encodings, key);
	return s && to_number(key, s, ret);
}

int mkv_fact_need(struct mkv_desc *d, const char *key, uint64_t *ret)
{
	if (mkv_fact(d, key, ret))
		return 0;
	return mkv_fail(d, "neither VMCOREINFO nor an encoding has a number "
			"%s", key);
}

int mkv_text_make(struct mkv_desc *d)
{
	for (size_t i = 0; i < d->vmci.n; i++) {
		const struct mkv_line *l = &d->vmci.v[i];

		if (mkv_buf_add(d, &d->text, l->key, strlen(l->key)) ||
		    mkv_buf_add(d, &d->text, "=", 1) ||
		    mkv_buf_add(d, &d->text, l->value, strlen(l->value)) ||
		    mkv_buf_add(d, &d->text, "\n", 1))
			return -1;
	}
	return 0;
}

/** hex, dec: sets the key; hexif, decif: only if it is there already. */
static int set_formatted(struct mkv_desc *d, struct mkv_stmt *st,
			 const char *how)
{
	char num[32];
	uint64_t v;

	if (mkv_num(d, st, 2, &v))
		return -1;
	if (how[3] && !mkv_line_get(&d->vmci, mkv_word(st, 1)))
		return 0;
	if (!strncmp(how, "hex", 3))
		snprintf(num, sizeof(num), "%llx", (unsigned long long)v);
	else
		snprintf(num, sizeof(num), "%lld", (long long)v);
	return mkv_line_set(d, &d->vmci, mkv_word(st, 1), num);
}

static int set_block(struct mkv_desc *d, struct mkv_lines *l, char *block)
{
	char *save = NULL;

	for (char *s = strtok_r(block, "\n", &save); s;
	     s = strtok_r(NULL, "\n", &save)) {
		s += strspn(s, " \t");
		if (*s && *s != '#' && mkv_line_set_text(d, l, s))
			return -1;
	}
	return 0;
}

static int vmci_each(struct mkv_desc *d, struct mkv_stmt *st, bool set)
{
	for (size_t i = 1; i < st->argc; i++) {
		if (set) {
			if (mkv_line_set_text(d, &d->vmci, mkv_word(st, i)))
				return -1;
		} else if (!mkv_line_remove(&d->vmci, mkv_word(st, i))) {
			return mkv_fail(d, "VMCOREINFO has no %s",
					mkv_word(st, i));
		}
	}
	return 0;
}

static int do_vmci(struct mkv_desc *d, struct mkv_stmt *st)
{
	const char *how = mkv_word(st, 0);

	if (st->block)
		return set_block(d, &d->vmci, st->block);
	if (!strcmp(how, "set"))
		return vmci_each(d, st, true);
	if (!strcmp(how, "remove"))
		return vmci_each(d, st, false);
	if (!strcmp(how, "hex") || !strcmp(how, "dec") ||
	    !strcmp(how, "hexif") || !strcmp(how, "decif"))
		return set_formatted(d, st, how);
	if (!strcmp(how, "clear")) {
		mkv_lines_free(&d->vmci);
		return 0;
	}
	return mkv_fail(d, "vmci: '%s' is none of set, remove, hex, dec, "
			"hexif, decif, clear, {", how);
}

static int do_encoding(struct mkv_desc *d, struct mkv_stmt *st)
{
	return mkv_line_set(d, &d->encodings, mkv_word(st, 0),
			    mkv_word(st, 1));
}

const struct mkv_stmt_def mkv_stmts_vmci[] = {
	{ "vmci", MKV_NOW, 0, 0, do_vmci },
	{ "encoding", MKV_NOW, 2, 2, do_encoding },
	{ 0 },
};
