// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Values that no kernel has: each is said once, with what is allowed, and
 * turns off what stands on it and nothing else.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/kernel.h>
#include <vmsieve/log.h>
#include <vmsieve/page_view.h>

#include "fake_capture.h"
#include "vms_cmocka.h"

/* A 6.1 for x86_64 with everything. */
static const char *const good[] = {
	"OSRELEASE=6.1.0",
	"PAGESIZE=4096",
	"SYMBOL(init_uts_ns)=ffffffff82e12d00",
	"SYMBOL(mem_section)=ffff88807ffd6000",
	"LENGTH(mem_section)=2048",
	"SIZE(mem_section)=16",
	"OFFSET(mem_section.section_mem_map)=0",
	"NUMBER(SECTION_SIZE_BITS)=27",
	"NUMBER(MAX_PHYSMEM_BITS)=46",
	"SIZE(page)=64",
	"SIZE(pglist_data)=174208",
	"SIZE(zone)=1536",
	"OFFSET(page.flags)=0",
	"OFFSET(page._refcount)=52",
	"OFFSET(page.mapping)=24",
	"OFFSET(page.lru)=8",
	"OFFSET(page._mapcount)=48",
	"OFFSET(page.private)=40",
	"OFFSET(page.compound_dtor)=16",
	"OFFSET(page.compound_order)=17",
	"OFFSET(page.compound_head)=8",
	"OFFSET(pglist_data.node_start_pfn)=171560",
	"OFFSET(pglist_data.node_id)=171584",
	"OFFSET(zone.spanned_pages)=144",
	"LENGTH(zone.free_area)=11",
	"LENGTH(node_data)=1024",
	"NUMBER(PG_lru)=4",
	"NUMBER(PG_private)=13",
	"NUMBER(PG_swapcache)=10",
	"NUMBER(PG_swapbacked)=19",
	"NUMBER(PG_slab)=9",
	"NUMBER(PG_hwpoison)=23",
	"NUMBER(PG_head_mask)=65536",
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129",
	"NUMBER(HUGETLB_PAGE_DTOR)=2",
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257",
	"NUMBER(phys_base)=0",
	"NUMBER(pgtable_l5_enabled)=0",
	"KERNELOFFSET=0",
	"NUMBER(KERNEL_IMAGE_SIZE)=1073741824",
	"NUMBER(sme_mask)=0",
};

#define ALL                                                                    \
	((uint32_t)(VMS_PAGE_LRU | VMS_PAGE_PRIVATE | VMS_PAGE_SWAPCACHE |     \
		    VMS_PAGE_HWPOISON | VMS_PAGE_HEAD | VMS_PAGE_TAIL |        \
		    VMS_PAGE_SLAB | VMS_PAGE_BUDDY | VMS_PAGE_OFFLINE |        \
		    VMS_PAGE_ANON | VMS_PAGE_HUGETLB | VMS_PAGE_ORDER |        \
		    VMS_PAGE_IMPLAUSIBLE))
#define NO_LAYOUT UINT32_MAX

static char warnings[8192];

/* The good text with one line (the same key) in place of its own. */
static struct vms_kernel *with(const char *line, bool is_64bit)
{
	size_t key = strcspn(line, "=") + 1;
	struct fake_capture capture;
	struct vms_kernel *kernel;
	struct vms_log *log;
	char text[4096] = "";
	size_t used = 0;

	for (size_t i = 0; i < VMS_ARRAY_SIZE(good); i++) {
		bool replace = !strncmp(good[i], line, key);

		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "%s\n", replace ? line : good[i]);
	}
	assert_no_error(vms_log_create(VMS_MSG_DEFAULT, &log));
	fake_capture_start(&capture);
	assert_no_error(vms_kernel_create(text, used, VMS_LITTLE_ENDIAN,
					  is_64bit, log, &kernel));
	fake_capture_stop(&capture, warnings, sizeof(warnings));
	vms_log_destroy(log);
	return kernel;
}

static uint32_t known(const struct vms_kernel *kernel)
{
	const struct vms_page_layout *layout = vms_kernel_page_layout(kernel);

	return layout ? vms_page_layout_known(layout) : NO_LAYOUT;
}

static unsigned int count_warnings(void)
{
	const char *text = warnings;
	unsigned int count = 0;

	while ((text = strstr(text, "warning: "))) {
		count++;
		text++;
	}
	return count;
}

