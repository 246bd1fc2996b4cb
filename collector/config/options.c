// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Command line to struct vms_options: options anywhere, repeated (the last
 * one wins) or after the file names. Does not know what is done with them.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/filter.h>
#include <vmsieve/log.h>
#include <vmsieve/options.h>

#include "options_table.h"

/* getopt values of long options start here, so no letter collides. */
#define LONG_BASE 1000
#define MAX_THREADS 4096U
#define MAX_COMPRESS_LEVEL 999U

struct parser {
	struct vms_options options;
	unsigned int extra_messages;
	const char *names[2];
	unsigned int nr_names;
};

static struct vms_error *parse_range(const char *option, const char *text,
				     unsigned int min, unsigned int max,
				     unsigned int *ret)
{
	char *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value < min ||
	    value > max)
		return vms_error_create(VMS_ERR_USAGE,
					"%s is '%s', allowed are %u to %u",
					option, text, min, max);
	*ret = (unsigned int)value;
	return NULL;
}

static struct vms_error *parse_number(const char *option, const char *text,
				      unsigned int max, unsigned int *ret)
{
	return parse_range(option, text, 0, max, ret);
}

static struct vms_error *parse_level(const char *text, unsigned int *ret)
{
	if (strchr(text, ','))
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"-d '%s': a list of levels is not "
					"supported, give one level", text);
	return parse_number("-d", text, VMS_LEVEL_MAX, ret);
}

static struct vms_error *refuse(const struct option_row *row)
{
	char letter[2] = { row->letter, '\0' };

	return vms_error_create(VMS_ERR_UNSUPPORTED,
				"%s%s is not supported: %s",
				row->letter ? "-" : "--",
				row->letter ? letter : row->name, row->help);
}

static struct vms_error *apply(struct parser *p, const struct option_row *row,
			       const char *argument)
{
	struct vms_options *o = &p->options;

	switch (row->id) {
	case OPT_ZLIB:
		o->codec = VMS_CODEC_ZLIB;
		return NULL;
	case OPT_LZO:
		o->codec = VMS_CODEC_LZO;
		return NULL;
	case OPT_SNAPPY:
		o->codec = VMS_CODEC_SNAPPY;
		return NULL;
	case OPT_ZSTD:
		o->codec = VMS_CODEC_ZSTD;
		return NULL;
	case OPT_LEVEL:
		return parse_level(argument, &o->dump_level);
	case OPT_COMPRESS_LEVEL:
		/* Which of these the codec takes, it says itself. */
		return parse_range("--compress-level", argument, 1,
				   MAX_COMPRESS_LEVEL, &o->compress_level);
	case OPT_UNUSED_ARRAY:
		o->leave_out_array = true;
		return NULL;
	case OPT_FORCE:
		o->replace = true;
		return NULL;
	case OPT_DEBUG:
		p->extra_messages |= VMS_MSG_DEBUG;
		return NULL;
	case OPT_SHOW_STATS:
		p->extra_messages |= VMS_MSG_REPORT;
		return NULL;
	case OPT_VERSION:
		o->action = VMS_ACTION_VERSION;
		return NULL;
	case OPT_HELP:
		o->action = VMS_ACTION_HELP;
		return NULL;
	case OPT_CHECK_PARAMS:
		o->action = VMS_ACTION_CHECK;
		return NULL;
	case OPT_MESSAGE_LEVEL:
		return parse_number("--message-level", argument, VMS_MSG_ALL,
				    &o->message_level);
	case OPT_NUM_THREADS:
		return parse_number("--num-threads", argument, MAX_THREADS,
				    &o->num_threads);
	case OPT_NON_MMAP:
		o->no_mmap = true;
		return NULL;
	case OPT_DRY_RUN:
		o->dry_run = true;
		return NULL;
	case OPT_SALVAGE:
		o->salvage = true;
		return NULL;
	case OPT_WORK_DIR:
		o->work_dir = argument;
		return NULL;
	case OPT_ACCEPTED:
		return NULL;
	case OPT_REFUSED:
		return refuse(row);
	}
	return NULL;
}

static struct vms_error *add_name(struct parser *p, const char *name)
{
	if (p->nr_names == VMS_ARRAY_SIZE(p->names))
		return vms_error_create(VMS_ERR_USAGE,
					"'%s' is one file name too many: "
					"VMCORE and DUMPFILE are expected",
					name);
	p->names[p->nr_names++] = name;
	return NULL;
}

static struct vms_error *bad_option(int c, char **argv)
{
	const char *what = c == ':' ? "needs an argument" : "is unknown";

	/* A letter may stand inside a cluster, a long name is the word. */
	if (optopt > 0 && optopt < LONG_BASE)
		return vms_error_create(VMS_ERR_USAGE, "option -%c %s; "
					"see --help", optopt, what);
	return vms_error_create(VMS_ERR_USAGE, "option %s %s; see --help",
				argv[optind - 1], what);
}

struct tables {
	/* '-' first: names come as 1, wherever they stand and whatever
	 * POSIXLY_CORRECT says. Then ':', and up to two a row. */
	char letters[128];
	struct option names[64];
};

static void build_tables(struct tables *t)
{
	char *letter = t->letters;
	struct option *name = t->names;

	*letter++ = '-';
	*letter++ = ':';
	for (size_t i = 0; i < vms_nr_option_rows; i++) {
		const struct option_row *row = &vms_option_rows[i];

		if (row->letter) {
			*letter++ = row->letter;
			if (row->argument)
				*letter++ = ':';
		}
		if (row->name)
			*name++ = (struct option){
				row->name,
				row->argument ? required_argument : no_argument,
				NULL, LONG_BASE + (int)i
			};
	}
}

static const struct option_row *find_row(int c)
{
	if (c >= LONG_BASE)
		return &vms_option_rows[c - LONG_BASE];
	for (size_t i = 0; i < vms_nr_option_rows; i++)
		if (vms_option_rows[i].letter == c)
			return &vms_option_rows[i];
	return NULL;
}

static struct vms_error *finish(struct parser *p, struct vms_options *ret)
{
	struct vms_options *o = &p->options;

	o->message_level |= p->extra_messages;
	if (o->action == VMS_ACTION_DUMP || o->action == VMS_ACTION_CHECK) {
		if (p->nr_names < 2)
			return vms_error_create(
				VMS_ERR_USAGE,
				"%s is missing: VMCORE and DUMPFILE are "
				"expected; see --help",
				p->nr_names ? "DUMPFILE" : "VMCORE");
		o->vmcore = p->names[0];
		o->dumpfile = p->names[1];
	}
	*ret = *o;
	return NULL;
}

struct vms_error *vms_options_parse(int argc, char **argv,
				    struct vms_options *ret)
{
	struct parser p = { .options = { .message_level = VMS_MSG_DEFAULT } };
	struct tables tables = { 0 };
	struct vms_error *err = NULL;
	int c;

	build_tables(&tables);
	optind = 0;	/* glibc: start anew */
	opterr = 0;
	while (!err && (c = getopt_long(argc, argv, tables.letters,
					tables.names, NULL)) != -1) {
		if (c == 1)
			err = add_name(&p, optarg);
		else if (c == '?' || c == ':')
			err = bad_option(c, argv);
		else
			err = apply(&p, find_row(c), optarg);
	}
	/* What stands behind "--". */
	while (!err && optind < argc)
		err = add_name(&p, argv[optind++]);
	return err ? err : finish(&p, ret);
}
