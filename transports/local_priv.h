/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sink of the local transport: what its files share.
 */
#ifndef VMS_TRANSPORTS_LOCAL_PRIV_H
#define VMS_TRANSPORTS_LOCAL_PRIV_H

#include <sys/types.h>

#include <vmsieve/log.h>
#include <vmsieve/sink.h>

/** Two places are written to in turn: page data, and their descriptors. */
#define LOCAL_RUNS 2U

/** Bytes written one behind the other. */
struct local_run {
	uint64_t start;
	uint64_t dropped;	/* up to there: on the disk, not in memory */
	uint64_t sent;		/* up to there: on the way to the disk */
	uint64_t end;
};

struct local_cache {
	uint64_t window;	/* bytes sent at a time */
	struct local_run runs[LOCAL_RUNS];
	unsigned int last;	/* the run written to last */
	bool off;		/* the file system cannot */
	bool ahead;		/* takes room ahead of the data */
	uint64_t ahead_end;	/* room is there up to this offset */
	uint64_t appended;	/* bytes that made the file longer */
};

struct local_sink {
	struct vms_sink base;
	struct vms_log *log;
	int dir;		/* the target directory, opened once */
	int fd;			/* the file; -1 after a commit closed it */
	dev_t dev;		/* which file that is */
	ino_t ino;
	uint64_t limit;		/* size that the process may write up to */
	uint64_t size;		/* of the file */
	struct local_cache cache;
	char *final_path;	/* as the user gave it */
	char *temp_path;	/* the same directory, incomplete name */
	const char *final_name;	/* last component of final_path */
	const char *temp_name;	/* of temp_path */
	bool replace;
	bool write_failed;
	bool sync_failed;
	bool committed;		/* the file has its final name */
};

static inline struct local_sink *local_sink(struct vms_sink *sink)
{
	return (struct local_sink *)sink;
}

/* local_io.c: operations on the open file. */
struct vms_error *local_write_at(struct vms_sink *sink, uint64_t offset,
				 const void *data, size_t size);
struct vms_error *local_set_size(struct vms_sink *sink, uint64_t size);
struct vms_error *local_sync(struct vms_sink *sink);
struct vms_error *local_free_space(struct vms_sink *sink, uint64_t *ret);

/* local_cache.c: memory and room that the file takes meanwhile. */
void local_cache_init(struct local_sink *s, uint64_t cache_bytes);
/* Before bytes are written. Never an error. */
void local_cache_ahead(struct local_sink *s, uint64_t offset, size_t size);
/* After that. 0 or an errno: bytes written before are lost, and the kernel
 * tells it only once, so that a later fsync() may succeed. */
int local_cache_wrote(struct local_sink *s, uint64_t offset, size_t size);
/* Gives room back that no data came for; false: there was none. */
bool local_cache_give_back(struct local_sink *s);

/* local_commit.c: names in the directory. */
struct vms_error *local_check_target(const struct local_sink *s,
				     bool *exists_ret);
struct vms_error *local_commit(struct vms_sink *sink);
/* Makes the directory's entries durable. */
struct vms_error *local_sync_dir(const struct local_sink *s);
/* Takes the incomplete name away, if it still is that of our file. */
void local_remove(const struct local_sink *s);

#endif
