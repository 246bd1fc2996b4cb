// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A small kernel's memory, VMCOREINFO and RAM, changed at will: the walk over
 * its page array must cover RAM exactly once, in order, in few steps, and
 * never leave a section.
 */
#include <stdlib.h>

#include <vmsieve/page_view.h>
#include <vmsieve/plan.h>
#include <vmsieve/vm.h>

#include "../unit/fake_image.h"
#include "fuzz_records.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Smallest section that is believed, in pages. */
#define MIN_SECTION_PAGES 256U
#define MAX_SECTION_PAGES (1U << 22)
#define READ_COUNT 64U
#define MAX_STEPS 500U		/* of a machine of very many sections */
#define CHECKED_STEPS 16U	/* whose struct pages are read */
/* First byte: the kernel to begin with. */
#define FLAG_ARRAY 1U		/* the symbol is the array */
#define FLAG_NODES 2U
#define FLAG_FLAT 4U
#define FLAG_DISCONTIG 8U
#define FLAG_LOADS 16U
/* Highest bits of a record's slot. */
#define KIND_POKE 0U
#define KIND_FACT 1U
#define KIND_SEGMENT 2U
#define KIND_LOOKUP 3U

#define NODE_DATA 0x20000U
#define PGDAT 0x30000U

static void put_node(struct fake_image *image, unsigned int n, vms_pfn_t start)
{
	vms_paddr_t pgdat = PGDAT + n * FAKE_PAGE;

	fake_put64(&image->mem, NODE_DATA + n * 8, FAKE_DIRECT + pgdat);
	fake_put64(&image->mem, pgdat + 56, FAKE_DIRECT + 0x4000000);
	fake_put64(&image->mem, pgdat + 64, start);
	fake_put64(&image->mem, pgdat + 72, FAKE_SECTION_PAGES);
	fake_put64(&image->mem, pgdat + 80, n);
}

static void begin(struct fake_image *image, uint8_t flags)
{
	fake_image_init(image, 2);
	put_node(image, 0, 0);
	put_node(image, 1, FAKE_SECTION_PAGES);
	if (flags & FLAG_ARRAY)
		fake_info_hex(&image->info, "SYMBOL(mem_section)",
			      FAKE_DIRECT + FAKE_SECTION_ROOTS);
	if (flags & (FLAG_NODES | FLAG_DISCONTIG)) {
		fake_info_hex(&image->info, "SYMBOL(node_data)",
			      FAKE_TEXT + NODE_DATA);
		fake_info_set(&image->info, "LENGTH(node_data)", "16");
	}
	if (flags & (FLAG_FLAT | FLAG_DISCONTIG)) {
		fake_info_remove(&image->info, "SYMBOL(mem_section)");
		fake_info_set(&image->info, "OFFSET(pglist_data.node_mem_map)",
			      "56");
		fake_info_hex(&image->info, "SYMBOL(mem_map)",
			      FAKE_TEXT + PGDAT + 56);
		fake_info_hex(&image->info, "SYMBOL(contig_page_data)",
			      FAKE_TEXT + PGDAT);
	}
	if (flags & FLAG_LOADS) {
		fake_load(&image->source, FAKE_TEXT, 0, 2U << 20);
		fake_load(&image->source, FAKE_DIRECT, 0, image->mem.end);
	}
}

static void poke(struct fake_image *image, const struct fuzz_record *record)
{
	uint64_t page = record->page < 128 ? record->page :
					     FAKE_TABLES / FAKE_PAGE +
						     record->page - 128U;

	fake_put64(&image->mem, page * FAKE_PAGE + record->slot % 512 * 8U,
		   record->value);
}

static void change_fact(struct fake_image *image,
			const struct fuzz_record *record)
{
	static const char *const keys[] = {
		"SYMBOL(mem_section)", "SYMBOL(mem_map)", "SYMBOL(node_data)",
		"SYMBOL(contig_page_data)", "SYMBOL(init_top_pgt)",
		"SIZE(page)", "SIZE(mem_section)", "LENGTH(mem_section)",
		"OFFSET(mem_section.section_mem_map)",
		"NUMBER(SECTION_SIZE_BITS)", "NUMBER(MAX_PHYSMEM_BITS)",
		"LENGTH(node_data)", "OFFSET(pglist_data.node_start_pfn)",
		"OFFSET(pglist_data.node_spanned_pages)",
		"OFFSET(pglist_data.node_mem_map)",
		"OFFSET(pglist_data.node_id)",
	};
	unsigned int i = record->page % VMS_ARRAY_SIZE(keys);

	if (i < 5)
		fake_info_hex(&image->info, keys[i], record->value);
	else
		fake_info_dec(&image->info, keys[i], record->value);
}

