// SPDX-License-Identifier: GPL-2.0-or-later
/* The grammar: which lines are taken, which are left out, with what words. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/kernel.h>
#include <vmsieve/limits.h>
#include <vmsieve/log.h>

#include "fake_capture.h"
#include "vms_cmocka.h"

static char warnings[16384];

static struct vms_kernel *parse_bytes(const char *text, size_t size)
{
	struct fake_capture capture;
	struct vms_kernel *kernel;
	struct vms_log *log;

	assert_no_error(vms_log_create(VMS_MSG_DEFAULT, &log));
	fake_capture_start(&capture);
	assert_no_error(vms_kernel_create(text, size, VMS_LITTLE_ENDIAN, true,
					  log, &kernel));
	fake_capture_stop(&capture, warnings, sizeof(warnings));
	vms_log_destroy(log);
	return kernel;
}

static struct vms_kernel *parse(const char *text)
{
	return parse_bytes(text, strlen(text));
}

static unsigned int count_lines(const char *text)
{
	unsigned int count = 0;

	while ((text = strchr(text, '\n'))) {
		count++;
		text++;
	}
	return count;
}

/* One line, alone. A value means: taken, in silence. NULL: one warning. */
struct line_row {
	const char *line;
	enum vms_fact fact;
	const char *value;
};

static const struct line_row line_rows[] = {
	{ "PAGESIZE=4096", VMS_FACT_PAGESIZE, "4096" },
	{ "PAGESIZE=04096", VMS_FACT_PAGESIZE, "4096" },
	{ "PAGESIZE= 4096", VMS_FACT_PAGESIZE, NULL },
	{ "PAGESIZE=4096 ", VMS_FACT_PAGESIZE, NULL },
	{ "PAGESIZE=4096\r", VMS_FACT_PAGESIZE, NULL },
	{ "PAGESIZE=+4096", VMS_FACT_PAGESIZE, NULL },
	{ "PAGESIZE=-4096", VMS_FACT_PAGESIZE, NULL },
	{ "PAGESIZE=0x1000", VMS_FACT_PAGESIZE, NULL },
	{ "PAGESIZE=", VMS_FACT_PAGESIZE, NULL },
	{ "SIZE(page)=1e2", VMS_FACT_SIZE_PAGE, NULL },
	{ "SIZE(page)=\xd9\xa1\xd9\xa1", VMS_FACT_SIZE_PAGE, NULL },
	{ "SIZE(page)=64=64", VMS_FACT_SIZE_PAGE, NULL },
	{ "CRASHTIME=1795442125", VMS_FACT_CRASHTIME, "1795442125" },
	{ "SIZE(page)=0000000000000000000000000000000000000064",
	  VMS_FACT_SIZE_PAGE, NULL },
	{ "SIZE(zone)=18446744073709551616", VMS_FACT_SIZE_ZONE, NULL },
	{ "SYMBOL(_stext)=ffffffff81000000", VMS_FACT_SYMBOL_STEXT,
	  "18446744071578845184" },
	{ "SYMBOL(_stext)=FFFFFFFF81000000", VMS_FACT_SYMBOL_STEXT,
	  "18446744071578845184" },
	{ "SYMBOL(_stext)=0xffffffff81000000", VMS_FACT_SYMBOL_STEXT, NULL },
	{ "SYMBOL(_stext)=fffffffff81000000f", VMS_FACT_SYMBOL_STEXT, NULL },
	{ "SYMBOL(_stext)=_stext", VMS_FACT_SYMBOL_STEXT, NULL },
	{ "KERNELOFFSET=3a200000", VMS_FACT_KERNELOFFSET, "975175680" },
	{ "KERNELOFFSET=0", VMS_FACT_KERNELOFFSET, "0" },
	{ "KERNELOFFSET=0x0", VMS_FACT_KERNELOFFSET, NULL },
	{ "NUMBER(PG_lru)=5", VMS_FACT_NUMBER_PG_LRU, "5" },
	{ "NUMBER(PG_lru)=0x5", VMS_FACT_NUMBER_PG_LRU, "5" },
	{ "NUMBER(PG_lru)=0x", VMS_FACT_NUMBER_PG_LRU, NULL },
	{ "NUMBER(PG_lru)=-", VMS_FACT_NUMBER_PG_LRU, NULL },
	{ "NUMBER(PG_lru)=--5", VMS_FACT_NUMBER_PG_LRU, NULL },
	{ "NUMBER(PG_lru)=5.0", VMS_FACT_NUMBER_PG_LRU, NULL },
	{ "NUMBER(phys_base)=-778043392", VMS_FACT_NUMBER_PHYS_BASE,
	  "18446744072931508224" },
	{ "NUMBER(PG_lru)=-18446744073709551611", VMS_FACT_NUMBER_PG_LRU,
	  NULL },
	{ "NUMBER(PG_head_mask)=9223372036854775808",
	  VMS_FACT_NUMBER_PG_HEAD_MASK, NULL },
	{ "NUMBER(PG_head_mask)=-9223372036854775808",
	  VMS_FACT_NUMBER_PG_HEAD_MASK, "9223372036854775808" },
	{ "NUMBER(phys_base)=-9223372036854775809", VMS_FACT_NUMBER_PHYS_BASE,
	  NULL },
	{ "NUMBER(phys_base)=9223372036854775808", VMS_FACT_NUMBER_PHYS_BASE,
	  NULL },
	{ "NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456",
	  VMS_FACT_NUMBER_PAGE_BUDDY, "18446744073441116160" },
};

