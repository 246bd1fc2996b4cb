// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scratch in a file without a name. It is in this room because it is about
 * files, their limits and their file systems, as the local transport is; it
 * knows nothing of what is in it.
 *
 * Memory: this struct and the path.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <vmsieve/scratch.h>

/* Names are tried where the file system has no files without one. */
#define CREATE_TRIES 16
/* ".vmsieve-scratch-", a process id and 16 hexadecimal digits. */
#define NAME_BYTES 64

struct scratch_file {
	struct vms_scratch base;
	char *path;		/* of the directory, for messages */
	int dir;
	int fd;			/* -1: nothing was written yet */
	uint64_t limit;		/* bytes that the file may have */
	bool limit_is_ours;	/* else RLIMIT_FSIZE */
};

static struct scratch_file *scratch_file(struct vms_scratch *scratch)
{
	return (struct scratch_file *)scratch;
}

/*
 * O_EXCL makes a name that somebody can guess safe: such a file is not ours,
 * and ours loses its name at once.
 */
static int create_named(int dir)
{
	for (int i = 0; i < CREATE_TRIES; i++) {
		struct timespec now = { 0, 0 };
		char name[NAME_BYTES];
		int fd;

		clock_gettime(CLOCK_MONOTONIC, &now);
		snprintf(name, sizeof(name), ".vmsieve-scratch-%ld-%016llx",
			 (long)getpid(),
			 (unsigned long long)now.tv_sec << 32 ^
				 (unsigned long long)now.tv_nsec);
		fd = openat(dir, name,
			    O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
		if (fd < 0 && (errno == EEXIST || errno == EINTR))
			continue;
		if (fd >= 0 && unlinkat(dir, name, 0)) {
			int errnum = errno;

			close(fd);
			errno = errnum;
			return -1;
		}
		return fd;
	}
	return -1;
}

static struct vms_error *open_file(struct scratch_file *s)
{
	s->fd = openat(s->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	/* Old kernels see O_DIRECTORY in O_TMPFILE and say EISDIR. */
	if (s->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR ||
			  errno == EINVAL))
		s->fd = create_named(s->dir);
	if (s->fd < 0)
		return vms_error_system(errno, "scratch file in %s: create",
					s->path);
	return NULL;
}

static struct vms_error *write_error(const struct scratch_file *s, int errnum,
				     size_t size, uint64_t offset)
{
	return vms_error_system(errnum,
				"scratch file in %s: write of %zu bytes at "
				"offset 0x%" PRIx64, s->path, size, offset);
}

/* A write that begins at RLIMIT_FSIZE or behind it would bring SIGXFSZ. */
static struct vms_error *check_limit(const struct scratch_file *s,
				     size_t size, uint64_t offset)
{
	if (offset <= s->limit && size <= s->limit - offset)
		return NULL;
	if (!s->limit_is_ours)
		return write_error(s, EFBIG, size, offset);
	return vms_error_create(VMS_ERR_LIMIT,
				"scratch file in %s: more than %" PRIu64
				" bytes", s->path, s->limit);
}

static struct vms_error *file_write_at(struct vms_scratch *scratch,
				       uint64_t offset, const void *data,
				       size_t size)
{
	struct scratch_file *s = scratch_file(scratch);
	const uint8_t *p = data;
	struct vms_error *err = check_limit(s, size, offset);

	if (!err && s->fd < 0)
		err = open_file(s);
	while (!err && size) {
		ssize_t n = pwrite(s->fd, p, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return write_error(s, n ? errno : EIO, size, offset);
		p += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return err;
}

static struct vms_error *file_read_at(struct vms_scratch *scratch,
				      uint64_t offset, void *buf, size_t size)
{
	struct scratch_file *s = scratch_file(scratch);
	uint8_t *p = buf;

	while (size) {
		ssize_t n = pread(s->fd, p, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return vms_error_system(n ? errno : EIO,
						"scratch file in %s: read of "
						"%zu bytes at offset 0x%" PRIx64
						"%s", s->path, size, offset,
						n ? "" : ": end of file");
		p += n;
		size -= (size_t)n;
		offset += (uint64_t)n;
	}
	return NULL;
}

static void file_destroy(struct vms_scratch *scratch)
{
	struct scratch_file *s = scratch_file(scratch);

	if (s->fd >= 0)
		close(s->fd);
	if (s->dir >= 0)
		close(s->dir);
	free(s->path);
	free(s);
}

static const struct vms_scratch_ops file_ops = {
	.name = "file",
	.write_at = file_write_at,
	.read_at = file_read_at,
	.destroy = file_destroy,
};

/*
 * Magic numbers of include/uapi/linux/magic.h, the same since they are there:
 * ramfs, tmpfs (Linux 2.4), overlayfs (Linux 3.18). A live system's overlay
 * mostly has its upper layer in a tmpfs, and does not tell.
 */
static const char *memory_fs(int dir)
{
	struct statfs fs;

	if (TEMP_FAILURE_RETRY(fstatfs(dir, &fs)))
		return "a file system that does not say which it is";
	switch ((uint32_t)fs.f_type) {
	case 0x858458f6U:
		return "a ramfs";
	case 0x01021994U:
		return "a tmpfs";
	case 0x794c7630U:
		return "an overlay";
	}
	return NULL;
}

static void set_limit(struct scratch_file *s, uint64_t cap_bytes)
{
	struct rlimit limit;

	s->limit = cap_bytes < INT64_MAX ? cap_bytes : INT64_MAX;
	s->limit_is_ours = true;
	if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur < s->limit) {
		s->limit = limit.rlim_cur;
		s->limit_is_ours = false;
	}
}

struct vms_error *vms_scratch_file_create(const char *dir, uint64_t cap_bytes,
					  bool allow_memory,
					  struct vms_scratch **ret)
{
	VMS_CLEANUP(scratch) struct vms_scratch *scratch = NULL;
	struct scratch_file *s = calloc(1, sizeof(*s));
	const char *memory;

	if (!s)
		return vms_error_no_memory();
	s->base.ops = &file_ops;
	s->dir = -1;
	s->fd = -1;
	scratch = &s->base;
	s->path = strdup(dir);
	if (!s->path)
		return vms_error_no_memory();
	s->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return vms_error_system(errno, "scratch directory %s", dir);
	memory = memory_fs(s->dir);
	if (memory && !allow_memory)
		return vms_error_create(VMS_ERR_UNSUPPORTED,
					"scratch directory %s: in %s, which "
					"may be memory", dir, memory);
	set_limit(s, cap_bytes);
	*ret = vms_take_ptr(scratch);
	return NULL;
}