static void the_good_text(void **state)
{
	struct vms_kernel *kernel = with("X=", true);

	(void)state;
	assert_string_equal(warnings, "");
	assert_int_equal(known(kernel), ALL);
	assert_int_equal(vms_kernel_page_size(kernel), 4096);
	vms_kernel_destroy(kernel);
}

/* lost: bits of the layout that are no longer known, or NO_LAYOUT. */
struct value_row {
	const char *line;
	enum vms_fact fact;
	uint32_t lost;
	const char *allowed;
};

static const struct value_row value_rows[] = {
	{ "PAGESIZE=0", VMS_FACT_PAGESIZE, 0, "4096, 16384 or 65536" },
	{ "PAGESIZE=3", VMS_FACT_PAGESIZE, 0, "4096, 16384 or 65536" },
	{ "PAGESIZE=8192", VMS_FACT_PAGESIZE, 0, "4096, 16384 or 65536" },
	{ "PAGESIZE=2147483648", VMS_FACT_PAGESIZE, 0, "4096, 16384 or" },
	{ "NUMBER(SECTION_SIZE_BITS)=0", VMS_FACT_NUMBER_SECTION_SIZE_BITS, 0,
	  "20 to 40" },
	{ "NUMBER(SECTION_SIZE_BITS)=255", VMS_FACT_NUMBER_SECTION_SIZE_BITS, 0,
	  "20 to 40" },
	{ "NUMBER(SECTION_SIZE_BITS)=-27", VMS_FACT_NUMBER_SECTION_SIZE_BITS, 0,
	  "20 to 40" },
	{ "NUMBER(MAX_PHYSMEM_BITS)=64", VMS_FACT_NUMBER_MAX_PHYSMEM_BITS, 0,
	  "30 to 57" },
	{ "NUMBER(MAX_PHYSMEM_BITS)=12", VMS_FACT_NUMBER_MAX_PHYSMEM_BITS, 0,
	  "30 to 57" },
	{ "SIZE(page)=0", VMS_FACT_SIZE_PAGE, NO_LAYOUT, "32 to 128" },
	{ "SIZE(page)=8", VMS_FACT_SIZE_PAGE, NO_LAYOUT, "32 to 128" },
	{ "SIZE(page)=60", VMS_FACT_SIZE_PAGE, NO_LAYOUT, "32 to 128" },
	{ "SIZE(page)=136", VMS_FACT_SIZE_PAGE, NO_LAYOUT, "32 to 128" },
	{ "SIZE(page)=1073741824", VMS_FACT_SIZE_PAGE, NO_LAYOUT, "32 to" },
	{ "SIZE(mem_section)=0", VMS_FACT_SIZE_MEM_SECTION, 0, "4 to 256" },
	{ "SIZE(mem_section)=4096", VMS_FACT_SIZE_MEM_SECTION, 0, "4 to 256" },
	{ "LENGTH(mem_section)=0", VMS_FACT_LENGTH_MEM_SECTION, 0, "1 to" },
	{ "LENGTH(mem_section)=2147483647", VMS_FACT_LENGTH_MEM_SECTION, 0,
	  "1 to 67108864" },
	{ "OFFSET(mem_section.section_mem_map)=16",
	  VMS_FACT_OFFSET_MEM_SECTION_MAP, 0, "inside 0 to 16" },
	{ "OFFSET(page.flags)=4096", VMS_FACT_OFFSET_PAGE_FLAGS, NO_LAYOUT,
	  "inside 0 to 64" },
	{ "OFFSET(page.flags)=60", VMS_FACT_OFFSET_PAGE_FLAGS, NO_LAYOUT,
	  "inside 0 to 64" },
	{ "OFFSET(page.flags)=4", VMS_FACT_OFFSET_PAGE_FLAGS, NO_LAYOUT,
	  "multiples of 8" },
	{ "OFFSET(page._mapcount)=-8", VMS_FACT_OFFSET_PAGE_MAPCOUNT,
	  VMS_PAGE_BUDDY | VMS_PAGE_OFFLINE, "decimal digits" },
	{ "OFFSET(page._mapcount)=50", VMS_FACT_OFFSET_PAGE_MAPCOUNT,
	  VMS_PAGE_BUDDY | VMS_PAGE_OFFLINE, "multiples of 4" },
	{ "OFFSET(page.private)=9223372036854775807",
	  VMS_FACT_OFFSET_PAGE_PRIVATE, VMS_PAGE_BUDDY, "0 to 16777215" },
	{ "OFFSET(page.mapping)=64", VMS_FACT_OFFSET_PAGE_MAPPING,
	  VMS_PAGE_ANON, "inside 0 to 64" },
	{ "OFFSET(page.compound_head)=64", VMS_FACT_OFFSET_PAGE_COMPOUND_HEAD,
	  VMS_PAGE_TAIL | VMS_PAGE_HUGETLB, "inside 0 to 64" },
	{ "OFFSET(page.compound_order)=64", VMS_FACT_OFFSET_PAGE_COMPOUND_ORDER,
	  VMS_PAGE_ORDER | VMS_PAGE_HUGETLB, "inside 0 to 64" },
	{ "OFFSET(page.lru)=56", VMS_FACT_OFFSET_PAGE_LRU, 0,
	  "inside 0 to 64" },
	{ "OFFSET(pglist_data.node_id)=174208", VMS_FACT_OFFSET_PGLIST_NODE_ID,
	  0, "inside 0 to 174208" },
	{ "OFFSET(zone.spanned_pages)=1532", VMS_FACT_OFFSET_ZONE_SPANNED_PAGES,
	  0, "inside 0 to 1536" },
	{ "LENGTH(zone.free_area)=0", VMS_FACT_LENGTH_ZONE_FREE_AREA,
	  VMS_PAGE_BUDDY, "1 to 32" },
	{ "LENGTH(zone.free_area)=64", VMS_FACT_LENGTH_ZONE_FREE_AREA,
	  VMS_PAGE_BUDDY, "1 to 32" },
	{ "LENGTH(node_data)=4294967296", VMS_FACT_LENGTH_NODE_DATA, 0,
	  "1 to 65536" },
	{ "NUMBER(PG_lru)=200", VMS_FACT_NUMBER_PG_LRU, VMS_PAGE_LRU,
	  "0 to 63" },
	{ "NUMBER(PG_lru)=64", VMS_FACT_NUMBER_PG_LRU, VMS_PAGE_LRU,
	  "0 to 63" },
	{ "NUMBER(PG_lru)=-1", VMS_FACT_NUMBER_PG_LRU, VMS_PAGE_LRU,
	  "0 to 63" },
	{ "NUMBER(PG_private)=64", VMS_FACT_NUMBER_PG_PRIVATE, VMS_PAGE_PRIVATE,
	  "0 to 63" },
	{ "NUMBER(PG_swapcache)=64", VMS_FACT_NUMBER_PG_SWAPCACHE,
	  VMS_PAGE_SWAPCACHE, "0 to 63" },
	/* Without it the flag is not to be told from others. */
	{ "NUMBER(PG_swapbacked)=64", VMS_FACT_NUMBER_PG_SWAPBACKED,
	  VMS_PAGE_SWAPCACHE, "0 to 63" },
	{ "NUMBER(PG_slab)=64", VMS_FACT_NUMBER_PG_SLAB,
	  VMS_PAGE_SLAB | VMS_PAGE_ANON, "0 to 63" },
	{ "NUMBER(PG_hwpoison)=64", VMS_FACT_NUMBER_PG_HWPOISON,
	  VMS_PAGE_HWPOISON, "0 to 63" },
	{ "NUMBER(PG_head_mask)=0", VMS_FACT_NUMBER_PG_HEAD_MASK, VMS_PAGE_HEAD,
	  "one bit" },
	{ "NUMBER(PG_head_mask)=65537", VMS_FACT_NUMBER_PG_HEAD_MASK,
	  VMS_PAGE_HEAD, "one bit" },
	{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=0", VMS_FACT_NUMBER_PAGE_BUDDY,
	  VMS_PAGE_BUDDY, "-2147483648 to -2" },
	{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-1", VMS_FACT_NUMBER_PAGE_BUDDY,
	  VMS_PAGE_BUDDY, "-2147483648 to -2" },
	{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-4294967296",
	  VMS_FACT_NUMBER_PAGE_BUDDY, VMS_PAGE_BUDDY, "-2147483648 to -2" },
	{ "NUMBER(HUGETLB_PAGE_DTOR)=0", VMS_FACT_NUMBER_HUGETLB_PAGE_DTOR,
	  VMS_PAGE_HUGETLB, "1 to 255" },
	{ "SYMBOL(init_uts_ns)=0", VMS_FACT_SYMBOL_INIT_UTS_NS, 0,
	  "an address that is not 0" },
	{ "KERNELOFFSET=ffffffffffffffff", VMS_FACT_KERNELOFFSET, 0,
	  "a multiple of 4096" },
	{ "NUMBER(phys_base)=-4503599627370496", VMS_FACT_NUMBER_PHYS_BASE, 0,
	  "within 2^52" },
	{ "NUMBER(phys_base)=1", VMS_FACT_NUMBER_PHYS_BASE, 0,
	  "a multiple of 4096" },
	{ "NUMBER(pgtable_l5_enabled)=2", VMS_FACT_NUMBER_PGTABLE_L5_ENABLED, 0,
	  "0 or 1" },
	{ "NUMBER(KERNEL_IMAGE_SIZE)=0", VMS_FACT_NUMBER_KERNEL_IMAGE_SIZE, 0,
	  "1 MiB to 1 TiB" },
	{ "NUMBER(sme_mask)=-1", VMS_FACT_NUMBER_SME_MASK, 0, "one bit from" },
	{ "NUMBER(sme_mask)=4096", VMS_FACT_NUMBER_SME_MASK, 0,
	  "one bit from 32 on" },
};

