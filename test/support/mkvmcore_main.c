// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mkvmcore command: arguments in, messages and exit status out. The only
 * file that prints messages or exits.
 */
#include "mkvmcore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: mkvmcore [-K DIR] DESC OUT        build the vmcore\n"
	"       mkvmcore [-K DIR] --expect DESC   print the class of each page\n"
	"       mkvmcore [-K DIR] --expect-counts DESC\n"
	"                                         print how many pages a class has\n"
	"       mkvmcore [-K DIR] --expect-bitmap LEVEL DESC\n"
	"                                         write the bitmap of pages kept at\n"
	"                                         LEVEL, 0 to 31 or \"ram\"\n"
	"       -K DIR   directory of the kernel presets\n";

enum mode { BUILD, EXPECT, EXPECT_COUNTS, EXPECT_BITMAP };

struct options {
	const char *desc, *out, *kernels;
	enum mode mode;
	unsigned level;		// of EXPECT_BITMAP
};

static int parse_level(const char *s, unsigned *ret)
{
	char *end;
	unsigned long v = strtoul(s, &end, 10);

	if (!strcmp(s, "ram")) {
		*ret = MKV_LEVEL_RAM;
		return 0;
	}
	if (*s < '0' || *s > '9' || *end || v > 31)
		return -1;
	*ret = (unsigned)v;
	return 0;
}

/** One option at argv[*i]; *i is left at its last word. */
static int parse_option(int argc, char **argv, int *i, struct options *o)
{
	const char *s = argv[*i];
	bool more = *i + 1 < argc;

	if (!strcmp(s, "-K") && more)
		o->kernels = argv[++*i];
	else if (!strcmp(s, "--expect"))
		o->mode = EXPECT;
	else if (!strcmp(s, "--expect-counts"))
		o->mode = EXPECT_COUNTS;
	else if (!strcmp(s, "--expect-bitmap") && more &&
		 !parse_level(argv[++*i], &o->level))
		o->mode = EXPECT_BITMAP;
	else
		return -1;
	return 0;
}

static int parse_args(int argc, char **argv, struct options *ret)
{
	struct options o = { 0 };
	int i = 1;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (parse_option(argc, argv, &i, &o))
			return -1;
	}
	if (argc - i != (o.mode == BUILD ? 2 : 1))
		return -1;
	o.desc = argv[i];
	o.out = o.mode == BUILD ? argv[i + 1] : NULL;
	*ret = o;
	return 0;
}

/** The output, or an unlinked file when only the classes are wanted. */
static int open_output(const struct options *o, struct mkv_error *err)
{
	char temp[] = "/tmp/mkvmcoreXXXXXX";
	int fd;

	if (o->out) {
		fd = open(o->out, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	} else {
		fd = mkstemp(temp);
		if (fd >= 0)
			unlink(temp);
	}
	if (fd < 0)
		snprintf(err->text, sizeof(err->text), "%s: %s",
			 o->out ? o->out : temp, strerror(errno));
	return fd;
}

static int print_expected(const struct options *o, struct mkv_desc *d,
			  struct mkv_error *err)
{
	int r = 0;

	switch (o->mode) {
	case BUILD:
		return 0;
	case EXPECT:
		r = mkv_expect(d, stdout, err);
		break;
	case EXPECT_COUNTS:
		r = mkv_expect_counts(d, stdout, err);
		break;
	case EXPECT_BITMAP:
		r = mkv_expect_bitmap(d, o->level, stdout, err);
		break;
	}
	if (!r && (fflush(stdout) || ferror(stdout))) {
		snprintf(err->text, sizeof(err->text), "output: %s",
			 strerror(errno));
		r = -1;
	}
	return r;
}

static int run(const struct options *o, struct mkv_desc *d,
	       struct mkv_error *err)
{
	int fd, r;

	if ((o->kernels && mkv_desc_set_kernel_dir(d, o->kernels)) ||
	    mkv_desc_load_file(d, o->desc, err))
		return -1;
	fd = open_output(o, err);
	if (fd < 0)
		return -1;
	r = mkv_build(d, fd, err);
	if (!r)
		r = print_expected(o, d, err);
	if (close(fd) && !r) {
		snprintf(err->text, sizeof(err->text), "close: %s",
			 strerror(errno));
		r = -1;
	}
	if (r && o->out)
		unlink(o->out);
	return r;
}

int main(int argc, char **argv)
{
	struct mkv_error err = { "out of memory" };
	struct mkv_desc *d;
	struct options o;
	int r;

	if (parse_args(argc, argv, &o)) {
		fputs(usage, stderr);
		return 2;
	}
	d = mkv_desc_create();
	r = d ? run(&o, d, &err) : -1;
	mkv_desc_destroy(d);
	if (r)
		fprintf(stderr, "mkvmcore: %s\n", err.text);
	return r ? 1 : 0;
}
