// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Fills the memory of the lab's guest with every kind of page that a dump
 * level speaks of, says on the console what it did, and stays. It must not
 * know how a page is classified, nor by whom: only how the kernel is asked.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE	4096UL
#define MIB	(1UL << 20)
#define HUGE	(2 * MIB)

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE 101
#endif

static void say(const char *step, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void say(const char *step, const char *fmt, ...)
{
	va_list ap;

	printf("LAB: %s: ", step);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
	fflush(stdout);
}

/* A step that the kernel refuses is said, and the others go on. */
static void refused(const char *step, const char *what)
{
	say(step, "refused: %s: %s", what, strerror(errno));
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		refused(path, text);
	if (fd >= 0)
		close(fd);
}

static long number_in(const char *path, const char *key)
{
	char line[256];
	long value = -1;
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key))) {
			value = strtol(line + strlen(key), NULL, 10);
			break;
		}
	if (f)
		fclose(f);
	return value;
}

static void fill_random(unsigned char *p, size_t n)
{
	static uint64_t x = 88172645463325252u;

	for (size_t i = 0; i < n; i += sizeof(x)) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
		memcpy(p + i, &x, sizeof(x));
	}
}

static void fill_text(unsigned char *p, size_t n, size_t seed)
{
	for (size_t i = 0; i < n; i += 32)
		snprintf((char *)p + i, 32, "record %zu field %zu value\n",
			 seed, i);
}

/* A third of the pages random, a third like text, a third zero. */
static void fill(unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n; i += PAGE) {
		switch (i / PAGE % 3) {
		case 0:
			fill_random(p + i, PAGE);
			break;
		case 1:
			fill_text(p + i, PAGE, i / PAGE);
			break;
		default:
			memset(p + i, 0, PAGE);
		}
	}
}

static unsigned char *map(size_t n, int flags)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

/* Small pages only, whatever the kernel's setting for huge ones. */
static unsigned char *map_small(const char *step, size_t n)
{
	unsigned char *p = map(n, 0);

	if (!p)
		refused(step, "mmap");
	else
		madvise(p, n, MADV_NOHUGEPAGE);
	return p;
}

static unsigned char *map_thp(const char *step, size_t n)
{
	unsigned char *p = map(n + HUGE, 0);

	if (!p) {
		refused(step, "mmap");
		return NULL;
	}
	p += -(uintptr_t)p & (HUGE - 1);
	if (madvise(p, n, MADV_HUGEPAGE))
		refused(step, "madvise");
	return p;
}

static void step_hugetlb(void)
{
	const char *const step = "hugetlb";
	unsigned char *used, *reserved;

	put("/proc/sys/vm/nr_hugepages", "10");
	used = map(4 * HUGE, MAP_HUGETLB);
	if (!used) {
		refused(step, "mmap");
		return;
	}
	fill(used, 4 * HUGE);
	reserved = map(2 * HUGE, MAP_HUGETLB);
	if (!reserved)
		refused(step, "mmap of a reserve");
	say(step, "pool %ld, free %ld, reserved %ld",
	    number_in("/proc/meminfo", "HugePages_Total:"),
	    number_in("/proc/meminfo", "HugePages_Free:"),
	    number_in("/proc/meminfo", "HugePages_Rsvd:"));
}

static void step_anon(void)
{
	unsigned char *p = map_small("anon", 96 * MIB);

	if (!p)
		return;
	fill(p, 96 * MIB);
	say("anon", "96 MiB");
}

static void step_thp(void)
{
	unsigned char *p = map_thp("thp", 24 * MIB);

	if (!p)
		return;
	fill(p, 24 * MIB);
	say("thp", "AnonHugePages %ld kB",
	    number_in("/proc/meminfo", "AnonHugePages:"));
}

