# SPDX-License-Identifier: GPL-2.0-or-later
vms_add_fuzzer(fuzz_pgtable SOURCES fuzz_pgtable.c
	../unit/fake_memory.c ../unit/fake_kernel.c
	LIBS arch kernel base)
vms_add_fuzzer(fuzz_memmap SOURCES fuzz_memmap.c
	../unit/fake_memory.c ../unit/fake_kernel.c ../unit/fake_capture.c
	../unit/fake_source.c ../unit/fake_image.c
	LIBS vm arch kernel pages base)
