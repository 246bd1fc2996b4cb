// SPDX-License-Identifier: GPL-2.0-or-later
/* Puts a memory file in the place of stderr for a while. */
#include <assert.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fake_capture.h"

void fake_capture_start(struct fake_capture *capture)
{
	fflush(stderr);
	capture->file = memfd_create("stderr", 0);
	capture->saved = dup(STDERR_FILENO);
	assert(capture->file >= 0 && capture->saved >= 0);
	dup2(capture->file, STDERR_FILENO);
}

void fake_capture_stop(struct fake_capture *capture, char *text, size_t size)
{
	ssize_t n;

	fflush(stderr);
	dup2(capture->saved, STDERR_FILENO);
	close(capture->saved);
	n = pread(capture->file, text, size - 1, 0);
	close(capture->file);
	text[n > 0 ? n : 0] = '\0';
}
