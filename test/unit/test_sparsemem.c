// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mem_section in its shapes, and what is left of it when roots, sections or
 * sizes are wrong: doubt for just those sections, never a wrong map.
 */
#include <string.h>

#include "fake_image.h"
#include "vms_cmocka.h"

#define SECTION (128ULL << 20)
#define S FAKE_SECTION_PAGES

/* First kind of each section, as a string: "R" range, "D" doubt. */
static const char *kinds(struct fake_image *image)
{
	static char text[300];
	struct vms_memmap_range range;
	const char *why = NULL;
	enum vms_memmap kind;
	vms_pfn_t pfn = 0;
	size_t count = 0;

	while ((kind = vms_memmap_next(image->cursor, pfn, &range, &why)) !=
	       VMS_MEMMAP_END) {
		/* A doubt may be about many sections. */
		for (pfn = range.pfns.start; pfn < range.pfns.end; pfn += S)
			text[count++] = kind == VMS_MEMMAP_RANGE ? 'R' : 'D';
		pfn = range.pfns.end;
		assert_true(count < sizeof(text));
		if (kind == VMS_MEMMAP_DOUBT)
			assert_non_null(why);
	}
	text[count] = '\0';
	return text;
}

static void expect(struct fake_image *image, const char *expected)
{
	fake_image_open(image);
	assert_string_equal(kinds(image), expected);
}

static void expect_no_model(struct fake_image *image, const char *said)
{
	fake_image_open(image);
	assert_null(vms_vm_model(image->vm));
	assert_non_null(strstr(image->said, said));
}

/* SYMBOL(mem_section) is the pointer's address, or the array's. */
static void test_pointer_or_array(void **state)
{
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 3);
	expect(&image, "RRR");
	fake_info_hex(&image.info, "SYMBOL(mem_section)",
		      FAKE_DIRECT + FAKE_SECTION_ROOTS);
	expect(&image, "RRR");
	assert_string_equal(image.said, "");
	/* The array itself may be in the kernel's text map: before 4.15. */
	fake_info_hex(&image.info, "SYMBOL(mem_section)",
		      FAKE_TEXT + FAKE_SECTION_ROOTS);
	expect(&image, "RRR");
	fake_image_deinit(&image);
}

static void test_bad_pointer(void **state)
{
	static const uint64_t values[] = { 0, 0xdead000000000000,
					   FAKE_DIRECT + (1ULL << 40),
					   FAKE_DIRECT + 0x30000, 1,
					   FAKE_DIRECT + FAKE_SECTION_ROOTS +
						   1 };
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 2);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(values); i++) {
		fake_put64(&image.mem, FAKE_SECTION_POINTER, values[i]);
		expect_no_model(&image, "SYMBOL(mem_section)=");
		assert_string_equal(kinds(&image), "DD");
	}
	/* A symbol that is not mapped. */
	fake_info_hex(&image.info, "SYMBOL(mem_section)",
		      FAKE_TEXT + (64U << 20));
	expect_no_model(&image, "SYMBOL(mem_section)=");
	fake_image_deinit(&image);
}

/* Garbage in one section's entry costs that section. */
static void test_bad_section(void **state)
{
	static const uint64_t words[] = {
		0,
		0x5a5a5a5a5a5a5a5a,
		0xa5a5a5a5a5a5a5a5,
		UINT64_MAX,
		FAKE_VMEMMAP | 0xe,		/* not present */
		FAKE_VMEMMAP | 0xd,		/* no map */
		FAKE_VMEMMAP | 0xb,		/* not online */
		0xfffffffff0000000 | 0xf,	/* end of the address space */
		0x00007f0000000000 | 0xf,	/* user space */
		(FAKE_VMEMMAP + (1ULL << 38)) | 0xf,	/* not mapped */
	};
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 3);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(words); i++) {
		fake_put64(&image.mem, fake_section(1), words[i]);
		expect(&image, "RDR");
	}
	fake_image_deinit(&image);
}

/* Kernels before 4.13 do not mark sections online. */
static void test_no_online_mark(void **state)
{
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 3);
	for (unsigned int i = 0; i < 3; i++)
		fake_put64(&image.mem, fake_section(i), FAKE_VMEMMAP | 3);
	expect(&image, "RRR");
	fake_image_deinit(&image);
}

