// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One row a variant: the lines of VMCOREINFO that it is known by, struct pages
 * as such a kernel has them, and what they must mean.
 */
#include <stdio.h>
#include <string.h>

#include "page_bytes.h"
#include "vms_cmocka.h"

/* Struct page of 4.18 and later, of 3.10 to 4.17, and of 32-bit 4.6 to 4.15. */
#define NEW_PAGE                                                               \
	"SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page.lru)=8\n"            \
	"OFFSET(page.mapping)=24\nOFFSET(page.private)=40\n"                   \
	"OFFSET(page._mapcount)=48\nOFFSET(page._refcount)=52\n"
#define OLD_PAGE                                                               \
	"SIZE(page)=64\nOFFSET(page.flags)=0\nOFFSET(page.mapping)=8\n"        \
	"OFFSET(page._mapcount)=24\nOFFSET(page.lru)=32\n"                     \
	"OFFSET(page.private)=48\n"
#define OLD_REFCOUNT "OFFSET(page._refcount)=28\n"
#define OLD_COUNT "OFFSET(page._count)=28\n"
#define PAGE_32                                                                \
	"SIZE(page)=32\nOFFSET(page.flags)=0\nOFFSET(page.mapping)=4\n"        \
	"OFFSET(page._mapcount)=12\nOFFSET(page._refcount)=16\n"               \
	"OFFSET(page.lru)=20\nOFFSET(page.private)=28\n"
#define COMMON                                                                 \
	"LENGTH(zone.free_area)=11\nSYMBOL(_stext)=ffffffff81000000\n"

/* Flag numbers by era. */
#define FLAGS_3_10                                                             \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=11\nNUMBER(PG_swapcache)=16\n"   \
	"NUMBER(PG_slab)=7\nNUMBER(PG_head_mask)=16384\n"                      \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-128\n"                             \
	"SYMBOL(free_huge_page)=ffffffff81206360\n"
#define FLAGS_4_4                                                              \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=11\nNUMBER(PG_swapcache)=15\n"   \
	"NUMBER(PG_slab)=7\nNUMBER(PG_head_mask)=16384\n"                      \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-128\n"                             \
	"SYMBOL(free_huge_page)=ffffffff811e3a80\n"
#define FLAGS_4_10                                                             \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=12\nNUMBER(PG_swapcache)=9\n"    \
	"NUMBER(PG_slab)=8\nNUMBER(PG_head_mask)=32768\n"                      \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-128\n"                             \
	"NUMBER(HUGETLB_PAGE_DTOR)=2\n"
#define FLAGS_5_4                                                              \
	"NUMBER(PG_lru)=4\nNUMBER(PG_private)=13\nNUMBER(PG_swapcache)=10\n"   \
	"NUMBER(PG_swapbacked)=19\nNUMBER(PG_slab)=9\n"                        \
	"NUMBER(PG_head_mask)=65536\n"                                         \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"                             \
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n"
#define FLAGS_6_6                                                              \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=15\nNUMBER(PG_swapcache)=12\n"   \
	"NUMBER(PG_swapbacked)=19\nNUMBER(PG_slab)=11\n"                       \
	"NUMBER(PG_head_mask)=64\n"                                            \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129\n"                             \
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-257\n"
#define FLAGS_6_11                                                             \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=14\nNUMBER(PG_swapcache)=11\n"   \
	"NUMBER(PG_swapbacked)=18\nNUMBER(PG_head_mask)=64\n"                  \
	"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-33554433\n"                         \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-1073741825\n"                      \
	"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-67108865\n"                      \
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-536870913\n"
#define FLAGS_7                                                                \
	"NUMBER(PG_lru)=5\nNUMBER(PG_private)=14\nNUMBER(PG_swapcache)=10\n"   \
	"NUMBER(PG_swapbacked)=17\nNUMBER(PG_head_mask)=64\n"                  \
	"NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=-184549376\n"                        \
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-268435456\n"                       \
	"NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-201326592\n"                     \
	"NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-251658240\n"                     \
	"NUMBER(PAGE_UNACCEPTED_MAPCOUNT_VALUE)=-150994944\n"

#define HEAD_OLD "OFFSET(page.compound_head)=32\n"
#define HEAD_NEW "OFFSET(page.compound_head)=8\n"
#define INFO_NEW "OFFSET(page.compound_info)=8\n"
#define BYTES_NEW                                                              \
	"OFFSET(page.compound_dtor)=16\nOFFSET(page.compound_order)=17\n"      \
	"NUMBER(HUGETLB_PAGE_DTOR)=2\n"
