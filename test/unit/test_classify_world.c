// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See the header. Page states follow include/linux/page-flags.h and
 * mm_types.h of each kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/endian.h>

#include "test_classify_world.h"
#include "vms_cmocka.h"

#define MAP_BASE 0xffffea0000000000ULL
#define ANON_VMA 0xffff888012345678ULL
#define ADDRESS_SPACE 0xffff888023456780ULL
#define LIST_NODE 0xffffea0000123448ULL

#define COMMON_TEXT                                                            \
	"PAGESIZE=4096\nSIZE(page)=64\nOFFSET(page.flags)=0\n"                 \
	"OFFSET(page._refcount)=52\nOFFSET(page.mapping)=24\n"                 \
	"OFFSET(page.lru)=8\nOFFSET(page._mapcount)=48\n"                      \
	"OFFSET(page.private)=40\nLENGTH(zone.free_area)=11\n"               \
	"SYMBOL(_stext)=ffffffff81000000\n"

struct kernel_row {
	const char *text;
	uint8_t flag[FLAG_COUNT];
	uint32_t buddy;
	uint32_t offline;
	uint32_t hugetlb;	/* 0: marked elsewhere */
	uint32_t slab;		/* 0: a flag */
	uint32_t unaccepted;	/* 0: none */
};

static const struct kernel_row kernel_rows[WORLD_KINDS] = {
	[WORLD_6_1] = {
		.text = "OSRELEASE=6.1.0\n" COMMON_TEXT
			"OFFSET(page.compound_dtor)=16\n"
			"OFFSET(page.compound_order)=17\n"
			"OFFSET(page.compound_head)=8\n"
			"NUMBER(PG_lru)=4\nNUMBER(PG_private)=13\n"
			"NUMBER(PG_swapcache)=10\nNUMBER(PG_swapbacked)=19\n"
			"NUMBER(PG_slab)=9\nNUMBER(PG_hwpoison)=22\n"
			"NUMBER(PG_head_mask)=65536\n"
			"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
			"NUMBER(HUGETLB_PAGE_DTOR)=2\n"
			"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n",
		.flag = { 4, 13, 10, 19, 22, 16 },
		.buddy = 0xffffff7f,
		.offline = 0xfffffeff,
	},
	[WORLD_6_8] = {
		.text = "OSRELEASE=6.8.0\n" COMMON_TEXT
			"OFFSET(page.compound_head)=8\n"
			"NUMBER(PG_lru)=5\nNUMBER(PG_private)=15\n"
			"NUMBER(PG_swapcache)=12\nNUMBER(PG_swapbacked)=20\n"
			"NUMBER(PG_slab)=11\nNUMBER(PG_hwpoison)=23\n"
			"NUMBER(PG_head_mask)=64\n"
			"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"
			"NUMBER(PG_hugetlb)=8\n"
			"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n",
		.flag = { 5, 15, 12, 20, 23, 6 },
		.buddy = 0xffffff7f,
		.offline = 0xfffffeff,
	},
	[WORLD_6_17] = {
		.text = "OSRELEASE=6.17.0\n" COMMON_TEXT
			"OFFSET(page.compound_head)=8\n"
			"NUMBER(PG_lru)=5\nNUMBER(PG_private)=14\n"
			"NUMBER(PG_swapcache)=10\nNUMBER(PG_swapbacked)=17\n"
			"NUMBER(PG_hwpoison)=21\nNUMBER(PG_head_mask)=64\n"
			"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"
			"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
			"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n"
			"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"
			"NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-150994944\n",
		.flag = { 5, 14, 10, 17, 21, 6 },
		.buddy = 0xf0000000,
		.offline = 0xf1000000,
		.hugetlb = 0xf4000000,
		.slab = 0xf5000000,
		.unaccepted = 0xf7000000,
	},
	[WORLD_7_1] = {
		.text = "OSRELEASE=7.1.0\n" COMMON_TEXT
			"OFFSET(page.compound_info)=8\n"
			"NUMBER(PG_lru)=5\nNUMBER(PG_private)=14\n"
			"NUMBER(PG_swapcache)=10\nNUMBER(PG_swapbacked)=17\n"
			"NUMBER(PG_hwpoison)=21\nNUMBER(PG_head_mask)=64\n"
			"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"
			"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"
			"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n"
			"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"
			"NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-150994944\n",
		.flag = { 5, 14, 10, 17, 21, 6 },
		.buddy = 0xf0000000,
		.offline = 0xf1000000,
		.hugetlb = 0xf4000000,
		.slab = 0xf5000000,
		.unaccepted = 0xf7000000,
	},
};

