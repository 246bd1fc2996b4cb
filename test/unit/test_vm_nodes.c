// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * NUMA nodes: which ranges lie in one, and the memory models whose page
 * arrays belong to nodes.
 */
#include <string.h>

#include "fake_image.h"
#include "vms_cmocka.h"

#define S FAKE_SECTION_PAGES
#define NODE_DATA 0x20000U
#define PGDAT(n) (0x30000U + (n) * 0x1000U)

static void put_node(struct fake_image *image, unsigned int n, vms_pfn_t start,
		     uint64_t spanned)
{
	fake_put64(&image->mem, NODE_DATA + n * 8, FAKE_DIRECT + PGDAT(n));
	fake_put64(&image->mem, PGDAT(n) + 64, start);
	fake_put64(&image->mem, PGDAT(n) + 72, spanned);
	fake_put64(&image->mem, PGDAT(n) + 80, n);
}

static void init(struct fake_image *image, unsigned int sections)
{
	fake_image_init(image, sections);
	fake_info_hex(&image->info, "SYMBOL(node_data)", FAKE_TEXT + NODE_DATA);
	fake_info_set(&image->info, "LENGTH(node_data)", "1024");
}

static bool same(const struct fake_image *image, vms_pfn_t start, vms_pfn_t end)
{
	return vms_vm_same_node(image->vm, (struct vms_pfn_range){ start,
								   end });
}

static void test_two_nodes(void **state)
{
	struct fake_image image;

	(void)state;
	init(&image, 4);
	put_node(&image, 0, 1, S - 1);
	put_node(&image, 3, S, 2 * S);
	fake_image_open(&image);
	assert_string_equal(image.said, "");
	assert_true(same(&image, 1, S));
	assert_true(same(&image, S, 3 * S));
	assert_true(same(&image, S + 5, S + 6));
	assert_false(same(&image, 0, 2));
	assert_false(same(&image, S - 1, S + 1));
	assert_false(same(&image, 3 * S - 1, 3 * S + 1));
	assert_false(same(&image, 4 * S, 4 * S + 1));
	assert_true(vms_pageset_contains(vms_vm_cursor_used(image.cursor),
					 PGDAT(3) >> 12));
	fake_image_deinit(&image);
}

/* One inside of the other, as some machines have them. */
static void test_nested_nodes(void **state)
{
	struct fake_image image;

	(void)state;
	init(&image, 4);
	put_node(&image, 0, 0, 4 * S);
	put_node(&image, 1, S, S);
	fake_image_open(&image);
	assert_true(same(&image, S - 1, 3 * S));
	fake_image_deinit(&image);
}

static void test_not_known(void **state)
{
	static const char *const keys[] = {
		"SYMBOL(node_data)", "LENGTH(node_data)",
		"OFFSET(pglist_data.node_start_pfn)",
		"OFFSET(pglist_data.node_spanned_pages)",
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(keys); i++) {
		struct fake_image image;

		init(&image, 2);
		put_node(&image, 0, 0, S);
		fake_info_remove(&image.info, keys[i]);
		fake_image_open(&image);
		assert_true(same(&image, 0, 2 * S));
		fake_image_deinit(&image);
	}
}

static void test_bad_nodes(void **state)
{
	static const struct {
		vms_paddr_t at;
		uint64_t value;
	} rows[] = {
		{ NODE_DATA + 8, 0xdead000000000000 },
		{ NODE_DATA + 8, FAKE_DIRECT + PGDAT(1) + 3 },
		{ NODE_DATA + 8, FAKE_DIRECT + (1ULL << 43) },
		{ NODE_DATA + 8, 0x30000 },
		{ PGDAT(1) + 64, 1ULL << 40 },
		{ PGDAT(1) + 72, 0 },
		{ PGDAT(1) + 72, UINT64_MAX },
		{ PGDAT(1) + 72, 1ULL << 34 },	/* all of 2^46 bytes, and S */
		{ PGDAT(1) + 80, 7 },
	};
	struct fake_image image;

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		init(&image, 2);
		put_node(&image, 0, 0, S);
		put_node(&image, 1, S, S);
		fake_put64(&image.mem, rows[i].at, rows[i].value);
		fake_image_open(&image);
		assert_non_null(strstr(image.said, "node_data[1]="));
		assert_true(same(&image, 0, S));
		/* Of the other one's pages nothing is known; but no range can
		 * reach out of the good one. */
		assert_true(same(&image, S, 2 * S));
		assert_false(same(&image, S / 2, 2 * S));
		fake_image_deinit(&image);
	}
	/* A good node, but at an address that no node has. */
	init(&image, 2);
	put_node(&image, 0, 0, S);
	fake_put64(&image.mem, NODE_DATA + 8, FAKE_DIRECT + PGDAT(1) + 4);
	fake_put64(&image.mem, PGDAT(1) + 4 + 64, S);
	fake_put64(&image.mem, PGDAT(1) + 4 + 72, S);
	fake_put64(&image.mem, PGDAT(1) + 4 + 80, 1);
	fake_image_open(&image);
	assert_non_null(strstr(image.said, "node_data[1]="));
	assert_false(same(&image, S / 2, 2 * S));
	fake_image_deinit(&image);
	/* All bad is as good as not known. */
	init(&image, 2);
	put_node(&image, 0, 0, 0);
	fake_image_open(&image);
	assert_true(same(&image, S, 2 * S));
	fake_image_deinit(&image);
}

