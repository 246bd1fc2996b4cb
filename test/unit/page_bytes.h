/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A kernel from text lines, and struct pages of it byte by byte. */
#ifndef PAGE_BYTES_H
#define PAGE_BYTES_H

#include <vmsieve/kernel.h>
#include <vmsieve/page_view.h>

struct test_kernel {
	struct vms_kernel *kernel;
	const struct vms_page_layout *layout;
	enum vms_endian endian;
	bool is_64bit;
};

/** Fails the test when the text gives no layout. */
void test_kernel_open(struct test_kernel *t, const char *text,
		      enum vms_endian endian, bool is_64bit);
void test_kernel_close(struct test_kernel *t);

/** 8 bytes, or 4 on a 32-bit kernel. */
void put_word(const struct test_kernel *t, uint8_t *page, size_t at,
	      uint64_t value);
void put_int(const struct test_kernel *t, uint8_t *page, size_t at,
	     uint32_t value);
struct vms_page_view decode(const struct test_kernel *t, const uint8_t *page);

#endif
