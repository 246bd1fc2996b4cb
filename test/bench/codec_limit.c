// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The limit of a dump's speed: nothing but the codec, over the very pages that
 * a dump of VMCORE at LEVEL compresses, in memory, on one thread.
 *
 *   codec_limit [--rounds N] [--cap MIB] [--dedup ENTRIES]...
 *               VMCORE LEVEL CODEC[:COMPRESS-LEVEL]...
 *
 * CODEC: a codec of this build, or peer-zlib, peer-zstd (what makedumpfile
 * does). One line each, and one for each --dedup table, with key=value words;
 * seconds are CPU time, the median of the rounds.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vmsieve/cleanup.h>
#include <vmsieve/codec.h>

#include "bench_pages.h"
#include "dedup.h"
#include "peer_codecs.h"

#define MAX_TABLES 8
#define MAX_ROUNDS 99

struct bench {
	size_t rounds;
	size_t cap_bytes;
	size_t tables[MAX_TABLES];
	size_t nr_tables;
	struct bench_pages pages;
	uint8_t *out;
	uint32_t *sizes;	/* stored bytes of each page */
};

static const struct vms_codec_ops *find_codec(const char *name)
{
	size_t count;
	const struct vms_codec_ops *const *codecs = vms_codecs(&count);

	for (size_t i = 0; i < count; i++) {
		if (!strcmp(codecs[i]->name, name))
			return codecs[i];
	}
	return peer_codec_find(name);
}

/* Strict: digits only, min to max. */
static struct vms_error *parse(const char *what, const char *text, size_t min,
			       size_t max, size_t *ret)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < min || value > max)
		return vms_error_create(VMS_ERR_USAGE, "%s is '%s', allowed "
					"are %zu to %zu", what, text, min,
					max);
	*ret = value;
	return NULL;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One round over all pages; the sizes are the same in every round. */
static double run_round(struct bench *b, const struct vms_codec_ops *codec,
			void *context)
{
	const struct bench_pages *pages = &b->pages;
	double start = bench_cpu_seconds();

	for (size_t i = 0; i < pages->count; i++) {
		size_t n = codec->compress(context, bench_page(pages, i),
					   pages->page_size, b->out);

		b->sizes[i] = (uint32_t)(n ? n : pages->page_size);
	}
	return bench_cpu_seconds() - start;
}

static struct vms_error *print_dedup(struct bench *b, size_t entries,
				     const struct vms_codec_ops *codec,
				     unsigned int level)
{
	struct dedup_result r;
	struct vms_error *err = dedup_measure(&b->pages, b->sizes, entries,
					      &r);

	if (err)
		return err;
	printf("dedup=%zu codec=%s level=%u pages=%zu shared=%zu "
	       "shared_zero=%zu saved=%llu digest_seconds=%.4f\n",
	       entries, codec->name, level, b->pages.count, r.shared,
	       r.shared_zero, (unsigned long long)r.saved, r.digest_seconds);
	return NULL;
}

static struct vms_error *print_codec(struct bench *b,
				     const struct vms_codec_ops *codec,
				     unsigned int level, double seconds)
{
	uint64_t in = (uint64_t)b->pages.count * b->pages.page_size;
	uint64_t out = 0;
	struct vms_error *err = NULL;

	for (size_t i = 0; i < b->pages.count; i++)
		out += b->sizes[i];
	printf("codec=%s level=%u pages=%zu in=%llu out=%llu seconds=%.4f\n",
	       codec->name, level, b->pages.count, (unsigned long long)in,
	       (unsigned long long)out, seconds);
	fprintf(stderr, "%-10s %2u %9.2f MB  %7.1f %% %8.3f s %8.0f ns/page\n",
		codec->name, level, (double)out / 1e6,
		in ? 100.0 * (double)out / (double)in : 0.0, seconds,
		b->pages.count ? seconds * 1e9 / (double)b->pages.count : 0.0);
	for (size_t i = 0; !err && i < b->nr_tables; i++)
		err = print_dedup(b, b->tables[i], codec, level);
	return err;
}