static const struct kernel_row *row_of(const struct world *world)
{
	return &kernel_rows[world->kind];
}

static bool world_get(void *ctx, vms_pfn_t pfn, uint8_t *buf,
		      vms_vaddr_t *vaddr_ret)
{
	struct world *world = ctx;

	if (pfn >= world->count)
		return false;
	if (pfn >= world->hole.start && pfn < world->hole.end)
		return false;
	memcpy(buf, world_at(world, pfn), WORLD_STRUCT);
	*vaddr_ret = world->map + pfn * WORLD_STRUCT;
	return true;
}

static bool world_in_bounds(void *ctx, struct vms_pfn_range range)
{
	const struct world *world = ctx;

	return range.end <= world->count &&
	       !(range.start < world->node_border &&
		 range.end > world->node_border);
}

static void open_text(struct world *world, enum world_kind kind, size_t count,
		      const char *text)
{
	*world = (struct world){ .kind = kind, .count = count };
	/* Aligned to the largest compound page, as vmemmap is. */
	world->map = MAP_BASE;
	assert_no_error(vms_kernel_create(text, strlen(text),
					  VMS_LITTLE_ENDIAN, true, NULL,
					  &world->kernel));
	world->layout = vms_kernel_page_layout(world->kernel);
	assert_non_null(world->layout);
	assert_int_equal(vms_page_layout_size(world->layout), WORLD_STRUCT);
	world->structs = calloc(count, WORLD_STRUCT);
	assert_non_null(world->structs);
	assert_no_error(vms_pageset_create(count, 1U << 20, NULL,
					   &world->excluded));
	assert_no_error(vms_pageset_create(count, 1U << 20, NULL,
					   &world->needed));
	world->lookup = (struct vms_page_lookup){
		.get = world_get, .in_bounds = world_in_bounds, .ctx = world
	};
	for (vms_pfn_t pfn = 0; pfn < count; pfn++)
		world_used(world, pfn);
}

void world_open(struct world *world, enum world_kind kind, size_t count)
{
	open_text(world, kind, count, kernel_rows[kind].text);
}

void world_open_without(struct world *world, enum world_kind kind,
			size_t count, const char *key)
{
	char text[2048];
	char *line;
	char *rest;

	snprintf(text, sizeof(text), "%s", kernel_rows[kind].text);
	line = strstr(text, key);
	assert_non_null(line);
	rest = strchr(line, '\n') + 1;
	memmove(line, rest, strlen(rest) + 1);
	open_text(world, kind, count, text);
}

void world_close(struct world *world)
{
	vms_kernel_destroy(world->kernel);
	vms_pageset_destroy(world->excluded);
	vms_pageset_destroy(world->needed);
	free(world->structs);
}

uint8_t *world_at(struct world *world, vms_pfn_t pfn)
{
	assert_true(pfn < world->count);
	return world->structs + (pfn) * WORLD_STRUCT;
}

void world_put32(struct world *world, vms_pfn_t pfn, size_t at, uint32_t v)
{
	vms_put_u32(world_at(world, pfn) + at, v, VMS_LITTLE_ENDIAN);
}

void world_put64(struct world *world, vms_pfn_t pfn, size_t at, uint64_t v)
{
	vms_put_u64(world_at(world, pfn) + at, v, VMS_LITTLE_ENDIAN);
}

static void or_flags(struct world *world, vms_pfn_t pfn, uint64_t bits)
{
	uint64_t flags = vms_get_u64(world_at(world, pfn) + AT_FLAGS,
				     VMS_LITTLE_ENDIAN);

	world_put64(world, pfn, AT_FLAGS, flags | bits);
}

