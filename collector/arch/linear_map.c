// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The linear maps that PT_LOADs tell of, for kernels whose page tables are
 * broken. PT_LOADs may also hold zeros or garbage for virtual addresses (QEMU
 * writes such files), so only what looks like a kernel's is taken.
 */
#include <string.h>

#include <vmsieve/checked.h>

#include "arch_private.h"

/* Smallest page of any architecture. */
#define MIN_PAGE_BYTES 4096U

static bool load_believable(const struct vms_load *load,
			    vms_vaddr_t kernel_start, uint64_t phys_end)
{
	uint64_t end;

	return load->size && load->vaddr >= kernel_start &&
	       vms_add_u64(load->vaddr, load->size - 1, &end) &&
	       vms_inside_u64(load->paddr, load->size, phys_end) &&
	       !((load->vaddr - load->paddr) % MIN_PAGE_BYTES);
}

/*
 * The map with the load's offset, or a free one, or, when a load is larger
 * than the smallest map, that one.
 */
static struct vms_linear_map *place_for(struct vms_linear_maps *maps,
					const struct vms_load *load)
{
	struct vms_linear_map *smallest = NULL;

	for (size_t i = 0; i < maps->count; i++) {
		struct vms_linear_map *map = &maps->map[i];

		if (map->start - map->paddr == load->vaddr - load->paddr)
			return map;
		if (!smallest || map->bytes < smallest->bytes)
			smallest = map;
	}
	if (maps->count < VMS_LINEAR_MAPS)
		smallest = &maps->map[maps->count++];
	else if (load->size <= smallest->bytes)
		return NULL;
	memset(smallest, 0, sizeof(*smallest));
	return smallest;
}

/* The last byte of the address space stays outside: end would be 0. */
static vms_vaddr_t load_end(const struct vms_load *load)
{
	uint64_t end;

	return vms_add_u64(load->vaddr, load->size, &end) ? end : UINT64_MAX;
}

static void add_load(struct vms_linear_maps *maps, const struct vms_load *load)
{
	struct vms_linear_map *map = place_for(maps, load);
	vms_vaddr_t end = load_end(load);

	if (!map)
		return;
	if (!map->bytes || load->vaddr < map->start) {
		map->start = load->vaddr;
		map->paddr = load->paddr;
	}
	if (end > map->end)
		map->end = end;
	/* Loads that overlap can be any number: the sum may not wrap. */
	if (!vms_add_u64(map->bytes, load->size, &map->bytes))
		map->bytes = UINT64_MAX;
}

void vms_linear_collect(struct vms_linear_maps *maps,
			const struct vms_load *loads, size_t nr_loads,
			vms_vaddr_t kernel_start, uint64_t phys_end)
{
	maps->count = 0;
	for (size_t i = 0; i < nr_loads; i++)
		if (load_believable(&loads[i], kernel_start, phys_end))
			add_load(maps, &loads[i]);

	/* Where two claim an address, the one with more memory wins. */
	for (size_t i = 1; i < maps->count; i++) {
		struct vms_linear_map map = maps->map[i];
		size_t at = i;

		for (; at && maps->map[at - 1].bytes < map.bytes; at--)
			maps->map[at] = maps->map[at - 1];
		maps->map[at] = map;
	}
}

void vms_linear_remove(struct vms_linear_maps *maps, size_t index)
{
	maps->count--;
	memmove(&maps->map[index], &maps->map[index + 1],
		(maps->count - index) * sizeof(maps->map[0]));
}

bool vms_linear_find(const struct vms_linear_maps *maps, vms_vaddr_t vaddr,
		     struct vms_translation *ret)
{
	for (size_t i = 0; i < maps->count; i++) {
		const struct vms_linear_map *map = &maps->map[i];

		if (vaddr < map->start || vaddr >= map->end)
			continue;
		ret->paddr = map->paddr + (vaddr - map->start);
		ret->size = map->end - vaddr;
		return true;
	}
	return false;
}