static void lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(line_rows); i++) {
		const struct line_row *row = &line_rows[i];
		struct vms_kernel *kernel = parse(row->line);

		if (row->value) {
			assert_true(vms_kernel_has(kernel, row->fact));
			assert_true(vms_kernel_get(kernel, row->fact) ==
				    strtoull(row->value, NULL, 10));
			assert_string_equal(warnings, "");
		} else {
			assert_false(vms_kernel_has(kernel, row->fact));
			assert_int_equal(count_lines(warnings), 1);
			assert_non_null(strstr(warnings, "line 1"));
			assert_non_null(strstr(warnings,
					       vms_fact_key(row->fact)));
			assert_non_null(strstr(warnings, "allowed"));
		}
		vms_kernel_destroy(kernel);
	}
}

static void unknown_keys_are_silent(void **state)
{
	struct vms_kernel *kernel =
		parse("BUILD-ID=x\nCONFIG_X86_PAE=y\nX=1\nSIZE(page)x=64\n"
		      "SIZE(pag)=64\n=\n=4096\n\n\nPAGESIZE=4096");

	(void)state;
	assert_string_equal(warnings, "");
	assert_true(vms_kernel_has(kernel, VMS_FACT_PAGESIZE));
	assert_false(vms_kernel_has(kernel, VMS_FACT_SIZE_PAGE));
	vms_kernel_destroy(kernel);
}

static void line_numbers(void **state)
{
	struct vms_kernel *kernel =
		parse("PAGESIZE=4096\n\nno equal sign\nSIZE(page)=zz\n");

	(void)state;
	assert_non_null(strstr(warnings, "line 3: \"no equal sign\" has no "
					 "'='"));
	assert_non_null(strstr(warnings, "line 4: SIZE(page)=zz is not "
					 "believed: allowed: decimal digits"));
	assert_int_equal(count_lines(warnings), 2);
	vms_kernel_destroy(kernel);
}

static void zero_bytes(void **state)
{
	static const char text[] = "PAGESIZE=4096\0\nSIZE(page)=64\n"
				   "NUMBER(PG_lru)=\0005\nLENGTH(node_data)=4\n"
				   "\0\0\0\0";
	struct vms_kernel *kernel = parse_bytes(text, sizeof(text) - 1);

	(void)state;
	assert_false(vms_kernel_has(kernel, VMS_FACT_PAGESIZE));
	assert_true(vms_kernel_has(kernel, VMS_FACT_SIZE_PAGE));
	assert_false(vms_kernel_has(kernel, VMS_FACT_NUMBER_PG_LRU));
	assert_true(vms_kernel_has(kernel, VMS_FACT_LENGTH_NODE_DATA));
	assert_int_equal(count_lines(warnings), 2);
	assert_non_null(strstr(warnings, "line 1: \"PAGESIZE=4096\" holds a "
					 "zero byte"));
	vms_kernel_destroy(kernel);
}

static void padding_and_no_newline(void **state)
{
	static const char text[] = "SIZE(page)=64\nPAGESIZE=4096\0\0\0\0\0\0";
	struct vms_kernel *kernel = parse_bytes(text, sizeof(text) - 1);

	(void)state;
	assert_int_equal(vms_kernel_get(kernel, VMS_FACT_PAGESIZE), 4096);
	assert_string_equal(warnings, "");
	vms_kernel_destroy(kernel);
}

static void first_of_two_counts(void **state)
{
	struct vms_kernel *kernel =
		parse("SIZE(page)=64\nPAGESIZE=4096\nSIZE(page)=8\n"
		      "PAGESIZE=65536\nNUMBER(PG_lru)=x\nNUMBER(PG_lru)=5\n");

	(void)state;
	assert_int_equal(vms_kernel_get(kernel, VMS_FACT_SIZE_PAGE), 64);
	assert_int_equal(vms_kernel_page_size(kernel), 4096);
	/* Two lines about one thing, one of them broken: believe neither. */
	assert_false(vms_kernel_has(kernel, VMS_FACT_NUMBER_PG_LRU));
	assert_int_equal(count_lines(warnings), 4);
	assert_non_null(strstr(warnings, "line 3: SIZE(page) is there already: "
					 "the first one counts"));
	vms_kernel_destroy(kernel);
}

