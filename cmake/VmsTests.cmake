# SPDX-License-Identifier: GPL-2.0-or-later
# Tests: unit and contract tests with cmocka, fuzzers that are also plain
# tests over their corpus.

vms_pkg(cmocka VMS_CMOCKA_TARGET)

# vms_add_test(NAME SOURCES file... [LIBS room...] [LINK target-or-flag...])
function(vms_add_test name)
	cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;LINK" ${ARGN})
	add_executable(${name} ${ARG_SOURCES})
	target_link_libraries(${name} PRIVATE vms_contracts vms_flags
		${VMS_CMOCKA_TARGET} ${ARG_LINK})
	target_include_directories(${name}
		PRIVATE ${CMAKE_SOURCE_DIR}/test/support)
	target_compile_definitions(${name}
		PRIVATE VMS_TEST_DIR="${CMAKE_SOURCE_DIR}/test")
	foreach(lib IN LISTS ARG_LIBS)
		target_link_libraries(${name} PRIVATE vms_${lib})
	endforeach()
	add_test(NAME ${name} COMMAND ${name})
	set_tests_properties(${name} PROPERTIES TIMEOUT 120
		SKIP_RETURN_CODE 77)
endfunction()

# vms_add_fuzzer(NAME SOURCES file... [LIBS room...] [LINK target...])
function(vms_add_fuzzer name)
	cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;LINK" ${ARGN})
	add_executable(${name} ${ARG_SOURCES})
	target_link_libraries(${name} PRIVATE vms_contracts vms_flags
		${ARG_LINK})
	target_include_directories(${name}
		PRIVATE ${CMAKE_SOURCE_DIR}/test/support)
	foreach(lib IN LISTS ARG_LIBS)
		target_link_libraries(${name} PRIVATE vms_${lib})
	endforeach()
	if(VMS_FUZZ)
		target_link_options(${name} PRIVATE -fsanitize=fuzzer)
		set(args -runs=0)
	else()
		target_sources(${name} PRIVATE
			${CMAKE_SOURCE_DIR}/test/fuzz/standalone_driver.c)
		set(args)
	endif()
	add_test(NAME ${name} COMMAND ${name} ${args}
		${CMAKE_SOURCE_DIR}/test/fuzz/corpus/${name})
	set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endfunction()
