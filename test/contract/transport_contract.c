// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every transport must do: a file of mode 0600 under a name that says
 * incomplete, bytes at any offset, the final name only by commit and never
 * over something that must not go.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vmsieve/transport.h>

#include "temp_dir.h"
#include "vms_cmocka.h"

#define NAME "dump"
#define OTHER "other"
#define OTHER_TEXT "do not touch"

/* A transport with a target in a directory of its own. */
struct way {
	const struct vms_transport_ops *ops;
	bool keeps;		/* what is written can be read back */
	struct temp_dir dir;
	char path[128];
	struct vms_target target;
};

static void way_init(struct way *way, const struct vms_transport_ops *ops)
{
	*way = (struct way){ .ops = ops, .keeps = strcmp(ops->name, "null") };
	temp_dir_init(&way->dir);
	way->target.path = temp_path(&way->dir, NAME, way->path,
				     sizeof(way->path));
}

static void way_deinit(struct way *way)
{
	temp_dir_deinit(&way->dir);
}

static struct vms_sink *way_open(struct way *way)
{
	struct vms_sink *sink = NULL;

	assert_no_error(way->ops->open(&way->target, NULL, &sink));
	assert_non_null(sink);
	return sink;
}

static void each_transport(void (*check)(struct way *))
{
	size_t count;
	const struct vms_transport_ops *const *all = vms_transports(&count);

	for (size_t i = 0; i < count; i++) {
		struct way way;

		way_init(&way, all[i]);
		check(&way);
		way_deinit(&way);
	}
}

static void check_members(struct way *way)
{
	struct vms_sink *sink = way_open(way);
	const struct vms_sink_ops *s = sink->ops;

	assert_ptr_equal(vms_transport_find(way->ops->name), way->ops);
	assert_true(s->name && s->write_at && s->set_size && s->sync &&
		    s->commit && s->free_space && s->close && s->path);
	assert_non_null(s->path(sink));
	s->close(sink, VMS_SINK_REMOVE);
}

static void test_members(void **state)
{
	(void)state;
	each_transport(check_members);
	assert_null(vms_transport_find("carrier pigeon"));
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') + 1;
}

/* "<name>.incomplete-" and 16 digits. */
static void check_temp_name(const char *path)
{
	const char *name = base_name(path);
	const char *digits = name + strlen(NAME ".incomplete-");

	assert_memory_equal(name, NAME ".incomplete-",
			    strlen(NAME ".incomplete-"));
	assert_int_equal(strlen(digits), 16);
	assert_int_equal(strspn(digits, "0123456789abcdef"), 16);
}

static void check_mode(struct way *way)
{
	static const mode_t masks[] = { 0000, 0022, 0077 };

	for (size_t i = 0; way->keeps && i < VMS_ARRAY_SIZE(masks); i++) {
		mode_t old = umask(masks[i]);
		struct vms_sink *sink = way_open(way);
		struct stat st;

		umask(old);
		check_temp_name(sink->ops->path(sink));
		assert_true(temp_stat(&way->dir,
				      base_name(sink->ops->path(sink)), &st));
		assert_int_equal(st.st_mode, S_IFREG | 0600);
		assert_int_equal(st.st_nlink, 1);
		assert_false(temp_stat(&way->dir, NAME, &st));
		assert_no_error(sink->ops->commit(sink));
		assert_true(temp_stat(&way->dir, NAME, &st));
		assert_int_equal(st.st_mode, S_IFREG | 0600);
		sink->ops->close(sink, VMS_SINK_REMOVE);
		assert_int_equal(unlinkat(way->dir.fd, NAME, 0), 0);
	}
}

static void test_mode(void **state)
{
	(void)state;
	each_transport(check_mode);
}

static void read_back(const char *path, uint8_t *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(read(fd, buf, size), size);
	/* That was all. */
	assert_int_equal(read(fd, buf, 1), 0);
	close(fd);
}

/* Any order, overlapping, holes between, size set before and after. */
static void check_writes(struct way *way)
{
	struct vms_sink *sink = way_open(way);
	static uint8_t want[3 << 20];
	static uint8_t have[3 << 20];

	memset(want, 0, sizeof(want));
	assert_no_error(sink->ops->set_size(sink, 100000));
	for (size_t i = 0; i < 200; i++) {
		size_t at = i * 7919000 % (sizeof(want) - 70000);
		size_t n = i * 331 % 70000;

		/* Leave the third quarter alone. */
		if (at + n > sizeof(want) / 2 && at < sizeof(want) / 4 * 3)
			continue;
		memset(want + at, (int)i + 1, n);
		assert_no_error(vms_sink_write_at(sink, at, want + at, n));
	}
	want[sizeof(want) - 1] = 9;
	assert_no_error(sink->ops->set_size(sink, sizeof(want)));
	assert_no_error(vms_sink_write_at(sink, sizeof(want) - 1, "\x09", 1));
	assert_no_error(sink->ops->sync(sink));
	assert_no_error(sink->ops->commit(sink));
	if (way->keeps) {
		assert_string_equal(sink->ops->path(sink), way->path);
		read_back(way->path, have, sizeof(have));
		assert_memory_equal(have, want, sizeof(want));
		/* The incomplete name is gone. */
		assert_int_equal(temp_count(&way->dir), 1);
	}
	sink->ops->close(sink, VMS_SINK_REMOVE);
	assert_int_equal(temp_count(&way->dir), way->keeps);
}

