/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The source contract over a fake memory, in place of the source room: link
 * it into a test of the vm room. What it reads is what the test put there.
 */
#ifndef FAKE_SOURCE_H
#define FAKE_SOURCE_H

#include <vmsieve/source.h>

#include "fake_memory.h"

#define FAKE_MAX 64U

/** Filled by the test; borrowed by everything made of it. */
struct vms_source {
	struct fake_memory *mem;
	struct vms_source_info info;
	struct vms_segment segments[FAKE_MAX];
	size_t nr_segments;
	struct vms_load loads[FAKE_MAX];
	size_t nr_loads;
	vms_paddr_t bad[FAKE_MAX];	/* pages that cannot be read */
	size_t nr_bad;
	uint64_t views;		/* calls of vms_reader_view() */
	uint64_t viewed;	/* bytes handed out */
};

void fake_source_init(struct vms_source *source, struct fake_memory *mem);
/** RAM [start, end), of which [start, data_end) has bytes. */
void fake_segment(struct vms_source *source, vms_paddr_t start,
		  vms_paddr_t data_end, vms_paddr_t end);
void fake_load(struct vms_source *source, vms_vaddr_t vaddr, vms_paddr_t paddr,
	       uint64_t size);

#endif
