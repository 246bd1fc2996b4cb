// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * VMCOREINFO text and struct pages that the input draws: parse, choose the
 * variants, decode. The oracle reads the text line by line in its own way, and
 * knows what must hold of any view.
 *
 * Input: a byte (1: big-endian, 2: 32 bits), a byte (how many struct pages of
 * 128 bytes lie at the end, up to 4), the text, the struct pages.
 */
#include <stdlib.h>
#include <string.h>

#include <vmsieve/kernel.h>
#include <vmsieve/limits.h>
#include <vmsieve/page_view.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Not assert(): the oracle must work in builds without it. */
#define CHECK(expr)                                                            \
	do {                                                                   \
		if (!(expr))                                                   \
			abort();                                               \
	} while (0)

#define MAX_PAGES 4U
#define PAGE_BYTES 128U
#define MAP 0xffffea0000400000ULL

/* The value of a key's first line, if it is a number in the kernel's ways. */
static bool naive_number(const char *text, size_t size, uint64_t *ret)
{
	bool hex = false, negative = false;
	uint64_t value = 0;
	size_t i = 0;

	if (size > 1 && text[0] == '0' && text[1] == 'x') {
		hex = true;
		i = 2;
	} else if (size && text[0] == '-') {
		negative = true;
		i = 1;
	}
	if (i == size)
		return false;
	for (; i < size; i++) {
		const char *digits = "0123456789abcdef";
		char c = text[i];
		const char *at;

		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		at = c ? strchr(digits, c) : NULL;
		if (!at || (!hex && at - digits > 9))
			return false;
		value = value * (hex ? 16 : 10) + (uint64_t)(at - digits);
	}
	*ret = negative ? -value : value;
	return true;
}

static bool naive_hex(const char *text, size_t size, uint64_t *ret)
{
	char copy[40] = "0x";

	if (!size || size > 20 || !strncmp(text, "0x", size < 2 ? size : 2))
		return size == 1 && *text == '0' ? (*ret = 0, true) : false;
	memcpy(copy + 2, text, size);
	return naive_number(copy, size + 2, ret);
}

/* First line of the text that begins with "key=". */
static bool naive_find(const char *text, size_t size, const char *key,
		       uint64_t *ret)
{
	size_t length = strlen(key), start = 0;

	while (start < size) {
		const char *end = memchr(text + start, '\n', size - start);
		size_t line = end ? (size_t)(end - text) - start : size - start;
		const char *value = text + start + length + 1;

		if (line > length && !memcmp(text + start, key, length) &&
		    text[start + length] == '=' &&
		    !memchr(text + start, '\0', line)) {
			line -= length + 1;
			if (!strncmp(key, "SYMBOL", 6) ||
			    !strcmp(key, "KERNELOFFSET"))
				return naive_hex(value, line, ret);
			return naive_number(value, line, ret);
		}
		start += line + 1;
	}
	return false;
}

static void check_facts(const struct vms_kernel *kernel, const char *text,
			size_t size)
{
	while (size && !text[size - 1])
		size--;
	for (unsigned int fact = 0; fact < VMS_NR_FACTS; fact++) {
		uint64_t value;

		if (!vms_kernel_has(kernel, fact))
			continue;
		/* Beyond the caps the oracle would read on. */
		if (size > VMS_CAP_VMCOREINFO_BYTES)
			break;
		CHECK(naive_find(text, size, vms_fact_key(fact), &value));
		CHECK(value == vms_kernel_get(kernel, fact));
	}
}

static void check_member(const struct vms_kernel *kernel, enum vms_fact offset,
			 uint64_t width)
{
	if (!vms_kernel_has(kernel, offset) ||
	    !vms_kernel_has(kernel, VMS_FACT_SIZE_PAGE))
		return;
	CHECK(vms_kernel_get(kernel, offset) + width <=
	      vms_kernel_get(kernel, VMS_FACT_SIZE_PAGE));
}

static void check_ranges(const struct vms_kernel *kernel, uint64_t word)
{
	const char *release = vms_kernel_release(kernel);
	uint32_t page = vms_kernel_page_size(kernel);

	CHECK(page == 4096 || page == 16384 || page == 65536);
	CHECK(1U << vms_kernel_page_shift(kernel) == page);
	CHECK(strlen(release) <= 64);
	for (; *release; release++)
		CHECK(*release >= 0x20 && *release < 0x7f);
	check_member(kernel, VMS_FACT_OFFSET_PAGE_FLAGS, word);
	check_member(kernel, VMS_FACT_OFFSET_PAGE_MAPPING, word);
	check_member(kernel, VMS_FACT_OFFSET_PAGE_PRIVATE, word);
	check_member(kernel, VMS_FACT_OFFSET_PAGE_COMPOUND_HEAD, word);
	check_member(kernel, VMS_FACT_OFFSET_PAGE_COMPOUND_INFO, word);
	check_member(kernel, VMS_FACT_OFFSET_PAGE_LRU, 2 * word);
	check_member(kernel, VMS_FACT_OFFSET_PAGE_MAPCOUNT, 4);
	check_member(kernel, VMS_FACT_OFFSET_PAGE_REFCOUNT, 4);
	CHECK(vms_kernel_get_or(kernel, VMS_FACT_NUMBER_PG_LRU, 0) < 8 * word);
	CHECK(vms_kernel_get_or(kernel, VMS_FACT_NUMBER_PG_SLAB, 0) <
	      8 * word);
	CHECK(vms_kernel_get_or(kernel, VMS_FACT_LENGTH_ZONE_FREE_AREA, 1) <=
	      VMS_MAX_FREE_AREA);
}

