# SPDX-License-Identifier: GPL-2.0-or-later
# vms_test_format: the reader of dumps and the failing sink, for the tests of
# formats, codecs and whole runs. The decoders are the libraries' own, not ours.
include_guard(GLOBAL)

add_library(vms_test_format STATIC
	${CMAKE_CURRENT_LIST_DIR}/dumpread.c
	${CMAKE_CURRENT_LIST_DIR}/dumpread_page.c
	${CMAKE_CURRENT_LIST_DIR}/page_decode.c
	${CMAKE_CURRENT_LIST_DIR}/page_patterns.c
	${CMAKE_CURRENT_LIST_DIR}/temp_dir.c
	${CMAKE_CURRENT_LIST_DIR}/fake_sink.c)
target_include_directories(vms_test_format PUBLIC ${CMAKE_CURRENT_LIST_DIR})
target_link_libraries(vms_test_format PUBLIC vms_contracts vms_base
	PRIVATE vms_flags)
foreach(module zlib lzo2 libzstd)
	vms_pkg(${module} target)
	target_link_libraries(vms_test_format PRIVATE ${target})
endforeach()
if(TARGET PkgConfig::VMS_SNAPPY)
	target_link_libraries(vms_test_format PRIVATE PkgConfig::VMS_SNAPPY)
	target_compile_definitions(vms_test_format PRIVATE VMS_HAVE_SNAPPY)
endif()
