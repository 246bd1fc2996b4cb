// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Last changes to the finished file, in order: bytes patched, the file cut or
 * lengthened. Knows only file offsets.
 */
#include "mkvmcore_priv.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int file_size(struct mkv_desc *d, uint64_t *ret)
{
	struct stat sb;

	if (fstat(d->fd, &sb))
		return mkv_fail(d, "stat: %s", strerror(errno));
	*ret = (uint64_t)sb.st_size;
	return 0;
}

/** cut N: N bytes stay; cut -N: the last N bytes go. */
static int do_cut(struct mkv_desc *d, struct mkv_stmt *st)
{
	uint64_t n, size = 0;

	if (mkv_num(d, st, 0, &n) || file_size(d, &size))
		return -1;
	if ((int64_t)n < 0)
		n += size;
	if (n > size)
		return mkv_fail(d, "file has %llu bytes, cannot be cut at "
				"%lld", (unsigned long long)size,
				(long long)n);
	return ftruncate(d->fd, (off_t)n) ?
	       mkv_fail(d, "cut: %s", strerror(errno)) : 0;
}

/** append TEXT: the word's bytes behind the end. */
static int do_append(struct mkv_desc *d, struct mkv_stmt *st)
{
	uint64_t size = 0;

	if (file_size(d, &size))
		return -1;
	return mkv_pwrite(d, st->argv[0].s, st->argv[0].len, size);
}

/** resize N: cut or lengthened by a hole to N bytes. */
static int do_resize(struct mkv_desc *d, struct mkv_stmt *st)
{
	uint64_t n;

	if (mkv_num(d, st, 0, &n))
		return -1;
	return ftruncate(d->fd, (off_t)n) ?
	       mkv_fail(d, "resize: %s", strerror(errno)) : 0;
}

/** patch OFFSET u8|u16|u32|u64 VALUE...  or  patch OFFSET text WORD. */
static int do_patch(struct mkv_desc *d, struct mkv_stmt *st)
{
	const char *how = mkv_word(st, 1);
	uint64_t offset, v;
	unsigned width;
	uint8_t p[8];

	if (mkv_num(d, st, 0, &offset))
		return -1;
	if (!strcmp(how, "text"))
		return mkv_pwrite(d, st->argv[2].s, st->argv[2].len, offset);
	width = mkv_width(how);
	if (!width)
		return mkv_fail(d, "'%s' is none of u8, u16, u32, u64, text",
				how);
	for (size_t i = 2; i < st->argc; i++) {
		if (mkv_num(d, st, i, &v))
			return -1;
		mkv_put(d, p, width, v);
		if (mkv_pwrite(d, p, width, offset))
			return -1;
		offset += width;
	}
	return 0;
}

const struct mkv_stmt_def mkv_stmts_file[] = {
	{ "cut", MKV_FILE, 1, 1, do_cut },
	{ "append", MKV_FILE, 1, 1, do_append },
	{ "resize", MKV_FILE, 1, 1, do_resize },
	{ "patch", MKV_FILE, 3, 0, do_patch },
	{ 0 },
};
