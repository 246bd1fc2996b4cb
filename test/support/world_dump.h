/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The dump of a made-up machine in memory, for tests that look at its bytes.
 * Failures end the cmocka test that called.
 */
#ifndef VMS_TEST_WORLD_DUMP_H
#define VMS_TEST_WORLD_DUMP_H

#include "dump_world.h"

struct world_dump {
	struct dump_world *world;
	struct vms_sink *sink;
	struct vms_writer *writer;
	const uint8_t *data;
	size_t size;
};

const struct vms_format_ops *world_dump_format(void);
/** A machine with 300 pages at 4 GiB, some of them lost. */
struct dump_world *world_machine(uint32_t page_size,
				      enum vms_endian endian,
				      unsigned int level);
/** Writes it all; the dump owns world from then on. */
void world_dump_write(struct world_dump *d, struct dump_world *world);
void world_dump_free(struct world_dump *d);
/** An integer of 4 or 8 bytes in the dump's byte order. */
uint64_t world_dump_get(const struct world_dump *d, size_t offset,
			size_t width);

#endif
