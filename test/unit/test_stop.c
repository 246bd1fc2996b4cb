// SPDX-License-Identifier: GPL-2.0-or-later
/* A signal becomes an answer to a question; handlers are given back. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stop.h"
#include "vms_cmocka.h"

static void test_each_signal(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

	(void)state;
	for (size_t i = 0; i < VMS_ARRAY_SIZE(signals); i++) {
		struct sigaction now;
		struct vms_stop stop;
		struct vms_error *err;

		vms_stop_init(&stop);
		assert_no_error(vms_stop_check(&stop));
		raise(signals[i]);
		err = vms_stop_check(&stop);
		assert_non_null(err);
		assert_int_equal(vms_error_code(err), VMS_ERR_INTERRUPTED);
		assert_non_null(strstr(vms_error_text(err),
				       sigabbrev_np(signals[i])));
		vms_error_destroy(err);
		vms_stop_deinit(&stop);
		sigaction(signals[i], NULL, &now);
		assert_ptr_equal(now.sa_handler, SIG_DFL);
	}
}

/* A run that hangs must still be stoppable: the second signal kills. */
static void test_second_signal_kills(void **state)
{
	pid_t child = fork();
	int status;

	(void)state;
	assert_true(child >= 0);
	if (!child) {
		struct vms_stop stop;

		vms_stop_init(&stop);
		raise(SIGTERM);
		raise(SIGTERM);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
}

static void test_ignored_stays_ignored(void **state)
{
	struct vms_stop stop;

	(void)state;
	signal(SIGHUP, SIG_IGN);
	vms_stop_init(&stop);
	raise(SIGHUP);
	assert_no_error(vms_stop_check(&stop));
	vms_stop_deinit(&stop);
	assert_ptr_equal(signal(SIGHUP, SIG_DFL), SIG_IGN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_signal),
		cmocka_unit_test(test_second_signal_kills),
		cmocka_unit_test(test_ignored_stays_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
