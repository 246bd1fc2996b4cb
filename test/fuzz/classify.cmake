# SPDX-License-Identifier: GPL-2.0-or-later
vms_add_fuzzer(fuzz_classify SOURCES fuzz_classify.c
	LIBS filters kernel pages base)
