// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * x86_64 against page tables built by hand: leaf sizes, depths, encryption,
 * and what happens when VMCOREINFO or the tables lie.
 */
#include <elf.h>
#include <string.h>

#include <vmsieve/arch.h>
#include <vmsieve/log.h>

#include "fake_capture.h"
#include "fake_kernel.h"
#include "fake_memory.h"
#include "vms_cmocka.h"

#define TEXT 0xffffffff80000000ULL
#define DIRECT 0xffff888000000000ULL
#define DIRECT5 0xff11000000000000ULL
#define RAM (1ULL << 28)
#define UTS 0x5000U
#define ROOT 0x6000U
#define TABLES 0x10000U

struct use {
	struct fake_memory mem;
	struct fake_tables tables;
	struct fake_info info;
	struct vms_arch_memory memory;
	struct vms_load loads[4];
	size_t nr_loads;
	struct vms_kernel *kernel;
	struct vms_arch *arch;
	char said[4096];	/* warnings of bring_up() */
};

/* Text by one 2 MiB leaf, direct map by one of 1 GiB. */
static void init(struct use *use, unsigned int levels)
{
	*use = (struct use){ 0 };
	fake_memory_init(&use->mem, RAM);
	fake_put(&use->mem, UTS, "Linux", 6);
	use->tables = (struct fake_tables){ &use->mem, ROOT, TABLES, levels,
					    0 };
	fake_info_init(&use->info);
	if (levels == 5)
		fake_info_dec(&use->info, "NUMBER(pgtable_l5_enabled)", 1);
	fake_info_remove(&use->info, "NUMBER(MAX_PHYSMEM_BITS)");
	use->memory = (struct vms_arch_memory){ fake_read, NULL, &use->mem };
}

static void map_kernel(struct use *use)
{
	fake_map(&use->tables, TEXT, 0, 21);
	fake_map(&use->tables, use->tables.levels == 5 ? DIRECT5 : DIRECT, 0,
		 30);
}

static void add_load(struct use *use, vms_vaddr_t vaddr, vms_paddr_t paddr,
		     uint64_t size)
{
	use->loads[use->nr_loads++] = (struct vms_load){ vaddr, paddr, size };
}

static struct vms_error *bring_up(struct use *use)
{
	const struct vms_arch_ops *ops = vms_arch_find(EM_X86_64, true);
	struct fake_capture capture;
	struct vms_log *log;
	struct vms_error *err;

	assert_non_null(ops);
	vms_arch_destroy(use->arch);
	use->arch = NULL;
	vms_kernel_destroy(use->kernel);
	use->kernel = fake_kernel(&use->info);
	assert_no_error(vms_log_create(VMS_MSG_ERROR, &log));
	fake_capture_start(&capture);
	err = vms_arch_create(ops, use->kernel, use->loads, use->nr_loads,
			      &use->memory, log, &use->arch);
	fake_capture_stop(&capture, use->said, sizeof(use->said));
	vms_log_destroy(log);
	return err;
}

static void deinit(struct use *use)
{
	vms_arch_destroy(use->arch);
	vms_kernel_destroy(use->kernel);
	fake_memory_deinit(&use->mem);
}

static enum vms_walk translate(struct use *use, vms_vaddr_t vaddr,
			       struct vms_translation *ret)
{
	return vms_arch_translate(use->arch, &use->memory, vaddr, ret);
}

static void expect(struct use *use, vms_vaddr_t vaddr, vms_paddr_t paddr,
		   uint64_t size)
{
	struct vms_translation at;

	assert_int_equal(translate(use, vaddr, &at), VMS_WALK_OK);
	assert_int_equal(at.paddr, paddr);
	assert_int_equal(at.size, size);
}

static void expect_not(struct use *use, vms_vaddr_t vaddr, enum vms_walk why)
{
	struct vms_translation at;

	assert_int_equal(translate(use, vaddr, &at), why);
}

