/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the dump's headers say, gathered from source, kernel and memory. */
#ifndef VMS_DUMP_FACTS_H
#define VMS_DUMP_FACTS_H

#include <vmsieve/error.h>
#include <vmsieve/format.h>

struct vms_kernel;
struct vms_log;
struct vms_source;
struct vms_vm;

/** The VMCOREINFO note, or NULL. */
const struct vms_note *vms_find_vmcoreinfo(const struct vms_source *source);
/** VMCOREINFO of the source as a kernel; without the note, one without facts. */
struct vms_error *vms_load_kernel(const struct vms_source *source,
				  struct vms_log *log,
				  struct vms_kernel **ret) VMS_MUST_CHECK;
/** VMS_ERR_INPUT when VMCOREINFO and the ELF header name two machines. */
struct vms_error *vms_check_machine(const struct vms_source *source,
				    const struct vms_kernel *kernel)
	VMS_MUST_CHECK;
/** Fills everything of info but dump_level and compression. source is borrowed
 * for as long as info is used. */
struct vms_error *vms_gather_dump_info(struct vms_source *source,
				       const struct vms_kernel *kernel,
				       struct vms_vm *vm, struct vms_log *log,
				       struct vms_dump_info *info)
	VMS_MUST_CHECK;

#endif
