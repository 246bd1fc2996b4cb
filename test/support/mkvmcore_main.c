// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The mkvmcore command: arguments in, messages and exit status out. The only
 * file that prints messages or exits.
 */
#include "mkvmcore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char usage[] =
	"usage: mkvmcore [-K DIR] DESC OUT        build the vmcore\n"
	"       mkvmcore [-K DIR] --expect DESC   print the class of each page\n"
	"       -K DIR   directory of the kernel presets\n";

struct options {
	const char *desc, *out, *kernels;
};

static int parse_args(int argc, char **argv, struct options *ret)
{
	struct options o = { 0 };
	int expect = 0, i = 1;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (!strcmp(argv[i], "-K") && i + 1 < argc)
			o.kernels = argv[++i];
		else if (!strcmp(argv[i], "--expect"))
			expect = 1;
		else
			return -1;
	}
	if (argc - i != (expect ? 1 : 2))
		return -1;
	o.desc = argv[i];
	o.out = expect ? NULL : argv[i + 1];
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
	if (!r && !o->out)
		r = mkv_expect(d, stdout, err);
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