/* All flags that a kernel may set below the address, also the sixth. */
static void test_flags_are_masked(void **state)
{
	struct fake_image image;
	uint8_t page[FAKE_STRUCT];
	vms_vaddr_t at;

	(void)state;
	fake_image_init(&image, 2);
	fake_put64(&image.mem, fake_section(1), FAKE_VMEMMAP | 0x3f);
	expect(&image, "RR");
	assert_true(vms_memmap_get(image.cursor, S, page, &at));
	assert_int_equal(at, FAKE_VMEMMAP + S * FAKE_STRUCT);
	fake_put64(&image.mem, fake_section(1), FAKE_VMEMMAP | 0xfff);
	expect(&image, "RR");
	assert_true(vms_memmap_get(image.cursor, S, page, &at));
	assert_int_equal(at, FAKE_VMEMMAP + S * FAKE_STRUCT);
	fake_image_deinit(&image);
}

/* Without VMEMMAP each section has an array somewhere; the code wraps. */
static void test_maps_apart(void **state)
{
	struct fake_image image;
	uint8_t page[FAKE_STRUCT];
	vms_vaddr_t at;

	(void)state;
	fake_image_init(&image, 3);
	for (unsigned int i = 0; i < 3; i++)
		fake_put64(&image.mem, fake_section(i),
			   fake_coded(FAKE_DIRECT + 0x4000000 - i * 0x300000 -
				      (uint64_t)i * FAKE_SECTION_ROOM));
	fake_put64(&image.mem, 0x4000000 - 2 * 0x300000 + 9 * FAKE_STRUCT, 99);
	expect(&image, "RRR");
	assert_true(vms_memmap_get(image.cursor, 2 * S + 9, page, &at));
	assert_int_equal(at, FAKE_DIRECT + 0x4000000 - 2 * 0x300000 +
				     9 * FAKE_STRUCT);
	assert_int_equal(page[0], 99);
	fake_image_deinit(&image);
}

/* RAM 32 GiB apart: two roots. Returns with sections 0 and 256 present. */
static void two_roots(struct fake_image *image)
{
	fake_image_init(image, 1);
	image->mem.end = 33ULL << 30;
	fake_segment(&image->source, 32ULL << 30, (32ULL << 30) + SECTION,
		     (32ULL << 30) + SECTION);
	fake_put64(&image->mem, FAKE_SECTION_ROOTS + 8,
		   FAKE_DIRECT + FAKE_SECTIONS + FAKE_PAGE);
	fake_put64(&image->mem, fake_section(256), fake_coded(FAKE_VMEMMAP));
	fake_map(&image->tables, FAKE_VMEMMAP + 256ULL * FAKE_SECTION_ROOM,
		 0x4000000, 21);
}

static void test_two_roots(void **state)
{
	struct fake_image image;
	uint8_t page[FAKE_STRUCT];
	vms_vaddr_t at;

	(void)state;
	two_roots(&image);
	fake_put64(&image.mem, 0x4000000, 4711);
	expect(&image, "RR");
	assert_true(vms_memmap_get(image.cursor, 256 * S, page, &at));
	assert_int_equal(at, FAKE_VMEMMAP + 256ULL * FAKE_SECTION_ROOM);
	assert_int_equal(page[0] | page[1] << 8, 4711);
	fake_image_deinit(&image);
}

/* A wrong root costs its sections, not those of others. */
static void test_bad_root(void **state)
{
	static const uint64_t roots[] = {
		0,
		0xa5a5a5a5a5a5a5a5,
		0x1000,
		FAKE_DIRECT + FAKE_SECTIONS + FAKE_PAGE + 4,
		FAKE_DIRECT + (1ULL << 42),
		FAKE_DIRECT + 0x30000,	/* a page of zeros */
		UINT64_MAX - 7,
	};
	struct fake_image image;

	(void)state;
	two_roots(&image);
	for (size_t i = 0; i < VMS_ARRAY_SIZE(roots); i++) {
		fake_put64(&image.mem, FAKE_SECTION_ROOTS + 8, roots[i]);
		expect(&image, "RD");
		fake_put64(&image.mem, FAKE_SECTION_ROOTS + 8,
			   FAKE_DIRECT + FAKE_SECTIONS + FAKE_PAGE);
		fake_put64(&image.mem, FAKE_SECTION_ROOTS, roots[i]);
		expect(&image, "DR");
		fake_put64(&image.mem, FAKE_SECTION_ROOTS,
			   FAKE_DIRECT + FAKE_SECTIONS);
	}
	fake_image_deinit(&image);
}

