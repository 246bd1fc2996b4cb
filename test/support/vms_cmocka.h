/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmocka with what it needs included before it, and checks of our errors. */
#ifndef VMS_CMOCKA_H
#define VMS_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <vmsieve/error.h>

/** Fails the test with the error's text if there is one. */
#define assert_no_error(expr)                                                  \
	do {                                                                   \
		struct vms_error *assert_err_ = (expr);                        \
		if (assert_err_)                                               \
			fail_msg("%s", vms_error_text(assert_err_));           \
	} while (0)

/** The expression must fail with that code. */
#define assert_error(expr, expected)                                           \
	do {                                                                   \
		struct vms_error *assert_err_ = (expr);                        \
		assert_non_null(assert_err_);                                  \
		assert_int_equal(vms_error_code(assert_err_), expected);       \
		vms_error_destroy(assert_err_);                                \
	} while (0)

#endif
