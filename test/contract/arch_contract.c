// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every architecture must keep, run over all rows of the registry. A row
 * needs a fixture here: a small kernel of it, and what that one maps.
 */
#include <elf.h>
#include <string.h>

#include <vmsieve/arch.h>
#include <vmsieve/limits.h>

#include "fake_kernel.h"
#include "fake_memory.h"
#include "vms_cmocka.h"

/* No architecture has more levels of page tables. */
#define MAX_LEVELS 5U
#define RAM (1ULL << 28)

struct leaf {
	vms_vaddr_t vaddr;
	vms_paddr_t paddr;
	uint64_t size;
};

/* A kernel in memory and what its tables map, built by hand. */
struct fixture {
	const char *name;
	uint16_t elf_machine;
	void (*build)(struct fake_memory *mem, struct fake_info *info);
	const struct leaf *leaves;
	size_t nr_leaves;
	/* Kernel addresses that are not mapped, and one of user space. */
	vms_vaddr_t unmapped[4];
	vms_vaddr_t user;
	vms_paddr_t root;
};

static void build_x86_64(struct fake_memory *mem, struct fake_info *info,
			 unsigned int levels, const struct leaf *leaves,
			 size_t nr_leaves)
{
	struct fake_tables tables = { mem, 0x6000, 0x100000, levels, 0 };

	fake_info_init(info);
	fake_info_remove(info, "NUMBER(MAX_PHYSMEM_BITS)");
	fake_info_dec(info, "NUMBER(pgtable_l5_enabled)", levels == 5);
	fake_put(mem, 0x5000, "Linux", 6);
	for (size_t i = 0; i < nr_leaves; i++)
		fake_map(&tables, leaves[i].vaddr, leaves[i].paddr,
			 (unsigned int)__builtin_ctzll(leaves[i].size));
}

static const struct leaf leaves_4[] = {
	{ 0xffffffff80000000, 0, 1ULL << 21 },
	{ 0xffff888000000000, 0, 1ULL << 30 },
	{ 0xffffc90000000000, 0x654000, 1ULL << 12 },
	{ 0xffffc90000001000, 0x123000, 1ULL << 12 },
	{ 0xffff800000000000, 0x7fff000, 1ULL << 12 },
	{ 0xfffffffffffff000, 0x7ffe000, 1ULL << 12 },
};

static void build_4(struct fake_memory *mem, struct fake_info *info)
{
	build_x86_64(mem, info, 4, leaves_4, VMS_ARRAY_SIZE(leaves_4));
}

static const struct leaf leaves_5[] = {
	{ 0xffffffff80000000, 0, 1ULL << 21 },
	{ 0xff11000000000000, 0, 1ULL << 30 },
	{ 0xff00000000000000, 0x7fff000, 1ULL << 12 },
	{ 0xffd4000000000000, 0x600000, 1ULL << 21 },
};

static void build_5(struct fake_memory *mem, struct fake_info *info)
{
	build_x86_64(mem, info, 5, leaves_5, VMS_ARRAY_SIZE(leaves_5));
}

static const struct fixture fixtures[] = {
	{ "x86_64, 4 levels", EM_X86_64, build_4, leaves_4,
	  VMS_ARRAY_SIZE(leaves_4),
	  { 0xffffc90000002000, 0xffffffff80200000, 0xffff888040000000,
	    0xfffffffffffef000 },
	  0x400000, 0x6000 },
	{ "x86_64, 5 levels", EM_X86_64, build_5, leaves_5,
	  VMS_ARRAY_SIZE(leaves_5),
	  { 0xff00000000001000, 0xffffffff80200000, 0xff11000040000000,
	    0xffffea0000000000 },
	  0x400000, 0x6000 },
};

struct use {
	struct fake_memory mem;
	struct fake_info info;
	struct vms_kernel *kernel;
	struct vms_arch_memory memory;
	struct vms_arch *arch;
	vms_paddr_t unreadable;	/* reads of this page fail */
	uint64_t used;		/* tables told of since it was set to 0 */
};

static enum vms_read read_mem(void *ctx, vms_paddr_t paddr, void *buf,
			      size_t size)
{
	struct use *use = ctx;

	if (use->unreadable && paddr - paddr % FAKE_PAGE == use->unreadable)
		return VMS_READ_FAILED;
	return fake_read(&use->mem, paddr, buf, size);
}

static void count_used(void *ctx, vms_paddr_t paddr, size_t size)
{
	struct use *use = ctx;

	assert_true(size && paddr < RAM);
	use->used++;
}

