vms_add_test(test_noise SOURCES test_noise.c LIBS compress test_format base)
target_include_directories(test_noise
	PRIVATE ${CMAKE_SOURCE_DIR}/collector/compress)
