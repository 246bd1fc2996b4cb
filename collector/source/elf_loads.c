// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PT_LOADs: are they sound, and which memory do they hold? Must not know how
 * they are sorted, nor what is in the memory.
 */
#include <inttypes.h>

#include "elf_core.h"

/* One past the highest physical address that is believed. */
#define PHYS_END (1ULL << VMS_MAX_PHYS_BITS)

struct load_scan {
	struct vms_elf_phdrs phdrs;
	struct vms_extent *extents;
	size_t room;		/* in extents and in source->loads */
	uint32_t too_many;	/* that did not fit */
	/* The load whose bytes end last, and whether the file has its start */
	uint64_t promised_end;
	uint32_t promised_header;
	bool cut;		/* the file ends inside or right before one */
	bool beyond;		/* one begins behind the file's end */
};

/* A load while it is being checked: p_ fields that are made sound. */
struct candidate {
	vms_vaddr_t vaddr;
	vms_paddr_t paddr;
	uint64_t memsz;
	uint64_t filesz;
	uint64_t offset;
};

static struct vms_error *check_filesz(const struct load_scan *scan,
				      struct candidate *load)
{
	struct vms_error *err;

	if (load->filesz <= load->memsz)
		return NULL;
	err = vms_elf_doubt(&scan->phdrs, VMS_ERR_INPUT,
			    "p_filesz %#" PRIx64
			    " is larger than p_memsz %#" PRIx64,
			    load->filesz, load->memsz);
	load->filesz = load->memsz;
	return err;
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/*
 * A size that reaches beyond all memory is not believed at all: what counts
 * is the bytes that are in the file. A tail of that size would make everything
 * behind count pages that no machine has.
 */
static struct vms_error *check_paddr(const struct load_scan *scan,
				     struct candidate *load)
{
	const uint64_t file_size = scan->phdrs.source->info.file_size;
	const uint64_t paddr = load->paddr;
	const uint64_t memsz = load->memsz;
	uint64_t room = paddr < PHYS_END ? PHYS_END - paddr : 0;

	if (memsz <= room)
		return NULL;
	room = smaller(room, file_size - smaller(load->offset, file_size));
	load->filesz = smaller(load->filesz, room);
	load->memsz = load->filesz;
	if (memsz > UINT64_MAX - paddr)
		return vms_elf_doubt(&scan->phdrs, VMS_ERR_INPUT,
				     "p_paddr %#" PRIx64 " + p_memsz %#" PRIx64
				     " wraps around",
				     paddr, memsz);
	return vms_elf_doubt(&scan->phdrs, VMS_ERR_INPUT,
			     "p_paddr %#" PRIx64 " + p_memsz %#" PRIx64
			     " is beyond %u-bit physical addresses",
			     paddr, memsz, VMS_MAX_PHYS_BITS);
}

/* Bytes that are not in the file: strict sources are told at the end. */
static struct vms_error *check_offset(struct load_scan *scan,
				      struct candidate *load)
{
	struct vms_source *source = scan->phdrs.source;
	const uint64_t size = source->info.file_size;
	uint64_t offset = load->offset;
	uint64_t end;

	if (load->filesz == 0)
		return NULL;
	if (offset > (uint64_t)INT64_MAX - load->filesz) {
		/* Far behind every file's end, yet nothing overflows. */
		load->offset = (uint64_t)INT64_MAX - load->filesz;
		return vms_elf_doubt(&scan->phdrs, VMS_ERR_INPUT,
				     "p_offset %#" PRIx64 " + p_filesz %#" PRIx64
				     " is beyond any file",
				     offset, load->filesz);
	}
	end = offset + load->filesz;
	if (end <= size)
		return NULL;
	if (offset > size)
		scan->beyond = true;
	else
		scan->cut = true;
	if (end > scan->promised_end) {
		scan->promised_end = end;
		scan->promised_header = scan->phdrs.next - 1;
	}
	if (!source->lenient)
		return NULL;
	return vms_elf_doubt(&scan->phdrs, VMS_ERR_TRUNCATED,
			     "data at file offset %" PRIu64 " to %" PRIu64
			     ", the file ends at byte %" PRIu64
			     ": what is behind cannot be read",
			     offset, end, size);
}

static struct vms_error *check_load(struct load_scan *scan,
				    struct candidate *load)
{
	struct vms_error *err = check_filesz(scan, load);

