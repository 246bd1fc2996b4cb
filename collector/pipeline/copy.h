/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kept pages from source to writer, a batch at a time: any number of threads
 * read, test for zero and compress (a single one is helped by another that
 * reads), the caller's thread writes in PFN order.
 */
#ifndef VMS_COPY_H
#define VMS_COPY_H

#include <vmsieve/codec.h>
#include <vmsieve/error.h>
#include <vmsieve/format.h>
#include <vmsieve/plan.h>
#include <vmsieve/source.h>

struct vms_log;
struct vms_stop;

/** Everything borrowed for the run. */
struct vms_copy {
	struct vms_source *source;
	const struct vms_page_plan *plan;
	const struct vms_codec_ops *codec;
	unsigned int compress_level;	/* 0: the codec's default */
	struct vms_writer *writer;
	struct vms_log *log;
	const struct vms_stop *stop;
	uint32_t page_size;
	bool share_zero;	/* zero pages have no data of their own */
	bool may_shrink;	/* false: a source that ends early is an error */
	/* By the memory plan; less of each when memory is shorter still. */
	size_t threads;		/* that read and compress, at least 1 */
	size_t batches;
	size_t batch_bytes;
	size_t window_bytes;	/* of each thread's reader */
};

struct vms_copy_counts {
	uint64_t zero;		/* pages of zeros that share one copy */
	uint64_t stored;	/* pages with data of their own */
	uint64_t compressed;	/* of these, smaller than a page */
	uint64_t lost;		/* could not be read */
};

/**
 * Copies every kept page. *counts is kept true also when an error ends the
 * run early. What is written does not depend on threads and batches.
 */
struct vms_error *vms_copy_pages(const struct vms_copy *copy,
				 struct vms_copy_counts *counts)
	VMS_MUST_CHECK;

#endif
