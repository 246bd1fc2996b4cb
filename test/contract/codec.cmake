# SPDX-License-Identifier: GPL-2.0-or-later
include(${CMAKE_CURRENT_LIST_DIR}/../support/format_support.cmake)
vms_add_test(codec_contract SOURCES codec_contract.c
	LIBS compress test_format base)
