// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every codec must do: a result only when it is smaller, nothing written
 * beyond the bound, the same bytes whatever the context did before, and what
 * the readers' decoder turns back into the page.
 */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/codec.h>

#include "page_decode.h"
#include "page_patterns.h"
#include "vms_cmocka.h"

#define GUARD 64
#define SEEDS 40

static const size_t page_sizes[] = { 4096, 16384, 65536 };

/* A codec at work on pages of one size. */
struct bench {
	const struct vms_codec_ops *ops;
	size_t page_size;
	size_t bound;
	void *context;
	uint8_t *page;
	uint8_t *out;		/* bound and GUARD bytes */
	uint8_t *back;
};

static void bench_init_level(struct bench *b, const struct vms_codec_ops *ops,
			     size_t page_size, unsigned int level)
{
	*b = (struct bench){ .ops = ops, .page_size = page_size };
	b->bound = vms_codec_bound(page_size);
	b->page = malloc(page_size);
	b->out = malloc(b->bound + GUARD);
	b->back = malloc(page_size);
	assert_non_null(b->page);
	assert_non_null(b->out);
	assert_non_null(b->back);
	assert_no_error(ops->create(page_size, level, &b->context));
}

static void bench_init(struct bench *b, const struct vms_codec_ops *ops,
		       size_t page_size)
{
	bench_init_level(b, ops, page_size, 0);
}

static void bench_deinit(struct bench *b)
{
	b->ops->destroy(b->context);
	free(b->page);
	free(b->out);
	free(b->back);
}

/* Compresses b->page and checks what holds for every page. */
static size_t compress_page(struct bench *b, const char *what)
{
	size_t n;

	memset(b->out, 0xa5, b->bound + GUARD);
	n = b->ops->compress(b->context, b->page, b->page_size, b->out);
	for (size_t i = 0; i < GUARD; i++)
		assert_int_equal(b->out[b->bound + i], 0xa5);
	if (!n)
		return 0;
	if (n >= b->page_size)
		fail_msg("%s, %s: %zu bytes from %zu", b->ops->name, what, n,
			 b->page_size);
	memset(b->back, 0x5a, b->page_size);
	if (!page_decode(b->ops->flag, b->out, n, b->back, b->page_size))
		fail_msg("%s, %s: does not expand", b->ops->name, what);
	assert_memory_equal(b->back, b->page, b->page_size);
	return n;
}

/* Must pages like that become smaller? */
static bool must_shrink(const struct vms_codec_ops *ops, enum page_pattern p)
{
	return ops->flag != VMS_CODEC_NONE && p != PAGE_RANDOM;
}

static void check_patterns(const struct vms_codec_ops *ops, size_t page_size,
			   unsigned int level, uint64_t seeds)
{
	struct bench b;

	bench_init_level(&b, ops, page_size, level);
	for (int p = 0; p < PAGE_PATTERNS; p++) {
		for (uint64_t seed = 0; seed < seeds; seed++) {
			const char *what =
				page_pattern_name((enum page_pattern)p);
			size_t n;

			page_fill((enum page_pattern)p, seed, b.page,
				  page_size);
			n = compress_page(&b, what);
			assert_int_equal(n != 0, must_shrink(ops,
							(enum page_pattern)p));
		}
	}
	bench_deinit(&b);
}

static void test_round_trip(void **state)
{
	size_t count;
	const struct vms_codec_ops *const *codecs = vms_codecs(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_true(page_decode_has(codecs[i]->flag));
		for (size_t j = 0; j < VMS_ARRAY_SIZE(page_sizes); j++)
			check_patterns(codecs[i], page_sizes[j], 0, SEEDS);
	}
}

static void check_levels(const struct vms_codec_ops *ops)
{
	assert_in_range(ops->default_level, ops->min_level, ops->max_level);
	for (unsigned int level = ops->min_level; level <= ops->max_level;
	     level++) {
		assert_no_error(vms_codec_check_level(ops, level));
		for (size_t j = 0; j < VMS_ARRAY_SIZE(page_sizes); j++)
			check_patterns(ops, page_sizes[j], level, 3);
	}
}

static void test_levels(void **state)
{
	size_t count;
	const struct vms_codec_ops *const *codecs = vms_codecs(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		const struct vms_codec_ops *c = codecs[i];

		check_levels(c);
		assert_int_equal(c->context_bytes(4096, 0),
				 c->context_bytes(4096, c->default_level));
	}
}

/* Level 0 and the default's own number are one and the same. */
static void check_default(const struct vms_codec_ops *ops)
{
	struct bench a;
	struct bench b;

	bench_init_level(&a, ops, 4096, 0);
	bench_init_level(&b, ops, 4096, ops->default_level);
	for (uint64_t seed = 0; seed < SEEDS; seed++) {
		size_t n;

		page_fill(PAGE_TEXT, seed, a.page, 4096);
		memcpy(b.page, a.page, 4096);
		n = compress_page(&a, "level 0");
		assert_int_equal(compress_page(&b, "default level"), n);
		assert_memory_equal(a.out, b.out, n);
	}
	bench_deinit(&a);
	bench_deinit(&b);
}

static void test_default_level(void **state)
{
	size_t count;
	const struct vms_codec_ops *const *codecs = vms_codecs(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		check_default(codecs[i]);
}

/* Pages that hover around the size where compressing stops to pay. */
static void test_edge_of_gain(void **state)
{
	size_t count;
	const struct vms_codec_ops *const *codecs = vms_codecs(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct bench b;

		bench_init(&b, codecs[i], 4096);
		for (size_t zeros = 0; zeros <= 128; zeros++) {
			page_fill(PAGE_RANDOM, zeros, b.page, 4096);
			memset(b.page + 2000, 0, zeros);
			compress_page(&b, "random with a gap");
		}
		bench_deinit(&b);
	}
}

/* The bytes of a dump must not depend on which worker had which page. */
static void check_history(const struct vms_codec_ops *ops, size_t page_size)
{
	struct bench fresh;
	struct bench used;

	bench_init(&used, ops, page_size);
	for (uint64_t i = 0; i < 64; i++) {
		enum page_pattern p = (enum page_pattern)(i % PAGE_PATTERNS);
		size_t n;

		bench_init(&fresh, ops, page_size);
		page_fill(p, i, fresh.page, page_size);
		memcpy(used.page, fresh.page, page_size);
		n = compress_page(&fresh, "fresh context");
		assert_int_equal(compress_page(&used, "used context"), n);
		assert_memory_equal(used.out, fresh.out, n);
		bench_deinit(&fresh);
	}
	bench_deinit(&used);
}

static void test_history_does_not_show(void **state)
{
	size_t count;
	const struct vms_codec_ops *const *codecs = vms_codecs(&count);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		for (size_t j = 0; j < VMS_ARRAY_SIZE(page_sizes); j++)
			check_history(codecs[i], page_sizes[j]);
	}
}

static void test_destroy_null(void **state)
{
	size_t count;
	const struct vms_codec_ops *const *codecs = vms_codecs(&count);

	(void)state;
	for (size_t i = 0; i < count; i++)
		codecs[i]->destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_default_level),
		cmocka_unit_test(test_edge_of_gain),
		cmocka_unit_test(test_history_does_not_show),
		cmocka_unit_test(test_destroy_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
