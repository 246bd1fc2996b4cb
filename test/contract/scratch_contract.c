// SPDX-License-Identifier: GPL-2.0-or-later
/* What every scratch must do, and the tests' own one too. */
#include <stdlib.h>
#include <string.h>

#include "fake_scratch.h"
#include "temp_dir.h"
#include "vms_cmocka.h"

#define CAP (1U << 20)
#define PIECE 8192U

static void check_ops(const struct vms_scratch *s)
{
	assert_non_null(s->ops->name);
	assert_non_null(s->ops->write_at);
	assert_non_null(s->ops->read_at);
	assert_non_null(s->ops->destroy);
}

static void write_piece(struct vms_scratch *s, uint64_t offset, int value)
{
	uint8_t buf[PIECE];

	memset(buf, value, sizeof(buf));
	assert_no_error(vms_scratch_write_at(s, offset, buf, sizeof(buf)));
}

static void check_piece(struct vms_scratch *s, uint64_t offset, int value)
{
	uint8_t buf[PIECE];

	assert_no_error(vms_scratch_read_at(s, offset, buf, sizeof(buf)));
	for (size_t i = 0; i < sizeof(buf); i++)
		assert_int_equal(buf[i], value);
}

static void check_limits(struct vms_scratch *s)
{
	uint8_t buf[PIECE] = { 0 };
	struct vms_error *err;

	write_piece(s, CAP - PIECE, 9);
	err = vms_scratch_write_at(s, CAP - PIECE + 1, buf, sizeof(buf));
	assert_non_null(err);
	assert_int_equal(vms_error_code(err), VMS_ERR_LIMIT);
	vms_error_destroy(err);
	err = vms_scratch_write_at(s, UINT64_MAX - 1, buf, sizeof(buf));
	assert_non_null(err);
	assert_int_equal(vms_error_code(err), VMS_ERR_LIMIT);
	vms_error_destroy(err);
	check_piece(s, CAP - PIECE, 9);
	/* Behind what was written there is nothing. */
	err = vms_scratch_read_at(s, CAP - PIECE + 1, buf, sizeof(buf));
	assert_non_null(err);
	vms_error_destroy(err);
}

static void run_contract(struct vms_scratch *s)
{
	check_ops(s);
	for (int i = 0; i < 10; i++)
		write_piece(s, (uint64_t)(9 - i) * PIECE, i);
	for (int i = 0; i < 10; i++)
		check_piece(s, (uint64_t)(9 - i) * PIECE, i);
	write_piece(s, 3 * PIECE, 77);
	check_piece(s, 2 * PIECE, 7);
	check_piece(s, 3 * PIECE, 77);
	check_piece(s, 4 * PIECE, 5);
	check_limits(s);
	vms_scratch_destroy(s);
	vms_scratch_destroy(NULL);
}

static void test_file(void **state)
{
	struct vms_scratch *s;
	struct temp_dir dir;

	(void)state;
	temp_dir_init(&dir);
	assert_no_error(vms_scratch_file_create(dir.path, CAP, true, &s));
	run_contract(s);
	temp_dir_deinit(&dir);
}

static void test_fake(void **state)
{
	struct fake_scratch fake;

	(void)state;
	fake_scratch_init(&fake, CAP);
	run_contract(&fake.base);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_file),
		cmocka_unit_test(test_fake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