static void step_ksm(void)
{
	const char *const dir = "/sys/kernel/mm/ksm/pages_sharing";
	unsigned char *p = map_small("ksm", 8 * MIB);
	long sharing = 0;

	if (!p)
		return;
	for (size_t i = 0; i < 8 * MIB; i += PAGE)
		fill_text(p + i, PAGE, i / PAGE % 16);
	if (madvise(p, 8 * MIB, MADV_MERGEABLE)) {
		refused("ksm", "madvise");
		return;
	}
	put("/sys/kernel/mm/ksm/pages_to_scan", "4096");
	put("/sys/kernel/mm/ksm/sleep_millisecs", "10");
	put("/sys/kernel/mm/ksm/run", "1");
	for (int i = 0; i < 100 && sharing < 1900; i++) {
		usleep(100000);
		sharing = number_in(dir, "");
	}
	put("/sys/kernel/mm/ksm/run", "0");
	say("ksm", "pages_sharing %ld, pages_shared %ld", sharing,
	    number_in("/sys/kernel/mm/ksm/pages_shared", ""));
}

static void fill_file(const char *step, int fd, size_t n)
{
	void *p;

	if (fd < 0 || ftruncate(fd, (off_t)n)) {
		refused(step, "file");
		return;
	}
	p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED) {
		refused(step, "mmap");
		return;
	}
	fill(p, n);
	say(step, "%lu MiB", n / MIB);
}

static void step_shm(void)
{
	int id = shmget(IPC_PRIVATE, 8 * MIB, IPC_CREAT | 0600);
	void *p = id < 0 ? (void *)-1 : shmat(id, NULL, 0);

	if (p == (void *)-1) {
		refused("sysv shm", "shmget");
	} else {
		fill(p, 8 * MIB);
		say("sysv shm", "8 MiB");
	}
	fill_file("posix shm", shm_open("/lab", O_CREAT | O_RDWR, 0600),
		  8 * MIB);
	fill_file("tmpfs with huge pages",
		  open("/huge/file", O_CREAT | O_RDWR, 0600), 4 * MIB);
	say("tmpfs with huge pages", "ShmemHugePages %ld kB",
	    number_in("/proc/meminfo", "ShmemHugePages:"));
}

/* Dentries and inodes by the thousand, a tenth of them with a page. */
static void step_files(void)
{
	char name[64];
	int n;

	mkdir("/tmp/d", 0755);
	for (n = 0; n < 20000; n++) {
		int fd;

		snprintf(name, sizeof(name), "/tmp/d/file-%d", n);
		fd = open(name, O_CREAT | O_WRONLY, 0644);
		if (fd < 0 || (n % 10 == 0 && write(fd, name, 64) != 64)) {
			refused("files", name);
			return;
		}
		close(fd);
	}
	say("files", "%d in tmpfs", n);
}

static void step_page_tables(void)
{
	unsigned int low = 0, high = 0;

	/* One page each 64 GiB and a bit: three tables of its own. */
	for (uintptr_t a = 1UL << 36; a < 1UL << 46; a += (1UL << 36) + HUGE) {
		unsigned char *p = mmap((void *)a, PAGE,
			PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
			MAP_FIXED_NOREPLACE, -1, 0);

		if (p != MAP_FAILED) {
			*p = 1;
			low++;
		}
	}
	/* Above 2^47: only where the page tables have five levels. */
	for (uintptr_t a = 1UL << 48; a < 1UL << 56; a += 1UL << 51) {
		unsigned char *p = mmap((void *)a, PAGE,
			PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS |
			MAP_FIXED_NOREPLACE, -1, 0);

		if (p != MAP_FAILED) {
			*p = 1;
			high++;
		}
	}
	say("page tables", "%u sparse pages, %u above 2^47, PageTables %ld kB",
	    low, high, number_in("/proc/meminfo", "PageTables:"));
}

