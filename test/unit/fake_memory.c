// SPDX-License-Identifier: GPL-2.0-or-later
/* The sparse memory: a hash of pages, and a page-table writer. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/endian.h>

#include "fake_memory.h"

static const uint8_t zeros[FAKE_PAGE];

void fake_memory_init(struct fake_memory *mem, vms_paddr_t end)
{
	*mem = (struct fake_memory){ .end = end, .nr_slots = 64 };
	mem->slots = calloc(mem->nr_slots, sizeof(*mem->slots));
	assert(mem->slots);
}

void fake_memory_deinit(struct fake_memory *mem)
{
	for (size_t i = 0; i < mem->nr_slots; i++)
		free(mem->slots[i].data);
	free(mem->slots);
}

static struct fake_page *slot_for(const struct fake_memory *mem,
				  vms_paddr_t paddr)
{
	size_t i = (size_t)(paddr / FAKE_PAGE * 0x9e3779b97f4a7c15ULL >> 20);

	for (i %= mem->nr_slots; mem->slots[i].data;
	     i = (i + 1) % mem->nr_slots)
		if (mem->slots[i].paddr == paddr)
			break;
	return &mem->slots[i];
}

static void grow(struct fake_memory *mem)
{
	struct fake_memory old = *mem;

	mem->nr_slots *= 2;
	mem->slots = calloc(mem->nr_slots, sizeof(*mem->slots));
	assert(mem->slots);
	for (size_t i = 0; i < old.nr_slots; i++)
		if (old.slots[i].data)
			*slot_for(mem, old.slots[i].paddr) = old.slots[i];
	free(old.slots);
}

uint8_t *fake_page(struct fake_memory *mem, vms_paddr_t paddr)
{
	struct fake_page *slot;

	paddr -= paddr % FAKE_PAGE;
	slot = slot_for(mem, paddr);
	if (slot->data)
		return slot->data;
	if (++mem->nr_pages > mem->nr_slots / 2) {
		grow(mem);
		slot = slot_for(mem, paddr);
	}
	slot->paddr = paddr;
	slot->data = calloc(1, FAKE_PAGE);
	assert(slot->data);
	return slot->data;
}

const uint8_t *fake_page_read(const struct fake_memory *mem, vms_paddr_t paddr)
{
	const struct fake_page *slot = slot_for(mem, paddr - paddr % FAKE_PAGE);

	return slot->data ? slot->data : zeros;
}

void fake_put(struct fake_memory *mem, vms_paddr_t paddr, const void *bytes,
	      size_t size)
{
	const uint8_t *from = bytes;

	for (size_t i = 0; i < size; i++)
		fake_page(mem, paddr + i)[(paddr + i) % FAKE_PAGE] = from[i];
}

void fake_put64(struct fake_memory *mem, vms_paddr_t paddr, uint64_t value)
{
	vms_put_u64(fake_page(mem, paddr) + paddr % FAKE_PAGE, value,
		    VMS_LITTLE_ENDIAN);
}

uint64_t fake_get64(const struct fake_memory *mem, vms_paddr_t paddr)
{
	return vms_get_u64(fake_page_read(mem, paddr) + paddr % FAKE_PAGE,
			   VMS_LITTLE_ENDIAN);
}

enum vms_read fake_read(void *ctx, vms_paddr_t paddr, void *buf, size_t size)
{
	struct fake_memory *mem = ctx;
	uint8_t *to = buf;

	mem->reads++;
	if (paddr >= mem->end || size > mem->end - paddr)
		return VMS_READ_ABSENT;
	for (size_t i = 0; i < size; i++)
		to[i] = fake_page_read(mem, paddr + i)[(paddr + i) % FAKE_PAGE];
	return VMS_READ_OK;
}

vms_paddr_t fake_entry(struct fake_tables *tables, vms_vaddr_t vaddr,
		       unsigned int shift)
{
	vms_paddr_t table = tables->root;

	for (unsigned int at = 12 + 9 * (tables->levels - 1);; at -= 9) {
		vms_paddr_t entry = table + (vaddr >> at & 511) * 8;
		uint64_t value = fake_get64(tables->mem, entry);

		if (at == shift)
			return entry;
		if (!value) {
			value = tables->next | FAKE_PRESENT | tables->mark;
			tables->next += FAKE_PAGE;
			fake_put64(tables->mem, entry, value);
		}
		table = value & ~tables->mark & 0xffffffffff000ULL;
	}
}

void fake_map(struct fake_tables *tables, vms_vaddr_t vaddr, vms_paddr_t paddr,
	      unsigned int shift)
{
	fake_put64(tables->mem, fake_entry(tables, vaddr, shift),
		   paddr | FAKE_PRESENT | tables->mark |
			   (shift > 12 ? FAKE_PSE : 0));
}
