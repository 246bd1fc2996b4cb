/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a piece of code writes to stderr: warnings are part of the contract. */
#ifndef FAKE_CAPTURE_H
#define FAKE_CAPTURE_H

#include <stddef.h>

struct fake_capture {
	int saved;
	int file;
};

void fake_capture_start(struct fake_capture *capture);
/** Gives stderr back; text is cut to size. */
void fake_capture_stop(struct fake_capture *capture, char *text, size_t size);

#endif
