// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Small helpers of mkvmcore: messages, growing arrays, numbers in the target's
 * byte order, and the table of architectures. Knows no statement.
 */
#include "mkvmcore_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// prstatus sizes: struct elf_prstatus of the architecture's user ABI.
static const struct mkv_arch archs[] = {
	{ "x86_64", 2, 1, 62, 12, 336, 32 },
};

const struct mkv_arch *mkv_arch_find(const char *name)
{
	for (size_t i = 0; i < sizeof(archs) / sizeof(archs[0]); i++) {
		if (!strcmp(archs[i].name, name))
			return &archs[i];
	}
	return NULL;
}

int mkv_fail(struct mkv_desc *d, const char *fmt, ...)
{
	size_t size = sizeof(d->err->text);
	int n = 0;
	va_list ap;

	if (d->cur_file)
		n = snprintf(d->err->text, size, "%s:%u: ", d->cur_file,
			     d->cur_line);
	if (n < 0 || (size_t)n >= size)
		n = 0;
	va_start(ap, fmt);
	vsnprintf(d->err->text + n, size - (size_t)n, fmt, ap);
	va_end(ap);
	return -1;
}

/** splitmix64: the same numbers on every host. */
uint64_t mkv_random(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15ull);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

int mkv_nomem(struct mkv_desc *d)
{
	return mkv_fail(d, "out of memory");
}

void *mkv_grow(struct mkv_desc *d, void *array, size_t n, size_t *cap,
	       size_t size)
{
	size_t want = *cap ? *cap * 2 : 16;
	void *p;

	if (n < *cap)
		return array;
	p = want > SIZE_MAX / size ? NULL : realloc(array, want * size);
	if (!p) {
		mkv_nomem(d);
		return NULL;
	}
	memset((char *)p + *cap * size, 0, (want - *cap) * size);
	*cap = want;
	return p;
}

char *mkv_strdup(struct mkv_desc *d, const char *s)
{
	char *p = strdup(s);

	if (!p)
		mkv_nomem(d);
	return p;
}

int mkv_buf_add(struct mkv_desc *d, struct mkv_buf *b, const void *p,
		size_t len)
{
	size_t cap = b->cap ? b->cap : 256;
	char *q;

	if (len > SIZE_MAX / 4 - b->len)
		return mkv_nomem(d);
	while (cap < b->len + len)
		cap *= 2;
	if (cap != b->cap) {
		q = realloc(b->p, cap);
		if (!q)
			return mkv_nomem(d);
		b->p = q;
		b->cap = cap;
	}
	if (len)
		memcpy(b->p + b->len, p, len);
	b->len += len;
	return 0;
}

static unsigned byte_at(const struct mkv_desc *d, unsigned i, unsigned width)
{
	return d->arch->elf_data == 2 ? width - 1 - i : i;
}

void mkv_put(const struct mkv_desc *d, void *p, unsigned width, uint64_t v)
{
	for (unsigned i = 0; i < width; i++, v >>= 8)
		((uint8_t *)p)[byte_at(d, i, width)] = (uint8_t)v;
}

uint64_t mkv_get(const struct mkv_desc *d, const void *p, unsigned width)
{
	uint64_t v = 0;

	for (unsigned i = width; i-- > 0; )
		v = v << 8 | ((const uint8_t *)p)[byte_at(d, i, width)];
	return v;
}

int mkv_pwrite(struct mkv_desc *d, const void *p, size_t len, uint64_t offset)
{
	const char *q = p;

	if (offset > INT64_MAX || len > INT64_MAX - offset)
		return mkv_fail(d, "file offset %#llx is too large",
				(unsigned long long)offset);
	while (len) {
		ssize_t n = pwrite(d->fd, q, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return mkv_fail(d, "write at offset %#llx: %s",
					(unsigned long long)offset,
					n ? strerror(errno) : "no progress");
		q += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}
