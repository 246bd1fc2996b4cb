// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * SPARSEMEM, with one level of sections or two (EXTREME), with or without
 * VMEMMAP: mem_section gives each section's page array. Every section is
 * checked when it is used; a bad one costs only itself. Does not look into
 * struct pages.
 */
#include <inttypes.h>
#include <string.h>

#include <vmsieve/checked.h>
#include <vmsieve/limits.h>

#include "vm_private.h"

/* Low bits of section_mem_map, the same since their first release. */
#define SECTION_PRESENT (1ULL << 0)	/* 2.6.13 */
#define SECTION_HAS_MAP (1ULL << 1)	/* 2.6.13 */
#define SECTION_ONLINE (1ULL << 2)	/* 4.13, 2d070eab2e82 "mm: consider zone
					 * which is not fully populated to have
					 * holes" */
/*
 * The kernel has used 3 to 6 flags and keeps them below the map's address,
 * which is page aligned: 12 bits are cleared where the address leaves them
 * zero.
 */
#define MAX_FLAG_BITS 12U

/* struct mem_section: two words, two more with page_ext; a power of two. */
#define MIN_SECTION_BYTES 8U
#define MAX_SECTION_BYTES 256U
/* Sizes a section had: 2^24 (ppc64) to 2^31 bytes (sparc64). */
#define MIN_SECTION_BITS 20U
#define MAX_SECTION_BITS 34U
/* Sections tried, and good ones enough, to tell which address is the array. */
#define SAMPLE_TRIES 1024U
#define SAMPLE_ENOUGH 64U
/* Roots compared with each other: 2^(52 - 27) sections, 256 to a root, are
 * all that x86_64 can have. 1 MiB while comparing. */
#define MAX_ROOTS_COMPARED (1U << 17)

static const enum vms_fact needs[] = {
	VMS_FACT_SYMBOL_MEM_SECTION,
	VMS_FACT_SIZE_MEM_SECTION,
	VMS_FACT_OFFSET_MEM_SECTION_MAP,
};

static int compare_u64(const void *a, const void *b)
{
	const uint64_t *x = a;
	const uint64_t *y = b;

	return (*x > *y) - (*x < *y);
}

/* ---- one section ---- */

static bool root_sane(const struct vms_vm *vm, uint64_t root)
{
	return vms_arch_is_kernel_pointer(vm->arch, root) &&
	       !(root % vms_vm_word_bytes(vm));
}

/*
 * Address of a section's element. NULL, or static text of what is wrong with
 * the root, and so with all sections of that root; *ret is then left alone.
 */
static const char *section_address(struct vms_vm_cursor *cursor,
				   const struct vms_sparse *sparse,
				   uint64_t section, vms_vaddr_t *ret)
{
	const struct vms_vm *vm = cursor->vm;
	uint64_t root;

	if (!sparse->extreme) {
		*ret = sparse->sections + section * sparse->section_bytes;
		return NULL;
	}
	if (!vms_vm_read_word(cursor,
			      sparse->sections +
				      section / sparse->per_root *
					      vms_vm_word_bytes(vm),
			      &root))
		return "mem_section cannot be read";
	if (!root)
		return "no section there";
	if (!root_sane(vm, root))
		return "section root is no kernel address";
	if (sparse->nr_twice &&
	    bsearch(&root, sparse->twice, sparse->nr_twice, sizeof(root),
		    compare_u64))
		return "section root is used twice";
	*ret = root + section % sparse->per_root * sparse->section_bytes;
	return NULL;
}

static const char *section_map(struct vms_vm_cursor *cursor,
			       const struct vms_sparse *sparse,
			       uint64_t section, uint64_t word,
			       vms_vaddr_t *ret)
{
	const struct vms_vm *vm = cursor->vm;
	uint64_t first = section << sparse->section_shift;
	uint64_t bytes = vm->struct_bytes << sparse->section_shift;
	/* Coded as the address PFN 0 would have: may wrap, and wraps back. */
	vms_vaddr_t map = (word & sparse->map_mask) + first * vm->struct_bytes;
	vms_vaddr_t last;

	if (!(word & SECTION_PRESENT))
		return "section is not present";
	if (!(word & SECTION_HAS_MAP))
		return "section has no page array";
	if (sparse->has_online && !(word & SECTION_ONLINE))
		return "section is not online";
	if (!vms_add_u64(map, bytes - 1, &last) ||
	    !vms_arch_is_kernel_pointer(vm->arch, map) ||
	    !vms_arch_is_kernel_pointer(vm->arch, last))
		return "page array is at no kernel address";
	*ret = map;
	return NULL;
}

