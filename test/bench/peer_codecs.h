/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What our codecs are measured against: the same libraries called as
 * makedumpfile 1.7 calls them.
 */
#ifndef VMS_BENCH_PEER_CODECS_H
#define VMS_BENCH_PEER_CODECS_H

#include <vmsieve/codec.h>

/** "peer-zlib" or "peer-zstd", else NULL. */
const struct vms_codec_ops *peer_codec_find(const char *name);

#endif
