# SPDX-License-Identifier: GPL-2.0-or-later
include(${CMAKE_CURRENT_LIST_DIR}/../support/format_support.cmake)
vms_add_test(transport_contract SOURCES transport_contract.c
	LIBS transports test_format base)
vms_add_test(transport_space_contract
	SOURCES transport_space_contract.c ../support/dump_world.c
	LIBS transports format compress test_format pages base)
