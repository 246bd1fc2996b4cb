// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Windows on the input. Sequential reads let the run grow to its full size,
 * others get one block, and a read that fails is tried again for just what is
 * wanted, so that a bad page costs no other. Must not know addresses.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include <vmsieve/checked.h>

#include "source_window.h"

/*
 * Below this size read() is cheaper than a mapping, which costs a system call
 * each way and a TLB flush.
 */
#define MIN_MAP_BYTES (64U << 10)
/*
 * A read so little behind the run's end goes on with it: pages that are left
 * out in between. Further off it is a look-up, which must not end the run.
 */
#define MAX_GAP_BYTES (64U << 10)
/*
 * Look-ups become a run when they follow each other so closely, and so many
 * times: two neighbours among page tables are no run yet.
 */
#define SPOT_GAP_BYTES (16U << 10)
#define SPOT_STREAK 2U
/* The page cache is told to drop so much at a time. */
#define DROP_BYTES (4U << 20)
/* So many refusals in a row and the input is not mapped any more. */
#define MAX_MAP_FAILURES 4U

_Static_assert(VMS_READER_WINDOW_BYTES % VMS_READ_BLOCK_BYTES == 0 &&
	       (VMS_READER_WINDOW_BYTES & (VMS_READER_WINDOW_BYTES - 1)) == 0,
	       "windows are whole blocks and end at multiples of their size");

/* Memory for the spots and a run of *run_bytes, or what can be had of it. */
static uint8_t *allocate(size_t *run_bytes)
{
	const size_t spots = VMS_WINDOW_SPOTS * VMS_READ_BLOCK_BYTES;

	for (;; *run_bytes /= 2) {
		uint8_t *buf = aligned_alloc(VMS_READ_BLOCK_BYTES,
					     *run_bytes + spots);

		if (buf || *run_bytes <= VMS_READ_BLOCK_BYTES)
			return buf;
	}
}

struct vms_error *vms_windows_init(struct vms_windows *windows,
				   const struct vms_source *source,
				   size_t run_bytes)
{
	long page = sysconf(_SC_PAGESIZE);
	uint8_t *buf;

	assert(run_bytes >= VMS_READ_BLOCK_BYTES &&
	       run_bytes <= VMS_READER_WINDOW_BYTES &&
	       vms_is_power_of_two(run_bytes));
	buf = allocate(&run_bytes);
	if (!buf)
		return vms_error_no_memory();
	*windows = (struct vms_windows){
		.fd = source->fd,
		.read_limit = source->read_limit,
		.map_limit = source->may_map ? source->info.file_size : 0,
		.run_max = run_bytes,
		.run_limit = run_bytes,
		.map_align = page > 0 ? (uint64_t)page : VMS_READ_BLOCK_BYTES,
		.buf = buf,
		.drop_behind = source->drop_behind,
		.dropped = UINT64_MAX,
	};
	return NULL;
}

static void unmap(struct vms_windows *windows)
{
	if (windows->map)
		munmap(windows->map, windows->map_size);
	windows->map = NULL;
}

void vms_windows_deinit(struct vms_windows *windows)
{
	unmap(windows);
	free(windows->buf);
}

static bool serve(const struct vms_window *window, uint64_t offset, size_t size,
		  const uint8_t **ret, size_t *size_ret)
{
	if (offset < window->start || offset >= window->end)
		return false;
	*ret = window->data + (offset - window->start);
	*size_ret = size;
	if (size > window->end - offset)
		*size_ret = (size_t)(window->end - offset);
	return true;
}

static bool serve_any(const struct vms_windows *windows, uint64_t offset,
		      size_t size, const uint8_t **ret, size_t *size_ret)
{
	if (serve(&windows->run, offset, size, ret, size_ret))
		return true;
	for (size_t i = 0; i < VMS_WINDOW_SPOTS; i++)
		if (serve(&windows->spots[i], offset, size, ret, size_ret))
			return true;
	return false;
}

