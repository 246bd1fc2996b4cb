/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small machine for tests of the classifier: an array of struct pages of a
 * given kernel, written field by field with the kernel's own constants (not
 * with the room that decodes them), and the page sets of a scan.
 */
#ifndef TEST_CLASSIFY_WORLD_H
#define TEST_CLASSIFY_WORLD_H

#include <vmsieve/filter.h>
#include <vmsieve/kernel.h>
#include <vmsieve/pageset.h>

/* Kernels that differ in how pages are marked. */
enum world_kind {
	WORLD_6_1,	/* inverted types, destructor and order bytes */
	WORLD_6_8,	/* order and hugetlb flag in the second page */
	WORLD_6_17,	/* types in the top byte */
	WORLD_7_1,	/* tails hold a mask */
	WORLD_KINDS,
};

#define WORLD_STRUCT 64U

/* Offsets that all these kernels share (x86_64, no debug options). */
enum {
	AT_FLAGS = 0,
	AT_COMPOUND = 8,	/* also lru.next */
	AT_MAPPING = 24,
	AT_PRIVATE = 40,
	AT_MAPCOUNT = 48,
	AT_REFCOUNT = 52,
};

enum world_flag {
	FLAG_LRU,
	FLAG_PRIVATE,
	FLAG_SWAPCACHE,
	FLAG_SWAPBACKED,
	FLAG_HWPOISON,
	FLAG_HEAD,
	FLAG_COUNT,
};

struct world {
	enum world_kind kind;
	struct vms_kernel *kernel;
	const struct vms_page_layout *layout;
	size_t count;
	uint8_t *structs;
	vms_vaddr_t map;
	/* in_bounds() is false for ranges that cross it; 0: no such place. */
	vms_pfn_t node_border;
	/* get() fails for these pages. */
	struct vms_pfn_range hole;
	struct vms_pageset *excluded;
	struct vms_pageset *needed;
	struct vms_page_lookup lookup;
	/* Of the last scan. */
	struct vms_class_counts counts;
	unsigned int off;
	unsigned int scans;
};

/** Every page begins as used by the kernel. */
void world_open(struct world *world, enum world_kind kind, size_t count);
/** The same with VMCOREINFO text that lacks the line of one key. */
void world_open_without(struct world *world, enum world_kind kind,
			size_t count, const char *key);
void world_close(struct world *world);

uint8_t *world_at(struct world *world, vms_pfn_t pfn);
void world_put32(struct world *world, vms_pfn_t pfn, size_t at, uint32_t v);
void world_put64(struct world *world, vms_pfn_t pfn, size_t at, uint64_t v);
void world_flag(struct world *world, vms_pfn_t pfn, enum world_flag flag);

void world_used(struct world *world, vms_pfn_t pfn);
/* States of 2^order pages from pfn on. */
void world_free(struct world *world, vms_pfn_t pfn, unsigned int order);
void world_unaccepted(struct world *world, vms_pfn_t pfn, unsigned int order);
void world_compound(struct world *world, vms_pfn_t pfn, unsigned int order);
void world_hugetlb(struct world *world, vms_pfn_t pfn, unsigned int order);
/* Marks on a page or the head of a compound page. */
void world_anon(struct world *world, vms_pfn_t pfn);
void world_cache(struct world *world, vms_pfn_t pfn);
void world_offline(struct world *world, vms_pfn_t pfn);
void world_slab(struct world *world, vms_pfn_t pfn);

/** One scan in chunks of the given size, then the sweep; no gate. */
void world_scan(struct world *world, unsigned int level, size_t chunk);
/** Scans until the gate has no more objections, as a job does. */
void world_job(struct world *world, unsigned int level);

bool world_kept(const struct world *world, vms_pfn_t pfn);
/** Fails the test unless exactly [start, end) is left out. */
void world_expect_only(const struct world *world, vms_pfn_t start,
		       vms_pfn_t end);
/** Pages kept although a rule wanted them, in the last scan. */
uint64_t world_doubts(const struct world *world);
/** Exactly [start, end) is left out, as one class; nothing is doubted. */
void world_expect_class(const struct world *world, enum vms_class c,
			vms_pfn_t start, vms_pfn_t end);
/** Nothing is left out; so many pages are doubted, all for one reason. */
void world_expect_doubt(const struct world *world, enum vms_doubt d,
			uint64_t pages);
/** Books: what must be true of the counts after any scan. */
void world_check_books(const struct world *world);

/** Runs a test on a machine of every kernel. */
void world_each_kind(void (*test)(struct world *), size_t count);

/* Defines test_NAME(), which runs NAME() on PAGES pages of every kernel. */
#define WORLD_EACH_KIND(name)                                                  \
	static void test_##name(void **state)                                  \
	{                                                                      \
		(void)state;                                                   \
		world_each_kind(name, PAGES);                                  \
	}                                                                      \
	static void test_##name(void **state)

#endif
