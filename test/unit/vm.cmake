# SPDX-License-Identifier: GPL-2.0-or-later
# Tests of the arch and vm rooms. They see the rooms' own folders, since a
# walk or a cache is checked from inside; fake_source.c stands in for the
# source room, whose library is not pulled in then.
set(VMS_FAKES ${CMAKE_CURRENT_SOURCE_DIR}/fake_memory.c
	${CMAKE_CURRENT_SOURCE_DIR}/fake_kernel.c
	${CMAKE_CURRENT_SOURCE_DIR}/fake_capture.c)
set(VMS_FAKES_VM ${VMS_FAKES}
	${CMAKE_CURRENT_SOURCE_DIR}/fake_source.c
	${CMAKE_CURRENT_SOURCE_DIR}/fake_image.c)

foreach(test test_pgtable test_arch test_x86_64)
	vms_add_test(${test} SOURCES ${test}.c ${VMS_FAKES}
		LIBS arch kernel base)
	target_include_directories(${test}
		PRIVATE ${CMAKE_SOURCE_DIR}/collector/arch)
endforeach()
foreach(test test_vm test_vm_nodes test_memmap test_sparsemem)
	vms_add_test(${test} SOURCES ${test}.c ${VMS_FAKES_VM}
		LIBS vm arch kernel pages base)
	target_include_directories(${test}
		PRIVATE ${CMAKE_SOURCE_DIR}/collector/vm)
endforeach()
vms_add_test(test_scan_array SOURCES test_scan_array.c ${VMS_FAKES_VM}
	LIBS pipeline vm arch kernel pages base)
target_include_directories(test_scan_array
	PRIVATE ${CMAKE_SOURCE_DIR}/collector/pipeline)

# For trying a real dump by hand: is its whole page array found and readable?
add_executable(memmap_stat ../support/memmap_stat.c)
target_link_libraries(memmap_stat PRIVATE vms_contracts vms_flags vms_vm
	vms_arch vms_kernel vms_source vms_pages vms_base)
