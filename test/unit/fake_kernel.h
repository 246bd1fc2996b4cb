/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMCOREINFO for tests, as lines that can be changed one by one, and the
 * kernel made of them by the real parser.
 */
#ifndef FAKE_KERNEL_H
#define FAKE_KERNEL_H

#include <vmsieve/kernel.h>

#define FAKE_LINES 128U

struct fake_info {
	char lines[FAKE_LINES][80];	/* "" for a line taken away */
	size_t nr_lines;
};

/** Those of a small 4-level kernel: see fake_image.h for what lies where. */
void fake_info_init(struct fake_info *info);
/** Replaces the line with that key, or adds one. */
void fake_info_set(struct fake_info *info, const char *key, const char *value);
void fake_info_hex(struct fake_info *info, const char *key, uint64_t value);
void fake_info_dec(struct fake_info *info, const char *key, uint64_t value);
void fake_info_remove(struct fake_info *info, const char *key);
/** Never NULL: aborts when the parser refuses. */
struct vms_kernel *fake_kernel(const struct fake_info *info);

#endif
