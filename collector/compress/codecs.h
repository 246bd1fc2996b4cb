/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of this room, for the registry only. Which of them a build has
 * is decided by CMakeLists.txt.
 */
#ifndef VMS_COMPRESS_CODECS_H
#define VMS_COMPRESS_CODECS_H

#include <vmsieve/codec.h>

extern const struct vms_codec_ops vms_codec_none;
extern const struct vms_codec_ops vms_codec_zlib;
extern const struct vms_codec_ops vms_codec_lzo;
extern const struct vms_codec_ops vms_codec_snappy;
extern const struct vms_codec_ops vms_codec_zstd;

#endif
