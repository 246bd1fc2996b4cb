# SPDX-License-Identifier: GPL-2.0-or-later
# What the lab needs of the machine: which programs, in which packages, and
# their installation. It must not touch anything that is there already.

import ctypes.util
import os
import shutil

from .util import LabError, run, say, step

INSTALL_LIMIT = 1800
PROGRAMS = {
	"qemu-system-x86_64": "qemu-system-x86",
	"debootstrap": "debootstrap",
	"cpio": "cpio",
	"xz": "xz-utils",
	"zstd": "zstd",
	"mkfs.ext4": "e2fsprogs",
	"ar": "binutils",
	"gcc": "gcc",
	"dpkg-deb": "dpkg",
	"unshare": "util-linux",
	"fallocate": "util-linux",
	"mount": "mount",
}
LIBRARIES = {"lzo2": "liblzo2-2", "zstd": "libzstd1",
	     "snappy": "libsnappy1v5"}
FILES = {
	"/usr/lib/x86_64-linux-gnu/libc.a": "libc6-dev",
	"/usr/share/keyrings/debian-archive-keyring.gpg":
		"debian-archive-keyring",
}


def _busybox_is_static():
	path = shutil.which("busybox")
	if not path:
		return False
	with open(path, "rb") as f:
		return b"/lib64/ld-linux" not in f.read(4096)


def missing():
	"""Packages that are not there, by what they are needed for."""
	absent = {p for name, p in PROGRAMS.items() if not shutil.which(name)}
	absent |= {p for name, p in LIBRARIES.items()
		   if not ctypes.util.find_library(name)}
	absent |= {p for name, p in FILES.items() if not os.path.exists(name)}
	if not _busybox_is_static():
		absent.add("busybox-static")
	return sorted(absent)


def install():
	packages = missing()
	if not packages:
		say("setup: nothing is missing")
		return
	if os.geteuid():
		raise LabError("setup needs root to install "
			       + " ".join(packages))
	env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
	with step("setup: installing " + " ".join(packages)):
		run(["apt-get", "-q", "update"], limit=INSTALL_LIMIT, env=env)
		run(["apt-get", "-q", "install", "-y",
		     "--no-install-recommends", *packages],
		    limit=INSTALL_LIMIT, env=env)
	if missing():
		raise LabError("setup: still missing: "
			       + " ".join(missing()))


def require():
	"""One clear line instead of a command not found half way through."""
	absent = missing()
	if absent:
		raise LabError(f"missing packages: {' '.join(absent)}; "
			       "run: lab setup")
	if os.geteuid():
		raise LabError("the lab needs root, for debootstrap and chroot")