static void step_slabs(void)
{
	static char message[3000];
	unsigned int pipes = 0, sockets = 0;
	int fd[2];

	for (; pipes < 300 && !pipe(fd); pipes++) {
		if (pipes % 10 == 0)	/* its ring: a large kmalloc */
			fcntl(fd[1], F_SETPIPE_SZ, MIB);
		if (write(fd[1], message, sizeof(message)) < 0)
			break;
	}
	for (; sockets < 300; sockets++)
		if (socketpair(AF_UNIX, SOCK_STREAM, 0, fd) ||
		    write(fd[1], message, sizeof(message)) < 0)
			break;
	say("slabs", "%u pipes, %u socket pairs", pipes, sockets);
}

static void step_swap(void)
{
	unsigned char *p = map_small("swap", 8 * MIB);
	unsigned int sum = 0;

	if (!p)
		return;
	fill_random(p, 8 * MIB);
	if (madvise(p, 8 * MIB, MADV_PAGEOUT)) {
		refused("swap", "madvise");
		return;
	}
	for (size_t i = 0; i < 4 * MIB; i += PAGE)
		sum += p[i];
	say("swap", "SwapCached %ld kB (sum %u)",
	    number_in("/proc/meminfo", "SwapCached:"), sum);
}

static void step_mlock(void)
{
	unsigned char *p = map_small("mlock", 4 * MIB);

	if (!p)
		return;
	fill(p, 4 * MIB);
	if (mlock(p, 4 * MIB))
		refused("mlock", "mlock");
	else
		say("mlock", "4 MiB");
}

/* Free memory in many small blocks instead of few large ones. */
static void step_fragments(void)
{
	unsigned char *p = map_small("fragments", 32 * MIB);

	if (!p)
		return;
	fill(p, 32 * MIB);
	for (size_t i = 0; i < 32 * MIB; i += 2 * PAGE)
		madvise(p + i, PAGE, MADV_DONTNEED);
	say("fragments", "every other page of 32 MiB freed");
}

/* Nobody writes back what these settings leave to the flusher's timer. */
static void step_dirty(void)
{
	unsigned char *p = map_small("dirty", 8 * MIB);
	int fd;

	if (!p)
		return;
	put("/proc/sys/vm/dirty_writeback_centisecs", "0");
	put("/proc/sys/vm/dirty_expire_centisecs", "360000");
	put("/proc/sys/vm/dirty_background_ratio", "60");
	put("/proc/sys/vm/dirty_ratio", "80");
	fill(p, 8 * MIB);
	fd = open("/disk/dirty", O_CREAT | O_WRONLY, 0644);
	if (fd < 0 || write(fd, p, 8 * MIB) != (ssize_t)(8 * MIB))
		refused("dirty", "write");
	munmap(p, 8 * MIB);
	say("dirty", "Dirty %ld kB", number_in("/proc/meminfo", "Dirty:"));
}

/* The kernel tells the process of its lost page; that is all it needs. */
static void survive(int number)
{
	(void)number;
}

static void poison(const char *step, unsigned char *page, int advice)
{
	if (!madvise(page, PAGE, advice))
		say(step, "done");
	else if (errno == EBUSY || errno == EHWPOISON)
		say(step, "done, and answered: %s", strerror(errno));
	else
		refused(step, "madvise");
}

static void poison_plain(void)
{
	unsigned char *p = map_small("hwpoison: plain page", 16 * PAGE);

	if (!p)
		return;
	fill_random(p, 16 * PAGE);
	poison("hwpoison: plain page", p + 5 * PAGE, MADV_HWPOISON);
	poison("soft offline: plain page", p + 9 * PAGE, MADV_SOFT_OFFLINE);
}

static void poison_thp(void)
{
	unsigned char *p = map_thp("hwpoison: page of a thp", HUGE);

	if (!p)
		return;
	fill_random(p, HUGE);
	poison("hwpoison: page of a thp", p + 37 * PAGE, MADV_HWPOISON);
}

static void pin(const char *step, unsigned char *page)
{
	struct iovec v = { .iov_base = page, .iov_len = PAGE };
	int fd[2];

	if (pipe(fd) || vmsplice(fd[1], &v, 1, 0) < 0)
		refused(step, "vmsplice");
}

