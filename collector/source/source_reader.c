// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reads by physical address: which segment, then which bytes of the file.
 * Must not know why somebody reads.
 */
#include <assert.h>

#include <vmsieve/checked.h>

#include "source_reader.h"

struct vms_error *vms_reader_create(struct vms_source *source,
				    size_t window_bytes,
				    struct vms_reader **ret)
{
	struct vms_reader *reader = calloc(1, sizeof(*reader));
	struct vms_error *err;

	if (!reader)
		return vms_error_no_memory();
	reader->source = source;
	err = vms_windows_init(&reader->windows, source, window_bytes);
	if (err) {
		free(reader);
		return err;
	}
	*ret = reader;
	return NULL;
}

void vms_reader_destroy(struct vms_reader *reader)
{
	if (!reader)
		return;
	vms_windows_deinit(&reader->windows);
	free(reader);
}

/* Like vms_segments_search(), but most reads stay where the last one was. */
static size_t find_segment(struct vms_reader *reader, vms_paddr_t paddr)
{
	const struct vms_source *source = reader->source;
	const struct vms_segment *last = &source->segments[reader->segment];

	if (reader->segment >= source->nr_segments || paddr < last->start ||
	    paddr >= last->end)
		reader->segment = vms_segments_search(source->segments,
						      source->nr_segments,
						      paddr);
	return reader->segment;
}

static size_t smaller(size_t size, uint64_t limit)
{
	return size < limit ? size : (size_t)limit;
}

enum vms_read vms_reader_view_plain(struct vms_reader *reader,
				    vms_paddr_t paddr, size_t size,
				    const uint8_t **ret, size_t *size_ret)
{
	const struct vms_source *source = reader->source;
	size_t i = find_segment(reader, paddr);
	const struct vms_segment *segment;
	size_t block;

	if (i == source->nr_segments) {
		/* 2^64 - paddr does not fit for address 0. */
		*size_ret = smaller(size - 1, UINT64_MAX - paddr) + 1;
		return VMS_READ_ABSENT;
	}
	segment = &source->segments[i];
	if (paddr < segment->start) {
		*size_ret = smaller(size, segment->start - paddr);
		return VMS_READ_ABSENT;
	}
	if (paddr >= segment->data_end) {
		*size_ret = smaller(size, segment->end - paddr);
		return VMS_READ_LEFT_OUT;
	}
	size = smaller(size, segment->data_end - paddr);
	block = smaller(VMS_READ_BLOCK_BYTES -
				(size_t)(paddr % VMS_READ_BLOCK_BYTES),
			segment->data_end - paddr);
	return vms_windows_get(&reader->windows,
			       segment->file_offset + (paddr - segment->start),
			       size, block, ret, size_ret);
}

enum vms_read vms_reader_view(struct vms_reader *reader, vms_paddr_t paddr,
			      size_t size, const uint8_t **ret,
			      size_t *size_ret)
{
	assert(size);
	return reader->source->ops->view(reader, paddr, size, ret, size_ret);
}

size_t vms_reader_read_plain(struct vms_reader *reader, vms_paddr_t paddr,
			     void *buf, size_t size)
{
	const struct vms_source *source = reader->source;
	size_t i = find_segment(reader, paddr);
	const struct vms_segment *segment = &source->segments[i];

	if (i == source->nr_segments || paddr < segment->start ||
	    paddr >= segment->data_end)
		return 0;
	return vms_windows_read(&reader->windows,
				segment->file_offset + (paddr - segment->start),
				buf, smaller(size, segment->data_end - paddr));
}

enum vms_read vms_reader_read(struct vms_reader *reader, vms_paddr_t paddr,
			      void *buf, size_t size, size_t *done_ret)
{
	const uint8_t *from;
	enum vms_read result;

	assert(size);
	*done_ret = reader->source->ops->read(reader, paddr, buf, size);
	if (*done_ret)
		return VMS_READ_OK;
	result = vms_reader_view(reader, paddr, size, &from, done_ret);
	if (result == VMS_READ_OK)
		memcpy(buf, from, *done_ret);
	return result;
}

enum vms_read vms_reader_copy(struct vms_reader *reader, vms_paddr_t paddr,
			      void *buf, size_t size)
{
	uint8_t *to = buf;

	while (size) {
		const uint8_t *from;
		size_t part;
		enum vms_read result;

		result = vms_reader_view(reader, paddr, size, &from, &part);
		if (result != VMS_READ_OK)
			return result;
		memcpy(to, from, part);
		to += part;
		paddr += part;
		size -= part;
	}
	return VMS_READ_OK;
}

/* Which of two fates in one page is the page's. */
static enum vms_read worse(enum vms_read a, enum vms_read b)
{
	static const int rank[] = {
		[VMS_READ_ABSENT] = 0, [VMS_READ_LEFT_OUT] = 1,
		[VMS_READ_OK] = 2,     [VMS_READ_TRUNCATED] = 3,
		[VMS_READ_FAILED] = 4,
	};

	return rank[a] > rank[b] ? a : b;
}

enum vms_read vms_reader_page(struct vms_reader *reader, vms_paddr_t paddr,
			      void *buf, size_t page_size)
{
	enum vms_read page = VMS_READ_ABSENT;
	uint8_t *to = buf;

	assert(paddr % page_size == 0);
	while (page_size) {
		const uint8_t *from;
		size_t part;
		enum vms_read result;

		result = vms_reader_view(reader, paddr, page_size, &from,
					 &part);
		if (result == VMS_READ_OK)
			memcpy(to, from, part);
		else
			memset(to, 0, part);
		page = worse(page, result);
		to += part;
		paddr += part;
		page_size -= part;
	}
	return page;
}
