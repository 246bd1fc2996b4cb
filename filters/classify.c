// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The scan: struct pages block by block, page by page where a rule may want
 * one, and over whole ranges where one was left out. Knows no rule by name.
 */
#include <assert.h>
#include <stdlib.h>

#include "classifier.h"

struct vms_error *
vms_classifier_create(const struct vms_classifier_config *config,
		      struct vms_classifier **ret)
{
	struct vms_classifier *classifier;

	assert(config->level <= VMS_LEVEL_MAX);
	assert(vms_page_layout_size(config->layout) >= VMS_MIN_STRUCT_PAGE);
	classifier = calloc(1, sizeof(*classifier));
	if (!classifier)
		return vms_error_no_memory();
	classifier->layout = config->layout;
	classifier->tally.excluded = config->excluded;
	classifier->tally.needed = config->needed;
	classifier->bench.off = config->off;
	vms_rules_choose(config->level, vms_page_layout_known(config->layout),
			 config->log, &classifier->bench.rules);
	*ret = classifier;
	return NULL;
}

void vms_classifier_destroy(struct vms_classifier *classifier)
{
	free(classifier);
}

const struct vms_class_counts *
vms_classifier_counts(const struct vms_classifier *classifier)
{
	return &classifier->tally.counts;
}

void vms_classify_doubt(struct vms_classifier *classifier,
			enum vms_doubt doubt, uint64_t pages)
{
	classifier->tally.counts.doubted[doubt] += pages;
}

/* Struct pages of one aligned block, from the first undecided one on. */
struct block {
	struct vms_pfn_range pfns;
	uint32_t any;		/* bits that some page has */
	bool distrusted;
};

/*
 * Overwritten memory: some of it looks like struct pages by chance. A single
 * implausible page distrusts itself only.
 */
#define DISTRUST_MIN 16U
#define DISTRUST_SHARE 4U

static struct block decode_block(struct vms_classifier *classifier,
				 const struct vms_page_chunk *chunk,
				 vms_pfn_t pfn)
{
	size_t size = vms_page_layout_size(classifier->layout);
	size_t at = (size_t)(pfn - chunk->start);
	uint64_t left = VMS_STRUCT_BLOCK_BYTES -
			(chunk->map + at * size) % VMS_STRUCT_BLOCK_BYTES;
	size_t count = (size_t)((left + size - 1) / size);
	struct block block = { .any = 0 };
	size_t implausible = 0;

	if (count > chunk->count - at)
		count = chunk->count - at;
	for (size_t i = 0; i < count; i++) {
		struct vms_page_view *view = &classifier->views[i];

		vms_page_decode(classifier->layout,
				chunk->structs + (at + i) * size, view);
		block.any |= view->bits;
		implausible += (view->bits & VMS_PAGE_IMPLAUSIBLE) != 0;
	}
	block.pfns = (struct vms_pfn_range){ pfn, pfn + count };
	block.distrusted = implausible >= DISTRUST_MIN &&
			   implausible * DISTRUST_SHARE > count;
	return block;
}

static void keep_one(struct vms_classifier *classifier, vms_pfn_t pfn)
{
	vms_tally_keep(&classifier->tally,
		       (struct vms_pfn_range){ pfn, pfn + 1 });
}

/* A page that rules may want. Returns the first page not decided by it. */
static vms_pfn_t look_at(struct vms_classifier *classifier,
			 const struct vms_window *window, bool distrusted,
			 struct vms_suspect *suspect)
{
	vms_pfn_t pfn = suspect->pfn;
	struct vms_verdict verdict;

