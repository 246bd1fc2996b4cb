// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads the crash kernel in the lab's guest: the one system call that kexec -p
 * -s comes down to, so that the guest needs no libraries. It must not know
 * what the crash kernel is for.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KEXEC_FILE_ON_CRASH 2UL	/* include/uapi/linux/kexec.h */

int main(int argc, char **argv)
{
	int kernel, initrd;

	if (argc != 4) {
		fprintf(stderr, "usage: kexec-load KERNEL INITRD CMDLINE\n");
		return 1;
	}
	kernel = open(argv[1], O_RDONLY);
	initrd = open(argv[2], O_RDONLY);
	if (kernel < 0 || initrd < 0) {
		perror("LAB: kexec-load: open");
		return 1;
	}
	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(argv[3]) + 1,
		    argv[3], KEXEC_FILE_ON_CRASH)) {
		perror("LAB: kexec_file_load");
		return 1;
	}
	printf("LAB: crash kernel loaded\n");
	return 0;
}
