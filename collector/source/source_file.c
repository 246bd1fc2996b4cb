// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The input as a file: its kind, its size, whether it is /proc/vmcore, and
 * exact reads from it. Must not know what the bytes mean.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <vmsieve/checked.h>

#include "source_priv.h"

/*
 * Interrupted reads in a row that bring no byte. A file system that answers
 * nothing else would hold us for ever.
 */
#define MAX_IDLE_READS 1000U

size_t vms_source_pread(int fd, uint64_t offset, void *buf, size_t size,
			int *errnum_ret)
{
	unsigned int idle = 0;
	size_t done = 0;

	*errnum_ret = 0;
	while (done < size) {
		ssize_t n = pread(fd, (uint8_t *)buf + done, size - done,
				  (off_t)(offset + done));

		if (n > 0) {
			done += (size_t)n;
			idle = 0;
		} else if (n == 0) {
			break;
		} else if ((errno != EINTR && errno != EAGAIN) ||
			   ++idle > MAX_IDLE_READS) {
			*errnum_ret = errno;
			break;
		}
	}
	return done;
}

struct vms_error *vms_source_read_exact(const struct vms_source *source,
					uint64_t offset, void *buf, size_t size,
					const char *what)
{
	size_t done;
	int errnum;

	if (vms_inside_u64(offset, size, source->head_size)) {
		memcpy(buf, source->head + offset, size);
		return NULL;
	}
	if (!vms_inside_u64(offset, size, source->read_limit))
		return vms_error_create(VMS_ERR_TRUNCATED,
					"%s at file offset %" PRIu64
					" needs %zu bytes, the file has %" PRIu64,
					what, offset, size,
					source->info.file_size);
	done = vms_source_pread(source->fd, offset, buf, size, &errnum);
	if (errnum)
		return vms_error_system(errnum,
					"reading %s at file offset %" PRIu64,
					what, offset + done);
	if (done < size)
		return vms_error_create(VMS_ERR_TRUNCATED,
					"%s at file offset %" PRIu64
					" needs %zu bytes, the file ends after %zu",
					what, offset, size, done);
	return NULL;
}

/* NULL: a kind that can be read at any offset. */
static const char *unusable_kind(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
	case S_IFBLK:
		return NULL;
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a pipe";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
		return "a character device";
	default:
		return "of an unknown kind";
	}
}

static struct vms_error *check_kind(mode_t mode)
{
	const char *kind = unusable_kind(mode);

	if (!kind)
		return NULL;
	return vms_error_create(VMS_ERR_INPUT,
				"is %s, only a regular file or a block device can be read",
				kind);
}

/*
 * The kind is checked before the open, which could wait (pipe), fail without
 * a good word (socket) or set a device going, and again on what was opened.
 */
static struct vms_error *open_checked(const char *path, int *fd_ret,
				      struct stat *st_ret)
{
	VMS_CLEANUP(fd) int fd = -1;
	struct vms_error *err;
	struct stat st;

	if (stat(path, &st))
		return vms_error_system(errno, "open");
	err = check_kind(st.st_mode);
	if (err)
		return err;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return vms_error_system(errno, "open");
	if (fstat(fd, &st))
		return vms_error_system(errno, "stat");
	err = check_kind(st.st_mode);
	if (err)
		return err;
	if (fcntl(fd, F_SETFL, 0))
		return vms_error_system(errno, "fcntl");
	*fd_ret = vms_take_fd(&fd);
	*st_ret = st;
	return NULL;
}

static struct vms_error *find_size(int fd, const struct stat *st, uint64_t *ret)
{
	if (!S_ISBLK(st->st_mode)) {
		*ret = st->st_size > 0 ? (uint64_t)st->st_size : 0;
		return NULL;
	}
	if (ioctl(fd, BLKGETSIZE64, ret))
		return vms_error_system(errno, "size of block device");
	return NULL;
}

/*
 * /proc/vmcore cannot shrink, so mapping it is safe; but memory that is found
 * late (virtio-mem) can make it longer than stat() said.
 */
static bool is_proc(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == PROC_SUPER_MAGIC;
}

struct vms_error *vms_source_file_open(struct vms_source *source,
				       const char *path,
				       const struct vms_source_options *options)
{
	struct vms_error *err;
	struct stat st;
	int errnum;

	err = open_checked(path, &source->fd, &st);
	if (err)
		return err;
	err = find_size(source->fd, &st, &source->info.file_size);
	if (err)
		return err;
	source->info.live = is_proc(source->fd);
	source->lenient = options->lenient || source->info.live;
	source->drop_behind = !source->info.live && options->drop_above &&
			      source->info.file_size > options->drop_above;
	source->may_map = source->info.live && !options->no_mmap;
	source->read_limit = source->info.live ? (uint64_t)INT64_MAX :
						 source->info.file_size;
	/*
	 * Dumps are read from the start to the end. Where memory is short, what
	 * the kernel would read ahead (megabytes on some disks) is not welcome:
	 * our reads are large, and have a thread of their own.
	 */
	if (!source->info.live)
		posix_fadvise(source->fd, 0, 0,
			      source->drop_behind ? POSIX_FADV_RANDOM :
						    POSIX_FADV_SEQUENTIAL);

	source->head_size = vms_source_pread(source->fd, 0, source->head,
					     sizeof(source->head), &errnum);
	if (errnum && source->head_size == 0)
		return vms_error_system(errnum, "reading file offset 0");
	return NULL;
}
