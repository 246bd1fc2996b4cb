// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Prints what the description said of the page frames: as ranges, as counts,
 * or as the bitmap of the frames that a dump level keeps. Knows classes and
 * levels, nothing of statements.
 */
#include "mkvmcore_priv.h"

#include <string.h>

#define BITMAP_BYTES 65536u	// held at a time

static const char *const names[] = {
	"keep", "free", "cache", "cacheprivate", "user", "hwpoison", "offline",
	"unaccepted", "hole",
};

/** Bits of the dump level, any of which leaves the class out; 32: always. */
static const unsigned drops[] = { 0, 16, 2 | 4, 4, 8, 32, 32, 32, 32 };

static const unsigned levels[] = { 0, 1, 2, 4, 8, 16, 31 };

#define NR_CLASSES (sizeof(names) / sizeof(names[0]))
#define NR_LEVELS (sizeof(levels) / sizeof(levels[0]))

static bool keeps(unsigned level, enum mkv_class class)
{
	if (level == MKV_LEVEL_RAM)
		return class != MKV_HOLE;
	return !((level | 32) & drops[class]);
}

static int print_range(void *ctx, uint64_t start, uint64_t end,
		       enum mkv_class class)
{
	FILE *out = ctx;

	fprintf(out, "%llu..%llu %s\n", (unsigned long long)start,
		(unsigned long long)end - 1, names[class]);
	return 0;
}

static int add_count(void *ctx, uint64_t start, uint64_t end,
		     enum mkv_class class)
{
	uint64_t *counts = ctx;

	counts[class] += end - start;
	return 0;
}

static void print_counts(const struct mkv_desc *d, const uint64_t *counts,
			 FILE *out)
{
	fprintf(out, "frames %llu\n", (unsigned long long)mkv_frames(d));
	for (size_t c = 0; c < NR_CLASSES; c++)
		fprintf(out, "%s %llu\n", names[c],
			(unsigned long long)counts[c]);
	for (size_t i = 0; i < NR_LEVELS; i++) {
		uint64_t kept = 0;

		for (size_t c = 0; c < NR_CLASSES; c++)
			kept += keeps(levels[i], (enum mkv_class)c) ?
				counts[c] : 0;
		fprintf(out, "level %u keeps %llu\n", levels[i],
			(unsigned long long)kept);
	}
}

/** The bitmap is written from its start to its end, a piece at a time. */
struct bitmap {
	FILE *out;
	unsigned level;
	uint64_t base;		// frame of the first bit held
	uint8_t bits[BITMAP_BYTES];
};

static void write_bits(struct bitmap *b, size_t bytes)
{
	fwrite(b->bits, 1, bytes, b->out);
	memset(b->bits, 0, sizeof(b->bits));
	b->base += 8 * (uint64_t)bytes;
}

/** Sets bits [start, end) of those held. */
static void set_bits(uint8_t *bits, uint64_t start, uint64_t end)
{
	for (; start < end && start % 8; start++)
		bits[start / 8] |= (uint8_t)(1u << start % 8);
	for (; start < end && end % 8; end--)
		bits[(end - 1) / 8] |= (uint8_t)(1u << (end - 1) % 8);
	memset(bits + start / 8, 0xff, (end - start) / 8);
}

static int add_bits(void *ctx, uint64_t start, uint64_t end,
		    enum mkv_class class)
{
	struct bitmap *b = ctx;

	while (start < end) {
		uint64_t stop = b->base + 8 * BITMAP_BYTES;

		if (stop > end)
			stop = end;
		if (stop > start && keeps(b->level, class))
			set_bits(b->bits, start - b->base, stop - b->base);
		if (stop < end || stop == b->base + 8 * BITMAP_BYTES)
			write_bits(b, BITMAP_BYTES);
		start = stop;
	}
	return 0;
}

static int check_built(struct mkv_desc *d, struct mkv_error *err)
{
	d->err = err;
	return d->built ? 0 : mkv_fail(d, "not built yet");
}

int mkv_expect(struct mkv_desc *d, FILE *out, struct mkv_error *err)
{
	if (check_built(d, err))
		return -1;
	fprintf(out, "frames %llu\n", (unsigned long long)mkv_frames(d));
	return mkv_walk(d, print_range, out);
}

int mkv_expect_counts(struct mkv_desc *d, FILE *out, struct mkv_error *err)
{
	uint64_t counts[NR_CLASSES] = { 0 };

	if (check_built(d, err) || mkv_walk(d, add_count, counts))
		return -1;
	print_counts(d, counts, out);
	return 0;
}

int mkv_expect_bitmap(struct mkv_desc *d, unsigned level, FILE *out,
		      struct mkv_error *err)
{
	struct bitmap b = { .out = out, .level = level };

	if (check_built(d, err) || mkv_walk(d, add_bits, &b))
		return -1;
	write_bits(&b, (size_t)((mkv_frames(d) - b.base + 7) / 8));
	return 0;
}
