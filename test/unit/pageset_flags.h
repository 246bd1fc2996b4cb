/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page set against a plain array with one flag a page.
 */
#ifndef VMS_TEST_PAGESET_FLAGS_H
#define VMS_TEST_PAGESET_FLAGS_H

#include <vmsieve/pageset.h>

/** The same numbers for the same start; *seed not 0. */
uint64_t flags_random(uint64_t *seed);
/** Walks, questions and counts: all say what flags say. */
void flags_compare(const struct vms_pageset *set, const uint8_t *flags,
		   vms_pfn_t pages);

#endif