static void test_four_levels(void **state)
{
	struct use use;

	(void)state;
	init(&use, 4);
	map_kernel(&use);
	fake_map(&use.tables, 0xffffea0000001000, 0x77000, 12);
	fake_map(&use.tables, 0xffffea0000200000, 0x600000, 21);
	assert_no_error(bring_up(&use));
	assert_string_equal(use.said, "");
	expect(&use, TEXT + 0x1234, 0x1234, (2U << 20) - 0x1234);
	expect(&use, DIRECT + 0x12345678, 0x12345678, (1U << 30) - 0x12345678);
	expect(&use, 0xffffea0000001fff, 0x77fff, 1);
	expect(&use, 0xffffea0000200000, 0x600000, 2U << 20);
	expect_not(&use, 0xffffea0000000000, VMS_WALK_NOT_MAPPED);
	expect_not(&use, TEXT + (2U << 20), VMS_WALK_NOT_MAPPED);
	expect_not(&use, 0, VMS_WALK_NOT_MAPPED);
	/* Bits 47 to 63 must be alike. */
	expect_not(&use, DIRECT ^ (1ULL << 48), VMS_WALK_NOT_MAPPED);
	expect_not(&use, DIRECT5, VMS_WALK_NOT_MAPPED);
	expect_not(&use, TEXT & ~(1ULL << 63), VMS_WALK_NOT_MAPPED);
	assert_int_equal(vms_arch_phys_base(use.arch), 0);
	assert_int_equal(vms_arch_max_physmem_bits(use.arch), 46);
	assert_int_equal(vms_arch_uts_name(use.arch), TEXT + UTS);
	deinit(&use);
}

static void test_five_levels(void **state)
{
	struct use use;

	(void)state;
	init(&use, 5);
	map_kernel(&use);
	assert_no_error(bring_up(&use));
	assert_string_equal(use.said, "");
	expect(&use, TEXT + 5, 5, (2U << 20) - 5);
	expect(&use, DIRECT5 + 0x7000, 0x7000, (1U << 30) - 0x7000);
	expect_not(&use, DIRECT, VMS_WALK_NOT_MAPPED);
	expect_not(&use, DIRECT5 ^ (1ULL << 60), VMS_WALK_NOT_MAPPED);
	assert_int_equal(vms_arch_max_physmem_bits(use.arch), 52);
	assert_true(vms_arch_is_kernel_pointer(use.arch, DIRECT5));
	deinit(&use);
}

static void test_depth_lies(void **state)
{
	struct use use;

	(void)state;
	init(&use, 4);
	map_kernel(&use);
	fake_info_dec(&use.info, "NUMBER(pgtable_l5_enabled)", 1);
	assert_no_error(bring_up(&use));
	assert_non_null(strstr(use.said, "NUMBER(pgtable_l5_enabled)=1"));
	assert_non_null(strstr(use.said, "4 levels"));
	expect(&use, DIRECT + 0x7000, 0x7000, (1U << 30) - 0x7000);
	deinit(&use);

	init(&use, 5);
	map_kernel(&use);
	fake_info_remove(&use.info, "NUMBER(pgtable_l5_enabled)");
	assert_no_error(bring_up(&use));
	assert_string_equal(use.said, "");
	expect(&use, DIRECT5 + 0x7000, 0x7000, (1U << 30) - 0x7000);
	deinit(&use);
}

/* Symbols are where the kernel was moved to; phys_base goes with that. */
static void test_relocated(void **state)
{
	struct use use;

	(void)state;
	init(&use, 4);
	fake_map(&use.tables, TEXT + 0x21000000, 0, 21);
	fake_info_hex(&use.info, "SYMBOL(init_uts_ns)", TEXT + 0x21005000);
	fake_info_hex(&use.info, "SYMBOL(init_top_pgt)", TEXT + 0x21006000);
	fake_info_dec(&use.info, "NUMBER(phys_base)", -(uint64_t)0x21000000);
	fake_info_hex(&use.info, "KERNELOFFSET", UINT64_MAX);
	assert_no_error(bring_up(&use));
	assert_string_equal(use.said, "");
	expect(&use, TEXT + 0x21005000, UTS, (2U << 20) - 0x5000);
	assert_int_equal(vms_arch_phys_base(use.arch), -(uint64_t)0x21000000);
	deinit(&use);
}