	if (!err)
		err = check_paddr(scan, load);
	if (!err)
		err = check_offset(scan, load);
	return err;
}

/* Bytes at the end of a load's data that the file does not have now. */
static uint64_t missing_bytes(const struct load_scan *scan,
			      const struct candidate *load)
{
	const struct vms_source *source = scan->phdrs.source;
	uint64_t end = load->offset + load->filesz;
	uint64_t missing;

	/* /proc/vmcore can have more than its size says. */
	if (source->info.live || end <= source->info.file_size)
		return 0;
	missing = end - source->info.file_size;
	return smaller(missing, load->filesz);
}

static void keep_load(struct load_scan *scan, const struct candidate *load)
{
	struct vms_source *source = scan->phdrs.source;
	size_t i = source->nr_loads;

	if (load->memsz == 0)
		return;
	if (i == scan->room) {
		scan->too_many++;
		return;
	}
	source->loads[i] = (struct vms_load){ load->vaddr, load->paddr,
					      load->memsz };
	scan->extents[i] = (struct vms_extent){
		.data_size = load->filesz,
		.missing_size = missing_bytes(scan, load),
		.file_offset = load->offset,
		.header = scan->phdrs.next - 1,
	};
	source->nr_loads++;
}

static struct vms_error *scan_loads(struct load_scan *scan)
{
	const GElf_Phdr *phdr;
	struct vms_error *err;

	while (!(err = vms_elf_phdrs_next(&scan->phdrs, &phdr)) && phdr) {
		struct candidate load = { phdr->p_vaddr, phdr->p_paddr,
					  phdr->p_memsz, phdr->p_filesz,
					  phdr->p_offset };

		if (phdr->p_type != PT_LOAD)
			continue;
		err = check_load(scan, &load);
		if (err)
			break;
		keep_load(scan, &load);
	}
	return err;
}

/* A file that is merely cut says so, with the last byte it should have. */
static struct vms_error *check_promise(const struct load_scan *scan)
{
	const struct vms_source *source = scan->phdrs.source;

	if (source->lenient || !(scan->cut || scan->beyond))
		return NULL;
	if (scan->cut)
		return vms_error_create(VMS_ERR_TRUNCATED,
					"is cut short: the file ends at byte %" PRIu64
					", program header %" PRIu32
					" promises data up to byte %" PRIu64,
					source->info.file_size,
					scan->promised_header,
					scan->promised_end);
	return vms_error_create(VMS_ERR_INPUT,
				"program header %" PRIu32
				" promises data up to byte %" PRIu64
				", its p_offset is behind the end of the file (byte %" PRIu64
				")",
				scan->promised_header, scan->promised_end,
				source->info.file_size);
}

static struct vms_error *check_count(const struct load_scan *scan)
{
	struct vms_source *source = scan->phdrs.source;

	if (source->nr_loads == 0)
		return vms_error_create(VMS_ERR_INPUT,
					"none of the %" PRIu32
					" program headers is a usable PT_LOAD: there is no memory in it",
					scan->phdrs.table->count);
	if (scan->too_many == 0)
		return NULL;
	return vms_source_doubt(source, NULL, VMS_ERR_LIMIT,
				"%" PRIu64
				" PT_LOAD segments, only %u can be used",
				(uint64_t)source->nr_loads + scan->too_many,
				VMS_CAP_SEGMENTS);
}

static struct vms_error *build_segments(struct vms_source *source,
					const struct vms_extent *extents)
{
	struct vms_error *err;
	size_t total;

	err = vms_segments_build(source->loads, extents, source->nr_loads,
				 VMS_CAP_SEGMENTS, &source->segments, &total);
	if (err)
		return err;
	source->nr_segments = total;
	if (total <= VMS_CAP_SEGMENTS)
		return NULL;
	source->nr_segments = VMS_CAP_SEGMENTS;
	return vms_source_doubt(source, NULL, VMS_ERR_LIMIT,
				"overlapping PT_LOADs make %zu segments, only %u can be used",
				total, VMS_CAP_SEGMENTS);
}

/*
 * Both tables get their exact size by counting first: 24 bytes a load stay,
 * 24 more go when the segments (32 bytes each) are built.
 */
static struct vms_error *allocate(struct load_scan *scan)
{
	struct vms_source *source = scan->phdrs.source;
	struct vms_error *err;
	uint32_t count;

	err = vms_elf_phdrs_count(source, scan->phdrs.table, PT_LOAD, &count);
	if (err)
		return err;
	scan->room = count < VMS_CAP_SEGMENTS ? count : VMS_CAP_SEGMENTS;
	source->loads = calloc(scan->room + 1, sizeof(*source->loads));
	scan->extents = calloc(scan->room + 1, sizeof(*scan->extents));
	if (!source->loads || !scan->extents)
		return vms_error_no_memory();
	return NULL;
}

static struct vms_error *read_loads(struct load_scan *scan)
{
	struct vms_source *source = scan->phdrs.source;
	struct vms_error *err;

	err = allocate(scan);
	if (!err)
		err = scan_loads(scan);
	if (!err)
		err = check_promise(scan);
	if (!err)
		err = check_count(scan);
	if (!err)
		err = build_segments(source, scan->extents);
	if (!err)
		err = vms_overlap_check(source, scan->extents);
	return err;
}

struct vms_error *vms_elf_loads_read(struct vms_source *source,
				     const struct vms_elf_table *table)
{
	struct load_scan scan = { .room = 0 };
	struct vms_error *err;

	vms_elf_phdrs_init(&scan.phdrs, source, table);
	err = read_loads(&scan);
	free(scan.extents);
	return err;
}