static void values(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(value_rows); i++) {
		const struct value_row *row = &value_rows[i];
		struct vms_kernel *kernel = with(row->line, true);

		if (count_warnings() != 1 ||
		    !strstr(warnings, row->allowed) ||
		    !strstr(warnings, vms_fact_key(row->fact)) ||
		    !strstr(warnings, strchr(row->line, '=')))
			fail_msg("%s: %s", row->line, warnings);
		assert_false(vms_kernel_has(kernel, row->fact));
		if (row->lost == NO_LAYOUT)
			assert_int_equal(known(kernel), NO_LAYOUT);
		else if (known(kernel) != (ALL & ~row->lost))
			fail_msg("%s: known %#x", row->line, known(kernel));
		vms_kernel_destroy(kernel);
	}
}

/* The ends of ranges are in. */
static void last_allowed_values(void **state)
{
	static const char *const rows[] = {
		"PAGESIZE=65536",
		"PAGESIZE=16384",
		"SIZE(page)=128",
		"NUMBER(PG_lru)=63",
		"NUMBER(PG_head_mask)=-9223372036854775808",
		"NUMBER(SECTION_SIZE_BITS)=40",
		"NUMBER(MAX_PHYSMEM_BITS)=57",
		"OFFSET(page.private)=56",
		"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=4026531840",
		"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-2147483648",
		"NUMBER(sme_mask)=140737488355328",
		"NUMBER(sme_mask)=4294967296",
		"NUMBER(phys_base)=-4503599627366400",
		"LENGTH(zone.free_area)=32",
		"KERNELOFFSET=2a8f6a200000",
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		struct vms_kernel *kernel = with(rows[i], true);

		assert_string_equal(warnings, "");
		vms_kernel_destroy(kernel);
	}
}