#define FOLIO                                                                  \
	"OFFSET(folio._folio_dtor)=80\nOFFSET(folio._folio_order)=81\n"        \
	"NUMBER(HUGETLB_PAGE_DTOR)=2\n"

/* A number written into a struct page. width 0: none. */
struct put {
	unsigned int width;	/* W, or 4, 2, 1 bytes */
	unsigned int at;
	uint64_t value;
};
#define W 8	/* a long of that kernel */

#define HEAD_ADDRESS 0xffffea0000400000
#define NEXT_ADDRESS 0xffffea0000400040
#define ANON_VMA 0xffff888012345678
#define INODE_MAP 0xffff888011111110

struct row {
	const char *name;
	const char *text;
	struct put page[6];
	struct put second[5];
	uint32_t bits;		/* all that the view has */
	uint64_t order;
	bool is_32bit;
};

#define BIT(n) (1ULL << (n))

static const struct row rows[] = {
	/* Free pages, by page type */
	{ "buddy 7.2", COMMON NEW_PAGE INFO_NEW FLAGS_7,
	  { { 4, 48, 0xf0000000 }, { W, 40, 10 } }, { { 0 } },
	  VMS_PAGE_BUDDY, 10, false },
	{ "buddy 7.2, owner's low bits", COMMON NEW_PAGE INFO_NEW FLAGS_7,
	  { { 4, 48, 0xf0012345 }, { W, 40, 3 } }, { { 0 } },
	  VMS_PAGE_BUDDY, 3, false },
	{ "buddy 6.11", COMMON NEW_PAGE HEAD_NEW FLAGS_6_11,
	  { { 4, 48, 0xbfffffff }, { W, 40, 2 } }, { { 0 } },
	  VMS_PAGE_BUDDY, 2, false },
	{ "buddy 6.11 is the full word", COMMON NEW_PAGE HEAD_NEW FLAGS_6_11,
	  { { 4, 48, 0xbfff0000 }, { W, 40, 2 } }, { { 0 } }, 0, 0, false },
	{ "buddy 5.4", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { 4, 48, 0xffffff7f }, { W, 40, 1 } }, { { 0 } },
	  VMS_PAGE_BUDDY, 1, false },
	{ "page table 5.4", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { 4, 48, 0xfffffbff }, { 4, 52, 1 } }, { { 0 } }, 0, 0, false },
	{ "buddy 3.10", COMMON OLD_PAGE OLD_COUNT FLAGS_3_10,
	  { { 4, 24, 0xffffff80 }, { W, 48, 9 } }, { { 0 } },
	  VMS_PAGE_BUDDY, 9, false },
	{ "PG_buddy", COMMON OLD_PAGE OLD_COUNT "NUMBER(PG_buddy)=18\n",
	  { { W, 0, BIT(18) }, { W, 48, 4 } }, { { 0 } },
	  VMS_PAGE_BUDDY, 4, false },

	/* Slab pages: nothing else of theirs is to be believed */
	{ "slab 7.2", COMMON NEW_PAGE INFO_NEW FLAGS_7,
	  { { 4, 48, 0xf5000000 }, { W, 24, ANON_VMA | 1 } }, { { 0 } },
	  VMS_PAGE_SLAB, 0, false },
	{ "flag 7 is no slab in 7.2", COMMON NEW_PAGE INFO_NEW FLAGS_7,
	  { { W, 0, BIT(7) | BIT(5) }, { W, 24, ANON_VMA | 1 },
	    { 4, 52, 2 }, { 4, 48, 0 } }, { { 0 } },
	  VMS_PAGE_LRU | VMS_PAGE_ANON, 0, false },
	{ "slab 5.4", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { W, 0, BIT(9) }, { W, 24, ANON_VMA | 1 },
	    { 4, 48, 0xffffff7f }, { W, 40, 1 } }, { { 0 } },
	  VMS_PAGE_SLAB, 0, false },

	/* Offline and unaccepted */
	{ "offline 7.2", COMMON NEW_PAGE INFO_NEW FLAGS_7,
	  { { 4, 48, 0xf1000000 }, { 4, 52, 1 } }, { { 0 } },
	  VMS_PAGE_OFFLINE, 0, false },
	{ "offline 6.11", COMMON NEW_PAGE HEAD_NEW FLAGS_6_11,
	  { { 4, 48, 0xdfffffff }, { 4, 52, 1 } }, { { 0 } },
	  VMS_PAGE_OFFLINE, 0, false },
	{ "offline 5.4", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { 4, 48, 0xfffffeff }, { 4, 52, 1 } }, { { 0 } },
	  VMS_PAGE_OFFLINE, 0, false },
	{ "offline 3.10", COMMON OLD_PAGE OLD_COUNT FLAGS_3_10
	  "NUMBER(PAGE_OFFLINE_MAPCOUNT_VALUE)=-512\n",
	  { { 4, 24, 0xfffffe00 }, { 4, 28, 1 } }, { { 0 } },
	  VMS_PAGE_OFFLINE, 0, false },
	{ "unaccepted 7.2", COMMON NEW_PAGE INFO_NEW FLAGS_7,
	  { { 4, 48, 0xf7000000 } }, { { 0 } },
	  VMS_PAGE_UNACCEPTED, 0, false },

	/* Tails */
	{ "tail 7.2", COMMON NEW_PAGE INFO_NEW FLAGS_7,
	  { { W, 0, 9 }, { W, 8, 0xffffffffffff8001 } }, { { 0 } },
	  VMS_PAGE_TAIL, 0, false },
	{ "tail 6.1", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { W, 0, BIT(4) }, { W, 8, HEAD_ADDRESS | 1 }, { W, 24, 0x1 } },
	  { { 0 } }, VMS_PAGE_TAIL, 0, false },
	{ "tail 4.4", COMMON OLD_PAGE OLD_COUNT FLAGS_4_4,
	  { { W, 32, HEAD_ADDRESS | 1 } }, { { 0 } },
	  VMS_PAGE_TAIL, 0, false },
	{ "tail 3.10", COMMON OLD_PAGE OLD_COUNT FLAGS_3_10,
	  { { W, 0, BIT(15) }, { W, 48, HEAD_ADDRESS } }, { { 0 } },
	  VMS_PAGE_TAIL, 0, false },
	{ "bit 0 of lru is no tail in 3.10", COMMON OLD_PAGE OLD_COUNT
	  FLAGS_3_10,
	  { { W, 32, HEAD_ADDRESS | 1 } }, { { 0 } }, 0, 0, false },
	{ "flag 15 is no tail in 4.4", COMMON OLD_PAGE OLD_COUNT FLAGS_4_4,
	  { { W, 0, BIT(15) }, { W, 48, HEAD_ADDRESS }, { 4, 28, 1 } },
	  { { 0 } }, VMS_PAGE_SWAPCACHE, 0, false },

	/* Order of a compound page */
	{ "order 7.2", COMMON NEW_PAGE INFO_NEW FLAGS_7,
	  { { W, 0, BIT(6) }, { 4, 52, 1 } },
	  { { W, 0, 0xabcdef0000000109 }, { W, 8, 0xffffffffffff8001 } },
	  VMS_PAGE_HEAD, 9, false },
	{ "order 6.6", COMMON NEW_PAGE HEAD_NEW FLAGS_6_6,
	  { { W, 0, BIT(6) }, { 4, 52, 1 } },
	  { { W, 0, 0x17ffffc000000003 }, { W, 8, HEAD_ADDRESS | 1 } },
	  VMS_PAGE_HEAD, 3, false },
	{ "order 6.3", COMMON NEW_PAGE HEAD_NEW FOLIO FLAGS_5_4,
	  { { W, 0, BIT(16) }, { 4, 52, 1 } },
	  { { W, 0, 0xff }, { W, 8, HEAD_ADDRESS | 1 }, { 1, 16, 1 },
	    { 1, 17, 4 } }, VMS_PAGE_HEAD, 4, false },
	{ "order 5.4", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { W, 0, BIT(16) }, { 4, 52, 1 } },
	  { { W, 0, 0xff }, { W, 8, HEAD_ADDRESS | 1 }, { 1, 16, 1 },
	    { 1, 17, 9 }, { 4, 20, 0xffffffff } }, VMS_PAGE_HEAD, 9, false },
	{ "order 4.10", COMMON OLD_PAGE OLD_REFCOUNT HEAD_OLD FLAGS_4_10
	  "OFFSET(page.compound_dtor)=40\nOFFSET(page.compound_order)=44\n",
	  { { W, 0, BIT(15) }, { 4, 28, 1 } },
	  { { W, 32, HEAD_ADDRESS | 1 }, { 4, 40, 1 }, { 4, 44, 9 } },
	  VMS_PAGE_HEAD, 9, false },
	{ "order 4.10, 32 bits", "LENGTH(zone.free_area)=11\n" PAGE_32
	  FLAGS_4_10 "OFFSET(page.compound_head)=20\n"
	  "OFFSET(page.compound_dtor)=24\nOFFSET(page.compound_order)=26\n",
	  { { W, 0, BIT(15) }, { 4, 16, 1 } },
	  { { W, 20, 0xc1000001 }, { 2, 24, 1 }, { 2, 26, 5 } },
	  VMS_PAGE_HEAD, 5, true },
	{ "order 4.4", COMMON OLD_PAGE OLD_COUNT FLAGS_4_4,
	  { { W, 0, BIT(14) }, { 4, 28, 1 } },
	  { { W, 32, HEAD_ADDRESS | 1 }, { 4, 40, 1 }, { 4, 44, 9 } },
	  VMS_PAGE_HEAD, 9, false },
	{ "order 3.10", COMMON OLD_PAGE OLD_COUNT FLAGS_3_10,
	  { { W, 0, BIT(14) }, { 4, 28, 1 } },
	  { { W, 0, BIT(15) }, { W, 32, 0xffffffff81100000 }, { W, 40, 9 },
	    { W, 48, HEAD_ADDRESS } }, VMS_PAGE_HEAD, 9, false },

	/* Hugetlb */
	{ "hugetlb 7.2", COMMON NEW_PAGE INFO_NEW FLAGS_7,
	  { { W, 0, BIT(6) }, { 4, 48, 0xf4000000 }, { 4, 52, 1 },
	    { W, 24, ANON_VMA | 1 } },
	  { { W, 0, 9 }, { W, 8, 0xffffffffffff8001 } },
	  VMS_PAGE_HEAD | VMS_PAGE_HUGETLB | VMS_PAGE_ANON, 9, false },
	{ "hugetlb 6.11", COMMON NEW_PAGE HEAD_NEW FLAGS_6_11,
	  { { W, 0, BIT(6) }, { 4, 48, 0xfbffffff } },
	  { { W, 0, 9 }, { W, 8, HEAD_ADDRESS | 1 } },
	  VMS_PAGE_HEAD | VMS_PAGE_HUGETLB, 9, false },
	{ "hugetlb 6.9", COMMON NEW_PAGE HEAD_NEW FLAGS_6_6
	  "NUMBER(PAGE_HUGETLB_MAPCOUNT_VALUE)=-2049\n",
	  { { W, 0, BIT(6) }, { 4, 48, 0xfffff7ff } },
	  { { W, 0, 9 }, { W, 8, HEAD_ADDRESS | 1 } },
	  VMS_PAGE_HEAD | VMS_PAGE_HUGETLB, 9, false },
	{ "hugetlb 6.6", COMMON NEW_PAGE HEAD_NEW FLAGS_6_6
	  "NUMBER(PG_hugetlb)=8\n",
	  { { W, 0, BIT(6) } },
	  { { W, 0, BIT(8) | 9 }, { W, 8, HEAD_ADDRESS | 1 } },
	  VMS_PAGE_HEAD | VMS_PAGE_HUGETLB, 9, false },
	{ "6.6: second page is no tail", COMMON NEW_PAGE HEAD_NEW FLAGS_6_6
	  "NUMBER(PG_hugetlb)=8\n",
	  { { W, 0, BIT(6) } },
	  { { W, 0, BIT(8) | 9 }, { W, 8, HEAD_ADDRESS } },
	  VMS_PAGE_HEAD, 9, false },
	{ "6.6: slab", COMMON NEW_PAGE HEAD_NEW FLAGS_6_6
	  "NUMBER(PG_hugetlb)=8\n",
	  { { W, 0, BIT(6) | BIT(11) } },
	  { { W, 0, BIT(8) | 9 }, { W, 8, HEAD_ADDRESS | 1 } },
	  VMS_PAGE_HEAD | VMS_PAGE_SLAB, 9, false },
	{ "6.6: order 0", COMMON NEW_PAGE HEAD_NEW FLAGS_6_6
	  "NUMBER(PG_hugetlb)=8\n",
	  { { W, 0, BIT(6) } },
	  { { W, 0, BIT(8) }, { W, 8, HEAD_ADDRESS | 1 } },
	  VMS_PAGE_HEAD, 0, false },
	{ "6.6: order of no hugetlb page", COMMON NEW_PAGE HEAD_NEW FLAGS_6_6
	  "NUMBER(PG_hugetlb)=8\n",
	  { { W, 0, BIT(6) } },
	  { { W, 0, BIT(8) | 3 }, { W, 8, HEAD_ADDRESS | 1 } },
	  VMS_PAGE_HEAD, 3, false },
	{ "6.6: order of no page", COMMON NEW_PAGE HEAD_NEW FLAGS_6_6
	  "NUMBER(PG_hugetlb)=8\n",
	  { { W, 0, BIT(6) } },
	  { { W, 0, BIT(8) | 73 }, { W, 8, HEAD_ADDRESS | 1 } },
	  VMS_PAGE_HEAD, 73, false },
	{ "hugetlb 6.6, 64 KiB pages", "PAGESIZE=65536\n" COMMON NEW_PAGE
	  HEAD_NEW FLAGS_6_6 "NUMBER(PG_hugetlb)=8\n",
	  { { W, 0, BIT(6) } },
	  { { W, 0, BIT(8) | 5 }, { W, 8, HEAD_ADDRESS | 1 } },
	  VMS_PAGE_HEAD | VMS_PAGE_HUGETLB, 5, false },
	{ "hugetlb 6.3", COMMON NEW_PAGE HEAD_NEW FOLIO FLAGS_5_4,
	  { { W, 0, BIT(16) } },
	  { { W, 8, HEAD_ADDRESS | 1 }, { 1, 16, 2 }, { 1, 17, 9 } },
	  VMS_PAGE_HEAD | VMS_PAGE_HUGETLB, 9, false },
	{ "hugetlb 5.4", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { W, 0, BIT(16) } },
	  { { W, 8, HEAD_ADDRESS | 1 }, { 1, 16, 2 }, { 1, 17, 18 } },
	  VMS_PAGE_HEAD | VMS_PAGE_HUGETLB, 18, false },
	{ "5.4: second page is no tail", COMMON NEW_PAGE HEAD_NEW BYTES_NEW
	  FLAGS_5_4,
	  { { W, 0, BIT(16) } },
	  { { W, 8, HEAD_ADDRESS }, { 1, 16, 2 }, { 1, 17, 9 } },
	  VMS_PAGE_HEAD, 9, false },
	{ "hugetlb 4.10", COMMON OLD_PAGE OLD_REFCOUNT HEAD_OLD FLAGS_4_10
	  "OFFSET(page.compound_dtor)=40\nOFFSET(page.compound_order)=44\n",
	  { { W, 0, BIT(15) } },
	  { { W, 32, HEAD_ADDRESS | 1 }, { 4, 40, 2 }, { 4, 44, 9 } },
	  VMS_PAGE_HEAD | VMS_PAGE_HUGETLB, 9, false },
	{ "hugetlb 4.4", COMMON OLD_PAGE OLD_COUNT FLAGS_4_4,
	  { { W, 0, BIT(14) } },
	  { { W, 32, HEAD_ADDRESS | 1 }, { 4, 40, 2 }, { 4, 44, 9 } },
	  VMS_PAGE_HEAD | VMS_PAGE_HUGETLB, 9, false },
	{ "hugetlb 3.10", COMMON OLD_PAGE OLD_COUNT FLAGS_3_10,
	  { { W, 0, BIT(14) } },
	  { { W, 0, BIT(15) }, { W, 32, 0xffffffff81206360 }, { W, 40, 9 },
	    { W, 48, HEAD_ADDRESS } },
	  VMS_PAGE_HEAD | VMS_PAGE_HUGETLB, 9, false },

	/* Swap cache */
	{ "swap cache 5.4", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { W, 0, BIT(10) | BIT(19) }, { 4, 52, 1 } }, { { 0 } },
	  VMS_PAGE_SWAPCACHE, 0, false },
	{ "owner's flag 5.4", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { W, 0, BIT(10) }, { 4, 52, 1 } }, { { 0 } }, 0, 0, false },
	{ "swap cache 4.10", COMMON OLD_PAGE OLD_REFCOUNT HEAD_OLD FLAGS_4_10,
	  { { W, 0, BIT(9) | BIT(18) }, { 4, 28, 1 } }, { { 0 } },
	  VMS_PAGE_SWAPCACHE, 0, false },
	{ "owner's flag 4.10", COMMON OLD_PAGE OLD_REFCOUNT HEAD_OLD FLAGS_4_10,
	  { { W, 0, BIT(9) }, { 4, 28, 1 } }, { { 0 } }, 0, 0, false },
	{ "swap cache 4.4", COMMON OLD_PAGE OLD_COUNT FLAGS_4_4,
	  { { W, 0, BIT(15) }, { 4, 28, 1 } }, { { 0 } },
	  VMS_PAGE_SWAPCACHE, 0, false },

	/* Anonymous and page cache */
	{ "anonymous", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { W, 0, BIT(4) | BIT(19) }, { W, 24, ANON_VMA | 1 }, { 4, 52, 1 },
	    { 4, 48, 0 } }, { { 0 } }, VMS_PAGE_LRU | VMS_PAGE_ANON, 0, false },
	{ "KSM", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { W, 0, BIT(4) }, { W, 24, ANON_VMA | 3 }, { 4, 52, 9000000 },
	    { 4, 48, 8000000 } }, { { 0 } }, VMS_PAGE_LRU | VMS_PAGE_ANON, 0,
	  false },
	{ "KSM without its node", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { W, 0, BIT(4) }, { W, 24, 3 }, { 4, 52, 1 } }, { { 0 } },
	  VMS_PAGE_LRU | VMS_PAGE_ANON, 0, false },
	{ "movable", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { W, 24, INODE_MAP | 2 }, { 4, 52, 1 } }, { { 0 } }, 0, 0, false },
	{ "page cache", COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4,
	  { { W, 0, BIT(4) | BIT(13) }, { W, 24, INODE_MAP }, { 4, 52, 3 } },
	  { { 0 } }, VMS_PAGE_LRU | VMS_PAGE_PRIVATE, 0, false },
	{ "not told from slab: not anonymous", COMMON NEW_PAGE HEAD_NEW
	  "NUMBER(PG_lru)=4\n",
	  { { W, 0, BIT(4) }, { W, 24, ANON_VMA | 1 }, { 4, 52, 1 } },
	  { { 0 } }, VMS_PAGE_LRU, 0, false },
	{ "zram's class number 4.4", COMMON OLD_PAGE OLD_COUNT FLAGS_4_4,
	  { { W, 0, BIT(11) }, { W, 8, 0x321 }, { 4, 24, 0x00400005 },
	    { 4, 28, 1 } }, { { 0 } }, VMS_PAGE_PRIVATE, 0, false },
	{ "DAX page with shared extents 6.1", COMMON NEW_PAGE HEAD_NEW BYTES_NEW
	  FLAGS_5_4,
	  { { W, 24, 1 }, { 4, 52, 1 } }, { { 0 } }, 0, 0, false },
};

