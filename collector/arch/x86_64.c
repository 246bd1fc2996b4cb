// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * x86_64: page tables of 4 and 5 levels, and where the kernel's own are.
 * Knows no source and no memory model; reads memory by the callback only.
 */
#include <elf.h>
#include <inttypes.h>

#include <vmsieve/checked.h>

#include "arch_private.h"

/* __START_KERNEL_map: kernel text, the same since the first x86_64 kernel. */
#define TEXT_BASE 0xffffffff80000000ULL
/* Up to the modules: 1 GiB with KASLR, 512 MiB without. */
#define TEXT_MAX_BYTES (1ULL << 30)
#define TABLE_BYTES 4096U

/* Entry bits, AMD64 Architecture Programmer's Manual vol. 2, section 5.3. */
#define ENTRY_PRESENT (1ULL << 0)
#define ENTRY_PSE (1ULL << 7)
#define ENTRY_LARGE_PAT (1ULL << 12)
#define ENTRY_ADDRESS 0x000ffffffffff000ULL
#define SHIFT_4K 12U
#define SHIFT_1G 30U

static const uint8_t shifts_4[] = { 48, 39, 30, 21, 12 };
static const uint8_t shifts_5[] = { 57, 48, 39, 30, 21, 12 };

/*
 * MAX_PHYSMEM_BITS of kernels that do not export it (before 5.9,
 * 1d50e5d0c505 "crash_core, vmcoreinfo: Append 'MAX_PHYSMEM_BITS' to
 * vmcoreinfo"), newest first. The witness is the number of sections that
 * LENGTH(mem_section) allows.
 */
static const struct {
	uint8_t va_bits;
	uint8_t phys_bits;
} phys_rows[] = {
	{ 57, 52 },	/* 4.14 by CONFIG_X86_5LEVEL, 4.17 at boot: "x86/mm:
			 * Make MAX_PHYSADDR_BITS and MAX_PHYSMEM_BITS
			 * dynamic" */
	{ 48, 46 },	/* 2.6.31, c898faf91b3e "x86: 46 bit physical address
			 * support on 64 bits" */
	{ 48, 44 },	/* 2.6.26 */
	{ 48, 40 },	/* before */
};
#define SECTION_BITS 27U	/* since 2.6.13 */

/* Memory encryption marks an entry in one high address bit, so far 47 or 51
 * (CPUID 8000001f, EBX bits 0 to 5). */
#define SME_MIN_BIT 32U
#define SME_MAX_BIT 51U

/* Symbols of the kernel's top table, newest name first: 4.13, "x86/boot/64:
 * Rename init_level4_pgt and early_level4_pgt". */
static const enum vms_fact top_facts[] = {
	VMS_FACT_SYMBOL_INIT_TOP_PGT,
	VMS_FACT_SYMBOL_INIT_LEVEL4_PGT,
	VMS_FACT_SYMBOL_SWAPPER_PG_DIR,
};

/* Where the top table might be, and how deep it is. */
struct guess {
	unsigned int va_bits;
	uint64_t phys_base;
	vms_vaddr_t top;
};

/* The fact or 0, what the PT_LOADs say: times two depths, three symbols. */
#define MAX_GUESSES (2 * 2 * VMS_ARRAY_SIZE(top_facts))

static enum vms_pgtable_entry decode(uint64_t entry, unsigned int shift,
				     vms_paddr_t *target_ret)
{
	vms_paddr_t target = entry & ENTRY_ADDRESS;

	if (!(entry & ENTRY_PRESENT))
		return VMS_ENTRY_NONE;
	if (shift == SHIFT_4K) {
		*target_ret = target;
		return VMS_ENTRY_LEAF;
	}
	if (!(entry & ENTRY_PSE)) {
		*target_ret = target;
		return VMS_ENTRY_TABLE;
	}
	target &= ~ENTRY_LARGE_PAT;
	if (shift > SHIFT_1G || target & ((1ULL << shift) - 1))
		return VMS_ENTRY_BAD;
	*target_ret = target;
	return VMS_ENTRY_LEAF;
}

static uint64_t div_round_up(uint64_t a, uint64_t b)
{
	return a / b + !!(a % b);
}

/* Could a kernel with that many physical bits have this LENGTH? */
static bool length_fits(const struct vms_kernel *kernel, unsigned int bits)
{
	uint64_t length = vms_kernel_get_or(kernel, VMS_FACT_LENGTH_MEM_SECTION,
					    0);
	uint64_t size = vms_kernel_get_or(kernel, VMS_FACT_SIZE_MEM_SECTION, 0);
	uint64_t sections = 1ULL << (bits - SECTION_BITS);

	if (!length || !size || size > TABLE_BYTES)
		return false;
	return length == sections ||
	       length == div_round_up(sections, TABLE_BYTES / size);
}