static void test_many_nodes(void **state)
{
	struct fake_image image;

	(void)state;
	init(&image, 2);
	fake_info_set(&image.info, "LENGTH(node_data)", "2147483648");
	put_node(&image, 0, 0, S);
	/* Whether the parser or the room limits it: it ends, and soon. */
	fake_image_open(&image);
	assert_true(same(&image, 0, S));
	fake_image_deinit(&image);

	/* An array that leaves mapped memory. */
	init(&image, 2);
	fake_info_hex(&image.info, "SYMBOL(node_data)",
		      FAKE_TEXT + (2U << 20) - 8);
	fake_put64(&image.mem, (2U << 20) - 8, FAKE_DIRECT + PGDAT(0));
	fake_put64(&image.mem, PGDAT(0) + 72, S);
	fake_image_open(&image);
	assert_non_null(strstr(image.said, "node_data[1]"));
	assert_true(same(&image, 0, S));
	fake_image_deinit(&image);
}

/* No sections: each node has an array, here at odd places. */
static void test_discontig(void **state)
{
	struct vms_memmap_range range;
	struct fake_image image;
	const char *why = NULL;

	(void)state;
	init(&image, 4);
	fake_info_remove(&image.info, "SYMBOL(mem_section)");
	fake_info_set(&image.info, "OFFSET(pglist_data.node_mem_map)", "56");
	put_node(&image, 0, 16, S);
	fake_put64(&image.mem, PGDAT(0) + 56, FAKE_DIRECT + 0x4000000);
	put_node(&image, 1, 2 * S, S);
	fake_put64(&image.mem, PGDAT(1) + 56, FAKE_DIRECT + 0x5000040);
	fake_image_open(&image);
	assert_string_equal(image.said, "");
	assert_string_equal(vms_vm_model(image.vm), "discontig");

	assert_int_equal(vms_memmap_next(image.cursor, 0, &range, &why),
			 VMS_MEMMAP_DOUBT);
	assert_int_equal(range.pfns.start, 0);
	assert_int_equal(range.pfns.end, 16);
	assert_int_equal(vms_memmap_next(image.cursor, 16, &range, &why),
			 VMS_MEMMAP_RANGE);
	assert_int_equal(range.pfns.start, 16);
	assert_int_equal(range.pfns.end, S);
	assert_int_equal(range.map, FAKE_DIRECT + 0x4000000);
	assert_int_equal(vms_memmap_next(image.cursor, S, &range, &why),
			 VMS_MEMMAP_RANGE);
	assert_int_equal(range.pfns.end, S + 16);
	assert_int_equal(range.map,
			 FAKE_DIRECT + 0x4000000 + (S - 16) * FAKE_STRUCT);
	assert_int_equal(vms_memmap_next(image.cursor, S + 16, &range, &why),
			 VMS_MEMMAP_DOUBT);
	assert_int_equal(range.pfns.end, 2 * S);
	assert_int_equal(vms_memmap_next(image.cursor, 2 * S + 1, &range, &why),
			 VMS_MEMMAP_RANGE);
	assert_int_equal(range.map, FAKE_DIRECT + 0x5000040 + FAKE_STRUCT);
	assert_int_equal(vms_memmap_next(image.cursor, 3 * S, &range, &why),
			 VMS_MEMMAP_DOUBT);
	fake_image_deinit(&image);
}