/* Reads [start, end) into window; what was read of it is its new extent. */
static int fill(struct vms_windows *windows, struct vms_window *window,
		uint8_t *buf, uint64_t start, uint64_t end)
{
	int errnum;
	size_t n = vms_source_pread(windows->fd, start, buf,
				    (size_t)(end - start), &errnum);

	*window = (struct vms_window){ start, start + n, buf };
	return errnum;
}

/*
 * Maps [start, end) as the run. False: it has to be read. Mapping is refused
 * at the end of the file, or always (no support in the kernel).
 */
static bool map_run(struct vms_windows *windows, uint64_t start, uint64_t end)
{
	uint64_t from = vms_align_down(start, windows->map_align);
	void *map;

	if (end > windows->map_limit || end - start < MIN_MAP_BYTES ||
	    windows->map_failures >= MAX_MAP_FAILURES)
		return false;
	/* /proc/vmcore refuses anything but a private, read-only mapping. */
	map = mmap(NULL, (size_t)(end - from), PROT_READ, MAP_PRIVATE,
		   windows->fd, (off_t)from);
	if (map == MAP_FAILED) {
		windows->map_failures++;
		return false;
	}
	windows->map_failures = 0;
	windows->map = map;
	windows->map_size = (size_t)(end - from);
	windows->run = (struct vms_window){ start, end,
					    (uint8_t *)map + (start - from) };
	return true;
}

/* Does a read at offset go on where window ends, or a little behind? */
static bool follows(const struct vms_window *window, uint64_t offset,
		    uint64_t gap)
{
	return window->start != window->end && offset >= window->end &&
	       offset - window->end <= gap;
}

/* Look-ups in a row that follow each other. */
static unsigned int count_streak(const struct vms_windows *windows,
				 uint64_t offset)
{
	const struct vms_window *last = &windows->spots[windows->last_spot];

	return follows(last, offset, SPOT_GAP_BYTES) ? windows->streak + 1 : 0;
}

/*
 * How long the run should be for a read at offset that takes span bytes from
 * its block on; 0: it is none, read one block. A run doubles each time, so a
 * few pages here and there never cost a whole window.
 */
static size_t choose_run(struct vms_windows *windows, uint64_t offset,
			 size_t span)
{
	size_t gap = windows->run_size;
	size_t wanted = 0;

	if (gap < SPOT_GAP_BYTES)
		gap = SPOT_GAP_BYTES;
	if (gap > MAX_GAP_BYTES)
		gap = MAX_GAP_BYTES;
	windows->streak = count_streak(windows, offset);
	if (follows(&windows->run, offset, gap))
		wanted = windows->run_size * 2;
	else if (windows->streak >= SPOT_STREAK)
		wanted = 2 * VMS_READ_BLOCK_BYTES;
	else if (span > VMS_READ_BLOCK_BYTES)
		wanted = VMS_READ_BLOCK_BYTES;
	while (wanted && wanted < span && wanted < windows->run_limit)
		wanted *= 2;
	if (wanted > windows->run_limit)
		wanted = windows->run_limit;
	return wanted > VMS_READ_BLOCK_BYTES ? wanted : 0;
}

/*
 * The run from start, a block's, to the next multiple of run_size, or further
 * when more was asked for.
 */
static int fill_run(struct vms_windows *windows, uint64_t start, size_t span,
		    size_t run_size)
{
	uint64_t end = vms_align_down(start, run_size) + run_size;

	/* span may be larger than a run that is held down by errors. */
	if (end - start < span)
		end = start + span;
	if (end - start > run_size)
		end = start + run_size;
	if (end > windows->read_limit)
		end = windows->read_limit;
	unmap(windows);
	windows->run_size = run_size;
	if (map_run(windows, start, end))
		return 0;
	return fill(windows, &windows->run, windows->buf, start, end);
}

static int fill_spot(struct vms_windows *windows, uint64_t start, uint64_t end)
{
	unsigned int i = (windows->last_spot + 1) % VMS_WINDOW_SPOTS;
	uint8_t *buf = windows->buf + windows->run_max +
		       i * VMS_READ_BLOCK_BYTES;

	if (end > windows->read_limit)
		end = windows->read_limit;
	windows->last_spot = i;
	return fill(windows, &windows->spots[i], buf, start, end);
}

