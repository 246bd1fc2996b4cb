// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The message sink: the only place besides main.c that prints. Text is
 * escaped here, since names and strings of a dead kernel pass through.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vmsieve/error.h>
#include <vmsieve/log.h>

/* Longer lines are cut: nothing a person reads needs more. */
#define LINE_BYTES 1024U

struct vms_log {
	unsigned int levels;
	bool progress_in_place;	/* stderr is a terminal */
	size_t progress_columns;	/* drawn and not yet ended, else 0 */
};

struct vms_error *vms_log_create(unsigned int levels, struct vms_log **ret)
{
	struct vms_log *log = calloc(1, sizeof(*log));

	if (!log)
		return vms_error_no_memory();
	log->levels = levels;
	log->progress_in_place = isatty(STDERR_FILENO);
	*ret = log;
	return NULL;
}

void vms_log_destroy(struct vms_log *log)
{
	free(log);
}

bool vms_log_enabled(const struct vms_log *log, enum vms_message level)
{
	return log && (log->levels & level);
}

/*
 * C0 and C1 controls, DEL and bytes that are not UTF-8 text are shown as
 * \xNN; a well-formed multi-byte character passes.
 */
static size_t utf8_length(const unsigned char *s)
{
	size_t length = *s >= 0xf0 && *s < 0xf5 ? 4 :
			*s >= 0xe0 && *s < 0xf0 ? 3 :
			*s >= 0xc2 && *s < 0xe0 ? 2 : 0;

	for (size_t i = 1; i < length; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	/* U+0080 ... U+009f are controls; U+202a.. reorder what is shown. */
	if (length == 2 && s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	if (length == 3 && s[0] == 0xe2 && s[1] == 0x80 && s[2] >= 0xaa &&
	    s[2] <= 0xae)
		return 0;
	return length;
}

static void escape(const char *text, char *out, size_t out_size)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t used = 0;

	while (*s && used + 5 < out_size) {
		size_t length = utf8_length(s);

		if (length) {
			memcpy(out + used, s, length);
			used += length;
			s += length;
		} else if ((*s >= 0x20 && *s < 0x7f) || *s == '\t') {
			out[used++] = (char)*s++;
		} else {
			used += (size_t)snprintf(out + used, out_size - used,
						 "\\x%02x", *s++);
		}
	}
	out[used] = '\0';
}

static void end_progress(struct vms_log *log)
{
	if (log->progress_columns)
		fputc('\n', stderr);
	log->progress_columns = 0;
}

static VMS_PRINTF(4, 0) void print(struct vms_log *log, enum vms_message level,
				   const char *prefix, const char *fmt,
				   va_list args)
{
	char raw[LINE_BYTES];
	char line[LINE_BYTES * 2];
	FILE *out = level == VMS_MSG_ERROR ? stderr : stdout;

	if (!vms_log_enabled(log, level))
		return;
	vsnprintf(raw, sizeof(raw), fmt, args);
	escape(raw, line, sizeof(line));
	end_progress(log);
	fprintf(out, "%s%s\n", prefix, line);
	fflush(out);
}

void vms_log_print(struct vms_log *log, enum vms_message level,
		   const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print(log, level, "", fmt, args);
	va_end(args);
}

void vms_log_warn(struct vms_log *log, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print(log, VMS_MSG_ERROR, "warning: ", fmt, args);
	va_end(args);
}

void vms_log_warn_limited(struct vms_log *log, struct vms_log_limit *limit,
			  const char *fmt, ...)
{
	va_list args;

	if (limit->seen++ >= VMS_LOG_LIMIT)
		return;
	va_start(args, fmt);
	print(log, VMS_MSG_ERROR, "warning: ", fmt, args);
	va_end(args);
}

void vms_log_limit_end(struct vms_log *log, const struct vms_log_limit *limit,
		       const char *what)
{
	if (limit->seen > VMS_LOG_LIMIT)
		vms_log_warn(log, "%llu more %s",
			     (unsigned long long)(limit->seen - VMS_LOG_LIMIT),
			     what);
}

void vms_log_progress(struct vms_log *log, bool done, const char *fmt, ...)
{
	char raw[LINE_BYTES];
	char line[LINE_BYTES * 2];
	va_list args;

	if (!vms_log_enabled(log, VMS_MSG_PROGRESS))
		return;
	va_start(args, fmt);
	vsnprintf(raw, sizeof(raw), fmt, args);
	va_end(args);
	escape(raw, line, sizeof(line));
	if (!log->progress_in_place) {
		fprintf(stderr, "%s\n", line);
	} else {
		size_t columns = strlen(line);

		fprintf(stderr, "\r%-*s", (int)log->progress_columns, line);
		log->progress_columns = columns;
		if (done)
			end_progress(log);
	}
	fflush(stderr);
}
