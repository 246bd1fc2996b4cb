// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scratch file when calls fail, are short or interrupted, and on file
 * systems that this machine does not have.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <vmsieve/scratch.h>

#include "fake_calls.h"
#include "temp_dir.h"
#include "vms_cmocka.h"

#define CAP (1U << 20)

/* What the calls that are wrapped here do; all zero: nothing special. */
static struct {
	int tmpfile_errno;	/* openat with O_TMPFILE */
	int open_errno;		/* openat with O_CREAT */
	unsigned int open_times;	/* how often, then it succeeds */
	int open_flags;		/* of the last such call */
	size_t read_at_most;
	bool read_interrupted;	/* every second pread */
	unsigned int reads;
	int read_errno;
} faults;

ssize_t __real_pread64(int fd, void *buf, size_t size, off_t offset);
ssize_t __wrap_pread64(int fd, void *buf, size_t size, off_t offset);

ssize_t __wrap_pread64(int fd, void *buf, size_t size, off_t offset)
{
	errno = faults.read_errno;
	if (faults.read_interrupted && faults.reads++ % 2)
		errno = EINTR;
	if (errno)
		return -1;
	if (faults.read_at_most && size > faults.read_at_most)
		size = faults.read_at_most;
	return __real_pread64(fd, buf, size, offset);
}

int __real_openat64(int dir, const char *name, int flags, ...);
int __wrap_openat64(int dir, const char *name, int flags, ...);

int __wrap_openat64(int dir, const char *name, int flags, ...)
{
	va_list args;
	mode_t mode = 0;

	if (flags & (O_CREAT | O_TMPFILE)) {
		va_start(args, flags);
		mode = va_arg(args, mode_t);
		va_end(args);
		assert_int_equal(mode, 0600);
		faults.open_flags = flags;
	}
	errno = 0;
	if ((flags & O_TMPFILE) == O_TMPFILE)
		errno = faults.tmpfile_errno;
	else if (flags & O_CREAT && faults.open_times && faults.open_times--)
		errno = faults.open_errno;
	return errno ? -1 : __real_openat64(dir, name, flags, mode);
}

static int setup(void **state)
{
	static struct temp_dir dir;

	memset(&faults, 0, sizeof(faults));
	fake_calls_reset();
	fake_calls()->fs_type = 0xef53;
	temp_dir_init(&dir);
	*state = &dir;
	return 0;
}

static int teardown(void **state)
{
	memset(&faults, 0, sizeof(faults));
	fake_calls_reset();
	temp_dir_deinit(*state);
	return 0;
}

static struct vms_scratch *create(void **state)
{
	const struct temp_dir *dir = *state;
	struct vms_scratch *s;

	assert_no_error(vms_scratch_file_create(dir->path, CAP, false, &s));
	return s;
}

static void write_and_read(struct vms_scratch *s)
{
	uint8_t in[8192];
	uint8_t out[8192];

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7 >> 3);
	assert_no_error(vms_scratch_write_at(s, 8192, in, sizeof(in)));
	assert_no_error(vms_scratch_read_at(s, 8192, out, sizeof(out)));
	assert_memory_equal(in, out, sizeof(in));
}

static void expect_write_error(struct vms_scratch *s, enum vms_error_code code)
{
	uint8_t buf[8192] = { 0 };
	struct vms_error *err = vms_scratch_write_at(s, 0, buf, sizeof(buf));

	assert_non_null(err);
	assert_int_equal(vms_error_code(err), code);
	vms_error_destroy(err);
}

/* Nothing is there before the first write, and no name ever after it. */
static void test_unnamed(void **state)
{
	struct vms_scratch *s = create(state);

	assert_int_equal(faults.open_flags, 0);
	write_and_read(s);
	assert_int_equal(faults.open_flags & O_TMPFILE, O_TMPFILE);
	assert_int_equal(temp_count(*state), 0);
	vms_scratch_destroy(s);
}

static void test_named(void **state)
{
	static const int errnums[] = { EOPNOTSUPP, EISDIR, EINVAL };

	for (size_t i = 0; i < VMS_ARRAY_SIZE(errnums); i++) {
		struct vms_scratch *s = create(state);

		faults.tmpfile_errno = errnums[i];
		faults.open_errno = EEXIST;
		faults.open_times = 3;
		write_and_read(s);
		assert_int_equal(faults.open_flags & (O_EXCL | O_NOFOLLOW),
				 O_EXCL | O_NOFOLLOW);
		assert_int_equal(temp_count(*state), 0);
		vms_scratch_destroy(s);
	}
}

