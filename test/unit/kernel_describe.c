// SPDX-License-Identifier: GPL-2.0-or-later
/* kernel_describe FILE...: what is read from recorded VMCOREINFO texts. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "kernel_words.h"

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: kernel_describe FILE...\n");
		return 2;
	}
	for (int i = 1; i < argc; i++) {
		char *words;

		if (access(argv[i], R_OK)) {
			perror(argv[i]);
			return 1;
		}
		words = kernel_words_of(argv[i]);
		fputs(words, stdout);
		free(words);
	}
	return 0;
}
