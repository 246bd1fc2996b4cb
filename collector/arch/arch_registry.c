// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The list of architectures. A new one is a file with its table, and a line
 * here; nothing else knows which there are.
 */
#include "arch_private.h"

static const struct vms_arch_ops *const rows[] = {
	&vms_arch_x86_64,
};

const struct vms_arch_ops *const *vms_arch_rows(size_t *count_ret)
{
	*count_ret = VMS_ARRAY_SIZE(rows);
	return rows;
}

const struct vms_arch_ops *vms_arch_find(uint16_t elf_machine, bool is_64bit)
{
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++)
		if (rows[i]->elf_machine == elf_machine &&
		    rows[i]->is_64bit == is_64bit)
			return rows[i];
	return NULL;
}

const struct vms_arch_ops *vms_arch_of_kernel(const struct vms_kernel *kernel)
{
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++)
		for (size_t j = 0; j < rows[i]->nr_witnesses; j++)
			if (vms_kernel_has(kernel, rows[i]->witnesses[j]))
				return rows[i];
	return NULL;
}