/*
 * /proc/vmcore fails a whole read for one bad page in it. So after an error
 * reads are short, and each that succeeds doubles what the next may be.
 */
static void adapt(struct vms_windows *windows, int errnum)
{
	if (errnum)
		windows->run_limit = VMS_READ_BLOCK_BYTES;
	else if (windows->run_limit < windows->run_max)
		windows->run_limit *= 2;
}

/*
 * The last try at offset: only what a bad read there would condemn. Half a
 * block is good when the other half is bad.
 */
static enum vms_read retry(struct vms_windows *windows, uint64_t offset,
			   size_t size, size_t block, const uint8_t **ret,
			   size_t *size_ret)
{
	int errnum = fill_spot(windows, offset, offset + block);

	if (serve_any(windows, offset, size, ret, size_ret))
		return VMS_READ_OK;
	*size_ret = size;
	if (!errnum)
		return VMS_READ_TRUNCATED;
	if (size > block)
		*size_ret = block;
	return VMS_READ_FAILED;
}

enum vms_read vms_windows_get(struct vms_windows *windows, uint64_t offset,
			      size_t size, size_t block, const uint8_t **ret,
			      size_t *size_ret)
{
	uint64_t start = vms_align_down(offset, VMS_READ_BLOCK_BYTES);
	size_t span = size + (size_t)(offset - start);
	size_t run_size;
	int errnum;

	if (serve_any(windows, offset, size, ret, size_ret))
		return VMS_READ_OK;
	if (offset >= windows->read_limit) {
		*size_ret = size;
		return VMS_READ_TRUNCATED;
	}
	run_size = choose_run(windows, offset, span);
	if (run_size)
		errnum = fill_run(windows, start, span, run_size);
	else
		errnum = fill_spot(windows, start,
				   start + VMS_READ_BLOCK_BYTES);
	adapt(windows, errnum);
	if (serve_any(windows, offset, size, ret, size_ret))
		return VMS_READ_OK;
	if (!errnum) {
		*size_ret = size;
		return VMS_READ_TRUNCATED;
	}
	/* Was that all that there is to try? */
	if (!run_size && start == offset && block == VMS_READ_BLOCK_BYTES) {
		*size_ret = size < block ? size : block;
		return VMS_READ_FAILED;
	}
	return retry(windows, offset, size, block, ret, size_ret);
}

/*
 * What lies behind is not asked for again: reads by vms_windows_read() go up.
 * The page cache keeps pieces of up to some MiB (large folios) that reach out
 * of the range, so each range begins inside the one before. The first is the
 * whole file: what a scan has read of it.
 */
static void drop_behind(struct vms_windows *windows, uint64_t offset)
{
	uint64_t start = windows->dropped;

	if (start == UINT64_MAX) {
		posix_fadvise(windows->fd, 0, 0, POSIX_FADV_DONTNEED);
		windows->dropped = offset;
		return;
	}
	if (offset >= start && offset - start < DROP_BYTES)
		return;
	windows->dropped = offset;
	if (offset < start)
		return;
	start = start > DROP_BYTES ? start - DROP_BYTES : 0;
	posix_fadvise(windows->fd, (off_t)start, (off_t)(offset - start),
		      POSIX_FADV_DONTNEED);
}

size_t vms_windows_read(struct vms_windows *windows, uint64_t offset, void *buf,
			size_t size)
{
	size_t done;
	int errnum;

	if (windows->map_limit || windows->run_limit < windows->run_max ||
	    offset >= windows->read_limit)
		return 0;
	if (size > windows->read_limit - offset)
		size = (size_t)(windows->read_limit - offset);
	done = vms_source_pread(windows->fd, offset, buf, size, &errnum);
	adapt(windows, errnum);
	if (windows->drop_behind)
		drop_behind(windows, offset);
	return done;
}
