// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Dumps in memory. Knows no offsets: the tests spell them out.
 */
#include "world_dump.h"

#include "fake_sink.h"
#include "vms_cmocka.h"

const struct vms_format_ops *world_dump_format(void)
{
	return vms_format_find("kdump-compressed");
}

struct dump_world *world_machine(uint32_t page_size,
				      enum vms_endian endian,
				      unsigned int level)
{
	struct world_options options = world_default_options();
	struct dump_world *world;

	options.page_size = page_size;
	options.endian = endian;
	options.dump_level = level;
	options.far_pages = 300;
	world = world_create(&options);
	assert_non_null(world);
	return world;
}

void world_dump_write(struct world_dump *d, struct dump_world *world)
{
	struct fake_sink_faults faults = fake_sink_no_faults();

	*d = (struct world_dump){ .world = world };
	d->sink = fake_sink_create(&faults);
	assert_non_null(d->sink);
	assert_no_error(world_write(world, world_dump_format(), d->sink,
				    &d->writer));
	d->data = fake_sink_data(d->sink, &d->size);
}

void world_dump_free(struct world_dump *d)
{
	world_dump_format()->destroy(d->writer);
	d->sink->ops->close(d->sink, VMS_SINK_REMOVE);
	world_destroy(d->world);
}

uint64_t world_dump_get(const struct world_dump *d, size_t offset, size_t width)
{
	enum vms_endian e = d->world->options.endian;

	return width == 4 ? vms_get_u32(d->data + offset, e) :
			    vms_get_u64(d->data + offset, e);
}
