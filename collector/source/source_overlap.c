// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads that overlap: do their bytes agree? Every x86_64 vmcore has such a
 * pair, the kernel's text and the RAM that it lies in. Small overlaps are
 * compared whole, large ones by samples, all of them within one budget. Must
 * not know why loads overlap.
 */
#include <inttypes.h>

#include "source_priv.h"

/* Up to this size an overlap is compared byte by byte. */
#define WHOLE_BYTES (1ULL << 20)
/* Else so many blocks are, evenly spaced, the first and the last included. */
#define SAMPLES 66U
/*
 * Blocks compared over all overlaps: 512 MiB from each side, below a second
 * from memory; and looks at segments, for loads that lie above many others.
 */
#define MAX_BLOCKS (1U << 17)
#define MAX_LOOKS (1U << 22)
#define CHUNK_BYTES (64U << 10)

struct overlap_check {
	struct vms_source *source;
	const struct vms_extent *extents;
	uint32_t blocks_left;
	uint32_t looks_left;
	uint64_t unchecked;	/* overlaps that the budget did not reach */
	uint8_t *mine;
	uint8_t *theirs;
};

/* The same range of physical memory in two places of the file. */
struct twin {
	size_t load;		/* that lost */
	vms_paddr_t paddr;
	uint64_t size;
	uint64_t mine;		/* file offset in the load that lost */
	uint64_t theirs;	/* in the one that won */
};

/* The earliest load whose bytes are at that place: the one that won. */
static uint32_t winner_header(const struct overlap_check *check,
			      const struct twin *twin)
{
	const struct vms_source *source = check->source;

	for (size_t i = 0; i < source->nr_loads; i++) {
		uint64_t skip = twin->paddr - source->loads[i].paddr;

		if (twin->paddr >= source->loads[i].paddr &&
		    skip < check->extents[i].data_size &&
		    check->extents[i].file_offset + skip == twin->theirs)
			return check->extents[i].header;
	}
	return 0;
}

static struct vms_error *doubt_twin(struct overlap_check *check,
				    const struct twin *twin, uint64_t differs)
{
	struct vms_source *source = check->source;
	struct vms_log_limit *limit = &source->limits.overlaps;
	uint32_t winner = 0;

	/* The search is long: only for a text that somebody reads. */
	if (!source->lenient || limit->seen < VMS_LOG_LIMIT)
		winner = winner_header(check, twin);
	return vms_source_doubt(
		source, limit, VMS_ERR_INPUT,
		"program headers %" PRIu32 " and %" PRIu32
		" both hold physical address %#" PRIx64
		" with different bytes (file offsets %" PRIu64 " and %" PRIu64
		")%s",
		winner, check->extents[twin->load].header,
		twin->paddr + differs, twin->theirs + differs,
		twin->mine + differs,
		source->lenient ? ", the first is used" : "");
}

/*
 * Compares up to CHUNK_BYTES at skip. What cannot be read is not known to
 * differ. *same_ret false: doubted already, look no further.
 */
static struct vms_error *compare_chunk(struct overlap_check *check,
				       const struct twin *twin, uint64_t skip,
				       size_t size, bool *same_ret)
{
	int fd = check->source->fd;
	int errnum;
	size_t i = 0;
	size_t n;

	n = vms_source_pread(fd, twin->mine + skip, check->mine, size, &errnum);
	n = vms_source_pread(fd, twin->theirs + skip, check->theirs, n,
			     &errnum);
	if (!memcmp(check->mine, check->theirs, n))
		return NULL;
	while (check->mine[i] == check->theirs[i])
		i++;
	*same_ret = false;
	return doubt_twin(check, twin, skip + i);
}

static struct vms_error *compare_whole(struct overlap_check *check,
				       const struct twin *twin)
{
	struct vms_error *err = NULL;
	bool same = true;

	for (uint64_t skip = 0; skip < twin->size && same && !err;
	     skip += CHUNK_BYTES) {
		uint64_t left = twin->size - skip;

		err = compare_chunk(check, twin, skip,
				    left < CHUNK_BYTES ? (size_t)left :
							 CHUNK_BYTES,
				    &same);
	}
	return err;
}

static struct vms_error *compare_samples(struct overlap_check *check,
					 const struct twin *twin)
{
	uint64_t last = twin->size - VMS_READ_BLOCK_BYTES;
	struct vms_error *err = NULL;
	bool same = true;

	for (uint64_t i = 0; i < SAMPLES && same && !err; i++) {
		/* Dividing first cannot overflow; the last one is exact. */
		uint64_t skip = last / (SAMPLES - 1) * i;

		if (i == SAMPLES - 1)
			skip = last;
		err = compare_chunk(check, twin, skip, VMS_READ_BLOCK_BYTES,
				    &same);
	}
	return err;
}

static struct vms_error *compare_twin(struct overlap_check *check,
				      const struct twin *twin)
{
	bool whole = twin->size <= WHOLE_BYTES;
	uint32_t blocks = SAMPLES;

	if (whole)
		blocks = (uint32_t)(twin->size + VMS_READ_BLOCK_BYTES - 1) /
			 VMS_READ_BLOCK_BYTES;

	if (blocks > check->blocks_left) {
		check->unchecked++;
		return NULL;
	}
	check->blocks_left -= blocks;
	if (whole)
		return compare_whole(check, twin);
	return compare_samples(check, twin);
}

/* All segments that the bytes of a load lie in, but for its own. */
static struct vms_error *check_load(struct overlap_check *check, size_t load)
{
	const struct vms_source *source = check->source;
	const struct vms_extent *extent = &check->extents[load];
	const vms_paddr_t start = source->loads[load].paddr;
	const vms_paddr_t end = start + extent->data_size;
	size_t i = vms_segments_search(source->segments, source->nr_segments,
				       start);

	for (; i < source->nr_segments && source->segments[i].start < end;
	     i++) {
		const struct vms_segment *s = &source->segments[i];
		const vms_paddr_t from = s->start > start ? s->start : start;
		const vms_paddr_t to = s->data_end < end ? s->data_end : end;
		struct twin twin = { .load = load, .paddr = from };
		struct vms_error *err;

		if (check->looks_left == 0) {
			check->unchecked++;
			return NULL;
		}
		check->looks_left--;
		twin.mine = extent->file_offset + (from - start);
		twin.theirs = s->file_offset + (from - s->start);
		if (from >= to || twin.mine == twin.theirs)
			continue;
		twin.size = to - from;
		err = compare_twin(check, &twin);
		if (err)
			return err;
	}
	return NULL;
}

static struct vms_error *check_all(struct overlap_check *check)
{
	struct vms_source *source = check->source;

	for (size_t i = 0; i < source->nr_loads; i++) {
		struct vms_error *err = check_load(check, i);

		if (err)
			return err;
	}
	if (check->unchecked)
		vms_log_warn(source->log,
			     "%s: too many segments overlap to compare them all (%" PRIu64
			     " left), the first of each is used",
			     source->path, check->unchecked);
	return NULL;
}

struct vms_error *vms_overlap_check(struct vms_source *source,
				    const struct vms_extent *extents)
{
	VMS_CLEANUP(free) uint8_t *chunks = malloc(2 * CHUNK_BYTES);
	struct overlap_check check = {
		.source = source,
		.extents = extents,
		.blocks_left = MAX_BLOCKS,
		.looks_left = MAX_LOOKS,
	};

	if (!chunks)
		return vms_error_no_memory();
	check.mine = chunks;
	check.theirs = chunks + CHUNK_BYTES;
	return check_all(&check);
}
