// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct fake_scratch *fake(struct vms_scratch *scratch)
{
	return (struct fake_scratch *)scratch;
}

static struct vms_error *fake_write_at(struct vms_scratch *scratch,
				       uint64_t offset, const void *data,
				       size_t size)
{
	struct fake_scratch *s = fake(scratch);

	if (size > s->cap || offset > s->cap - size)
		return vms_error_create(VMS_ERR_LIMIT, "fake scratch is full");
	s->writes++;
	if (s->fail_write && s->writes >= s->fail_write)
		return vms_error_system(ENOSPC, "fake write");
	if (offset + size > s->size) {
		uint8_t *grown = realloc(s->data, offset + size);

		if (!grown)
			return vms_error_no_memory();
		memset(grown + s->size, 0, offset + size - s->size);
		s->data = grown;
		s->size = offset + size;
	}
	if (!s->drop_writes)
		memcpy(s->data + offset, data, size);
	return NULL;
}

static struct vms_error *fake_read_at(struct vms_scratch *scratch,
				      uint64_t offset, void *buf, size_t size)
{
	struct fake_scratch *s = fake(scratch);
	unsigned int nth = atomic_fetch_add(&s->reads, 1) + 1;

	if ((s->fail_read && nth >= s->fail_read) || offset > s->size ||
	    size > s->size - offset)
		return vms_error_system(EIO, "fake read");
	memcpy(buf, s->data + offset, size);
	return NULL;
}

static void fake_destroy(struct vms_scratch *scratch)
{
	free(fake(scratch)->data);
	fake(scratch)->data = NULL;
}

void fake_scratch_init(struct fake_scratch *scratch, uint64_t cap)
{
	static const struct vms_scratch_ops ops = {
		.name = "fake",
		.write_at = fake_write_at,
		.read_at = fake_read_at,
		.destroy = fake_destroy,
	};

	memset(scratch, 0, sizeof(*scratch));
	scratch->base.ops = &ops;
	scratch->cap = cap;
}
