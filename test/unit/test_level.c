// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules that a kernel's facts do not allow are off, and that is said: a
 * warning when the level asks for them or the memory must not be read.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <vmsieve/log.h>

#include "test_classify_world.h"
#include "vms_cmocka.h"

#define PAGES 64U

/* What creating a classifier at this level writes to one stream. */
static const char *told(const struct world *world, unsigned int level,
			FILE *stream)
{
	static char text[4096];
	struct vms_classifier_config config = { .layout = world->layout,
						.level = level,
						.excluded = world->excluded };
	struct vms_classifier *classifier;
	FILE *file = tmpfile();
	int fd = fileno(stream);
	int saved;
	size_t size;

	assert_non_null(file);
	fflush(stream);
	saved = dup(fd);
	dup2(fileno(file), fd);
	assert_no_error(vms_log_create(VMS_MSG_ALL, &config.log));
	assert_no_error(vms_classifier_create(&config, &classifier));
	vms_classifier_destroy(classifier);
	vms_log_destroy(config.log);
	fflush(stream);
	dup2(saved, fd);
	close(saved);
	rewind(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	fclose(file);
	return text;
}

/* One page of each class, and what is left out at level 31. */
static void fill(struct world *world)
{
	world_anon(world, 1);
	world_cache(world, 2);
	world_cache(world, 3);
	world_flag(world, 3, FLAG_PRIVATE);
	world_free(world, 4, 0);
	world_offline(world, 5);
	world_flag(world, 6, FLAG_HWPOISON);
	world_hugetlb(world, 16, 4);
}

static const struct row {
	const char *key;
	enum world_kind kind;
	unsigned int level;
	const char *warned;	/* part of a warning; NULL: none */
	uint64_t kept;		/* of the pages of fill(), at level 31 */
} rows[] = {
	{ "NUMBER(PG_hwpoison)", WORLD_6_17, 0, "PG_hwpoison", 1 << 6 },
	{ "NUMBER(PAGE_OFFLINE", WORLD_6_17, 0, NULL, 1 << 5 },
	{ "NUMBER(PAGE_BUDDY", WORLD_6_17, 16, "free", 1 << 4 },
	{ "NUMBER(PG_private)", WORLD_6_17, 2, "PG_private", 0 },
	{ "NUMBER(PG_lru)", WORLD_6_17, 4, "PG_lru",
	  1 << 2 | 1 << 3 | 0xffffU << 16 },
	{ "OFFSET(page.compound_head)", WORLD_6_17, 8, "compound_head",
	  1 << 1 | 1 << 2 | 1 << 3 | 0xffffU << 16 },
	{ "NUMBER(PAGE_HUGETLB", WORLD_6_17, 8, "hugetlb", 0xffffU << 16 },
};

static void check_row(const struct row *row)
{
	struct world world;
	const char *text;

	world_open_without(&world, row->kind, PAGES, row->key);
	fill(&world);
	text = told(&world, row->level, stderr);
	if (row->warned && !strstr(text, row->warned))
		fail_msg("without %s: \"%s\"", row->key, text);
	if (!row->warned && *text)
		fail_msg("without %s: \"%s\"", row->key, text);
	world_scan(&world, 31, PAGES);
	for (vms_pfn_t pfn = 1; pfn < 32; pfn++) {
		bool is_kept = world_kept(&world, pfn);
		bool kernel = pfn > 6 && pfn < 16;

		if (is_kept != (kernel || row->kept >> pfn & 1))
			fail_msg("without %s: page %d", row->key, (int)pfn);
	}
	world_close(&world);
}

static void test_missing_facts(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++)
		check_row(&rows[i]);
}

/* Tails that cannot be asked are kept, whatever the head says. */
static void test_tails_unknown(void **state)
{
	struct world world;

	(void)state;
	world_open_without(&world, WORLD_6_1, PAGES,
			   "OFFSET(page.compound_head)");
	assert_true(vms_page_layout_known(world.layout) & VMS_PAGE_ORDER);
	world_compound(&world, 16, 3);
	world_offline(&world, 16);
	world_scan(&world, 31, PAGES);
	world_expect_only(&world, 16, 17);
	world_close(&world);
}

/* A whole kernel: no warning at any level, nothing kept that should go. */
static void test_whole_kernels(void **state)
{
	(void)state;
	for (enum world_kind kind = 0; kind < WORLD_KINDS; kind++) {
		struct world world;

		world_open(&world, kind, PAGES);
		for (unsigned int level = 0; level <= VMS_LEVEL_MAX; level++)
			assert_string_equal(told(&world, level, stderr), "");
		/* Kernels before 6.16 do not say what is unaccepted. */
		assert_int_equal(strstr(told(&world, 0, stdout),
					"unaccepted") != NULL,
				 kind < WORLD_6_17);
		world_close(&world);
	}
}

/* What the level does not ask for is not missed. */
static void test_not_asked_for(void **state)
{
	struct world world;

	(void)state;
	world_open_without(&world, WORLD_6_17, PAGES, "NUMBER(PAGE_BUDDY");
	assert_string_equal(told(&world, 15, stderr), "");
	assert_non_null(strstr(told(&world, 16, stderr), "warning: free pages"));
	world_close(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing_facts),
		cmocka_unit_test(test_tails_unknown),
		cmocka_unit_test(test_whole_kernels),
		cmocka_unit_test(test_not_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
