// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Builds ELF vmcores from a text description: the library behind the mkvmcore
 * command, for tests and fuzzers. It knows nothing of the collector it tests.
 */
#ifndef MKVMCORE_H
#define MKVMCORE_H

#include <stddef.h>
#include <stdio.h>

struct mkv_desc;

/** Why a description was refused or a file could not be written. */
struct mkv_error {
	char text[512];
};

/** An empty description. NULL when memory is short. */
struct mkv_desc *mkv_desc_create(void);

/** Frees everything; NULL is allowed. */
void mkv_desc_destroy(struct mkv_desc *d);

/**
 * Directory of the kernel presets (NAME.vmci). Without it they are looked for
 * in kernels/ and support/kernels/ of the description's directory and of its
 * parents.
 */
int mkv_desc_set_kernel_dir(struct mkv_desc *d, const char *dir);

/** Reads a description file. 0, or -1 with @err filled. */
int mkv_desc_load_file(struct mkv_desc *d, const char *path,
		       struct mkv_error *err);

/** The same from memory; @name stands in for the file name in messages. */
int mkv_desc_load_text(struct mkv_desc *d, const char *text, size_t len,
		       const char *name, struct mkv_error *err);

/**
 * Writes the vmcore into @fd, which must be empty and seekable; holes stay
 * holes. A description can be built once. 0, or -1 with @err filled.
 */
int mkv_build(struct mkv_desc *d, int fd, struct mkv_error *err);

/**
 * Prints which page frames the description says belong to which class, as
 * lines "FIRST..LAST CLASS". Only after mkv_build().
 */
int mkv_expect(struct mkv_desc *d, FILE *out, struct mkv_error *err);

/**
 * The same as lines "CLASS FRAMES", and "level N keeps FRAMES" for a few dump
 * levels; small however large the machine is.
 */
int mkv_expect_counts(struct mkv_desc *d, FILE *out, struct mkv_error *err);

/**
 * The same as the bytes of a bitmap: bit n is set if dump level @level keeps
 * frame n, or if it is RAM for MKV_LEVEL_RAM. The lowest bit of a byte comes
 * first.
 */
#define MKV_LEVEL_RAM 32u
int mkv_expect_bitmap(struct mkv_desc *d, unsigned level, FILE *out,
		      struct mkv_error *err);

#endif
