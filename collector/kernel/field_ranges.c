// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which numbers a kernel can truly have, one row a kind of number. Each range
 * spans all architectures and releases known. Knows no facts.
 */
#include "field_ranges.h"

#include <vmsieve/checked.h>
#include <vmsieve/limits.h>

/* pglist_data is the largest struct that is told: 176 KiB on x86_64. */
#define MAX_STRUCT (16U << 20)

/* Negative NUMBERs are above 2^63 here, hence beyond every max. */
struct range {
	uint64_t min;
	uint64_t max;
	bool (*test)(uint64_t value, bool is_64bit);	/* may be NULL */
	const char *text;
};

static bool is_address(uint64_t value, bool is_64bit)
{
	return value && (is_64bit || value <= UINT32_MAX);
}

static bool is_flag(uint64_t value, bool is_64bit)
{
	return value < (is_64bit ? 64U : 32U);
}

static bool is_flag_mask(uint64_t value, bool is_64bit)
{
	return vms_is_power_of_two(value) && (is_64bit || value <= UINT32_MAX);
}

/* AMD's encryption bit of a page table entry: 47 or 51 so far. */
static bool is_high_bit(uint64_t value, bool is_64bit)
{
	(void)is_64bit;
	return !value || (vms_is_power_of_two(value) && value >> 32);
}

/* PAGE_SIZE of all architectures that write kdumps in this format. */
static bool is_page_bytes(uint64_t value, bool is_64bit)
{
	(void)is_64bit;
	return value == 4096 || value == 16384 || value == 65536;
}

static bool is_page_multiple(uint64_t value, bool is_64bit)
{
	return !(value % 4096) && (is_64bit || value <= UINT32_MAX);
}

/* Negative when the kernel was loaded below where KASLR mapped it. */
static bool is_phys_base(uint64_t value, bool is_64bit)
{
	uint64_t size = (int64_t)value < 0 ? -value : value;

	(void)is_64bit;
	return !(value % 4096) && size < 1ULL << VMS_MAX_PHYS_BITS;
}

static bool is_word_multiple(uint64_t value, bool is_64bit)
{
	return !(value % (is_64bit ? 8U : 4U));
}

/*
 * 32 bits, top bit set, no -1: printed as int (all releases so far), or as an
 * unsigned number.
 */
static bool is_type_word(uint64_t value, bool is_64bit)
{
	(void)is_64bit;
	if ((int64_t)value < 0)
		return (int64_t)value >= INT32_MIN && (int64_t)value <= -2;
	return value >> 31 == 1 && value != UINT32_MAX;
}

static const struct range ranges[] = {
	[VMS_ALLOWED_ADDRESS] = { 0, UINT64_MAX, is_address,
				  "an address that is not 0" },
	[VMS_ALLOWED_BOOL] = { 0, 1, NULL, "0 or 1" },
	[VMS_ALLOWED_DTOR] = { 1, 255, NULL, "1 to 255" },
	[VMS_ALLOWED_FLAG] = { 0, 63, is_flag,
			       "0 to 63, on 32-bit kernels to 31" },
	[VMS_ALLOWED_FLAG_MASK] = { 0, UINT64_MAX, is_flag_mask, "one bit" },
	[VMS_ALLOWED_FREE_AREA] = { 1, VMS_MAX_FREE_AREA, NULL, "1 to 32" },
	[VMS_ALLOWED_HIGH_BIT] = { 0, UINT64_MAX, is_high_bit,
				   "0 or one bit from 32 on" },
	[VMS_ALLOWED_IMAGE_BYTES] = { 1U << 20, 1ULL << 40, NULL,
				      "1 MiB to 1 TiB" },
	/* MAX_NUMNODES is 1024 at most. */
	[VMS_ALLOWED_NODES] = { 1, 65536, NULL, "1 to 65536" },
	[VMS_ALLOWED_OFFSET] = { 0, MAX_STRUCT - 1, NULL, "0 to 16777215" },
	[VMS_ALLOWED_PAGE_BYTES] = { 0, UINT64_MAX, is_page_bytes,
				     "4096, 16384 or 65536" },
	[VMS_ALLOWED_PAGE_MULTIPLE] = { 0, UINT64_MAX, is_page_multiple,
					"a multiple of 4096" },
	[VMS_ALLOWED_PHYS_BASE] = { 0, UINT64_MAX, is_phys_base,
				    "a multiple of 4096 within 2^52" },
	/* 32-bit PAE has 36, riscv64 56. */
	[VMS_ALLOWED_PHYS_BITS] = { 30, 57, NULL, "30 to 57" },
	/* Roots of SPARSEMEM_EXTREME: x86_64 with five levels has 131072. */
	[VMS_ALLOWED_SECTIONS] = { 1, 1U << 26, NULL, "1 to 67108864" },
	/* 24 on powerpc, 30 on old arm64 and ia64. */
	[VMS_ALLOWED_SECTION_BITS] = { 20, 40, NULL, "20 to 40" },
	[VMS_ALLOWED_SMALL_STRUCT] = { 4, 256, is_word_multiple,
				       "4 to 256, a multiple of a word" },
	[VMS_ALLOWED_STRUCT] = { 4, MAX_STRUCT, NULL, "4 to 16777216" },
	[VMS_ALLOWED_STRUCT_PAGE] = { VMS_MIN_STRUCT_PAGE, VMS_MAX_STRUCT_PAGE,
				      is_word_multiple,
				      "32 to 128, a multiple of a word" },
	[VMS_ALLOWED_TIME] = { 0, 1ULL << 40, NULL, "0 to 2^40" },
	[VMS_ALLOWED_TYPE_WORD] = { 0, UINT64_MAX, is_type_word,
				    "-2147483648 to -2" },
};

const char *vms_allowed_refuse(enum vms_allowed allowed, uint64_t value,
			       bool is_64bit)
{
	const struct range *range = &ranges[allowed];

	if (value >= range->min && value <= range->max &&
	    (!range->test || range->test(value, is_64bit)))
		return NULL;
	return range->text;
}
