// SPDX-License-Identifier: GPL-2.0-or-later
#include "pageset_flags.h"

#include "vms_cmocka.h"

uint64_t flags_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

void flags_compare(const struct vms_pageset *set, const uint8_t *flags,
		   vms_pfn_t pages)
{
	struct vms_pageset_walk walk;
	struct vms_pfn_range next;
	struct vms_pfn_range run;
	vms_pfn_t pfn = 0;
	uint64_t members = 0;
	unsigned int nth = 0;

	vms_pageset_walk_init(&walk, set);
	while (vms_pageset_walk_next(&walk, &run)) {
		/* A search, which may read scratch. */
		if (nth++ % 64 == 0) {
			assert_true(vms_pageset_next(set, pfn, &next));
			assert_int_equal(run.start, next.start);
			assert_int_equal(run.end, next.end);
		}
		for (; pfn < run.start; pfn++)
			assert_false(flags[pfn]);
		for (; pfn < run.end; pfn++)
			assert_true(flags[pfn]);
		assert_true(run.end == pages || !flags[run.end]);
		members += run.end - run.start;
	}
	assert_false(vms_pageset_walk_next(&walk, &run));
	assert_false(vms_pageset_next(set, pfn, &next));
	for (; pfn < pages; pfn++)
		assert_false(flags[pfn]);
	assert_int_equal(vms_pageset_count(set,
					   (struct vms_pfn_range){ 0, pages }),
			 members);
	assert_int_equal(vms_pageset_members(set), members);
}
