// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What struct pages say of each other, and which of them no living kernel
 * writes.
 */
#include <stdio.h>
#include <string.h>

#include "page_bytes.h"
#include "vms_cmocka.h"

#define NEW_PAGE                                                               \
	"PAGESIZE=4096\nSIZE(page)=64\nOFFSET(page.flags)=0\n"                 \
	"OFFSET(page.lru)=8\nOFFSET(page.mapping)=24\n"                        \
	"OFFSET(page.private)=40\nOFFSET(page._mapcount)=48\n"                 \
	"OFFSET(page._refcount)=52\nLENGTH(zone.free_area)=11\n"               \
	"SYMBOL(_stext)=ffffffff81000000\n"
#define FLAGS_6_1                                                              \
	"NUMBER(PG_lru)=4\nNUMBER(PG_private)=13\nNUMBER(PG_swapcache)=10\n"   \
	"NUMBER(PG_swapbacked)=19\nNUMBER(PG_slab)=9\nNUMBER(PG_hwpoison)=23\n"\
	"NUMBER(PG_head_mask)=65536\n"                                         \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"                             \
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n"                           \
	"OFFSET(page.compound_dtor)=16\nOFFSET(page.compound_order)=17\n"      \
	"NUMBER(HUGETLB_PAGE_DTOR)=2\n"
#define TYPES_7                                                                \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=14\nNUMBER(PG_swapcache)=10\n"   \
	"NUMBER(PG_swapbacked)=17\nNUMBER(PG_hwpoison)=21\n"                   \
	"NUMBER(PG_head_mask)=64\n"                                            \
	"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"                        \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"                       \
	"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n"                     \
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"                     \
	"NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-150994944\n"
#define KERNEL_6_1 NEW_PAGE FLAGS_6_1 "OFFSET(page.compound_head)=8\n"
#define KERNEL_7_1 NEW_PAGE TYPES_7 "OFFSET(page.compound_info)=8\n"
#define KERNEL_3_10                                                            \
	"PAGESIZE=4096\nSIZE(page)=64\nOFFSET(page.flags)=0\n"                 \
	"OFFSET(page._count)=28\nOFFSET(page.mapping)=8\nOFFSET(page.lru)=32\n"\
	"OFFSET(page._mapcount)=24\nOFFSET(page.private)=48\n"                 \
	"LENGTH(zone.free_area)=11\nNUMBER(PG_lru)=5\nNUMBER(PG_private)=11\n" \
	"NUMBER(PG_swapcache)=16\nNUMBER(PG_slab)=7\nNUMBER(PG_hwpoison)=23\n" \
	"NUMBER(PG_head_mask)=16384\n"                                         \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-128\n"                             \
	"SYMBOL(free_huge_page)=ffffffff81206360\n"

#define BIT(n) (1ULL << (n))
#define HEAD 0xffffea0000400000
#define ANON_VMA 0xffff888012345678

/* Is the page at HEAD + distance struct pages a tail of HEAD? */
struct tail_row {
	const char *text;
	uint64_t flags;
	uint64_t word;		/* compound_head or compound_info */
	uint64_t distance;
	bool is_tail;
};