/* RAM behind what there is: a gap, bytes, and a tail without. */
static void add_segment(struct fake_image *image,
			const struct fuzz_record *record)
{
	struct vms_source *source = &image->source;
	unsigned int scale = record->page % 40;
	vms_paddr_t start = (record->value & 0xffff) << scale;
	vms_paddr_t data = (record->value >> 16 & 0xffff) << scale;
	vms_paddr_t tail = (record->value >> 32 & 0xffff) << scale;

	start += source->segments[source->nr_segments - 1].end;
	if (source->nr_segments == FAKE_MAX || !(data + tail) ||
	    start + data + tail > 1ULL << 46)
		return;
	fake_segment(source, start, start + data, start + data + tail);
	image->mem.end = start + data + tail;
}

static void change(struct fake_image *image, const uint8_t *data, size_t size)
{
	struct fuzz_record record;

	while (fuzz_next(&data, &size, &record)) {
		unsigned int kind = record.slot >> 14;

		if (kind == KIND_POKE)
			poke(image, &record);
		else if (kind == KIND_FACT)
			change_fact(image, &record);
		else if (kind == KIND_SEGMENT)
			add_segment(image, &record);
	}
}

static void check_range(struct fake_image *image,
			const struct vms_memmap_range *range)
{
	size_t struct_bytes = vms_page_layout_size(
		vms_kernel_page_layout(image->kernel));
	vms_pfn_t pages = range->pfns.end - range->pfns.start;
	size_t count = pages < READ_COUNT ? (size_t)pages : READ_COUNT;
	uint8_t *buf = malloc(count * struct_bytes);
	size_t done = count + 1;

	if (pages > MAX_SECTION_PAGES || !buf ||
	    !vms_arch_is_kernel_pointer(vms_vm_arch(image->vm), range->map))
		abort();
	if ((fake_memmap_read(image->cursor, range, range->pfns.end - count,
			     count, struct_bytes,
			      buf, &done) == VMS_READ_OK) !=
	    (done == count))
		abort();
	free(buf);
}

/* Over all RAM; *steps_ret: calls it took. */
static uint64_t walk(struct fake_image *image, uint64_t *steps_ret)
{
	struct vms_memmap_range range;
	const char *why = NULL;
	enum vms_memmap kind;
	vms_pfn_t from = 0;
	uint64_t pages = 0;

	for (*steps_ret = 0;; ++*steps_ret) {
		kind = vms_memmap_next(image->cursor, from, &range, &why);
		if (kind == VMS_MEMMAP_END)
			return pages;
		if (range.pfns.start < from ||
		    range.pfns.end <= range.pfns.start)
			abort();
		if (kind == VMS_MEMMAP_RANGE && *steps_ret < CHECKED_STEPS)
			check_range(image, &range);
		if (kind == VMS_MEMMAP_DOUBT && !why)
			abort();
		pages += range.pfns.end - range.pfns.start;
		from = range.pfns.end;
		if (*steps_ret > MAX_STEPS)
			return UINT64_MAX;
	}
}

static void look_up(struct fake_image *image, const uint8_t *data, size_t size)
{
	struct fuzz_record record;
	uint8_t page[128];
	vms_vaddr_t at = 0;

	while (fuzz_next(&data, &size, &record)) {
		struct vms_pfn_range range = { record.value,
					       record.value + record.page };

		if (record.slot >> 14 != KIND_LOOKUP)
			continue;
		if (vms_memmap_get(image->cursor, record.value, page, &at) &&
		    !vms_arch_is_kernel_pointer(vms_vm_arch(image->vm), at))
			abort();
		vms_vm_same_node(image->vm, range);
		vms_vm_read(image->cursor, record.value, page, record.page % 128);
	}
}

static void check_cover(struct fake_image *image)
{
	const struct vms_page_plan plan = {
		.segments = image->source.segments,
		.nr_segments = image->source.nr_segments,
		.page_shift = vms_kernel_page_shift(image->kernel),
	};
	uint64_t present = vms_plan_count_present(&plan);
	uint64_t steps;
	uint64_t pages = walk(image, &steps);

	if (pages == UINT64_MAX)
		return;
	if (pages != present)
		abort();
	if (steps > present / MIN_SECTION_PAGES +
			    2 * image->source.nr_segments + 2)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fake_image image;

	if (!size || size > 4096)
		return 0;
	begin(&image, data[0]);
	change(&image, data + 1, size - 1);
	fake_image_open_quiet(&image);
	check_cover(&image);
	look_up(&image, data + 1, size - 1);
	fake_image_deinit(&image);
	return 0;
}
