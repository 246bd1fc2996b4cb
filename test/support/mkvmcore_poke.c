// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Statements that put bytes into memory: "fill" for whole pages, "poke" for
 * numbers and text at an address. Know nothing of what the bytes mean.
 */
#include "mkvmcore_priv.h"

#include <string.h>

#define MAX_REPEAT (1u << 24)

static int do_fill(struct mkv_desc *d, struct mkv_stmt *st)
{
	const char *how = mkv_word(st, 1);
	enum mkv_fill kind = MKV_FILL_BYTE;
	uint64_t start, end, arg = 0;
	bool needs_arg = true;

	if (!strcmp(how, "random"))
		kind = MKV_FILL_RANDOM;
	else if (!strcmp(how, "zero") || !strcmp(how, "pfn"))
		needs_arg = false;
	else if (strcmp(how, "byte"))
		return mkv_fail(d, "fill: '%s' is none of zero, byte, pfn, "
				"random", how);
	if (!strcmp(how, "pfn"))
		kind = MKV_FILL_PFN;
	if (st->argc != (needs_arg ? 3 : 2))
		return mkv_fail(d, "fill: wrong number of words");
	if (mkv_range(d, mkv_word(st, 0), &start, &end) ||
	    (needs_arg && mkv_num(d, st, 2, &arg)))
		return -1;
	if (end > UINT64_MAX >> d->arch->page_shift)
		return mkv_fail(d, "page frame is beyond 64-bit addresses");
	return mkv_mem_fill(d, start << d->arch->page_shift,
			    end << d->arch->page_shift, kind, arg);
}

static int hex_byte(const char *s)
{
	int v = 0;

	for (int i = 0; i < 2; i++) {
		char c = s[i];

		v <<= 4;
		if (c >= '0' && c <= '9')
			v |= c - '0';
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			v |= (c | 0x20) - 'a' + 10;
		else
			return -1;
	}
	return v;
}

static int poke_hex(struct mkv_desc *d, uint64_t paddr, const char *s)
{
	for (; *s; s += 2, paddr++) {
		int v = hex_byte(s);

		if (v < 0)
			return mkv_fail(d, "'%s' is not pairs of hex digits",
					s);
		if (mkv_mem_write_num(d, paddr, 1, (uint64_t)v))
			return -1;
	}
	return 0;
}

/** Number of words before the first NAME=VALUE. */
static size_t plain_words(const struct mkv_stmt *st)
{
	size_t n = 0;

	while (n < st->argc && !strchr(st->argv[n].s, '='))
		n++;
	return n;
}

static int poke_numbers(struct mkv_desc *d, struct mkv_stmt *st,
			uint64_t paddr, unsigned width)
{
	uint64_t repeat = 1, step = MKV_NONE, inc = 0, v;
	size_t n = plain_words(st);

	if (mkv_opt_num(d, st, "repeat", &repeat) ||
	    mkv_opt_num(d, st, "step", &step) ||
	    mkv_opt_num(d, st, "inc", &inc))
		return -1;
	if (step == MKV_NONE)
		step = width * (uint64_t)(n - 2);
	if (repeat > MAX_REPEAT)
		return mkv_fail(d, "repeat is at most 2^24");
	for (uint64_t k = 0; k < repeat; k++) {
		for (size_t i = 2; i < n; i++) {
			uint64_t at = paddr + k * step + (i - 2) * width;

			if (mkv_num(d, st, i, &v) ||
			    mkv_mem_write_num(d, at, width, v + k * inc))
				return -1;
		}
	}
	return mkv_all_used(d, st);
}

static int do_poke(struct mkv_desc *d, struct mkv_stmt *st)
{
	const char *how = mkv_word(st, 1);
	uint64_t paddr;

	if (mkv_num(d, st, 0, &paddr))
		return -1;
	if (mkv_width(how))
		return poke_numbers(d, st, paddr, mkv_width(how));
	if (st->argc != 3)
		return mkv_fail(d, "poke %s takes one word", how);
	if (!strcmp(how, "text"))
		return mkv_mem_write(d, paddr, st->argv[2].s, st->argv[2].len);
	if (!strcmp(how, "hex"))
		return poke_hex(d, paddr, mkv_word(st, 2));
	return mkv_fail(d, "poke: '%s' is none of u8, u16, u32, u64, text, hex",
			how);
}

const struct mkv_stmt_def mkv_stmts_poke[] = {
	{ "fill", MKV_MEM, 2, 3, do_fill },
	{ "poke", MKV_MEM, 3, 0, do_poke },
	{ 0 },
};
