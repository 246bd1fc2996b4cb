// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Loads to segments: cases by hand, then random loads against a map that is
 * painted byte by byte.
 */
#include <stdlib.h>
#include <string.h>

#include "source_priv.h"
#include "test_source_support.h"
#include "vms_cmocka.h"

/* start, bytes with data, bytes in all, file offset */
struct piece {
	uint64_t start;
	uint64_t data;
	uint64_t size;
	uint64_t offset;
};

static size_t build(const struct piece *pieces, size_t count, size_t max,
		    struct vms_segment **ret)
{
	struct vms_load *loads = calloc(count + 1, sizeof(*loads));
	struct vms_extent *extents = calloc(count + 1, sizeof(*extents));
	size_t total;

	for (size_t i = 0; i < count; i++) {
		loads[i].paddr = pieces[i].start;
		loads[i].size = pieces[i].size;
		extents[i].data_size = pieces[i].data;
		extents[i].file_offset = pieces[i].offset;
	}
	assert_no_error(vms_segments_build(loads, extents, count, max, ret,
					   &total));
	free(loads);
	free(extents);
	return total;
}

static void check(const struct piece *pieces, size_t count,
		  const struct vms_segment *expected, size_t nr_expected)
{
	struct vms_segment *segments;
	size_t nr = build(pieces, count, 100, &segments);

	assert_int_equal(nr, nr_expected);
	for (size_t i = 0; i < nr; i++) {
		assert_int_equal(segments[i].start, expected[i].start);
		assert_int_equal(segments[i].data_end, expected[i].data_end);
		assert_int_equal(segments[i].end, expected[i].end);
		if (segments[i].start < segments[i].data_end)
			assert_int_equal(segments[i].file_offset,
					 expected[i].file_offset);
	}
	free(segments);
}

#define CHECK(name, ...)                                                       \
	check(name, VMS_ARRAY_SIZE(name),                                      \
	      (const struct vms_segment[]){ __VA_ARGS__ },                     \
	      sizeof((const struct vms_segment[]){ __VA_ARGS__ }) /            \
		      sizeof(struct vms_segment))

static void test_by_hand(void **state)
{
	static const struct piece apart[] = { { 50, 10, 10, 1000 },
					      { 10, 10, 10, 2000 } };
	static const struct piece goes_on[] = { { 10, 10, 10, 1000 },
						{ 20, 10, 10, 1010 } };
	static const struct piece touches[] = { { 10, 10, 10, 1000 },
						{ 20, 10, 10, 1011 } };
	static const struct piece same[] = { { 10, 10, 10, 1000 },
					     { 10, 10, 10, 2000 } };
	static const struct piece text_in_ram[] = { { 40, 10, 10, 1000 },
						    { 0, 100, 100, 2000 } };
	static const struct piece ram_first[] = { { 0, 100, 100, 2000 },
						  { 40, 10, 10, 1000 } };
	static const struct piece crossing[] = { { 0, 20, 20, 1000 },
						 { 10, 20, 20, 2000 } };
	static const struct piece left_out[] = { { 10, 10, 30, 1000 } };
	static const struct piece all_left_out[] = { { 10, 0, 30, 1000 } };
	static const struct piece tail_then_data[] = { { 10, 10, 30, 1000 },
						       { 25, 5, 5, 2000 } };
	static const struct piece empties[] = { { 10, 0, 0, 1000 },
						{ 30, 5, 5, 2000 },
						{ 32, 0, 0, 3000 } };
	static const struct piece tails[] = { { 10, 5, 20, 1000 },
					      { 20, 0, 20, 2000 } };

	(void)state;
	CHECK(apart, { 10, 20, 20, 2000 }, { 50, 60, 60, 1000 });
	CHECK(goes_on, { 10, 30, 30, 1000 });
	CHECK(touches, { 10, 20, 20, 1000 }, { 20, 30, 30, 1011 });
	CHECK(same, { 10, 20, 20, 1000 });
	CHECK(text_in_ram, { 0, 40, 40, 2000 }, { 40, 50, 50, 1000 },
	      { 50, 100, 100, 2050 });
	CHECK(ram_first, { 0, 100, 100, 2000 });
	CHECK(crossing, { 0, 20, 20, 1000 }, { 20, 30, 30, 2010 });
	CHECK(left_out, { 10, 20, 40, 1000 });
	CHECK(all_left_out, { 10, 10, 40, 0 });
	CHECK(tail_then_data, { 10, 20, 25, 1000 }, { 25, 30, 40, 2000 });
	CHECK(empties, { 30, 35, 35, 2000 });
	CHECK(tails, { 10, 15, 40, 1000 });
}

