/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of a small crashed kernel, to be changed by a test before a vm
 * is made of it. PFNs below 64: 5 uts name, 6 top page table, 7 pointer to
 * the roots of mem_section, 13-16 these, 17 and on one page of sections a
 * root. From 1 MiB on page tables, from 2 MiB on the page array.
 */
#ifndef FAKE_IMAGE_H
#define FAKE_IMAGE_H

#include <vmsieve/vm.h>

#include "fake_kernel.h"
#include "fake_source.h"

#define FAKE_TEXT 0xffffffff80000000ULL
#define FAKE_DIRECT 0xffff888000000000ULL
#define FAKE_VMEMMAP 0xffffea0000000000ULL
#define FAKE_UTS 0x5000U
#define FAKE_ROOT 0x6000U
#define FAKE_SECTION_POINTER 0x7000U
#define FAKE_SECTION_ROOTS 0xd000U
#define FAKE_SECTIONS 0x11000U
#define FAKE_TABLES 0x100000U
#define FAKE_STRUCTS 0x200000U
#define FAKE_STRUCT 64U
#define FAKE_SECTION_PAGES 32768U
#define FAKE_SECTION_ROOM (FAKE_SECTION_PAGES * FAKE_STRUCT)

struct fake_image {
	struct fake_memory mem;
	struct fake_tables tables;
	struct fake_info info;
	struct vms_source source;
	struct vms_kernel *kernel;
	struct vms_vm *vm;
	struct vms_vm_cursor *cursor;
	char said[8192];	/* warnings while the vm was made */
};

/**
 * RAM [0, sections * 128 MiB) as one segment; every section present, its
 * struct pages in VMEMMAP by one leaf of 2 MiB. At most 256 sections.
 */
void fake_image_init(struct fake_image *image, unsigned int sections);
void fake_image_deinit(struct fake_image *image);
/** Makes the vm and a cursor of what is there now; again if called again. */
void fake_image_open(struct fake_image *image);
/** The same without collecting warnings. */
void fake_image_open_quiet(struct fake_image *image);
/** Physical address of section_mem_map of a section, and its coded value. */
vms_paddr_t fake_section(unsigned int section);
uint64_t fake_coded(vms_vaddr_t map_of_pfn_0);
/** Physical address of the struct page of pfn. */
vms_paddr_t fake_struct(vms_pfn_t pfn);
/** Copies struct pages view by view; *count_ret: how many came. */
enum vms_read fake_memmap_read(struct vms_vm_cursor *cursor,
			       const struct vms_memmap_range *range,
			       vms_pfn_t pfn, size_t count,
			       size_t struct_bytes, uint8_t *buf,
			       size_t *count_ret);

#endif
