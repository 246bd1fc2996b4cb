// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the local transport does besides writing: bytes are sent to the disk
 * early and dropped from memory, room is taken ahead of them. None of it may
 * lose an error, a byte or the space of somebody else.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vmsieve/transport.h>

#include "fake_calls.h"
#include "temp_dir.h"
#include "vms_cmocka.h"

#define MIB (1ULL << 20)
#define PLENTY (1UL << 30)

struct file {
	struct temp_dir dir;
	char path[128];
	struct vms_target target;
	struct vms_sink *sink;
	uint8_t *data;		/* a MiB */
};

static void file_open(struct file *f, uint64_t cache_bytes)
{
	memset(f, 0, sizeof(*f));
	temp_dir_init(&f->dir);
	f->target.path = temp_path(&f->dir, "dump", f->path, sizeof(f->path));
	f->target.cache_bytes = cache_bytes;
	f->data = malloc(MIB);
	assert_non_null(f->data);
	for (size_t i = 0; i < MIB; i++)
		f->data[i] = (uint8_t)(i * 7 + i / 255 + 1);
	assert_no_error(vms_transport_find("local")->open(&f->target, NULL,
							  &f->sink));
}

static void file_close(struct file *f, enum vms_sink_fate fate)
{
	f->sink->ops->close(f->sink, fate);
	free(f->data);
	fake_calls_reset();
	temp_dir_deinit(&f->dir);
}

static struct vms_error *write_mib(struct file *f, uint64_t at)
{
	return vms_sink_write_at(f->sink, at, f->data, MIB);
}

static void file_stat(const struct file *f, struct stat *st)
{
	assert_int_equal(stat(f->sink->ops->path(f->sink), st), 0);
}

/* Sent in time, waited for in time, dropped only when waited for. */
static void test_windows(void **state)
{
	static const uint64_t caches[] = { 1, 4 * MIB, 0, 40 * MIB };

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(caches); i++) {
		const struct fake_calls *calls = fake_calls();
		uint64_t may_hold = caches[i] ? caches[i] : 64 * MIB;
		struct file f;

		fake_calls_reset();
		file_open(&f, caches[i]);
		if (may_hold < 2 * MIB)
			may_hold = 2 * MIB;
		for (uint64_t at = 0; at < 60 * MIB; at += MIB) {
			assert_no_error(write_mib(&f, at));
			assert_true(at + MIB <= (uint64_t)calls->waited +
						may_hold + MIB);
			assert_true(calls->sent >= calls->waited);
			assert_true(calls->dropped == calls->waited);
		}
		assert_true(calls->sent > 0);
		assert_no_error(f.sink->ops->commit(f.sink));
		file_close(&f, VMS_SINK_REMOVE);
	}
}

static void check_bytes(const struct file *f, int fd, uint64_t at, size_t n)
{
	uint8_t *have = malloc(n);

	assert_non_null(have);
	assert_int_equal(pread(fd, have, n, (off_t)at), n);
	assert_memory_equal(have, f->data, n);
	free(have);
}

/* Data and, behind in turn, a table that is written twice, as a dump is. */
static void test_two_places(void **state)
{
	const uint64_t table = 5000;
	const uint64_t data = 20 * MIB + 123;
	struct file f;
	struct stat st;
	int fd;

	(void)state;
	fake_calls_reset();
	file_open(&f, 1);
	assert_no_error(vms_sink_write_at(f.sink, 0, f.data, table));
	assert_no_error(f.sink->ops->set_size(f.sink, data));
	for (uint64_t i = 0; i < 40; i++) {
		uint8_t zeros[24576] = { 0 };

		assert_no_error(vms_sink_write_at(f.sink, table + i * 24576,
						  zeros, sizeof(zeros)));
		assert_no_error(write_mib(&f, data + i * MIB));
		assert_no_error(vms_sink_write_at(f.sink, table + i * 24576,
						  f.data, sizeof(zeros)));
	}
	/* Far from both, as the mark of a whole dump is. */
	assert_no_error(vms_sink_write_at(f.sink, 0, f.data, 4));
	assert_no_error(f.sink->ops->commit(f.sink));
	fd = open(f.path, O_RDONLY | O_CLOEXEC);
	check_bytes(&f, fd, 0, table);
	for (uint64_t i = 0; i < 40; i++) {
		check_bytes(&f, fd, table + i * 24576, 24576);
		check_bytes(&f, fd, data + i * MIB, MIB);
	}
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, data + 40 * MIB);
	close(fd);
	file_close(&f, VMS_SINK_REMOVE);
}

