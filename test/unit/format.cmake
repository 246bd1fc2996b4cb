# SPDX-License-Identifier: GPL-2.0-or-later
# Formats, codecs and transports.
include(${CMAKE_CURRENT_LIST_DIR}/../support/format_support.cmake)
foreach(module libdeflate lzo2 libzstd zlib)
	vms_pkg(${module} target)
	list(APPEND vms_codec_libraries ${target})
endforeach()
vms_add_test(test_codec_registry SOURCES test_codec_registry.c
	LIBS compress base LINK ${vms_codec_libraries})
vms_add_test(test_kdump_compressed
	SOURCES test_kdump_compressed.c ../support/dump_world.c
		../support/world_dump.c
	LIBS format compress test_format pages base)
vms_add_test(test_kdump_rules
	SOURCES test_kdump_rules.c ../support/dump_world.c
		../support/world_dump.c
	LIBS format compress transports test_format pages base)

# Calls that the tests let fail: see ../support/fake_calls.h.
set(vms_fake_calls pwrite64 ftruncate64 fsync close renameat2 linkat unlinkat
	sync_file_range posix_fadvise64 fallocate64 fstatfs64
	getrandom calloc malloc aligned_alloc strdup strndup)
list(TRANSFORM vms_fake_calls PREPEND "-Wl,--wrap=")
vms_add_test(test_local SOURCES test_local.c ../support/fake_calls.c
	LIBS transports test_format base LINK ${vms_fake_calls})
vms_add_test(test_local_cache SOURCES test_local_cache.c
	../support/fake_calls.c
	LIBS transports test_format base LINK ${vms_fake_calls})
vms_add_test(test_kdump_memory
	SOURCES test_kdump_memory.c ../support/dump_world.c
		../support/fake_calls.c
	LIBS format compress test_format pages base LINK ${vms_fake_calls})
vms_add_test(test_scratch SOURCES test_scratch.c ../support/fake_calls.c
	LIBS transports test_format base
	LINK ${vms_fake_calls} -Wl,--wrap=pread64 -Wl,--wrap=openat64)
