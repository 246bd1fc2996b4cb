// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local transport when calls fail, are short or interrupted, and when
 * others move things in its directory meanwhile.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vmsieve/transport.h>

#include "fake_calls.h"
#include "temp_dir.h"
#include "vms_cmocka.h"

#define NAME "dump"

/* A file being written in a directory of its own. */
struct file {
	struct temp_dir dir;
	char path[PATH_MAX];
	char temp[PATH_MAX];	/* last component of the incomplete name */
	struct vms_target target;
	struct vms_sink *sink;
};

static const struct vms_transport_ops *local(void)
{
	return vms_transport_find("local");
}

static void file_init(struct file *f)
{
	memset(f, 0, sizeof(*f));
	fake_calls_reset();
	temp_dir_init(&f->dir);
	f->target.path = temp_path(&f->dir, NAME, f->path, sizeof(f->path));
}

static void file_open(struct file *f)
{
	const char *path;

	assert_no_error(local()->open(&f->target, NULL, &f->sink));
	path = f->sink->ops->path(f->sink);
	snprintf(f->temp, sizeof(f->temp), "%s", strrchr(path, '/') + 1);
}

static void file_deinit(struct file *f)
{
	fake_calls_reset();
	temp_dir_deinit(&f->dir);
}

static bool exists(const struct file *f, const char *name)
{
	struct stat st;

	return temp_stat(&f->dir, name, &st);
}

static void expect_errno(struct vms_error *err, enum vms_error_code code,
			 int errnum)
{
	assert_non_null(err);
	assert_int_equal(vms_error_code(err), code);
	assert_int_equal(vms_error_errno(err), errnum);
	vms_error_destroy(err);
}

static void test_names_that_are_none(void **state)
{
	static const char *const names[] = {
		"", "/", ".", "..", "a/..", "/tmp/",
	};
	struct vms_sink *sink = NULL;

	(void)state;
	fake_calls_reset();
	for (size_t i = 0; i < VMS_ARRAY_SIZE(names); i++) {
		struct vms_target target = { .path = names[i] };

		assert_error(local()->open(&target, NULL, &sink),
			     VMS_ERR_USAGE);
	}
	assert_null(sink);
}

static void test_bad_directories(void **state)
{
	struct vms_sink *sink = NULL;
	struct file f;

	(void)state;
	file_init(&f);
	temp_write(&f.dir, "plain", "x");
	temp_path(&f.dir, "missing/" NAME, f.path, sizeof(f.path));
	expect_errno(local()->open(&f.target, NULL, &sink), VMS_ERR_SYSTEM,
		     ENOENT);
	temp_path(&f.dir, "plain/" NAME, f.path, sizeof(f.path));
	expect_errno(local()->open(&f.target, NULL, &sink), VMS_ERR_SYSTEM,
		     ENOTDIR);
	assert_null(sink);
	file_deinit(&f);
}

/* The longest names still get an incomplete one. */
static void test_long_names(void **state)
{
	char name[NAME_MAX + 2] = { 0 };
	struct file f;

	(void)state;
	for (size_t n = NAME_MAX - 30; n <= NAME_MAX; n++) {
		memset(name, 0, sizeof(name));
		memset(name, 'n', n);
		file_init(&f);
		temp_path(&f.dir, name, f.path, sizeof(f.path));
		file_open(&f);
		assert_true(strlen(f.temp) <= NAME_MAX);
		assert_non_null(strstr(f.temp, ".incomplete-"));
		assert_no_error(f.sink->ops->commit(f.sink));
		assert_true(exists(&f, name));
		assert_int_equal(temp_count(&f.dir), 1);
		f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
		file_deinit(&f);
	}
	memset(name, 'n', NAME_MAX + 1);
	file_init(&f);
	temp_path(&f.dir, name, f.path, sizeof(f.path));
	expect_errno(local()->open(&f.target, NULL, &f.sink), VMS_ERR_SYSTEM,
		     ENAMETOOLONG);
	file_deinit(&f);
}

static void test_relative_name(void **state)
{
	struct vms_target target = { .path = NAME };
	struct vms_sink *sink = NULL;
	char cwd[PATH_MAX];
	struct file f;

	(void)state;
	file_init(&f);
	assert_non_null(getcwd(cwd, sizeof(cwd)));
	assert_int_equal(chdir(f.dir.path), 0);
	assert_no_error(local()->open(&target, NULL, &sink));
	assert_int_equal(chdir(cwd), 0);
	/* The directory was opened: where we are no longer matters. */
	assert_no_error(sink->ops->commit(sink));
	assert_true(exists(&f, NAME));
	sink->ops->close(sink, VMS_SINK_REMOVE);
	file_deinit(&f);
}

