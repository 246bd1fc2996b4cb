/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recorded VMCOREINFO file, and everything read from it, as text. */
#ifndef KERNEL_WORDS_H
#define KERNEL_WORDS_H

#include <stddef.h>

/** The whole file; the caller frees it. NULL: cannot be read. */
char *kernel_words_read(const char *path, size_t *size_ret);
/**
 * What vms_kernel_describe says of the file's kernel, then a line a fact; the
 * caller frees it. The byte order and word size are those of little-endian
 * 64-bit machines.
 */
char *kernel_words_of(const char *path);

#endif
