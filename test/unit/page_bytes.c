// SPDX-License-Identifier: GPL-2.0-or-later
/* Bytes in the crashed kernel's order, never in the host's. */
#include <string.h>

#include <vmsieve/endian.h>

#include "page_bytes.h"
#include "vms_cmocka.h"

void test_kernel_open(struct test_kernel *t, const char *text,
		      enum vms_endian endian, bool is_64bit)
{
	t->endian = endian;
	t->is_64bit = is_64bit;
	assert_no_error(vms_kernel_create(text, strlen(text), endian, is_64bit,
					  NULL, &t->kernel));
	t->layout = vms_kernel_page_layout(t->kernel);
	assert_non_null(t->layout);
}

void test_kernel_close(struct test_kernel *t)
{
	vms_kernel_destroy(t->kernel);
}

void put_word(const struct test_kernel *t, uint8_t *page, size_t at,
	      uint64_t value)
{
	if (t->is_64bit)
		vms_put_u64(page + at, value, t->endian);
	else
		vms_put_u32(page + at, (uint32_t)value, t->endian);
}

void put_int(const struct test_kernel *t, uint8_t *page, size_t at,
	     uint32_t value)
{
	vms_put_u32(page + at, value, t->endian);
}

struct vms_page_view decode(const struct test_kernel *t, const uint8_t *page)
{
	struct vms_page_view view;

	vms_page_decode(t->layout, page, &view);
	return view;
}