/* A root that would be good, were it not at an odd address. */
static void test_unaligned_root(void **state)
{
	struct fake_image image;

	(void)state;
	two_roots(&image);
	for (unsigned int i = 0; i < 8; i++)
		fake_page(&image.mem, 0x30000)[4 + i] =
			(uint8_t)(fake_coded(FAKE_VMEMMAP) >> 8 * i);
	fake_put64(&image.mem, FAKE_SECTION_ROOTS + 8, FAKE_DIRECT + 0x30004);
	expect(&image, "RD");
	fake_image_deinit(&image);
}

/* What has no root is one doubt, however much it is. */
static void test_absent_root_is_one_step(void **state)
{
	struct vms_memmap_range range;
	struct fake_image image;
	const char *why = NULL;

	(void)state;
	two_roots(&image);
	image.source.segments[1].end = 80ULL << 30;
	fake_put64(&image.mem, FAKE_SECTION_ROOTS + 8, 0);
	fake_image_open(&image);
	assert_int_equal(vms_memmap_next(image.cursor, 256 * S + 9, &range,
					 &why),
			 VMS_MEMMAP_DOUBT);
	assert_int_equal(range.pfns.start, 256 * S + 9);
	assert_int_equal(range.pfns.end, 512 * S);
	assert_int_equal(vms_memmap_next(image.cursor, 512 * S, &range, &why),
			 VMS_MEMMAP_DOUBT);
	assert_int_equal(range.pfns.end, (80ULL << 30) / FAKE_PAGE);
	fake_image_deinit(&image);
}

/* Two places with one root: which is right cannot be known. */
static void test_same_root_twice(void **state)
{
	struct fake_image image;

	(void)state;
	two_roots(&image);
	fake_put64(&image.mem, FAKE_SECTION_ROOTS + 8,
		   FAKE_DIRECT + FAKE_SECTIONS);
	expect(&image, "DD");
	/* All places are alike, but RAM is under the first only. */
	image.source.nr_segments = 1;
	for (unsigned int i = 0; i < 2048; i++)
		fake_put64(&image.mem, FAKE_SECTION_ROOTS + i * 8,
			   FAKE_DIRECT + FAKE_SECTIONS);
	expect(&image, "R");
	fake_image_deinit(&image);
}

static void test_roots_are_garbage(void **state)
{
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 2);
	memset(fake_page(&image.mem, FAKE_SECTION_ROOTS), 0xa5, FAKE_PAGE);
	expect_no_model(&image, "SYMBOL(mem_section)=");
	assert_string_equal(kinds(&image), "DD");
	fake_image_deinit(&image);
}

/* One level: the array holds the sections themselves. */
static void test_plain(void **state)
{
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 3);
	for (unsigned int i = 0; i < 3; i++)
		fake_put64(&image.mem, FAKE_SECTION_ROOTS + i * 16,
			   fake_coded(FAKE_VMEMMAP));
	fake_info_hex(&image.info, "SYMBOL(mem_section)",
		      FAKE_TEXT + FAKE_SECTION_ROOTS);
	fake_info_set(&image.info, "LENGTH(mem_section)", "524288");
	expect(&image, "RRR");
	assert_string_equal(vms_vm_model(image.vm), "sparsemem");
	assert_string_equal(image.said, "");
	fake_put64(&image.mem, FAKE_SECTION_ROOTS + 16, 0x5a5a5a5a5a5a5a5a);
	expect(&image, "RDR");
	fake_image_deinit(&image);
}

/* LENGTH(mem_section) can make the array shorter, never longer. */
static void test_length(void **state)
{
	struct fake_image image;

	(void)state;
	two_roots(&image);
	fake_info_set(&image.info, "LENGTH(mem_section)", "4096");
	expect(&image, "RR");
	assert_non_null(strstr(image.said, "LENGTH(mem_section)=4096"));
	/* The parser may drop this one. */
	fake_info_set(&image.info, "LENGTH(mem_section)", "2147483647");
	expect(&image, "RR");
	fake_info_set(&image.info, "LENGTH(mem_section)", "1");
	expect(&image, "RD");
	assert_non_null(strstr(image.said, "LENGTH(mem_section)=1"));
	fake_info_remove(&image.info, "LENGTH(mem_section)");
	expect(&image, "RR");
	assert_string_equal(image.said, "");
	fake_image_deinit(&image);
}

