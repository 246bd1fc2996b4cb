/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz input as records of eleven bytes: a kind, a place and a value. Small
 * changes of the input are small changes of what it describes.
 */
#ifndef FUZZ_RECORDS_H
#define FUZZ_RECORDS_H

#include <vmsieve/endian.h>

#define FUZZ_RECORD_BYTES 11U

struct fuzz_record {
	uint8_t page;
	uint16_t slot;
	uint64_t value;
};

static inline bool fuzz_next(const uint8_t **data, size_t *size,
			     struct fuzz_record *ret)
{
	if (*size < FUZZ_RECORD_BYTES)
		return false;
	ret->page = (*data)[0];
	ret->slot = vms_get_u16(*data + 1, VMS_LITTLE_ENDIAN);
	ret->value = vms_get_u64(*data + 3, VMS_LITTLE_ENDIAN);
	*data += FUZZ_RECORD_BYTES;
	*size -= FUZZ_RECORD_BYTES;
	return true;
}

#endif
