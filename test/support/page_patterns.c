// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page contents that memory has, made anew for each seed.
 */
#include "page_patterns.h"

#include <string.h>

static uint64_t next(uint64_t *state)
{
	/* splitmix64: any seed is good, 0 too. */
	uint64_t z = *state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static void fill_random(uint64_t state, uint8_t *buf, size_t size)
{
	for (size_t i = 0; i + 8 <= size; i += 8) {
		uint64_t v = next(&state);

		memcpy(buf + i, &v, sizeof(v));
	}
}

static void fill_pointers(uint64_t state, uint8_t *buf, size_t size)
{
	for (size_t i = 0; i + 8 <= size; i += 8) {
		uint64_t v = next(&state);

		v = v % 3 ? 0xffff888000000000ULL | (v & 0x3fffffc0) : v & 0xff;
		memcpy(buf + i, &v, sizeof(v));
	}
}

static void fill_text(uint64_t state, uint8_t *buf, size_t size)
{
	static const char *const words[] = {
		"task", "page fault", "mutex_lock", "0x0000", "kworker/",
		"scheduler", "\n[   12.3", "ext4", "inode", " ", "cpu",
	};
	size_t at = 0;

	while (at < size) {
		const char *w = words[next(&state) % 11];
		size_t n = strlen(w);

		if (n > size - at)
			n = size - at;
		memcpy(buf + at, w, n);
		at += n;
	}
}

void page_fill(enum page_pattern pattern, uint64_t seed, uint8_t *buf,
	       size_t size)
{
	uint64_t state = seed;

	memset(buf, 0, size);
	switch (pattern) {
	case PAGE_ONE_BIT: {
		uint64_t bit = next(&state) % (size * 8);

		buf[bit / 8] = (uint8_t)(1U << bit % 8);
		break;
	}
	case PAGE_SAME:
		memset(buf, (int)(next(&state) % 255) + 1, size);
		break;
	case PAGE_TEXT:
		fill_text(seed, buf, size);
		break;
	case PAGE_POINTERS:
		fill_pointers(seed, buf, size);
		break;
	case PAGE_HALF_RANDOM:
		fill_random(seed, buf, size / 2);
		break;
	case PAGE_RANDOM:
		fill_random(seed, buf, size);
		break;
	default:
		break;
	}
}

const char *page_pattern_name(enum page_pattern pattern)
{
	static const char *const names[PAGE_PATTERNS] = {
		[PAGE_ZERO] = "zero",
		[PAGE_ONE_BIT] = "one bit",
		[PAGE_SAME] = "same byte",
		[PAGE_TEXT] = "text",
		[PAGE_POINTERS] = "pointers",
		[PAGE_HALF_RANDOM] = "half random",
		[PAGE_RANDOM] = "random",
	};

	return names[pattern];
}
