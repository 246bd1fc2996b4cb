// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bytes of the local transport: writes, size, sync and free space of the open
 * file. Knows neither names nor dumps.
 */
#include <errno.h>
#include <inttypes.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "local_priv.h"

static struct vms_error *write_error(struct local_sink *s, int errnum,
				     size_t size, uint64_t offset)
{
	s->write_failed = true;
	return vms_error_system(errnum,
				"%s: write of %zu bytes at offset 0x%" PRIx64,
				s->temp_path, size, offset);
}

/* Room that was only taken ahead is the first to go. Once. */
static bool make_space(struct local_sink *s, int errnum)
{
	if (errnum != ENOSPC && errnum != EDQUOT)
		return false;
	s->cache.ahead = false;
	return local_cache_give_back(s);
}

/*
 * A write that begins at RLIMIT_FSIZE or behind it brings SIGXFSZ, which would
 * end the program: it is not made, only its error. One that begins below and
 * passes the limit is short.
 */
static struct vms_error *write_all(struct local_sink *s, uint64_t offset,
				   const uint8_t *p, size_t size)
{
	while (size) {
		ssize_t n;

		if (offset >= s->limit)
			return write_error(s, EFBIG, size, offset);
		n = pwrite(s->fd, p, size, (off_t)offset);
		if (n < 0 && (errno == EINTR || make_space(s, errno)))
			continue;
		if (n <= 0)
			return write_error(s, n ? errno : EIO, size, offset);
		p += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return NULL;
}

struct vms_error *local_write_at(struct vms_sink *sink, uint64_t offset,
				 const void *data, size_t size)
{
	struct local_sink *s = local_sink(sink);
	struct vms_error *err;
	int errnum;

	local_cache_ahead(s, offset, size);
	err = write_all(s, offset, data, size);
	if (err)
		return err;
	errnum = local_cache_wrote(s, offset, size);
	if (!errnum)
		return NULL;
	s->write_failed = true;
	s->sync_failed = true;
	return vms_error_system(errnum, "%s: data written before offset 0x%"
				PRIx64 " did not reach the disk",
				s->temp_path, offset + size);
}

struct vms_error *local_set_size(struct vms_sink *sink, uint64_t size)
{
	struct local_sink *s = local_sink(sink);
	int errnum = 0;

	if (size > s->limit)
		errnum = EFBIG;
	else if (TEMP_FAILURE_RETRY(ftruncate(s->fd, (off_t)size)))
		errnum = errno;
	if (!errnum) {
		s->size = size;
		return NULL;
	}
	s->write_failed = true;
	return vms_error_system(errnum, "%s: set size to %" PRIu64 " bytes",
				s->temp_path, size);
}

/*
 * After a failed fsync() the kernel may have dropped the dirty pages and
 * marked them clean, so that a second fsync() succeeds over lost data.
 */
struct vms_error *local_sync(struct vms_sink *sink)
{
	struct local_sink *s = local_sink(sink);

	if (s->sync_failed)
		return vms_error_create(VMS_ERR_SYSTEM,
					"%s: an earlier sync failed, "
					"data may be lost", s->temp_path);
	local_cache_give_back(s);
	if (TEMP_FAILURE_RETRY(fsync(s->fd))) {
		s->sync_failed = true;
		return vms_error_system(errno, "%s: sync", s->temp_path);
	}
	return NULL;
}

/* For unprivileged users: what root may take on top stays unknown. */
struct vms_error *local_free_space(struct vms_sink *sink, uint64_t *ret)
{
	struct local_sink *s = local_sink(sink);
	struct statvfs vfs;

	if (TEMP_FAILURE_RETRY(fstatvfs(s->dir, &vfs)))
		return vms_error_system(errno, "%s: free space",
					s->final_path);
	if (__builtin_mul_overflow(vfs.f_bavail, vfs.f_frsize, ret))
		*ret = UINT64_MAX;
	return NULL;
}