static unsigned int max_physmem_bits(const struct vms_arch *arch)
{
	unsigned int newest = 0;

	for (size_t i = 0; i < VMS_ARRAY_SIZE(phys_rows); i++) {
		if (phys_rows[i].va_bits != arch->va_bits)
			continue;
		if (length_fits(arch->kernel, phys_rows[i].phys_bits))
			return phys_rows[i].phys_bits;
		if (!newest)
			newest = phys_rows[i].phys_bits;
	}
	return newest;
}

static vms_vaddr_t kernel_start(const struct vms_arch *arch)
{
	return ~0ULL << (arch->va_bits - 1);
}

static uint64_t sme_mask(struct vms_arch *arch)
{
	uint64_t mask = vms_kernel_get_or(arch->kernel,
					  VMS_FACT_NUMBER_SME_MASK, 0);

	if (!mask || (vms_is_power_of_two(mask) &&
		      mask >= 1ULL << SME_MIN_BIT &&
		      mask <= 1ULL << SME_MAX_BIT))
		return mask;
	vms_log_warn(arch->log,
		     "%s=0x%" PRIx64 " is not one bit of %u to %u, ignored",
		     vms_fact_key(VMS_FACT_NUMBER_SME_MASK), mask, SME_MIN_BIT,
		     SME_MAX_BIT);
	return 0;
}

/* phys_base as the PT_LOAD of the kernel text gives it. */
static bool phys_base_of_loads(const struct vms_arch *arch, uint64_t *ret)
{
	for (size_t i = 0; i < arch->nr_loads; i++) {
		const struct vms_load *load = &arch->loads[i];

		if (load->vaddr < TEXT_BASE ||
		    load->vaddr - TEXT_BASE >= TEXT_MAX_BYTES || !load->size)
			continue;
		*ret = load->paddr - (load->vaddr - TEXT_BASE);
		return true;
	}
	return false;
}

static void set_table(struct vms_arch *arch, const struct guess *guess)
{
	arch->va_bits = guess->va_bits;
	arch->phys_base = guess->phys_base;
	arch->table.shifts = guess->va_bits == 57 ? shifts_5 : shifts_4;
	arch->table.levels = guess->va_bits == 57 ? 5 : 4;
	arch->table.root = guess->top - TEXT_BASE + guess->phys_base;
	arch->table.phys_end = 1ULL << vms_arch_max_physmem_bits(arch);
}

static size_t guess_phys_bases(const struct vms_arch *arch, uint64_t *ret)
{
	/* The number is there since 4.10 (before, only the address of the
	 * variable); a kernel that was not relocated has 0. */
	uint64_t derived;

	ret[0] = vms_kernel_get_or(arch->kernel, VMS_FACT_NUMBER_PHYS_BASE, 0);
	if (!phys_base_of_loads(arch, &derived) || derived == ret[0])
		return 1;
	ret[1] = derived;
	return 2;
}

static unsigned int va_bits_by_facts(const struct vms_arch *arch)
{
	return vms_kernel_get_or(arch->kernel,
				 VMS_FACT_NUMBER_PGTABLE_L5_ENABLED,
				 0) == 1 ? 57 : 48;
}

/* In the order in which VMCOREINFO makes them likely; none without symbol. */
static size_t make_guesses(const struct vms_arch *arch, struct guess *ret)
{
	unsigned int first = va_bits_by_facts(arch);
	const unsigned int va_bits[2] = { first, first == 57 ? 48 : 57 };
	uint64_t bases[2];
	size_t nr_bases = guess_phys_bases(arch, bases);
	size_t count = 0;

	for (size_t i = 0; i < VMS_ARRAY_SIZE(top_facts) * nr_bases * 2; i++) {
		enum vms_fact fact = top_facts[i / 2 / nr_bases];

		if (vms_kernel_has(arch->kernel, fact))
			ret[count++] = (struct guess){
				.va_bits = va_bits[i % 2],
				.phys_base = bases[i / 2 % nr_bases],
				.top = vms_kernel_get(arch->kernel, fact),
			};
	}
	return count;
}

/*
 * For kernels whose name cannot be read: do the tables map at least two
 * known symbols where phys_base says they are?
 */
static bool maps_text(const struct vms_arch *arch)
{
	static const enum vms_fact facts[] = {
		VMS_FACT_SYMBOL_INIT_UTS_NS,
		VMS_FACT_SYMBOL_STEXT,
	};

	for (size_t i = 0; i < VMS_ARRAY_SIZE(facts); i++) {
		uint64_t v = vms_kernel_get_or(arch->kernel, facts[i], 0);
		struct vms_translation at;

		if (v < TEXT_BASE || !vms_arch_walk_now(arch, v, &at) ||
		    at.paddr != v - TEXT_BASE + arch->phys_base)
			return false;
	}
	return true;
}

static bool finds_linux(const struct vms_arch *arch)
{
	return vms_arch_finds_linux(arch, vms_arch_walk_now);
}

static bool table_plausible(const struct vms_arch *arch,
			    const struct guess *guess)
{
	return guess->top >= TEXT_BASE && !(arch->table.root % TABLE_BYTES) &&
	       arch->table.root < arch->table.phys_end;
}

