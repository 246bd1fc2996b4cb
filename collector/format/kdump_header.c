// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Main header and sub header of a kdump-compressed file, in the byte order of
 * the crashed machine. Knows no pages and no sink.
 */
#include <string.h>

#include <vmsieve/checked.h>

#include "kdump_priv.h"

static uint64_t cut_u32(uint64_t v)
{
	return v < UINT32_MAX ? v : UINT32_MAX;
}

/* The last byte stays NUL, whatever the crashed kernel's memory holds. */
static void fill_utsname(const struct vms_dump_info *info, void *block)
{
	_Static_assert(VMS_KD_H_DOMAINNAME == VMS_KD_H_SYSNAME + 5,
		       "the six names follow each other");

	for (unsigned int i = 0; i < VMS_ARRAY_SIZE(info->utsname); i++) {
		enum vms_kd_id id = (enum vms_kd_id)(VMS_KD_H_SYSNAME + i);
		size_t width = vms_kd_member(id).width;

		memcpy(vms_kd_at(block, id), info->utsname[i],
		       strnlen(info->utsname[i], width - 1));
	}
}

/*
 * tv_usec stays 0: libkdumpfile tries the 32-bit layout first, where these
 * bytes are the block size. The block counts after max_mapnr are of the
 * format's ancestor and read by nobody.
 */
void kd_header_fill(const struct vms_dump_info *info,
		    const struct kd_areas *areas, uint32_t status, void *block)
{
	enum vms_endian e = info->endian;

	memcpy(vms_kd_at(block, VMS_KD_H_SIGNATURE), VMS_KD_SIGNATURE,
	       vms_kd_member(VMS_KD_H_SIGNATURE).width);
	vms_kd_put(block, VMS_KD_H_VERSION, VMS_KD_VERSION, e);
	fill_utsname(info, block);
	vms_kd_put(block, VMS_KD_H_TV_SEC, (uint64_t)info->crash_time, e);
	vms_kd_put(block, VMS_KD_H_STATUS, status, e);
	vms_kd_put(block, VMS_KD_H_BLOCK_SIZE, areas->block_size, e);
	vms_kd_put(block, VMS_KD_H_SUB_HDR_SIZE, areas->sub_hdr_blocks, e);
	vms_kd_put(block, VMS_KD_H_BITMAP_BLOCKS, areas->bitmap_blocks, e);
	vms_kd_put(block, VMS_KD_H_MAX_MAPNR, cut_u32(areas->max_mapnr), e);
	/* crash warns about 0 CPUs and about numbers below. */
	vms_kd_put(block, VMS_KD_H_NR_CPUS,
		   info->nr_cpus && info->nr_cpus <= INT32_MAX ? info->nr_cpus :
								 1, e);
}

/* split, start_pfn and end_pfn are for sets of files only: 0 here. */
void kd_sub_header_fill(const struct vms_dump_info *info,
			const struct kd_areas *areas, void *buf)
{
	enum vms_endian e = info->endian;

	vms_kd_put(buf, VMS_KD_S_PHYS_BASE, info->phys_base, e);
	vms_kd_put(buf, VMS_KD_S_DUMP_LEVEL, info->dump_level, e);
	if (info->vmcoreinfo_size &&
	    vms_inside_u64(info->vmcoreinfo_offset, info->vmcoreinfo_size,
			   info->notes.size)) {
		vms_kd_put(buf, VMS_KD_S_VMCOREINFO,
			   areas->notes + info->vmcoreinfo_offset, e);
		vms_kd_put(buf, VMS_KD_S_VMCOREINFO_SIZE,
			   info->vmcoreinfo_size, e);
	}
	if (info->notes.size) {
		vms_kd_put(buf, VMS_KD_S_NOTE, areas->notes, e);
		vms_kd_put(buf, VMS_KD_S_NOTE_SIZE, info->notes.size, e);
	}
	vms_kd_put(buf, VMS_KD_S_MAX_MAPNR_64, areas->max_mapnr, e);
}
