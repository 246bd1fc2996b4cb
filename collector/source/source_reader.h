/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a format's view() finds in a reader. Knows no one format. */
#ifndef VMS_SOURCE_READER_H
#define VMS_SOURCE_READER_H

#include "source_window.h"

struct vms_reader {
	const struct vms_source *source;
	size_t segment;		/* where the last look-up ended */
	struct vms_windows windows;
};

/**
 * view() for formats whose segments lie in the file as they are, each from
 * its file_offset on.
 */
enum vms_read vms_reader_view_plain(struct vms_reader *reader,
				    vms_paddr_t paddr, size_t size,
				    const uint8_t **ret, size_t *size_ret);
/** read() for these formats. */
size_t vms_reader_read_plain(struct vms_reader *reader, vms_paddr_t paddr,
			     void *buf, size_t size);

#endif
