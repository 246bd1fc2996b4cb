// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The note area: pieces of the file, joined. Copies bytes out of it and must
 * not know what a note looks like.
 */
#include <inttypes.h>

#include <vmsieve/checked.h>

#include "source_priv.h"

uint64_t vms_source_notes_size(const struct vms_source *source)
{
	const struct vms_note_piece *last;

	if (!source->nr_note_pieces)
		return 0;
	last = &source->note_pieces[source->nr_note_pieces - 1];
	return last->start + last->size;
}

/* The piece that holds offset, which lies in the area. */
static const struct vms_note_piece *find_piece(const struct vms_source *source,
					       uint64_t offset)
{
	size_t low = 0;
	size_t high = source->nr_note_pieces;

	while (high - low > 1) {
		size_t mid = low + (high - low) / 2;

		if (source->note_pieces[mid].start <= offset)
			low = mid;
		else
			high = mid;
	}
	return &source->note_pieces[low];
}

struct vms_error *vms_source_read_notes(const struct vms_source *source,
					uint64_t offset, void *buf, size_t size)
{
	const struct vms_note_piece *piece;
	uint8_t *to = buf;

	if (!vms_inside_u64(offset, size, vms_source_notes_size(source)))
		return vms_error_create(VMS_ERR_INPUT,
					"%s: notes: %zu bytes at %" PRIu64
					" are not inside the %" PRIu64
					" bytes there are",
					source->path, size, offset,
					vms_source_notes_size(source));
	if (!size)
		return NULL;
	for (piece = find_piece(source, offset); size; piece++) {
		uint64_t skip = offset - piece->start;
		size_t part = size;
		struct vms_error *err;

		if (part > piece->size - skip)
			part = (size_t)(piece->size - skip);
		err = vms_source_read_exact(source, piece->file_offset + skip,
					    to, part, "notes");
		if (err)
			return vms_error_wrap(err, "%s", source->path);
		to += part;
		offset += part;
		size -= part;
	}
	return NULL;
}