static void sections_beyond_memory(void **state)
{
	struct vms_kernel *kernel = with("NUMBER(MAX_PHYSMEM_BITS)=30", true);

	(void)state;
	assert_string_equal(warnings, "");
	vms_kernel_destroy(kernel);
	kernel = with("NUMBER(SECTION_SIZE_BITS)=30", true);
	assert_string_equal(warnings, "");
	vms_kernel_destroy(kernel);
	assert_no_error(vms_kernel_create(
		"NUMBER(SECTION_SIZE_BITS)=36\nNUMBER(MAX_PHYSMEM_BITS)=36\n",
		58, VMS_LITTLE_ENDIAN, true, NULL, &kernel));
	assert_false(vms_kernel_has(kernel,
				    VMS_FACT_NUMBER_SECTION_SIZE_BITS));
	assert_false(vms_kernel_has(kernel, VMS_FACT_NUMBER_MAX_PHYSMEM_BITS));
	vms_kernel_destroy(kernel);
}

/* Two members in one place: neither is believed. */
static void overlaps(void **state)
{
	static const struct {
		const char *line;
		enum vms_fact both[2];
		uint32_t lost;
	} rows[] = {
		{ "OFFSET(page.mapping)=0",
		  { VMS_FACT_OFFSET_PAGE_MAPPING, VMS_FACT_OFFSET_PAGE_FLAGS },
		  NO_LAYOUT },
		{ "OFFSET(page.flags)=24",
		  { VMS_FACT_OFFSET_PAGE_MAPPING, VMS_FACT_OFFSET_PAGE_FLAGS },
		  NO_LAYOUT },
		{ "OFFSET(page.mapping)=40",
		  { VMS_FACT_OFFSET_PAGE_MAPPING,
		    VMS_FACT_OFFSET_PAGE_PRIVATE },
		  VMS_PAGE_ANON | VMS_PAGE_BUDDY },
		{ "OFFSET(page._refcount)=48",
		  { VMS_FACT_OFFSET_PAGE_REFCOUNT,
		    VMS_FACT_OFFSET_PAGE_MAPCOUNT },
		  VMS_PAGE_BUDDY | VMS_PAGE_OFFLINE },
		{ "OFFSET(page._mapcount)=44",
		  { VMS_FACT_OFFSET_PAGE_PRIVATE,
		    VMS_FACT_OFFSET_PAGE_MAPCOUNT },
		  VMS_PAGE_BUDDY | VMS_PAGE_OFFLINE },
		{ "OFFSET(page.compound_head)=24",
		  { VMS_FACT_OFFSET_PAGE_COMPOUND_HEAD,
		    VMS_FACT_OFFSET_PAGE_MAPPING },
		  VMS_PAGE_TAIL | VMS_PAGE_HUGETLB | VMS_PAGE_ANON },
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		struct vms_kernel *kernel = with(rows[i].line, true);

		assert_int_equal(count_warnings(), 1);
		assert_non_null(strstr(warnings, "overlap"));
		for (size_t j = 0; j < 2; j++) {
			assert_false(vms_kernel_has(kernel, rows[i].both[j]));
			assert_non_null(strstr(
				warnings, vms_fact_key(rows[i].both[j])));
		}
		if (rows[i].lost == NO_LAYOUT)
			assert_int_equal(known(kernel), NO_LAYOUT);
		else
			assert_int_equal(known(kernel), ALL & ~rows[i].lost);
		vms_kernel_destroy(kernel);
	}
}