static void test_phys_base_lies(void **state)
{
	struct use use;

	(void)state;
	init(&use, 4);
	map_kernel(&use);
	fake_info_dec(&use.info, "NUMBER(phys_base)", 0x1000000);
	assert_error(bring_up(&use), VMS_ERR_IMPLAUSIBLE);

	/* A file of QEMU's: no virtual addresses, or garbage. */
	add_load(&use, 0, 0, RAM);
	add_load(&use, 0x8000000000000000, 0, RAM);
	assert_error(bring_up(&use), VMS_ERR_IMPLAUSIBLE);

	add_load(&use, TEXT + 0x1000, 0x1000, 0x100000);
	assert_no_error(bring_up(&use));
	assert_non_null(strstr(use.said, "NUMBER(phys_base)="));
	assert_int_equal(vms_arch_phys_base(use.arch), 0);
	expect(&use, DIRECT + 0x7000, 0x7000, (1U << 30) - 0x7000);

	fake_info_remove(&use.info, "NUMBER(phys_base)");
	assert_no_error(bring_up(&use));
	assert_string_equal(use.said, "");
	/* So far off that it may not even pass the parser. */
	fake_info_dec(&use.info, "NUMBER(phys_base)", -(1ULL << 52));
	assert_no_error(bring_up(&use));
	assert_int_equal(vms_arch_phys_base(use.arch), 0);
	deinit(&use);
}

static void test_encryption(void **state)
{
	struct use use;

	(void)state;
	init(&use, 4);
	use.tables.mark = 1ULL << 47;
	map_kernel(&use);
	fake_info_dec(&use.info, "NUMBER(sme_mask)", 1ULL << 47);
	assert_no_error(bring_up(&use));
	assert_string_equal(use.said, "");
	expect(&use, DIRECT + 0x7000, 0x7000, (1U << 30) - 0x7000);
	/* Without the mask the bit is an address beyond the machine's. */
	fake_info_dec(&use.info, "NUMBER(sme_mask)", 0);
	assert_error(bring_up(&use), VMS_ERR_IMPLAUSIBLE);
	deinit(&use);
}

static void test_encryption_mask_lies(void **state)
{
	static const uint64_t masks[] = { UINT64_MAX, 3ULL << 46, 1, 1 << 12,
					  1ULL << 62 };
	struct use use;

	(void)state;
	init(&use, 4);
	map_kernel(&use);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(masks); i++) {
		fake_info_dec(&use.info, "NUMBER(sme_mask)", masks[i]);
		assert_no_error(bring_up(&use));
		/* The parser may have refused it before. */
		if (vms_kernel_has(use.kernel, VMS_FACT_NUMBER_SME_MASK))
			assert_non_null(strstr(use.said, "NUMBER(sme_mask)="));
		expect(&use, DIRECT + 0x7000, 0x7000, (1U << 30) - 0x7000);
	}
	deinit(&use);
}

