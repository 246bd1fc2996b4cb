// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Faults for the source room's tests. The linker sends the room's calls here
 * (--wrap), so the product holds no test code.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include <vmsieve/limits.h>
#include <vmsieve/log.h>

#include "test_source_support.h"
#include "vms_cmocka.h"

struct faults faults;
static char warning_text[16384];
static unsigned int warning_count;

ssize_t __real_pread64(int fd, void *buf, size_t size, off_t offset);
ssize_t __wrap_pread64(int fd, void *buf, size_t size, off_t offset);
int __real_fstatfs64(int fd, struct statfs *fs);
int __wrap_fstatfs64(int fd, struct statfs *fs);
int __real_stat64(const char *path, struct stat *st);
int __wrap_stat64(const char *path, struct stat *st);
int __real_fstat64(int fd, struct stat *st);
int __wrap_fstat64(int fd, struct stat *st);
int __real_ioctl(int fd, unsigned long request, void *arg);
int __wrap_ioctl(int fd, unsigned long request, void *arg);
void *__real_mmap64(void *at, size_t size, int prot, int flags, int fd,
		    off_t offset);
void *__wrap_mmap64(void *at, size_t size, int prot, int flags, int fd,
		    off_t offset);
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t nr, size_t size);
void *__wrap_calloc(size_t nr, size_t size);
void *__real_reallocarray(void *p, size_t nr, size_t size);
void *__wrap_reallocarray(void *p, size_t nr, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
char *__real_strdup(const char *s);
char *__wrap_strdup(const char *s);
void __wrap_vms_log_warn(struct vms_log *log, const char *fmt, ...)
	VMS_PRINTF(2, 3);
void __wrap_vms_log_warn_limited(struct vms_log *log,
				 struct vms_log_limit *limit, const char *fmt,
				 ...) VMS_PRINTF(3, 4);

void faults_reset(void)
{
	memset(&faults, 0, sizeof(faults));
}

/* How much of [offset, offset + size) can be read; 0 with errno: none. */
static size_t readable(uint64_t offset, size_t size)
{
	for (size_t i = 0; i < VMS_ARRAY_SIZE(faults.bad); i++) {
		uint64_t start = faults.bad[i].start;

		if (offset >= faults.bad[i].end || offset + size <= start)
			continue;
		errno = faults.bad[i].errnum;
		if (faults.whole_read_fails || start <= offset)
			return 0;
		size = (size_t)(start - offset);
	}
	return size;
}

ssize_t __wrap_pread64(int fd, void *buf, size_t size, off_t offset)
{
	ssize_t n;

	faults.reads++;
	if (faults.interrupted) {
		faults.interrupted--;
		errno = faults.interrupted % 2 ? EAGAIN : EINTR;
		return -1;
	}
	if (size > faults.largest_read)
		faults.largest_read = size;
	if (faults.max_read && size > faults.max_read)
		size = faults.max_read;
	size = readable((uint64_t)offset, size);
	if (!size)
		return -1;
	n = __real_pread64(fd, buf, size, offset);
	if (n > 0)
		faults.read_bytes += (uint64_t)n;
	return n;
}

int __wrap_fstatfs64(int fd, struct statfs *fs)
{
	int result = __real_fstatfs64(fd, fs);

	if (!result && faults.proc)
		fs->f_type = PROC_SUPER_MAGIC;
	return result;
}

static int disguise(int result, struct stat *st)
{
	if (!result && faults.block_device) {
		st->st_mode = (st->st_mode & ~(mode_t)S_IFMT) | S_IFBLK;
		st->st_size = 0;
	}
	return result;
}

int __wrap_stat64(const char *path, struct stat *st)
{
	return disguise(__real_stat64(path, st), st);
}

int __wrap_fstat64(int fd, struct stat *st)
{
	return disguise(__real_fstat64(fd, st), st);
}

int __wrap_ioctl(int fd, unsigned long request, void *arg)
{
	struct stat st;

	if (!faults.block_device)
		return __real_ioctl(fd, request, arg);
	if (__real_fstat64(fd, &st))
		return -1;
	*(uint64_t *)arg = (uint64_t)st.st_size;
	return 0;
}

void *__wrap_mmap64(void *at, size_t size, int prot, int flags, int fd,
		    off_t offset)
{
	faults.maps++;
	if (faults.mmap_errnum) {
		errno = faults.mmap_errnum;
		return MAP_FAILED;
	}
	return __real_mmap64(at, size, prot, flags, fd, offset);
}

static bool allocation_fails(size_t bytes)
{
	faults.allocated_bytes += bytes;
	return ++faults.allocations == faults.fail_allocation;
}

void *__wrap_malloc(size_t size)
{
	return allocation_fails(size) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t nr, size_t size)
{
	return allocation_fails(nr * size) ? NULL : __real_calloc(nr, size);
}

void *__wrap_reallocarray(void *p, size_t nr, size_t size)
{
	return allocation_fails(nr * size) ? NULL :
					     __real_reallocarray(p, nr, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return allocation_fails(size) ? NULL : __real_aligned_alloc(align, size);
}

char *__wrap_strdup(const char *s)
{
	return allocation_fails(strlen(s) + 1) ? NULL : __real_strdup(s);
}

static VMS_PRINTF(1, 0) void keep_warning(const char *fmt, va_list args)
{
	size_t used = strlen(warning_text);

	vsnprintf(warning_text + used, sizeof(warning_text) - used, fmt, args);
	used = strlen(warning_text);
	snprintf(warning_text + used, sizeof(warning_text) - used, "\n");
	warning_count++;
}

void __wrap_vms_log_warn(struct vms_log *log, const char *fmt, ...)
{
	va_list args;

	(void)log;
	va_start(args, fmt);
	keep_warning(fmt, args);
	va_end(args);
}

void __wrap_vms_log_warn_limited(struct vms_log *log,
				 struct vms_log_limit *limit, const char *fmt,
				 ...)
{
	va_list args;

	(void)log;
	if (limit->seen++ >= VMS_LOG_LIMIT)
		return;
	va_start(args, fmt);
	keep_warning(fmt, args);
	va_end(args);
}

const char *warnings(void)
{
	return warning_text;
}

unsigned int warnings_count(void)
{
	return warning_count;
}

void warnings_reset(void)
{
	warning_text[0] = '\0';
	warning_count = 0;
}

struct vms_error *open_image_file(const struct elf_image *image,
				  const struct vms_source_options *options,
				  char **path_ret, struct vms_source **ret)
{
	*path_ret = elf_image_save(image);
	warnings_reset();
	return vms_source_open(*path_ret, options, NULL, ret);
}

struct vms_error *open_image(const struct elf_image *image, bool lenient,
			     struct vms_source **ret)
{
	const struct vms_source_options options = { .lenient = lenient };
	struct vms_error *err;
	char *path;

	err = open_image_file(image, &options, &path, ret);
	unlink(path);
	free(path);
	return err;
}

struct vms_source *open_good(const struct elf_image *image, bool lenient)
{
	struct vms_source *source = NULL;

	assert_no_error(open_image(image, lenient, &source));
	return source;
}

struct vms_reader *reader_of(struct vms_source *source)
{
	struct vms_reader *reader = NULL;

	assert_no_error(vms_reader_create(source, VMS_READER_WINDOW_BYTES,
					  &reader));
	return reader;
}

double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void check_text(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in \"%s\"", part, text);
}

void check_error(struct vms_error *err, enum vms_error_code code,
		  const char *part)
{
	if (!err)
		fail_msg("no error, expected \"%s\"", part);
	check_text(vms_error_text(err), part);
	if (vms_error_code(err) != code)
		fail_msg("code %d instead of %d: %s", vms_error_code(err), code,
			 vms_error_text(err));
	vms_error_destroy(err);
}

void check_memory(struct vms_reader *reader, vms_paddr_t paddr, size_t size)
{
	uint8_t *buf = malloc(size);

	assert_non_null(buf);
	assert_int_equal(vms_reader_copy(reader, paddr, buf, size),
			 VMS_READ_OK);
	for (size_t i = 0; i < size; i++)
		if (buf[i] != elf_image_byte(paddr + i))
			fail_msg("byte at %#llx is %02x instead of %02x",
				 (unsigned long long)(paddr + i), buf[i],
				 elf_image_byte(paddr + i));
	free(buf);
}
