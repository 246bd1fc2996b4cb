/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The option table, shared by the parser and --help. */
#ifndef VMS_OPTIONS_TABLE_H
#define VMS_OPTIONS_TABLE_H

#include <stddef.h>

enum option_id {
	OPT_ZLIB,
	OPT_LZO,
	OPT_SNAPPY,
	OPT_ZSTD,
	OPT_COMPRESS_LEVEL,
	OPT_LEVEL,
	OPT_UNUSED_ARRAY,
	OPT_FORCE,
	OPT_DEBUG,
	OPT_VERSION,
	OPT_HELP,
	OPT_MESSAGE_LEVEL,
	OPT_SHOW_STATS,
	OPT_NUM_THREADS,
	OPT_NON_MMAP,
	OPT_CHECK_PARAMS,
	OPT_DRY_RUN,
	OPT_SALVAGE,
	OPT_WORK_DIR,
	OPT_ACCEPTED,	/* makedumpfile's, not needed here: no effect */
	OPT_REFUSED,	/* makedumpfile's, not built: help says what to do */
};

struct option_row {
	char letter;		/* 0: none */
	const char *name;	/* NULL: none */
	const char *argument;	/* NULL: takes none */
	enum option_id id;
	const char *help;
};

extern const struct option_row vms_option_rows[];
extern const size_t vms_nr_option_rows;

#endif
