# SPDX-License-Identifier: GPL-2.0-or-later
# Where things are: the lab's own files, the cache, and the table of kernels.
# It must not make anything but the cache directory.

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from .util import LabError

HERE = Path(__file__).resolve().parent.parent
TREE = HERE.parent.parent
TAG = "CACHEDIR.TAG"	# backup programs know it, too
TAG_TEXT = ("Signature: 8a477f597d28d172789f06886806bc55\n"
	    "# Made by vmsieve's lab; \"lab clean\" removes it.\n")


def cache_path():
	path = os.environ.get("VMSIEVE_LAB_DIR")
	if not path:
		base = os.environ.get("XDG_CACHE_HOME") or \
			os.path.join(os.path.expanduser("~"), ".cache")
		path = os.path.join(base, "vmsieve-lab")
	return Path(path).absolute()


def cache():
	path = cache_path()
	if not (path / TAG).exists():
		path.mkdir(parents=True, exist_ok=True)
		(path / TAG).write_text(TAG_TEXT)
	return path


def clean():
	"""Removes the cache; a directory that is not one stays."""
	path = cache_path()
	if not path.exists():
		return
	if not (path / TAG).exists():
		raise LabError(f"{path}: no {TAG}, so not the lab's: left alone")
	shutil.rmtree(path)


@dataclass(frozen=True)
class Kernel:
	name: str
	suite: str
	cpu: str
	crash: bool
	args: str
	row: str

	@property
	def dir(self):
		return cache() / "kernels" / self.name

	@property
	def vmlinux(self):
		return self.dir / "vmlinux"

	@property
	def vmcore(self):
		return self.dir / "vmcore"

	@property
	def classes(self):
		return self.dir / "classes"


def _parse(number, line):
	fields = line.split()
	where = f"{HERE}/kernels.conf:{number}"
	if len(fields) != 5:
		raise LabError(f"{where}: {len(fields)} fields, expected 5")
	name, suite, cpu, crash, args = fields
	if crash not in ("yes", "no"):
		raise LabError(f"{where}: crash is {crash}, expected yes or no")
	args = "" if args == "-" else args.replace(",", " ")
	return Kernel(name, suite, cpu, crash == "yes", args, " ".join(fields))


def kernels():
	rows = {}
	text = (HERE / "kernels.conf").read_text()
	for number, line in enumerate(text.splitlines(), 1):
		if line.strip() and not line.startswith("#"):
			k = _parse(number, line)
			rows[k.name] = k
	return rows


def kernel(name):
	rows = kernels()
	if name not in rows:
		raise LabError(f"no kernel {name} in kernels.conf, there are: "
			       + " ".join(rows))
	return rows[name]
