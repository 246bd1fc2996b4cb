// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of the local transport: what may be replaced, the step from the
 * incomplete name to the final one, and removal. Every call is relative to
 * the directory opened at the start; knows no dumps.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "local_priv.h"

static const char *kind_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a file";
	case S_IFDIR:
		return "a directory";
	case S_IFLNK:
		return "a symbolic link";
	case S_IFIFO:
		return "a fifo";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}

/* VMS_ERR_EXISTS when something is there that must not go. */
struct vms_error *local_check_target(const struct local_sink *s,
				     bool *exists_ret)
{
	struct stat st;

	if (fstatat(s->dir, s->final_name, &st, AT_SYMLINK_NOFOLLOW)) {
		if (errno != ENOENT)
			return vms_error_system(errno, "%s", s->final_path);
		*exists_ret = false;
		return NULL;
	}
	if (!s->replace)
		return vms_error_create(VMS_ERR_EXISTS,
					"%s: %s of that name exists",
					s->final_path, kind_of(st.st_mode));
	if (!S_ISREG(st.st_mode))
		return vms_error_create(VMS_ERR_EXISTS,
					"%s is %s, only a regular file is "
					"replaced",
					s->final_path, kind_of(st.st_mode));
	*exists_ret = true;
	return NULL;
}

/* Does the incomplete name still lead to the file that we created? */
static bool is_ours(const struct local_sink *s)
{
	struct stat st;

	return !fstatat(s->dir, s->temp_name, &st, AT_SYMLINK_NOFOLLOW) &&
	       st.st_dev == s->dev && st.st_ino == s->ino;
}

/* 0 or an errno. EEXIST when the name was taken meanwhile. */
static int rename_to_new(const struct local_sink *s)
{
	if (!renameat2(s->dir, s->temp_name, s->dir, s->final_name,
		       RENAME_NOREPLACE))
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
		return errno;
	/* File systems without that flag have links, which do not replace. */
	if (linkat(s->dir, s->temp_name, s->dir, s->final_name, 0))
		return errno;
	if (unlinkat(s->dir, s->temp_name, 0))
		vms_log_warn(s->log, "%s: the dump has its final name, but "
			     "the incomplete one stays: %m", s->temp_path);
	return 0;
}

static struct vms_error *rename_file(struct local_sink *s)
{
	struct vms_error *err;
	bool exists;
	int errnum;

	err = local_check_target(s, &exists);
	if (err)
		return err;
	if (!exists)
		errnum = rename_to_new(s);
	else if (renameat(s->dir, s->temp_name, s->dir, s->final_name))
		errnum = errno;
	else
		errnum = 0;
	if (errnum)
		return vms_error_system(errnum, "%s: rename to %s",
					s->temp_path, s->final_name);
	s->committed = true;
	return NULL;
}

struct vms_error *local_sync_dir(const struct local_sink *s)
{
	if (!TEMP_FAILURE_RETRY(fsync(s->dir)))
		return NULL;
	/* Some file systems have no sync of directories. */
	if (errno == EINVAL || errno == EOPNOTSUPP) {
		vms_log_warn(s->log, "%s: the file system cannot sync its "
			     "directory, a power cut may lose the name",
			     s->final_path);
		return NULL;
	}
	return vms_error_system(errno, "%s: sync of its directory",
				s->final_path);
}

/* Network file systems may report lost data only here. */
static struct vms_error *close_file(struct local_sink *s)
{
	int fd = s->fd;

	s->fd = -1;
	if (close(fd) && errno != EINTR)
		return vms_error_system(errno, "%s: close", s->temp_path);
	return NULL;
}

struct vms_error *local_commit(struct vms_sink *sink)
{
	struct local_sink *s = local_sink(sink);
	struct vms_error *err;

	if (s->write_failed)
		return vms_error_create(VMS_ERR_SYSTEM,
					"%s: an earlier write failed, it does "
					"not get its final name", s->temp_path);
	err = local_sync(sink);
	if (err)
		return err;
	if (!is_ours(s))
		return vms_error_create(VMS_ERR_SYSTEM,
					"%s: was removed or replaced by "
					"somebody else", s->temp_path);
	err = close_file(s);
	if (err)
		return err;
	err = rename_file(s);
	if (err)
		return err;
	return local_sync_dir(s);
}

void local_remove(const struct local_sink *s)
{
	if (!is_ours(s))
		vms_log_warn(s->log, "%s: not removed, it is gone or somebody "
			     "else's", s->temp_path);
	else if (unlinkat(s->dir, s->temp_name, 0))
		vms_log_warn(s->log, "%s: remove: %m", s->temp_path);
}