static void test_reserved_bits(void **state)
{
	struct use use;

	(void)state;
	init(&use, 4);
	map_kernel(&use);
	assert_no_error(bring_up(&use));
	/* A 2 MiB leaf may have bit 12 (PAT) but no other low address bit. */
	fake_map(&use.tables, DIRECT + (4ULL << 30), 0x201000, 21);
	expect(&use, DIRECT + (4ULL << 30), 0x200000, 2U << 20);
	fake_map(&use.tables, DIRECT + (4ULL << 30), 0x202000, 21);
	expect_not(&use, DIRECT + (4ULL << 30), VMS_WALK_BAD_ENTRY);
	fake_map(&use.tables, DIRECT + (5ULL << 30), 0x40200000, 30);
	expect_not(&use, DIRECT + (5ULL << 30), VMS_WALK_BAD_ENTRY);
	/* There are no leaves of 512 GiB. */
	fake_map(&use.tables, DIRECT + (512ULL << 30), 0, 39);
	expect_not(&use, DIRECT + (512ULL << 30), VMS_WALK_BAD_ENTRY);
	/* Beyond 46 physical bits: leaf, then table. */
	fake_map(&use.tables, DIRECT + (6ULL << 30), 1ULL << 46, 30);
	expect_not(&use, DIRECT + (6ULL << 30), VMS_WALK_BAD_ENTRY);
	fake_map(&use.tables, DIRECT + (6ULL << 30), (1ULL << 46) - (1U << 30),
		 30);
	expect(&use, DIRECT + (6ULL << 30), (1ULL << 46) - (1U << 30),
	       1U << 30);
	fake_put64(&use.mem, fake_entry(&use.tables, DIRECT + (7ULL << 30), 30),
		   (1ULL << 46) | FAKE_PRESENT);
	expect_not(&use, DIRECT + (7ULL << 30), VMS_WALK_BAD_ENTRY);
	/* A table where there is no memory. */
	fake_put64(&use.mem, fake_entry(&use.tables, DIRECT + (7ULL << 30), 30),
		   RAM | FAKE_PRESENT);
	expect_not(&use, DIRECT + (7ULL << 30), VMS_WALK_UNREADABLE);
	deinit(&use);
}

static void fill_root(struct use *use, uint64_t value)
{
	for (unsigned int i = 0; i < 512; i++)
		fake_put64(&use->mem, ROOT + i * 8, value);
}

/* A root that leads to itself, or is all ones: linear maps help out. */
static void test_broken_root(void **state)
{
	static const uint64_t roots[] = { ROOT | FAKE_PRESENT, UINT64_MAX, 0 };
	struct use use;

	(void)state;
	init(&use, 4);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(roots); i++) {
		fill_root(&use, roots[i]);
		use.nr_loads = 0;
		assert_error(bring_up(&use), VMS_ERR_IMPLAUSIBLE);
		add_load(&use, TEXT, 0, 0x100000);
		add_load(&use, DIRECT, 0, RAM);
		assert_no_error(bring_up(&use));
		assert_non_null(strstr(use.said, "linear maps"));
		expect(&use, TEXT + UTS, UTS, 0x100000 - UTS);
		assert_int_equal(vms_arch_uts_name(use.arch), TEXT + UTS);
		expect(&use, DIRECT + 0x7000, 0x7000, RAM - 0x7000);
		expect_not(&use, DIRECT + RAM, VMS_WALK_NOT_MAPPED);
		expect_not(&use, 0xffffea0000000000, VMS_WALK_NOT_MAPPED);
	}
	/* The text is not the kernel's: nothing proves the maps. */
	fake_put(&use.mem, UTS, "Minix", 6);
	assert_error(bring_up(&use), VMS_ERR_IMPLAUSIBLE);
	deinit(&use);
}

/* Only the direct map's entries are bad: walk for the rest. */
static void test_direct_map_outside_memory(void **state)
{
	struct use use;

	(void)state;
	init(&use, 4);
	map_kernel(&use);
	fake_map(&use.tables, DIRECT, 1ULL << 50, 30);
	add_load(&use, TEXT, 0, 0x100000);
	add_load(&use, DIRECT, 0, RAM);
	assert_no_error(bring_up(&use));
	assert_string_equal(use.said, "");
	expect(&use, TEXT + UTS, UTS, (2U << 20) - UTS);
	expect(&use, DIRECT + 0x7000, 0x7000, RAM - 0x7000);
	deinit(&use);
}

