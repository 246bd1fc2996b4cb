// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The option table and the help text made from it. Does not know how an
 * option is carried out.
 */
#include <vmsieve/options.h>

#include "options_table.h"

const struct option_row vms_option_rows[] = {
	{ 'd', NULL, "LEVEL", OPT_LEVEL,
	  "leave pages out: sum of 1 zero, 2 cache, 4 private cache, 8 user "
	  "data, 16 free (0-31)" },
	{ 'c', NULL, NULL, OPT_ZLIB, "compress pages with zlib" },
	{ 'l', NULL, NULL, OPT_LZO, "compress pages with lzo" },
	{ 'p', NULL, NULL, OPT_SNAPPY, "compress pages with snappy" },
	{ 'z', NULL, NULL, OPT_ZSTD, "compress pages with zstd" },
	{ 0, "compress-level", "N", OPT_COMPRESS_LEVEL,
	  "effort of -c (1-9) and -z (1-19); left out: the fast one" },
	{ 'e', NULL, NULL, OPT_UNUSED_ARRAY,
	  "leave out struct pages that describe only pages left out" },
	{ 'f', NULL, NULL, OPT_FORCE, "replace DUMPFILE if it exists" },
	{ 0, "salvage", NULL, OPT_SALVAGE,
	  "use what is sound of a damaged VMCORE instead of refusing it" },
	{ 0, "dry-run", NULL, OPT_DRY_RUN, "do everything but write" },
	{ 0, "check-params", NULL, OPT_CHECK_PARAMS,
	  "check the command line and stop" },
	{ 0, "num-threads", "N", OPT_NUM_THREADS, "threads to use" },
	{ 0, "non-mmap", NULL, OPT_NON_MMAP, "read /proc/vmcore, never map it" },
	{ 0, "work-dir", "DIR", OPT_WORK_DIR,
	  "for a scratch file if memory is short (default: beside DUMPFILE)" },
	{ 0, "message-level", "N", OPT_MESSAGE_LEVEL,
	  "sum of 1 progress, 2 common, 4 errors, 8 debug, 16 report "
	  "(default 7)" },
	{ 0, "show-stats", NULL, OPT_SHOW_STATS, "add the report (16)" },
	{ 'D', NULL, NULL, OPT_DEBUG, "add debug messages (8)" },
	{ 'h', "help", NULL, OPT_HELP, "show this text" },
	{ 'v', "version", NULL, OPT_VERSION, "show the version" },

	{ 0, "cyclic-buffer", "KIB", OPT_ACCEPTED, "memory use is bounded" },
	{ 'b', NULL, "ORDER", OPT_ACCEPTED, "output is buffered" },

	{ 'x', NULL, "VMLINUX", OPT_REFUSED,
	  "types come from the dump's own VMCOREINFO" },
	{ 'i', NULL, "FILE", OPT_REFUSED,
	  "types come from the dump's own VMCOREINFO" },
	{ 'g', NULL, "FILE", OPT_REFUSED,
	  "the dump's own VMCOREINFO needs no file" },
	{ 'E', NULL, NULL, OPT_REFUSED,
	  "leave it out to write the kdump-compressed format" },
	{ 'F', NULL, NULL, OPT_REFUSED, "write to a file instead" },
	{ 'R', NULL, NULL, OPT_REFUSED,
	  "rearrange flattened data with makedumpfile -R" },
	{ 'L', NULL, "SIZE", OPT_REFUSED, "raise the dump level instead" },
	{ 'X', NULL, NULL, OPT_REFUSED, "Xen dumps are not read" },
	{ 0, "xen-syms", "FILE", OPT_REFUSED, "Xen dumps are not read" },
	{ 0, "xen-vmcoreinfo", "FILE", OPT_REFUSED, "Xen dumps are not read" },
	{ 0, "xen_phys_start", "ADDR", OPT_REFUSED, "Xen dumps are not read" },
	{ 0, "split", NULL, OPT_REFUSED, "write one file" },
	{ 0, "splitblock-size", "KIB", OPT_REFUSED, "write one file" },
	{ 0, "reassemble", NULL, OPT_REFUSED,
	  "reassemble split files with makedumpfile" },
	{ 0, "dump-dmesg", NULL, OPT_REFUSED,
	  "read the log from the dump with crash or drgn" },
	{ 0, "partial-dmesg", NULL, OPT_REFUSED,
	  "read the log from the dump with crash or drgn" },
	{ 0, "mem-usage", NULL, OPT_REFUSED,
	  "use --dry-run --show-stats on a vmcore" },
	{ 0, "config", "FILE", OPT_REFUSED, "nothing can be erased yet" },
	{ 0, "eppic", "MACRO", OPT_REFUSED, "nothing can be erased yet" },
	{ 0, "extension", "FILE", OPT_REFUSED, "there are no plug-ins" },
	{ 0, "diskset", "FILE", OPT_REFUSED, "sadump dumps are not read" },
	{ 0, "vtop", "VADDR", OPT_REFUSED, "translate with crash: vtop" },
};

const size_t vms_nr_option_rows = VMS_ARRAY_SIZE(vms_option_rows);

static void print_row(FILE *out, const struct option_row *row)
{
	char names[48];

	snprintf(names, sizeof(names), "%c%c%s%s%s%s%s",
		 row->letter ? '-' : ' ', row->letter ? row->letter : ' ',
		 row->name ? (row->letter ? ", " : "  ") : "",
		 row->name ? "--" : "", row->name ? row->name : "",
		 row->argument ? " " : "", row->argument ? row->argument : "");
	fprintf(out, "  %-26s %s\n", names, row->help);
}

static void print_group(FILE *out, const char *title, enum option_id first,
			enum option_id last)
{
	fprintf(out, "\n%s:\n", title);
	for (size_t i = 0; i < vms_nr_option_rows; i++)
		if (vms_option_rows[i].id >= first &&
		    vms_option_rows[i].id <= last)
			print_row(out, &vms_option_rows[i]);
}

void vms_options_help(FILE *out, const char *program, const char *codecs)
{
	fprintf(out,
		"Usage: %s [OPTION]... VMCORE DUMPFILE\n\n"
		"Writes the memory of a crashed kernel, VMCORE (/proc/vmcore "
		"or a saved ELF file),\nto DUMPFILE in the kdump-compressed "
		"format, without the pages LEVEL leaves out.\n",
		program);
	print_group(out, "Options", OPT_ZLIB, OPT_SALVAGE);
	print_group(out, "Accepted for makedumpfile's sake, without effect",
		    OPT_ACCEPTED, OPT_ACCEPTED);
	print_group(out, "Known, and refused (do this instead)", OPT_REFUSED,
		    OPT_REFUSED);
	fprintf(out,
		"\nCompressors built in: %s.\n"
		"Exit status: 0 whole and durable, 1 failed, nothing usable, "
		"3 saved but incomplete.\n",
		codecs);
}
