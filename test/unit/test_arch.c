// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What all architectures share: the registry, and the linear maps that
 * PT_LOADs give when they can be believed.
 */
#include <elf.h>

#include "arch_private.h"

#include "vms_cmocka.h"

#define KERNEL 0xffff800000000000ULL
#define DIRECT 0xffff888000000000ULL
#define TEXT 0xffffffff80000000ULL
#define PHYS_END (1ULL << 46)

static void test_registry(void **state)
{
	size_t count;
	const struct vms_arch_ops *const *rows = vms_arch_rows(&count);

	(void)state;
	assert_true(count >= 1);
	for (size_t i = 0; i < count; i++)
		assert_ptr_equal(vms_arch_find(rows[i]->elf_machine,
					       rows[i]->is_64bit),
				 rows[i]);
	assert_null(vms_arch_find(EM_X86_64, false));
	assert_null(vms_arch_find(EM_NONE, true));
	assert_null(vms_arch_find(0xffff, true));
}

static void collect(struct vms_linear_maps *maps, const struct vms_load *loads,
		    size_t count)
{
	vms_linear_collect(maps, loads, count, KERNEL, PHYS_END);
}

static void test_joined_by_offset(void **state)
{
	/* As the kernel writes them: text, and RAM with holes between. */
	static const struct vms_load loads[] = {
		{ TEXT + 0x1000000, 0x41000000, 0x2000000 },
		{ DIRECT + 0x100000, 0x100000, 0x7ff00000 },
		{ DIRECT + 0x1000, 0x1000, 0x9f000 },
		{ DIRECT + (4ULL << 30), 4ULL << 30, 6ULL << 30 },
	};
	struct vms_linear_maps maps;
	struct vms_translation at;

	(void)state;
	collect(&maps, loads, VMS_ARRAY_SIZE(loads));
	assert_int_equal(maps.count, 2);
	assert_true(vms_linear_find(&maps, TEXT + 0x1005000, &at));
	assert_int_equal(at.paddr, 0x41005000);
	assert_int_equal(at.size, 0x2000000 - 0x5000);
	assert_true(vms_linear_find(&maps, DIRECT + 0x1000, &at));
	assert_int_equal(at.paddr, 0x1000);
	assert_true(vms_linear_find(&maps, DIRECT + (10ULL << 30) - 1, &at));
	assert_int_equal(at.paddr, (10ULL << 30) - 1);
	assert_int_equal(at.size, 1);
	assert_false(vms_linear_find(&maps, DIRECT + (10ULL << 30), &at));
	assert_false(vms_linear_find(&maps, DIRECT, &at));
	assert_false(vms_linear_find(&maps, TEXT, &at));
}

static void test_not_believed(void **state)
{
	static const struct vms_load loads[] = {
		{ 0, 0, 1 << 30 },			/* not known */
		{ 0x7f0000000000, 0x1000, 0x1000 },	/* user space */
		{ KERNEL - 0x1000, 0x1000, 0x2000 },	/* not canonical */
		{ DIRECT, 0x800, 0x1000 },		/* other page offset */
		{ DIRECT, PHYS_END, 0x1000 },		/* no such memory */
		{ DIRECT, PHYS_END - 0x1000, 0x2000 },
		{ DIRECT, 0x1000, 0 },
		{ UINT64_MAX - 0xfff, 0, 0x2000 },	/* wraps */
		{ DIRECT, UINT64_MAX - 0xfff, 0x1000 },
	};
	struct vms_linear_maps maps;

	(void)state;
	collect(&maps, loads, VMS_ARRAY_SIZE(loads));
	assert_int_equal(maps.count, 0);
}

/* Many offsets: the largest stay, and win where they overlap. */
static void test_largest_win(void **state)
{
	struct vms_load loads[VMS_LINEAR_MAPS * 4];
	struct vms_linear_maps maps;
	struct vms_translation at;

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(loads); i++)
		loads[i] = (struct vms_load){ DIRECT, i << 30,
					      0x10000 + (i << 12) };
	collect(&maps, loads, VMS_ARRAY_SIZE(loads));
	assert_int_equal(maps.count, VMS_LINEAR_MAPS);
	assert_true(vms_linear_find(&maps, DIRECT, &at));
	assert_int_equal(at.paddr, (VMS_ARRAY_SIZE(loads) - 1) << 30);
	for (size_t i = 1; i < maps.count; i++)
		assert_true(maps.map[i].bytes <= maps.map[i - 1].bytes);
}

/* One that reaches the end of the address space. */
static void test_last_page(void **state)
{
	static const struct vms_load load = { UINT64_MAX - 0xfff, 0x5000,
					      0x1000 };
	struct vms_linear_maps maps;
	struct vms_translation at;

	(void)state;
	collect(&maps, &load, 1);
	assert_true(vms_linear_find(&maps, UINT64_MAX - 0xfff, &at));
	assert_int_equal(at.paddr, 0x5000);
	assert_int_equal(at.size, 0xfff);
	assert_false(vms_linear_find(&maps, UINT64_MAX, &at));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registry),
		cmocka_unit_test(test_joined_by_offset),
		cmocka_unit_test(test_not_believed),
		cmocka_unit_test(test_largest_win),
		cmocka_unit_test(test_last_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
