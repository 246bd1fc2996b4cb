// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The writer of small ELF core files. It shares no code with the reader under
 * test; running out of memory ends the test program.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test_elf_image.h"

static void must(int good, const char *what)
{
	if (good)
		return;
	perror(what);
	abort();
}

void elf_image_resize(struct elf_image *image, size_t size)
{
	image->data = realloc(image->data, size ? size : 1);
	must(image->data != NULL, "realloc");
	if (size > image->size)
		memset(image->data + image->size, 0, size - image->size);
	image->size = size;
}

void elf_image_init(struct elf_image *image, uint32_t phnum, size_t phoff)
{
	Elf64_Ehdr ehdr = {
		.e_type = ET_CORE,
		.e_machine = EM_X86_64,
		.e_version = EV_CURRENT,
		.e_phoff = phoff,
		.e_ehsize = sizeof(Elf64_Ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (uint16_t)phnum,
	};

	memcpy(ehdr.e_ident, ELFMAG, SELFMAG);
	ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	ehdr.e_ident[EI_VERSION] = EV_CURRENT;
	*image = (struct elf_image){ NULL, 0, phoff };
	elf_image_resize(image, phoff + phnum * sizeof(Elf64_Phdr));
	memcpy(image->data, &ehdr, sizeof(ehdr));
}

void elf_image_deinit(struct elf_image *image)
{
	free(image->data);
	*image = (struct elf_image){ NULL, 0, 0 };
}

Elf64_Ehdr *elf_image_ehdr(struct elf_image *image)
{
	return (Elf64_Ehdr *)(void *)image->data;
}

Elf64_Phdr *elf_image_phdr(struct elf_image *image, uint32_t i)
{
	return (Elf64_Phdr *)(void *)(image->data + image->phoff) + i;
}

void elf_image_load(struct elf_image *image, uint32_t i, uint64_t paddr,
		    uint64_t size, uint64_t offset)
{
	*elf_image_phdr(image, i) = (Elf64_Phdr){
		.p_type = PT_LOAD,
		.p_flags = PF_R | PF_W | PF_X,
		.p_offset = offset,
		.p_vaddr = BASE_RAM_VADDR + paddr,
		.p_paddr = paddr,
		.p_filesz = size,
		.p_memsz = size,
	};
}

void elf_image_notes(struct elf_image *image, uint32_t i, uint64_t offset,
		     uint64_t size)
{
	*elf_image_phdr(image, i) = (Elf64_Phdr){
		.p_type = PT_NOTE,
		.p_offset = offset,
		.p_filesz = size,
		.p_memsz = size,
	};
}

void elf_image_put(struct elf_image *image, size_t offset, const void *bytes,
		   size_t size)
{
	if (offset + size > image->size)
		elf_image_resize(image, offset + size);
	if (size)
		memcpy(image->data + offset, bytes, size);
}

size_t elf_image_put_note(struct elf_image *image, size_t offset,
			  const char *name, uint32_t type, const void *desc,
			  uint32_t desc_size)
{
	const uint32_t name_size = (uint32_t)strlen(name) + 1;
	const Elf64_Nhdr nhdr = { name_size, desc_size, type };
	const size_t desc_at = offset + sizeof(nhdr) + ((name_size + 3U) & ~3U);
	const size_t end = desc_at + ((desc_size + 3U) & ~3U);

	if (end > image->size)
		elf_image_resize(image, end);
	elf_image_put(image, offset, &nhdr, sizeof(nhdr));
	elf_image_put(image, offset + sizeof(nhdr), name, name_size);
	elf_image_put(image, desc_at, desc, desc_size);
	return end;
}

void elf_image_extend_count(struct elf_image *image, uint32_t phnum)
{
	const size_t offset = (image->size + 7) & ~(size_t)7;
	const Elf64_Shdr shdr = { .sh_info = phnum };

	elf_image_put(image, offset, &shdr, sizeof(shdr));
	elf_image_ehdr(image)->e_phnum = PN_XNUM;
	elf_image_ehdr(image)->e_shoff = offset;
	elf_image_ehdr(image)->e_shentsize = sizeof(shdr);
	elf_image_ehdr(image)->e_shnum = 1;
}

uint8_t elf_image_byte(uint64_t paddr)
{
	return (uint8_t)((paddr >> 12) * 37 + (paddr & 0xfff) * 11 + 5);
}

void elf_image_fill(struct elf_image *image, size_t offset, uint64_t paddr,
		    size_t size)
{
	if (offset + size > image->size)
		elf_image_resize(image, offset + size);
	for (size_t i = 0; i < size; i++)
		image->data[offset + i] = elf_image_byte(paddr + i);
}

void elf_image_init_base(struct elf_image *image)
{
	size_t end;

	elf_image_init(image, 3, sizeof(Elf64_Ehdr));
	elf_image_resize(image, BASE_RAM + BASE_BYTES);
	end = elf_image_put_note(image, BASE_NOTE, "VMCOREINFO", 0,
				 BASE_VMCOREINFO, sizeof(BASE_VMCOREINFO) - 1);
	elf_image_notes(image, 0, BASE_NOTE, end - BASE_NOTE);
	elf_image_load(image, 1, 0, BASE_BYTES, BASE_TEXT);
	elf_image_phdr(image, 1)->p_vaddr = BASE_TEXT_VADDR;
	elf_image_load(image, 2, 0, BASE_BYTES, BASE_RAM);
	elf_image_fill(image, BASE_TEXT, 0, BASE_BYTES);
	elf_image_fill(image, BASE_RAM, 0, BASE_BYTES);
}

char *elf_image_save(const struct elf_image *image)
{
	const char *dir = getenv("TMPDIR");
	char *path;
	size_t done = 0;
	int fd;

	must(asprintf(&path, "%s/vms-image-XXXXXX", dir ? dir : "/tmp") > 0,
	     "asprintf");
	fd = mkstemp(path);
	must(fd >= 0, path);
	while (done < image->size) {
		ssize_t n = write(fd, image->data + done, image->size - done);

		must(n > 0, path);
		done += (size_t)n;
	}
	close(fd);
	return path;
}
