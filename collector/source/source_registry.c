// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input formats, how one is chosen, and the life of an open source. Must
 * not know how any format looks beyond its first bytes.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "elf_core.h"
#include "source_priv.h"

/* Tried in this order. */
static const struct vms_source_ops *const formats[] = {
	&vms_elf_core_ops,
};

/* Known, and refused by name: the first bytes of each. */
static const struct {
	const char *magic;
	const char *what;
} refused[] = {
	/* struct disk_dump_header: makedumpfile, QEMU */
	{ "KDUMP   ", "a kdump-compressed dump" },
	{ "DISKDUMP", "a diskdump" },
	/* struct makedumpfile_header */
	{ "makedumpfile", "a flattened dump: rearrange it first" },
	{ "\x1f\x8b", "compressed with gzip: decompress it first" },
	{ "\x28\xb5\x2f\xfd", "compressed with zstd: decompress it first" },
	{ "\xfd" "7zXZ", "compressed with xz: decompress it first" },
};

const struct vms_source_ops *const *vms_source_formats(size_t *count_ret)
{
	*count_ret = VMS_ARRAY_SIZE(formats);
	return formats;
}

struct vms_error *vms_source_doubt(struct vms_source *source,
				   struct vms_log_limit *limit,
				   enum vms_error_code code, const char *fmt,
				   ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	if (!source->lenient)
		return vms_error_create(code, "%s", text);
	if (limit)
		vms_log_warn_limited(source->log, limit, "%s: %s", source->path,
				     text);
	else
		vms_log_warn(source->log, "%s: %s", source->path, text);
	return NULL;
}

static struct vms_error *refuse_format(const struct vms_source *source)
{
	char bytes[3 * 8 + 1] = "";

	for (size_t i = 0; i < VMS_ARRAY_SIZE(refused); i++) {
		size_t size = strlen(refused[i].magic);

		if (source->head_size >= size &&
		    !memcmp(source->head, refused[i].magic, size))
			return vms_error_create(VMS_ERR_UNSUPPORTED,
						"is %s; only an ELF vmcore can be read",
						refused[i].what);
	}
	if (source->head_size == 0)
		return vms_error_create(VMS_ERR_TRUNCATED, "is empty (0 bytes)");
	for (size_t i = 0; i < 8 && i < source->head_size; i++)
		snprintf(bytes + 3 * i, sizeof(bytes) - 3 * i, " %02x",
			 source->head[i]);
	return vms_error_create(VMS_ERR_UNSUPPORTED,
				"is not a vmcore: an ELF file begins with 7f 45 4c 46, this one with%s",
				bytes);
}

static struct vms_error *choose_format(struct vms_source *source)
{
	for (size_t i = 0; i < VMS_ARRAY_SIZE(formats); i++) {
		if (formats[i]->probe(source->head, source->head_size)) {
			source->ops = formats[i];
			source->info.format = formats[i]->name;
			return NULL;
		}
	}
	return refuse_format(source);
}

/* A dump without one byte of memory is of no use to anybody. */
static struct vms_error *check_memory(const struct vms_source *source)
{
	for (size_t i = 0; i < source->nr_segments; i++) {
		const struct vms_segment *segment = &source->segments[i];

		if (segment->start < segment->data_end &&
		    segment->file_offset < source->read_limit)
			return NULL;
	}
	return vms_error_create(source->nr_loads ? VMS_ERR_TRUNCATED :
						   VMS_ERR_INPUT,
				"no memory can be read: %zu memory segments, none of them has bytes in the file (%" PRIu64
				" bytes)",
				source->nr_loads, source->info.file_size);
}

static struct vms_error *open_format(struct vms_source *source)
{
	struct vms_error *err = choose_format(source);

	if (err)
		return err;
	err = source->ops->open(source);
	vms_log_limit_end(source->log, &source->limits.headers,
			  "unsound program headers");
	vms_log_limit_end(source->log, &source->limits.notes,
			  "unsound notes");
	vms_log_limit_end(source->log, &source->limits.overlaps,
			  "segments that overlap and differ");
	return err ? err : check_memory(source);
}

struct vms_error *vms_source_open(const char *path,
				  const struct vms_source_options *options,
				  struct vms_log *log, struct vms_source **ret)
{
	VMS_CLEANUP(source) struct vms_source *source = NULL;
	struct vms_error *err;

	source = calloc(1, sizeof(*source));
	if (!source)
		return vms_error_no_memory();
	source->fd = -1;
	source->log = log;
	source->path = strdup(path);
	if (!source->path)
		return vms_error_no_memory();
	err = vms_source_file_open(source, path, options);
	if (!err)
		err = open_format(source);
	if (err)
		return vms_error_wrap(err, "%s", path);
	source->log = NULL;
	*ret = vms_take_ptr(source);
	return NULL;
}

void vms_source_destroy(struct vms_source *source)
{
	if (!source)
		return;
	if (source->ops)
		source->ops->close(source);
	free(source->path);
	if (source->fd >= 0)
		close(source->fd);
	free(source);
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

const struct vms_note *vms_source_notes(const struct vms_source *source,
					size_t *count_ret)
{
	*count_ret = source->nr_notes;
	return source->notes;
}

const struct vms_segment *vms_source_find(const struct vms_source *source,
					  vms_paddr_t paddr)
{
	size_t i = vms_segments_search(source->segments, source->nr_segments,
				       paddr);

	if (i == source->nr_segments || paddr < source->segments[i].start)
		return NULL;
	return &source->segments[i];
}
