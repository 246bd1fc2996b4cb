// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes the image that fake_image.h describes. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/limits.h>
#include <vmsieve/log.h>

#include "fake_capture.h"
#include "fake_image.h"

#define SECTION_BYTES ((uint64_t)FAKE_SECTION_PAGES * FAKE_PAGE)
#define PER_ROOT (FAKE_PAGE / 16U)
/* Present, with a map, online, early. */
#define FLAGS 0xfU

vms_paddr_t fake_section(unsigned int section)
{
	return FAKE_SECTIONS + section / PER_ROOT * FAKE_PAGE +
	       section % PER_ROOT * 16U;
}

uint64_t fake_coded(vms_vaddr_t map_of_pfn_0)
{
	return map_of_pfn_0 | FLAGS;
}

vms_paddr_t fake_struct(vms_pfn_t pfn)
{
	return FAKE_STRUCTS + pfn * FAKE_STRUCT;
}

static void add_section(struct fake_image *image, unsigned int section)
{
	fake_put64(&image->mem, fake_section(section),
		   fake_coded(FAKE_VMEMMAP));
	fake_map(&image->tables,
		 FAKE_VMEMMAP + (uint64_t)section * FAKE_SECTION_ROOM,
		 FAKE_STRUCTS + (uint64_t)section * FAKE_SECTION_ROOM, 21);
}

void fake_image_init(struct fake_image *image, unsigned int sections)
{
	uint64_t ram = sections * SECTION_BYTES;

	assert(sections <= PER_ROOT);
	*image = (struct fake_image){ 0 };
	fake_memory_init(&image->mem, ram);
	fake_source_init(&image->source, &image->mem);
	fake_segment(&image->source, 0, ram, ram);
	fake_info_init(&image->info);
	image->tables = (struct fake_tables){ &image->mem, FAKE_ROOT,
					      FAKE_TABLES, 4, 0 };
	fake_map(&image->tables, FAKE_TEXT, 0, 21);
	for (uint64_t at = 0; at < ram; at += 1ULL << 30)
		fake_map(&image->tables, FAKE_DIRECT + at, at, 30);
	fake_put(&image->mem, FAKE_UTS, "Linux", 6);
	fake_put64(&image->mem, FAKE_SECTION_POINTER,
		   FAKE_DIRECT + FAKE_SECTION_ROOTS);
	fake_put64(&image->mem, FAKE_SECTION_ROOTS,
		   FAKE_DIRECT + FAKE_SECTIONS);
	for (unsigned int i = 0; i < sections; i++)
		add_section(image, i);
}

static void close_vm(struct fake_image *image)
{
	vms_vm_cursor_destroy(image->cursor);
	vms_vm_destroy(image->vm);
	vms_kernel_destroy(image->kernel);
	image->cursor = NULL;
	image->vm = NULL;
	image->kernel = NULL;
}

void fake_image_deinit(struct fake_image *image)
{
	close_vm(image);
	fake_memory_deinit(&image->mem);
}

static void check(struct vms_error *err)
{
	if (!err)
		return;
	fprintf(stderr, "%s\n", vms_error_text(err));
	abort();
}

static void open_vm(struct fake_image *image, struct vms_log *log)
{
	close_vm(image);
	image->kernel = fake_kernel(&image->info);
	check(vms_vm_create(&image->source, image->kernel, log, &image->vm));
	check(vms_vm_cursor_create(image->vm, VMS_READER_WINDOW_BYTES,
				   &image->cursor));
}

void fake_image_open(struct fake_image *image)
{
	struct fake_capture capture;
	struct vms_log *log;

	check(vms_log_create(VMS_MSG_ERROR, &log));
	fake_capture_start(&capture);
	open_vm(image, log);
	fake_capture_stop(&capture, image->said, sizeof(image->said));
	vms_log_destroy(log);
}

void fake_image_open_quiet(struct fake_image *image)
{
	open_vm(image, NULL);
}

enum vms_read fake_memmap_read(struct vms_vm_cursor *cursor,
			       const struct vms_memmap_range *range,
			       vms_pfn_t pfn, size_t count,
			       size_t struct_bytes, uint8_t *buf,
			       size_t *count_ret)
{
	enum vms_read read = VMS_READ_OK;
	size_t done = 0;

	while (done < count && read == VMS_READ_OK) {
		const uint8_t *structs;
		size_t n;

		read = vms_memmap_view(cursor, range, pfn + done, count - done,
				       &structs, &n);
		if ((read == VMS_READ_OK) != !!n || n > count - done)
			abort();
		if (n)
			memcpy(buf + done * struct_bytes, structs,
			       n * struct_bytes);
		done += n;
	}
	*count_ret = done;
	return read;
}
