// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The radix walk with tables of its own making: what the walk promises must
 * hold for any table of shifts, not only for x86_64's.
 */
#include "pgtable.h"

#include "fake_memory.h"
#include "vms_cmocka.h"

/* Three levels, index widths 2, 3 and 4 bits, pages of 4 KiB. */
static const uint8_t shifts[] = { 21, 19, 16, 12 };

/* Entries: 0 none, low bits 1 table, 2 leaf, 3 bad; address above bit 12. */
static enum vms_pgtable_entry decode(uint64_t entry, unsigned int shift,
				     vms_paddr_t *target_ret)
{
	(void)shift;
	*target_ret = entry & ~0xfffULL;
	switch (entry & 0xfff) {
	case 0:
		return VMS_ENTRY_NONE;
	case 1:
		return VMS_ENTRY_TABLE;
	case 2:
		return VMS_ENTRY_LEAF;
	}
	return VMS_ENTRY_BAD;
}

struct use {
	struct fake_memory mem;
	struct vms_pgtable table;
	struct vms_arch_memory memory;
	vms_paddr_t used[8];
	size_t used_size[8];
	size_t nr_used;
};

static enum vms_read read_mem(void *ctx, vms_paddr_t paddr, void *buf,
			      size_t size)
{
	struct use *use = ctx;

	return fake_read(&use->mem, paddr, buf, size);
}

static void note_used(void *ctx, vms_paddr_t paddr, size_t size)
{
	struct use *use = ctx;

	assert_true(use->nr_used < 8);
	use->used[use->nr_used] = paddr;
	use->used_size[use->nr_used++] = size;
}

static void use_init(struct use *use)
{
	*use = (struct use){
		.table = { .shifts = shifts, .levels = 3, .root = 0x1000,
			   .phys_end = 1ULL << 30, .decode = decode,
			   .endian = VMS_LITTLE_ENDIAN },
	};
	use->memory = (struct vms_arch_memory){ read_mem, note_used, use };
	fake_memory_init(&use->mem, 1ULL << 30);
}

static enum vms_walk walk(struct use *use, vms_vaddr_t vaddr,
			  struct vms_translation *ret)
{
	use->nr_used = 0;
	use->mem.reads = 0;
	return vms_pgtable_walk(&use->table, &use->memory, vaddr, ret);
}

static void test_widths(void **state)
{
	struct vms_translation at;
	struct use use;

	(void)state;
	use_init(&use);
	/* 0x1b6789: indexes 3, 3, 6, offset 0x789. */
	fake_put64(&use.mem, 0x1000 + 3 * 8, 0x2001);
	fake_put64(&use.mem, 0x2000 + 3 * 8, 0x3001);
	fake_put64(&use.mem, 0x3000 + 6 * 8, 0x7002);
	assert_int_equal(walk(&use, 0x1b6789, &at), VMS_WALK_OK);
	assert_int_equal(at.paddr, 0x7789);
	assert_int_equal(at.size, 0x1000 - 0x789);
	assert_int_equal(use.nr_used, 3);
	assert_int_equal(use.used[0], 0x1000);
	assert_int_equal(use.used_size[0], 4 * 8);
	assert_int_equal(use.used_size[1], 8 * 8);
	assert_int_equal(use.used[2], 0x3000);
	assert_int_equal(use.used_size[2], 16 * 8);
	/* Bits above the top index do not matter here. */
	assert_int_equal(walk(&use, 0xfffffffffff00000 | 0x1b6789, &at),
			 VMS_WALK_OK);
	assert_int_equal(at.paddr, 0x7789);
	fake_memory_deinit(&use.mem);
}

static void test_large_leaf(void **state)
{
	struct vms_translation at;
	struct use use;

	(void)state;
	use_init(&use);
	fake_put64(&use.mem, 0x1000 + 8, 0x100002);
	assert_int_equal(walk(&use, 0x80000 + 0x12345, &at), VMS_WALK_OK);
	assert_int_equal(at.paddr, 0x100000 + 0x12345);
	assert_int_equal(at.size, (1U << 19) - 0x12345);
	assert_int_equal(use.mem.reads, 1);
	fake_memory_deinit(&use.mem);
}

static void test_refused(void **state)
{
	struct vms_translation at = { 1, 2 };
	struct use use;

	(void)state;
	use_init(&use);
	assert_int_equal(walk(&use, 0, &at), VMS_WALK_NOT_MAPPED);
	fake_put64(&use.mem, 0x1000, 3);
	assert_int_equal(walk(&use, 0, &at), VMS_WALK_BAD_ENTRY);
	/* A table, then a leaf, that reach over the end of memory. */
	fake_put64(&use.mem, 0x1000, (1ULL << 30) | 1);
	assert_int_equal(walk(&use, 0, &at), VMS_WALK_BAD_ENTRY);
	fake_put64(&use.mem, 0x1000, ((1ULL << 30) - 0x1000) | 2);
	assert_int_equal(walk(&use, 0, &at), VMS_WALK_BAD_ENTRY);
	fake_put64(&use.mem, 0x1000, ((1ULL << 30) - (1U << 19)) | 2);
	assert_int_equal(walk(&use, 0, &at), VMS_WALK_OK);
	/* A table that is not there. */
	use.mem.end = 0x2000;
	fake_put64(&use.mem, 0x1000, 0x2001);
	at = (struct vms_translation){ 1, 2 };
	assert_int_equal(walk(&use, 0, &at), VMS_WALK_UNREADABLE);
	assert_int_equal(at.paddr, 1);
	assert_int_equal(at.size, 2);
	fake_memory_deinit(&use.mem);
}

/* A table that leads to itself costs one read a level, never more. */
static void test_loop_is_bounded(void **state)
{
	struct vms_translation at;
	struct use use;

	(void)state;
	use_init(&use);
	for (unsigned int i = 0; i < 512; i++)
		fake_put64(&use.mem, 0x1000 + i * 8, 0x1001);
	assert_int_equal(walk(&use, 0x1b6789, &at), VMS_WALK_BAD_ENTRY);
	assert_int_equal(use.mem.reads, 3);
	fake_memory_deinit(&use.mem);
}

static void test_strip_and_endian(void **state)
{
	struct vms_translation at;
	struct use use;

	(void)state;
	use_init(&use);
	use.table.strip = 1ULL << 47;
	fake_put64(&use.mem, 0x1000, (1ULL << 47) | 0x80002);
	assert_int_equal(walk(&use, 5, &at), VMS_WALK_OK);
	assert_int_equal(at.paddr, 0x80005);
	use.table.endian = VMS_BIG_ENDIAN;
	fake_put64(&use.mem, 0x1000,
		   __builtin_bswap64((1ULL << 47) | 0x80002));
	assert_int_equal(walk(&use, 5, &at), VMS_WALK_OK);
	assert_int_equal(at.paddr, 0x80005);
	/* Without somebody to tell what was used. */
	use.memory.used = NULL;
	assert_int_equal(walk(&use, 5, &at), VMS_WALK_OK);
	fake_memory_deinit(&use.mem);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_widths),
		cmocka_unit_test(test_large_leaf),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_loop_is_bounded),
		cmocka_unit_test(test_strip_and_endian),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