static struct vms_error *measure(struct bench *b,
				 const struct vms_codec_ops *codec,
				 unsigned int level)
{
	double seconds[MAX_ROUNDS];
	void *context = NULL;
	struct vms_error *err = vms_codec_check_level(codec, level);

	if (err)
		return err;
	err = codec->create(b->pages.page_size, level, &context);
	if (err)
		return err;
	for (size_t i = 0; i < b->rounds; i++)
		seconds[i] = run_round(b, codec, context);
	codec->destroy(context);
	qsort(seconds, b->rounds, sizeof(seconds[0]), compare);
	return print_codec(b, codec, level ? level : codec->default_level,
			   seconds[b->rounds / 2]);
}

static struct vms_error *measure_name(struct bench *b, char *word)
{
	char *colon = strchr(word, ':');
	const struct vms_codec_ops *codec;
	size_t level = 0;
	struct vms_error *err = NULL;

	if (colon) {
		*colon = '\0';
		err = parse("compress level", colon + 1, 1, 99, &level);
	}
	if (err)
		return err;
	codec = find_codec(word);
	if (!codec)
		return vms_error_create(VMS_ERR_USAGE, "no codec '%s'", word);
	return measure(b, codec, (unsigned int)level);
}

static struct vms_error *parse_options(struct bench *b, int argc, char **argv)
{
	static const struct option names[] = {
		{ "rounds", required_argument, NULL, 'r' },
		{ "cap", required_argument, NULL, 'c' },
		{ "dedup", required_argument, NULL, 'd' },
		{ 0 },
	};
	struct vms_error *err = NULL;
	size_t mib;
	int c;

	while (!err && (c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		if (c == 'r') {
			err = parse("--rounds", optarg, 1, MAX_ROUNDS,
				    &b->rounds);
		} else if (c == 'c') {
			err = parse("--cap", optarg, 1, 1U << 20, &mib);
			if (!err)
				b->cap_bytes = mib << 20;
		} else if (c == 'd' && b->nr_tables < MAX_TABLES) {
			err = parse("--dedup", optarg, 1, 1U << 30,
				    &b->tables[b->nr_tables++]);
		} else {
			err = vms_error_create(VMS_ERR_USAGE, "wrong option");
		}
	}
	if (!err && argc - optind < 3)
		err = vms_error_create(VMS_ERR_USAGE, "VMCORE LEVEL CODEC... "
				       "are expected");
	return err;
}

static struct vms_error *run(struct bench *b, int argc, char **argv)
{
	struct vms_error *err = parse_options(b, argc, argv);
	size_t level;

	if (!err)
		err = parse("LEVEL", argv[optind + 1], 0, 31, &level);
	if (!err)
		err = bench_pages_load(argv[optind], (unsigned int)level,
				       b->cap_bytes, &b->pages);
	if (err)
		return err;
	/* The peers' bounds are below ours: deflate's stored blocks. */
	b->out = malloc(2 * vms_codec_bound(b->pages.page_size));
	b->sizes = calloc(b->pages.count + 1, sizeof(*b->sizes));
	if (!b->out || !b->sizes)
		return vms_error_no_memory();
	fprintf(stderr, "%s, level %zu: %zu pages, %zu shared zero pages, "
		"%zu beyond the cap\n", argv[optind], level, b->pages.count,
		b->pages.zero, b->pages.left);
	for (int i = optind + 2; !err && i < argc; i++)
		err = measure_name(b, argv[i]);
	return err;
}

int main(int argc, char **argv)
{
	struct bench b = { .rounds = 5, .cap_bytes = 2048UL << 20 };
	struct vms_error *err = run(&b, argc, argv);

	bench_pages_free(&b.pages);
	free(b.out);
	free(b.sizes);
	if (!err)
		return 0;
	fprintf(stderr, "codec_limit: %s\n", vms_error_text(err));
	vms_error_destroy(err);
	return 1;
}
