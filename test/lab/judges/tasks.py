#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# tasks.py DUMP VMLINUX: what drgn sees of a dump: every task, and the stack of
# the CPU that crashed. Runs where drgn is; its output for a filtered dump must
# be that for the vmcore. It must not know what was filtered.

import sys

from drgn import Program
from drgn.helpers.linux.pid import for_each_task
from drgn.helpers.linux.sched import task_state_to_char

prog = Program()
prog.set_core_dump(sys.argv[1])
prog.load_debug_info([sys.argv[2]])
print("release", prog["init_uts_ns"].name.release.string_().decode())
for task in for_each_task(prog):
	print(task.pid.value_(), task.tgid.value_(), task_state_to_char(task),
	      task.comm.string_().decode(errors="replace"))
crashed = prog.crashed_thread()
print("crashed", crashed.tid, crashed.object.comm.string_().decode())
for number, frame in enumerate(crashed.stack_trace()):
	print(number, frame.name, hex(frame.pc), hex(frame.sp))
