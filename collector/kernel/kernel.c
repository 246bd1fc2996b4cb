// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The frozen kernel: parse, check, choose, and from then on only answer.
 * Knows no grammar, no row and no struct page itself.
 */
#include <assert.h>
#include <stdlib.h>

#include "kernel_private.h"

/* PAGE_SIZE of the architectures that never had another one. */
#define DEFAULT_PAGE_BYTES 4096U

struct vms_error *vms_kernel_create(const char *text, size_t size,
				    enum vms_endian endian, bool is_64bit,
				    struct vms_log *log,
				    struct vms_kernel **ret)
{
	struct vms_kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel)
		return vms_error_no_memory();
	kernel->facts.endian = endian;
	kernel->facts.is_64bit = is_64bit;
	vms_vmcoreinfo_parse(text, size, &kernel->facts, log);
	vms_fields_cross_check(&kernel->facts, log);
	kernel->has_layout = vms_variants_choose(&kernel->facts, kernel->chosen,
						 &kernel->layout);
	*ret = kernel;
	return NULL;
}

void vms_kernel_destroy(struct vms_kernel *kernel)
{
	free(kernel);
}

bool vms_kernel_has(const struct vms_kernel *kernel, enum vms_fact fact)
{
	return vms_facts_has(&kernel->facts, fact);
}

uint64_t vms_kernel_get(const struct vms_kernel *kernel, enum vms_fact fact)
{
	assert(vms_kernel_has(kernel, fact));
	return kernel->facts.value[fact];
}

uint64_t vms_kernel_get_or(const struct vms_kernel *kernel, enum vms_fact fact,
			   uint64_t fallback)
{
	return vms_kernel_has(kernel, fact) ? kernel->facts.value[fact] :
					      fallback;
}

const char *vms_kernel_release(const struct vms_kernel *kernel)
{
	return kernel->facts.release;
}

enum vms_endian vms_kernel_endian(const struct vms_kernel *kernel)
{
	return kernel->facts.endian;
}

uint32_t vms_kernel_page_size(const struct vms_kernel *kernel)
{
	return (uint32_t)vms_kernel_get_or(kernel, VMS_FACT_PAGESIZE,
					   DEFAULT_PAGE_BYTES);
}

uint32_t vms_kernel_page_shift(const struct vms_kernel *kernel)
{
	return (uint32_t)__builtin_ctz(vms_kernel_page_size(kernel));
}

const struct vms_page_layout *
vms_kernel_page_layout(const struct vms_kernel *kernel)
{
	return kernel->has_layout ? &kernel->layout : NULL;
}