static void test_create_fails(void **state)
{
	struct vms_scratch *s = create(state);

	faults.tmpfile_errno = EROFS;
	expect_write_error(s, VMS_ERR_SYSTEM);
	faults.tmpfile_errno = EOPNOTSUPP;
	faults.open_errno = EEXIST;
	faults.open_times = 100;
	expect_write_error(s, VMS_ERR_EXISTS);
	assert_true(faults.open_times > 50);
	faults.open_errno = ENOSPC;
	expect_write_error(s, VMS_ERR_NO_SPACE);
	/* A name that cannot be taken away again is no scratch. */
	faults.open_times = 0;
	fake_calls()->unlinkat_errno = EACCES;
	expect_write_error(s, VMS_ERR_SYSTEM);
	vms_scratch_destroy(s);
}

static void test_memory_refused(void **state)
{
	static const uint32_t refused[] = { 0x858458f6, 0x01021994,
					    0x794c7630 };
	const struct temp_dir *dir = *state;
	struct vms_scratch *s = NULL;
	struct vms_error *err;

	for (size_t i = 0; i < VMS_ARRAY_SIZE(refused); i++) {
		fake_calls()->fs_type = refused[i];
		err = vms_scratch_file_create(dir->path, CAP, false, &s);
		assert_non_null(err);
		assert_int_equal(vms_error_code(err), VMS_ERR_UNSUPPORTED);
		assert_null(s);
		vms_error_destroy(err);
	}
	fake_calls()->fs_errno = EIO;
	err = vms_scratch_file_create(dir->path, CAP, false, &s);
	assert_non_null(err);
	vms_error_destroy(err);
	assert_no_error(vms_scratch_file_create(dir->path, CAP, true, &s));
	write_and_read(s);
	vms_scratch_destroy(s);
}

static void test_no_directory(void **state)
{
	struct vms_scratch *s = NULL;
	struct vms_error *err;

	(void)state;
	err = vms_scratch_file_create("/nonexistent/dir", CAP, true, &s);
	assert_non_null(err);
	assert_null(s);
	vms_error_destroy(err);
}

static void test_short_and_interrupted(void **state)
{
	struct vms_scratch *s = create(state);

	fake_calls()->write_at_most = 1000;
	fake_calls()->write_interrupted = true;
	faults.read_at_most = 777;
	faults.read_interrupted = true;
	write_and_read(s);
	vms_scratch_destroy(s);
}

static void test_write_fails(void **state)
{
	struct vms_scratch *s = create(state);

	fake_calls()->write_errno = ENOSPC;
	expect_write_error(s, VMS_ERR_NO_SPACE);
	fake_calls()->write_errno = EIO;
	expect_write_error(s, VMS_ERR_SYSTEM);
	fake_calls()->write_errno = 0;
	fake_calls()->write_nothing = true;
	expect_write_error(s, VMS_ERR_SYSTEM);
	fake_calls()->write_nothing = false;
	write_and_read(s);
	vms_scratch_destroy(s);
}

static void test_read_fails(void **state)
{
	struct vms_scratch *s = create(state);
	struct vms_error *err;
	uint8_t buf[8192];

	write_and_read(s);
	faults.read_errno = EIO;
	err = vms_scratch_read_at(s, 8192, buf, sizeof(buf));
	assert_non_null(err);
	assert_int_equal(vms_error_errno(err), EIO);
	vms_error_destroy(err);
	/* Half of it is behind the end. */
	faults.read_errno = 0;
	err = vms_scratch_read_at(s, 12288, buf, sizeof(buf));
	assert_non_null(err);
	assert_non_null(strstr(vms_error_text(err), "end of file"));
	vms_error_destroy(err);
	vms_scratch_destroy(s);
}

/* At RLIMIT_FSIZE there is an error, not the signal that ends programs. */
static void test_size_limit(void **state)
{
	struct rlimit old;
	struct rlimit limit;
	struct vms_scratch *s;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = (struct rlimit){ 4096, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	s = create(state);
	expect_write_error(s, VMS_ERR_NO_SPACE);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	vms_scratch_destroy(s);
}

static void test_out_of_memory(void **state)
{
	const struct temp_dir *dir = *state;
	struct vms_scratch *s = NULL;

	for (unsigned int i = 1; i <= 2; i++) {
		struct vms_error *err;

		fake_calls()->fail_alloc = i;
		err = vms_scratch_file_create(dir->path, CAP, false, &s);
		assert_non_null(err);
		assert_int_equal(vms_error_code(err), VMS_ERR_NO_MEMORY);
		assert_null(s);
		vms_error_destroy(err);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_unnamed),
		TEST(test_named),
		TEST(test_create_fails),
		TEST(test_memory_refused),
		TEST(test_no_directory),
		TEST(test_short_and_interrupted),
		TEST(test_write_fails),
		TEST(test_read_fails),
		TEST(test_size_limit),
		TEST(test_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
