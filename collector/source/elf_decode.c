// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * ELF headers from the file's bytes, by libelf's translation. Must not read
 * the file: elf_begin() does so by sizes that the file itself claims, and ten
 * million sections that are not there make it allocate 2 GiB (libelf 0.188);
 * here the caller hands in as many bytes as it wants to pay for.
 */
#include <assert.h>

#include "elf_core.h"

/*
 * For another class or byte order: elf32_xlatetom() into Elf32 structs that
 * are widened, and the file's EI_DATA for the encoding.
 */
static void decode(Elf_Type type, const void *raw, size_t raw_size, void *ret,
		   size_t ret_size)
{
	Elf_Data from = {
		.d_buf = (void *)(uintptr_t)raw,
		.d_type = type,
		.d_version = EV_CURRENT,
		.d_size = raw_size,
	};
	Elf_Data to = {
		.d_buf = ret,
		.d_type = type,
		.d_version = EV_CURRENT,
		.d_size = ret_size,
	};
	const Elf_Data *done = elf64_xlatetom(&to, &from, ELFDATA2LSB);

	/* It fails only for sizes and encodings that do not exist. */
	assert(done);
	(void)done;
}

void vms_elf_decode_ehdr(const uint8_t *raw, GElf_Ehdr *ret)
{
	decode(ELF_T_EHDR, raw, VMS_ELF_EHDR_BYTES, ret, sizeof(*ret));
}

void vms_elf_decode_shdr(const uint8_t *raw, GElf_Shdr *ret)
{
	decode(ELF_T_SHDR, raw, VMS_ELF_SHDR_BYTES, ret, sizeof(*ret));
}

void vms_elf_decode_phdrs(const uint8_t *raw, size_t count, GElf_Phdr *ret)
{
	decode(ELF_T_PHDR, raw, count * VMS_ELF_PHDR_BYTES, ret,
	       count * sizeof(*ret));
}

void vms_elf_decode_nhdr(const uint8_t *raw, GElf_Nhdr *ret)
{
	/* Three words in both classes; ELF_T_NHDR wants the data as well. */
	decode(ELF_T_WORD, raw, sizeof(*ret), ret, sizeof(*ret));
}
