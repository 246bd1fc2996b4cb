/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: makedumpfile's options in one table, from which parsing
 * and --help both come. Knows no codec's code, no source and no output.
 */
#ifndef VMSIEVE_OPTIONS_H
#define VMSIEVE_OPTIONS_H

#include <stdio.h>

#include <vmsieve/codec.h>
#include <vmsieve/error.h>
#include <vmsieve/types.h>

enum vms_action {
	VMS_ACTION_DUMP,
	VMS_ACTION_CHECK,	/* --check-params: the line is right, stop */
	VMS_ACTION_HELP,
	VMS_ACTION_VERSION,
};

/** Strings are borrowed from argv. */
struct vms_options {
	enum vms_action action;
	enum vms_codec_flag codec;
	unsigned int compress_level;	/* 0: the codec's default */
	unsigned int dump_level;	/* 0 ... 31 */
	unsigned int message_level;	/* enum vms_message bits */
	unsigned int num_threads;	/* 0: choose */
	bool leave_out_array;		/* -e */
	bool replace;			/* -f */
	bool no_mmap;
	bool dry_run;
	bool salvage;
	const char *work_dir;		/* NULL: beside the dump */
	const char *vmcore;
	const char *dumpfile;
};

/** VMS_ERR_USAGE with one clear line, or VMS_ERR_UNSUPPORTED for an option of
 * makedumpfile's that is refused. ret is filled only on success. */
struct vms_error *vms_options_parse(int argc, char **argv,
				    struct vms_options *ret) VMS_MUST_CHECK;
/** The --help text; codecs: names of those built in, separated by spaces. */
void vms_options_help(FILE *out, const char *program, const char *codecs);

#endif
