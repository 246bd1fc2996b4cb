// SPDX-License-Identifier: GPL-2.0-or-later
/* The report's lines, and that totals which do not add up are said aloud. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <vmsieve/log.h>

#include "report.h"
#include "vms_cmocka.h"

/* Prints the report and returns what went to stdout and stderr together. */
static const char *printed(const struct vms_report *report)
{
	static char text[16384];
	FILE *file = tmpfile();
	struct vms_log *log = NULL;
	int out = dup(STDOUT_FILENO);
	int err = dup(STDERR_FILENO);
	size_t size;

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	dup2(fileno(file), STDERR_FILENO);
	assert_no_error(vms_log_create(VMS_MSG_ALL, &log));
	vms_report_print(report, log);
	vms_log_destroy(log);
	fflush(stdout);
	dup2(out, STDOUT_FILENO);
	dup2(err, STDERR_FILENO);
	close(out);
	close(err);
	rewind(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	text[size] = '\0';
	fclose(file);
	return text;
}

static const struct vms_report sound = {
	.present = 1000,
	.holes = 24,
	.without_data = 10,
	.kept = 490,
	.classes = {
		.excluded = {
			[VMS_CLASS_FREE] = 400,
			[VMS_CLASS_USER] = 100,
		},
		.doubted = { [VMS_DOUBT_TAILS] = 512 },
	},
	.copied = { .zero = 90, .stored = 399, .compressed = 300, .lost = 1 },
	.file_bytes = 1 << 20,
	.page_size = 4096,
	.dump_level = 31,
	.whole = true,
};

static void test_lines(void **state)
{
	const char *text = printed(&sound);

	(void)state;
	assert_null(strstr(text, "warning"));
	assert_non_null(strstr(text, "1000  100.0 %"));
	assert_non_null(strstr(text, "400   40.0 %"));
	assert_non_null(strstr(text, ": 512\n"));
	assert_non_null(strstr(text, "dump level 31: 3.9 MiB of memory in a "
				     "file of 1.0 MiB (25.6 %)"));
}

static void test_totals(void **state)
{
	struct vms_report report = sound;

	(void)state;
	report.classes.excluded[VMS_CLASS_CACHE] = 1;
	assert_non_null(strstr(printed(&report), "do not add up"));
	report = sound;
	report.copied.stored--;
	assert_non_null(strstr(printed(&report), "489 of 490 kept pages"));
	/* A run that ended early has said so itself. */
	report.whole = false;
	assert_null(strstr(printed(&report), "warning"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_totals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
