# SPDX-License-Identifier: GPL-2.0-or-later
# The newest readers of dumps, in a Debian sid of their own: made by
# debootstrap, entered by chroot in a mount namespace that takes its mounts
# along when the command ends. It must not know what the readers are asked.

import os
import shutil
from pathlib import Path

from . import packages
from .config import cache
from .util import LabError, artefact, digest, run, step

PACKAGES = ("crash", "python3-drgn", "makedumpfile")
MAKE_LIMIT = 900	# seconds; 45 to 60 are usual

# Arguments: ROOT COUNT SOURCE TARGET ... COMMAND. The namespace is private,
# so nothing has to be unmounted, however the command ends.
ENTER = """
root=$1; count=$2; shift 2
mount -t proc proc "$root/proc" || exit 125
while [ "$count" -gt 0 ]; do
	mount --bind "$1" "$root$2" || exit 125
	shift 2; count=$((count - 1))
done
exec chroot "$root" "$@"
"""


def root():
	"""Path of the sid root, made if it is not there."""
	def make(tmp):
		if os.geteuid():
			raise LabError("debootstrap and chroot need root")
		with step("sid: debootstrap with " + " ".join(PACKAGES)):
			run(["debootstrap", "--variant=minbase",
			     f"--keyring={packages.KEYRING}",
			     f"--include={','.join(PACKAGES)}", "sid",
			     str(tmp), packages.mirror()], limit=MAKE_LIMIT)
		for junk in ("var/cache/apt/archives", "var/lib/apt/lists",
			     "usr/share/doc", "usr/share/locale",
			     "usr/share/man"):
			shutil.rmtree(tmp / junk, ignore_errors=True)
		(tmp / "lab").mkdir()
	return artefact(cache() / "sid", digest("sid", *PACKAGES), make)


def command(argv, binds):
	"""The argv that runs argv in the sid root.

	binds are pairs of a path here and a path there; both must be
	directories or both files.
	"""
	top = root()
	pairs = []
	for here, there in binds:
		there = Path(there)
		target = top / there.relative_to("/")
		if Path(here).is_dir():
			target.mkdir(parents=True, exist_ok=True)
		elif not target.exists():
			target.parent.mkdir(parents=True, exist_ok=True)
			target.touch()
		pairs += [str(Path(here).resolve()), str(there)]
	return ["unshare", "--mount", "--propagation", "private", "sh", "-c",
		ENTER, "sh", str(top), str(len(binds)), *pairs,
		*map(str, argv)]


def call(argv, binds, limit, **kw):
	"""Runs argv in the sid root; its environment is a plain one."""
	env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
	       "HOME": "/root", "TERM": "dumb", **kw.pop("env", {})}
	return run(command(argv, binds), limit=limit, env=env, **kw)


def version(package):
	out = call(["dpkg-query", "-W", "-f", "${Version}", package], [],
		   limit=30)
	return out.decode().strip()