/* NULL: *word_ret and *map_ret are filled; else static text. */
static const char *read_section(struct vms_vm_cursor *cursor,
				const struct vms_sparse *sparse,
				uint64_t section, uint64_t *word_ret,
				vms_vaddr_t *map_ret)
{
	vms_vaddr_t at;
	const char *why = section_address(cursor, sparse, section, &at);

	if (why)
		return why;
	if (!vms_vm_read_word(cursor, at + sparse->map_offset, word_ret))
		return "section cannot be read";
	return section_map(cursor, sparse, section, *word_ret, map_ret);
}

static struct vms_pfn_range pfns_of(const struct vms_sparse *sparse,
				    uint64_t first_section, uint64_t count)
{
	return (struct vms_pfn_range){
		first_section << sparse->section_shift,
		(first_section + count) << sparse->section_shift,
	};
}

/*
 * A root that is absent or bad is one doubt, so that a file which claims to
 * hold petabytes does not cost a step for each of their sections.
 */
static struct vms_pfn_range doubtful(struct vms_vm_cursor *cursor,
				     const struct vms_sparse *sparse,
				     uint64_t section)
{
	vms_vaddr_t at;

	if (!section_address(cursor, sparse, section, &at))
		return pfns_of(sparse, section, 1);
	return pfns_of(sparse, section - section % sparse->per_root,
		       sparse->per_root);
}

static enum vms_memmap find(struct vms_vm_cursor *cursor, vms_pfn_t pfn,
			    struct vms_memmap_range *ret, const char **why_ret)
{
	const struct vms_sparse *sparse = &cursor->vm->sparse;
	uint64_t section = pfn >> sparse->section_shift;
	uint64_t word;
	const char *why;

	if (section >= sparse->nr_sections) {
		*ret = (struct vms_memmap_range){ .pfns = { pfn, UINT64_MAX } };
		*why_ret = "beyond the kernel's last section";
		return VMS_MEMMAP_DOUBT;
	}
	why = read_section(cursor, sparse, section, &word, &ret->map);
	if (!why) {
		ret->pfns = pfns_of(sparse, section, 1);
		return VMS_MEMMAP_RANGE;
	}
	ret->pfns = doubtful(cursor, sparse, section);
	*why_ret = why;
	return VMS_MEMMAP_DOUBT;
}

/* ---- which address is the array ---- */

/* Is this section's page array there, at least for that page? */
static bool section_good(struct vms_vm_cursor *cursor,
			 struct vms_sparse *sparse, vms_pfn_t pfn)
{
	uint64_t section_pages = 1ULL << sparse->section_shift;
	uint64_t word = 0;
	vms_vaddr_t map;

	if (read_section(cursor, sparse, pfn >> sparse->section_shift, &word,
			 &map) ||
	    vms_memmap_unusable(cursor, map + pfn % section_pages *
					      cursor->vm->struct_bytes))
		return false;
	sparse->has_online |= !!(word & SECTION_ONLINE);
	word &= sparse->map_mask;
	if (!sparse->code)
		sparse->code = word;
	sparse->codes_differ |= word != sparse->code;
	return true;
}

/*
 * Goes over the sections under RAM and counts those whose page array is
 * there; takes the first SAMPLE_TRIES, stops at SAMPLE_ENOUGH good ones. What
 * is counted before the first section that is online may be offline: no
 * matter, this only chooses the array.
 */
static unsigned int count_good(struct vms_vm_cursor *cursor,
			       struct vms_sparse *sparse)
{
	unsigned int good = 0;
	struct vms_pfn_range ram;
	vms_pfn_t pfn = 0;

	sparse->has_online = false;
	sparse->codes_differ = false;
	sparse->code = 0;
	for (unsigned int i = 0; i < SAMPLE_TRIES && good < SAMPLE_ENOUGH &&
				 vms_memmap_ram(cursor, pfn, &ram);
	     i++) {
		uint64_t section = ram.start >> sparse->section_shift;

		if (section >= sparse->nr_sections)
			break;
		if (section_good(cursor, sparse, ram.start)) {
			good++;
			pfn = pfns_of(sparse, section, 1).end;
		} else {
			pfn = doubtful(cursor, sparse, section).end;
		}
	}
	return good;
}

/*
 * 4.15 made the root array dynamic (83e3c48729d9 "mm/sparsemem: Allocate
 * mem_section at runtime for CONFIG_SPARSEMEM_EXTREME=y") and VMCOREINFO held
 * the pointer's address until a0b1280368d1 "kdump: write correct address of
 * mem_section into vmcoreinfo". Which it is shows from what is found there.
 */
