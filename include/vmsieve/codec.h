/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Page compressors of the kdump-compressed format, behind one const table
 * each. A codec knows bytes only.
 */
#ifndef VMSIEVE_CODEC_H
#define VMSIEVE_CODEC_H

#include <vmsieve/error.h>
#include <vmsieve/types.h>

/** Values of a page descriptor's flags and of the header's status word. */
enum vms_codec_flag {
	VMS_CODEC_NONE = 0x00,
	VMS_CODEC_ZLIB = 0x01,		/* zlib format (RFC 1950) */
	VMS_CODEC_LZO = 0x02,		/* LZO1X block */
	VMS_CODEC_SNAPPY = 0x04,	/* raw snappy block */
	VMS_CODEC_ZSTD = 0x20,		/* one zstd frame */
};

struct vms_codec_ops {
	const char *name;	/* "zlib", "lzo", "snappy", "zstd", "none" */
	char option;		/* command line letter, 0 for none */
	enum vms_codec_flag flag;
	/* Room at dst that size bytes can need, by the library's own word. */
	size_t (*bound)(size_t size);
	/*
	 * --compress-level: min_level to max_level, all 0 for a codec that has
	 * no levels. A level given to the functions below is one of these, or
	 * 0 for default_level; see vms_codec_check_level().
	 */
	unsigned int min_level;
	unsigned int max_level;
	unsigned int default_level;
	/* Bytes one context holds at most, for the memory plan. */
	size_t (*context_bytes)(size_t page_size, unsigned int level);
	/* One context a thread; NULL for codecs without state. */
	struct vms_error *(*create)(size_t page_size, unsigned int level,
				    void **ret);
	void (*destroy)(void *context);	/* accepts NULL */
	/*
	 * Compresses size bytes (at most create()'s page_size) into dst, which
	 * has vms_codec_bound(size) bytes. Returns the compressed size, or 0
	 * when it is not smaller than size, or when the bytes are noise of
	 * which no codec makes less ("none": always 0). Never fails else. What
	 * is in dst after 0 is undefined. The result depends on level and
	 * bytes alone, not on what the context did before.
	 */
	size_t (*compress)(void *context, const uint8_t *src, size_t size,
			   uint8_t *dst);
};

/** Room that compress() needs at dst for size bytes, over all codecs. */
size_t vms_codec_bound(size_t size);
/** VMS_ERR_USAGE, naming the range, unless codec takes level (0: default). */
struct vms_error *vms_codec_check_level(const struct vms_codec_ops *codec,
					unsigned int level) VMS_MUST_CHECK;
/** NULL when this build lacks the library. */
const struct vms_codec_ops *vms_codec_find(enum vms_codec_flag flag);
/** All codecs of this build, "none" first. */
const struct vms_codec_ops *const *vms_codecs(size_t *count_ret);

#endif
