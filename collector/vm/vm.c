// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Puts the crashed kernel's address space together: architecture, memory
 * model, nodes, and the pages that a reader of the dump will need as well.
 * Knows nothing of what is left out.
 */
#include <inttypes.h>
#include <string.h>

#include <vmsieve/page_view.h>

#include "vm_private.h"

static void set_ram(struct vms_vm *vm)
{
	vm->page_shift = vms_kernel_page_shift(vm->kernel);
	vm->plan.page_shift = vm->page_shift;
	vm->plan.segments = vms_source_segments(vm->source,
						&vm->plan.nr_segments);
	vm->end_pfn = vms_plan_end_pfn(&vm->plan);
}

static struct vms_error *set_arch(struct vms_vm *vm,
				  struct vms_vm_cursor *cursor)
{
	const struct vms_source_info *info = vms_source_info(vm->source);
	const struct vms_arch_ops *ops = vms_arch_find(info->machine,
						       info->is_64bit);
	size_t nr_loads;
	const struct vms_load *loads = vms_source_loads(vm->source, &nr_loads);
	struct vms_error *err;

	if (!ops) {
		vms_log_warn(vm->log,
			     "no address translation for machine %u (%s-bit)",
			     info->machine, info->is_64bit ? "64" : "32");
		return NULL;
	}
	err = vms_arch_create(ops, vm->kernel, loads, nr_loads,
			      &cursor->memory, vm->log, &vm->arch);
	if (err && vms_error_code(err) != VMS_ERR_NO_MEMORY) {
		vms_log_warn(vm->log, "no address translation: %s",
			     vms_error_text(err));
		vms_error_destroy(err);
		return NULL;
	}
	return err;
}

/*
 * Whoever reads the dump begins at these symbols. Their size is not known:
 * the page of their first byte is remembered.
 */
static void remember_symbols(struct vms_vm_cursor *cursor)
{
	static const char prefix[] = "SYMBOL(";
	const struct vms_kernel *kernel = cursor->vm->kernel;

	for (int i = 0; i < VMS_NR_FACTS; i++) {
		enum vms_fact fact = (enum vms_fact)i;
		const struct vms_leaf *leaf;
		enum vms_read why;
		uint64_t vaddr;

		if (strncmp(vms_fact_key(fact), prefix, sizeof(prefix) - 1) ||
		    !vms_kernel_has(kernel, fact))
			continue;
		vaddr = vms_kernel_get(kernel, fact);
		leaf = vms_vm_leaf(cursor, vaddr, &why);
		if (leaf)
			vms_vm_remember(cursor,
					leaf->paddr + (vaddr - leaf->start), 1);
	}
}

static struct vms_error *set_up(struct vms_vm *vm)
{
	struct vms_vm_cursor *cursor VMS_CLEANUP(vm_cursor) = NULL;
	struct vms_error *err = vms_vm_cursor_create(
		vm, VMS_MIN_WINDOW_BYTES, &cursor);

	if (!err)
		err = set_arch(vm, cursor);
	if (err || !vm->arch)
		return err;
	err = vms_vm_find_nodes(vm, cursor);
	if (!err)
		err = vms_memmap_choose(vm, cursor);
	if (err)
		return err;
	remember_symbols(cursor);
	if (cursor->used_full)
		return vms_error_no_memory();
	vm->used = vms_take_ptr(cursor->used);
	return NULL;
}

struct vms_error *vms_vm_create(struct vms_source *source,
				const struct vms_kernel *kernel,
				struct vms_log *log, struct vms_vm **ret)
{
	struct vms_vm *vm VMS_CLEANUP(vm) = calloc(1, sizeof(*vm));
	const struct vms_page_layout *layout = vms_kernel_page_layout(kernel);
	struct vms_error *err;

	if (!vm)
		return vms_error_no_memory();
	vm->source = source;
	vm->kernel = kernel;
	vm->log = log;
	vm->struct_bytes = layout ? vms_page_layout_size(layout) : 0;
	set_ram(vm);
	err = set_up(vm);
	if (err)
		return err;
	vm->log = NULL;
	*ret = vms_take_ptr(vm);
	return NULL;
}

void vms_vm_destroy(struct vms_vm *vm)
{
	if (!vm)
		return;
	vms_pageset_destroy(vm->used);
	free(vm->nodes);
	free(vm->sparse.twice);
	vms_arch_destroy(vm->arch);
	free(vm);
}

const struct vms_arch *vms_vm_arch(const struct vms_vm *vm)
{
	return vm->arch;
}

const char *vms_vm_model(const struct vms_vm *vm)
{
	return vm->model ? vm->model->name : NULL;
}
