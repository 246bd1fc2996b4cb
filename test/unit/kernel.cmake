# SPDX-License-Identifier: GPL-2.0-or-later
vms_add_test(test_vmcoreinfo SOURCES test_vmcoreinfo.c fake_capture.c
	LIBS kernel base)
vms_add_test(test_kernel_fields SOURCES test_kernel_fields.c fake_capture.c
	LIBS kernel base)
vms_add_test(test_kernel SOURCES test_kernel.c LIBS kernel base)
vms_add_test(test_variants SOURCES test_variants.c page_bytes.c
	LIBS kernel base)
vms_add_test(test_page_view SOURCES test_page_view.c page_bytes.c
	LIBS kernel base)
vms_add_test(test_kernel_golden SOURCES test_kernel_golden.c kernel_words.c
	fake_capture.c LIBS kernel base)

# Prints what scripts/kernel_report.py and the .expect files are made of.
add_executable(kernel_describe kernel_describe.c kernel_words.c)
target_link_libraries(kernel_describe PRIVATE vms_contracts vms_flags
	vms_kernel vms_base)