static void releases(void **state)
{
	static const struct {
		const char *text;
		const char *release;
	} rows[] = {
		{ "OSRELEASE=6.1.0-50-cloud-amd64\n", "6.1.0-50-cloud-amd64" },
		{ "OSRELEASE=\n", "" },
		{ "OSRELEASE=a\nOSRELEASE=b\n", "a" },
		{ "PAGESIZE=4096\n", "" },
		{ "OSRELEASE=6.1\x1b[2J\xff=\n", "6.1\\x1b[2J\\xff=" },
		{ "OSRELEASE="
		  "0123456789012345678901234567890123456789"
		  "01234567890123456789012X4tail\n",
		  "0123456789012345678901234567890123456789"
		  "01234567890123456789012X" },
		/* An escape is not cut. */
		{ "OSRELEASE="
		  "0123456789012345678901234567890123456789"
		  "012345678901234567890\x01\n",
		  "0123456789012345678901234567890123456789"
		  "012345678901234567890" },
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		struct vms_kernel *kernel = parse(rows[i].text);

		assert_string_equal(vms_kernel_release(kernel),
				    rows[i].release);
		assert_in_range(strlen(vms_kernel_release(kernel)), 0, 64);
		vms_kernel_destroy(kernel);
	}
}

/* 1 MiB of lines after a good text: the good text counts, and soon. */
static void much_text(void **state)
{
	static const char good[] = "PAGESIZE=4096\nSIZE(page)=64\n";
	size_t size = 1U << 20;
	char *text = malloc(size);
	struct vms_kernel *kernel;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', size);
	memcpy(text, good, sizeof(good) - 1);
	for (size_t i = sizeof(good) - 1; i + 4 < size; i += 4)
		memcpy(text + i, "X=1\n", 4);
	memcpy(text + size - 17, "NUMBER(PG_lru)=5\n", 17);
	kernel = parse_bytes(text, size);
	assert_true(vms_kernel_has(kernel, VMS_FACT_SIZE_PAGE));
	assert_false(vms_kernel_has(kernel, VMS_FACT_NUMBER_PG_LRU));
	assert_int_equal(count_lines(warnings), 1);
	assert_non_null(strstr(warnings, "1048576 bytes"));
	vms_kernel_destroy(kernel);

	/* Shorter lines than any key: the lines are counted, too. */
	memset(text, '\n', size);
	kernel = parse_bytes(text, VMS_CAP_VMCOREINFO_BYTES);
	assert_non_null(strstr(warnings, "more than 16384 lines"));
	vms_kernel_destroy(kernel);
	free(text);
}

/* A line that the cap cuts is not read: its value may lack digits. */
static void cut_line(void **state)
{
	size_t size = VMS_CAP_VMCOREINFO_BYTES + 100;
	char *text = malloc(size);
	struct vms_kernel *kernel;

	(void)state;
	assert_non_null(text);
	memset(text, 'x', size);
	memcpy(text + VMS_CAP_VMCOREINFO_BYTES - 14, "\nSIZE(page)=640", 15);
	kernel = parse_bytes(text, size);
	assert_false(vms_kernel_has(kernel, VMS_FACT_SIZE_PAGE));
	vms_kernel_destroy(kernel);
	free(text);
}

static void warnings_are_limited(void **state)
{
	size_t size = 60000;
	char *text = malloc(size);
	struct vms_kernel *kernel;

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < size; i += 6)
		memcpy(text + i, "junk!\n", 6);
	kernel = parse_bytes(text, size);
	assert_in_range(count_lines(warnings), 2, 12);
	assert_non_null(strstr(warnings, "more VMCOREINFO lines left out"));
	vms_kernel_destroy(kernel);
	free(text);
}

static void nothing_at_all(void **state)
{
	struct vms_kernel *kernel = parse_bytes(NULL, 0);

	(void)state;
	for (unsigned int fact = 0; fact < VMS_NR_FACTS; fact++)
		assert_false(vms_kernel_has(kernel, fact));
	assert_null(vms_kernel_page_layout(kernel));
	vms_kernel_destroy(kernel);
	kernel = parse_bytes("\0\0\0", 3);
	assert_string_equal(warnings, "");
	vms_kernel_destroy(kernel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(unknown_keys_are_silent),
		cmocka_unit_test(line_numbers),
		cmocka_unit_test(zero_bytes),
		cmocka_unit_test(padding_and_no_newline),
		cmocka_unit_test(first_of_two_counts),
		cmocka_unit_test(releases),
		cmocka_unit_test(much_text),
		cmocka_unit_test(cut_line),
		cmocka_unit_test(warnings_are_limited),
		cmocka_unit_test(nothing_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