/* With the smallest cache too: what is dropped early must be there. */
static void check_writes_little_cache(struct way *way)
{
	way->target.cache_bytes = 1;
	check_writes(way);
}

static void test_writes(void **state)
{
	(void)state;
	each_transport(check_writes);
	each_transport(check_writes_little_cache);
}

static void check_fates(struct way *way)
{
	struct vms_sink *sink = way_open(way);
	char path[192];

	assert_no_error(vms_sink_write_at(sink, 0, "x", 1));
	assert_int_equal(temp_count(&way->dir), way->keeps);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	assert_int_equal(temp_count(&way->dir), 0);

	sink = way_open(way);
	assert_no_error(vms_sink_write_at(sink, 0, "kept", 4));
	snprintf(path, sizeof(path), "%s", sink->ops->path(sink));
	sink->ops->close(sink, VMS_SINK_KEEP);
	assert_int_equal(temp_count(&way->dir), way->keeps);
	if (way->keeps)
		assert_true(temp_has_text(&way->dir, base_name(path), "kept"));
}

static void test_fates(void **state)
{
	(void)state;
	each_transport(check_fates);
}

enum plant {
	PLANT_FILE,
	PLANT_HARD_LINK,
	PLANT_SYMLINK,
	PLANT_DANGLING,
	PLANT_DIRECTORY,
	PLANT_FIFO,
	PLANTS,
};

/* Puts something at the final name. OTHER is what links lead to. */
static void plant(const struct way *way, enum plant what)
{
	int dir = way->dir.fd;

	temp_write(&way->dir, OTHER, OTHER_TEXT);
	switch (what) {
	case PLANT_FILE:
		temp_write(&way->dir, NAME, OTHER_TEXT);
		break;
	case PLANT_HARD_LINK:
		assert_int_equal(linkat(dir, OTHER, dir, NAME, 0), 0);
		break;
	case PLANT_SYMLINK:
		assert_int_equal(symlinkat(OTHER, dir, NAME), 0);
		break;
	case PLANT_DANGLING:
		assert_int_equal(symlinkat("nowhere", dir, NAME), 0);
		break;
	case PLANT_DIRECTORY:
		assert_int_equal(mkdirat(dir, NAME, 0700), 0);
		break;
	default:
		assert_int_equal(mkfifoat(dir, NAME, 0600), 0);
		break;
	}
}

static void clear(const struct way *way)
{
	struct stat st;

	assert_int_equal(unlinkat(way->dir.fd, OTHER, 0), 0);
	assert_true(temp_stat(&way->dir, NAME, &st));
	assert_int_equal(unlinkat(way->dir.fd, NAME,
				  S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0), 0);
	assert_int_equal(temp_count(&way->dir), 0);
}

static bool may_replace(const struct way *way, enum plant what)
{
	return way->target.replace &&
	       (what == PLANT_FILE || what == PLANT_HARD_LINK);
}

/* The planted object is the same as before, to the inode. */
static void check_untouched(const struct way *way, const struct stat *before)
{
	struct stat after;

	assert_true(temp_stat(&way->dir, NAME, &after));
	assert_int_equal(after.st_ino, before->st_ino);
	assert_int_equal(after.st_mode, before->st_mode);
	assert_int_equal(after.st_size, before->st_size);
	assert_int_equal(after.st_nlink, before->st_nlink);
	if (S_ISREG(after.st_mode))
		assert_true(temp_has_text(&way->dir, NAME, OTHER_TEXT));
}

static void check_replaced(const struct way *way, const struct stat *before)
{
	struct stat after;

	assert_true(temp_stat(&way->dir, NAME, &after));
	assert_int_not_equal(after.st_ino, before->st_ino);
	assert_int_equal(after.st_mode, S_IFREG | 0600);
	assert_true(temp_has_text(&way->dir, NAME, "new"));
}

/* Planted before open: found out there. */
static void plant_first(struct way *way, enum plant what)
{
	struct vms_sink *sink = NULL;
	struct stat before;

	plant(way, what);
	assert_true(temp_stat(&way->dir, NAME, &before));
	if (!may_replace(way, what)) {
		assert_error(way->ops->open(&way->target, NULL, &sink),
			     VMS_ERR_EXISTS);
		assert_null(sink);
		check_untouched(way, &before);
	} else {
		sink = way_open(way);
		assert_no_error(vms_sink_write_at(sink, 0, "new", 3));
		/* Not before the commit. */
		check_untouched(way, &before);
		assert_no_error(sink->ops->commit(sink));
		sink->ops->close(sink, VMS_SINK_REMOVE);
		check_replaced(way, &before);
	}
	assert_int_equal(temp_count(&way->dir), 2);
	assert_true(temp_has_text(&way->dir, OTHER, OTHER_TEXT));
	clear(way);
}

