// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The wrapped calls. State is global because the calls they stand for are.
 */
#include "fake_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/vfs.h>
#include <unistd.h>

static struct fake_calls state;

struct fake_calls *fake_calls(void)
{
	return &state;
}

void fake_calls_reset(void)
{
	memset(&state, 0, sizeof(state));
}

static bool is_regular(int fd)
{
	struct stat st;

	return !fstat(fd, &st) && S_ISREG(st.st_mode);
}

/* -1 with errno set when errnum says so. */
static int maybe_fail(int errnum)
{
	state.calls++;
	errno = errnum;
	return errnum ? -1 : 0;
}

ssize_t __real_pwrite64(int fd, const void *buf, size_t size, off_t offset);
ssize_t __wrap_pwrite64(int fd, const void *buf, size_t size, off_t offset);

ssize_t __wrap_pwrite64(int fd, const void *buf, size_t size, off_t offset)
{
	int errnum = state.write_errno;

	if (errnum && state.write_errno_times && !--state.write_errno_times)
		state.write_errno = 0;
	if (maybe_fail(errnum))
		return -1;
	if (state.write_interrupted && state.calls % 2) {
		errno = EINTR;
		return -1;
	}
	if (state.write_nothing)
		return 0;
	if (state.write_at_most && size > state.write_at_most)
		size = state.write_at_most;
	return __real_pwrite64(fd, buf, size, offset);
}

int __real_ftruncate64(int fd, off_t size);
int __wrap_ftruncate64(int fd, off_t size);

int __wrap_ftruncate64(int fd, off_t size)
{
	return maybe_fail(state.truncate_errno) ? -1 :
						  __real_ftruncate64(fd, size);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);

int __wrap_fsync(int fd)
{
	if (!is_regular(fd))
		return maybe_fail(state.dir_sync_errno) ? -1 :
							  __real_fsync(fd);
	if (state.file_sync_times) {
		state.file_sync_times--;
		return maybe_fail(state.file_sync_errno);
	}
	return __real_fsync(fd);
}

int __real_sync_file_range(int fd, off_t offset, off_t size,
			   unsigned int flags);
int __wrap_sync_file_range(int fd, off_t offset, off_t size,
			   unsigned int flags);

int __wrap_sync_file_range(int fd, off_t offset, off_t size,
			   unsigned int flags)
{
	int errnum = state.range_sync_errno;

	state.range_syncs++;
	if (errnum && state.range_syncs > state.range_sync_after) {
		if (state.range_sync_times && !--state.range_sync_times)
			state.range_sync_errno = 0;
		errno = errnum;
		return -1;
	}
	if (flags & SYNC_FILE_RANGE_WAIT_AFTER)
		state.waited += size;
	else
		state.sent += size;
	return __real_sync_file_range(fd, offset, size, flags);
}

int __real_posix_fadvise64(int fd, off_t offset, off_t size, int advice);
int __wrap_posix_fadvise64(int fd, off_t offset, off_t size, int advice);

int __wrap_posix_fadvise64(int fd, off_t offset, off_t size, int advice)
{
	state.dropped = offset + size;
	return __real_posix_fadvise64(fd, offset, size, advice);
}

int __real_fallocate64(int fd, int mode, off_t offset, off_t size);
int __wrap_fallocate64(int fd, int mode, off_t offset, off_t size);

int __wrap_fallocate64(int fd, int mode, off_t offset, off_t size)
{
	if (state.allocate_errno) {
		errno = state.allocate_errno;
		return -1;
	}
	if (!state.allocates || offset < state.allocated_from)
		state.allocated_from = offset;
	state.allocates++;
	state.allocated_to = offset + size;
	return __real_fallocate64(fd, mode, offset, size);
}

int __real_fstatfs64(int fd, struct statfs *buf);
int __wrap_fstatfs64(int fd, struct statfs *buf);

int __wrap_fstatfs64(int fd, struct statfs *buf)
{
	int ret = __real_fstatfs64(fd, buf);

	if (state.fs_errno) {
		errno = state.fs_errno;
		return -1;
	}
	if (state.fs_type) {
		buf->f_type = state.fs_type;
		buf->f_bsize = 4096;
		buf->f_bavail = state.fs_free_blocks;
	}
	return ret;
}

int __real_close(int fd);
int __wrap_close(int fd);

int __wrap_close(int fd)
{
	bool regular = is_regular(fd);
	int ret = __real_close(fd);

	return regular && maybe_fail(state.close_errno) ? -1 : ret;
}

int __real_renameat2(int from_dir, const char *from, int to_dir, const char *to,
		     unsigned int flags);
int __wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to,
		     unsigned int flags);

int __wrap_renameat2(int from_dir, const char *from, int to_dir, const char *to,
		     unsigned int flags)
{
	if (state.plant_at_rename)
		__real_close(openat(to_dir, to, O_WRONLY | O_CREAT, 0600));
	if (maybe_fail(state.renameat2_errno))
		return -1;
	return __real_renameat2(from_dir, from, to_dir, to, flags);
}

int __real_linkat(int from_dir, const char *from, int to_dir, const char *to,
		  int flags);
int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to,
		  int flags);

int __wrap_linkat(int from_dir, const char *from, int to_dir, const char *to,
		  int flags)
{
	if (maybe_fail(state.linkat_errno))
		return -1;
	return __real_linkat(from_dir, from, to_dir, to, flags);
}

int __real_unlinkat(int dir, const char *name, int flags);
int __wrap_unlinkat(int dir, const char *name, int flags);

int __wrap_unlinkat(int dir, const char *name, int flags)
{
	if (maybe_fail(state.unlinkat_errno))
		return -1;
	return __real_unlinkat(dir, name, flags);
}

ssize_t __real_getrandom(void *buf, size_t size, unsigned int flags);
ssize_t __wrap_getrandom(void *buf, size_t size, unsigned int flags);

ssize_t __wrap_getrandom(void *buf, size_t size, unsigned int flags)
{
	if (maybe_fail(state.getrandom_errno))
		return -1;
	if (state.getrandom_constant) {
		memset(buf, 0x5a, size);
		return (ssize_t)size;
	}
	return __real_getrandom(buf, size, flags);
}

static bool alloc_fails(void)
{
	if (!state.fail_alloc || --state.fail_alloc)
		return false;
	if (state.fail_alloc_times > 1) {
		state.fail_alloc_times--;
		state.fail_alloc = 1;
	}
	return true;
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
	return alloc_fails() ? NULL : __real_calloc(n, size);
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);

void *__wrap_malloc(size_t size)
{
	return alloc_fails() ? NULL : __real_malloc(size);
}

void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return alloc_fails() ? NULL : __real_aligned_alloc(align, size);
}

char *__real_strdup(const char *s);
char *__wrap_strdup(const char *s);

char *__wrap_strdup(const char *s)
{
	return alloc_fails() ? NULL : __real_strdup(s);
}

char *__real_strndup(const char *s, size_t n);
char *__wrap_strndup(const char *s, size_t n);

char *__wrap_strndup(const char *s, size_t n)
{
	return alloc_fails() ? NULL : __real_strndup(s, n);
}