/* Any order at all: only a wish is lost, never a byte. */
static void test_jumps(void **state)
{
	struct file f;
	int fd;

	(void)state;
	fake_calls_reset();
	file_open(&f, 1);
	for (uint64_t i = 0; i < 50; i++)
		assert_no_error(write_mib(&f, i * 17 % 50 * 3 * MIB));
	assert_no_error(f.sink->ops->commit(f.sink));
	fd = open(f.path, O_RDONLY | O_CLOEXEC);
	for (uint64_t i = 0; i < 50; i++)
		check_bytes(&f, fd, i * 3 * MIB, MIB);
	close(fd);
	file_close(&f, VMS_SINK_REMOVE);
}

/* The kernel tells it once; fsync would succeed: it must not be asked. */
static void test_early_error_is_final(void **state)
{
	static const int errnums[] = { EIO, ENOSPC, ENOMEM };

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(errnums); i++) {
		for (unsigned int after = 0; after < 20; after += 3) {
			struct vms_error *err = NULL;
			struct stat st;
			struct file f;

			fake_calls_reset();
			file_open(&f, 1);
			fake_calls()->range_sync_errno = errnums[i];
			fake_calls()->range_sync_after = after;
			fake_calls()->range_sync_times = 1;
			for (uint64_t at = 0; !err; at += MIB)
				err = write_mib(&f, at);
			assert_int_equal(vms_error_errno(err), errnums[i]);
			vms_error_destroy(err);
			assert_no_error(vms_sink_write_at(f.sink, 0, "x", 1));
			assert_error(f.sink->ops->sync(f.sink), VMS_ERR_SYSTEM);
			assert_error(f.sink->ops->commit(f.sink),
				     VMS_ERR_SYSTEM);
			assert_false(temp_stat(&f.dir, "dump", &st));
			file_close(&f, VMS_SINK_KEEP);
		}
	}
}

static void test_early_write_unsupported(void **state)
{
	static const int errnums[] = { ENOSYS, EINVAL, ESPIPE, EOPNOTSUPP };

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(errnums); i++) {
		struct file f;

		fake_calls_reset();
		file_open(&f, 1);
		fake_calls()->range_sync_errno = errnums[i];
		for (uint64_t at = 0; at < 8 * MIB; at += MIB)
			assert_no_error(write_mib(&f, at));
		assert_int_equal(fake_calls()->range_syncs, 1);
		assert_no_error(f.sink->ops->commit(f.sink));
		file_close(&f, VMS_SINK_REMOVE);
	}
}

static void open_with_room(struct file *f, unsigned long free_blocks)
{
	fake_calls_reset();
	fake_calls()->fs_type = EXT4_SUPER_MAGIC;
	fake_calls()->fs_free_blocks = free_blocks;
	file_open(f, 1);
}

