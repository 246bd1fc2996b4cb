# SPDX-License-Identifier: GPL-2.0-or-later
# What all parts of the benchmark need: the tree's programs, messages, and the
# lab. It must not know what is measured.

import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path

TREE = Path(__file__).resolve().parent.parent.parent.parent
BUILD = TREE / "build"
TIMED = BUILD / "test" / "measure" / "timed"
MKVMCORE = BUILD / "test" / "support" / "mkvmcore"
CODEC_LIMIT = BUILD / "test" / "bench" / "codec_limit"
HUGE = TREE / "test" / "images" / "huge"
BUILD_LIMIT = 1200	# seconds

sys.path.insert(0, str(TREE / "test" / "lab"))
from vmlab import config, guest, setup, sid, util  # noqa: E402,F401

_libc = ctypes.CDLL(None, use_errno=True)
_start = time.monotonic()


class BenchError(Exception):
	"""Something the user must know about; printed as one line."""


def say(text):
	print(f"bench [{time.monotonic() - _start:6.1f} s] {text}",
	      file=sys.stderr, flush=True)


def build(program):
	"""The release preset, unless its programs are there."""
	if all(p.is_file() for p in (program, TIMED, MKVMCORE)):
		return
	for argv in (["cmake", "--preset", "release", "-G", "Ninja",
		      "-DVMS_TESTS=ON"],
		     ["cmake", "--build", "--preset", "release"]):
		say(" ".join(argv))
		done = subprocess.run(argv, cwd=TREE, timeout=BUILD_LIMIT,
				      stdout=subprocess.PIPE, text=True,
				      stderr=subprocess.STDOUT, check=False)
		if done.returncode:
			raise BenchError("the build fails: "
					 + done.stdout[-800:])
	if not program.is_file():
		raise BenchError(f"{program}: no such program")


def warm(path):
	"""Reads all of a file: from now on it is in the page cache."""
	with open(path, "rb", buffering=0) as f:
		while f.read(1 << 22):
			pass


def settle(directory):
	"""What earlier runs left to be written must not be paid by the next."""
	fd = os.open(directory, os.O_RDONLY)
	try:
		if _libc.syncfs(fd):
			raise BenchError(f"{directory}: cannot be synced")
	finally:
		os.close(fd)


def output_of(argv, limit=30):
	"""What a command says, or "" if it cannot be run."""
	try:
		return subprocess.run([str(a) for a in argv], timeout=limit,
				      capture_output=True, text=True,
				      check=False).stdout.strip()
	except OSError:
		return ""
