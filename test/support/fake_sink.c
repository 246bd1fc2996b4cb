// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The failing sink. A file is an array of blocks, each with a mark whether the
 * target gave it room. Knows no formats.
 */
#include "fake_sink.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK 4096U
/* Tests that need more than this use a real file. */
#define MAX_BYTES (256U << 20)
#define MAX_WRITES (1U << 16)

struct fake_sink {
	struct vms_sink base;
	struct fake_sink_faults faults;
	uint8_t *data;
	bool *has_block;	/* written once */
	size_t size;
	size_t room;		/* whole blocks that data has */
	uint64_t blocks_used;
	uint64_t taken;
	unsigned int syncs;
	bool committed;
	struct fake_sink_write *writes;
	size_t nr_writes;
};

static struct fake_sink *fake(struct vms_sink *sink)
{
	return (struct fake_sink *)sink;
}

static const struct fake_sink *fake_const(const struct vms_sink *sink)
{
	return (const struct fake_sink *)sink;
}

static bool grow(struct fake_sink *f, uint64_t size)
{
	size_t room = f->room ? f->room : BLOCK;

	if (size > MAX_BYTES)
		return false;
	while (room < size)
		room *= 2;
	if (room != f->room) {
		uint8_t *data = realloc(f->data, room);
		bool *has = realloc(f->has_block, room / BLOCK);

		if (data)
			f->data = data;
		if (has)
			f->has_block = has;
		if (!data || !has)
			return false;
		memset(data + f->room, 0, room - f->room);
		memset(has + f->room / BLOCK, 0, (room - f->room) / BLOCK);
		f->room = room;
	}
	if (size > f->size)
		f->size = (size_t)size;
	return true;
}

/* Room for the block at offset, from what the target has left. */
static bool allot(struct fake_sink *f, uint64_t offset)
{
	bool *has = &f->has_block[offset / BLOCK];

	if (*has)
		return true;
	if (f->blocks_used == f->faults.blocks)
		return false;
	f->blocks_used++;
	*has = true;
	return true;
}

/* left, cut so that no aligned word of 8 bytes is torn. */
static size_t to_word(uint64_t offset, uint64_t left)
{
	uint64_t end = (offset + left) & ~7ULL;

	return end > offset ? (size_t)(end - offset) : 0;
}

/* Writes at most up to the end of a block; how much, or -errno. */
static int write_some(struct fake_sink *f, uint64_t offset, const uint8_t *p,
		      size_t size)
{
	size_t n = BLOCK - (size_t)(offset % BLOCK);
	uint64_t left = f->faults.fail_after - f->taken;

	if (n > size)
		n = size;
	if (f->faults.fail_after != FAKE_SINK_NEVER && n > left)
		n = to_word(offset, left);
	if (!n) {
		if (f->faults.once)
			f->faults.fail_after = FAKE_SINK_NEVER;
		return -f->faults.errnum;
	}
	if (!grow(f, offset + n))
		return -EFBIG;
	if (!allot(f, offset))
		return -ENOSPC;
	memcpy(f->data + offset, p, n);
	f->taken += n;
	return (int)n;
}

static bool note_write(struct fake_sink *f, uint64_t offset, size_t size)
{
	if (!f->writes)
		f->writes = calloc(MAX_WRITES, sizeof(*f->writes));
	if (!f->writes || f->nr_writes == MAX_WRITES)
		return false;
	f->writes[f->nr_writes++] = (struct fake_sink_write){ offset, size };
	return true;
}