static void test_bad_discontig(void **state)
{
	struct fake_image image;

	(void)state;
	init(&image, 2);
	fake_info_remove(&image.info, "SYMBOL(mem_section)");
	fake_info_set(&image.info, "OFFSET(pglist_data.node_mem_map)", "56");
	put_node(&image, 0, 0, S);
	fake_put64(&image.mem, PGDAT(0) + 56, 0x4000000);
	fake_image_open(&image);
	assert_null(vms_vm_model(image.vm));
	assert_non_null(strstr(image.said, "no page array: "));
	fake_image_deinit(&image);
}

#define CONTIG 0x40000U
#define MEM_MAP 0x50000U

static void init_flat(struct fake_image *image)
{
	fake_image_init(image, 2);
	fake_info_remove(&image->info, "SYMBOL(mem_section)");
	fake_info_hex(&image->info, "SYMBOL(mem_map)", FAKE_TEXT + MEM_MAP);
	fake_put64(&image->mem, MEM_MAP, FAKE_DIRECT + 0x4000000);
}

static void test_flat_by_node(void **state)
{
	struct vms_memmap_range range;
	struct fake_image image;
	const char *why = NULL;

	(void)state;
	init_flat(&image);
	fake_info_set(&image.info, "OFFSET(pglist_data.node_mem_map)", "56");
	fake_info_hex(&image.info, "SYMBOL(contig_page_data)",
		      FAKE_TEXT + CONTIG);
	fake_put64(&image.mem, CONTIG + 56, FAKE_DIRECT + 0x4000040);
	fake_put64(&image.mem, CONTIG + 64, 1);
	fake_put64(&image.mem, CONTIG + 72, S);
	fake_image_open(&image);
	assert_string_equal(vms_vm_model(image.vm), "flat");
	assert_int_equal(vms_memmap_next(image.cursor, 7, &range, &why),
			 VMS_MEMMAP_RANGE);
	assert_int_equal(range.map, FAKE_DIRECT + 0x4000000 + 7 * FAKE_STRUCT);
	assert_int_equal(vms_memmap_next(image.cursor, S + 1, &range, &why),
			 VMS_MEMMAP_DOUBT);
	assert_false(same(&image, S, S + 2));
	fake_image_deinit(&image);
}

static void test_flat_by_variable(void **state)
{
	struct vms_memmap_range range;
	struct fake_image image;
	const char *why = NULL;

	(void)state;
	init_flat(&image);
	fake_image_open(&image);
	assert_string_equal(vms_vm_model(image.vm), "flat");
	assert_int_equal(vms_memmap_next(image.cursor, S + 7, &range, &why),
			 VMS_MEMMAP_RANGE);
	assert_int_equal(range.pfns.end, 2 * S);
	assert_int_equal(range.map,
			 FAKE_DIRECT + 0x4000000 + (S + 7) * FAKE_STRUCT);
	fake_image_deinit(&image);

	static const uint64_t maps[] = { 0, 0x4000000, FAKE_DIRECT + (1ULL << 44),
					 UINT64_MAX };

	for (size_t i = 0; i < VMS_ARRAY_SIZE(maps); i++) {
		init_flat(&image);
		fake_put64(&image.mem, MEM_MAP, maps[i]);
		fake_image_open(&image);
		assert_null(vms_vm_model(image.vm));
		assert_non_null(strstr(image.said, "SYMBOL(mem_map)="));
		fake_image_deinit(&image);
	}
	init_flat(&image);
	fake_info_hex(&image.info, "SYMBOL(mem_map)", FAKE_TEXT + (4U << 20));
	fake_image_open(&image);
	assert_null(vms_vm_model(image.vm));
	assert_non_null(strstr(image.said, "cannot be read"));
	fake_image_deinit(&image);
}

/* Sparse kernels without NUMA export mem_map too, but do not use it. */
static void test_sparse_before_flat(void **state)
{
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 2);
	fake_info_hex(&image.info, "SYMBOL(mem_map)", FAKE_TEXT + MEM_MAP);
	fake_put64(&image.mem, MEM_MAP, FAKE_DIRECT + 0x4000000);
	fake_image_open(&image);
	assert_string_equal(vms_vm_model(image.vm), "sparsemem extreme");
	fake_image_deinit(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_nodes),
		cmocka_unit_test(test_nested_nodes),
		cmocka_unit_test(test_not_known),
		cmocka_unit_test(test_bad_nodes),
		cmocka_unit_test(test_many_nodes),
		cmocka_unit_test(test_discontig),
		cmocka_unit_test(test_bad_discontig),
		cmocka_unit_test(test_flat_by_node),
		cmocka_unit_test(test_flat_by_variable),
		cmocka_unit_test(test_sparse_before_flat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
