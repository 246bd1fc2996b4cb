# SPDX-License-Identifier: GPL-2.0-or-later
# The programs that are compared: how each is called, where, and which version
# it is. It must not know how a run is timed.

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .util import BenchError, TIMED, output_of, sid, util

LIBRARIES = ("liblzo2-2", "libzstd1", "zlib1g", "libsnappy1v5")
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
	       "HOME": "/root", "TERM": "dumb"}


@dataclass(frozen=True)
class Place:
	"""Where a run finds its things, as the run itself sees them."""
	vmcore: Path
	out: Path	# a directory
	timed: Path


class Local:
	"""A program of this machine."""

	def __init__(self, name, path):
		self.name, self.path = name, Path(path).resolve()
		if not os.access(self.path, os.X_OK):
			raise BenchError(f"{self.path}: no such program")

	def place(self, vmcore, out):
		return Place(vmcore, out, TIMED)

	def enter(self, argv, vmcore, out):
		return [str(a) for a in argv]


class Vmsieve(Local):
	def __init__(self, path):
		super().__init__("vmsieve", path)

	def version(self):
		return output_of([self.path, "--version"]).splitlines()[0]

	def libraries(self):
		"""The shared libraries it is linked with, by Debian package."""
		found = {}
		for path in re.findall(r"=> (/\S+)", output_of(
				["ldd", self.path])):
			real = os.path.realpath(path)
			owner = output_of(["dpkg", "-S", real]) or output_of(
				["dpkg", "-S", real.removeprefix("/usr")])
			package = owner.split(":")[0]
			if package:
				found[package] = output_of(
					["dpkg-query", "-W", "-f",
					 "${Version}", package + ":amd64"])
		return found


class LocalPeer(Local):
	"""A makedumpfile that the user names."""

	def __init__(self, path):
		super().__init__("makedumpfile", path)

	def version(self):
		said = output_of([self.path, "-v"])
		return (said.splitlines() or ["makedumpfile"])[0].replace(
			"version ", "") + f" ({self.path})"

	libraries = Vmsieve.libraries


class SidPeer:
	"""Debian sid's, in the lab's root.

	Every run enters a namespace and the root first; timed is called
	inside, so none of that is counted.
	"""
	name, path = "makedumpfile", Path("/usr/bin/makedumpfile")
	BINDS = ("/bench/in", "/bench/out", "/bench/tool")

	def place(self, vmcore, out):
		into, to, tool = map(Path, self.BINDS)
		return Place(into / vmcore.name, to, tool / TIMED.name)

	def enter(self, argv, vmcore, out):
		here = (vmcore.parent, out, TIMED.parent)
		return sid.command([str(a) for a in argv],
				   list(zip(here, self.BINDS)))

	def version(self):
		return f"makedumpfile {sid.version('makedumpfile')} " \
			"(Debian sid)"

	def libraries(self):
		found = {}
		for package in LIBRARIES:
			try:
				found[package] = sid.version(package)
			except util.LabError:
				continue
		return found


def call(program, argv, vmcore, out, limit, log):
	"""Runs argv where the program lives; its messages go to a log."""
	with open(log, "wb") as f:
		child = util.spawn(program.enter(argv, vmcore, out), stdout=f,
				   stderr=subprocess.STDOUT, env=ENVIRONMENT)
		try:
			return child.wait(timeout=limit + 60)
		except subprocess.TimeoutExpired:
			raise BenchError(f"{program.name}: not done after "
					 f"{limit + 60} s") from None
		finally:
			util.stop(child)