static void fill(const struct test_kernel *t, uint8_t *page,
		 const struct put *puts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct put *put = &puts[i];

		if (put->width == W)
			put_word(t, page, put->at, put->value);
		else if (put->width == 4)
			put_int(t, page, put->at, (uint32_t)put->value);
		else if (put->width == 2)
			vms_put_u16(page + put->at, (uint16_t)put->value,
				    t->endian);
		else if (put->width == 1)
			page[put->at] = (uint8_t)put->value;
	}
}

/* An untouched page: mapped by nobody. */
static void blank(const struct test_kernel *t, uint8_t *page)
{
	size_t old = t->is_64bit ? 24 : 12;

	memset(page, 0, 64);
	put_int(t, page, vms_kernel_get_or(t->kernel,
					   VMS_FACT_OFFSET_PAGE_MAPCOUNT, old),
		UINT32_MAX);
}

static void run(const struct row *row, enum vms_endian endian)
{
	struct test_kernel t;
	struct vms_page_view view;
	/* One byte more in front: any alignment must do. */
	uint8_t page[65], second[65];

	test_kernel_open(&t, row->text, endian, !row->is_32bit);
	blank(&t, page + 1);
	blank(&t, second + 1);
	fill(&t, page + 1, row->page, VMS_ARRAY_SIZE(row->page));
	fill(&t, second + 1, row->second, VMS_ARRAY_SIZE(row->second));
	view = decode(&t, page + 1);
	vms_page_decode_second(t.layout, second + 1, &view);
	if (view.bits != row->bits || view.order != row->order)
		fail_msg("%s: bits %#x, order %llu; expected %#x, %llu",
			 row->name, view.bits, (unsigned long long)view.order,
			 row->bits, (unsigned long long)row->order);
	test_kernel_close(&t);
}