static const struct tail_row tail_rows[] = {
	{ KERNEL_6_1, 0, HEAD | 1, 1, true },
	{ KERNEL_6_1, 0, HEAD | 1, 511, true },
	{ KERNEL_6_1, 0, HEAD, 1, false },
	{ KERNEL_6_1, 0, (HEAD + 64) | 1, 1, false },
	{ KERNEL_6_1, 0, UINT64_MAX, 1, false },
	{ KERNEL_6_1, 0, 0, 1, false },
	/* A mask is an address there. */
	{ KERNEL_6_1, 0, 0xffffffffffff8001, 1, false },
	/* The vmemmap optimisation shows the head again at each page. */
	{ KERNEL_6_1, BIT(16), 0, 64, true },
	{ KERNEL_6_1, BIT(16), 0xdead000000000100, 448, true },
	{ KERNEL_6_1, BIT(16), 0, 63, false },
	{ KERNEL_6_1, 0, 0, 64, false },
	{ KERNEL_6_1, BIT(16), HEAD | 1, 64, true },
	{ KERNEL_6_1, BIT(16), (HEAD - 4096) | 1, 64, false },

	/* Order 9 of 64 bytes: the low 15 bits differ. */
	{ KERNEL_7_1, 0, 0xffffffffffff8001, 1, true },
	{ KERNEL_7_1, 0, 0xffffffffffff8001, 511, true },
	{ KERNEL_7_1, 0, 0xffffffffffff8001, 512, false },
	{ KERNEL_7_1, 0, 0xffffffffffff8000, 1, false },
	/* Order 1: another block's tail. */
	{ KERNEL_7_1, 0, 0xffffffffffffff81, 1, true },
	{ KERNEL_7_1, 0, 0xffffffffffffff81, 3, false },
	/* Without the optimisation configured: the address. */
	{ KERNEL_7_1, 0, HEAD | 1, 300, true },
	{ KERNEL_7_1, 0, (HEAD + 64) | 1, 300, false },
	/* No mask: a hole in it; nothing left of it. */
	{ KERNEL_7_1, 0, 0xfffffffeffff8001, 1, false },
	{ KERNEL_7_1, 0, 1, 1, false },
	{ KERNEL_7_1, 0, UINT64_MAX, 1, false },
	/* Nor is the head its own tail. */
	{ KERNEL_7_1, 0, 0xffffffffffff8001, 0, false },
	/* From 7.1 on no tail looks like a head. */
	{ KERNEL_7_1, BIT(6), 0, 64, false },
};

static void tails(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(tail_rows); i++) {
		const struct tail_row *row = &tail_rows[i];
		uint8_t page[64] = { 0 };
		struct test_kernel t;
		bool is_tail;

		test_kernel_open(&t, row->text, VMS_LITTLE_ENDIAN, true);
		put_word(&t, page, 0, row->flags);
		put_word(&t, page, 8, row->word);
		is_tail = vms_page_is_tail_of(t.layout, page,
					      HEAD + row->distance * 64, HEAD);
		if (is_tail != row->is_tail)
			fail_msg("row %zu: %d", i, is_tail);
		test_kernel_close(&t);
	}
}

static void tails_of_3_10(void **state)
{
	uint8_t page[64] = { 0 };
	struct test_kernel t;

	(void)state;
	test_kernel_open(&t, KERNEL_3_10, VMS_LITTLE_ENDIAN, true);
	put_word(&t, page, 48, HEAD);
	assert_false(vms_page_is_tail_of(t.layout, page, HEAD + 64, HEAD));
	put_word(&t, page, 0, BIT(15));
	assert_true(vms_page_is_tail_of(t.layout, page, HEAD + 64, HEAD));
	assert_false(vms_page_is_tail_of(t.layout, page, HEAD + 128,
					 HEAD + 64));
	test_kernel_close(&t);
}

/* Masks only come with a struct page of a power of two. */
static void masks_need_a_power_of_two(void **state)
{
	static const char text[] =
		"SIZE(page)=72\nOFFSET(page.flags)=0\n"
		"OFFSET(page.compound_info)=8\nPAGESIZE=4096\n";
	uint8_t page[72] = { 0 };
	struct test_kernel t;

	(void)state;
	test_kernel_open(&t, text, VMS_LITTLE_ENDIAN, true);
	put_word(&t, page, 8, 0xffffffffffff8001);
	assert_false(vms_page_is_tail_of(t.layout, page, HEAD + 72, HEAD));
	put_word(&t, page, 8, HEAD | 1);
	assert_true(vms_page_is_tail_of(t.layout, page, HEAD + 72, HEAD));
	test_kernel_close(&t);
}

static void masks_of_32_bit_kernels(void **state)
{
	static const char text[] =
		"SIZE(page)=32\nOFFSET(page.flags)=0\n"
		"OFFSET(page.compound_info)=4\nPAGESIZE=4096\n";
	uint8_t page[32] = { 0 };
	struct test_kernel t;

	(void)state;
	test_kernel_open(&t, text, VMS_BIG_ENDIAN, false);
	put_word(&t, page, 4, 0xffffff81);
	assert_true(vms_page_is_tail_of(t.layout, page, 0xc1000020,
					0xc1000000));
	assert_false(vms_page_is_tail_of(t.layout, page, 0xc1000080,
					 0xc1000000));
	test_kernel_close(&t);
}

