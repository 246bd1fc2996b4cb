// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Copies /proc/vmcore to a block device in the lab's crash kernel. It maps
 * instead of reading: a read remaps memory for every page, and that is slow
 * in an emulated machine. It must not know what a vmcore holds.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW	((off_t)8 << 20)	/* bytes mapped at once */

/* Copies size bytes at offset from the map; 0 if all went well. */
static int copy_window(int in, int out, off_t offset, size_t size)
{
	size_t done = 0;
	char *p = mmap(NULL, size, PROT_READ, MAP_PRIVATE, in, offset);

	if (p == MAP_FAILED) {
		perror("LAB: mmap /proc/vmcore");
		return -1;
	}
	while (done < size) {
		ssize_t n = write(out, p + done, size - done);

		if (n <= 0) {
			perror("LAB: write");
			return -1;
		}
		done += (size_t)n;
	}
	return munmap(p, size);
}

int main(int argc, char **argv)
{
	int in = open("/proc/vmcore", O_RDONLY);
	int out = argc == 2 ? open(argv[1], O_WRONLY) : -1;
	struct stat st;

	if (in < 0 || out < 0 || fstat(in, &st)) {
		perror("LAB: open");
		return 1;
	}
	for (off_t at = 0; at < st.st_size; at += WINDOW) {
		off_t left = st.st_size - at;

		if (copy_window(in, out, at,
				(size_t)(left < WINDOW ? left : WINDOW)))
			return 1;
	}
	if (fsync(out)) {
		perror("LAB: fsync");
		return 1;
	}
	return 0;
}
