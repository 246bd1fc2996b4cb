// SPDX-License-Identifier: GPL-2.0-or-later
/* The codec tables: members, flags, bounds and memory as the libraries say. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <libdeflate.h>
#include <lzo/lzo1x.h>
#include <zlib.h>
#include <zstd.h>

#include <vmsieve/codec.h>

#include "vms_cmocka.h"

static void test_members(void **state)
{
	size_t count;
	const struct vms_codec_ops *const *codecs = vms_codecs(&count);

	(void)state;
	assert_in_range(count, 4, 5);
	assert_string_equal(codecs[0]->name, "none");
	for (size_t i = 0; i < count; i++) {
		const struct vms_codec_ops *c = codecs[i];

		assert_non_null(c->name);
		assert_non_null(c->bound);
		assert_non_null(c->context_bytes);
		assert_non_null(c->create);
		assert_non_null(c->destroy);
		assert_non_null(c->compress);
		assert_ptr_equal(vms_codec_find(c->flag), c);
		for (size_t j = 0; j < i; j++) {
			assert_int_not_equal(c->flag, codecs[j]->flag);
			assert_int_not_equal(c->option, codecs[j]->option);
		}
	}
}

/* The numbers are the file format's, the letters makedumpfile's. */
static void test_flags_and_letters(void **state)
{
	static const struct {
		int flag;
		const char *name;
		char option;
		bool optional;
	} rows[] = {
		{ 0x00, "none", 0, false },  { 0x01, "zlib", 'c', false },
		{ 0x02, "lzo", 'l', false }, { 0x04, "snappy", 'p', true },
		{ 0x20, "zstd", 'z', false },
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		const struct vms_codec_ops *c =
			vms_codec_find((enum vms_codec_flag)rows[i].flag);

		if (!c && rows[i].optional)
			continue;
		assert_non_null(c);
		assert_string_equal(c->name, rows[i].name);
		assert_int_equal(c->option, rows[i].option);
	}
	assert_null(vms_codec_find((enum vms_codec_flag)0x08));
	assert_null(vms_codec_find((enum vms_codec_flag)0x03));
}

static void test_check_level(void **state)
{
	static const struct {
		enum vms_codec_flag flag;
		unsigned int level;
		const char *says;	/* NULL: taken */
	} rows[] = {
		{ VMS_CODEC_ZSTD, 0, NULL },
		{ VMS_CODEC_ZSTD, 19, NULL },
		{ VMS_CODEC_ZSTD, 20,
		  "--compress-level 20: zstd takes 1 to 19" },
		{ VMS_CODEC_ZLIB, 9, NULL },
		{ VMS_CODEC_ZLIB, 10,
		  "--compress-level 10: zlib takes 1 to 9" },
		{ VMS_CODEC_LZO, 0, NULL },
		{ VMS_CODEC_LZO, 1, "--compress-level 1: lzo has no levels" },
		{ VMS_CODEC_SNAPPY, 1,
		  "--compress-level 1: snappy has no levels" },
		{ VMS_CODEC_NONE, 0, NULL },
		{ VMS_CODEC_NONE, 3, "--compress-level 3: no compressor is "
				     "chosen, add -c or -z" },
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		const struct vms_codec_ops *c = vms_codec_find(rows[i].flag);
		struct vms_error *err;

		if (!c)
			continue;
		err = vms_codec_check_level(c, rows[i].level);
		if (!rows[i].says) {
			assert_no_error(err);
			continue;
		}
		assert_non_null(err);
		assert_int_equal(vms_error_code(err), VMS_ERR_USAGE);
		assert_string_equal(vms_error_text(err), rows[i].says);
		vms_error_destroy(err);
	}
}

static void test_bound_covers_libraries(void **state)
{
	(void)state;
	for (size_t n = 4096; n <= 65536; n *= 2) {
		size_t bound = vms_codec_bound(n);

		assert_true(bound >= n + n / 16 + 67);
		assert_true(bound >= libdeflate_zlib_compress_bound(NULL, n));
		assert_true(bound >= ZSTD_compressBound(n));
		assert_true(bound < 2 * n);
	}
}

/* libdeflate takes its allocator as plain functions: no place for a handle. */
static size_t deflate_bytes;