static unsigned int choose_array(struct vms_vm_cursor *cursor,
				 struct vms_sparse *sparse)
{
	vms_vaddr_t symbol = sparse->sections;
	struct vms_sparse behind = *sparse;
	unsigned int good = count_good(cursor, sparse);
	unsigned int good_behind;

	if (good == SAMPLE_ENOUGH || !sparse->extreme ||
	    !vms_vm_read_word(cursor, symbol, &behind.sections) ||
	    !root_sane(cursor->vm, behind.sections))
		return good;
	good_behind = count_good(cursor, &behind);
	if (good_behind <= good)
		return good;
	*sparse = behind;
	return good_behind;
}

/* ---- roots that are used twice ---- */

static size_t collect_roots(struct vms_vm_cursor *cursor,
			    const struct vms_sparse *sparse, uint64_t *roots,
			    size_t max)
{
	struct vms_pfn_range ram;
	size_t count = 0;

	for (vms_pfn_t pfn = 0;
	     count < max && vms_memmap_ram(cursor, pfn, &ram);) {
		uint64_t section = ram.start >> sparse->section_shift;
		uint64_t index = section / sparse->per_root;

		if (section >= sparse->nr_sections)
			break;
		if (vms_vm_read_word(cursor,
				     sparse->sections +
					     index * vms_vm_word_bytes(
							     cursor->vm),
				     &roots[count]) &&
		    roots[count])
			count++;
		pfn = ((index + 1) * sparse->per_root)
		      << sparse->section_shift;
	}
	return count;
}

/* Moves one of each value that is there twice or more to the front. */
static size_t keep_doubles(uint64_t *values, size_t count)
{
	size_t kept = 0;

	qsort(values, count, sizeof(*values), compare_u64);
	for (size_t i = 1; i < count; i++)
		if (values[i] == values[i - 1] &&
		    (!kept || values[kept - 1] != values[i]))
			values[kept++] = values[i];
	return kept;
}

/*
 * The kernel allocates each root for itself: of two places that point to the
 * same one at least one is wrong, and nothing tells which.
 */
static struct vms_error *find_doubles(struct vms_vm_cursor *cursor,
				      struct vms_sparse *sparse)
{
	uint64_t nr_roots = sparse->nr_sections / sparse->per_root + 1;
	size_t max = nr_roots < MAX_ROOTS_COMPARED ? (size_t)nr_roots :
						     MAX_ROOTS_COMPARED;
	uint64_t *roots VMS_CLEANUP(free) = calloc(max, sizeof(*roots));

	if (!roots)
		return vms_error_no_memory();
	sparse->nr_twice = keep_doubles(
		roots, collect_roots(cursor, sparse, roots, max));
	if (!sparse->nr_twice)
		return NULL;
	sparse->twice = calloc(sparse->nr_twice, sizeof(*roots));
	if (!sparse->twice)
		return vms_error_no_memory();
	memcpy(sparse->twice, roots, sparse->nr_twice * sizeof(*roots));
	return NULL;
}

/* ---- sizes ---- */

/* Low bits that are zero in every section's coded map address. */
static unsigned int flag_bits(const struct vms_vm *vm,
			      unsigned int section_shift)
{
	unsigned int bits = section_shift +
			    (unsigned int)__builtin_ctzll(vm->struct_bytes);

	return bits < MAX_FLAG_BITS ? bits : MAX_FLAG_BITS;
}

static struct vms_error *get_sizes(struct vms_vm *vm, struct vms_sparse *ret)
{
	const struct vms_kernel *k = vm->kernel;
	unsigned int phys_bits = vms_arch_max_physmem_bits(vm->arch);
	uint64_t bits = vms_kernel_get_or(
		k, VMS_FACT_NUMBER_SECTION_SIZE_BITS,
		vms_arch_ops(vm->arch)->section_size_bits);

