// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Gathers what the dump's headers say: utsname from the dead kernel's memory
 * (or what is left to know without it), CPUs from the notes, crash time from
 * VMCOREINFO. Does not know how headers look.
 */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/arch.h>
#include <vmsieve/kernel.h>
#include <vmsieve/limits.h>
#include <vmsieve/log.h>
#include <vmsieve/vm.h>

#include "dump_facts.h"

/* ELF note of a CPU's registers, include/uapi/linux/elf.h. */
#define NT_PRSTATUS 1U

const struct vms_note *vms_find_vmcoreinfo(const struct vms_source *source)
{
	size_t count;
	const struct vms_note *notes = vms_source_notes(source, &count);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(notes[i].name, "VMCOREINFO"))
			return &notes[i];
	return NULL;
}

/* Another VMCOREINFO would describe another kernel: only one can be right. */
static void warn_several(const struct vms_source *source, struct vms_log *log)
{
	size_t count;
	const struct vms_note *notes = vms_source_notes(source, &count);
	unsigned int found = 0;

	for (size_t i = 0; i < count; i++)
		found += !strcmp(notes[i].name, "VMCOREINFO");
	if (found > 1)
		vms_log_warn(log, "the input has %u VMCOREINFO notes, the "
			     "first is used", found);
}

static uint32_t count_cpus(const struct vms_source *source)
{
	size_t count;
	const struct vms_note *notes = vms_source_notes(source, &count);
	uint32_t cpus = 0;

	for (size_t i = 0; i < count; i++)
		if (notes[i].type == NT_PRSTATUS &&
		    !strcmp(notes[i].name, "CORE"))
			cpus++;
	/* Readers warn about a dump without any CPU. */
	return cpus ? cpus : 1;
}

struct vms_error *vms_load_kernel(const struct vms_source *source,
				  struct vms_log *log, struct vms_kernel **ret)
{
	const struct vms_source_info *info = vms_source_info(source);
	const struct vms_note *note = vms_find_vmcoreinfo(source);
	VMS_CLEANUP(free) char *text = NULL;
	size_t size = 0;
	struct vms_error *err;

	warn_several(source, log);
	if (note) {
		size = note->desc_size < VMS_CAP_VMCOREINFO_BYTES ?
			       note->desc_size : VMS_CAP_VMCOREINFO_BYTES;
		if (size < note->desc_size)
			vms_log_warn(log, "VMCOREINFO has %llu bytes, the "
				     "first %zu are used",
				     (unsigned long long)note->desc_size, size);
		text = malloc(size ? size : 1);
		if (!text)
			return vms_error_no_memory();
		err = vms_source_read_notes(source, note->desc_offset, text,
					    size);
		if (err) {
			vms_log_warn(log, "VMCOREINFO cannot be read: %s",
				     vms_error_text(err));
			vms_error_destroy(err);
			size = 0;
		}
	}
	return vms_kernel_create(text ? text : "", size, info->endian,
				 info->is_64bit, log, ret);
}

struct vms_error *vms_check_machine(const struct vms_source *source,
				    const struct vms_kernel *kernel)
{
	const struct vms_source_info *info = vms_source_info(source);
	const struct vms_arch_ops *arch = vms_arch_of_kernel(kernel);

	if (!arch || (arch->elf_machine == info->machine &&
		      arch->is_64bit == info->is_64bit))
		return NULL;
	return vms_error_create(VMS_ERR_INPUT,
				"e_machine (file offset 18) is %u, but "
				"VMCOREINFO is of a kernel for %s, whose "
				"e_machine is %u", info->machine, arch->name,
				arch->elf_machine);
}

/* utsname without the kernel's memory: enough for readers to open the file. */
static void utsname_fallback(const struct vms_kernel *kernel,
			     const struct vms_arch_ops *arch,
			     struct vms_dump_info *info)
{
	memset(info->utsname, 0, sizeof(info->utsname));
	memcpy(info->utsname[0], "Linux", sizeof("Linux"));
	strncpy(info->utsname[2], vms_kernel_release(kernel),
		sizeof(info->utsname[2]) - 1);
	if (arch)
		strncpy(info->utsname[4], arch->uts_machine,
			sizeof(info->utsname[4]) - 1);
}

static struct vms_error *read_utsname(struct vms_vm *vm,
				      struct vms_dump_info *info)
{
	VMS_CLEANUP(vm_cursor) struct vms_vm_cursor *cursor = NULL;
	vms_vaddr_t name;
	struct vms_error *err;

	name = vms_vm_arch(vm) ? vms_arch_uts_name(vms_vm_arch(vm)) : 0;
	if (!name)
		return vms_error_create(VMS_ERR_NOT_FOUND,
					"no address translation");
	err = vms_vm_cursor_create(vm, VMS_MIN_WINDOW_BYTES, &cursor);
	if (err)
		return err;
	if (vms_vm_read(cursor, name, info->utsname, sizeof(info->utsname)) !=
	    VMS_READ_OK)
		return vms_error_create(VMS_ERR_UNREADABLE,
					"init_uts_ns at %#llx cannot be read",
					(unsigned long long)name);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(info->utsname); i++)
		info->utsname[i][sizeof(info->utsname[i]) - 1] = '\0';
	return NULL;
}

static struct vms_error *read_notes(void *ctx, uint64_t offset, void *buf,
				    size_t size)
{
	return vms_source_read_notes(ctx, offset, buf, size);
}

struct vms_error *vms_gather_dump_info(struct vms_source *source,
				       const struct vms_kernel *kernel,
				       struct vms_vm *vm, struct vms_log *log,
				       struct vms_dump_info *info)
{
	const struct vms_source_info *from = vms_source_info(source);
	const struct vms_note *note = vms_find_vmcoreinfo(source);
	struct vms_error *err = read_utsname(vm, info);

	if (err) {
		if (vms_error_code(err) == VMS_ERR_NO_MEMORY)
			return err;
		vms_log_warn(log, "utsname is not known: %s",
			     vms_error_text(err));
		vms_error_destroy(err);
		utsname_fallback(kernel,
				 vms_arch_find(from->machine, from->is_64bit),
				 info);
	}
	info->page_size = vms_kernel_page_size(kernel);
	info->crash_time = (int64_t)vms_kernel_get_or(kernel,
						      VMS_FACT_CRASHTIME, 0);
	info->nr_cpus = count_cpus(source);
	info->phys_base = vms_vm_arch(vm) ?
				  vms_arch_phys_base(vms_vm_arch(vm)) : 0;
	info->input_incomplete = from->incomplete;
	info->endian = from->endian;
	info->notes = (struct vms_dump_notes){
		.size = vms_source_notes_size(source),
		.read = read_notes,
		.ctx = source,
	};
	info->vmcoreinfo_offset = note ? note->desc_offset : 0;
	info->vmcoreinfo_size = note ? note->desc_size : 0;
	return NULL;
}
