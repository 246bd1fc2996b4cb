// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The local transport: a file in a directory, created under an incomplete
 * name. The directory is opened once, so that nobody who swaps it later gets
 * the dump or loses a file. Knows nothing of dumps.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <vmsieve/cleanup.h>

#include "local_priv.h"
#include "transports.h"

/* ".incomplete-" and 16 hexadecimal digits. */
#define TEMP_SUFFIX_LENGTH 28
/* A name of 64 random bits is taken once in a long life, not 16 times. */
#define CREATE_TRIES 16

static void local_destroy(struct local_sink *s)
{
	if (!s)
		return;
	if (s->fd >= 0 && close(s->fd) && errno != EINTR)
		vms_log_warn(s->log, "%s: close: %m", s->temp_path);
	if (s->dir >= 0)
		close(s->dir);
	free(s->final_path);
	free(s->temp_path);
	free(s);
}

VMS_DEFINE_CLEANUP(local, struct local_sink *, local_destroy);

static void local_close(struct vms_sink *sink, enum vms_sink_fate fate)
{
	struct local_sink *s = local_sink(sink);

	if (!s->committed && fate == VMS_SINK_REMOVE) {
		local_remove(s);
	} else if (!s->committed) {
		struct vms_error *err = local_sync_dir(s);

		local_cache_give_back(s);
		if (err)
			vms_log_warn(s->log, "%s", vms_error_text(err));
		vms_error_destroy(err);
	}
	local_destroy(s);
}

static const char *local_path(const struct vms_sink *sink)
{
	const struct local_sink *s = (const struct local_sink *)sink;

	return s->committed ? s->final_path : s->temp_path;
}

static const struct vms_sink_ops local_sink_ops = {
	.name = "local",
	.caps = VMS_SINK_RANDOM_WRITE | VMS_SINK_SYNC | VMS_SINK_RENAME |
		VMS_SINK_FREE_SPACE,
	.write_at = local_write_at,
	.set_size = local_set_size,
	.sync = local_sync,
	.commit = local_commit,
	.free_space = local_free_space,
	.close = local_close,
	.path = local_path,
};

/*
 * Early after boot the kernel may have no good random bits and would wait for
 * them; O_EXCL makes weak ones safe, only easier to be in the way of.
 */
static uint64_t random_bits(void)
{
	struct timespec now = { 0, 0 };
	uint64_t bits;

	if (getrandom(&bits, sizeof(bits), GRND_INSECURE) == sizeof(bits))
		return bits;
	/* GRND_INSECURE is new in Linux 5.6. */
	if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) == sizeof(bits))
		return bits;
	clock_gettime(CLOCK_BOOTTIME, &now);
	bits = (uint64_t)now.tv_nsec << 32 ^ (uint64_t)now.tv_sec;
	return bits ^ (uint64_t)(uintptr_t)&now << 16 ^ (uint64_t)getpid();
}

/* Sets temp_path; the name is cut where the suffix would not fit. */
static struct vms_error *make_temp_name(struct local_sink *s)
{
	int dir_length = (int)(s->final_name - s->final_path);
	int length = (int)strlen(s->final_name);
	char *path;

	if (length > NAME_MAX - TEMP_SUFFIX_LENGTH)
		length = NAME_MAX - TEMP_SUFFIX_LENGTH;
	if (asprintf(&path, "%.*s%.*s.incomplete-%016" PRIx64, dir_length,
		     s->final_path, length, s->final_name, random_bits()) < 0)
		return vms_error_no_memory();
	free(s->temp_path);
	s->temp_path = path;
	s->temp_name = path + dir_length;
	return NULL;
}

static struct vms_error *create_file(struct local_sink *s)
{
	struct vms_error *err;
	struct stat st;

	for (int i = 0; i < CREATE_TRIES && s->fd < 0; i++) {
		err = make_temp_name(s);
		if (err)
			return err;
		s->fd = openat(s->dir, s->temp_name,
			       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
			       O_CLOEXEC, 0600);
		if (s->fd < 0 && errno != EEXIST && errno != EINTR)
			break;
	}
	if (s->fd < 0)
		return vms_error_system(errno, "%s: create", s->temp_path);
	if (fstat(s->fd, &st))
		return vms_error_system(errno, "%s", s->temp_path);
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return NULL;
}

/* Whoever may write there can take the dump away or put another in its place,
 * but cannot make us write elsewhere. */
static void warn_if_shared(const struct local_sink *s)
{
	struct stat st;

	if (fstat(s->dir, &st))
		return;
	if ((st.st_mode & (S_IWGRP | S_IWOTH) && !(st.st_mode & S_ISVTX)) ||
	    (st.st_uid && st.st_uid != geteuid()))
		vms_log_warn(s->log, "%s: other users may write to its "
			     "directory, they can remove or replace the dump",
			     s->final_path);
}

static struct vms_error *open_directory(struct local_sink *s)
{
	size_t length = (size_t)(s->final_name - s->final_path);
	VMS_CLEANUP(free) char *dir = NULL;

	dir = length ? strndup(s->final_path, length) : strdup(".");
	if (!dir)
		return vms_error_no_memory();
	s->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0)
		return vms_error_system(errno, "%s: directory %s",
					s->final_path, dir);
	return NULL;
}

/* Splits the path at its last slash and reads the size limit. */
static struct vms_error *prepare(struct local_sink *s,
				 const struct vms_target *target)
{
	struct rlimit limit;
	const char *slash;

	s->final_path = strdup(target->path);
	if (!s->final_path)
		return vms_error_no_memory();
	slash = strrchr(s->final_path, '/');
	s->final_name = slash ? slash + 1 : s->final_path;
	if (!*s->final_name || !strcmp(s->final_name, ".") ||
	    !strcmp(s->final_name, ".."))
		return vms_error_create(VMS_ERR_USAGE,
					"output \"%s\" is not the name of a "
					"file", target->path);
	s->limit = INT64_MAX;
	if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur < s->limit)
		s->limit = limit.rlim_cur;
	return NULL;
}

static struct vms_error *local_open(const struct vms_target *target,
				    struct vms_log *log, struct vms_sink **ret)
{
	VMS_CLEANUP(local) struct local_sink *s = calloc(1, sizeof(*s));
	struct vms_error *err;
	bool exists;

	if (!s)
		return vms_error_no_memory();
	s->base.ops = &local_sink_ops;
	s->log = log;
	s->dir = -1;
	s->fd = -1;
	s->replace = target->replace;
	err = prepare(s, target);
	if (!err)
		err = open_directory(s);
	if (!err)
		err = local_check_target(s, &exists);
	if (!err)
		err = create_file(s);
	if (err)
		return err;
	local_cache_init(s, target->cache_bytes);
	warn_if_shared(s);
	*ret = &vms_take_ptr(s)->base;
	return NULL;
}

const struct vms_transport_ops vms_transport_local = {
	.name = "local",
	.open = local_open,
};
