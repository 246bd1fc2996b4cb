# SPDX-License-Identifier: GPL-2.0-or-later
# Faults are put in at link time: see test_source_support.c.
foreach(symbol pread64 fstatfs64 stat64 fstat64 ioctl mmap64 malloc calloc
	reallocarray aligned_alloc strdup vms_log_warn vms_log_warn_limited)
	list(APPEND VMS_SOURCE_WRAPS -Wl,--wrap=${symbol})
endforeach()

foreach(test test_source_file test_source_registry test_source_segments
	test_source_overlap test_source_notes test_source_window
	test_source_reader test_elf_core test_elf_header test_elf_loads
	test_elf_notes)
	vms_add_test(${test}
		SOURCES ${test}.c test_source_support.c test_elf_image.c
		LIBS source base LINK ${VMS_SOURCE_WRAPS})
endforeach()
# It tests what only the room itself can call.
target_include_directories(test_source_segments
	PRIVATE ${CMAKE_SOURCE_DIR}/collector/source)
