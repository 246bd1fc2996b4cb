// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Opens a kdump-compressed file for the tests: headers and areas, each value
 * checked before it is used. Knows nothing of the writer but the member list.
 */
#include "dumpread_priv.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vmsieve/checked.h>
#include <vmsieve/kdump_layout.h>

bool dumpread_fail(struct dumpread_error *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, args);
	va_end(args);
	return false;
}

static bool mem_read(const struct dumpread_io *io, uint64_t offset, void *buf,
		     size_t size)
{
	memcpy(buf, (const uint8_t *)io->mem + offset, size);
	return true;
}

static uint64_t mem_skip_hole(const struct dumpread_io *io, uint64_t offset)
{
	(void)io;
	return offset;
}

struct dumpread_io dumpread_io_mem(const void *mem, size_t size)
{
	return (struct dumpread_io){
		.size = size, .read = mem_read, .skip_hole = mem_skip_hole,
		.mem = mem, .fd = -1,
	};
}

static bool fd_read(const struct dumpread_io *io, uint64_t offset, void *buf,
		    size_t size)
{
	return pread(io->fd, buf, size, (off_t)offset) == (ssize_t)size;
}

static uint64_t fd_skip_hole(const struct dumpread_io *io, uint64_t offset)
{
	off_t data = lseek(io->fd, (off_t)offset, SEEK_DATA);

	return data < 0 ? io->size : (uint64_t)data;
}

struct dumpread_io dumpread_io_fd(int fd)
{
	struct stat st = { 0 };

	fstat(fd, &st);
	return (struct dumpread_io){
		.size = (uint64_t)st.st_size, .read = fd_read,
		.skip_hole = fd_skip_hole, .fd = fd,
	};
}

static bool get_header(struct dumpread_info *info, const uint8_t *h,
		       struct dumpread_error *err)
{
	enum vms_endian e = VMS_LITTLE_ENDIAN;

	if (memcmp(h, "KDUMP   ", 8))
		return dumpread_fail(err, "signature is not KDUMP");
	if (vms_kd_get(h, VMS_KD_H_VERSION, e) > UINT16_MAX)
		e = VMS_BIG_ENDIAN;
	info->endian = e;
	info->version = (uint32_t)vms_kd_get(h, VMS_KD_H_VERSION, e);
	info->status = (uint32_t)vms_kd_get(h, VMS_KD_H_STATUS, e);
	info->block_size = (uint32_t)vms_kd_get(h, VMS_KD_H_BLOCK_SIZE, e);
	info->sub_hdr_size = (uint32_t)vms_kd_get(h, VMS_KD_H_SUB_HDR_SIZE, e);
	info->bitmap_blocks =
		(uint32_t)vms_kd_get(h, VMS_KD_H_BITMAP_BLOCKS, e);
	info->max_mapnr_32 = (uint32_t)vms_kd_get(h, VMS_KD_H_MAX_MAPNR, e);
	info->nr_cpus = (uint32_t)vms_kd_get(h, VMS_KD_H_NR_CPUS, e);
	info->tv_sec = (int64_t)vms_kd_get(h, VMS_KD_H_TV_SEC, e);
	info->tv_usec = (int64_t)vms_kd_get(h, VMS_KD_H_TV_USEC, e);
	for (int i = 0; i < 6; i++)
		memcpy(info->utsname[i],
		       h + vms_kd_member((enum vms_kd_id)
					 (VMS_KD_H_SYSNAME + i)).offset, 65);
	return true;
}

static bool check_header(const struct dumpread_info *info,
			 struct dumpread_error *err)
{
	if (info->version != VMS_KD_VERSION)
		return dumpread_fail(err, "header_version %" PRIu32 ", only %u "
				     "is read", info->version, VMS_KD_VERSION);
	if (!vms_is_power_of_two(info->block_size) || info->block_size < 4096 ||
	    info->block_size > DUMPREAD_MAX_BLOCK)
		return dumpread_fail(err, "block_size %" PRIu32,
				     info->block_size);
	if (!info->sub_hdr_size || info->sub_hdr_size > INT32_MAX)
		return dumpread_fail(err, "sub_hdr_size %" PRIu32,
				     info->sub_hdr_size);
	if (!info->bitmap_blocks || info->bitmap_blocks % 2)
		return dumpread_fail(err, "bitmap_blocks %" PRIu32,
				     info->bitmap_blocks);
	if (!info->nr_cpus || info->nr_cpus > INT32_MAX)
		return dumpread_fail(err, "nr_cpus %" PRIu32, info->nr_cpus);
	if (info->tv_usec)
		return dumpread_fail(err, "tv_usec %" PRId64, info->tv_usec);
	return true;
}