/* The pipe's reference keeps the huge page from being split. */
static void poison_pinned_thp(void)
{
	const char *const step = "hwpoison: page of a pinned thp";
	unsigned char *p = map_thp(step, HUGE);

	if (!p)
		return;
	fill_random(p, HUGE);
	pin(step, p);
	poison(step, p + 73 * PAGE, MADV_HWPOISON);
}

static void poison_hugetlb(void)
{
	const char *const step = "hwpoison: page of a hugetlb page";
	unsigned char *p = map(HUGE, MAP_HUGETLB);

	if (!p) {
		refused(step, "mmap");
		return;
	}
	fill_random(p, HUGE);
	poison(step, p + 100 * PAGE, MADV_HWPOISON);
}

/* The pipe's reference keeps the page a hugetlb page. */
static void poison_pinned_hugetlb(void)
{
	const char *const step = "hwpoison: page of a pinned hugetlb page";
	unsigned char *p = map(HUGE, MAP_HUGETLB);

	if (!p) {
		refused(step, "mmap");
		return;
	}
	fill_random(p, HUGE);
	pin(step, p);
	poison(step, p + 200 * PAGE, MADV_HWPOISON);
}

static void poison_file(void)
{
	const char *const step = "hwpoison: page of a file";
	int fd = open("/disk/files/0", O_RDONLY);
	unsigned char *p = mmap(NULL, 8 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	volatile unsigned char *touch = p;

	if (fd < 0 || p == MAP_FAILED) {
		refused(step, "mmap");
		return;
	}
	(void)touch[3 * PAGE];
	poison(step, p + 3 * PAGE, MADV_HWPOISON);
}

/* Each in a process of its own: the kernel may kill whoever maps the page. */
static void step_hwpoison(void)
{
	static void (*const kinds[])(void) = {
		poison_plain, poison_thp, poison_pinned_thp, poison_hugetlb,
		poison_pinned_hugetlb, poison_file,
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int done[2], status;
		char c;
		pid_t pid;

		if (pipe(done) || (pid = fork()) < 0) {
			refused("hwpoison", "fork");
			return;
		}
		if (!pid) {
			signal(SIGBUS, survive);
			kinds[i]();
			close(done[0]);
			close(done[1]);
			for (;;)
				pause();
		}
		close(done[1]);
		if (read(done[0], &c, 1) < 0)
			refused("hwpoison", "read");
		usleep(200000);
		if (waitpid(pid, &status, WNOHANG) == pid)
			say("hwpoison", "case %zu was killed: %d", i, status);
	}
	say("hwpoison", "HardwareCorrupted %ld kB",
	    number_in("/proc/meminfo", "HardwareCorrupted:"));
}

/* Processes for the readers of the dump to list. */
static void step_tasks(void)
{
	char name[16];
	int n;

	for (n = 0; n < 30; n++) {
		pid_t pid = fork();

		if (pid < 0) {
			refused("tasks", "fork");
			break;
		}
		if (!pid) {
			snprintf(name, sizeof(name), "lab-task-%d", n);
			prctl(PR_SET_NAME, name);
			for (;;)
				pause();
		}
	}
	say("tasks", "%d", n);
}

int main(void)
{
	/*
	 * hugetlb while memory is unbroken; tasks before there is much to
	 * copy, page tables after the last fork.
	 */
	static void (*const steps[])(void) = {
		step_tasks, step_hugetlb, step_thp, step_anon, step_ksm,
		step_shm, step_files, step_swap, step_dirty, step_slabs,
		step_mlock, step_fragments, step_hwpoison, step_page_tables,
	};
	const struct rlimit files = { 4096, 4096 };
	int fd;

	setrlimit(RLIMIT_NOFILE, &files);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		steps[i]();
	fd = open("/tmp/ready", O_CREAT | O_WRONLY, 0644);
	if (fd < 0) {
		refused("ready", "open");
		return 1;
	}
	for (;;)
		pause();
}
