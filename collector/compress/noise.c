// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Noise has about as many bytes of each value, and no word twice. Entropy
 * coding needs the one to be false, matching the other. A third of the pages
 * of a machine whose page cache holds compressed files is like that, and next
 * to none of what a dump level of 31 keeps: the test must be cheap for both.
 * Knows no codec.
 */
#include "noise.h"

#include <string.h>

#include <vmsieve/endian.h>

/* So many words of 8 bytes all over the page, and how often the most frequent
 * value may come: of noise, one page in 500 has a more frequent one. */
struct look {
	unsigned int words;
	unsigned int most;
};

/* The first look sends most pages back. */
static const struct look first_look = { 32, 7 };	/* 1 of each expected */
static const struct look second_look = { 128, 15 };	/* 4 */

/* Words of noise: the newest of each hash. */
#define HASH_BITS 10U

static uint64_t word_at(const uint8_t *src, size_t i)
{
	return vms_get_u64(src + 8 * i, VMS_LITTLE_ENDIAN);
}

static bool is_flat(const uint8_t *src, size_t size, const struct look *look)
{
	uint16_t often[256] = { 0 };
	unsigned int most = 0;

	for (size_t i = 0; i < look->words; i++) {
		const uint8_t *p = src + i * (size / look->words);

		for (size_t j = 0; j < 8; j++) {
			unsigned int n = ++often[p[j]];

			most = n > most ? n : most;
		}
	}
	return most <= look->most;
}

static bool has_repeated_word(const uint8_t *src, size_t size)
{
	uint16_t newest[1U << HASH_BITS] = { 0 };

	for (size_t i = 1; i < size / 8; i++) {
		uint64_t word = word_at(src, i);
		uint16_t *slot = &newest[word * 0x9e3779b97f4a7c15ULL >>
					 (64 - HASH_BITS)];

		if (word_at(src, *slot) == word)
			return true;
		*slot = (uint16_t)i;
	}
	return false;
}

bool vms_is_noise(const uint8_t *src, size_t size)
{
	return size >= 4096 && is_flat(src, size, &first_look) &&
	       !has_repeated_word(src, size) &&
	       is_flat(src, size, &second_look);
}
