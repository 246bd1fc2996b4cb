// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Targets without room, for real: small tmpfs mounts in a namespace of our
 * own. Skipped, and said so, where no such mount can be made.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <vmsieve/transport.h>

#include "dump_world.h"
#include "temp_dir.h"
#include "vms_cmocka.h"

#define EXIT_SKIPPED 77

static bool write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 &&
		  write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return ok;
}

/* Mounts of ours are seen by nobody else and go with the process. */
static bool own_mounts(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[64];

	if (uid && unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return false;
	if (!uid && unshare(CLONE_NEWNS))
		return false;
	if (uid) {
		snprintf(map, sizeof(map), "0 %u 1", uid);
		if (!write_file("/proc/self/uid_map", map) ||
		    !write_file("/proc/self/setgroups", "deny"))
			return false;
		snprintf(map, sizeof(map), "0 %u 1", gid);
		if (!write_file("/proc/self/gid_map", map))
			return false;
	}
	return !mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL);
}

/* A directory that is a tmpfs with those options. */
struct small {
	struct temp_dir dir;
	char path[128];
	struct vms_target target;
};

static bool small_mount(struct small *s, const char *options)
{
	temp_dir_init(&s->dir);
	if (mount("none", s->dir.path, "tmpfs", MS_NOSUID | MS_NODEV,
		  options)) {
		temp_dir_deinit(&s->dir);
		return false;
	}
	s->target = (struct vms_target){
		.path = temp_path(&s->dir, "dump", s->path, sizeof(s->path)),
	};
	return true;
}

static void small_umount(struct small *s)
{
	assert_int_equal(umount(s->dir.path), 0);
	temp_dir_deinit(&s->dir);
}

static void small_init(struct small *s, const char *options)
{
	assert_true(small_mount(s, options));
}

static const struct vms_transport_ops *local(void)
{
	return vms_transport_find("local");
}

static void test_fill_up(void **state)
{
	static uint8_t data[30000];
	struct vms_error *err = NULL;
	struct vms_sink *sink;
	struct small s;
	uint64_t at = 0;
	uint64_t left;

	(void)state;
	small_init(&s, "size=256k");
	memset(data, 7, sizeof(data));
	assert_no_error(local()->open(&s.target, NULL, &sink));
	assert_no_error(sink->ops->free_space(sink, &left));
	assert_int_equal(left, 256 << 10);
	for (; !err; at += sizeof(data))
		err = vms_sink_write_at(sink, at, data, sizeof(data));
	assert_int_equal(vms_error_code(err), VMS_ERR_NO_SPACE);
	assert_int_equal(vms_error_errno(err), ENOSPC);
	vms_error_destroy(err);
	assert_in_range(at, 256 << 10, (256 << 10) + 60000);
	assert_no_error(sink->ops->free_space(sink, &left));
	assert_int_equal(left, 0);
	/* What has room already can be written again. */
	assert_no_error(vms_sink_write_at(sink, 1000, data, 1000));
	assert_no_error(sink->ops->sync(sink));
	assert_error(sink->ops->commit(sink), VMS_ERR_SYSTEM);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	/* umount would fail if the file were still open. */
	small_umount(&s);
}

static void test_no_inode(void **state)
{
	struct vms_sink *sink = NULL;
	struct small s;

	(void)state;
	small_init(&s, "size=256k,nr_inodes=1");
	assert_error(local()->open(&s.target, NULL, &sink), VMS_ERR_NO_SPACE);
	assert_null(sink);
	small_umount(&s);
}

static void test_read_only(void **state)
{
	struct vms_sink *sink = NULL;
	struct vms_error *err;
	struct small s;

	(void)state;
	small_init(&s, "size=256k,ro");
	err = local()->open(&s.target, NULL, &sink);
	assert_non_null(err);
	assert_int_equal(vms_error_code(err), VMS_ERR_SYSTEM);
	assert_int_equal(vms_error_errno(err), EROFS);
	vms_error_destroy(err);
	assert_null(sink);
	small_umount(&s);
}

/* Pages saved on a target of that many KiB; the dump is opened and compared. */
static uint64_t dump_to(const struct dump_world *world, unsigned int kib,
			bool *whole_ret)
{
	const struct vms_format_ops *format =
		vms_format_find("kdump-compressed");
	struct world_found found = { 0 };
	struct vms_writer *writer = NULL;
	struct dumpread_error why;
	struct vms_error *err;
	struct vms_sink *sink;
	struct small s;
	char options[64];

	snprintf(options, sizeof(options), "size=%uk", kib);
	small_init(&s, options);
	assert_no_error(local()->open(&s.target, NULL, &sink));
	err = world_write(world, format, sink, &writer);
	*whole_ret = !err;
	if (err) {
		assert_int_equal(vms_error_code(err), VMS_ERR_NO_SPACE);
		vms_error_destroy(err);
		err = format->salvage(writer);
	} else {
		assert_no_error(sink->ops->commit(sink));
	}
	if (!err || vms_error_code(err) != VMS_ERR_NOT_FOUND) {
		int fd = open(sink->ops->path(sink), O_RDONLY | O_CLOEXEC);
		struct dumpread_io io = dumpread_io_fd(fd);

		if (!world_check(world, &io, !*whole_ret, &found, &why))
			fail_msg("%u KiB: %s", kib, why.text);
		assert_int_equal(found.incomplete, !*whole_ret);
		assert_int_equal(found.good, format->pages_written(writer));
		close(fd);
	}
	vms_error_destroy(err);
	format->destroy(writer);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	small_umount(&s);
	return found.good;
}

/* Every size from nothing to enough: what fits is saved and is right. */
static void test_dumps_that_do_not_fit(void **state)
{
	struct world_options options = world_default_options();
	struct dump_world *world = world_create(&options);
	uint64_t last = 0;
	bool whole = false;
	unsigned int steps = 0;

	(void)state;
	assert_non_null(world);
	/* tmpfs: size 0 is no limit. */
	for (unsigned int kib = 4; !whole; kib += 76) {
		uint64_t good = dump_to(world, kib, &whole);

		assert_true(good >= last);
		last = good;
		steps++;
	}
	assert_in_range(steps, 30, 120);
	world_destroy(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fill_up),
		cmocka_unit_test(test_no_inode),
		cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_dumps_that_do_not_fit),
	};
	struct small probe;

	if (!own_mounts() || !small_mount(&probe, "size=64k")) {
		printf("SKIPPED: no mount of a tmpfs here: %m\n");
		return EXIT_SKIPPED;
	}
	umount(probe.dir.path);
	temp_dir_deinit(&probe.dir);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
