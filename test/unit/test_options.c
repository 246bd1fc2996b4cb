// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line as makedumpfile's users write it. */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/log.h>
#include <vmsieve/options.h>

#include "vms_cmocka.h"

/* Splits a line at spaces and parses it. */
static struct vms_error *parse(const char *line, struct vms_options *ret)
{
	static char text[1024];
	char *argv[32];
	int argc = 0;

	strncpy(text, line, sizeof(text) - 1);
	argv[argc++] = (char *)"vmsieve";
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	return vms_options_parse(argc, argv, ret);
}

static void test_defaults(void **state)
{
	struct vms_options o;

	(void)state;
	assert_no_error(parse("core dump", &o));
	assert_int_equal(o.action, VMS_ACTION_DUMP);
	assert_int_equal(o.codec, VMS_CODEC_NONE);
	assert_int_equal(o.dump_level, 0);
	assert_int_equal(o.message_level, 7);
	assert_string_equal(o.vmcore, "core");
	assert_string_equal(o.dumpfile, "dump");
	assert_int_equal(o.compress_level, 0);
	assert_false(o.replace || o.no_mmap || o.dry_run || o.salvage);
}

static void test_anywhere_and_repeated(void **state)
{
	struct vms_options o;

	(void)state;
	assert_no_error(parse("-c core -d 1 -l dump -d31 --non-mmap", &o));
	assert_int_equal(o.codec, VMS_CODEC_LZO);
	assert_int_equal(o.dump_level, 31);
	assert_true(o.no_mmap);

	assert_no_error(parse("-z --compress-level 3 core dump "
			      "--compress-level=19", &o));
	assert_int_equal(o.compress_level, 19);

	assert_no_error(parse("-lfd 31 --message-level=1 -D --show-stats -- "
			      "-core dump", &o));
	assert_true(o.replace);
	assert_int_equal(o.message_level, 25);
	assert_string_equal(o.vmcore, "-core");

	/* What kdump scripts write. */
	assert_no_error(parse("-l --message-level 7 -d 31 --num-threads=4 "
			      "--cyclic-buffer 1024 --work-dir /tmp -b 4 "
			      "/proc/vmcore /kdumproot/vmcore-incomplete", &o));
	assert_int_equal(o.num_threads, 4);

	setenv("POSIXLY_CORRECT", "1", 1);
	assert_no_error(parse("core -z dump -d 8", &o));
	assert_int_equal(o.codec, VMS_CODEC_ZSTD);
	assert_int_equal(o.dump_level, 8);
	unsetenv("POSIXLY_CORRECT");
}

static void test_actions(void **state)
{
	struct vms_options o;

	(void)state;
	assert_no_error(parse("-h", &o));
	assert_int_equal(o.action, VMS_ACTION_HELP);
	assert_no_error(parse("-v", &o));
	assert_int_equal(o.action, VMS_ACTION_VERSION);
	assert_no_error(parse("--check-params -c -d 31 core dump", &o));
	assert_int_equal(o.action, VMS_ACTION_CHECK);
}

static void test_wrong_lines(void **state)
{
	static const struct {
		const char *line;
		enum vms_error_code code;
		const char *says;
	} rows[] = {
		{ "", VMS_ERR_USAGE, "VMCORE is missing" },
		{ "core", VMS_ERR_USAGE, "DUMPFILE is missing" },
		{ "a b c", VMS_ERR_USAGE, "'c' is one file name too many" },
		{ "-d 32 a b", VMS_ERR_USAGE, "-d is '32'" },
		{ "-d -1 a b", VMS_ERR_USAGE, "-d is '-1'" },
		{ "-d 1x a b", VMS_ERR_USAGE, "-d is '1x'" },
		{ "-d 99999999999999999999 a b", VMS_ERR_USAGE, "allowed" },
		{ "-d 31,1 a b", VMS_ERR_UNSUPPORTED, "list of levels" },
		{ "a b -d", VMS_ERR_USAGE, "option -d needs an argument" },
		{ "a b -q", VMS_ERR_USAGE, "option -q is unknown" },
		{ "a b --nonsense", VMS_ERR_USAGE, "--nonsense is unknown" },
		{ "a b --num-threads", VMS_ERR_USAGE, "needs an argument" },
		{ "--compress-level 0 a b", VMS_ERR_USAGE,
		  "--compress-level is '0'" },
		{ "-z --compress-level -1 a b", VMS_ERR_USAGE, "'-1'" },
		{ "-z --compress-level 3x a b", VMS_ERR_USAGE, "'3x'" },
		{ "-z a b --compress-level", VMS_ERR_USAGE, "needs an arg" },
		{ "--message-level 32 a b", VMS_ERR_USAGE, "'32'" },
		{ "-x vmlinux a b", VMS_ERR_UNSUPPORTED, "-x is not supp" },
		{ "-E -d 1 a b", VMS_ERR_UNSUPPORTED, "-E is not supported" },
		{ "--split a b", VMS_ERR_UNSUPPORTED, "--split is not" },
		{ "--mem-usage /proc/kcore", VMS_ERR_UNSUPPORTED, "mem-usage" },
	};
	struct vms_options o;

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		struct vms_error *err = parse(rows[i].line, &o);

		if (!err)
			fail_msg("'%s' was accepted", rows[i].line);
		if (!strstr(vms_error_text(err), rows[i].says))
			fail_msg("'%s': %s", rows[i].line, vms_error_text(err));
		assert_int_equal(vms_error_code(err), rows[i].code);
		vms_error_destroy(err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_anywhere_and_repeated),
		cmocka_unit_test(test_actions),
		cmocka_unit_test(test_wrong_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
