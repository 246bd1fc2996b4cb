// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The error object. Out of memory is a static object, so that reporting it
 * allocates nothing; it must not know anything but libc.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/error.h>

struct vms_error {
	enum vms_error_code code;
	int errnum;
	char *text;
};

static const struct vms_error no_memory = {
	.code = VMS_ERR_NO_MEMORY,
	.errnum = ENOMEM,
	.text = (char *)"out of memory",
};

/* The static object is never written to: every mutator tests for it. */
static struct vms_error *static_error(void)
{
	return (struct vms_error *)(uintptr_t)&no_memory;
}

struct vms_error *vms_error_no_memory(void)
{
	return static_error();
}

static struct vms_error *create(enum vms_error_code code, int errnum,
				char *text)
{
	struct vms_error *err;

	if (!text)
		return static_error();
	err = malloc(sizeof(*err));
	if (!err) {
		free(text);
		return static_error();
	}
	*err = (struct vms_error){ code, errnum, text };
	return err;
}

static VMS_PRINTF(1, 0) char *format(const char *fmt, va_list args)
{
	char *text;

	return vasprintf(&text, fmt, args) < 0 ? NULL : text;
}

/* "a" + "b" + "c"; frees nothing, NULL when memory is short. */
static char *join(const char *a, const char *b, const char *c)
{
	char *text;

	return asprintf(&text, "%s%s%s", a, b, c) < 0 ? NULL : text;
}

struct vms_error *vms_error_create(enum vms_error_code code, const char *fmt,
				   ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	return create(code, 0, text);
}

static enum vms_error_code code_of_errno(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return VMS_ERR_NO_SPACE;
	case ENOMEM:
		return VMS_ERR_NO_MEMORY;
	case EEXIST:
		return VMS_ERR_EXISTS;
	default:
		return VMS_ERR_SYSTEM;
	}
}

struct vms_error *vms_error_system(int errnum, const char *fmt, ...)
{
	char reason[128];
	va_list args;
	char *what;
	char *text;

	va_start(args, fmt);
	what = format(fmt, args);
	va_end(args);
	if (!what)
		return static_error();
	text = join(what, ": ", strerror_r(errnum, reason, sizeof(reason)));
	free(what);
	return create(code_of_errno(errnum), errnum, text);
}

struct vms_error *vms_error_wrap(struct vms_error *err, const char *fmt, ...)
{
	va_list args;
	char *prefix;
	char *text;

	if (!err || err == static_error())
		return err;
	va_start(args, fmt);
	prefix = format(fmt, args);
	va_end(args);
	text = prefix ? join(prefix, ": ", err->text) : NULL;
	free(prefix);
	if (text) {
		free(err->text);
		err->text = text;
	}
	return err;
}

enum vms_error_code vms_error_code(const struct vms_error *err)
{
	return err->code;
}

int vms_error_errno(const struct vms_error *err)
{
	return err->errnum;
}

const char *vms_error_text(const struct vms_error *err)
{
	return err->text;
}

void vms_error_destroy(struct vms_error *err)
{
	if (!err || err == static_error())
		return;
	free(err->text);
	free(err);
}

bool vms_error_catch(struct vms_error **err, enum vms_error_code code)
{
	if (!*err || (*err)->code != code)
		return false;
	vms_error_destroy(*err);
	*err = NULL;
	return true;
}
