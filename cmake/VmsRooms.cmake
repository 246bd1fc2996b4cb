# SPDX-License-Identifier: GPL-2.0-or-later
# A room is one static library that sees include/ and its own folder only, so
# that an include in the wrong direction does not compile.

add_library(vms_contracts INTERFACE)
target_include_directories(vms_contracts INTERFACE ${CMAKE_SOURCE_DIR}/include)
target_compile_definitions(vms_contracts INTERFACE _GNU_SOURCE
	_FILE_OFFSET_BITS=64)

add_library(vms_flags INTERFACE)
target_compile_options(vms_flags INTERFACE -Wall -Wextra -Wshadow -Wconversion
	-Wmissing-prototypes -Wstrict-prototypes -Wformat=2
	-fno-common -fstack-protector-strong -fvisibility=hidden
	$<$<BOOL:${VMS_WERROR}>:-Werror>)
if(VMS_SANITIZE)
	target_compile_options(vms_flags INTERFACE
		-fsanitize=${VMS_SANITIZE} -fno-sanitize-recover=all
		-fno-omit-frame-pointer)
	target_link_options(vms_flags INTERFACE -fsanitize=${VMS_SANITIZE})
else()
	target_compile_options(vms_flags INTERFACE
		$<$<CONFIG:Release,RelWithDebInfo>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2>)
endif()
if(VMS_FUZZ)
	if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
		message(FATAL_ERROR "VMS_FUZZ needs clang")
	endif()
	target_compile_options(vms_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# vms_add_room(NAME SOURCES file... [LIBS room...] [PKG pkg-config-module...])
function(vms_add_room name)
	cmake_parse_arguments(ARG "" "" "SOURCES;LIBS;PKG" ${ARGN})
	add_library(vms_${name} STATIC ${ARG_SOURCES})
	target_include_directories(vms_${name}
		PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
	target_link_libraries(vms_${name} PUBLIC vms_contracts
		PRIVATE vms_flags)
	foreach(lib IN LISTS ARG_LIBS)
		target_link_libraries(vms_${name} PUBLIC vms_${lib})
	endforeach()
	foreach(module IN LISTS ARG_PKG)
		vms_pkg(${module} target)
		target_link_libraries(vms_${name} PRIVATE ${target})
	endforeach()
endfunction()

# vms_pkg(MODULE RESULT): target of a mandatory library. A static program also
# needs what the library itself needs, which pkg-config says apart.
function(vms_pkg module result)
	string(MAKE_C_IDENTIFIER ${module} id)
	string(TOUPPER ${id} id)
	if(NOT TARGET vms_pkg_${id})
		pkg_check_modules(VMS_${id} REQUIRED IMPORTED_TARGET GLOBAL
			${module})
		add_library(vms_pkg_${id} INTERFACE)
		if(VMS_STATIC)
			target_include_directories(vms_pkg_${id} SYSTEM
				INTERFACE ${VMS_${id}_STATIC_INCLUDE_DIRS})
			target_link_libraries(vms_pkg_${id}
				INTERFACE ${VMS_${id}_STATIC_LDFLAGS})
		else()
			target_link_libraries(vms_pkg_${id}
				INTERFACE PkgConfig::VMS_${id})
		endif()
	endif()
	set(${result} vms_pkg_${id} PARENT_SCOPE)
endfunction()

# vms_add_rooms(folder...): those that have a CMakeLists.txt.
function(vms_add_rooms)
	foreach(dir IN LISTS ARGN)
		if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${dir}/CMakeLists.txt)
			add_subdirectory(${dir})
		endif()
	endforeach()
endfunction()
