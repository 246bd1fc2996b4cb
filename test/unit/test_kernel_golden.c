// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Recorded VMCOREINFO texts: each must be read without a warning, and give
 * the facts and variants that lie beside it.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_capture.h"
#include "kernel_words.h"
#include "vms_cmocka.h"

#define FOLDER VMS_TEST_DIR "/golden/vmcoreinfo"

static void compare(const char *name)
{
	int stem = (int)(strlen(name) - strlen(".txt"));
	char path[512], warnings[4096];
	struct fake_capture capture;
	char *words, *expect;
	size_t size;

	snprintf(path, sizeof(path), FOLDER "/%s", name);
	fake_capture_start(&capture);
	words = kernel_words_of(path);
	fake_capture_stop(&capture, warnings, sizeof(warnings));
	if (*warnings)
		fail_msg("%s: %s", name, warnings);
	snprintf(path, sizeof(path), FOLDER "/%.*s.expect", stem, name);
	expect = kernel_words_read(path, &size);
	if (!expect)
		fail_msg("%s cannot be read", path);
	if (strcmp(words, expect))
		fail_msg("%s: expected\n%s\ngot\n%s", name, expect, words);
	free(words);
	free(expect);
}

static void all_texts(void **state)
{
	DIR *dir = opendir(FOLDER);
	struct dirent *entry;
	unsigned int count = 0;

	(void)state;
	assert_non_null(dir);
	while ((entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (!dot || strcmp(dot, ".txt"))
			continue;
		compare(entry->d_name);
		count++;
	}
	closedir(dir);
	/* 3.10 to 7.2: a folder that lost its texts is no success. */
	assert_in_range(count, 18, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