static void test_short_and_interrupted_writes(void **state)
{
	static const size_t at_most[] = { 1, 7, 511, 4095 };
	static const char text[] = "0123456789 and so on, some bytes of text";
	struct file f;

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(at_most); i++) {
		file_init(&f);
		file_open(&f);
		fake_calls()->write_at_most = at_most[i];
		fake_calls()->write_interrupted = true;
		fake_calls()->calls = 0;
		assert_no_error(vms_sink_write_at(f.sink, 0, text,
						  strlen(text)));
		assert_int_equal(fake_calls()->calls,
				 2 * (strlen(text) / at_most[i] +
				      !!(strlen(text) % at_most[i])));
		assert_no_error(f.sink->ops->commit(f.sink));
		f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
		assert_true(temp_has_text(&f.dir, NAME, text));
		file_deinit(&f);
	}
}

static void test_write_errors(void **state)
{
	static const struct {
		int errnum;
		enum vms_error_code code;
	} rows[] = {
		{ ENOSPC, VMS_ERR_NO_SPACE }, { EDQUOT, VMS_ERR_NO_SPACE },
		{ EFBIG, VMS_ERR_NO_SPACE },  { EIO, VMS_ERR_SYSTEM },
		{ EROFS, VMS_ERR_SYSTEM },
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		struct file f;

		file_init(&f);
		file_open(&f);
		fake_calls()->write_errno = rows[i].errnum;
		expect_errno(vms_sink_write_at(f.sink, 5, "x", 1),
			     rows[i].code, rows[i].errnum);
		fake_calls_reset();
		/* All is well again, but that byte is not there. */
		assert_error(f.sink->ops->commit(f.sink), VMS_ERR_SYSTEM);
		assert_false(exists(&f, NAME));
		f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
		file_deinit(&f);
	}
}

static void test_write_that_takes_nothing(void **state)
{
	struct file f;

	(void)state;
	file_init(&f);
	file_open(&f);
	fake_calls()->write_nothing = true;
	expect_errno(vms_sink_write_at(f.sink, 0, "x", 1), VMS_ERR_SYSTEM, EIO);
	f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
	file_deinit(&f);
}

static void test_truncate_error(void **state)
{
	struct file f;

	(void)state;
	file_init(&f);
	file_open(&f);
	fake_calls()->truncate_errno = ENOSPC;
	assert_error(f.sink->ops->set_size(f.sink, 100), VMS_ERR_NO_SPACE);
	fake_calls_reset();
	assert_error(f.sink->ops->commit(f.sink), VMS_ERR_SYSTEM);
	assert_error(f.sink->ops->set_size(f.sink, UINT64_MAX),
		     VMS_ERR_NO_SPACE);
	f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
	file_deinit(&f);
}

/* fsync fails once and then succeeds: the data may be gone all the same. */
static void test_first_sync_failure_is_final(void **state)
{
	struct file f;

	(void)state;
	for (int in_commit = 0; in_commit <= 1; in_commit++) {
		file_init(&f);
		file_open(&f);
		fake_calls()->file_sync_errno = EIO;
		fake_calls()->file_sync_times = 1;
		expect_errno(in_commit ? f.sink->ops->commit(f.sink) :
					 f.sink->ops->sync(f.sink),
			     VMS_ERR_SYSTEM, EIO);
		assert_error(f.sink->ops->sync(f.sink), VMS_ERR_SYSTEM);
		assert_error(f.sink->ops->commit(f.sink), VMS_ERR_SYSTEM);
		assert_false(exists(&f, NAME));
		f.sink->ops->close(f.sink, VMS_SINK_KEEP);
		assert_true(exists(&f, f.temp));
		file_deinit(&f);
	}
}

static void test_interrupted_sync(void **state)
{
	struct file f;

	(void)state;
	file_init(&f);
	file_open(&f);
	fake_calls()->file_sync_errno = EINTR;
	fake_calls()->file_sync_times = 3;
	assert_no_error(f.sink->ops->commit(f.sink));
	assert_true(exists(&f, NAME));
	f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
	file_deinit(&f);
}

/* Space that is found missing at the very end. */
static void test_late_no_space(void **state)
{
	struct file f;

	(void)state;
	file_init(&f);
	file_open(&f);
	fake_calls()->file_sync_errno = ENOSPC;
	fake_calls()->file_sync_times = 1;
	assert_error(f.sink->ops->commit(f.sink), VMS_ERR_NO_SPACE);
	assert_false(exists(&f, NAME));
	f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
	file_deinit(&f);

	file_init(&f);
	file_open(&f);
	fake_calls()->close_errno = EDQUOT;
	assert_error(f.sink->ops->commit(f.sink), VMS_ERR_NO_SPACE);
	fake_calls()->close_errno = 0;
	assert_false(exists(&f, NAME));
	assert_true(exists(&f, f.temp));
	f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
	assert_int_equal(temp_count(&f.dir), 0);
	file_deinit(&f);
}

