vms_add_test(test_stop SOURCES test_stop.c LIBS pipeline base)
vms_add_test(test_report SOURCES test_report.c LIBS pipeline base)
foreach(test test_stop test_report)
	target_include_directories(${test}
		PRIVATE ${CMAKE_SOURCE_DIR}/collector/pipeline)
endforeach()
