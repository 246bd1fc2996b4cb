/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small made-up machine to dump: a plan with holes, left-out and excluded
 * pages, and every kept page ready to be handed to a writer. Also checks a
 * dump of it. For the tests of formats.
 */
#ifndef VMS_TEST_DUMP_WORLD_H
#define VMS_TEST_DUMP_WORLD_H

#include <vmsieve/format.h>
#include <vmsieve/pageset.h>

#include "dumpread.h"

#define WORLD_SEGMENTS 4
#define WORLD_MAX_BATCH 600U
#define WORLD_NOTE_BYTES 10007U
#define WORLD_VMCOREINFO_OFFSET 8200U
#define WORLD_VMCOREINFO_BYTES 1500U

struct world_options {
	uint32_t page_size;
	enum vms_endian endian;
	unsigned int dump_level;
	vms_pfn_t far_pages;	/* pages of the segment at 4 GiB */
	bool with_lost;		/* some pages cannot be read */
	size_t batch;		/* pages a call of put, 0: one */
};

enum world_kind { WORLD_DATA, WORLD_ZERO, WORLD_LOST };

/** A kept page, compressed. */
struct world_page {
	vms_pfn_t pfn;
	enum world_kind kind;
	struct vms_page_item put;
};

struct dump_world {
	struct world_options options;
	struct vms_segment segments[WORLD_SEGMENTS];
	struct vms_pageset *excluded;
	struct vms_page_plan plan;
	struct vms_dump_info info;
	uint8_t notes[WORLD_NOTE_BYTES];
	/* Reads of notes that touch [start, end) fail. */
	uint64_t bad_notes_start;
	uint64_t bad_notes_end;
	struct world_page *pages;
	size_t nr_pages;
	uint8_t *data;		/* of all pages, one behind the other */
	size_t data_bytes;
	uint8_t *scratch;	/* two pages */
};

/** 4096 bytes, little endian, level 31, 2600 far pages, some lost. */
struct world_options world_default_options(void);
struct dump_world *world_create(const struct world_options *options);
void world_destroy(struct dump_world *world);

/** Hands one page over. */
struct vms_error *world_put(const struct dump_world *world,
			    struct vms_writer *writer, size_t i);
/** The batch of the options from page i on. *done_ret as put says. */
struct vms_error *world_put_batch(const struct dump_world *world,
				  struct vms_writer *writer, size_t i,
				  size_t *done_ret);
/** create, begin, all pages, finish. *writer_ret is set once there is one. */
struct vms_error *world_write(const struct dump_world *world,
			      const struct vms_format_ops *format,
			      struct vms_sink *sink,
			      struct vms_writer **writer_ret);

/** What a check found. */
struct world_found {
	uint64_t good;		/* data and zero pages that are right */
	uint64_t lost;		/* empty descriptors */
	uint64_t torn;		/* half descriptors, if some_lost */
	bool incomplete;	/* the header's mark */
};

/**
 * Opens the dump of a world and compares headers, notes, both bitmaps and all
 * pages. Pages may be lost beyond those of the world if some_lost; nothing may
 * ever be wrong. False: err says what is.
 */
bool world_check(const struct dump_world *world, const struct dumpread_io *io,
		 bool some_lost, struct world_found *ret,
		 struct dumpread_error *err);

#endif
