# SPDX-License-Identifier: GPL-2.0-or-later
vms_add_fuzzer(fuzz_elf_core SOURCES fuzz_elf_core.c fuzz_elf_core_mutate.c
	LIBS source base)
