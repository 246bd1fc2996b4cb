/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests of the source room share: faults put in at link time (reads,
 * mappings, allocations), a file that looks like /proc/vmcore, warnings kept
 * for inspection. Tests link with SOURCE_WRAPS of source.cmake.
 */
#ifndef TEST_SOURCE_SUPPORT_H
#define TEST_SOURCE_SUPPORT_H

#include <stdbool.h>

#include <vmsieve/source.h>

#include "test_elf_image.h"

/** Zero: nothing is wrong. Reset by faults_reset(). */
struct faults {
	/* pread() of any byte in [start, end) fails with errnum. */
	struct {
		uint64_t start;
		uint64_t end;
		int errnum;
	} bad[4];
	/* Like /proc/vmcore: good bytes before a bad one are lost. */
	bool whole_read_fails;
	size_t max_read;	/* no read brings more bytes */
	unsigned int interrupted;	/* reads in a row that fail (EINTR) */
	bool proc;		/* files seem to be in /proc */
	bool block_device;	/* files seem to be block devices */
	int mmap_errnum;	/* mmap() fails */
	unsigned int fail_allocation;	/* the nth one fails; 0: none does */

	/* Counted for the test: */
	uint64_t reads;
	uint64_t read_bytes;
	uint64_t largest_read;
	uint64_t maps;
	uint64_t allocations;
	uint64_t allocated_bytes;	/* nothing is taken off for free() */
};

extern struct faults faults;
void faults_reset(void);

/** All warnings since the last reset, joined by newlines. */
const char *warnings(void);
unsigned int warnings_count(void);
void warnings_reset(void);

/** Opens an image from a new file, which is unlinked; resets warnings. */
struct vms_error *open_image(const struct elf_image *image, bool lenient,
			     struct vms_source **ret);
/** Keeps the file: the caller unlinks and frees *path_ret. */
struct vms_error *open_image_file(const struct elf_image *image,
				  const struct vms_source_options *options,
				  char **path_ret, struct vms_source **ret);
/** The same as open_image() for an image that must be good. */
struct vms_source *open_good(const struct elf_image *image, bool lenient);
struct vms_reader *reader_of(struct vms_source *source);

/** Seconds since some point in the past. */
double now(void);

/** Fails the test unless err is there, has code, and its text has part. */
void check_error(struct vms_error *err, enum vms_error_code code,
		  const char *part);
/** Fails the test unless memory is what elf_image_byte() says. */
void check_memory(struct vms_reader *reader, vms_paddr_t paddr, size_t size);
void check_text(const char *text, const char *part);

#endif
