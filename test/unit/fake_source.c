// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the vm room uses of a source, over a fake memory. Views end at page
 * ends, so that every loop over them is exercised.
 */
#include <assert.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "fake_source.h"

struct vms_reader {
	struct vms_source *source;
};

void fake_source_init(struct vms_source *source, struct fake_memory *mem)
{
	*source = (struct vms_source){
		.mem = mem,
		.info = { .format = "fake", .machine = EM_X86_64,
			  .endian = VMS_LITTLE_ENDIAN, .is_64bit = true },
	};
}

void fake_segment(struct vms_source *source, vms_paddr_t start,
		  vms_paddr_t data_end, vms_paddr_t end)
{
	assert(source->nr_segments < FAKE_MAX);
	source->segments[source->nr_segments++] = (struct vms_segment){
		.start = start, .data_end = data_end, .end = end,
	};
}

void fake_load(struct vms_source *source, vms_vaddr_t vaddr, vms_paddr_t paddr,
	       uint64_t size)
{
	assert(source->nr_loads < FAKE_MAX);
	source->loads[source->nr_loads++] =
		(struct vms_load){ vaddr, paddr, size };
}

const struct vms_source_info *vms_source_info(const struct vms_source *source)
{
	return &source->info;
}

const struct vms_segment *vms_source_segments(const struct vms_source *source,
					      size_t *count_ret)
{
	*count_ret = source->nr_segments;
	return source->segments;
}

const struct vms_load *vms_source_loads(const struct vms_source *source,
					size_t *count_ret)
{
	*count_ret = source->nr_loads;
	return source->loads;
}

const struct vms_segment *vms_source_find(const struct vms_source *source,
					  vms_paddr_t paddr)
{
	for (size_t i = 0; i < source->nr_segments; i++)
		if (paddr >= source->segments[i].start &&
		    paddr < source->segments[i].end)
			return &source->segments[i];
	return NULL;
}

struct vms_error *vms_reader_create(struct vms_source *source,
				    size_t window_bytes,
				    struct vms_reader **ret)
{
	struct vms_reader *reader = calloc(1, sizeof(*reader));

	(void)window_bytes;
	if (!reader)
		return vms_error_no_memory();
	reader->source = source;
	*ret = reader;
	return NULL;
}

void vms_reader_destroy(struct vms_reader *reader)
{
	free(reader);
}

static bool is_bad(const struct vms_source *source, vms_paddr_t paddr)
{
	for (size_t i = 0; i < source->nr_bad; i++)
		if (source->bad[i] == paddr - paddr % FAKE_PAGE)
			return true;
	return false;
}

enum vms_read vms_reader_view(struct vms_reader *reader, vms_paddr_t paddr,
			      size_t size, const uint8_t **ret,
			      size_t *size_ret)
{
	struct vms_source *source = reader->source;
	const struct vms_segment *segment = vms_source_find(source, paddr);
	size_t left = FAKE_PAGE - (size_t)(paddr % FAKE_PAGE);

	assert(size);
	source->views++;
	if (size > left)
		size = left;
	*size_ret = size;
	if (!segment) {
		*size_ret = 1;
		return VMS_READ_ABSENT;
	}
	if (paddr >= segment->data_end)
		return VMS_READ_LEFT_OUT;
	if (is_bad(source, paddr))
		return VMS_READ_FAILED;
	if (size > segment->data_end - paddr)
		size = (size_t)(segment->data_end - paddr);
	source->viewed += size;
	*size_ret = size;
	*ret = fake_page_read(source->mem, paddr) + paddr % FAKE_PAGE;
	return VMS_READ_OK;
}

enum vms_read vms_reader_copy(struct vms_reader *reader, vms_paddr_t paddr,
			      void *buf, size_t size)
{
	uint8_t *to = buf;
	size_t done = 0;

	while (done < size) {
		const uint8_t *bytes;
		size_t count;
		enum vms_read read = vms_reader_view(reader, paddr + done,
						     size - done, &bytes,
						     &count);

		if (read != VMS_READ_OK)
			return read;
		memcpy(to + done, bytes, count);
		done += count;
	}
	return VMS_READ_OK;
}