static void all_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++)
		run(&rows[i], VMS_LITTLE_ENDIAN);
}

/* s390x and ppc64 have the same variants in the other byte order. */
static void all_rows_big_endian(void **state)
{
	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++)
		run(&rows[i], VMS_BIG_ENDIAN);
}

/*
 * An offset that is there but not believed does not make a kernel younger: no
 * other place is taken for the order instead.
 */
static void disbelief_is_not_absence(void **state)
{
	static const struct {
		const char *text;
		uint32_t lost;
	} texts[] = {
		{ COMMON NEW_PAGE HEAD_NEW FLAGS_5_4
		  "OFFSET(page.compound_dtor)=16\n"
		  "OFFSET(page.compound_order)=-17\n"
		  "NUMBER(HUGETLB_PAGE_DTOR)=2\n",
		  VMS_PAGE_ORDER | VMS_PAGE_HUGETLB },
		/* Neither a byte nor half a word apart. */
		{ COMMON NEW_PAGE HEAD_NEW FLAGS_5_4
		  "OFFSET(page.compound_dtor)=16\n"
		  "OFFSET(page.compound_order)=19\n"
		  "NUMBER(HUGETLB_PAGE_DTOR)=2\n",
		  VMS_PAGE_ORDER | VMS_PAGE_HUGETLB },
		{ COMMON OLD_PAGE OLD_COUNT FLAGS_4_4
		  "OFFSET(page.compound_head)=4096\n",
		  VMS_PAGE_TAIL | VMS_PAGE_ORDER | VMS_PAGE_HUGETLB },
		{ COMMON NEW_PAGE HEAD_NEW BYTES_NEW FLAGS_5_4
		  "NUMBER(PAGE_SLAB_MAPCOUNT_VALUE)=7\n",
		  VMS_PAGE_SLAB | VMS_PAGE_ANON },
		/* Flags in an order that no release has. */
		{ COMMON OLD_PAGE OLD_REFCOUNT HEAD_OLD
		  "NUMBER(PG_lru)=5\nNUMBER(PG_private)=12\n"
		  "NUMBER(PG_swapcache)=9\nNUMBER(PG_head_mask)=65536\n",
		  VMS_PAGE_SWAPCACHE },
		{ COMMON OLD_PAGE OLD_COUNT
		  "NUMBER(PG_lru)=5\nNUMBER(PG_private)=11\n"
		  "NUMBER(PG_swapcache)=20\nNUMBER(PG_head_mask)=16384\n"
		  "SYMBOL(free_huge_page)=ffffffff81206360\n",
		  VMS_PAGE_TAIL | VMS_PAGE_ORDER | VMS_PAGE_HUGETLB },
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(texts); i++) {
		struct test_kernel t;

		test_kernel_open(&t, texts[i].text, VMS_LITTLE_ENDIAN, true);
		assert_int_equal(vms_page_layout_known(t.layout) &
				 texts[i].lost, 0);
		test_kernel_close(&t);
	}
}

/*
 * A 32-bit kernel before 4.4 may have PG_compound for both heads and tails,
 * with the same neighbours as PG_head in 4.4: not told apart.
 */
static void old_32_bit_kernels_have_no_tails(void **state)
{
	struct test_kernel t;

	(void)state;
	test_kernel_open(&t, PAGE_32 FLAGS_4_4, VMS_LITTLE_ENDIAN, false);
	assert_int_equal(vms_page_layout_known(t.layout) &
			 (VMS_PAGE_TAIL | VMS_PAGE_ORDER | VMS_PAGE_HUGETLB),
			 0);
	test_kernel_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_rows),
		cmocka_unit_test(all_rows_big_endian),
		cmocka_unit_test(disbelief_is_not_absence),
		cmocka_unit_test(old_32_bit_kernels_have_no_tails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
