// SPDX-License-Identifier: GPL-2.0-or-later
/* The error object: texts, codes of errno, wrapping, catching. */
#include <errno.h>
#include <string.h>

#include "vms_cmocka.h"

static void test_text_and_wrap(void **state)
{
	struct vms_error *err = vms_error_create(VMS_ERR_INPUT, "e_phoff is %d",
						 7);

	(void)state;
	err = vms_error_wrap(err, "%s", "core");
	assert_string_equal(vms_error_text(err), "core: e_phoff is 7");
	assert_int_equal(vms_error_code(err), VMS_ERR_INPUT);
	assert_int_equal(vms_error_errno(err), 0);
	vms_error_destroy(err);
	assert_null(vms_error_wrap(NULL, "nothing"));
}

static void test_errno_codes(void **state)
{
	static const struct {
		int errnum;
		enum vms_error_code code;
	} rows[] = {
		{ ENOSPC, VMS_ERR_NO_SPACE }, { EDQUOT, VMS_ERR_NO_SPACE },
		{ EFBIG, VMS_ERR_NO_SPACE },  { ENOMEM, VMS_ERR_NO_MEMORY },
		{ EEXIST, VMS_ERR_EXISTS },   { EIO, VMS_ERR_SYSTEM },
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		struct vms_error *err = vms_error_system(rows[i].errnum, "x");

		assert_int_equal(vms_error_code(err), rows[i].code);
		assert_int_equal(vms_error_errno(err), rows[i].errnum);
		assert_non_null(strstr(vms_error_text(err), "x: "));
		vms_error_destroy(err);
	}
}

static void test_no_memory_is_static(void **state)
{
	struct vms_error *err = vms_error_no_memory();

	(void)state;
	assert_ptr_equal(err, vms_error_no_memory());
	assert_ptr_equal(vms_error_wrap(err, "prefix"), err);
	assert_string_equal(vms_error_text(err), "out of memory");
	vms_error_destroy(err);
	vms_error_destroy(NULL);
	assert_string_equal(vms_error_text(err), "out of memory");
}

static void test_catch(void **state)
{
	struct vms_error *err = vms_error_create(VMS_ERR_NOT_FOUND, "no note");

	(void)state;
	assert_false(vms_error_catch(&err, VMS_ERR_INPUT));
	assert_non_null(err);
	assert_true(vms_error_catch(&err, VMS_ERR_NOT_FOUND));
	assert_null(err);
	assert_false(vms_error_catch(&err, VMS_ERR_NOT_FOUND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_and_wrap),
		cmocka_unit_test(test_errno_codes),
		cmocka_unit_test(test_no_memory_is_static),
		cmocka_unit_test(test_catch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
