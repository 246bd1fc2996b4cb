/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory of its own for each test, and small files in it.
 */
#ifndef VMS_TEST_TEMP_DIR_H
#define VMS_TEST_TEMP_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct temp_dir {
	char path[64];
	int fd;
};

/** Aborts the test program when it cannot be made. */
void temp_dir_init(struct temp_dir *dir);
/** Removes it with its entries, one level deep. */
void temp_dir_deinit(struct temp_dir *dir);
/** "<dir>/<name>" in a buffer of the caller's. */
const char *temp_path(const struct temp_dir *dir, const char *name, char *buf,
		      size_t size);
/** Makes a file of that text. */
void temp_write(const struct temp_dir *dir, const char *name, const char *text);
/** Is it a regular file of exactly that text? */
bool temp_has_text(const struct temp_dir *dir, const char *name,
		   const char *text);
/** lstat; false if there is nothing. */
bool temp_stat(const struct temp_dir *dir, const char *name, struct stat *ret);
/** Entries in it. */
unsigned int temp_count(const struct temp_dir *dir);

#endif