static void get_sub_header(struct dumpread_info *info, const uint8_t *s)
{
	enum vms_endian e = info->endian;

	info->phys_base = vms_kd_get(s, VMS_KD_S_PHYS_BASE, e);
	info->dump_level = (uint32_t)vms_kd_get(s, VMS_KD_S_DUMP_LEVEL, e);
	info->split = (uint32_t)vms_kd_get(s, VMS_KD_S_SPLIT, e);
	info->start_pfn = vms_kd_get(s, VMS_KD_S_START_PFN_64, e);
	info->end_pfn = vms_kd_get(s, VMS_KD_S_END_PFN_64, e);
	info->vmcoreinfo = vms_kd_get(s, VMS_KD_S_VMCOREINFO, e);
	info->vmcoreinfo_size = vms_kd_get(s, VMS_KD_S_VMCOREINFO_SIZE, e);
	info->note = vms_kd_get(s, VMS_KD_S_NOTE, e);
	info->note_size = vms_kd_get(s, VMS_KD_S_NOTE_SIZE, e);
	info->eraseinfo = vms_kd_get(s, VMS_KD_S_ERASEINFO, e);
	info->eraseinfo_size = vms_kd_get(s, VMS_KD_S_ERASEINFO_SIZE, e);
	info->max_mapnr = vms_kd_get(s, VMS_KD_S_MAX_MAPNR_64, e);
}

static bool check_sub_header(const struct dumpread_info *info,
			     struct dumpread_error *err)
{
	uint64_t end = (1 + (uint64_t)info->sub_hdr_size) * info->block_size;
	uint64_t cut = info->max_mapnr < UINT32_MAX ? info->max_mapnr :
						      UINT32_MAX;

	if (info->max_mapnr_32 != cut)
		return dumpread_fail(err, "max_mapnr %" PRIu32 " but _64 %"
				     PRIu64, info->max_mapnr_32,
				     info->max_mapnr);
	if (info->max_mapnr > (uint64_t)info->bitmap_blocks / 2 * 8 *
			      info->block_size)
		return dumpread_fail(err, "max_mapnr %" PRIu64 " in bitmaps of "
				     "%" PRIu32 " blocks", info->max_mapnr,
				     info->bitmap_blocks);
	if (info->split || info->start_pfn || info->end_pfn)
		return dumpread_fail(err, "split sets are not read");
	if (info->note_size && !vms_inside_u64(info->note, info->note_size,
					       end))
		return dumpread_fail(err, "notes leave the sub header area");
	if (info->vmcoreinfo_size &&
	    (info->vmcoreinfo < info->note ||
	     !vms_inside_u64(info->vmcoreinfo - info->note,
			     info->vmcoreinfo_size, info->note_size)))
		return dumpread_fail(err, "vmcoreinfo leaves the notes");
	return true;
}

static bool read_headers(struct dumpread *r, struct dumpread_error *err)
{
	struct dumpread_info *info = &r->info;
	uint8_t h[VMS_KD_HEADER_BYTES];
	uint8_t s[VMS_KD_SUB_HEADER_BYTES];

	if (r->io.size < sizeof(h) || !r->io.read(&r->io, 0, h, sizeof(h)))
		return dumpread_fail(err, "no whole header");
	if (!get_header(info, h, err) || !check_header(info, err))
		return false;
	if (r->io.size < 2 * (uint64_t)info->block_size ||
	    !r->io.read(&r->io, info->block_size, s, sizeof(s)))
		return dumpread_fail(err, "no whole sub header");
	get_sub_header(info, s);
	return check_sub_header(info, err);
}

static bool place_areas(struct dumpread *r, struct dumpread_error *err)
{
	struct dumpread_info *info = &r->info;
	uint64_t bitmap = (uint64_t)info->bitmap_blocks / 2 * info->block_size;

	info->present = (1 + (uint64_t)info->sub_hdr_size) * info->block_size;
	info->kept = info->present + bitmap;
	info->descs = info->kept + bitmap;
	if (info->descs > r->io.size)
		return dumpread_fail(err, "bitmaps end at %" PRIu64 ", the "
				     "file at %" PRIu64, info->descs,
				     r->io.size);
	r->present.area = info->present;
	r->kept.area = info->kept;
	r->present.bytes = (info->max_mapnr + 7) / 8;
	r->kept.bytes = r->present.bytes;
	return true;
}

struct dumpread *dumpread_open(const struct dumpread_io *io,
			       struct dumpread_error *err)
{
	struct dumpread *r = calloc(1, sizeof(*r));

	if (!r) {
		dumpread_fail(err, "out of memory");
		return NULL;
	}
	r->io = *io;
	if (read_headers(r, err) && place_areas(r, err)) {
		r->stored = malloc(r->info.block_size);
		if (r->stored)
			return r;
		dumpread_fail(err, "out of memory");
	}
	dumpread_close(r);
	return NULL;
}

void dumpread_close(struct dumpread *r)
{
	if (!r)
		return;
	free(r->stored);
	free(r);
}

const struct dumpread_info *dumpread_info(const struct dumpread *r)
{
	return &r->info;
}
