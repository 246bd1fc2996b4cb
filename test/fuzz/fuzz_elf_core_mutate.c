// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A mutator that knows where fields are: bytes changed at random break the
 * ELF header long before anything interesting is reached. Unused without the
 * fuzzing engine.
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The engine's own; absent when the corpus is only replayed. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size)
	__attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed);

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 8;
}

/* Values where something changes, and their neighbours. */
static uint64_t value(uint32_t *seed, uint64_t old, size_t size)
{
	switch (next(seed) % 8) {
	case 0:
		return next(seed) % 3;
	case 1:
		return old + next(seed) % 9 - 4;
	case 2:
		return (1ULL << next(seed) % 64) + next(seed) % 3 - 1;
	case 3:
		return size + next(seed) % 3 - 1;
	case 4:
		return next(seed) % (size + 1);
	case 5:
		return (next(seed) % 16) * 4096ULL;
	case 6:
		return -(uint64_t)(next(seed) % 8192);
	default:
		return old ^ 1ULL << next(seed) % 64;
	}
}

static void change(uint8_t *data, size_t size, size_t offset, size_t width,
		   uint32_t *seed)
{
	uint64_t old = 0;

	if (offset > size || size - offset < width)
		return;
	memcpy(&old, data + offset, width);
	old = value(seed, old, size);
	memcpy(data + offset, &old, width);
}

static void change_ehdr(uint8_t *data, size_t size, uint32_t *seed)
{
	static const struct {
		size_t offset;
		size_t width;
	} fields[] = {
		{ offsetof(Elf64_Ehdr, e_phoff), 8 },
		{ offsetof(Elf64_Ehdr, e_shoff), 8 },
		{ offsetof(Elf64_Ehdr, e_phnum), 2 },
		{ offsetof(Elf64_Ehdr, e_phentsize), 2 },
		{ offsetof(Elf64_Ehdr, e_flags), 4 },
		{ EI_NIDENT - 2, 1 },
		{ offsetof(Elf64_Ehdr, e_type), 2 },
		{ EI_CLASS, 1 },
	};
	const size_t i = next(seed) % (sizeof(fields) / sizeof(fields[0]));

	change(data, size, fields[i].offset, fields[i].width, seed);
}

static void change_phdr(uint8_t *data, size_t size, uint32_t *seed)
{
	static const size_t fields[] = {
		offsetof(Elf64_Phdr, p_offset), offsetof(Elf64_Phdr, p_paddr),
		offsetof(Elf64_Phdr, p_filesz), offsetof(Elf64_Phdr, p_memsz),
	};
	static const uint32_t types[] = { PT_LOAD, PT_LOAD, PT_NOTE, PT_NULL };
	Elf64_Ehdr ehdr;
	size_t from;
	size_t to;

	memcpy(&ehdr, data, sizeof(ehdr));
	if (!ehdr.e_phnum || ehdr.e_phoff > size)
		return;
	to = ehdr.e_phoff + next(seed) % ehdr.e_phnum * sizeof(Elf64_Phdr);
	from = ehdr.e_phoff + next(seed) % ehdr.e_phnum * sizeof(Elf64_Phdr);
	if (to > size || size - to < sizeof(Elf64_Phdr) || from > size ||
	    size - from < sizeof(Elf64_Phdr))
		return;
	switch (next(seed) % 8) {
	case 0:
		memmove(data + to, data + from, sizeof(Elf64_Phdr));
		break;
	case 1:
		memcpy(data + to, &types[next(seed) % 4], sizeof(types[0]));
		break;
	default:
		change(data, size, to + fields[next(seed) % 4], 8, seed);
	}
}

/* Sizes of a note's parts, wherever a note may be. */
static void change_note(uint8_t *data, size_t size, uint32_t *seed)
{
	change(data, size, next(seed) % (size / 4 + 1) * 4, 4, seed);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	uint32_t state = seed;

	if (size < sizeof(Elf64_Ehdr) || next(&state) % 4 == 0)
		return LLVMFuzzerMutate(data, size, max_size);
	for (uint32_t n = next(&state) % 4 + 1; n; n--) {
		switch (next(&state) % 8) {
		case 0:
			change_ehdr(data, size, &state);
			break;
		case 1:
			change_note(data, size, &state);
			break;
		default:
			change_phdr(data, size, &state);
		}
	}
	return size;
}