	ret->section_bytes = vms_kernel_get(k, VMS_FACT_SIZE_MEM_SECTION);
	ret->map_offset = vms_kernel_get(k, VMS_FACT_OFFSET_MEM_SECTION_MAP);
	if (ret->section_bytes < MIN_SECTION_BYTES ||
	    ret->section_bytes > MAX_SECTION_BYTES)
		return vms_error_create(VMS_ERR_IMPLAUSIBLE,
					"%s=%" PRIu64 " is not %u to %u",
					vms_fact_key(VMS_FACT_SIZE_MEM_SECTION),
					ret->section_bytes, MIN_SECTION_BYTES,
					MAX_SECTION_BYTES);
	if (!vms_inside_u64(ret->map_offset, vms_vm_word_bytes(vm),
			    ret->section_bytes))
		return vms_error_create(
			VMS_ERR_IMPLAUSIBLE, "%s=%" PRIu64 " is outside of a section of %" PRIu64 " bytes",
			vms_fact_key(VMS_FACT_OFFSET_MEM_SECTION_MAP),
			ret->map_offset, ret->section_bytes);
	if (bits < MIN_SECTION_BITS || bits > MAX_SECTION_BITS ||
	    bits >= phys_bits || bits < vm->page_shift)
		return vms_error_create(
			VMS_ERR_IMPLAUSIBLE, "%s=%" PRIu64 " does not fit %u physical bits",
			vms_fact_key(VMS_FACT_NUMBER_SECTION_SIZE_BITS), bits,
			phys_bits);
	ret->section_shift = (unsigned int)bits - vm->page_shift;
	ret->nr_sections = 1ULL << (phys_bits - bits);
	ret->per_root = (1ULL << vm->page_shift) / ret->section_bytes;
	ret->map_mask = ~0ULL << flag_bits(vm, ret->section_shift);
	ret->sections = vms_kernel_get(k, VMS_FACT_SYMBOL_MEM_SECTION);
	return NULL;
}

/*
 * Does LENGTH(mem_section) agree with the other sizes? If not, one of them is
 * wrong. With VMEMMAP every section leads to the same array, so that a wrong
 * size can only miss sections, and the array is taken to be the shorter one.
 * Without, it would give a section the array of another one.
 */
static struct vms_error *check_length(const struct vms_vm *vm,
				      struct vms_sparse *sparse)
{
	uint64_t per_entry = sparse->extreme ? sparse->per_root : 1;
	uint64_t entries = sparse->nr_sections / per_entry +
			   !!(sparse->nr_sections % per_entry);
	uint64_t length = vms_kernel_get_or(
		vm->kernel, VMS_FACT_LENGTH_MEM_SECTION, entries);

	if (length == entries)
		return NULL;
	if (sparse->codes_differ)
		return vms_error_create(
			VMS_ERR_IMPLAUSIBLE, "%s=%" PRIu64 " should be %" PRIu64 " by the other sizes",
			vms_fact_key(VMS_FACT_LENGTH_MEM_SECTION), length,
			entries);
	vms_log_warn(vm->log, "%s=%" PRIu64 " should be %" PRIu64 " by the other sizes, the smaller is used",
		     vms_fact_key(VMS_FACT_LENGTH_MEM_SECTION), length,
		     entries);
	if (length < entries)
		sparse->nr_sections = length * per_entry;
	return NULL;
}

static struct vms_error *open_sparse(struct vms_vm *vm,
				     struct vms_vm_cursor *cursor, bool extreme)
{
	struct vms_sparse sparse = { .extreme = extreme };
	struct vms_error *err = get_sizes(vm, &sparse);

	if (err)
		return err;
	if (!choose_array(cursor, &sparse))
		return vms_error_create(
			VMS_ERR_IMPLAUSIBLE, "%s=0x%" PRIx64 " leads to no section with a page array",
			vms_fact_key(VMS_FACT_SYMBOL_MEM_SECTION),
			sparse.sections);
	err = check_length(vm, &sparse);
	if (!err && extreme)
		err = find_doubles(cursor, &sparse);
	if (err)
		return err;
	vms_log_print(vm->log, VMS_MSG_DEBUG,
		      "mem_section: array at 0x%" PRIx64 ", %" PRIu64 " sections of %u pages",
		      sparse.sections, sparse.nr_sections,
		      1U << sparse.section_shift);
	vm->sparse = sparse;
	return NULL;
}

static struct vms_error *open_extreme(struct vms_vm *vm,
				      struct vms_vm_cursor *cursor)
{
	return open_sparse(vm, cursor, true);
}

static struct vms_error *open_plain(struct vms_vm *vm,
				    struct vms_vm_cursor *cursor)
{
	return open_sparse(vm, cursor, false);
}

/* 2.6.14, and the only one on 64-bit distributions since 2.6.24 or so. */
const struct vms_memmap_ops vms_memmap_sparse_extreme = {
	.name = "sparsemem extreme",
	.needs = needs,
	.nr_needs = VMS_ARRAY_SIZE(needs),
	.open = open_extreme,
	.find = find,
};

/* 2.6.13, still that of 32-bit kernels. */
const struct vms_memmap_ops vms_memmap_sparse = {
	.name = "sparsemem",
	.needs = needs,
	.nr_needs = VMS_ARRAY_SIZE(needs),
	.open = open_plain,
	.find = find,
};