static void test_nothing(void **state)
{
	struct vms_segment *segments;

	(void)state;
	assert_int_equal(build(NULL, 0, 10, &segments), 0);
	assert_int_equal(vms_segments_search(segments, 0, 5), 0);
	free(segments);
}

/* More than the table may hold: counted, and the first of them kept. */
static void test_max(void **state)
{
	struct piece pieces[10];
	struct vms_segment *segments;

	(void)state;
	for (size_t i = 0; i < 10; i++)
		pieces[i] = (struct piece){ 100 - 10 * i, 5, 5, 1000 * i };
	assert_int_equal(build(pieces, 10, 4, &segments), 10);
	assert_int_equal(segments[0].start, 10);
	assert_int_equal(segments[3].start, 40);
	free(segments);
}

#define SPACE 64U

/* -1: no load; -2: left out; else the byte's place in the file. */
static void paint(const struct piece *pieces, size_t count, int64_t *map)
{
	for (size_t a = 0; a < SPACE; a++)
		map[a] = -1;
	for (size_t i = count; i-- > 0;)
		for (size_t a = pieces[i].start;
		     a < pieces[i].start + pieces[i].size; a++)
			if (map[a] == -1)
				map[a] = -2;
	for (size_t i = count; i-- > 0;)
		for (size_t a = 0; a < pieces[i].data; a++)
			map[pieces[i].start + a] =
				(int64_t)(pieces[i].offset + a);
}

static int64_t look_up(const struct vms_segment *segments, size_t nr,
		       uint64_t paddr)
{
	size_t i = vms_segments_search(segments, nr, paddr);

	if (i == nr || paddr < segments[i].start)
		return -1;
	if (paddr >= segments[i].data_end)
		return -2;
	return (int64_t)(segments[i].file_offset + paddr - segments[i].start);
}

static void test_random(void **state)
{
	(void)state;
	srand(1);
	for (unsigned int round = 0; round < 5000; round++) {
		struct piece pieces[12];
		size_t count = (size_t)rand() % 12 + 1;
		struct vms_segment *segments;
		int64_t map[SPACE];
		size_t nr;

		for (size_t i = 0; i < count; i++) {
			pieces[i].start = (uint64_t)rand() % SPACE;
			pieces[i].size = (uint64_t)rand() %
					 (SPACE - pieces[i].start + 1);
			pieces[i].data = (uint64_t)rand() %
					 (pieces[i].size + 1);
			/* Some continue each other in the file. */
			pieces[i].offset = rand() % 2 ? 1000 + pieces[i].start :
							2000 * (i + 1);
		}
		paint(pieces, count, map);
		nr = build(pieces, count, 100, &segments);
		for (uint64_t a = 0; a < SPACE; a++)
			assert_int_equal(look_up(segments, nr, a), map[a]);
		for (size_t i = 0; i < nr; i++) {
			assert_true(segments[i].start < segments[i].end);
			assert_true(segments[i].start <= segments[i].data_end);
			assert_true(segments[i].data_end <= segments[i].end);
			assert_true(!i ||
				    segments[i - 1].end <= segments[i].start);
		}
		free(segments);
	}
}

/* Worst cases for a sweep: all nested, all crossing, all the same. */
static void test_many(void **state)
{
	const size_t count = 1U << 17;
	struct piece *pieces = calloc(count, sizeof(*pieces));
	struct vms_segment *segments;
	double start = now();

	(void)state;
	for (size_t i = 0; i < count; i++)
		pieces[i] = (struct piece){ i, 2 * (count - i),
					    2 * (count - i), i << 20 };
	assert_int_equal(build(pieces, count, count, &segments), 1);
	free(segments);
	/* The inner ones win: each of the outer shows on both sides. */
	for (size_t i = 0; i < count; i++)
		pieces[i] = (struct piece){ count - i, 2 * i + 1, 2 * i + 1,
					    i << 20 };
	assert_int_equal(build(pieces, count, count, &segments),
			 2 * count - 1);
	free(segments);
	for (size_t i = 0; i < count; i++)
		pieces[i] = (struct piece){ 0, 4096, 4096, i << 20 };
	assert_int_equal(build(pieces, count, count, &segments), 1);
	free(segments);
	print_message("3 * %zu loads in %.3f s\n", count, now() - start);
	assert_true(now() - start < 20);
	free(pieces);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_by_hand),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_max),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