static const struct vms_arch_ops *ops_of(const struct fixture *fixture)
{
	return vms_arch_find(fixture->elf_machine, true);
}

static void build(struct use *use, const struct fixture *fixture)
{
	*use = (struct use){ 0 };
	use->memory = (struct vms_arch_memory){ read_mem, count_used, use };
	fake_memory_init(&use->mem, RAM);
	fixture->build(&use->mem, &use->info);
}

static struct vms_error *bring_up(struct use *use,
				  const struct fixture *fixture)
{
	use->kernel = fake_kernel(&use->info);
	return vms_arch_create(ops_of(fixture), use->kernel, NULL, 0,
			       &use->memory, NULL, &use->arch);
}

static void tear_down(struct use *use)
{
	vms_arch_destroy(use->arch);
	vms_kernel_destroy(use->kernel);
	fake_memory_deinit(&use->mem);
}

static void test_rows(void **state)
{
	size_t count;
	const struct vms_arch_ops *const *rows = vms_arch_rows(&count);

	(void)state;
	assert_true(count > 0);
	for (size_t i = 0; i < count; i++) {
		const struct vms_arch_ops *row = rows[i];
		size_t nr_fixtures = 0;

		assert_true(row->name && *row->name);
		assert_true(row->uts_machine && *row->uts_machine);
		assert_true(row->elf_machine != EM_NONE);
		assert_in_range(row->section_size_bits, 20, 34);
		assert_true(row->page_sizes);
		assert_false(row->page_sizes & ~(4096U | 16384U | 65536U));
		assert_true(row->witnesses && row->nr_witnesses > 0);
		assert_non_null(row->max_physmem_bits);
		assert_non_null(row->init);
		assert_non_null(row->walk);
		assert_non_null(row->kernel_start);
		/* Only one row answers for a machine. */
		assert_ptr_equal(vms_arch_find(row->elf_machine,
					       row->is_64bit),
				 row);
		for (size_t j = 0; j < VMS_ARRAY_SIZE(fixtures); j++)
			nr_fixtures += fixtures[j].elf_machine ==
				       row->elf_machine;
		assert_true(nr_fixtures > 0);
	}
}

static void test_nothing_known(void **state)
{
	static const char text[] = "PAGESIZE=4096\n";

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(fixtures); i++) {
		struct vms_arch *none = (struct vms_arch *)&none;
		struct use use;

		build(&use, &fixtures[i]);
		assert_no_error(vms_kernel_create(text, sizeof(text) - 1,
						  VMS_LITTLE_ENDIAN, true, NULL,
						  &use.kernel));
		assert_error(vms_arch_create(ops_of(&fixtures[i]), use.kernel,
					     NULL, 0, &use.memory, NULL, &none),
			     VMS_ERR_NOT_FOUND);
		assert_ptr_equal(none, &none);
		assert_null(vms_arch_of_kernel(use.kernel));
		tear_down(&use);
	}
	vms_arch_destroy(NULL);
}

static void test_memory_is_zero(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(fixtures); i++) {
		struct use use;

		build(&use, &fixtures[i]);
		fake_memory_deinit(&use.mem);
		fake_memory_init(&use.mem, RAM);
		assert_error(bring_up(&use, &fixtures[i]),
			     VMS_ERR_IMPLAUSIBLE);
		assert_null(use.arch);
		tear_down(&use);
	}
}

/* One address of a leaf: the rest of the leaf lies behind it in a row. */
static void check_address(struct use *use, const struct leaf *leaf,
			  uint64_t offset)
{
	struct vms_translation at;
	struct vms_translation last;

	use->used = 0;
	use->mem.reads = 0;
	assert_int_equal(vms_arch_translate(use->arch, &use->memory,
					    leaf->vaddr + offset, &at),
			 VMS_WALK_OK);
	assert_in_range(use->mem.reads, 1, MAX_LEVELS);
	assert_int_equal(use->used, use->mem.reads);
	assert_int_equal(at.paddr, leaf->paddr + offset);
	assert_int_equal(at.size, leaf->size - offset);
	assert_int_equal(vms_arch_translate(use->arch, &use->memory,
					    leaf->vaddr + offset + at.size - 1,
					    &last),
			 VMS_WALK_OK);
	assert_int_equal(last.paddr, at.paddr + at.size - 1);
	assert_int_equal(last.size, 1);
}

