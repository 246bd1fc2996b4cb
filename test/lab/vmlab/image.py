# SPDX-License-Identifier: GPL-2.0-or-later
# What a guest is made of: the workload, the two initramfs, and a disk with
# files to read. It must not boot anything.

import os
import random
import shutil
from pathlib import Path

from . import packages, util
from .config import HERE, cache
from .util import artefact, digest, run

DISK_SIZE = 192		# MiB: 50 of files, the swap file, and room to write
PROGRAMS = ("workload.c", "guest/kexec-load.c", "guest/save-vmcore.c")
CC = ("gcc", "-std=gnu11", "-O2", "-static", "-Wall", "-Wextra")


def _make_files(top):
	"""Files to read: text, random bytes, and a hole in each large one."""
	rng = random.Random(1)
	files = top / "files"
	files.mkdir()
	for i in range(40):
		with open(files / str(i), "wb") as f:
			text = b"line %d of a file\n" % i * 30000
			f.write(text[:400 << 10])
			f.write(rng.randbytes(600 << 10))
			f.seek(rng.randrange(1, 64) << 10, os.SEEK_CUR)
			f.write(b"end")
	for i in range(400):
		(files / f"small-{i}").write_bytes(rng.randbytes(100 + 37 * i))


def disk():
	"""An ext4 that every guest gets a private view of."""
	def make(tmp):
		with util.scratch(tmp.parent, "disk") as top:
			_make_files(top)
			run(["truncate", "-s", f"{DISK_SIZE}M", str(tmp)])
			run(["mkfs.ext4", "-q", "-d", str(top), str(tmp)])
	return artefact(cache() / "guest" / "disk.img",
			digest("disk", Path(__file__)), make)


def _sources():
	return [HERE / s for s in PROGRAMS]


def _programs():
	def make(tmp):
		tmp.mkdir()
		for source in PROGRAMS:
			run([*CC, str(HERE / source), "-o",
			     str(tmp / Path(source).stem)])
	return artefact(cache() / "guest" / "programs",
			digest(" ".join(CC), *_sources()), make)


def _cpio(root, out):
	names = "\0".join(sorted(str(p.relative_to(root))
				 for p in root.rglob("*")))
	with open(out, "wb") as f:
		run(["cpio", "-o0", "-H", "newc", "-R", "0:0", "--quiet"],
		    input=names.encode(), cwd=root, stdout=f, stderr=None)


def _base(root, image):
	for d in ("bin", "proc", "sys", "dev"):
		(root / d).mkdir(parents=True)
	shutil.copy(shutil.which("busybox"), root / "bin" / "busybox")
	shutil.copy(HERE / "guest" / "init", root / "init")
	(root / "init").chmod(0o755)
	shutil.copytree(image / "modules", root / "modules")


def boot_files(kernel):
	"""Directory with vmlinuz and initrd, and a stamp of all they hold."""
	image = packages.image(kernel)
	programs = _programs()
	stamp = digest(packages.resolve(kernel)["version"],
		       " ".join(packages.MODULES), Path(__file__),
		       HERE / "guest" / "init", *_sources())

	def make(tmp):
		tmp.mkdir()
		crash = tmp / "crash"
		_base(crash, image)
		shutil.copy(programs / "save-vmcore", crash / "save-vmcore")
		_cpio(crash, tmp / "crash-initrd")
		root = tmp / "root"
		_base(root, image)
		for name in ("workload", "kexec-load"):
			shutil.copy(programs / name, root / name)
		shutil.copy(image / "vmlinuz", root / "vmlinuz")
		os.rename(tmp / "crash-initrd", root / "crash-initrd")
		_cpio(root, tmp / "initrd")
		shutil.copy(image / "vmlinuz", tmp / "vmlinuz")
		util.remove(crash)
		util.remove(root)
	return artefact(kernel.dir / "boot", stamp, make), stamp
