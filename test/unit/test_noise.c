// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is taken for noise, and what is not: random bytes are, whatever a codec
 * could make much smaller is not.
 */
#include <stdlib.h>
#include <string.h>

#include "noise.h"
#include "page_patterns.h"
#include "vms_cmocka.h"

#define PAGE 65536U
#define SEEDS 200

static const size_t sizes[] = { 4096, 16384, 65536 };

static void test_patterns(void **state)
{
	uint8_t *page = malloc(PAGE);

	(void)state;
	assert_non_null(page);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(sizes); i++) {
		for (int p = 0; p < PAGE_PATTERNS; p++) {
			unsigned int noise = 0;

			for (uint64_t seed = 0; seed < SEEDS; seed++) {
				page_fill((enum page_pattern)p, seed, page,
					  sizes[i]);
				noise += vms_is_noise(page, sizes[i]);
			}
			if (p == PAGE_RANDOM)
				assert_in_range(noise, SEEDS * 9 / 10, SEEDS);
			else
				assert_int_equal(noise, 0);
		}
	}
	free(page);
}

/* Random, but said twice; random, but a part is something else. */
static void test_not_quite(void **state)
{
	uint8_t page[4096];

	(void)state;
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		page_fill(PAGE_RANDOM, seed, page, sizeof(page));
		memcpy(page + 2048, page, 2048);
		assert_false(vms_is_noise(page, sizeof(page)));

		page_fill(PAGE_RANDOM, seed, page, sizeof(page));
		memset(page + 8 * (seed % 490), 0, 160);
		assert_false(vms_is_noise(page, sizeof(page)));

		/* Too small to tell: left to the codec. */
		assert_false(vms_is_noise(page + 2048, 1024));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_not_quite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
