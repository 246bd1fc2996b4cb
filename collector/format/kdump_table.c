// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The page descriptors; knows no pages. Two rules, for files that are cut off:
 *
 * A descriptor goes to the sink only after the data that it points to.
 *
 * Its place is written with zeros before those data, so that data which fill
 * the target up leave room for it.
 *
 * What is left: a target that dies in the middle of one write can tear one
 * descriptor. Places held by something that readers refuse would cure that,
 * but crash could then no longer read lost pages as zeros (zero_excluded).
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "kdump_priv.h"

struct vms_error *kd_table_init(struct kd_table *table,
				const struct kd_areas *areas,
				struct kd_stream *data, enum vms_endian endian)
{
	*table = (struct kd_table){
		.areas = areas, .data = data, .endian = endian,
	};
	table->buf = malloc(KD_TABLE_ENTRIES * VMS_KD_DESC_BYTES);
	return table->buf ? NULL : vms_error_no_memory();
}

void kd_table_deinit(struct kd_table *table)
{
	free(table->buf);
	table->buf = NULL;
}

static uint8_t *slot(const struct kd_table *table, size_t i)
{
	return table->buf + i * VMS_KD_DESC_BYTES;
}

static bool is_lost(const struct kd_table *table, size_t i)
{
	return !vms_kd_get(slot(table, i), VMS_KD_D_OFFSET, table->endian);
}

/* File offset behind the data of the descriptor in slot i; 0 if it has none. */
static uint64_t data_end(const struct kd_table *table, size_t i)
{
	const uint8_t *d = slot(table, i);

	return vms_kd_get(d, VMS_KD_D_OFFSET, table->endian) +
	       vms_kd_get(d, VMS_KD_D_SIZE, table->endian);
}

/* Slots from i on whose data lie below that file offset. */
static size_t count_below(const struct kd_table *table, size_t i, uint64_t end)
{
	size_t n = 0;

	while (i + n < table->used && data_end(table, i + n) <= end)
		n++;
	return n;
}

/* Writes n descriptors as they are in buf from slot i on. */
static struct vms_error *write_slots(struct kd_table *table, size_t i, size_t n)
{
	uint64_t at = (table->first + i) * VMS_KD_DESC_BYTES;

	return vms_sink_write_at(table->data->sink, table->areas->descs + at,
				 slot(table, i), n * VMS_KD_DESC_BYTES);
}

/* Holds the places of all slots whose places are not held yet; those slots
 * are free. */
static struct vms_error *hold_places(struct kd_table *table)
{
	uint64_t end = table->first + KD_TABLE_ENTRIES;
	struct vms_error *err;
	size_t from;
	size_t n;

	if (end > table->areas->nr_kept)
		end = table->areas->nr_kept;
	if (end <= table->held)
		return NULL;
	from = (size_t)(table->held - table->first);
	n = (size_t)(end - table->held);
	assert(from >= table->used);
	memset(slot(table, from), 0, n * VMS_KD_DESC_BYTES);
	err = write_slots(table, from, n);
	if (!err)
		table->held = end;
	return err;
}

struct vms_error *kd_table_begin(struct kd_table *table)
{
	return hold_places(table);
}

static struct vms_error *write_front(struct kd_table *table, size_t n)
{
	struct vms_error *err;

	if (!n)
		return NULL;
	err = write_slots(table, 0, n);
	if (err)
		return err;
	for (size_t i = 0; i < n; i++)
		table->pages += !is_lost(table, i);
	table->first += n;
	table->used -= n;
	memmove(table->buf, slot(table, n), table->used * VMS_KD_DESC_BYTES);
	return NULL;
}

/* Descriptors that are ready go first: large data writes stay whole. */
struct vms_error *kd_table_make_room(struct kd_table *table, size_t nr)
{
	struct vms_error *err;

	assert(nr <= KD_TABLE_ENTRIES);
	if (KD_TABLE_ENTRIES - table->used >= nr)
		return NULL;
	err = write_front(table, count_below(table, 0,
					     kd_stream_flushed(table->data)));
	if (!err && KD_TABLE_ENTRIES - table->used < nr)
		err = kd_table_flush(table);
	return err ? err : hold_places(table);
}

void kd_table_add(struct kd_table *table, const struct kd_desc *desc)
{
	uint8_t *d = slot(table, table->used);

	assert(table->used < KD_TABLE_ENTRIES);
	vms_kd_put(d, VMS_KD_D_OFFSET, desc->offset, table->endian);
	vms_kd_put(d, VMS_KD_D_SIZE, desc->size, table->endian);
	vms_kd_put(d, VMS_KD_D_FLAGS, desc->flags, table->endian);
	vms_kd_put(d, VMS_KD_D_PAGE_FLAGS, 0, table->endian);
	table->used++;
}

size_t kd_table_drop(struct kd_table *table, size_t nr)
{
	size_t from = table->used - nr;
	size_t stay;

	assert(nr <= table->used);
	stay = count_below(table, from, kd_stream_end(table->data));
	table->used = from + stay;
	return stay;
}

struct vms_error *kd_table_flush(struct kd_table *table)
{
	struct vms_error *err = kd_stream_flush(table->data);

	return err ? err : write_front(table, table->used);
}

/*
 * Page by page, so that a full target takes what still fits. Data lie in the
 * order of the descriptors but for the shared zero page, which is the first:
 * after the first failure only those behind it are lost.
 */
struct vms_error *kd_table_salvage(struct kd_table *table)
{
	struct vms_error *first = NULL;
	struct vms_error *err;

	for (size_t i = 0; i < table->used; i++) {
		uint64_t end = data_end(table, i);

		if (!first && end > kd_stream_flushed(table->data))
			first = kd_stream_flush_to(table->data, end);
		if (end > kd_stream_flushed(table->data))
			memset(slot(table, i), 0, VMS_KD_DESC_BYTES);
	}
	err = write_front(table, table->used);
	if (!first)
		return err;
	vms_error_destroy(err);
	return first;
}
