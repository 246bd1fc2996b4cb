// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Builds x86_64 page tables in the memory image: four or five levels, leaves
 * of 4 KiB, 2 MiB and 1 GiB, an encryption bit. Knows no kernel layout.
 */
#include "mkvmcore_priv.h"

#include <string.h>

#define ENTRIES 512u
#define PRESENT 0x1ull
#define HUGE 0x80ull
#define TABLE_BITS 0x63ull	// present, writable, accessed, dirty
#define ADDR_MASK 0x000ffffffffff000ull

static int do_pgtable(struct mkv_desc *d, struct mkv_stmt *st)
{
	const char *pool = mkv_opt(st, "pool");
	struct mkv_pgtable t = { .set = true };
	uint64_t levels = 4;

	if (!pool)
		return mkv_fail(d, "pgtable needs pool=FIRST..LAST");
	if (mkv_opt_need(d, st, "root", &t.root) ||
	    mkv_opt_num(d, st, "levels", &levels) ||
	    mkv_opt_num(d, st, "sme", &t.sme) ||
	    mkv_range(d, pool, &t.next, &t.end) || mkv_all_used(d, st))
		return -1;
	if (levels < 3 || levels > 5)
		return mkv_fail(d, "levels is 3 to 5");
	t.levels = (unsigned)levels;
	d->pgt = t;
	return 0;
}

static uint64_t read_entry(const struct mkv_desc *d, uint64_t paddr)
{
	uint8_t p[8];

	mkv_mem_read(d, paddr, p, 8);
	return mkv_get(d, p, 8);
}

/** The table that the entry at @at points to; a new one when it is empty. */
static int next_table(struct mkv_desc *d, uint64_t at, uint64_t *ret)
{
	uint64_t e = read_entry(d, at), table;

	if (e & PRESENT) {
		if (e & HUGE)
			return mkv_fail(d, "already mapped by a larger leaf");
		*ret = e & ADDR_MASK & ~d->pgt.sme;
		return 0;
	}
	if (d->pgt.next >= d->pgt.end)
		return mkv_fail(d, "the pool of page tables is used up");
	table = d->pgt.next << d->arch->page_shift;
	if (mkv_mem_fill(d, table, table + MKV_CHUNK, MKV_FILL_BYTE, 0) ||
	    mkv_mem_write_num(d, at, 8, table | TABLE_BITS | d->pgt.sme))
		return -1;
	d->pgt.next++;
	*ret = table;
	return 0;
}

static int map_one(struct mkv_desc *d, uint64_t va, uint64_t entry,
		   unsigned shift)
{
	uint64_t table = d->pgt.root;

	for (unsigned l = d->pgt.levels; l-- > 0; ) {
		unsigned s = 12 + 9 * l;
		uint64_t at = table + (va >> s) % ENTRIES * 8;

		if (s == shift)
			return mkv_mem_write_num(d, at, 8, entry);
		if (next_table(d, at, &table))
			return -1;
	}
	return mkv_fail(d, "no level for this leaf size");
}

/** Maps one leaf of 2^@shift bytes, writable. */
int mkv_map_leaf(struct mkv_desc *d, uint64_t va, uint64_t pa, unsigned shift)
{
	uint64_t prot = TABLE_BITS | (shift > 12 ? HUGE : 0);

	if (!d->pgt.set)
		return mkv_fail(d, "needs a pgtable statement before it");
	return map_one(d, va, pa | prot | d->pgt.sme, shift);
}

static int leaf_shift(struct mkv_desc *d, const char *name, unsigned *ret)
{
	if (!name || !strcmp(name, "4K"))
		*ret = 12;
	else if (!strcmp(name, "2M"))
		*ret = 21;
	else if (!strcmp(name, "1G"))
		*ret = 30;
	else
		return mkv_fail(d, "leaf is 4K, 2M or 1G, not '%s'", name);
	return 0;
}

/** map VADDR PADDR SIZE [leaf=] [prot=] [step=] [absent] */
static int do_map(struct mkv_desc *d, struct mkv_stmt *st)
{
	uint64_t va, pa, size, prot = TABLE_BITS, leaf, step = MKV_NONE;
	unsigned shift = 12;

	if (!d->pgt.set)
		return mkv_fail(d, "map needs a pgtable statement before it");
	if (mkv_num(d, st, 0, &va) || mkv_num(d, st, 1, &pa) ||
	    mkv_num(d, st, 2, &size) ||
	    leaf_shift(d, mkv_opt(st, "leaf"), &shift) ||
	    mkv_opt_num(d, st, "prot", &prot) ||
	    mkv_opt_num(d, st, "step", &step))
		return -1;
	if (mkv_flag(st, "absent"))
		prot &= ~PRESENT;
	if (mkv_all_used(d, st))
		return -1;
	leaf = 1ull << shift;
	if (step == MKV_NONE)
		step = leaf;
	if ((va | pa | size) & (leaf - 1))
		return mkv_fail(d, "map: addresses and size must be multiples "
				"of the leaf, %#llx", (unsigned long long)leaf);
	if (shift > 12)
		prot |= HUGE;
	for (uint64_t done = 0; done < size; done += leaf, pa += step) {
		if (map_one(d, va + done, pa | prot | d->pgt.sme, shift))
			return -1;
	}
	return 0;
}

const struct mkv_stmt_def mkv_stmts_pgtable[] = {
	{ "pgtable", MKV_MEM, 0, 0, do_pgtable },
	{ "map", MKV_MEM, 3, 0, do_map },
	{ 0 },
};
