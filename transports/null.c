// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The target of a dry run: takes everything, keeps nothing, counts. Knows
 * nothing of dumps.
 */
#include <inttypes.h>
#include <stdlib.h>

#include <vmsieve/checked.h>
#include <vmsieve/log.h>

#include "transports.h"

struct null_sink {
	struct vms_sink base;
	struct vms_log *log;
	uint64_t size;		/* of the file that is not there */
	uint64_t written;	/* bytes given to write_at */
	uint64_t writes;
};

static struct null_sink *null_sink(struct vms_sink *sink)
{
	return (struct null_sink *)sink;
}

static struct vms_error *null_write_at(struct vms_sink *sink, uint64_t offset,
				       const void *data, size_t size)
{
	struct null_sink *s = null_sink(sink);
	uint64_t end;

	(void)data;
	if (!vms_add_u64(offset, size, &end))
		return vms_error_create(VMS_ERR_NO_SPACE,
					"null: write at offset 0x%" PRIx64
					" passes the end of offsets", offset);
	if (end > s->size)
		s->size = end;
	s->written += size;
	s->writes++;
	return NULL;
}

static struct vms_error *null_set_size(struct vms_sink *sink, uint64_t size)
{
	null_sink(sink)->size = size;
	return NULL;
}

static struct vms_error *null_sync(struct vms_sink *sink)
{
	(void)sink;
	return NULL;
}

static struct vms_error *null_commit(struct vms_sink *sink)
{
	(void)sink;
	return NULL;
}

static struct vms_error *null_free_space(struct vms_sink *sink, uint64_t *ret)
{
	(void)sink;
	*ret = UINT64_MAX;
	return NULL;
}

static void null_close(struct vms_sink *sink, enum vms_sink_fate fate)
{
	struct null_sink *s = null_sink(sink);

	(void)fate;
	vms_log_print(s->log, VMS_MSG_DEBUG,
		      "null target: %" PRIu64 " bytes in %" PRIu64
		      " writes, file size %" PRIu64,
		      s->written, s->writes, s->size);
	free(s);
}

static const char *null_path(const struct vms_sink *sink)
{
	(void)sink;
	return "(dry run, no file)";
}

static const struct vms_sink_ops null_sink_ops = {
	.name = "null",
	.caps = VMS_SINK_RANDOM_WRITE | VMS_SINK_SYNC | VMS_SINK_RENAME,
	.write_at = null_write_at,
	.set_size = null_set_size,
	.sync = null_sync,
	.commit = null_commit,
	.free_space = null_free_space,
	.close = null_close,
	.path = null_path,
};

static struct vms_error *null_open(const struct vms_target *target,
				   struct vms_log *log, struct vms_sink **ret)
{
	struct null_sink *s = calloc(1, sizeof(*s));

	(void)target;
	if (!s)
		return vms_error_no_memory();
	s->base.ops = &null_sink_ops;
	s->log = log;
	*ret = &s->base;
	return NULL;
}

const struct vms_transport_ops vms_transport_null = {
	.name = "null",
	.open = null_open,
};