/* File systems without RENAME_NOREPLACE have hard links, or no luck. */
static void test_rename_by_link(void **state)
{
	static const int errnums[] = { EINVAL, ENOSYS, EOPNOTSUPP };
	struct file f;

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(errnums); i++) {
		file_init(&f);
		file_open(&f);
		assert_no_error(vms_sink_write_at(f.sink, 0, "x", 1));
		fake_calls()->renameat2_errno = errnums[i];
		assert_no_error(f.sink->ops->commit(f.sink));
		f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
		assert_int_equal(temp_count(&f.dir), 1);
		assert_true(temp_has_text(&f.dir, NAME, "x"));
		file_deinit(&f);
	}
	file_init(&f);
	file_open(&f);
	fake_calls()->renameat2_errno = EINVAL;
	fake_calls()->linkat_errno = EPERM;
	expect_errno(f.sink->ops->commit(f.sink), VMS_ERR_SYSTEM, EPERM);
	assert_false(exists(&f, NAME));
	f.sink->ops->close(f.sink, VMS_SINK_KEEP);
	assert_true(exists(&f, f.temp));
	file_deinit(&f);
}

/* Taken between the look and the step, with both ways to take it. */
static void test_rename_race(void **state)
{
	struct file f;

	(void)state;
	for (int by_link = 0; by_link <= 1; by_link++) {
		file_init(&f);
		file_open(&f);
		assert_no_error(vms_sink_write_at(f.sink, 0, "ours", 4));
		fake_calls()->plant_at_rename = true;
		fake_calls()->renameat2_errno = by_link ? EINVAL : 0;
		assert_error(f.sink->ops->commit(f.sink), VMS_ERR_EXISTS);
		assert_true(temp_has_text(&f.dir, NAME, ""));
		f.sink->ops->close(f.sink, VMS_SINK_KEEP);
		assert_true(temp_has_text(&f.dir, f.temp, "ours"));
		file_deinit(&f);
	}
}

/* The incomplete name cannot be taken away: still the dump is whole. */
static void test_link_stays(void **state)
{
	struct file f;

	(void)state;
	file_init(&f);
	file_open(&f);
	fake_calls()->renameat2_errno = EINVAL;
	fake_calls()->unlinkat_errno = EACCES;
	assert_no_error(f.sink->ops->commit(f.sink));
	assert_string_equal(f.sink->ops->path(f.sink), f.path);
	fake_calls_reset();
	f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
	/* After the commit nothing is removed any more. */
	assert_true(exists(&f, NAME));
	assert_true(exists(&f, f.temp));
	file_deinit(&f);
}

static void test_directory_sync(void **state)
{
	struct file f;

	(void)state;
	file_init(&f);
	file_open(&f);
	fake_calls()->dir_sync_errno = EINVAL;
	assert_no_error(f.sink->ops->commit(f.sink));
	f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
	assert_true(exists(&f, NAME));
	file_deinit(&f);

	/* The file is whole and has its name, only not for sure. */
	file_init(&f);
	file_open(&f);
	fake_calls()->dir_sync_errno = EIO;
	expect_errno(f.sink->ops->commit(f.sink), VMS_ERR_SYSTEM, EIO);
	assert_string_equal(f.sink->ops->path(f.sink), f.path);
	f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
	assert_true(exists(&f, NAME));
	file_deinit(&f);
}

/* No random bits yet, early in a boot: names still differ, nobody waits. */
static void test_no_entropy(void **state)
{
	struct vms_sink *other = NULL;
	struct file f;

	(void)state;
	file_init(&f);
	fake_calls()->getrandom_errno = EAGAIN;
	file_open(&f);
	assert_no_error(local()->open(&f.target, NULL, &other));
	assert_string_not_equal(f.sink->ops->path(f.sink),
				other->ops->path(other));
	other->ops->close(other, VMS_SINK_REMOVE);
	f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
	file_deinit(&f);
}

