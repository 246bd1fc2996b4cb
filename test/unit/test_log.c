// SPDX-License-Identifier: GPL-2.0-or-later
/* Messages: level bits, streams, escaping, the limit on repeated kinds. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <vmsieve/log.h>

#include "vms_cmocka.h"

/* Runs say() with one stream caught in a file and returns what it wrote. */
static const char *caught(FILE *stream, unsigned int levels,
			  void (*say)(struct vms_log *))
{
	static char text[65536];
	FILE *file = tmpfile();
	struct vms_log *log = NULL;
	int fd = fileno(stream);
	int saved;
	size_t size;

	assert_non_null(file);
	fflush(stream);
	saved = dup(fd);
	dup2(fileno(file), fd);
	assert_no_error(vms_log_create(levels, &log));
	say(log);
	vms_log_destroy(log);
	fflush(stream);
	dup2(saved, fd);
	close(saved);
	rewind(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	fclose(file);
	return text;
}

static void say_all(struct vms_log *log)
{
	vms_log_print(log, VMS_MSG_COMMON, "common %d", 1);
	vms_log_print(log, VMS_MSG_DEBUG, "debug");
	vms_log_print(log, VMS_MSG_REPORT, "report");
	vms_log_print(log, VMS_MSG_ERROR, "error");
	vms_log_warn(log, "odd");
	vms_log_progress(log, true, "progress");
}

static void test_levels_and_streams(void **state)
{
	(void)state;
	assert_string_equal(caught(stdout, VMS_MSG_ALL, say_all),
			    "common 1\ndebug\nreport\n");
	assert_string_equal(caught(stderr, VMS_MSG_ALL, say_all),
			    "error\nwarning: odd\nprogress\n");
	assert_string_equal(caught(stdout, VMS_MSG_REPORT, say_all),
			    "report\n");
	assert_string_equal(caught(stderr, 0, say_all), "");
}

static void say_odd(struct vms_log *log)
{
	vms_log_print(log, VMS_MSG_ERROR, "%s",
		      "a\x1b]0;t\a\r\nb\t\x7f\xff\xc3\xa9\xc2\x9b"
		      "\xe2\x80\xae%n");
}

static void test_escaping(void **state)
{
	(void)state;
	assert_string_equal(caught(stderr, VMS_MSG_ALL, say_odd),
			    "a\\x1b]0;t\\x07\\x0d\\x0ab\t\\x7f\\xff\xc3\xa9"
			    "\\xc2\\x9b\\xe2\\x80\\xae%n\n");
}

static void say_often(struct vms_log *log)
{
	struct vms_log_limit limit = { 0 };

	for (int i = 0; i < 1000; i++)
		vms_log_warn_limited(log, &limit, "page %d", i);
	vms_log_limit_end(log, &limit, "such pages");
}

static void test_limit(void **state)
{
	const char *text = caught(stderr, VMS_MSG_ALL, say_often);

	(void)state;
	assert_non_null(strstr(text, "page 7\n"));
	assert_null(strstr(text, "page 8\n"));
	assert_non_null(strstr(text, "warning: 992 more such pages\n"));
}

static void say_null(struct vms_log *log)
{
	(void)log;
	vms_log_warn(NULL, "x");
	vms_log_progress(NULL, true, "x");
}

static void test_null_log(void **state)
{
	(void)state;
	assert_string_equal(caught(stderr, VMS_MSG_ALL, say_null), "");
	assert_false(vms_log_enabled(NULL, VMS_MSG_ERROR));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels_and_streams),
		cmocka_unit_test(test_escaping),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_null_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
