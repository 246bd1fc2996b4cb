/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sink in memory that fails as told, for the tests of whoever writes to
 * sinks. Holds the whole file, so for small files only.
 */
#ifndef VMS_TEST_FAKE_SINK_H
#define VMS_TEST_FAKE_SINK_H

#include <vmsieve/sink.h>

/** No limit; 0 would be one. */
#define FAKE_SINK_NEVER UINT64_MAX

struct fake_sink_faults {
	/*
	 * That many bytes of writes are taken in all, then the write fails in
	 * the middle with errnum; it is not torn inside an aligned word of 8
	 * bytes. once: the target recovers after that.
	 */
	uint64_t fail_after;
	int errnum;
	bool once;
	/*
	 * A target of that many blocks of 4096 bytes: writes into holes beyond
	 * them fail with ENOSPC, writes into blocks it has succeed.
	 */
	uint64_t blocks;
	unsigned int fail_sync;	/* from which sync on: 1 first, 0 none */
	bool fail_set_size;
	bool no_random_write;
};

/** Faults that never happen. */
struct fake_sink_faults fake_sink_no_faults(void);
/** NULL when memory is short. */
struct vms_sink *fake_sink_create(const struct fake_sink_faults *faults);

/** From now on the target has room for that many blocks more. */
void fake_sink_limit(struct vms_sink *sink, uint64_t blocks);

/** One write_at() as the caller made it. */
struct fake_sink_write {
	uint64_t offset;
	size_t size;
};

/** Borrowed until the next call on the sink. */
const uint8_t *fake_sink_data(const struct vms_sink *sink, size_t *size_ret);
const struct fake_sink_write *fake_sink_writes(const struct vms_sink *sink,
					       size_t *count_ret);
/** Bytes taken so far, over all writes. */
uint64_t fake_sink_taken(const struct vms_sink *sink);
/** Was byte offset ever written? */
bool fake_sink_is_hole(const struct vms_sink *sink, uint64_t offset);
unsigned int fake_sink_syncs(const struct vms_sink *sink);
bool fake_sink_committed(const struct vms_sink *sink);

#endif