/* The old and the new name of a member may both be there. */
static void two_names_of_one_member(void **state)
{
	static const char text[] = "SIZE(page)=64\nOFFSET(page.flags)=0\n"
				   "OFFSET(page._refcount)=52\n"
				   "OFFSET(page._count)=52\n"
				   "OFFSET(page.compound_head)=8\n"
				   "OFFSET(page.compound_info)=8\n";
	struct vms_kernel *kernel;

	(void)state;
	assert_no_error(vms_kernel_create(text, sizeof(text) - 1,
					  VMS_LITTLE_ENDIAN, true, NULL,
					  &kernel));
	assert_true(vms_kernel_has(kernel, VMS_FACT_OFFSET_PAGE_REFCOUNT));
	assert_true(vms_kernel_has(kernel, VMS_FACT_OFFSET_PAGE_COMPOUND_HEAD));
	assert_int_equal(known(kernel) & VMS_PAGE_TAIL, VMS_PAGE_TAIL);
	vms_kernel_destroy(kernel);
}

static void a_32_bit_kernel_has_smaller_numbers(void **state)
{
	static const char text[] = "NUMBER(PG_lru)=32\n"
				   "SYMBOL(_stext)=ffffffff81000000\n"
				   "SIZE(page)=36\nOFFSET(page.flags)=0\n"
				   "OFFSET(page.mapping)=4\n"
				   "NUMBER(PG_private)=31\n";
	struct vms_kernel *kernel;

	(void)state;
	assert_no_error(vms_kernel_create(text, sizeof(text) - 1,
					  VMS_LITTLE_ENDIAN, false, NULL,
					  &kernel));
	assert_false(vms_kernel_has(kernel, VMS_FACT_NUMBER_PG_LRU));
	assert_false(vms_kernel_has(kernel, VMS_FACT_SYMBOL_STEXT));
	assert_true(vms_kernel_has(kernel, VMS_FACT_NUMBER_PG_PRIVATE));
	assert_true(vms_kernel_has(kernel, VMS_FACT_OFFSET_PAGE_MAPPING));
	assert_non_null(vms_kernel_page_layout(kernel));
	vms_kernel_destroy(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_good_text),
		cmocka_unit_test(values),
		cmocka_unit_test(last_allowed_values),
		cmocka_unit_test(sections_beyond_memory),
		cmocka_unit_test(overlaps),
		cmocka_unit_test(two_names_of_one_member),
		cmocka_unit_test(a_32_bit_kernel_has_smaller_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