static void *counting_malloc(size_t size)
{
	deflate_bytes += size;
	return malloc(size);
}

static void test_context_bytes_zlib(void **state)
{
	const struct vms_codec_ops *c = vms_codec_find(VMS_CODEC_ZLIB);
	void *context = NULL;

	(void)state;
	for (unsigned int level = 0; level <= c->max_level; level++) {
		size_t most = c->context_bytes(4096, level);

		deflate_bytes = 0;
		libdeflate_set_memory_allocator(counting_malloc, free);
		assert_no_error(c->create(4096, level, &context));
		c->destroy(context);
		libdeflate_set_memory_allocator(malloc, free);
		assert_in_range(deflate_bytes, 1, most);
		assert_true(most < deflate_bytes + deflate_bytes / 4);
	}
}

/* What the heap of this program holds. */
static size_t heap_bytes(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

/* After use with pages of every kind, not only when new. */
static void check_zstd_bytes(const struct vms_codec_ops *c, size_t n,
			     unsigned int level)
{
	uint8_t *page = malloc(n);
	uint8_t *out = malloc(vms_codec_bound(n));
	size_t before = heap_bytes();
	void *context = NULL;
	size_t held;

	assert_non_null(page);
	assert_non_null(out);
	assert_no_error(c->create(n, level, &context));
	held = heap_bytes() - before;
	for (size_t i = 0; i < 30; i++) {
		for (size_t j = 0; j < n; j++)
			page[j] = (uint8_t)((j * i) >> (i % 7));
		c->compress(context, page, n, out);
	}
	/* All of it was allocated by create(). */
	assert_int_equal(heap_bytes() - before, held);
	assert_in_range(held, 0, c->context_bytes(n, level));
	c->destroy(context);
	free(page);
	free(out);
}

static void test_context_bytes_zstd(void **state)
{
	const struct vms_codec_ops *c = vms_codec_find(VMS_CODEC_ZSTD);

	(void)state;
	for (size_t n = 4096; n <= 65536; n *= 4) {
		for (unsigned int level = 0; level <= c->max_level; level++)
			check_zstd_bytes(c, n, level);
	}
}

static void test_context_bytes_lzo(void **state)
{
	(void)state;
	assert_in_range(vms_codec_find(VMS_CODEC_LZO)->context_bytes(4096, 0),
			LZO1X_1_MEM_COMPRESS, LZO1X_1_MEM_COMPRESS + 1024);
	assert_int_equal(vms_codec_find(VMS_CODEC_NONE)->context_bytes(4096,
								       0), 0);
}

/* Header and checksum, not bare deflate. */
static void test_zlib_is_rfc1950(void **state)
{
	const struct vms_codec_ops *c = vms_codec_find(VMS_CODEC_ZLIB);
	uint8_t page[4096];
	uint8_t *out = malloc(vms_codec_bound(sizeof(page)));
	void *context = NULL;
	uLong adler;
	size_t n;

	(void)state;
	assert_non_null(out);
	for (size_t i = 0; i < sizeof(page); i++)
		page[i] = (uint8_t)(i / 3);
	assert_no_error(c->create(sizeof(page), 0, &context));
	n = c->compress(context, page, sizeof(page), out);
	assert_true(n > 6);
	/* CM 8, window at most 32 KiB, check bits, no preset dictionary. */
	assert_int_equal(out[0] & 0x0f, 8);
	assert_true(out[0] >> 4 <= 7);
	assert_int_equal((out[0] << 8 | out[1]) % 31, 0);
	assert_int_equal(out[1] & 0x20, 0);
	adler = adler32(adler32(0, NULL, 0), page, sizeof(page));
	assert_int_equal((uLong)out[n - 4] << 24 | (uLong)out[n - 3] << 16 |
			 (uLong)out[n - 2] << 8 | out[n - 1], adler);
	c->destroy(context);
	free(out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_flags_and_letters),
		cmocka_unit_test(test_check_level),
		cmocka_unit_test(test_bound_covers_libraries),
		cmocka_unit_test(test_context_bytes_zlib),
		cmocka_unit_test(test_context_bytes_zstd),
		cmocka_unit_test(test_context_bytes_lzo),
		cmocka_unit_test(test_zlib_is_rfc1950),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
