// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Collects small pieces into large writes that end at multiples of the buffer
 * size, so that file systems and disks see aligned megabytes. Knows no
 * structures.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kdump_priv.h"

/* Direct I/O and copying like page-aligned memory. */
#define BUFFER_ALIGN 4096

struct vms_error *kd_stream_init(struct kd_stream *stream,
				 struct vms_sink *sink)
{
	*stream = (struct kd_stream){ .sink = sink };
	stream->buf = aligned_alloc(BUFFER_ALIGN, KD_STREAM_BYTES);
	return stream->buf ? NULL : vms_error_no_memory();
}

void kd_stream_deinit(struct kd_stream *stream)
{
	free(stream->buf);
	stream->buf = NULL;
}

void kd_stream_seek(struct kd_stream *stream, uint64_t offset)
{
	assert(stream->head == stream->used);
	stream->start = offset;
	stream->head = 0;
	stream->used = 0;
}

/* Bytes of buf up to the next boundary in the file. */
static size_t capacity(const struct kd_stream *stream)
{
	return KD_STREAM_BYTES - (size_t)(stream->start % KD_STREAM_BYTES);
}

struct vms_error *kd_stream_flush_to(struct kd_stream *stream, uint64_t end)
{
	size_t tail = (size_t)(end - stream->start);
	struct vms_error *err;

	assert(end >= stream->start && tail <= stream->used);
	if (tail <= stream->head)
		return NULL;
	err = vms_sink_write_at(stream->sink, kd_stream_flushed(stream),
				stream->buf + stream->head,
				tail - stream->head);
	if (!err)
		stream->head = tail;
	return err;
}

struct vms_error *kd_stream_flush(struct kd_stream *stream)
{
	struct vms_error *err;

	err = kd_stream_flush_to(stream, kd_stream_end(stream));
	if (!err)
		kd_stream_seek(stream, kd_stream_end(stream));
	return err;
}

struct vms_error *kd_stream_append(struct kd_stream *stream, const void *data,
				   size_t size)
{
	const uint8_t *p = data;

	while (size) {
		size_t n = capacity(stream) - stream->used;

		if (!n) {
			struct vms_error *err = kd_stream_flush(stream);

			if (err)
				return err;
			continue;
		}
		if (n > size)
			n = size;
		if (p) {
			memcpy(stream->buf + stream->used, p, n);
			p += n;
		} else {
			memset(stream->buf + stream->used, 0, n);
		}
		stream->used += n;
		size -= n;
	}
	return NULL;
}