static struct vms_error *fake_write_at(struct vms_sink *sink, uint64_t offset,
				       const void *data, size_t size)
{
	struct fake_sink *f = fake(sink);
	const uint8_t *p = data;

	if (!note_write(f, offset, size))
		return vms_error_no_memory();
	while (size) {
		int n = write_some(f, offset, p, size);

		if (n < 0)
			return vms_error_system(-n, "fake: write of %zu bytes "
						"at %" PRIu64, size, offset);
		p += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return NULL;
}

static struct vms_error *fake_set_size(struct vms_sink *sink, uint64_t size)
{
	struct fake_sink *f = fake(sink);

	if (f->faults.fail_set_size || !grow(f, size))
		return vms_error_system(EFBIG, "fake: size %" PRIu64, size);
	return NULL;
}

static struct vms_error *fake_sync(struct vms_sink *sink)
{
	struct fake_sink *f = fake(sink);

	f->syncs++;
	if (f->faults.fail_sync && f->syncs >= f->faults.fail_sync)
		return vms_error_system(EIO, "fake: sync");
	return NULL;
}

static struct vms_error *fake_commit(struct vms_sink *sink)
{
	struct vms_error *err = fake_sync(sink);

	if (!err)
		fake(sink)->committed = true;
	return err;
}

static struct vms_error *fake_free_space(struct vms_sink *sink, uint64_t *ret)
{
	struct fake_sink *f = fake(sink);

	*ret = f->faults.blocks == FAKE_SINK_NEVER ?
	       UINT64_MAX : (f->faults.blocks - f->blocks_used) * BLOCK;
	return NULL;
}

static void fake_close(struct vms_sink *sink, enum vms_sink_fate fate)
{
	struct fake_sink *f = fake(sink);

	(void)fate;
	free(f->writes);
	free(f->has_block);
	free(f->data);
	free(f);
}

static const char *fake_path(const struct vms_sink *sink)
{
	return fake_const(sink)->committed ? "fake" : "fake.incomplete";
}

static const struct vms_sink_ops fake_ops = {
	.name = "fake",
	.caps = VMS_SINK_RANDOM_WRITE | VMS_SINK_SYNC | VMS_SINK_RENAME |
		VMS_SINK_FREE_SPACE,
	.write_at = fake_write_at,
	.set_size = fake_set_size,
	.sync = fake_sync,
	.commit = fake_commit,
	.free_space = fake_free_space,
	.close = fake_close,
	.path = fake_path,
};

static const struct vms_sink_ops fake_append_ops = {
	.name = "fake append-only",
	.write_at = fake_write_at,
	.set_size = fake_set_size,
	.sync = fake_sync,
	.commit = fake_commit,
	.free_space = fake_free_space,
	.close = fake_close,
	.path = fake_path,
};

struct fake_sink_faults fake_sink_no_faults(void)
{
	return (struct fake_sink_faults){
		.fail_after = FAKE_SINK_NEVER,
		.errnum = EIO,
		.blocks = FAKE_SINK_NEVER,
	};
}

struct vms_sink *fake_sink_create(const struct fake_sink_faults *faults)
{
	struct fake_sink *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->base.ops = faults->no_random_write ? &fake_append_ops : &fake_ops;
	f->faults = *faults;
	return &f->base;
}

void fake_sink_limit(struct vms_sink *sink, uint64_t blocks)
{
	fake(sink)->faults.blocks = fake(sink)->blocks_used + blocks;
}

const uint8_t *fake_sink_data(const struct vms_sink *sink, size_t *size_ret)
{
	*size_ret = fake_const(sink)->size;
	return fake_const(sink)->data;
}

const struct fake_sink_write *fake_sink_writes(const struct vms_sink *sink,
					       size_t *count_ret)
{
	*count_ret = fake_const(sink)->nr_writes;
	return fake_const(sink)->writes;
}

uint64_t fake_sink_taken(const struct vms_sink *sink)
{
	return fake_const(sink)->taken;
}

bool fake_sink_is_hole(const struct vms_sink *sink, uint64_t offset)
{
	const struct fake_sink *f = fake_const(sink);

	return offset >= f->room || !f->has_block[offset / BLOCK];
}

unsigned int fake_sink_syncs(const struct vms_sink *sink)
{
	return fake_const(sink)->syncs;
}

bool fake_sink_committed(const struct vms_sink *sink)
{
	return fake_const(sink)->committed;
}
