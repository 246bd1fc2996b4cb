# SPDX-License-Identifier: GPL-2.0-or-later
# The whole check: every dump level of every kernel, by the program under test,
# each dump judged by dumpcheck, and some by the readers. It knows the
# program's command line, and nothing of how it works.

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from . import guest, judges, packages, sid, util
from .config import HERE
from .util import LabError, say, step

RUN_LIMIT = 300		# seconds for one dump; 1 to 5 are usual
CHECK_LIMIT = 300
LEVELS = range(32)
QEMU_DUMP = "6.1"	# the kernel whose dump by QEMU is tried as well
CONTENT = (0, 1, 31)	# levels whose every page is compared
CODECS = {"-l": "lzo", "-c": "zlib", "-z": "zstd", "-p": "snappy",
	  "": "none"}


@dataclass
class Case:
	"""One dump: how it is asked for, and what came of it."""
	name: str
	options: list
	level: int
	content: bool = False
	readers: tuple = ()
	exact: bool = True	# what is kept is what the oracle says
	result: dict = field(default_factory=dict)
	faults: list = field(default_factory=list)
	absent: str = ""
	seconds: float = 0.0


def cases(kernel):
	"""The dumps made of one kernel's vmcore."""
	readers = ("drgn", "crash") if kernel.crash else ("drgn",)
	for level in LEVELS:
		yield Case(str(level), ["-l"], level, level in CONTENT,
			   readers if level == 31 else
			   ("drgn",) if level == 1 else ())
	for option, name in CODECS.items():
		if option != "-l":
			yield Case(f"31 {name}", [option] if option else [],
				   31, True, ("drgn",))
	yield Case("31 lzo, 2 threads", ["-l", "--num-threads", "2"], 31, True)
	# The oracle does not know the page array's own pages: the readers do.
	yield Case("31 lzo, -e", ["-l", "-e"], 31, False, readers, False)


def qemu_cases():
	yield Case("0", ["-l"], 0, True)
	yield Case("31", ["-l"], 31, True)


def _dump(program, case, core, out):
	"""Makes one dump; a status other than 0 is a fault."""
	argv = [program, *case.options, "-f", "--message-level", "4", "-d",
		str(case.level), str(core), str(out)]
	begin = time.monotonic()
	try:
		util.run(argv, limit=RUN_LIMIT)
	except LabError as e:
		if "-p" in case.options and "snappy" in str(e):
			case.absent = "snappy is not built in"
		else:
			case.faults.append(str(e))
		return False
	finally:
		case.seconds = time.monotonic() - begin
	return True


def _check(case, core, classes, out):
	argv = [sys.executable, str(HERE / "dumpcheck.py"), "--json", str(out),
		str(core), str(classes), str(case.level)]
	if case.content:
		argv.append("--content")
	said = util.run(argv, limit=CHECK_LIMIT, ok=(0, 1))
	case.result = json.loads(said)
	case.faults += case.result["faults"]


def _run_case(program, kernel, case, core, classes, top):
	out = top / f"{kernel.name}-{case.name.replace(' ', '-')}"
	if _dump(program, case, core, out):
		if case.exact:
			_check(case, core, classes, out)
		else:
			case.result = {"size": out.stat().st_size}
		for reader in case.readers:
			for line in judges.compare(kernel, reader, out)[:8]:
				case.faults.append(f"{reader}: {line}")
	out.unlink(missing_ok=True)
	if case.faults:
		say(f"{kernel.name} {case.name}: {case.faults[0]}")


def peer(kernel, top):
	"""makedumpfile's own dumps of the vmcore: figures, not a judge."""
	core = guest.vmcore(kernel)
	todo = [Case("31 lzo", ["-l"], 31), Case("31 zstd", ["-z"], 31)]
	for case in todo:
		out = top / f"peer-{kernel.name}"
		begin = time.monotonic()
		try:
			judges.makedumpfile([*case.options, "-d", "31",
					     "--message-level", "4",
					     str(core), str(out)])
			case.seconds = time.monotonic() - begin
			_check(case, core, judges.classes(kernel), out)
		except LabError as e:
			case.faults.append(str(e))
		out.unlink(missing_ok=True)
	return todo


def _cores(rows):
	"""(kernel, is it QEMU's dump) of all that the matrix goes through."""
	return [(k, False) for k in rows] + \
		[(k, True) for k in rows if k.name == QEMU_DUMP]


def prepare(rows):
	"""Makes all artefacts: guests run while packages are fetched."""
	def boots():
		with ThreadPoolExecutor(max_workers=2) as pool:
			for f in [pool.submit(guest.qemudump if qemu else
					      guest.vmcore, k)
				  for k, qemu in _cores(rows)]:
				f.result()

	def fetches():
		sid.root()
		for k in rows:
			packages.vmlinux(k)
	util.parallel(boots, fetches)
	for k, qemu in _cores(rows):
		judges.classes(k, qemu)


def _run_kernel(program, kernel, qemu, top):
	core = guest.qemudump(kernel) if qemu else guest.vmcore(kernel)
	classes = judges.classes(kernel, qemu)
	todo = list(qemu_cases() if qemu else cases(kernel))
	with ThreadPoolExecutor(max_workers=2) as pool:
		for f in [pool.submit(_run_case, program, kernel, c, core,
				      classes, top) for c in todo]:
			f.result()
	return todo


def run(program, rows, top):
	"""All cases, two at once: pairs of a title and its told cases."""
	for k, qemu in _cores(rows):
		what = k.name + (" (QEMU's ELF dump)" if qemu else "")
		with step(f"{what}: dumps and judges"):
			todo = _run_kernel(program, k, qemu, top)
		yield what, todo
