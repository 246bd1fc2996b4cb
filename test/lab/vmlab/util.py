# SPDX-License-Identifier: GPL-2.0-or-later
# Small things every part of the lab needs: messages, commands with a time
# limit, locks with a time limit, and artefacts that are either whole or not
# there. It must not know what a kernel or a vmcore is.

import contextlib
import ctypes
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

LOCK_LIMIT = 1800	# seconds: longer than any single artefact takes
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)
_start = time.monotonic()
_say_lock = threading.Lock()


class LabError(Exception):
	"""Something the user must know about; printed as one line."""


def say(text):
	with _say_lock:
		print(f"lab [{time.monotonic() - _start:6.1f} s] {text}",
		      file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(text):
	"""Says what begins, and how long it took."""
	say(text)
	begin = time.monotonic()
	yield
	say(f"{text}: done in {time.monotonic() - begin:.1f} s")


def die_with_parent():
	"""In a child: whatever ends the lab ends the child."""
	_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(argv, **kw):
	kw.setdefault("stdin", subprocess.DEVNULL)
	return subprocess.Popen(argv, preexec_fn=die_with_parent, **kw)


def stop(process):
	"""Ends a child and waits for it; harmless when it has gone."""
	if process.poll() is None:
		process.kill()
	process.wait(timeout=30)


def run(argv, limit=300, **kw):
	"""Runs a command to its end; its output goes to stderr unless taken.

	Failure is an error that carries the last lines the command wrote.
	"""
	ok = kw.pop("ok", (0,))
	data = kw.pop("input", None)
	if data is not None:
		kw["stdin"] = subprocess.PIPE
	kw.setdefault("stdout", subprocess.PIPE)
	kw.setdefault("stderr", subprocess.STDOUT)
	child = spawn(argv, **kw)
	try:
		out, err = child.communicate(data, timeout=limit)
	except subprocess.TimeoutExpired:
		raise LabError(f"{os.path.basename(argv[0])}: not done after "
			       f"{limit} s") from None
	finally:
		stop(child)
	if child.returncode not in ok:
		tail = ((out or b"") + (err or b"")).decode(errors="replace")
		tail = " / ".join(tail.strip().splitlines()[-5:])
		raise LabError(f"{' '.join(map(str, argv[:6]))}: exit status "
			       f"{child.returncode}: {tail}")
	return out or b""


@contextlib.contextmanager
def lock(path):
	"""One maker at a time for what lies at path."""
	os.makedirs(os.path.dirname(path), exist_ok=True)
	with open(path + ".lock", "w") as f:
		deadline = time.monotonic() + LOCK_LIMIT
		said = False
		while True:
			try:
				fcntl.flock(f, fcntl.LOCK_EX | fcntl.LOCK_NB)
				break
			except BlockingIOError:
				pass
			if time.monotonic() > deadline:
				raise LabError(f"{path}: another lab has held "
					       f"it for {LOCK_LIMIT} s")
			if not said:
				say(f"{path}: waiting, it is being made")
				said = True
			time.sleep(0.5)
		yield


def digest(*parts):
	"""Hash of strings and of the contents of files (given as Path)."""
	h = hashlib.sha256()
	for part in parts:
		data = part.encode() if isinstance(part, str) \
			else part.read_bytes()
		h.update(b"%d:" % len(data) + data)
	return h.hexdigest()[:32]


def _stamp_of(path):
	return path.parent / f".{path.name}.stamp"


def stamp_of(path):
	"""The stamp that an artefact was made with, "" if it has none."""
	mark = _stamp_of(path)
	return mark.read_text() if path.exists() and mark.exists() else ""


@contextlib.contextmanager
def scratch(where, name):
	"""A directory to work in; those of killed labs are swept away."""
	where.mkdir(parents=True, exist_ok=True)
	for old in where.glob(f"tmp-{name}-*-*"):
		if not os.path.exists(f"/proc/{old.name.split('-')[2]}"):
			shutil.rmtree(old, ignore_errors=True)
	with tempfile.TemporaryDirectory(
			prefix=f"tmp-{name}-{os.getpid()}-",
			dir=where) as path:
		yield Path(path)


def forget(path):
	"""What is at path counts as never made, and is made when asked for."""
	_stamp_of(path).unlink(missing_ok=True)


def remove(path):
	if path.is_dir() and not path.is_symlink():
		shutil.rmtree(path)
	else:
		path.unlink(missing_ok=True)


def artefact(path, stamp, make):
	"""Makes path by make(temporary path) unless it is there and fresh.

	The final name appears by rename, when all is written; the stamp goes
	first, so a name without a stamp of its own is made again.
	"""
	path.parent.mkdir(parents=True, exist_ok=True)
	with lock(str(_stamp_of(path))):
		if stamp_of(path) == stamp:
			return path
		tmp = path.parent / f".{path.name}.new"
		remove(tmp)
		try:
			make(tmp)
			_stamp_of(path).unlink(missing_ok=True)
			remove(path)
			os.rename(tmp, path)
			_stamp_of(path).write_text(stamp)
		finally:
			remove(tmp)
	return path


def parallel(*jobs):
	"""Runs functions at once; the first error is raised after all ended."""
	with ThreadPoolExecutor(max_workers=len(jobs)) as pool:
		for future in [pool.submit(job) for job in jobs]:
			future.result()