	vms_suspect_complete(window, suspect);
	if (distrusted || suspect->view->bits & VMS_PAGE_IMPLAUSIBLE) {
		if (vms_judge_wants(&classifier->bench, suspect))
			vms_tally_doubt(&classifier->tally, VMS_DOUBT_STRUCT,
					(struct vms_pfn_range){ pfn, pfn + 1 });
		keep_one(classifier, pfn);
		return pfn + 1;
	}
	vms_judge(&classifier->bench, window, suspect, classifier->claimed_end,
		  &verdict);
	if (verdict.doubted) {
		vms_tally_doubt(&classifier->tally, verdict.finding.doubt,
				verdict.finding.range);
		if (verdict.finding.claims &&
		    verdict.finding.range.end > classifier->claimed_end)
			classifier->claimed_end = verdict.finding.range.end;
	}
	if (verdict.rule) {
		vms_tally_exclude(&classifier->tally, verdict.rule->class,
				  verdict.range);
		return verdict.range.end;
	}
	keep_one(classifier, pfn);
	return pfn + 1;
}

/* Returns the first page not decided. */
static vms_pfn_t scan_block(struct vms_classifier *classifier,
			    const struct vms_window *window,
			    const struct block *block)
{
	vms_pfn_t pfn = block->pfns.start;

	/* Most blocks hold kernel memory only. */
	if (!(block->any & classifier->bench.rules.triggers)) {
		vms_tally_keep(&classifier->tally, block->pfns);
		return block->pfns.end;
	}
	while (pfn < block->pfns.end) {
		struct vms_suspect suspect = {
			.pfn = pfn,
			.view = &classifier->views[pfn - block->pfns.start],
		};
		uint32_t bits = suspect.view->bits;

		if (!(bits & vms_bench_triggers(&classifier->bench, bits))) {
			keep_one(classifier, pfn++);
			continue;
		}
		pfn = look_at(classifier, window, block->distrusted, &suspect);
	}
	return pfn;
}

void vms_classifier_carry(const struct vms_classifier *classifier,
			  struct vms_classify_carry *ret)
{
	*ret = (struct vms_classify_carry){
		.resume = classifier->resume,
		.claimed_end = classifier->claimed_end,
		.doubt_end = classifier->tally.doubt_end,
		.doubt = classifier->tally.doubt,
	};
}

void vms_classifier_restart(struct vms_classifier *classifier,
			    const struct vms_classify_carry *carry,
			    struct vms_pageset *excluded)
{
	struct vms_tally *tally = &classifier->tally;

	classifier->resume = carry->resume;
	classifier->claimed_end = carry->claimed_end;
	tally->doubt_end = carry->doubt_end;
	tally->doubt = carry->doubt;
	tally->excluded = excluded;
	tally->counts = (struct vms_class_counts){ 0 };
}

void vms_classifier_add_counts(struct vms_classifier *classifier,
			       const struct vms_class_counts *counts)
{
	struct vms_class_counts *sum = &classifier->tally.counts;

	for (int i = 0; i < VMS_NR_CLASSES; i++) {
		sum->excluded[i] += counts->excluded[i];
		sum->needed_hits[i] += counts->needed_hits[i];
	}
	for (int i = 0; i < VMS_NR_DOUBTS; i++)
		sum->doubted[i] += counts->doubted[i];
	sum->unattributed += counts->unattributed;
}

void vms_classifier_not_taken(struct vms_classifier *classifier, uint64_t pages)
{
	classifier->tally.counts.unattributed += pages;
	classifier->tally.counts.doubted[VMS_DOUBT_MEMORY] += pages;
}

vms_pfn_t vms_classify_chunk(struct vms_classifier *classifier,
			     const struct vms_page_chunk *chunk,
			     const struct vms_page_lookup *lookup)
{
	struct vms_window window = { .layout = classifier->layout,
				     .chunk = chunk,
				     .lookup = lookup };
	vms_pfn_t end = chunk->start + chunk->count;
	vms_pfn_t pfn = chunk->start;

	if (pfn < classifier->resume)
		pfn = classifier->resume;
	while (pfn < end) {
		struct block block = decode_block(classifier, chunk, pfn);

		pfn = scan_block(classifier, &window, &block);
	}
	if (pfn > classifier->resume)
		classifier->resume = pfn;
	vms_tally_flush(&classifier->tally);
	return classifier->resume;
}
