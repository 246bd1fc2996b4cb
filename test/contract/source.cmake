# SPDX-License-Identifier: GPL-2.0-or-later
vms_add_test(source_contract SOURCES source_contract.c
	${CMAKE_SOURCE_DIR}/test/unit/test_elf_image.c
	LIBS source base LINK Threads::Threads)
target_include_directories(source_contract
	PRIVATE ${CMAKE_SOURCE_DIR}/test/unit)
