// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Runs one command and says exactly what it cost, from its exec to its end:
 * nothing of the shell, interpreter or namespace that it was called from. A
 * static program, so that it also runs in another root. Must not know what
 * the command is.
 *
 *   timed [-c CPU] [-g FILE] [-s FILE] [-t SECONDS] RESULT COMMAND ARG...
 *
 * -c: on this CPU only. -g: the command's number is written there first (the
 * cgroup.procs of a group). -s: this file is synced afterwards, timed apart.
 * -t: the command is killed when it takes longer.
 *
 * RESULT gets NAME=VALUE lines. Exit status 0 if the command was run, however
 * it ended; 125 if not.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NOT_RUN 125

struct how {
	const char *cpu;
	const char *group;
	const char *sync;
	const char *seconds;
	const char *result;
	char **argv;
};

static _Noreturn __attribute__((format(printf, 1, 2))) void die(const char *fmt,
								...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "timed: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, ": %s\n", strerror(errno));
	va_end(args);
	_exit(NOT_RUN);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds_of(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* In the child. Whatever fails here ends it with NOT_RUN. */
static _Noreturn void become(const struct how *how, const sigset_t *mask)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	setpgid(0, 0);
	if (how->cpu) {
		cpu_set_t cpus;

		CPU_ZERO(&cpus);
		CPU_SET((size_t)strtoul(how->cpu, NULL, 10), &cpus);
		if (sched_setaffinity(0, sizeof(cpus), &cpus))
			die("CPU %s", how->cpu);
	}
	if (how->group) {
		int fd = open(how->group, O_WRONLY | O_CLOEXEC);

		if (fd < 0 || dprintf(fd, "%d\n", getpid()) < 0)
			die("%s", how->group);
		close(fd);
	}
	execvp(how->argv[0], how->argv);
	die("%s", how->argv[0]);
}

/* Until the child has ended; it is not waited for yet. */
static bool wait_for(pid_t child, const char *limit)
{
	double end = now() + (limit ? strtod(limit, NULL) : 86400);
	siginfo_t info = {0};
	sigset_t child_ends;

	sigemptyset(&child_ends);
	sigaddset(&child_ends, SIGCHLD);
	for (;;) {
		double left = end - now();
		struct timespec t = {.tv_sec = (time_t)left};

		if (waitid(P_PID, (id_t)child, &info,
			   WEXITED | WNOWAIT | WNOHANG))
			die("waitid");
		if (info.si_pid == child)
			return true;
		if (left <= 0)
			return false;
		t.tv_nsec = (long)((left - (double)t.tv_sec) * 1e9);
		sigtimedwait(&child_ends, NULL, &t);
	}
}

/* What the kernel counted of the ended child's reading and writing. */
static void copy_io(FILE *out, pid_t child)
{
	char path[64];
	char line[128];
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/io", child);
	in = fopen(path, "re");
	while (in && fgets(line, sizeof(line), in)) {
		char *colon = strstr(line, ": ");

		if (colon) {
			*colon = '\0';
			fprintf(out, "%s=%s", line, colon + 2);
		}
	}
	if (in)
		fclose(in);
}

static void report(FILE *out, int status, const struct rusage *usage)
{
	fprintf(out, "exit=%d\nsignal=%d\n",
		WIFEXITED(status) ? WEXITSTATUS(status) : -1,
		WIFSIGNALED(status) ? WTERMSIG(status) : 0);
	fprintf(out, "user=%.6f\nsystem=%.6f\n", seconds_of(usage->ru_utime),
		seconds_of(usage->ru_stime));
	fprintf(out, "maxrss=%ld\nmajor_faults=%ld\nminor_faults=%ld\n",
		usage->ru_maxrss * 1024, usage->ru_majflt, usage->ru_minflt);
}

static void sync_file(FILE *out, const char *path)
{
	struct rusage before;
	struct rusage after;
	double start = now();
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	getrusage(RUSAGE_SELF, &before);
	if (fsync(fd))
		die("sync of %s", path);
	getrusage(RUSAGE_SELF, &after);
	close(fd);
	fprintf(out, "sync=%.6f\nsync_system=%.6f\n", now() - start,
		seconds_of(after.ru_stime) - seconds_of(before.ru_stime));
}

static void measure(const struct how *how, FILE *out)
{
	struct rusage usage;
	sigset_t blocked;
	sigset_t before;
	double start;
	double end;
	bool ended;
	pid_t child;
	int status;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGCHLD);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	start = now();
	child = fork();
	if (child < 0)
		die("fork");
	if (!child)
		become(how, &before);
	ended = wait_for(child, how->seconds);
	end = now();
	if (!ended) {
		kill(-child, SIGKILL);
		kill(child, SIGKILL);
	} else {
		copy_io(out, child);
	}
	if (wait4(child, &status, 0, &usage) != child)
		die("wait4");
	if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_RUN)
		_exit(NOT_RUN);
	fprintf(out, "wall=%.6f\ntimeout=%d\n", end - start, !ended);
	report(out, status, &usage);
	if (ended && how->sync)
		sync_file(out, how->sync);
}

int main(int argc, char **argv)
{
	struct how how = {0};
	FILE *out;
	int option;

	while ((option = getopt(argc, argv, "+c:g:s:t:")) != -1) {
		switch (option) {
		case 'c':
			how.cpu = optarg;
			break;
		case 'g':
			how.group = optarg;
			break;
		case 's':
			how.sync = optarg;
			break;
		case 't':
			how.seconds = optarg;
			break;
		default:
			return NOT_RUN;
		}
	}
	if (argc - optind < 2) {
		fprintf(stderr, "usage: timed [-c CPU] [-g FILE] [-s FILE] "
				"[-t SECONDS] RESULT COMMAND ARG...\n");
		return NOT_RUN;
	}
	how.result = argv[optind];
	how.argv = argv + optind + 1;
	out = fopen(how.result, "we");
	if (!out)
		die("%s", how.result);
	measure(&how, out);
	if (fclose(out))
		die("%s", how.result);
	return 0;
}
