# SPDX-License-Identifier: GPL-2.0-or-later
# One run of a guest in QEMU that ends with a vmcore: of its crash kernel, or
# of QEMU itself. Every wait has a limit, and no guest outlives the call that
# started it. It must not know what is done with the vmcore.

import json
import os
import re
import socket
import time
from pathlib import Path

from . import elfcore, image, util
from .config import HERE
from .util import LabError, artefact, digest, say, step

# One thread for both CPUs: with one each, QEMU 7.2 lets a CPU see half of the
# code that the kernel patches on the other, about once in 50 boots.
ACCEL = "tcg,thread=single"
MEMORY = 1024		# MiB
BALLOON = 16		# MiB of these that the balloon takes away
CRASH_KERNEL = "192M"
BOOT_LIMIT = 400	# seconds; 40 to 60 are usual
SILENCE_LIMIT = 120	# seconds without a line; 15 are usual
DUMP_LIMIT = 120	# seconds for dump-guest-memory
VMCORE_ROOM = 1280	# MiB: what the disk for the vmcore can hold, sparse


class Monitor:
	"""QEMU's QMP on the socket "qmp" in a directory."""

	def __init__(self, work):
		# By a descriptor: a socket's name has room for 107 bytes.
		top = os.open(work, os.O_PATH)
		try:
			self.connect(f"/proc/self/fd/{top}/qmp")
		finally:
			os.close(top)
		self.file = self.sock.makefile("rw")
		self.file.readline()
		self.command("qmp_capabilities")

	def connect(self, path):
		deadline = time.monotonic() + 20
		self.sock = socket.socket(socket.AF_UNIX)
		self.sock.settimeout(DUMP_LIMIT)
		while True:
			try:
				self.sock.connect(path)
				return
			except OSError:
				if time.monotonic() > deadline:
					raise LabError("QEMU's monitor did "
						       "not open") from None
				time.sleep(0.1)

	def command(self, name, **arguments):
		json.dump({"execute": name, "arguments": arguments}, self.file)
		self.file.write("\n")
		self.file.flush()
		while True:
			line = self.file.readline()
			if not line:
				raise LabError(f"QEMU ended during {name}")
			reply = json.loads(line)
			if "error" in reply:
				raise LabError(f"QEMU: {name}: "
					       + reply["error"]["desc"])
			if "return" in reply:
				return reply["return"]


class Guest:
	"""A running guest and its console. Use it in a with statement."""

	def __init__(self, kernel, work, extra_args, program=None):
		self.kernel = kernel
		self.work = work
		self.serial = work / "serial.log"
		self.serial.touch()
		self.pos = 0
		boot, _ = image.boot_files(kernel)
		args = (f"console=ttyS0 panic=1 no_timer_check "
			f"crashkernel={CRASH_KERNEL} "
			f"lab.balloon={BALLOON * 256} quiet "
			f"{kernel.args} {extra_args}")
		# The vmcore's zero pages become holes of its file.
		vmcore = work / "vmcore"
		with open(vmcore, "wb") as f:
			f.truncate(VMCORE_ROOM << 20)
		self.argv = [
			"qemu-system-x86_64", "-accel", ACCEL,
			"-cpu", kernel.cpu, "-smp", "2", "-m", str(MEMORY),
			"-display", "none", "-no-reboot", "-nic", "none",
			"-nodefaults", "-serial", f"file:{self.serial}",
			"-qmp", "unix:qmp,server=on,wait=off",
			"-kernel", str(boot / "vmlinuz"),
			"-initrd", str(boot / "initrd"), "-append", args,
			"-drive", f"file={image.disk()},format=raw,if=virtio,"
				  "cache=unsafe,snapshot=on",
			"-drive", f"file={vmcore},format=raw,if=virtio,"
				  "cache=unsafe,discard=unmap,"
				  "detect-zeroes=unmap",
			"-device", "virtio-balloon-pci,id=balloon",
			"-device", "vmcoreinfo",
		]
		if program:
			self.argv += ["-drive", f"file={program},format=raw,"
				      "if=virtio,readonly=on"]

	def __enter__(self):
		with open(self.work / "qemu.log", "wb") as log:
			self.qemu = util.spawn(self.argv, cwd=self.work,
					       stdout=log, stderr=log)
		try:
			self.monitor = Monitor(self.work)
		except BaseException:
			util.stop(self.qemu)
			raise
		self.heard = time.monotonic()
		self.deadline = self.heard + BOOT_LIMIT
		return self

	def __exit__(self, *exc):
		util.stop(self.qemu)

	def fail(self, why):
		tail = self.serial.read_text(errors="replace").splitlines()
		log = (self.work / "qemu.log").read_text(errors="replace")
		for line in tail[-30:] + log.splitlines()[-5:]:
			say(f"{self.kernel.name} console: {line}")
		raise LabError(f"{self.kernel.name}: {why}; the tail of its "
			       "console is above")

	def lines(self):
		"""What the guest said on its console since the last call."""
		data = self.serial.read_bytes()
		end = data.rfind(b"\n") + 1
		new = data[self.pos:end].decode(errors="replace")
		if new:
			self.heard = time.monotonic()
		self.pos = max(self.pos, end)
		return [line[line.index("LAB: ") + 5:].strip()
			for line in new.splitlines() if "LAB: " in line]

	def wait_for(self, pattern):
		"""Waits for a line of the guest's that matches pattern."""
		while True:
			ended = self.qemu.poll() is not None
			for line in self.lines():
				say(f"{self.kernel.name} guest: {line}")
				found = re.fullmatch(pattern, line)
				if found:
					return found
			if ended:
				self.fail(f"QEMU ended before '{pattern}'")
			now = time.monotonic()
			if now > self.deadline:
				self.fail(f"no '{pattern}' within "
					  f"{BOOT_LIMIT} s")
			if now > self.heard + SILENCE_LIMIT:
				self.fail(f"no '{pattern}', silent for "
					  f"{SILENCE_LIMIT} s")
			time.sleep(0.2)

	def inflate(self):
		self.wait_for("first kernel .*")
		self.monitor.command("balloon",
				     value=(MEMORY - BALLOON) << 20)

	def wait_for_end(self):
		limit = max(self.deadline - time.monotonic(), 1)
		try:
			self.qemu.wait(timeout=limit)
		except Exception:
			self.fail("QEMU did not end after the vmcore")