/* PT_LOADs of another layout: where the tables know better, they go. */
static void test_other_layout(void **state)
{
	struct use use;

	(void)state;
	init(&use, 4);
	map_kernel(&use);
	fake_map(&use.tables, 0xffffea0000000000, 0x77000, 12);
	add_load(&use, TEXT, 0, 0x100000);
	add_load(&use, 0xffffea0000000000, 0x1000000, 0x100000);
	assert_no_error(bring_up(&use));
	assert_non_null(strstr(use.said, "0xffffea0000000000"));
	expect(&use, 0xffffea0000000000, 0x77000, 0x1000);
	expect_not(&use, 0xffffea0000001000, VMS_WALK_NOT_MAPPED);
	/* One that the tables know nothing of stays. */
	use.nr_loads = 1;
	add_load(&use, 0xffffea0010000000, 0x1000000, 0x100000);
	assert_no_error(bring_up(&use));
	assert_string_equal(use.said, "");
	expect(&use, 0xffffea0010000000, 0x1000000, 0x100000);
	deinit(&use);
}

static void test_page_size(void **state)
{
	struct use use;

	(void)state;
	init(&use, 4);
	map_kernel(&use);
	fake_info_set(&use.info, "PAGESIZE", "65536");
	assert_error(bring_up(&use), VMS_ERR_IMPLAUSIBLE);
	fake_info_remove(&use.info, "PAGESIZE");
	assert_no_error(bring_up(&use));
	deinit(&use);
}

/* The kernel's name is gone, but the tables map its text where it is. */
static void test_no_name(void **state)
{
	struct use use;

	(void)state;
	init(&use, 4);
	map_kernel(&use);
	fake_put(&use.mem, UTS, "\xff\xff\xff\xff\xff\xff", 6);
	assert_no_error(bring_up(&use));
	assert_non_null(strstr(use.said, "no text \"Linux\""));
	assert_int_equal(vms_arch_uts_name(use.arch), 0);
	expect(&use, DIRECT + 0x7000, 0x7000, (1U << 30) - 0x7000);
	/* One symbol elsewhere, and there is no proof left. */
	fake_info_hex(&use.info, "SYMBOL(_stext)", TEXT + 0x301000);
	assert_error(bring_up(&use), VMS_ERR_IMPLAUSIBLE);
	fake_info_remove(&use.info, "SYMBOL(_stext)");
	assert_error(bring_up(&use), VMS_ERR_IMPLAUSIBLE);
	deinit(&use);
}

static void test_symbol_names(void **state)
{
	struct use use;

	(void)state;
	init(&use, 4);
	map_kernel(&use);
	fake_info_remove(&use.info, "SYMBOL(init_top_pgt)");
	assert_no_error(bring_up(&use));	/* swapper_pg_dir */
	fake_info_remove(&use.info, "SYMBOL(swapper_pg_dir)");
	assert_error(bring_up(&use), VMS_ERR_NOT_FOUND);
	fake_info_hex(&use.info, "SYMBOL(init_level4_pgt)", TEXT + ROOT);
	assert_no_error(bring_up(&use));
	/* A wrong first name, a right second one. */
	fake_info_hex(&use.info, "SYMBOL(init_top_pgt)", TEXT + 0x9000);
	assert_no_error(bring_up(&use));
	expect(&use, DIRECT + 0x7000, 0x7000, (1U << 30) - 0x7000);
	/* Not aligned, in user space. */
	fake_info_remove(&use.info, "SYMBOL(init_level4_pgt)");
	fake_info_hex(&use.info, "SYMBOL(init_top_pgt)", TEXT + ROOT + 8);
	assert_error(bring_up(&use), VMS_ERR_IMPLAUSIBLE);
	fake_info_hex(&use.info, "SYMBOL(init_top_pgt)", ROOT);
	assert_error(bring_up(&use), VMS_ERR_IMPLAUSIBLE);
	deinit(&use);
}

