# SPDX-License-Identifier: GPL-2.0-or-later
include(${CMAKE_CURRENT_LIST_DIR}/../support/format_support.cmake)
vms_add_test(format_contract
	SOURCES format_contract.c ../support/dump_world.c
	LIBS format compress test_format pages base)
