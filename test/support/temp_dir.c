// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Directories for tests under TMPDIR or /tmp.
 */
#include "temp_dir.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void temp_dir_init(struct temp_dir *dir)
{
	const char *base = getenv("TMPDIR");

	if (!base || strlen(base) > 32)
		base = "/tmp";
	snprintf(dir->path, sizeof(dir->path), "%s/vmsieve-XXXXXX", base);
	if (!mkdtemp(dir->path))
		abort();
	dir->fd = open(dir->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd < 0)
		abort();
}

static bool is_dots(const char *name)
{
	return !strcmp(name, ".") || !strcmp(name, "..");
}

void temp_dir_deinit(struct temp_dir *dir)
{
	DIR *d = fdopendir(dir->fd);
	struct dirent *e;

	if (!d)
		abort();
	rewinddir(d);
	while ((e = readdir(d))) {
		if (!is_dots(e->d_name) && unlinkat(dir->fd, e->d_name, 0))
			unlinkat(dir->fd, e->d_name, AT_REMOVEDIR);
	}
	closedir(d);
	if (rmdir(dir->path))
		perror(dir->path);
}

const char *temp_path(const struct temp_dir *dir, const char *name, char *buf,
		      size_t size)
{
	if ((size_t)snprintf(buf, size, "%s/%s", dir->path, name) >= size)
		abort();
	return buf;
}

void temp_write(const struct temp_dir *dir, const char *name, const char *text)
{
	int fd = openat(dir->fd, name, O_WRONLY | O_CREAT | O_EXCL, 0644);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		abort();
	close(fd);
}

bool temp_has_text(const struct temp_dir *dir, const char *name,
		   const char *text)
{
	char buf[256];
	ssize_t n;
	int fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return false;
	n = read(fd, buf, sizeof(buf));
	close(fd);
	return n == (ssize_t)strlen(text) && !memcmp(buf, text, (size_t)n);
}

bool temp_stat(const struct temp_dir *dir, const char *name, struct stat *ret)
{
	return !fstatat(dir->fd, name, ret, AT_SYMLINK_NOFOLLOW);
}

unsigned int temp_count(const struct temp_dir *dir)
{
	DIR *d = opendir(dir->path);
	unsigned int n = 0;
	struct dirent *e;

	if (!d)
		abort();
	while ((e = readdir(d)))
		n += !is_dots(e->d_name);
	closedir(d);
	return n;
}
