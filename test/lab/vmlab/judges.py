# SPDX-License-Identifier: GPL-2.0-or-later
# The readers of dumps that judge: the oracle (drgn and the kernel's DWARF),
# crash, drgn, and makedumpfile as the peer. They run in the sid root. This
# must not know how the dumps they read were made.

import difflib
import os
from pathlib import Path

from . import guest, packages, sid
from .config import HERE
from .util import LabError, artefact, digest, run, say, stamp_of, step

ORACLE_LIMIT = 300	# seconds; about 3 are usual
CRASH_LIMIT = 300	# 5 to 15 are usual
DRGN_LIMIT = 120
PEER_LIMIT = 900


def _binds(kernel, dump):
	"""Every dump gets the same name there, so that outputs compare."""
	return [(dump, "/lab/dump"), (packages.vmlinux(kernel), "/lab/vmlinux"),
		(HERE, "/lab/judge")]


def classes(kernel, qemu=False):
	"""Path of the oracle's class file for the kernel's vmcore."""
	core = guest.qemudump(kernel) if qemu else guest.vmcore(kernel)
	vmlinux = packages.vmlinux(kernel)
	out = kernel.dir / "classes.qemu" if qemu else kernel.classes

	def make(tmp):
		tmp.touch()
		with step(f"{kernel.name}: asking the oracle"):
			said = sid.call(
				["python3", "/lab/judge/oracle.py",
				 "/lab/dump", "/lab/vmlinux", "/lab/classes"],
				[*_binds(kernel, core),
				 (tmp, "/lab/classes")], ORACLE_LIMIT)
		for line in said.decode().splitlines():
			say(f"{kernel.name} {line}")
	stamp = digest(stamp_of(core), stamp_of(vmlinux), HERE / "oracle.py")
	return artefact(out, stamp, make)


def crash(kernel, dump, commands=None):
	"""What crash prints for the lab's commands, or for those given."""
	argv = ["crash", "-s", "/lab/vmlinux", "/lab/dump"]
	kw = {}
	if commands is None:
		argv[2:2] = ["-i", "/lab/judge/judges/crash.cmd"]
	else:
		kw["input"] = "".join(
			f"{c}\n" for c in [*commands, "quit"]).encode()
	return sid.call(argv, _binds(kernel, dump), CRASH_LIMIT, **kw)


def drgn(kernel, dump):
	"""What drgn sees: every task, and the crashed CPU's stack."""
	return sid.call(["python3", "/lab/judge/judges/tasks.py", "/lab/dump",
			 "/lab/vmlinux"], _binds(kernel, dump), DRGN_LIMIT)


READERS = {
	"crash": (crash, "crash", HERE / "judges" / "crash.cmd"),
	"drgn": (drgn, "python3-drgn", HERE / "judges" / "tasks.py"),
}


def _reference(kernel, reader):
	"""The reader's output for the vmcore itself, which nothing filtered."""
	read, package, script = READERS[reader]
	core = guest.vmcore(kernel)

	def make(tmp):
		with step(f"{kernel.name}: {reader} reads the vmcore"):
			tmp.write_bytes(read(kernel, core))
	stamp = digest(stamp_of(core), sid.version(package), script)
	return artefact(kernel.dir / f"{reader}.txt", stamp,
			make).read_bytes()


def _normal(text):
	"""Without what must differ: crash's marks of a filtered dump.

	They follow the dump's name, which is the same for every dump; and it
	warns, in five lines behind an empty one, of a dump made with -e.
	"""
	lines = text.decode(errors="replace").splitlines()
	if lines[1:2] == ["WARNING: /lab/dump:"] and \
			"page structures" in "".join(lines[2:3]):
		del lines[:6]
	return [line.removesuffix(" [EXCLUDED VMEMMAP]")
		.removesuffix("  [PARTIAL DUMP]")
		if line.lstrip().startswith("DUMPFILE: ") else line
		for line in lines]


def compare(kernel, reader, dump):
	"""Lines that differ between the dump's output and the vmcore's."""
	read, _, _ = READERS[reader]
	must = _normal(_reference(kernel, reader))
	try:
		is_ = _normal(read(kernel, dump))
	except LabError as e:
		return [str(e)]
	return list(difflib.unified_diff(must, is_, "vmcore", "dump",
					 lineterm="", n=0))


def _there(arg, last):
	"""A path of this machine, as the sid root sees it under /host."""
	if arg.startswith("-"):
		return arg
	if last or "/" in arg or Path(arg).exists():
		return f"/host{os.path.abspath(arg)}"
	return arg


def peer_command(args):
	"""argv of sid's makedumpfile; paths are those of this machine."""
	args = [_there(a, i == len(args) - 1) for i, a in enumerate(args)]
	return sid.command(["makedumpfile", *args], [("/", "/host")])


def makedumpfile(args):
	run(peer_command(args), limit=PEER_LIMIT)
