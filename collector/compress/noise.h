/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tells pages of noise (compressed files, keys, random data) by their bytes
 * alone, before a codec spends its time to find out.
 */
#ifndef VMS_COMPRESS_NOISE_H
#define VMS_COMPRESS_NOISE_H

#include <vmsieve/types.h>

/** Is it hopeless to compress? size: at most 64 KiB. */
bool vms_is_noise(const uint8_t *src, size_t size);

#endif