/* Kernels before 5.11 do not say where the name is. */
static void test_name_offsets(void **state)
{
	static const unsigned int offsets[] = { 0, 4 };
	struct use use;

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(offsets); i++) {
		init(&use, 4);
		map_kernel(&use);
		fake_put(&use.mem, UTS, "\0\0\0\0\0\0", 6);
		fake_put(&use.mem, UTS + offsets[i], "Linux", 6);
		fake_info_remove(&use.info, "OFFSET(uts_namespace.name)");
		fake_info_remove(&use.info, "SYMBOL(_stext)");
		assert_no_error(bring_up(&use));
		assert_string_equal(use.said, "");
		assert_int_equal(vms_arch_uts_name(use.arch),
				 TEXT + UTS + offsets[i]);
		deinit(&use);
	}
	/* Over the end of a leaf. */
	init(&use, 4);
	map_kernel(&use);
	fake_map(&use.tables, TEXT + (2U << 20), 0x33000, 12);
	fake_put(&use.mem, UTS, "\0\0\0\0\0\0", 6);
	fake_put(&use.mem, (2U << 20) - 3, "Lin", 3);
	fake_put(&use.mem, 0x33000, "ux", 3);
	fake_info_hex(&use.info, "SYMBOL(init_uts_ns)", TEXT + (2U << 20) - 3);
	assert_no_error(bring_up(&use));
	deinit(&use);
}

static void check_bits(const char *length, const char *number,
		       unsigned int levels, unsigned int expected)
{
	struct use use;

	init(&use, levels);
	map_kernel(&use);
	if (length)
		fake_info_set(&use.info, "LENGTH(mem_section)", length);
	else
		fake_info_remove(&use.info, "LENGTH(mem_section)");
	if (number)
		fake_info_set(&use.info, "NUMBER(MAX_PHYSMEM_BITS)", number);
	assert_no_error(bring_up(&use));
	assert_int_equal(vms_arch_max_physmem_bits(use.arch), expected);
	deinit(&use);
}

static void test_phys_bits(void **state)
{
	(void)state;
	check_bits("2048", NULL, 4, 46);
	check_bits("512", NULL, 4, 44);
	check_bits("32", NULL, 4, 40);
	check_bits("8192", NULL, 4, 40);	/* one level: 2^(40 - 27) */
	check_bits("131072", NULL, 5, 52);
	check_bits("7", NULL, 4, 46);
	check_bits(NULL, NULL, 4, 46);
	check_bits(NULL, NULL, 5, 52);
	check_bits("2048", "44", 4, 44);
	/* Impossible numbers do not count. */
	check_bits("2048", "64", 4, 46);
	check_bits("2048", "12", 4, 46);
	check_bits("2048", "-1", 4, 46);
}

static void test_kernel_pointers(void **state)
{
	struct use use;

	(void)state;
	init(&use, 4);
	map_kernel(&use);
	assert_no_error(bring_up(&use));
	assert_true(vms_arch_is_kernel_pointer(use.arch, DIRECT));
	assert_true(vms_arch_is_kernel_pointer(use.arch, TEXT));
	assert_true(vms_arch_is_kernel_pointer(use.arch, 0xffff800000000000));
	assert_false(vms_arch_is_kernel_pointer(use.arch, 0xffff7fffffffffff));
	assert_false(vms_arch_is_kernel_pointer(use.arch, DIRECT5));
	assert_false(vms_arch_is_kernel_pointer(use.arch, 0));
	assert_false(vms_arch_is_kernel_pointer(use.arch, 0x7fffffffffff));
	assert_false(vms_arch_is_kernel_pointer(use.arch, (uint64_t)-22));
	assert_ptr_equal(vms_arch_ops(use.arch),
			 vms_arch_find(EM_X86_64, true));
	deinit(&use);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_four_levels),
		cmocka_unit_test(test_five_levels),
		cmocka_unit_test(test_depth_lies),
		cmocka_unit_test(test_relocated),
		cmocka_unit_test(test_phys_base_lies),
		cmocka_unit_test(test_encryption),
		cmocka_unit_test(test_encryption_mask_lies),
		cmocka_unit_test(test_reserved_bits),
		cmocka_unit_test(test_broken_root),
		cmocka_unit_test(test_direct_map_outside_memory),
		cmocka_unit_test(test_other_layout),
		cmocka_unit_test(test_page_size),
		cmocka_unit_test(test_no_name),
		cmocka_unit_test(test_symbol_names),
		cmocka_unit_test(test_name_offsets),
		cmocka_unit_test(test_phys_bits),
		cmocka_unit_test(test_kernel_pointers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
