// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * argv to options to job to exit status; prints the one error line. Knows
 * nothing of how a dump is made.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/cleanup.h>
#include <vmsieve/codec.h>
#include <vmsieve/job.h>
#include <vmsieve/log.h>
#include <vmsieve/options.h>

enum exit_status {
	STATUS_WHOLE = 0,
	STATUS_FAILED = 1,
	STATUS_INCOMPLETE = 3,
};

VMS_DEFINE_CLEANUP(log, struct vms_log *, vms_log_destroy);

static void codec_names(char *text, size_t size)
{
	size_t count;
	const struct vms_codec_ops *const *codecs = vms_codecs(&count);
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		if (codecs[i]->flag == VMS_CODEC_NONE)
			continue;
		used += (size_t)snprintf(text + used, size - used, "%s%s (-%c)",
					 used ? ", " : "", codecs[i]->name,
					 codecs[i]->option);
		if (used >= size)
			return;
	}
}

static int fail(struct vms_log *log, struct vms_error *err)
{
	if (log)
		vms_log_print(log, VMS_MSG_ERROR, "vmsieve: %s",
			      vms_error_text(err));
	else
		fprintf(stderr, "vmsieve: %s\n", vms_error_text(err));
	vms_error_destroy(err);
	return STATUS_FAILED;
}

static struct vms_error *check_codec(const struct vms_options *options)
{
	const struct vms_codec_ops *codec = vms_codec_find(options->codec);

	if (codec)
		return vms_codec_check_level(codec, options->compress_level);
	return vms_error_create(VMS_ERR_UNSUPPORTED,
				"this build has no compressor for the option "
				"given; --help lists those it has");
}

/* A dump without a word is better than none. */
static void open_log(const struct vms_options *options, struct vms_log **ret)
{
	struct vms_error *err = vms_log_create(options->message_level, ret);

	if (err)
		fprintf(stderr, "warning: %s: no messages will follow\n",
			vms_error_text(err));
	vms_error_destroy(err);
}

static int run_job(const struct vms_options *options, struct vms_log *log)
{
	enum vms_outcome outcome = VMS_OUTCOME_NOTHING;
	struct vms_error *err = vms_job_run(options, log, &outcome);

	if (err)
		fail(log, err);
	switch (outcome) {
	case VMS_OUTCOME_WHOLE:
		return STATUS_WHOLE;
	case VMS_OUTCOME_INCOMPLETE:
		return STATUS_INCOMPLETE;
	default:
		return STATUS_FAILED;
	}
}

int main(int argc, char **argv)
{
	VMS_CLEANUP(log) struct vms_log *log = NULL;
	struct vms_options options;
	char codecs[128];
	struct vms_error *err = vms_options_parse(argc, argv, &options);

	if (err)
		return fail(NULL, err);
	codec_names(codecs, sizeof(codecs));
	switch (options.action) {
	case VMS_ACTION_HELP:
		vms_options_help(stdout, "vmsieve", codecs);
		return STATUS_WHOLE;
	case VMS_ACTION_VERSION:
		printf("vmsieve %s\ncompressors: %s\n", VMS_VERSION, codecs);
		return STATUS_WHOLE;
	default:
		break;
	}
	open_log(&options, &log);
	err = check_codec(&options);
	if (err)
		return fail(log, err);
	if (options.action == VMS_ACTION_CHECK)
		return STATUS_WHOLE;
	return run_job(&options, log);
}
