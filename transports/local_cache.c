// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the local file may hold of the page cache, and room on the disk ahead
 * of it. A crash kernel has little memory, and a disk that is idle until the
 * last fsync is time lost: finished windows are sent to the disk at once,
 * waited for some windows later, and dropped. Knows offsets only.
 *
 * This makes nothing durable: neither the file's size and extents nor the
 * disk's own cache are flushed. fsync at the end does that.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "local_priv.h"

/* Unless told otherwise. Much more makes nothing faster: see RUN_WINDOWS. */
#define DEFAULT_BYTES (16ULL << 20)
/* A run has one window being filled and three on their way to the disk. */
#define IN_FLIGHT 3U
#define RUN_WINDOWS (IN_FLIGHT + 1)
#define MIN_WINDOW (256ULL << 10)
#define MAX_WINDOW (16ULL << 20)
/*
 * Windows are multiples of this, and as much at the end of a run is not sent:
 * its blocks are written again soon, those of descriptors twice. A block on
 * its way would be waited for, a dropped one read.
 */
#define MARGIN (64ULL << 10)
/* The page cache's largest unit. It goes only as a whole, in a range that
 * covers it. */
#define MAX_FOLIO (2ULL << 20)
/* Room is taken in such steps, once a quarter of one was appended ... */
#define AHEAD_BYTES (64ULL << 20)
/* ... and only where it is no matter: 1 GiB is free. */
#define AHEAD_MIN_STEPS 16U

void local_cache_init(struct local_sink *s, uint64_t cache_bytes)
{
	struct local_cache *c = &s->cache;
	struct statfs fs;

	if (!cache_bytes)
		cache_bytes = DEFAULT_BYTES;
	c->window = cache_bytes / (LOCAL_RUNS * RUN_WINDOWS);
	c->window -= c->window % MARGIN;
	if (c->window < MIN_WINDOW)
		c->window = MIN_WINDOW;
	if (c->window > MAX_WINDOW)
		c->window = MAX_WINDOW;
	/*
	 * ext4 saves a quarter of a write's cost by it. tmpfs would take
	 * memory; nothing is known to gain elsewhere.
	 */
	c->ahead = !fstatfs(s->fd, &fs) && fs.f_type == EXT4_SUPER_MAGIC;
}

/* 0 or an errno; file systems that cannot are not asked again. */
static int sync_range(struct local_sink *s, uint64_t start, uint64_t size,
		      unsigned int flags)
{
	if (s->cache.off ||
	    !TEMP_FAILURE_RETRY(sync_file_range(s->fd, (off_t)start,
						(off_t)size, flags)))
		return 0;
	if (errno != ENOSYS && errno != EINVAL && errno != ESPIPE &&
	    errno != EOPNOTSUPP)
		return errno;
	s->cache.off = true;
	return 0;
}

/*
 * Dropping is a wish: what cannot be dropped stays. The range begins early for
 * a folio that reaches into it from before.
 */
static int wait_and_drop(struct local_sink *s, struct local_run *run,
			 uint64_t size)
{
	uint64_t start = run->start;
	int errnum = sync_range(s, run->dropped, size,
				SYNC_FILE_RANGE_WAIT_BEFORE |
				SYNC_FILE_RANGE_WRITE |
				SYNC_FILE_RANGE_WAIT_AFTER);

	if (run->dropped - start > MAX_FOLIO)
		start = run->dropped - MAX_FOLIO;
	run->dropped += size;
	if (!errnum)
		posix_fadvise(s->fd, (off_t)start,
			      (off_t)(run->dropped - start),
			      POSIX_FADV_DONTNEED);
	return errnum;
}

/* Sends the finished windows of a run. */
static int send_windows(struct local_sink *s, struct local_run *run)
{
	uint64_t window = s->cache.window;
	int errnum = 0;

	while (!errnum && run->end >= run->sent + window + MARGIN) {
		errnum = sync_range(s, run->sent, window,
				    SYNC_FILE_RANGE_WRITE);
		run->sent += window;
		if (!errnum && run->sent - run->dropped > IN_FLIGHT * window)
			errnum = wait_and_drop(s, run, window);
	}
	return errnum;
}

static bool continues(const struct local_sink *s, const struct local_run *run,
		      uint64_t offset, uint64_t end)
{
	return end > run->sent && offset <= run->end + s->cache.window;
}

/* The run that goes on with these bytes; else the older one gives way. */
static int find_run(struct local_sink *s, uint64_t offset, uint64_t end)
{
	struct local_cache *c = &s->cache;
	struct local_run *run;
	int errnum = 0;

	if (continues(s, &c->runs[c->last], offset, end))
		return 0;
	c->last = !c->last;
	run = &c->runs[c->last];
	if (continues(s, run, offset, end))
		return 0;
	if (run->end > run->sent)
		errnum = sync_range(s, run->sent, run->end - run->sent,
				    SYNC_FILE_RANGE_WRITE);
	if (!errnum && run->end > run->dropped + c->window)
		errnum = wait_and_drop(s, run, run->end - run->dropped);
	run->start = (offset + MARGIN - 1) / MARGIN * MARGIN;
	run->sent = run->start;
	run->dropped = run->start;
	run->end = end;
	return errnum;
}

int local_cache_wrote(struct local_sink *s, uint64_t offset, size_t size)
{
	struct local_cache *c = &s->cache;
	uint64_t end = offset + size;
	struct local_run *run;
	int errnum;

	if (end > s->size) {
		c->appended += end - s->size;
		s->size = end;
	}
	if (c->off)
		return 0;
	errnum = find_run(s, offset, end);
	if (errnum)
		return errnum;
	run = &c->runs[c->last];
	if (end > run->end)
		run->end = end;
	return send_windows(s, run);
}

/* Other users of the disk must not feel it, nor our own other areas. */
static bool has_plenty(const struct local_sink *s)
{
	struct statfs fs;

	return !fstatfs(s->fd, &fs) && fs.f_bsize > 0 &&
	       fs.f_bavail > AHEAD_MIN_STEPS * AHEAD_BYTES /
			     (uint64_t)fs.f_bsize;
}

void local_cache_ahead(struct local_sink *s, uint64_t offset, size_t size)
{
	struct local_cache *c = &s->cache;
	uint64_t end = offset + size;

	if (!c->ahead || end <= c->ahead_end || offset < s->size ||
	    c->appended < AHEAD_BYTES / 4)
		return;
	if (c->ahead_end > offset)
		offset = c->ahead_end;
	/* Full, no quota, or a file system that cannot: no matter. */
	if (!has_plenty(s) || fallocate(s->fd, FALLOC_FL_KEEP_SIZE,
					(off_t)offset, AHEAD_BYTES))
		c->ahead = false;
	else
		c->ahead_end = offset + AHEAD_BYTES;
}

bool local_cache_give_back(struct local_sink *s)
{
	uint64_t end = s->cache.ahead_end;
	struct stat st;

	s->cache.ahead_end = 0;
	/* The size comes from the kernel: cutting off data must not happen. */
	if (!end || fstat(s->fd, &st) || end <= (uint64_t)st.st_size)
		return false;
	/* To the size that it has: what is behind goes. */
	if (TEMP_FAILURE_RETRY(ftruncate(s->fd, st.st_size))) {
		vms_log_warn(s->log, "%s: room behind its end is not given "
			     "back: %m", s->temp_path);
		return false;
	}
	return true;
}
