// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * To be preloaded: counts what a program and its libraries ask of the heap,
 * anonymous mappings and threads, and makes the Nth request fail, or all from
 * the Nth on. Must not allocate once the counting has begun, nor know which
 * program it is in.
 *
 * Environment: ALLOC_FAIL_STATE is a file of at least sizeof(struct state)
 * bytes, which is mapped, so it is right however the program ends. In it, the
 * driver sets at (0: only count) and from; the rest is ours to fill. Without
 * the variable nothing is counted.
 *
 * What glibc does for itself is counted where it calls malloc by name (stdio,
 * strdup, asprintf); what malloc and pthread_create do inside is not.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT	   __attribute__((visibility("default")))
#define MAX_FRAMES 32
#define MAX_PATH   96

/* One return address, as a place in a file: addr2line finds its line. */
struct frame {
	uint64_t offset;
	char object[MAX_PATH];
};

/* The driver reads it by this layout: see State in alloc_sweep. */
struct state {
	uint64_t at;
	uint64_t from; /* 0: only the Nth, 1: all from there on */
	_Atomic uint64_t count;
	_Atomic uint64_t failed;
	uint64_t size; /* of the first request that failed */
	uint64_t nr_frames;
	char call[16];
	struct frame frames[MAX_FRAMES];
};

typedef int (*thread_fn)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
			 void *);

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t align, size_t size);

static struct state *state;
static thread_fn real_pthread_create;
/* This thread is in here already: what it asks for now is ours. */
static __thread bool inside __attribute__((tls_model("initial-exec")));

static void note_frames(void)
{
	void *address[MAX_FRAMES];
	int count = backtrace(address, MAX_FRAMES);
	uint64_t used = 0;

	for (int i = 0; i < count; i++) {
		struct frame *frame = &state->frames[used];
		Dl_info info;

		if (!dladdr(address[i], &info) || !info.dli_fname)
			continue;
		frame->offset =
			(uint64_t)((char *)address[i] - (char *)info.dli_fbase);
		snprintf(frame->object, sizeof(frame->object), "%s",
			 info.dli_fname);
		used++;
	}
	state->nr_frames = used;
}

/* Is this request to fail? */
static bool fails(const char *call, size_t size)
{
	uint64_t nth;

	if (!state || inside)
		return false;
	nth = atomic_fetch_add(&state->count, 1) + 1;
	if (!state->at || nth < state->at || (nth > state->at && !state->from))
		return false;
	if (!atomic_fetch_add(&state->failed, 1)) {
		inside = true;
		state->size = size;
		snprintf(state->call, sizeof(state->call), "%s", call);
		note_frames();
		inside = false;
	}
	errno = ENOMEM;
	return true;
}

EXPORT void *malloc(size_t size)
{
	return fails("malloc", size) ? NULL : __libc_malloc(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
	return fails("calloc", count * size) ? NULL
					     : __libc_calloc(count, size);
}

EXPORT void *realloc(void *old, size_t size)
{
	/* A realloc to nothing is a free, and cannot fail. */
	if (old && !size)
		return __libc_realloc(old, size);
	return fails("realloc", size) ? NULL : __libc_realloc(old, size);
}

EXPORT void *memalign(size_t align, size_t size)
{
	return fails("memalign", size) ? NULL : __libc_memalign(align, size);
}

EXPORT void *aligned_alloc(size_t align, size_t size)
{
	return fails("aligned_alloc", size) ? NULL
					    : __libc_memalign(align, size);
}

EXPORT int posix_memalign(void **ret, size_t align, size_t size)
{
	void *memory;

	if (align % sizeof(void *) || !align || (align & (align - 1)))
		return EINVAL;
	if (fails("posix_memalign", size))
		return ENOMEM;
	memory = __libc_memalign(align, size);
	if (!memory)
		return ENOMEM;
	*ret = memory;
	return 0;
}

EXPORT void *mmap(void *address, size_t size, int protection, int flags, int fd,
		  off_t offset)
{
	if ((flags & MAP_ANONYMOUS) && fails("mmap", size))
		return MAP_FAILED;
	return (void *)syscall(SYS_mmap, address, size, protection, flags, fd,
			       offset);
}

EXPORT void *mmap64(void *address, size_t size, int protection, int flags,
		    int fd, off64_t offset)
{
	return mmap(address, size, protection, flags, fd, offset);
}

EXPORT int pthread_create(pthread_t *ret, const pthread_attr_t *attr,
			  void *(*run)(void *), void *arg)
{
	if (fails("pthread_create", 0))
		return EAGAIN;
	return real_pthread_create(ret, attr, run, arg);
}

static __attribute__((constructor)) void begin(void)
{
	const char *path = getenv("ALLOC_FAIL_STATE");
	void *address[1];
	void *shared;
	int fd;

	real_pthread_create = (thread_fn)dlsym(RTLD_NEXT, "pthread_create");
	if (!path)
		return;
	/* The first backtrace loads libgcc. */
	backtrace(address, 1);
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		_exit(125);
	shared = mmap(NULL, sizeof(*state), PROT_READ | PROT_WRITE, MAP_SHARED,
		      fd, 0);
	close(fd);
	if (shared == MAP_FAILED)
		_exit(125);
	state = shared;
}
