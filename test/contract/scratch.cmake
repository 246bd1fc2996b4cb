# SPDX-License-Identifier: GPL-2.0-or-later
include(${CMAKE_CURRENT_LIST_DIR}/../support/format_support.cmake)
vms_add_test(scratch_contract
	SOURCES scratch_contract.c ../support/fake_scratch.c
	LIBS transports test_format base)
