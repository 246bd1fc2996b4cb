// SPDX-License-Identifier: GPL-2.0-or-later
/* Puts a memory file in the place of stdout, where the log writes. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <vmsieve/kernel.h>
#include <vmsieve/log.h>

#include "kernel_words.h"

/* Not assert(): this must hold in builds without it. */
static void must(bool holds)
{
	if (!holds)
		abort();
}

char *kernel_words_read(const char *path, size_t *size_ret)
{
	FILE *f = fopen(path, "rb");
	size_t cap = 1U << 20;
	char *text = malloc(cap);

	if (!f || !text) {
		free(text);
		if (f)
			fclose(f);
		return NULL;
	}
	*size_ret = fread(text, 1, cap - 1, f);
	text[*size_ret] = '\0';
	fclose(f);
	return text;
}

static bool is_hex(enum vms_fact fact)
{
	return !strncmp(vms_fact_key(fact), "SYMBOL", 6) ||
	       !strcmp(vms_fact_key(fact), "KERNELOFFSET");
}

static void print_facts(const struct vms_kernel *kernel)
{
	for (unsigned int fact = 0; fact < VMS_NR_FACTS; fact++) {
		if (!vms_kernel_has(kernel, fact))
			continue;
		if (is_hex(fact))
			printf("%s=%" PRIx64 "\n", vms_fact_key(fact),
			       vms_kernel_get(kernel, fact));
		else
			printf("%s=%" PRId64 "\n", vms_fact_key(fact),
			       (int64_t)vms_kernel_get(kernel, fact));
	}
	fflush(stdout);
}

static void print_kernel(const char *text, size_t size)
{
	struct vms_kernel *kernel;
	struct vms_log *log;

	must(!vms_log_create(VMS_MSG_DEFAULT | VMS_MSG_DEBUG, &log));
	must(!vms_kernel_create(text, size, VMS_LITTLE_ENDIAN, true, log,
				&kernel));
	vms_kernel_describe(kernel, log);
	print_facts(kernel);
	vms_kernel_destroy(kernel);
	vms_log_destroy(log);
}

char *kernel_words_of(const char *path)
{
	size_t size, cap = 1U << 16;
	char *text = kernel_words_read(path, &size);
	char *words = calloc(1, cap);
	int file = memfd_create("stdout", 0);
	int saved = dup(STDOUT_FILENO);
	ssize_t n;

	must(text && words && file >= 0 && saved >= 0);
	fflush(stdout);
	dup2(file, STDOUT_FILENO);
	print_kernel(text, size);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	n = pread(file, words, cap - 1, 0);
	must(n > 0);
	close(file);
	free(text);
	return words;
}
