vms_add_test(test_stop SOURCES test_stop.c LIBS pipeline base)
vms_add_test(test_report SOURCES test_report.c LIBS pipeline base)
vms_add_test(test_flow SOURCES test_flow.c LIBS pipeline base
	LINK -Wl,--wrap=pthread_create)
vms_add_test(test_memory_plan SOURCES test_memory_plan.c LIBS pipeline base)
vms_add_test(test_batch SOURCES test_batch.c
	LIBS pipeline compress test_format base)
foreach(test test_stop test_report test_flow test_memory_plan test_batch)
	target_include_directories(${test}
		PRIVATE ${CMAKE_SOURCE_DIR}/collector/pipeline)
endforeach()
