// SPDX-License-Identifier: GPL-2.0-or-later
/* The handle: getters, defaults, and that nothing is needed to have one. */
#include <stdio.h>
#include <string.h>

#include <vmsieve/kernel.h>
#include <vmsieve/log.h>
#include <vmsieve/page_view.h>

#include "vms_cmocka.h"

static struct vms_kernel *create(const char *text, enum vms_endian endian,
				 bool is_64bit)
{
	struct vms_kernel *kernel;

	assert_no_error(vms_kernel_create(text, strlen(text), endian, is_64bit,
					  NULL, &kernel));
	return kernel;
}

static void keys_are_unique(void **state)
{
	(void)state;
	for (unsigned int a = 0; a < VMS_NR_FACTS; a++) {
		assert_non_null(vms_fact_key(a));
		for (unsigned int b = a + 1; b < VMS_NR_FACTS; b++)
			assert_string_not_equal(vms_fact_key(a),
						vms_fact_key(b));
	}
}

/* Every row of the table is reachable: its own key gives its own fact. */
static void every_fact_is_found(void **state)
{
	/* Allowed for all but the ranges below. */
	static const char *const values[] = { "0",    "1",    "27",
					      "46",   "64",   "1000",
					      "4096", "-129", "1048576" };

	(void)state;
	for (unsigned int fact = 0; fact < VMS_NR_FACTS; fact++) {
		bool found = false;

		for (size_t i = 0; i < VMS_ARRAY_SIZE(values); i++) {
			char line[128];
			struct vms_kernel *kernel;

			snprintf(line, sizeof(line), "%s=%s\n",
				 vms_fact_key(fact), values[i]);
			kernel = create(line, VMS_LITTLE_ENDIAN, true);
			for (unsigned int other = 0; other < VMS_NR_FACTS;
			     other++)
				if (other != fact)
					assert_false(vms_kernel_has(kernel,
								    other));
			found |= vms_kernel_has(kernel, fact);
			vms_kernel_destroy(kernel);
		}
		if (!found)
			fail_msg("%s is never taken", vms_fact_key(fact));
	}
}

static void defaults(void **state)
{
	struct vms_kernel *kernel = create("", VMS_BIG_ENDIAN, true);

	(void)state;
	assert_int_equal(vms_kernel_page_size(kernel), 4096);
	assert_int_equal(vms_kernel_page_shift(kernel), 12);
	assert_int_equal(vms_kernel_endian(kernel), VMS_BIG_ENDIAN);
	assert_string_equal(vms_kernel_release(kernel), "");
	assert_int_equal(vms_kernel_get_or(kernel, VMS_FACT_SIZE_PAGE, 7), 7);
	assert_null(vms_kernel_page_layout(kernel));
	vms_kernel_describe(kernel, NULL);
	vms_kernel_destroy(kernel);
	vms_kernel_destroy(NULL);
}

static void page_sizes(void **state)
{
	struct vms_kernel *kernel =
		create("PAGESIZE=65536\n", VMS_LITTLE_ENDIAN, true);

	(void)state;
	assert_int_equal(vms_kernel_page_size(kernel), 65536);
	assert_int_equal(vms_kernel_page_shift(kernel), 16);
	assert_int_equal(vms_kernel_get_or(kernel, VMS_FACT_PAGESIZE, 7),
			 65536);
	vms_kernel_destroy(kernel);
}

static void negative_numbers_are_extended(void **state)
{
	struct vms_kernel *kernel = create("NUMBER(phys_base)=-4096\n",
					   VMS_LITTLE_ENDIAN, true);

	(void)state;
	assert_true((int64_t)vms_kernel_get(kernel,
					    VMS_FACT_NUMBER_PHYS_BASE) ==
		    -4096);
	vms_kernel_destroy(kernel);
}

static void layout_needs_size_and_flags(void **state)
{
	static const struct {
		const char *text;
		bool has;
	} rows[] = {
		{ "SIZE(page)=64\nOFFSET(page.flags)=0\n", true },
		{ "SIZE(page)=64\n", false },
		{ "OFFSET(page.flags)=0\n", false },
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		struct vms_kernel *kernel =
			create(rows[i].text, VMS_LITTLE_ENDIAN, true);

		assert_int_equal(vms_kernel_page_layout(kernel) != NULL,
				 rows[i].has);
		vms_kernel_destroy(kernel);
	}
}

/* Nothing but size and flags: pages can be read, and nothing told. */
static void bare_layout(void **state)
{
	struct vms_kernel *kernel =
		create("SIZE(page)=64\nOFFSET(page.flags)=0\n",
		       VMS_LITTLE_ENDIAN, true);
	const struct vms_page_layout *layout = vms_kernel_page_layout(kernel);
	struct vms_page_view view;
	uint8_t page[64];

	(void)state;
	assert_int_equal(vms_page_layout_size(layout), 64);
	assert_int_equal(vms_page_layout_known(layout), VMS_PAGE_IMPLAUSIBLE);
	assert_int_equal(vms_page_layout_max_free_order(layout), 0);
	memset(page, 0x55, sizeof(page));
	vms_page_decode(layout, page, &view);
	assert_int_equal(view.bits, 0);
	assert_true(view.flags == 0x5555555555555555);
	assert_int_equal(view.mapping | view.private_word | view.compound |
			 view.refcount, 0);
	assert_int_equal(view.mapcount, UINT32_MAX);
	assert_true(vms_page_is_tail_of(layout, page, 64, 0));
	vms_kernel_destroy(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_unique),
		cmocka_unit_test(every_fact_is_found),
		cmocka_unit_test(defaults),
		cmocka_unit_test(page_sizes),
		cmocka_unit_test(negative_numbers_are_extended),
		cmocka_unit_test(layout_needs_size_and_flags),
		cmocka_unit_test(bare_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