/* One change to a page inside a free block. */
struct inner_row {
	uint64_t flags;
	uint64_t lru_next;
	uint32_t mapcount;
	uint32_t refcount;
	bool is_inner;
};

static const struct inner_row inner_rows_6_1[] = {
	{ 0, 0, UINT32_MAX, 0, true },
	{ 0x17ffffc000000000, 0, UINT32_MAX, 0, true },	/* zone, node */
	/* LIST_POISON1 */
	{ 0, 0xdead000000000100, UINT32_MAX, 0, true },
	{ 0, HEAD, UINT32_MAX, 0, true },
	{ BIT(23), 0, UINT32_MAX, 0, true },		/* poisoned */
	{ BIT(13), 0, UINT32_MAX, 0, true },
	{ 0, 0, UINT32_MAX, 1, false },			/* in use */
	{ 0, 0, 0, 0, false },				/* never set up */
	{ 0, 0, 0xffffff7f, 0, false },		/* another block */
	{ 0, 0, 0xfffffeff, 0, false },			/* offline */
	{ BIT(4), 0, UINT32_MAX, 0, false },
	{ BIT(9), 0, UINT32_MAX, 0, false },
	{ BIT(16), 0, UINT32_MAX, 0, false },
	{ 0, HEAD | 1, UINT32_MAX, 0, false },		/* tail */
};

static void inside_of_free_blocks(void **state)
{
	struct test_kernel t;

	(void)state;
	test_kernel_open(&t, KERNEL_6_1, VMS_LITTLE_ENDIAN, true);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(inner_rows_6_1); i++) {
		const struct inner_row *row = &inner_rows_6_1[i];
		uint8_t page[64] = { 0 };

		put_word(&t, page, 0, row->flags);
		put_word(&t, page, 8, row->lru_next);
		put_int(&t, page, 48, row->mapcount);
		put_int(&t, page, 52, row->refcount);
		if (vms_page_is_free_inner(t.layout, page) != row->is_inner)
			fail_msg("row %zu", i);
	}
	test_kernel_close(&t);
}

/* A page, and whether a living kernel can have written it. */
struct doubt_row {
	const char *text;
	uint64_t flags;
	uint64_t word;
	uint64_t mapping;
	uint32_t mapcount;
	uint32_t refcount;
	bool implausible;
};

#define NONE UINT32_MAX
#define LRU_6_1 BIT(4)
#define LRU_7 BIT(5)