/* A name in the way is never opened; tries have an end. */
static void test_temp_name_taken(void **state)
{
	struct vms_sink *other = NULL;
	struct file f;

	(void)state;
	file_init(&f);
	fake_calls()->getrandom_constant = true;
	temp_write(&f.dir, NAME ".incomplete-5a5a5a5a5a5a5a5a", "theirs");
	expect_errno(local()->open(&f.target, NULL, &other), VMS_ERR_EXISTS,
		     EEXIST);
	assert_null(other);
	assert_true(temp_has_text(&f.dir, NAME ".incomplete-5a5a5a5a5a5a5a5a",
				  "theirs"));
	assert_int_equal(unlinkat(f.dir.fd, NAME ".incomplete-5a5a5a5a5a5a5a5a",
				  0), 0);
	temp_write(&f.dir, "victim", "theirs");
	assert_int_equal(symlinkat("victim", f.dir.fd,
				   NAME ".incomplete-5a5a5a5a5a5a5a5a"), 0);
	expect_errno(local()->open(&f.target, NULL, &other), VMS_ERR_EXISTS,
		     EEXIST);
	assert_true(temp_has_text(&f.dir, "victim", "theirs"));
	file_deinit(&f);
}

/* Somebody puts his file or a link under our incomplete name. */
static void test_temp_name_swapped(void **state)
{
	struct file f;

	(void)state;
	for (int link = 0; link <= 1; link++) {
		file_init(&f);
		file_open(&f);
		assert_int_equal(unlinkat(f.dir.fd, f.temp, 0), 0);
		temp_write(&f.dir, "victim", "theirs");
		if (link)
			assert_int_equal(symlinkat("victim", f.dir.fd, f.temp),
					 0);
		else
			temp_write(&f.dir, f.temp, "theirs");
		assert_error(f.sink->ops->commit(f.sink), VMS_ERR_SYSTEM);
		assert_false(exists(&f, NAME));
		f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
		/* Not ours to remove. */
		assert_true(exists(&f, f.temp));
		assert_true(temp_has_text(&f.dir, "victim", "theirs"));
		file_deinit(&f);
	}
}

/* The directory's path leads elsewhere after open: nothing goes there. */
static void test_directory_swapped(void **state)
{
	char moved[sizeof(((struct temp_dir *)0)->path) + 8];
	struct temp_dir trap;
	struct file f;

	(void)state;
	file_init(&f);
	temp_dir_init(&trap);
	file_open(&f);
	snprintf(moved, sizeof(moved), "%s-moved", f.dir.path);
	assert_int_equal(rename(f.dir.path, moved), 0);
	assert_int_equal(symlink(trap.path, f.dir.path), 0);
	assert_no_error(vms_sink_write_at(f.sink, 0, "x", 1));
	assert_no_error(f.sink->ops->commit(f.sink));
	f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
	assert_int_equal(temp_count(&trap), 0);
	assert_true(temp_has_text(&f.dir, NAME, "x"));
	assert_int_equal(unlink(f.dir.path), 0);
	assert_int_equal(rename(moved, f.dir.path), 0);
	temp_dir_deinit(&trap);
	file_deinit(&f);
}

/* Each allocation in turn: an error, no crash, nothing left behind. */
static void test_no_memory(void **state)
{
	unsigned int n = 0;
	struct file f;

	(void)state;
	file_init(&f);
	do {
		struct vms_error *err;

		fake_calls()->fail_alloc = ++n;
		f.sink = NULL;
		err = local()->open(&f.target, NULL, &f.sink);
		if (!err)
			break;
		assert_int_equal(vms_error_code(err), VMS_ERR_NO_MEMORY);
		assert_null(f.sink);
		assert_int_equal(temp_count(&f.dir), 0);
		vms_error_destroy(err);
	} while (n < 100);
	fake_calls()->fail_alloc = 0;
	assert_in_range(n, 3, 10);
	f.sink->ops->close(f.sink, VMS_SINK_REMOVE);
	file_deinit(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_that_are_none),
		cmocka_unit_test(test_bad_directories),
		cmocka_unit_test(test_long_names),
		cmocka_unit_test(test_relative_name),
		cmocka_unit_test(test_short_and_interrupted_writes),
		cmocka_unit_test(test_write_errors),
		cmocka_unit_test(test_write_that_takes_nothing),
		cmocka_unit_test(test_truncate_error),
		cmocka_unit_test(test_first_sync_failure_is_final),
		cmocka_unit_test(test_interrupted_sync),
		cmocka_unit_test(test_late_no_space),
		cmocka_unit_test(test_rename_by_link),
		cmocka_unit_test(test_rename_race),
		cmocka_unit_test(test_link_stays),
		cmocka_unit_test(test_directory_sync),
		cmocka_unit_test(test_no_entropy),
		cmocka_unit_test(test_temp_name_taken),
		cmocka_unit_test(test_temp_name_swapped),
		cmocka_unit_test(test_directory_swapped),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