def live(kernel, work, program):
	"""Crashes a guest whose crash kernel runs program on /proc/vmcore.
	Leaves the vmcore in work; returns the digests of the dumps made by
	mapping and by reading."""
	with Guest(kernel, work, "", program) as guest:
		guest.inflate()
		mapped = guest.wait_for(r"live -f ([0-9a-f]{64})").group(1)
		read = guest.wait_for(r"live --non-mmap ([0-9a-f]{64})").group(1)
		size = int(guest.wait_for(r"saved (\d+)").group(1))
		guest.wait_for_end()
	with open(work / "vmcore", "r+b") as f:
		f.truncate(size)
	elfcore.check(work / "vmcore")
	return mapped, read


def _stamp(kernel, what):
	_, boot = image.boot_files(kernel)
	return digest(boot, kernel.row, what, Path(__file__),
		      HERE / "vmlab" / "image.py")


def _crash_once(kernel, work, out):
	with Guest(kernel, work, "") as guest:
		guest.inflate()
		size = int(guest.wait_for(r"saved (\d+)").group(1))
		guest.wait_for_end()
	with open(work / "vmcore", "r+b") as f:
		f.truncate(size)
	elfcore.check(work / "vmcore")
	(work / "serial.log").rename(kernel.dir / "serial.log")
	(work / "vmcore").rename(out)


def _dump_once(kernel, work, out):
	with Guest(kernel, work, "lab.dump=qemu") as guest:
		guest.inflate()
		guest.wait_for("ready for the host")
		guest.monitor.command("stop")
		guest.monitor.command("dump-guest-memory", paging=False,
				      protocol=f"file:{out}")
	elfcore.check(out)
	util.run(["fallocate", "--dig-holes", str(out)])


def _attempt(once, kernel, out):
	"""Runs a guest; an emulated one that dies is given a second try."""
	for left in (1, 0):
		try:
			with util.scratch(kernel.dir, "guest") as work:
				once(kernel, work, out)
			return
		except LabError as e:
			if not left:
				raise
			say(f"{e}: trying once more")


def vmcore(kernel):
	"""Path of the kernel's vmcore, made by a crash if it is not there."""
	def make(tmp):
		with step(f"{kernel.name}: crashing a guest"):
			_attempt(_crash_once, kernel, tmp)
	return artefact(kernel.vmcore, _stamp(kernel, "vmcore"), make)


def qemudump(kernel):
	"""Path of an ELF that QEMU wrote of the same guest, still alive."""
	def make(tmp):
		with step(f"{kernel.name}: dump-guest-memory of a guest"):
			_attempt(_dump_once, kernel, tmp)
	return artefact(kernel.dir / "qemudump", _stamp(kernel, "qemudump"),
			make)