/*
 * Wrong sizes that LENGTH(mem_section) gives away: with one array for all
 * nothing wrong can come of it, with an array for each section it could.
 */
static void test_sizes_disagree(void **state)
{
	struct fake_image image;
	uint8_t page[FAKE_STRUCT];
	vms_vaddr_t at;

	(void)state;
	fake_image_init(&image, 4);
	fake_info_set(&image.info, "NUMBER(SECTION_SIZE_BITS)", "26");
	fake_image_open(&image);
	assert_non_null(strstr(image.said, "LENGTH(mem_section)=2048"));
	assert_true(vms_memmap_get(image.cursor, S + 3, page, &at));
	assert_int_equal(at, FAKE_VMEMMAP + (S + 3) * FAKE_STRUCT);
	fake_image_deinit(&image);

	fake_image_init(&image, 4);
	fake_info_set(&image.info, "SIZE(mem_section)", "32");
	for (unsigned int i = 0; i < 4; i++)
		fake_put64(&image.mem, fake_section(i),
			   fake_coded(FAKE_DIRECT + 0x4000000 +
				      i * 0x100000));
	expect_no_model(&image, "LENGTH(mem_section)=2048");
	fake_info_set(&image.info, "SIZE(mem_section)", "16");
	expect(&image, "RRRR");
	fake_image_deinit(&image);
}

/* RAM above what the kernel's sections can tell of. */
static void test_beyond_last_section(void **state)
{
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 2);
	fake_segment(&image.source, 1ULL << 46, (1ULL << 46) + SECTION,
		     (1ULL << 46) + SECTION);
	expect(&image, "RRD");
	fake_image_deinit(&image);
}

static void test_sizes(void **state)
{
	static const struct {
		const char *key;
		const char *value;
		bool usable;	/* by what the architecture knows */
	} rows[] = {
		{ "NUMBER(SECTION_SIZE_BITS)", "0", false },
		{ "NUMBER(SECTION_SIZE_BITS)", "255", false },
		{ "NUMBER(SECTION_SIZE_BITS)", "50", false },
		{ "NUMBER(SECTION_SIZE_BITS)", "-1", false },
		{ "NUMBER(MAX_PHYSMEM_BITS)", "12", true },
		{ "NUMBER(MAX_PHYSMEM_BITS)", "64", true },
		{ "SIZE(mem_section)", "0", false },
		{ "SIZE(mem_section)", "7", false },
		{ "SIZE(mem_section)", "1073741824", false },
		{ "OFFSET(mem_section.section_mem_map)", "9", false },
		{ "OFFSET(mem_section.section_mem_map)",
		  "9223372036854775807", false },
	};

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(rows); i++) {
		struct fake_image image;

		fake_image_init(&image, 2);
		fake_info_set(&image.info, rows[i].key, rows[i].value);
		fake_image_open(&image);
		/*
		 * The parser may drop a value that is out of range; then the
		 * architecture's is taken. Never may a wrong one be used.
		 */
		if (rows[i].usable || vms_vm_model(image.vm))
			assert_string_equal(kinds(&image), "RR");
		else
			assert_string_equal(kinds(&image), "DD");
		fake_image_deinit(&image);
	}
}

/* Older kernels say neither section size nor physical bits. */
static void test_fallback_sizes(void **state)
{
	struct fake_image image;

	(void)state;
	fake_image_init(&image, 2);
	fake_info_remove(&image.info, "NUMBER(SECTION_SIZE_BITS)");
	fake_info_remove(&image.info, "NUMBER(MAX_PHYSMEM_BITS)");
	expect(&image, "RR");
	assert_string_equal(image.said, "");
	fake_image_deinit(&image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pointer_or_array),
		cmocka_unit_test(test_bad_pointer),
		cmocka_unit_test(test_bad_section),
		cmocka_unit_test(test_no_online_mark),
		cmocka_unit_test(test_flags_are_masked),
		cmocka_unit_test(test_maps_apart),
		cmocka_unit_test(test_two_roots),
		cmocka_unit_test(test_bad_root),
		cmocka_unit_test(test_unaligned_root),
		cmocka_unit_test(test_absent_root_is_one_step),
		cmocka_unit_test(test_same_root_twice),
		cmocka_unit_test(test_roots_are_garbage),
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_length),
		cmocka_unit_test(test_sizes_disagree),
		cmocka_unit_test(test_beyond_last_section),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_fallback_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