/* Planted while the dump is written: found out by commit. */
static void plant_later(struct way *way, enum plant what)
{
	struct vms_sink *sink = way_open(way);
	struct stat before;
	char path[192];

	assert_no_error(vms_sink_write_at(sink, 0, "new", 3));
	plant(way, what);
	assert_true(temp_stat(&way->dir, NAME, &before));
	snprintf(path, sizeof(path), "%s", sink->ops->path(sink));
	if (!may_replace(way, what)) {
		assert_error(sink->ops->commit(sink), VMS_ERR_EXISTS);
		check_untouched(way, &before);
		assert_string_equal(sink->ops->path(sink), path);
		sink->ops->close(sink, VMS_SINK_KEEP);
		assert_true(temp_has_text(&way->dir, base_name(path), "new"));
		assert_int_equal(unlink(path), 0);
	} else {
		assert_no_error(sink->ops->commit(sink));
		sink->ops->close(sink, VMS_SINK_REMOVE);
		check_replaced(way, &before);
	}
	assert_true(temp_has_text(&way->dir, OTHER, OTHER_TEXT));
	clear(way);
}

static void check_plants(struct way *way)
{
	for (int what = 0; way->keeps && what < PLANTS; what++) {
		for (int replace = 0; replace <= 1; replace++) {
			way->target.replace = replace;
			plant_first(way, (enum plant)what);
			plant_later(way, (enum plant)what);
		}
	}
}

static void test_planted_targets(void **state)
{
	(void)state;
	each_transport(check_plants);
}

/* Two dumps at once to one name: the second is told, both are there. */
static void check_race(struct way *way)
{
	struct vms_sink *a;
	struct vms_sink *b;

	if (!way->keeps)
		return;
	a = way_open(way);
	b = way_open(way);
	assert_string_not_equal(a->ops->path(a), b->ops->path(b));
	assert_no_error(vms_sink_write_at(a, 0, "first", 5));
	assert_no_error(vms_sink_write_at(b, 0, "second", 6));
	assert_no_error(a->ops->commit(a));
	assert_error(b->ops->commit(b), VMS_ERR_EXISTS);
	assert_true(temp_has_text(&way->dir, NAME, "first"));
	assert_true(temp_has_text(&way->dir, base_name(b->ops->path(b)),
				  "second"));
	a->ops->close(a, VMS_SINK_REMOVE);
	b->ops->close(b, VMS_SINK_REMOVE);
	assert_int_equal(temp_count(&way->dir), 1);
}

static void test_two_at_once(void **state)
{
	(void)state;
	each_transport(check_race);
}

/* The limit must come back as an error, not as SIGXFSZ, which is left at its
 * default here: it would end the test. */
static void check_size_limit(struct way *way)
{
	struct rlimit old;
	struct rlimit limit;
	struct vms_sink *sink;
	static uint8_t data[10000];

	if (!way->keeps)
		return;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = 25000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	sink = way_open(way);
	assert_no_error(vms_sink_write_at(sink, 0, data, sizeof(data)));
	assert_no_error(vms_sink_write_at(sink, 10000, data, sizeof(data)));
	assert_error(vms_sink_write_at(sink, 20000, data, sizeof(data)),
		     VMS_ERR_NO_SPACE);
	assert_error(sink->ops->set_size(sink, 25001), VMS_ERR_NO_SPACE);
	/* What is below the limit can still be written: tables, say. */
	assert_no_error(vms_sink_write_at(sink, 15000, data, 10000));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	/* But whole it is not. */
	assert_error(sink->ops->commit(sink), VMS_ERR_SYSTEM);
	sink->ops->close(sink, VMS_SINK_REMOVE);
	assert_int_equal(temp_count(&way->dir), 0);
}

static void test_size_limit(void **state)
{
	(void)state;
	assert_true(signal(SIGXFSZ, SIG_DFL) != SIG_ERR);
	each_transport(check_size_limit);
}

static void check_free_space(struct way *way)
{
	struct vms_sink *sink = way_open(way);
	uint64_t bytes = 0;

	assert_no_error(sink->ops->free_space(sink, &bytes));
	assert_true(bytes > 0);
	if (!(sink->ops->caps & VMS_SINK_FREE_SPACE))
		assert_true(bytes == UINT64_MAX);
	sink->ops->close(sink, VMS_SINK_REMOVE);
}

static void test_free_space(void **state)
{
	(void)state;
	each_transport(check_free_space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_members),
		cmocka_unit_test(test_mode),
		cmocka_unit_test(test_writes),
		cmocka_unit_test(test_fates),
		cmocka_unit_test(test_planted_targets),
		cmocka_unit_test(test_two_at_once),
		cmocka_unit_test(test_size_limit),
		cmocka_unit_test(test_free_space),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
