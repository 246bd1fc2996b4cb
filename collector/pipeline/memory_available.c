// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How much memory and how many CPUs this machine has to spare, by /proc and
 * the memory cgroup of either version. Knows nothing of what they are for.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vmsieve/cleanup.h>

#include "memory_plan.h"

/* /proc/meminfo and cgroup files; what comes behind that is not looked at. */
#define TEXT_BYTES 4096U

/* False: not there. The text is cut to TEXT_BYTES - 1 and terminated. */
static bool read_text(const char *path, char *text)
{
	VMS_CLEANUP(fd) int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = TEMP_FAILURE_RETRY(read(fd, text, TEXT_BYTES - 1));
	if (n <= 0)
		return false;
	text[n] = '\0';
	return true;
}

/* The number behind key; 0 if there is none. */
static uint64_t number_behind(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static uint64_t mem_available(void)
{
	char text[TEXT_BYTES];

	/* MemAvailable is new in Linux 3.14; a crash kernel is not older. */
	if (!read_text("/proc/meminfo", text))
		return 0;
	return number_behind(text, "MemAvailable:") << 10;
}

/* Copies the path of the line that begins behind marker, "4:memory:/a/b". */
static bool group_of(const char *text, const char *marker, char *path,
		     size_t size)
{
	const char *at = strstr(text, marker);
	size_t length;

	if (!at)
		return false;
	at += strlen(marker);
	length = strcspn(at, "\n");
	if (length >= size)
		return false;
	memcpy(path, at, length);
	path[length] = '\0';
	return true;
}

static uint64_t limit_in(const char *mount, const char *group, const char *file)
{
	char path[2 * TEXT_BYTES];
	char text[TEXT_BYTES];
	int n = snprintf(path, sizeof(path), "%s%s/%s", mount, group, file);

	if (n < 0 || (size_t)n >= sizeof(path) || !read_text(path, text))
		return 0;
	return strtoull(text, NULL, 10);	/* "max" is 0: none */
}

/* The limit of our own group, 0 if there is none; "max" is none as well. */
static uint64_t group_limit(void)
{
	char text[TEXT_BYTES];
	char group[TEXT_BYTES];
	uint64_t limit = 0;

	if (!read_text("/proc/self/cgroup", text))
		return 0;
	if (group_of(text, ":memory:", group, sizeof(group)))
		limit = limit_in("/sys/fs/cgroup/memory", group,
				 "memory.limit_in_bytes");
	else if (group_of(text, "0::", group, sizeof(group)))
		limit = limit_in("/sys/fs/cgroup", group, "memory.max");
	return limit;
}

uint64_t vms_memory_available(void)
{
	uint64_t available = mem_available();
	uint64_t limit = group_limit();

	return limit && (limit < available || !available) ? limit : available;
}

unsigned int vms_cpus_available(void)
{
	cpu_set_t set;
	long online;

	if (!sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) > 0)
		return (unsigned int)CPU_COUNT(&set);
	/* More CPUs than the set has room for. */
	online = sysconf(_SC_NPROCESSORS_ONLN);
	return online > 0 ? (unsigned int)online : 1;
}
