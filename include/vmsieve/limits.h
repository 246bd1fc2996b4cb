/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every cap on what the input can make us allocate or repeat, in one place.
 * Nothing here grows with the RAM of the crashed machine.
 */
#ifndef VMSIEVE_LIMITS_H
#define VMSIEVE_LIMITS_H

#include <vmsieve/types.h>

/* ELF program headers that are looked at; Linux itself stops at 2^16 or so
 * memory ranges, PN_XNUM allows 2^32. 56 bytes each: 56 MiB of file. */
#define VMS_CAP_PHDRS (1U << 20)
/* PT_LOAD segments kept in the table (48 bytes each: 6 MiB). */
#define VMS_CAP_SEGMENTS (1U << 17)
/* Notes looked at, over all PT_NOTE segments. */
#define VMS_CAP_NOTES (1U << 16)
/* Bytes of all PT_NOTE segments that are carried into the dump. Copied in
 * pieces, never held in memory. */
#define VMS_CAP_NOTE_BYTES (256ULL << 20)
/* VMCOREINFO text: the kernel writes one page (VMCOREINFO_BYTES). */
#define VMS_CAP_VMCOREINFO_BYTES (64U << 10)
/* Lines of VMCOREINFO, 4 bytes each at least with the newline. */
#define VMS_CAP_VMCOREINFO_LINES (16U << 10)
/* Physical addresses: x86_64 with 5-level paging has 52 bits, arm64 52. */
#define VMS_MAX_PHYS_BITS 52U
/* A struct page: 32-bit kernels 32 bytes, debug options up to 128. */
#define VMS_MIN_STRUCT_PAGE 32U
#define VMS_MAX_STRUCT_PAGE 128U
/* Largest compound page: 16 GiB hugetlb of 4 KiB pages. */
#define VMS_MAX_COMPOUND_ORDER 22U
/* LENGTH(zone.free_area) is MAX_ORDER + 1: 11 nearly everywhere, 14 with
 * CONFIG_ARCH_FORCE_MAX_ORDER on arm64. */
#define VMS_MAX_FREE_AREA 32U
/*
 * The most that one page set may be given (pages left out, pages that the walk
 * stands on); the caller may give less. At 4 KiB pages a TiB has 4096 blocks of
 * 65536 pages: 17 bytes of table each, 68 KiB, whatever is in them (4.3 MiB at
 * 64 TiB, which cannot be spilled). Their members take nothing for one run, 16
 * bytes and 4 a run for more (100 runs a block: 1.6 MiB a TiB), 8208 bytes at
 * worst (32 MiB a TiB). What goes beyond is spilled, or refused and dumped.
 */
#define VMS_CAP_PAGESET_BYTES (12U << 20)
/* Pages that the walk over one unit of a scan used, see vm.h, and a typical
 * figure for the memory plan: 16 MiB of page array in one piece. */
#define VMS_CAP_USED_BYTES (4U << 20)
#define VMS_TYPICAL_USED_BYTES (64U << 10)
/* All of them, of which more go to scratch. The page array of 64 TiB in pieces
 * of a unit takes 0.3 MiB; with hugetlb's optimised vmemmap, where one page in
 * 2 MiB of memory is left of it, scattered, 2 MiB for each TiB. */
#define VMS_CAP_NEEDED_BYTES (8U << 20)
/* What one unit of a scan leaves out: 4 blocks of 8 KiB, or the 64 blocks of
 * a 16 GiB huge page. */
#define VMS_CAP_UNIT_SET_BYTES (64U << 10)
/* Bytes a reader maps or reads at a time, at most and at least. */
#define VMS_READER_WINDOW_BYTES (1U << 20)
#define VMS_MIN_WINDOW_BYTES (16U << 10)

#endif