static bool try_guesses(struct vms_arch *arch, const struct guess *guesses,
			size_t count, bool (*proof)(const struct vms_arch *arch))
{
	for (size_t i = 0; i < count; i++) {
		set_table(arch, &guesses[i]);
		if (table_plausible(arch, &guesses[i]) && proof(arch))
			return true;
	}
	return false;
}

/* Says which facts the tables that were found do not agree with. */
static void warn_differences(struct vms_arch *arch, const struct guess *first)
{
	if (vms_kernel_has(arch->kernel, VMS_FACT_NUMBER_PHYS_BASE) &&
	    arch->phys_base != first->phys_base)
		vms_log_warn(arch->log,
			     "%s=0x%" PRIx64 " does not lead to the kernel, the PT_LOADs give 0x%" PRIx64,
			     vms_fact_key(VMS_FACT_NUMBER_PHYS_BASE),
			     first->phys_base, arch->phys_base);
	if (arch->va_bits != first->va_bits &&
	    vms_kernel_has(arch->kernel, VMS_FACT_NUMBER_PGTABLE_L5_ENABLED))
		vms_log_warn(arch->log,
			     "%s=%" PRIu64 " but the page tables have %u levels",
			     vms_fact_key(VMS_FACT_NUMBER_PGTABLE_L5_ENABLED),
			     vms_kernel_get(arch->kernel,
					    VMS_FACT_NUMBER_PGTABLE_L5_ENABLED),
			     arch->table.levels);
}

/* Finds and proves the tables; arch->has_table says whether. */
static void find_table(struct vms_arch *arch, const struct guess *guesses,
		       size_t count)
{
	arch->has_table = try_guesses(arch, guesses, count, finds_linux);
	if (arch->has_table)
		return;
	arch->has_table = try_guesses(arch, guesses, count, maps_text);
	if (arch->has_table)
		vms_log_warn(arch->log,
			     "no text \"Linux\" at %s, page tables are believed since they map the kernel text",
			     vms_fact_key(VMS_FACT_SYMBOL_INIT_UTS_NS));
}

static struct vms_error *init(struct vms_arch *arch)
{
	struct guess guesses[MAX_GUESSES];
	size_t count = make_guesses(arch, guesses);
	struct vms_error *err;

	arch->va_bits = va_bits_by_facts(arch);
	arch->table.decode = decode;
	arch->table.endian = VMS_LITTLE_ENDIAN;
	arch->table.strip = sme_mask(arch);
	find_table(arch, guesses, count);
	if (arch->has_table) {
		warn_differences(arch, &guesses[0]);
		return NULL;
	}
	if (!count) {
		err = vms_error_create(VMS_ERR_NOT_FOUND,
				       "no page table: VMCOREINFO has none of %s, %s, %s",
				       vms_fact_key(top_facts[0]),
				       vms_fact_key(top_facts[1]),
				       vms_fact_key(top_facts[2]));
	} else {
		set_table(arch, &guesses[0]);
		err = vms_error_create(VMS_ERR_IMPLAUSIBLE,
				       "page tables at 0x%" PRIx64 " do not map the kernel: no text \"Linux\" at %s=0x%" PRIx64,
				       arch->table.root,
				       vms_fact_key(VMS_FACT_SYMBOL_INIT_UTS_NS),
				       vms_kernel_get_or(arch->kernel,
							 VMS_FACT_SYMBOL_INIT_UTS_NS,
							 0));
	}
	/* For a kernel that is then read by its linear maps only. */
	phys_base_of_loads(arch, &arch->phys_base);
	return err;
}

static enum vms_walk walk(const struct vms_arch *arch,
			  const struct vms_arch_memory *memory,
			  vms_vaddr_t vaddr, struct vms_translation *ret)
{
	uint64_t high = vaddr >> (arch->va_bits - 1);

	if (!arch->has_table)
		return VMS_WALK_NOT_MAPPED;
	/* Not canonical: the bits above the top index repeat its highest. */
	if (high && high != ~0ULL >> (arch->va_bits - 1))
		return VMS_WALK_NOT_MAPPED;
	return vms_pgtable_walk(&arch->table, memory, vaddr, ret);
}

/* The 64-bit top page table's name, and its successor's (4.13, 65ade2f872b4
 * "x86/boot/64: Rename init_level4_pgt and early_level4_pgt"). */
static const enum vms_fact witnesses[] = {
	VMS_FACT_SYMBOL_INIT_LEVEL4_PGT,
	VMS_FACT_SYMBOL_INIT_TOP_PGT,
};

const struct vms_arch_ops vms_arch_x86_64 = {
	.name = "x86_64",
	.uts_machine = "x86_64",
	.elf_machine = EM_X86_64,
	.witnesses = witnesses,
	.nr_witnesses = VMS_ARRAY_SIZE(witnesses),
	.is_64bit = true,
	.page_sizes = 4096,
	.section_size_bits = SECTION_BITS,
	.max_physmem_bits = max_physmem_bits,
	.init = init,
	.walk = walk,
	.kernel_start = kernel_start,
};
