// SPDX-License-Identifier: GPL-2.0-or-later
/* VMCOREINFO lines of a small kernel, as a 6.1 for x86_64 writes them. */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake_kernel.h"

static const char *const base_lines[] = {
	"OSRELEASE=6.1.0-test",
	"PAGESIZE=4096",
	"SYMBOL(init_uts_ns)=ffffffff80005000",
	"OFFSET(uts_namespace.name)=0",
	"SYMBOL(node_online_map)=ffffffff80009000",
	"SYMBOL(swapper_pg_dir)=ffffffff80006000",
	"SYMBOL(_stext)=ffffffff80001000",
	"SYMBOL(mem_section)=ffffffff80007000",
	"LENGTH(mem_section)=2048",
	"SIZE(mem_section)=16",
	"OFFSET(mem_section.section_mem_map)=0",
	"NUMBER(SECTION_SIZE_BITS)=27",
	"NUMBER(MAX_PHYSMEM_BITS)=46",
	"SIZE(page)=64",
	"SIZE(pglist_data)=173376",
	"SIZE(zone)=1664",
	"SIZE(free_area)=88",
	"SIZE(nodemask_t)=128",
	"OFFSET(page.flags)=0",
	"OFFSET(page._refcount)=52",
	"OFFSET(page.mapping)=24",
	"OFFSET(page.lru)=8",
	"OFFSET(page._mapcount)=48",
	"OFFSET(page.private)=40",
	"OFFSET(page.compound_dtor)=16",
	"OFFSET(page.compound_order)=17",
	"OFFSET(page.compound_head)=8",
	"OFFSET(pglist_data.node_start_pfn)=64",
	"OFFSET(pglist_data.node_spanned_pages)=72",
	"OFFSET(pglist_data.node_id)=80",
	"LENGTH(zone.free_area)=11",
	"NUMBER(PG_lru)=4",
	"NUMBER(PG_private)=13",
	"NUMBER(PG_swapcache)=10",
	"NUMBER(PG_swapbacked)=19",
	"NUMBER(PG_slab)=9",
	"NUMBER(PG_hwpoison)=23",
	"NUMBER(PG_head_mask)=65536",
	"NUMBER(PAGE_BUDDY_MAPCOUNT_VALUE)=-129",
	"NUMBER(phys_base)=0",
	"SYMBOL(init_top_pgt)=ffffffff80006000",
	"NUMBER(pgtable_l5_enabled)=0",
	"KERNELOFFSET=0",
	"NUMBER(KERNEL_IMAGE_SIZE)=1073741824",
	"NUMBER(sme_mask)=0",
};

void fake_info_init(struct fake_info *info)
{
	memset(info, 0, sizeof(*info));
	for (size_t i = 0; i < VMS_ARRAY_SIZE(base_lines); i++)
		snprintf(info->lines[info->nr_lines++],
			 sizeof(info->lines[0]), "%s", base_lines[i]);
}

static char *find_line(struct fake_info *info, const char *key)
{
	size_t length = strlen(key);

	for (size_t i = 0; i < info->nr_lines; i++)
		if (!strncmp(info->lines[i], key, length) &&
		    info->lines[i][length] == '=')
			return info->lines[i];
	return NULL;
}

void fake_info_set(struct fake_info *info, const char *key, const char *value)
{
	char *line = find_line(info, key);

	if (!line) {
		assert(info->nr_lines < FAKE_LINES);
		line = info->lines[info->nr_lines++];
	}
	snprintf(line, sizeof(info->lines[0]), "%s=%s", key, value);
}

void fake_info_hex(struct fake_info *info, const char *key, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIx64, value);
	fake_info_set(info, key, text);
}

void fake_info_dec(struct fake_info *info, const char *key, uint64_t value)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRId64, (int64_t)value);
	fake_info_set(info, key, text);
}

void fake_info_remove(struct fake_info *info, const char *key)
{
	char *line = find_line(info, key);

	assert(line);
	line[0] = '\0';
}

struct vms_kernel *fake_kernel(const struct fake_info *info)
{
	char text[sizeof(info->lines)];
	struct vms_kernel *kernel = NULL;
	size_t size = 0;

	for (size_t i = 0; i < info->nr_lines; i++)
		if (info->lines[i][0])
			size += (size_t)snprintf(text + size,
						 sizeof(text) - size, "%s\n",
						 info->lines[i]);
	if (vms_kernel_create(text, size, VMS_LITTLE_ENDIAN, true, NULL,
			      &kernel))
		abort();
	return kernel;
}
