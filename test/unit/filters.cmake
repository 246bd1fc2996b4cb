# SPDX-License-Identifier: GPL-2.0-or-later
vms_add_test(test_filters SOURCES test_filters.c LIBS filters)
foreach(test test_classify test_classify_doubt test_classify_needed
	test_classify_lies test_classify_random test_level)
	vms_add_test(${test} SOURCES ${test}.c test_classify_world.c
		LIBS filters kernel pages base)
endforeach()
