// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Collects small pieces into large writes that end at multiples of the buffer
 * size, so that file systems and disks see aligned megabytes; large pieces go
 * to the sink as they are. Knows no structures.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kdump_priv.h"

/* Direct I/O and copying like page-aligned memory. */
#define BUFFER_ALIGN 4096
/* When memory is short: smaller writes are still better than no dump. */
#define MIN_BUFFER (64U << 10)
/* Writes that do not pass through the buffer end at multiples of this. */
#define PASS_ALIGN (64U << 10)
/* Pieces below this are copied: a head and a tail of them would be anyway. */
#define PASS_BYTES (2 * PASS_ALIGN)

struct vms_error *kd_stream_init(struct kd_stream *stream,
				 struct vms_sink *sink, uint32_t block_size)
{
	size_t least = block_size > MIN_BUFFER ? block_size : MIN_BUFFER;

	*stream = (struct kd_stream){ .sink = sink };
	for (size_t size = KD_STREAM_BYTES; size >= least; size /= 4) {
		stream->buf = aligned_alloc(BUFFER_ALIGN, size);
		stream->size = size;
		if (stream->buf)
			return NULL;
	}
	return vms_error_no_memory();
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

/* Bytes that buf has room for, up to the next boundary in the file. */
static size_t room(const struct kd_stream *stream)
{
	size_t all = stream->size - (size_t)(stream->start % stream->size);

	return all > stream->used ? all - stream->used : 0;
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

/* data NULL: zeros. */
static void copy_in(struct kd_stream *stream, const uint8_t *data, size_t size)
{
	if (data)
		memcpy(stream->buf + stream->used, data, size);
	else
		memset(stream->buf + stream->used, 0, size);
	stream->used += size;
}

static struct vms_error *gather(struct kd_stream *stream, const uint8_t *data,
				size_t size)
{
	while (size) {
		size_t n = room(stream);

		if (!n) {
			struct vms_error *err = kd_stream_flush(stream);

			if (err)
				return err;
			continue;
		}
		if (n > size)
			n = size;
		copy_in(stream, data, n);
		if (data)
			data += n;
		size -= n;
	}
	return NULL;
}

/*
 * With an empty buffer. What the sink does not take is kept there as far as it
 * has room, since the caller's memory is only borrowed: salvage tries again.
 */
static struct vms_error *pass(struct kd_stream *stream, const uint8_t *data,
			      size_t size)
{
	struct vms_error *err = vms_sink_write_at(
		stream->sink, kd_stream_end(stream), data, size);

	if (err)
		copy_in(stream, data,
			size < stream->size ? size : stream->size);
	else
		kd_stream_seek(stream, kd_stream_end(stream) + size);
	return err;
}

struct vms_error *kd_stream_append(struct kd_stream *stream, const void *data,
				   size_t size)
{
	const uint8_t *p = data;
	struct vms_error *err;
	size_t head = 0;
	size_t tail;

	if (!p || size < PASS_BYTES)
		return gather(stream, p, size);
	if (stream->used > stream->head)
		head = PASS_ALIGN -
		       (size_t)(kd_stream_end(stream) % PASS_ALIGN);
	tail = (size_t)((kd_stream_end(stream) + size) % PASS_ALIGN);
	err = gather(stream, p, head);
	if (!err)
		err = kd_stream_flush(stream);
	if (!err)
		err = pass(stream, p + head, size - head - tail);
	return err ? err : gather(stream, p + size - tail, tail);
}
