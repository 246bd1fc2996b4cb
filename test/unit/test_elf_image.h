/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Small ELF core files in memory, for tests of the source room: headers are
 * written field by field, so that each of them can lie.
 */
#ifndef TEST_ELF_IMAGE_H
#define TEST_ELF_IMAGE_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

struct elf_image {
	uint8_t *data;
	size_t size;
	size_t phoff;
};

/** Ehdr at 0, room for phnum program headers (zeros) at phoff. */
void elf_image_init(struct elf_image *image, uint32_t phnum, size_t phoff);
void elf_image_deinit(struct elf_image *image);
/** Both point into the image, until it grows. */
Elf64_Ehdr *elf_image_ehdr(struct elf_image *image);
Elf64_Phdr *elf_image_phdr(struct elf_image *image, uint32_t i);
/** Header i becomes a PT_LOAD whose bytes are all in the file. */
void elf_image_load(struct elf_image *image, uint32_t i, uint64_t paddr,
		    uint64_t size, uint64_t offset);
/** Header i becomes a PT_NOTE. */
void elf_image_notes(struct elf_image *image, uint32_t i, uint64_t offset,
		     uint64_t size);
/** Copies bytes to offset, the image grows as needed. */
void elf_image_put(struct elf_image *image, size_t offset, const void *bytes,
		   size_t size);
void elf_image_resize(struct elf_image *image, size_t size);
/** Writes a padded note at offset; returns the offset behind it. */
size_t elf_image_put_note(struct elf_image *image, size_t offset,
			  const char *name, uint32_t type, const void *desc,
			  uint32_t desc_size);
/** Moves the count to section header 0, which is put at the end. */
void elf_image_extend_count(struct elf_image *image, uint32_t phnum);

/*
 * The byte of physical memory at paddr: differs from page to page and within
 * each of them.
 */
uint8_t elf_image_byte(uint64_t paddr);
/** Fills file bytes at offset with the memory at paddr. */
void elf_image_fill(struct elf_image *image, size_t offset, uint64_t paddr,
		    size_t size);

/*
 * A vmcore as the kernel writes it for a machine of 64 pages: header 0 the
 * note at 0x130, header 1 the kernel's text (pages 0 to 63 at 0x1000), header
 * 2 the RAM (the same pages at 0x41000).
 */
#define BASE_NOTE 0x130U
#define BASE_TEXT 0x1000U
#define BASE_RAM 0x41000U
#define BASE_BYTES 0x40000U
#define BASE_TEXT_VADDR 0xffffffff80000000ULL
#define BASE_RAM_VADDR 0xffff888000000000ULL
#define BASE_VMCOREINFO "OSRELEASE=6.1.0\nPAGESIZE=4096\n"
void elf_image_init_base(struct elf_image *image);

/** Saves the image in a new file; the path is freed by the caller. */
char *elf_image_save(const struct elf_image *image);

#endif