/* Never inside the file, where it would fill holes; all given back. */
static void test_room_ahead(void **state)
{
	(void)state;
	for (int commit = 0; commit <= 1; commit++) {
		struct stat st;
		struct file f;

		open_with_room(&f, PLENTY);
		assert_no_error(f.sink->ops->set_size(f.sink, 30 * MIB));
		for (uint64_t at = 0; at < 120 * MIB; at += MIB)
			assert_no_error(write_mib(&f, at));
		assert_int_equal(fake_calls()->allocates, 2);
		assert_true(fake_calls()->allocated_from >= 30 * (int)MIB);
		file_stat(&f, &st);
		assert_int_equal(st.st_size, 120 * MIB);
		assert_true(st.st_blocks * 512 >=
			    fake_calls()->allocated_to - (long long)MIB);
		if (commit)
			assert_no_error(f.sink->ops->commit(f.sink));
		else
			assert_no_error(f.sink->ops->sync(f.sink));
		file_stat(&f, &st);
		assert_int_equal(st.st_size, 120 * MIB);
		assert_in_range(st.st_blocks * 512, 119 * MIB, 121 * MIB);
		file_close(&f, VMS_SINK_REMOVE);
	}
}

/* An incomplete dump that stays does not keep room that it has no use for. */
static void test_room_given_back_on_close(void **state)
{
	char path[192];
	struct stat st;
	struct file f;

	(void)state;
	open_with_room(&f, PLENTY);
	for (uint64_t at = 0; at < 20 * MIB; at += MIB)
		assert_no_error(write_mib(&f, at));
	assert_int_equal(fake_calls()->allocates, 1);
	snprintf(path, sizeof(path), "%s", f.sink->ops->path(f.sink));
	f.sink->ops->close(f.sink, VMS_SINK_KEEP);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 20 * MIB);
	assert_true(st.st_blocks * 512 <= 21 * (long long)MIB);
	free(f.data);
	fake_calls_reset();
	temp_dir_deinit(&f.dir);
}

static void test_no_room_ahead(void **state)
{
	static const int errnums[] = { ENOSPC, EDQUOT, EOPNOTSUPP, EIO };

	(void)state;
	for (size_t i = 0; i <= VMS_ARRAY_SIZE(errnums); i++) {
		bool scarce = i == VMS_ARRAY_SIZE(errnums);
		struct file f;

		open_with_room(&f, scarce ? 1000 : PLENTY);
		if (!scarce)
			fake_calls()->allocate_errno = errnums[i];
		for (uint64_t at = 0; at < 40 * MIB; at += MIB)
			assert_no_error(write_mib(&f, at));
		assert_int_equal(fake_calls()->allocates, 0);
		assert_no_error(f.sink->ops->commit(f.sink));
		file_close(&f, VMS_SINK_REMOVE);
	}
}

/* The disk is full because of the room ahead: that goes, the write does not
 * fail. The second time it is full for good. */
static void test_room_for_a_write(void **state)
{
	struct stat st;
	struct file f;

	(void)state;
	open_with_room(&f, PLENTY);
	for (uint64_t at = 0; at < 20 * MIB; at += MIB)
		assert_no_error(write_mib(&f, at));
	assert_int_equal(fake_calls()->allocates, 1);
	fake_calls()->write_errno = ENOSPC;
	fake_calls()->write_errno_times = 1;
	assert_no_error(write_mib(&f, 20 * MIB));
	file_stat(&f, &st);
	assert_int_equal(st.st_size, 21 * MIB);
	assert_true(st.st_blocks * 512 <= 22 * (long long)MIB);
	for (uint64_t at = 21 * MIB; at < 90 * MIB; at += MIB)
		assert_no_error(write_mib(&f, at));
	assert_int_equal(fake_calls()->allocates, 1);
	fake_calls()->write_errno = ENOSPC;
	fake_calls()->write_errno_times = 1;
	assert_error(write_mib(&f, 90 * MIB), VMS_ERR_NO_SPACE);
	file_close(&f, VMS_SINK_REMOVE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_two_places),
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_early_error_is_final),
		cmocka_unit_test(test_early_write_unsupported),
		cmocka_unit_test(test_room_ahead),
		cmocka_unit_test(test_room_given_back_on_close),
		cmocka_unit_test(test_no_room_ahead),
		cmocka_unit_test(test_room_for_a_write),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
