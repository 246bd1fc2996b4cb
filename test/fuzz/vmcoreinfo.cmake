# SPDX-License-Identifier: GPL-2.0-or-later
vms_add_fuzzer(fuzz_vmcoreinfo SOURCES fuzz_vmcoreinfo.c LIBS kernel base)
