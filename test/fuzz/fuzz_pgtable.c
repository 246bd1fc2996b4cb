// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Page tables of x86_64, changed at will: no walk may read more than once a
 * level, nor give memory beyond the machine's physical bits.
 */
#include <elf.h>
#include <stdlib.h>

#include <vmsieve/arch.h>
#include <vmsieve/kernel.h>

#include "../unit/fake_kernel.h"
#include "../unit/fake_memory.h"
#include "fuzz_records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RAM (1ULL << 24)
#define TEXT 0xffffffff80000000ULL
#define MAX_WALK_READS 5U
/* Twelve guesses are tried twice, each reads a name at up to three places
 * and two symbols; then both ends of eight linear maps. */
#define MAX_INIT_READS (24U * 5U * (3U * 6U + 2U) + 8U * 2U * 5U)

/* First byte of the input. */
#define FLAG_FIVE 1U		/* tables have five levels */
#define FLAG_SAYS_FIVE 2U	/* VMCOREINFO says so */
#define FLAG_EMPTY 4U		/* nothing is mapped at first */
#define FLAG_LOADS 8U
#define FLAG_MARK 16U		/* memory encryption */
/* Highest bits of a record's slot. */
#define KIND_POKE 0U
#define KIND_WALK 1U
#define KIND_FACT 2U
#define KIND_LOAD 3U

struct use {
	struct fake_memory mem;
	struct fake_info info;
	struct vms_load loads[8];
	size_t nr_loads;
	struct vms_arch_memory memory;
	struct vms_kernel *kernel;
	struct vms_arch *arch;
};

static enum vms_read read_mem(void *ctx, vms_paddr_t paddr, void *buf,
			      size_t size)
{
	struct use *use = ctx;

	if (!size || size > FAKE_PAGE)
		abort();
	return fake_read(&use->mem, paddr, buf, size);
}

static void used(void *ctx, vms_paddr_t paddr, size_t size)
{
	struct use *use = ctx;

	/* A table is only told of when it could be read. */
	if (size != FAKE_PAGE || paddr >= use->mem.end)
		abort();
}

static void build(struct use *use, uint8_t flags)
{
	struct fake_tables tables = {
		.mem = &use->mem,
		.root = 0x6000,
		.next = 0x10000,
		.levels = flags & FLAG_FIVE ? 5 : 4,
		.mark = flags & FLAG_MARK ? 1ULL << 47 : 0,
	};

	fake_memory_init(&use->mem, RAM);
	fake_info_init(&use->info);
	fake_info_dec(&use->info, "NUMBER(pgtable_l5_enabled)",
		      !!(flags & FLAG_SAYS_FIVE));
	fake_info_dec(&use->info, "NUMBER(sme_mask)", tables.mark);
	fake_put(&use->mem, 0x5000, "Linux", 6);
	if (!(flags & FLAG_EMPTY)) {
		fake_map(&tables, TEXT, 0, 21);
		fake_map(&tables, 0xffff888000000000, 0, 30);
		fake_map(&tables, 0xffffea0000000000, 0x7000, 12);
	}
	if (flags & FLAG_LOADS) {
		use->loads[0] = (struct vms_load){ TEXT, 0, 1U << 20 };
		use->loads[1] = (struct vms_load){ 0xffff888000000000, 0, RAM };
		use->nr_loads = 2;
	}
	use->memory = (struct vms_arch_memory){ read_mem, used, use };
}

static void change_fact(struct use *use, const struct fuzz_record *record)
{
	static const char *const symbols[] = {
		"SYMBOL(init_top_pgt)", "SYMBOL(swapper_pg_dir)",
		"SYMBOL(init_uts_ns)", "SYMBOL(_stext)",
	};
	static const char *const numbers[] = {
		"NUMBER(phys_base)", "NUMBER(sme_mask)",
		"NUMBER(MAX_PHYSMEM_BITS)", "LENGTH(mem_section)",
		"SIZE(mem_section)", "OFFSET(uts_namespace.name)",
	};
	unsigned int i = record->page;

	if (i % 2)
		fake_info_hex(&use->info, symbols[i / 2 % 4], record->value);
	else
		fake_info_dec(&use->info, numbers[i / 2 % 6], record->value);
}

static void change_load(struct use *use, const struct fuzz_record *record)
{
	struct vms_load *load = &use->loads[use->nr_loads];

	if (use->nr_loads == VMS_ARRAY_SIZE(use->loads))
		return;
	use->nr_loads++;
	load->vaddr = record->value;
	load->paddr = (uint64_t)(record->slot & 0x3fff) << 12;
	load->size = 1ULL << record->page % 64;
}

static void walk(struct use *use, vms_vaddr_t vaddr)
{
	uint64_t end = 1ULL << vms_arch_max_physmem_bits(use->arch);
	struct vms_translation at = { 0 };

	use->mem.reads = 0;
	if (vms_arch_translate(use->arch, &use->memory, vaddr, &at) ==
	    VMS_WALK_OK) {
		if (!at.size || at.paddr >= end)
			abort();
		/* A leaf lies inside; so does what the PT_LOADs say. */
		if (at.size > end - at.paddr)
			abort();
	}
	if (use->mem.reads > MAX_WALK_READS)
		abort();
}

/* First pass: changes; second: walks. */
static void replay(struct use *use, const uint8_t *data, size_t size,
		   bool walks)
{
	struct fuzz_record record;

	while (fuzz_next(&data, &size, &record)) {
		unsigned int kind = record.slot >> 14;

		if (walks != (kind == KIND_WALK))
			continue;
		if (kind == KIND_WALK)
			walk(use, record.value);
		else if (kind == KIND_POKE)
			fake_put64(&use->mem,
				   record.page * FAKE_PAGE +
					   record.slot % 512 * 8U,
				   record.value);
		else if (kind == KIND_FACT)
			change_fact(use, &record);
		else
			change_load(use, &record);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct use use = { 0 };
	struct vms_error *err;

	if (!size || size > 4096)
		return 0;
	build(&use, data[0]);
	replay(&use, data + 1, size - 1, false);
	use.kernel = fake_kernel(&use.info);
	err = vms_arch_create(vms_arch_find(EM_X86_64, true), use.kernel,
			      use.loads, use.nr_loads, &use.memory, NULL,
			      &use.arch);
	if (use.mem.reads > MAX_INIT_READS)
		abort();
	if (!err) {
		replay(&use, data + 1, size - 1, true);
		walk(&use, 0);
		walk(&use, UINT64_MAX);
		walk(&use, TEXT + 0x5000);
	}
	vms_error_destroy(err);
	vms_arch_destroy(use.arch);
	vms_kernel_destroy(use.kernel);
	fake_memory_deinit(&use.mem);
	return 0;
}