static void test_leaves(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(fixtures); i++) {
		const struct fixture *fixture = &fixtures[i];
		struct use use;

		build(&use, fixture);
		assert_no_error(bring_up(&use, fixture));
		assert_ptr_equal(vms_arch_ops(use.arch), ops_of(fixture));
		assert_ptr_equal(vms_arch_of_kernel(use.kernel),
				 ops_of(fixture));
		for (size_t j = 0; j < fixture->nr_leaves; j++) {
			const struct leaf *leaf = &fixture->leaves[j];

			check_address(&use, leaf, 0);
			check_address(&use, leaf, 1);
			check_address(&use, leaf, leaf->size / 2 + 5);
			check_address(&use, leaf, leaf->size - 1);
		}
		tear_down(&use);
	}
}

static void test_not_mapped(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(fixtures); i++) {
		const struct fixture *fixture = &fixtures[i];
		struct vms_translation at = { 11, 22 };
		struct use use;

		build(&use, fixture);
		assert_no_error(bring_up(&use, fixture));
		for (size_t j = 0; j < 4; j++)
			assert_int_equal(
				vms_arch_translate(use.arch, &use.memory,
						   fixture->unmapped[j], &at),
				VMS_WALK_NOT_MAPPED);
		assert_int_equal(vms_arch_translate(use.arch, &use.memory,
						    fixture->user, &at),
				 VMS_WALK_NOT_MAPPED);
		assert_int_equal(at.paddr, 11);
		assert_int_equal(at.size, 22);
		tear_down(&use);
	}
}

static void test_unreadable(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(fixtures); i++) {
		const struct fixture *fixture = &fixtures[i];
		struct vms_translation at;
		struct use use;

		build(&use, fixture);
		assert_no_error(bring_up(&use, fixture));
		use.unreadable = fixture->root;
		assert_int_equal(vms_arch_translate(use.arch, &use.memory,
						    fixture->leaves[0].vaddr,
						    &at),
				 VMS_WALK_UNREADABLE);
		tear_down(&use);
	}
}

static void test_limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(fixtures); i++) {
		const struct vms_arch_ops *ops = ops_of(&fixtures[i]);
		vms_vaddr_t start;
		struct use use;

		build(&use, &fixtures[i]);
		assert_no_error(bring_up(&use, &fixtures[i]));
		assert_in_range(vms_arch_max_physmem_bits(use.arch),
				ops->section_size_bits + 1, VMS_MAX_PHYS_BITS);
		start = ops->kernel_start(use.arch);
		assert_true(vms_arch_is_kernel_pointer(use.arch, start));
		assert_false(vms_arch_is_kernel_pointer(use.arch, start - 1));
		assert_false(vms_arch_is_kernel_pointer(use.arch, 0));
		assert_false(vms_arch_is_kernel_pointer(use.arch, UINT64_MAX));
		assert_false(vms_arch_is_kernel_pointer(use.arch,
							fixtures[i].user));
		for (size_t j = 0; j < fixtures[i].nr_leaves; j++)
			assert_true(fixtures[i].leaves[j].vaddr >= start);
		tear_down(&use);
	}
}

static uint64_t next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* After the tables have become noise: few reads, and nothing out of bounds. */
static void test_noise(void **state)
{
	uint64_t seed = 4711;

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(fixtures); i++) {
		uint64_t end;
		struct use use;

		build(&use, &fixtures[i]);
		assert_no_error(bring_up(&use, &fixtures[i]));
		end = 1ULL << vms_arch_max_physmem_bits(use.arch);
		for (vms_paddr_t at = fixtures[i].root; at < 0x140000; at += 8)
			/* Few bits set above, so that some targets exist. */
			fake_put64(&use.mem, at,
				   next_random(&seed) &
					   (next_random(&seed) % 4 ?
						    0xfffffff :
						    UINT64_MAX));
		for (unsigned int j = 0; j < 20000; j++) {
			struct vms_translation at = { 0 };

			use.mem.reads = 0;
			if (vms_arch_translate(use.arch, &use.memory,
					       next_random(&seed) |
						       (uint64_t)-1 << 57,
					       &at) == VMS_WALK_OK) {
				assert_true(at.size > 0);
				assert_true(at.paddr < end &&
					    at.size <= end - at.paddr);
			}
			assert_in_range(use.mem.reads, 0, MAX_LEVELS);
		}
		tear_down(&use);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_nothing_known),
		cmocka_unit_test(test_memory_is_zero),
		cmocka_unit_test(test_leaves),
		cmocka_unit_test(test_not_mapped),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