static const struct doubt_row doubt_rows[] = {
	/* Real ones */
	{ KERNEL_6_1, LRU_6_1, 0, ANON_VMA | 1, 0, 1, false },
	{ KERNEL_6_1, LRU_6_1, 0, 0, NONE, 1, false },	/* truncated */
	{ KERNEL_6_1, LRU_6_1, 0, 3, 1, 2, false },		/* KSM */
	{ KERNEL_6_1, LRU_6_1, 0, ANON_VMA, 0x3fffff, 0x400000, false },
	{ KERNEL_6_1, LRU_6_1, 0, ANON_VMA | 3, 0x7000000, 0x7000001, false },
	{ KERNEL_6_1, LRU_6_1, 0, ANON_VMA, 2, 0x33000001, false },
	/* Five levels; arm64 with 52 bits; tagged by arm64's KASAN. */
	{ KERNEL_6_1, LRU_6_1, 0, 0xff11000012345679, 0, 1, false },
	{ KERNEL_6_1, LRU_6_1, 0, 0xfff0000012345679, 0, 1, false },
	{ KERNEL_6_1, LRU_6_1, 0, 0x3aff000012345679, 0, 1, false },
	/* A mapcount that went below -1: a bug, but of a kernel. */
	{ KERNEL_6_1, LRU_6_1, 0, ANON_VMA | 1, 0xfffffffe, 0, false },
	{ KERNEL_6_1, 0, 0, 0, 0xffffff7f, 0, false },		/* free */
	{ KERNEL_6_1, BIT(23), 0, 0, 0xffffff7f, 0, false },
	{ KERNEL_6_1, BIT(23), HEAD | 1, 0, NONE, 0, false },	/* tail */
	{ KERNEL_6_1, BIT(16) | BIT(9), 0, 0x55, 0x80100010, 1, false },
	{ KERNEL_6_1, 0, 0, 0x55, 0x12345678, 0xdeadbeef, false }, /* driver */
	{ KERNEL_6_1, 0, 0, 0, 0, 0, false },		/* never used */
	{ KERNEL_7_1, 0, 0, 0, 0xf1000000, 0, false },
	{ KERNEL_7_1, BIT(6), 0, ANON_VMA | 1, 0xf4000000, 2, false },
	{ KERNEL_7_1, BIT(21), 0, 0, 0xf6000123, 1, false },
	{ KERNEL_7_1, LRU_7, 0, ANON_VMA | 1, 0xff123456, 1, false },
	{ KERNEL_7_1, BIT(21), 0xffffffffffff8001, 0, NONE, 0, false },

	/* Lies */
	{ KERNEL_6_1, UINT64_MAX, UINT64_MAX, UINT64_MAX, NONE, NONE, true },
	{ KERNEL_6_1, LRU_6_1, 0, ANON_VMA | 1, 0, 0xffffffff, true },
	{ KERNEL_6_1, LRU_6_1, 0, ANON_VMA | 1, 0, 0x40000001, true },
	{ KERNEL_6_1, LRU_6_1, 0, ANON_VMA | 1, 0x12345678, 5, true },
	{ KERNEL_6_1, LRU_6_1, 0, ANON_VMA | 1, 0x400000, 5, true },
	{ KERNEL_6_1, LRU_6_1, 0, ANON_VMA | 1, 0x80000000, 5, true },
	{ KERNEL_6_1, LRU_6_1, 0, 0x00007f1234567001, 0, 1, true },
	{ KERNEL_6_1, 0, 0, 0x1234567890abcdef, NONE, 1, true },
	{ KERNEL_6_1, LRU_6_1, 0, 0x0000000012345678, 0, 1, true },
	{ KERNEL_6_1, LRU_6_1, 0, 1, 0, 1, true },
	{ KERNEL_6_1, LRU_6_1, 0, 0, 0xfffffeff, 1, true },
	{ KERNEL_6_1, 0, 0, ANON_VMA | 1, 0xfffffdff, 1, true },
	{ KERNEL_6_1, LRU_6_1 | BIT(9), 0, 0, NONE, 1, true },
	/* Free and in use. */
	{ KERNEL_6_1, 0, 0, 0, 0xffffff7f, 1, true },
	{ KERNEL_6_1, LRU_6_1, 0, 0, 0xffffff7f, 0, true },
	{ KERNEL_6_1, BIT(16), 0, 0, 0xffffff7f, 0, true },
	{ KERNEL_6_1, BIT(23), HEAD | 1, 0, NONE, 1, true },
	{ KERNEL_6_1, BIT(23), 0x1235, 0, NONE, 0, true },
	{ KERNEL_7_1, LRU_7, 0, ANON_VMA | 1, 0xf1000000, 1, true },
	{ KERNEL_7_1, 0, 0, ANON_VMA | 1, 0xf1000000, 1, true },
	{ KERNEL_7_1, LRU_7, 0, ANON_VMA | 1, 0xef000000, 1, true },
	{ KERNEL_7_1, 0, 0, 0, 0xf0000000, 0x80000000, true },
};

static void doubts(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(doubt_rows); i++) {
		const struct doubt_row *row = &doubt_rows[i];
		uint8_t page[64] = { 0 };
		struct vms_page_view view;
		struct test_kernel t;

		test_kernel_open(&t, row->text, VMS_LITTLE_ENDIAN, true);
		put_word(&t, page, 0, row->flags);
		put_word(&t, page, 8, row->word);
		put_word(&t, page, 24, row->mapping);
		put_int(&t, page, 48, row->mapcount);
		put_int(&t, page, 52, row->refcount);
		view = decode(&t, page);
		if (((view.bits & VMS_PAGE_IMPLAUSIBLE) != 0) !=
		    row->implausible)
			fail_msg("row %zu: bits %#x", i, view.bits);
		test_kernel_close(&t);
	}
}

/* Also where no flag that a rule asks for is known. */
static void uninitialised_struct_pages(void **state)
{
	static const char text[] = "SIZE(page)=64\nOFFSET(page.flags)=0\n"
				   "OFFSET(page.compound_head)=8\n"
				   "NUMBER(PG_lru)=4\n";
	uint8_t page[64];
	struct test_kernel t;

	(void)state;
	memset(page, 0xff, sizeof(page));
	test_kernel_open(&t, text, VMS_LITTLE_ENDIAN, true);
	assert_int_equal(decode(&t, page).bits,
			 VMS_PAGE_TAIL | VMS_PAGE_IMPLAUSIBLE);
	test_kernel_close(&t);
}