void world_flag(struct world *world, vms_pfn_t pfn, enum world_flag flag)
{
	or_flags(world, pfn, 1ULL << row_of(world)->flag[flag]);
}

void world_used(struct world *world, vms_pfn_t pfn)
{
	memset(world_at(world, pfn), 0, WORLD_STRUCT);
	/* Node and zone bits, as every page has. */
	world_put64(world, pfn, AT_FLAGS, 0x17ffffc0000000ULL);
	world_put32(world, pfn, AT_MAPCOUNT, UINT32_MAX);
	world_put32(world, pfn, AT_REFCOUNT, 1);
}

static void put_block(struct world *world, vms_pfn_t pfn, unsigned int order)
{
	for (vms_pfn_t i = 0; i < 1ULL << order; i++) {
		world_used(world, pfn + i);
		world_put32(world, pfn + i, AT_REFCOUNT, 0);
	}
}

void world_free(struct world *world, vms_pfn_t pfn, unsigned int order)
{
	put_block(world, pfn, order);
	world_put32(world, pfn, AT_MAPCOUNT, row_of(world)->buddy);
	world_put64(world, pfn, AT_PRIVATE, order);
	world_put64(world, pfn, AT_COMPOUND, LIST_NODE);
}

void world_unaccepted(struct world *world, vms_pfn_t pfn, unsigned int order)
{
	assert_true(row_of(world)->unaccepted != 0);
	put_block(world, pfn, order);
	world_put32(world, pfn, AT_MAPCOUNT, row_of(world)->unaccepted);
	world_put64(world, pfn, AT_COMPOUND, LIST_NODE);
}

void world_compound(struct world *world, vms_pfn_t pfn, unsigned int order)
{
	vms_vaddr_t head = world->map + pfn * WORLD_STRUCT;
	uint64_t mask = ~((WORLD_STRUCT << order) - 1ULL);

	world_used(world, pfn);
	world_flag(world, pfn, FLAG_HEAD);
	for (vms_pfn_t i = 1; i < 1ULL << order; i++) {
		world_used(world, pfn + i);
		world_put32(world, pfn + i, AT_REFCOUNT, 0);
		world_put64(world, pfn + i, AT_COMPOUND,
			    (world->kind == WORLD_7_1 ? mask : head) | 1);
	}
	if (world->kind == WORLD_6_1) {
		world_at(world, pfn + 1)[16] = 1;
		world_at(world, pfn + 1)[17] = (uint8_t)order;
	} else {
		or_flags(world, pfn + 1, order);
	}
}

void world_hugetlb(struct world *world, vms_pfn_t pfn, unsigned int order)
{
	world_compound(world, pfn, order);
	if (world->kind == WORLD_6_1)
		world_at(world, pfn + 1)[16] = 2;
	else if (world->kind == WORLD_6_8)
		or_flags(world, pfn + 1, 1ULL << 8);
	else
		world_put32(world, pfn, AT_MAPCOUNT, row_of(world)->hugetlb);
}

void world_anon(struct world *world, vms_pfn_t pfn)
{
	world_put64(world, pfn, AT_MAPPING, ANON_VMA | 1);
	world_put64(world, pfn, AT_COMPOUND, LIST_NODE);
	world_put32(world, pfn, AT_MAPCOUNT, 0);
	world_flag(world, pfn, FLAG_LRU);
	world_flag(world, pfn, FLAG_SWAPBACKED);
}

void world_cache(struct world *world, vms_pfn_t pfn)
{
	world_put64(world, pfn, AT_MAPPING, ADDRESS_SPACE);
	world_put64(world, pfn, AT_COMPOUND, LIST_NODE);
	world_flag(world, pfn, FLAG_LRU);
}

void world_offline(struct world *world, vms_pfn_t pfn)
{
	world_put32(world, pfn, AT_MAPCOUNT, row_of(world)->offline);
}

void world_slab(struct world *world, vms_pfn_t pfn)
{
	if (row_of(world)->slab)
		world_put32(world, pfn, AT_MAPCOUNT, row_of(world)->slab);
	else
		or_flags(world, pfn,
			 1ULL << (world->kind == WORLD_6_1 ? 9 : 11));
}

