# SPDX-License-Identifier: GPL-2.0-or-later
# The tested program in the crash kernel itself, on the real /proc/vmcore: its
# dumps must be, byte for byte, the one it makes of the saved vmcore. It must
# not know how a guest is run.

import hashlib
import shutil

from . import guest, util
from .util import LabError, run, say

SECTOR = 512	# a disk's size is a multiple of it
SELF_LIMIT = 120	# seconds for the program on this machine


def _static(program):
	with open(program, "rb") as f:
		if b"ld-linux" in f.read(4096):
			raise LabError(f"{program}: is not static: a crash "
				       "kernel has no libraries")


def check(kernel, program):
	"""Number of faults."""
	_static(program)
	with util.scratch(kernel.dir, "live") as work:
		disk = work / "program"
		shutil.copy(program, disk)
		with open(disk, "r+b") as f:
			f.truncate(-(-disk.stat().st_size // SECTOR) * SECTOR)
		mapped, read = guest.live(kernel, work, disk)
		run([str(program), "-l", "-d", "31", "--message-level", "4",
		     str(work / "vmcore"), str(work / "dump")])
		here = hashlib.sha256((work / "dump").read_bytes()).hexdigest()
	faults = 0
	for how, digest in (("mapped", mapped), ("read", read)):
		same = digest == here
		faults += not same
		say(f"{kernel.name}: /proc/vmcore {how} in the crash kernel: "
		    + ("the same bytes as from the saved vmcore" if same else
		       f"{digest} instead of {here}"))
	return faults
