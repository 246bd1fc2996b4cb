# SPDX-License-Identifier: GPL-2.0-or-later
# Reads as much of an ELF core as the lab itself needs: that its headers
# account for the whole file, and the text of its VMCOREINFO note. It must not
# know where the core came from.

import struct

from .util import LabError

PT_NOTE = 4


def _headers(f, path):
	head = f.read(64)
	if head[:7] != b"\x7fELF\x02\x01\x01":
		raise LabError(f"{path}: not a little-endian 64-bit ELF: "
			       f"{head[:7].hex()}")
	phoff, = struct.unpack_from("<Q", head, 32)
	count, = struct.unpack_from("<H", head, 56)
	f.seek(phoff)
	table = f.read(56 * count)
	if not count or len(table) != 56 * count:
		raise LabError(f"{path}: {count} program headers at offset "
			       f"{phoff}: not all in the file")
	for kind, _, off, _, _, size, _, _ in struct.iter_unpack(
			"<IIQQQQQQ", table):
		yield kind, off, size


def check(path):
	"""The file must reach as far as its headers say."""
	have = path.stat().st_size
	with open(path, "rb") as f:
		for _, off, size in _headers(f, path):
			if off + size > have:
				raise LabError(
					f"{path}: {have} bytes, a segment at "
					f"{off} needs {off + size}")


def vmcoreinfo(path):
	"""The text of the VMCOREINFO note, as it is."""
	with open(path, "rb") as f:
		for kind, off, size in list(_headers(f, path)):
			if kind != PT_NOTE:
				continue
			f.seek(off)
			notes = f.read(size)
			pos = 0
			while pos + 12 <= len(notes):
				nlen, dlen, _ = struct.unpack_from(
					"<III", notes, pos)
				name = notes[pos + 12:pos + 12 + nlen]
				desc = pos + 12 + (nlen + 3 & ~3)
				if name == b"VMCOREINFO\0":
					return notes[desc:desc + dlen]
				pos = desc + (dlen + 3 & ~3)
	raise LabError(f"{path}: no VMCOREINFO note")