static void scan_once(struct world *world, unsigned int level, size_t chunk)
{
	struct vms_classifier_config config = {
		.layout = world->layout,
		.level = level,
		.off = world->off,
		.excluded = world->excluded,
		.needed = world->needed,
	};
	struct vms_classifier *classifier;

	vms_pageset_clear(world->excluded);
	assert_no_error(vms_classifier_create(&config, &classifier));
	for (size_t at = 0; at < world->count; at += chunk) {
		struct vms_page_chunk piece = {
			.start = at,
			.count = world->count - at < chunk ? world->count - at :
							     chunk,
			.structs = world->structs + at * WORLD_STRUCT,
			.map = world->map + at * WORLD_STRUCT,
		};

		vms_classify_chunk(classifier, &piece, &world->lookup);
	}
	assert_true(vms_classifier_keep_needed(classifier, &world->lookup));
	world->counts = *vms_classifier_counts(classifier);
	world->scans++;
	vms_classifier_destroy(classifier);
}

void world_scan(struct world *world, unsigned int level, size_t chunk)
{
	scan_once(world, level, chunk);
	world_check_books(world);
}

void world_job(struct world *world, unsigned int level)
{
	uint64_t needed = vms_pageset_count(
		world->needed, (struct vms_pfn_range){ 0, world->count });

	world->off = 0;
	for (;;) {
		unsigned int off;

		world_scan(world, level, world->count);
		off = world->off | vms_class_gate(&world->counts, needed);
		if (off == world->off)
			return;
		world->off = off;
		assert_true(world->scans < VMS_NR_CLASSES + 2);
	}
}

bool world_kept(const struct world *world, vms_pfn_t pfn)
{
	return !vms_pageset_contains(world->excluded, pfn);
}

void world_expect_only(const struct world *world, vms_pfn_t start,
		       vms_pfn_t end)
{
	for (vms_pfn_t pfn = 0; pfn < world->count; pfn++)
		if (world_kept(world, pfn) != (pfn < start || pfn >= end))
			fail_msg("page %llu is %s", (unsigned long long)pfn,
				 world_kept(world, pfn) ? "kept" : "left out");
}

uint64_t world_doubts(const struct world *world)
{
	uint64_t sum = 0;

	for (int d = 0; d < VMS_NR_DOUBTS; d++)
		sum += world->counts.doubted[d];
	return sum;
}

void world_expect_class(const struct world *world, enum vms_class c,
			vms_pfn_t start, vms_pfn_t end)
{
	world_expect_only(world, start, end);
	assert_int_equal(world->counts.excluded[c], end - start);
	assert_int_equal(world_doubts(world), 0);
}

void world_expect_doubt(const struct world *world, enum vms_doubt d,
			uint64_t pages)
{
	world_expect_only(world, 0, 0);
	assert_int_equal(world->counts.doubted[d], pages);
	assert_int_equal(world_doubts(world), pages);
}

void world_each_kind(void (*test)(struct world *), size_t count)
{
	for (enum world_kind kind = 0; kind < WORLD_KINDS; kind++) {
		struct world world;

		world_open(&world, kind, count);
		test(&world);
		world_close(&world);
	}
}

void world_check_books(const struct world *world)
{
	struct vms_pfn_range all = { 0, world->count };
	struct vms_pfn_range run;
	uint64_t excluded = 0;
	uint64_t doubted = 0;

	for (int c = 0; c < VMS_NR_CLASSES; c++)
		excluded += world->counts.excluded[c];
	for (int d = 0; d < VMS_NR_DOUBTS; d++)
		doubted += world->counts.doubted[d];
	excluded -= world->counts.unattributed;
	assert_int_equal(excluded, vms_pageset_count(world->excluded, all));
	assert_true(excluded + doubted <= world->count);
	for (vms_pfn_t pfn = 0; vms_pageset_next(world->needed, pfn, &run);
	     pfn = run.end)
		assert_int_equal(vms_pageset_count(world->excluded, run), 0);
}