/* Kernels whose own symbols lie low: any address may be one. */
static void low_kernels(void **state)
{
	static const char *const texts[] = {
		"SYMBOL(init_uts_ns)=1234567\n",
		"",
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(texts); i++) {
		uint8_t page[64] = { 0 };
		struct test_kernel t;
		char text[2048];
		const char *symbol;

		snprintf(text, sizeof(text), "%s%s", texts[i], KERNEL_6_1);
		symbol = strstr(text, "SYMBOL(_stext)");
		assert_non_null(symbol);
		/* Another key of the same length: without this symbol. */
		text[symbol - text] = 'X';
		test_kernel_open(&t, text, VMS_BIG_ENDIAN, true);
		put_word(&t, page, 0, LRU_6_1);
		put_word(&t, page, 24, 0x12345679);
		put_int(&t, page, 48, 0);
		put_int(&t, page, 52, 1);
		assert_int_equal(decode(&t, page).bits,
				 VMS_PAGE_LRU | VMS_PAGE_ANON);
		test_kernel_close(&t);
	}
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/*
 * Random bytes: at most one in fifty may pass for a page that a rule wants,
 * and for the types of 6.12 on, which use one word in sixteen, one in ten.
 */
static void random_bytes(void **state)
{
	static const struct {
		const char *text;
		unsigned int most;	/* of 100000 */
	} kernels[] = {
		{ KERNEL_3_10, 2000 },
		{ KERNEL_6_1, 2000 },
		{ KERNEL_7_1, 2000 },
	};
	const uint32_t wanted = VMS_PAGE_LRU | VMS_PAGE_SWAPCACHE |
				VMS_PAGE_HWPOISON | VMS_PAGE_BUDDY |
				VMS_PAGE_OFFLINE | VMS_PAGE_UNACCEPTED |
				VMS_PAGE_ANON | VMS_PAGE_HUGETLB;
	uint64_t seed = 0x9e3779b97f4a7c15;

	(void)state;
	for (size_t k = 0; k < VMS_ARRAY_SIZE(kernels); k++) {
		unsigned int passed = 0;
		struct test_kernel t;

		test_kernel_open(&t, kernels[k].text, VMS_LITTLE_ENDIAN, true);
		for (int i = 0; i < 100000; i++) {
			struct vms_page_view view;
			uint64_t page[8];

			for (size_t j = 0; j < 8; j++)
				page[j] = next_random(&seed);
			view = decode(&t, (const uint8_t *)page);
			passed += (view.bits & wanted) &&
				  !(view.bits & VMS_PAGE_IMPLAUSIBLE);
		}
		if (passed > kernels[k].most)
			fail_msg("kernel %zu: %u of 100000 pass", k, passed);
		test_kernel_close(&t);
	}
}

static void second_page_changes_heads_only(void **state)
{
	uint8_t page[64] = { 0 }, second[64] = { 0 };
	struct vms_page_view view, before;
	struct test_kernel t;

	(void)state;
	test_kernel_open(&t, KERNEL_6_1, VMS_LITTLE_ENDIAN, true);
	put_int(&t, page, 48, 0xffffff7f);
	put_word(&t, page, 40, 5);
	put_word(&t, second, 8, HEAD | 1);
	second[16] = 2;
	second[17] = 9;
	view = decode(&t, page);
	before = view;
	vms_page_decode_second(t.layout, second, &view);
	assert_memory_equal(&view, &before, sizeof(view));
	assert_int_equal(view.order, 5);
	test_kernel_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tails),
		cmocka_unit_test(tails_of_3_10),
		cmocka_unit_test(masks_need_a_power_of_two),
		cmocka_unit_test(masks_of_32_bit_kernels),
		cmocka_unit_test(inside_of_free_blocks),
		cmocka_unit_test(doubts),
		cmocka_unit_test(uninitialised_struct_pages),
		cmocka_unit_test(low_kernels),
		cmocka_unit_test(random_bytes),
		cmocka_unit_test(second_page_changes_heads_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