static void check_view(const struct vms_page_layout *layout,
		       const struct vms_page_view *view)
{
	const uint32_t of_tails = VMS_PAGE_TAIL | VMS_PAGE_HWPOISON |
				  VMS_PAGE_IMPLAUSIBLE;

	CHECK(!(view->bits & ~vms_page_layout_known(layout)));
	CHECK(!(view->bits & (VMS_PAGE_HUGETLB | VMS_PAGE_ORDER)));
	CHECK(!(view->bits & VMS_PAGE_TAIL) || !(view->bits & ~of_tails));
	CHECK(!(view->bits & VMS_PAGE_SLAB) ||
	      !(view->bits & (VMS_PAGE_BUDDY | VMS_PAGE_OFFLINE |
			      VMS_PAGE_UNACCEPTED | VMS_PAGE_ANON)));
	CHECK(view->order == (view->bits & VMS_PAGE_BUDDY ?
				      view->private_word : 0));
	/* A free page that somebody holds is none. */
	if (view->bits & VMS_PAGE_BUDDY && view->refcount)
		CHECK(view->bits & VMS_PAGE_IMPLAUSIBLE);
}

static void check_second(const struct vms_page_layout *layout,
			 const struct vms_page_view *before,
			 const struct vms_page_view *after)
{
	if (!(before->bits & VMS_PAGE_HEAD)) {
		CHECK(!memcmp(before, after, sizeof(*before)));
		return;
	}
	CHECK((after->bits & ~(uint32_t)VMS_PAGE_HUGETLB) == before->bits);
	CHECK(!(after->bits & VMS_PAGE_HUGETLB) ||
	      vms_page_layout_known(layout) & VMS_PAGE_HUGETLB);
	CHECK(!after->order || vms_page_layout_known(layout) & VMS_PAGE_ORDER);
}

/* page and second: exactly the layout's size, so that overreads are seen. */
static void check_pages(const struct vms_page_layout *layout,
			const uint8_t *page, const uint8_t *second)
{
	uint64_t size = vms_page_layout_size(layout);
	struct vms_page_view view, completed;

	vms_page_decode(layout, page, &view);
	check_view(layout, &view);
	completed = view;
	vms_page_decode_second(layout, second, &completed);
	check_second(layout, &view, &completed);
	if (vms_page_is_free_inner(layout, page))
		CHECK(!(view.bits & (VMS_PAGE_TAIL | VMS_PAGE_HEAD |
				     VMS_PAGE_LRU | VMS_PAGE_BUDDY |
				     VMS_PAGE_OFFLINE | VMS_PAGE_SLAB)));
	/* Nobody is the tail of two heads. */
	if (vms_page_layout_known(layout) & VMS_PAGE_TAIL &&
	    view.bits & VMS_PAGE_TAIL)
		CHECK(!vms_page_is_tail_of(layout, page, MAP + size, MAP) ||
		      !vms_page_is_tail_of(layout, page, MAP + size,
					   MAP - 128 * size));
}

static uint8_t *exact_copy(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size);

	CHECK(copy);
	memcpy(copy, data, size);
	return copy;
}

static void run_pages(const struct vms_page_layout *layout,
		      const uint8_t *pages, size_t count)
{
	size_t size = vms_page_layout_size(layout);

	CHECK(size >= VMS_MIN_STRUCT_PAGE && size <= VMS_MAX_STRUCT_PAGE);
	for (size_t i = 0; i < count; i++) {
		uint8_t *page = exact_copy(pages + i * PAGE_BYTES, size);
		uint8_t *second = exact_copy(
			pages + (i + 1) % count * PAGE_BYTES, size);

		check_pages(layout, page, second);
		free(page);
		free(second);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct vms_page_layout *layout;
	struct vms_kernel *kernel;
	size_t count;
	bool is_64bit;
	char *text;

	if (size < 2)
		return 0;
	is_64bit = !(data[0] & 2);
	count = data[1] % (MAX_PAGES + 1);
	while (count * PAGE_BYTES > size - 2)
		count--;
	size -= 2 + count * PAGE_BYTES;
	text = (char *)exact_copy(data + 1, size + 1);
	CHECK(!vms_kernel_create(text + 1, size,
				 data[0] & 1 ? VMS_BIG_ENDIAN :
					       VMS_LITTLE_ENDIAN,
				 is_64bit, NULL, &kernel));
	check_facts(kernel, text + 1, size);
	check_ranges(kernel, is_64bit ? 8 : 4);
	vms_kernel_describe(kernel, NULL);
	layout = vms_kernel_page_layout(kernel);
	if (layout)
		run_pages(layout, data + 2 + size, count);
	vms_kernel_destroy(kernel);
	free(text);
	return 0;
}
