# SPDX-License-Identifier: GPL-2.0-or-later
vms_add_test(arch_contract SOURCES arch_contract.c
	../unit/fake_memory.c ../unit/fake_kernel.c
	LIBS arch kernel base)
target_include_directories(arch_contract PRIVATE ${CMAKE_SOURCE_DIR}/test/unit)
