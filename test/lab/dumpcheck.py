#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# dumpcheck.py [--content] [--json] FILE VMCORE CLASSES LEVEL: reads a
# kdump-compressed file with a reader of its own and compares it, page by page,
# with the vmcore it was made of and with the oracle's classes. One line of
# counts; exit 1 if anything differs. It must not share code with the writers
# it judges.

import argparse
import ctypes
import ctypes.util
import json
import mmap
import struct
import sys
import zlib

# The classes of oracle.py
ZERO, CACHE, PRIVATE, USER, FREE, POISON, OFFLINE, PRESENT = (
	1 << n for n in range(8))

BLOCK = 4096
SUB = 104		# bytes of the 64-bit sub header
DESC = 24		# bytes of a page descriptor
ZLIB, LZO, SNAPPY, INCOMPLETE, NO_VMEMMAP, ZSTD = 1, 2, 4, 8, 16, 32
CODECS = {0: "raw", ZLIB: "zlib", LZO: "lzo", SNAPPY: "snappy", ZSTD: "zstd"}
SHOWN = 5		# PFNs named for each kind of fault
PT_LOAD, PT_NOTE = 1, 4

UTSNAME = ("sysname", "nodename", "release", "version", "machine",
	   "domainname")

# One byte of a bitmap as eight bytes, least significant bit first.
SPREAD = [bytes(b >> i & 1 for i in range(8)) for b in range(256)]


class Bad(Exception):
	"""The file cannot be read any further."""


def library(*names):
	for name in names:
		path = ctypes.util.find_library(name)
		if path:
			return ctypes.CDLL(path)
	raise Bad(f"lib{names[0]} is needed to expand a page")


class Expander:
	"""Expands one page; libraries are loaded when first needed."""

	def __init__(self):
		self.libs = {}
		self.out = ctypes.create_string_buffer(BLOCK)
		self.ways = {ZLIB: self.zlib, LZO: self.lzo, ZSTD: self.zstd,
			     SNAPPY: self.snappy}

	def lib(self, name, soname):
		if name not in self.libs:
			self.libs[name] = library(name, soname)
		return self.libs[name]

	def expand(self, data, flags):
		if flags == 0:
			return data
		return self.ways[flags](data)

	@staticmethod
	def zlib(data):
		try:
			return zlib.decompress(data)
		except zlib.error as e:
			return str(e).encode()

	def lzo(self, data):
		size = ctypes.c_size_t(BLOCK)
		rc = self.lib("lzo2", "lzo2").lzo1x_decompress_safe(
			data, ctypes.c_size_t(len(data)), self.out,
			ctypes.byref(size), None)
		return self.out.raw if rc == 0 and size.value == BLOCK \
			else b"lzo error %d" % rc

	def zstd(self, data):
		fn = self.lib("zstd", "zstd").ZSTD_decompress
		fn.restype = ctypes.c_size_t
		n = fn(self.out, ctypes.c_size_t(BLOCK), data,
		       ctypes.c_size_t(len(data)))
		return self.out.raw if n == BLOCK else b"zstd error %d" % n

	def snappy(self, data):
		size = ctypes.c_size_t(BLOCK)
		rc = self.lib("snappy", "snappy").snappy_uncompress(
			data, ctypes.c_size_t(len(data)), self.out,
			ctypes.byref(size))
		return self.out.raw if rc == 0 and size.value == BLOCK \
			else b"snappy error %d" % rc


class Core:
	"""The vmcore: its pages by PFN, and its notes."""

	def __init__(self, path):
		with open(path, "rb") as f:
			self.data = mmap.mmap(f.fileno(), 0,
					      prot=mmap.PROT_READ)
		self.loads = []
		self.notes = b""
		phoff, = struct.unpack_from("<Q", self.data, 32)
		count, = struct.unpack_from("<H", self.data, 56)
		for i in range(count):
			kind, _, off, _, paddr, size, _, _ = \
				struct.unpack_from("<IIQQQQQQ", self.data,
						   phoff + 56 * i)
			if kind == PT_NOTE:
				self.notes = self.data[off:off + size]
			elif kind == PT_LOAD and size:
				self.loads.append((paddr, paddr + size, off))
		self.last = self.loads[0]

	def page(self, pfn):
		"""The page; what no segment backs of it is zero."""
		begin, end, off = self.last
		at = pfn * BLOCK
		if begin <= at and at + BLOCK <= end:
			at += off - begin
			return self.data[at:at + BLOCK]
		page = bytearray(BLOCK)
		for load in reversed(self.loads):
			begin, end, off = load
			low, high = max(at, begin), min(at + BLOCK, end)
			if low < high:
				self.last = load
				page[low - at:high - at] = \
					self.data[low + off - begin:
						  high + off - begin]
		return bytes(page)

	def each_note(self):
		"""(name, type, descriptor, offset of the descriptor)."""
		pos = 0
		while pos + 12 <= len(self.notes):
			nlen, dlen, kind = struct.unpack_from(
				"<III", self.notes, pos)
			desc = pos + 12 + (nlen + 3 & ~3)
			yield (self.notes[pos + 12:pos + 12 + nlen].rstrip(
				b"\0"), kind, self.notes[desc:desc + dlen],
			       desc)
			pos = desc + (dlen + 3 & ~3)

	def facts(self):
		"""VMCOREINFO: where in the notes, its text, and its keys."""
		for name, _, text, offset in self.each_note():
			if name == b"VMCOREINFO":
				keys = dict(
					line.split("=", 1) for line in
					text.decode().splitlines())
				return offset, text, keys
		raise Bad("the vmcore has no VMCOREINFO")


class Dump:
	"""A kdump-compressed file, version 6, 64 bits."""

	def __init__(self, path):
		with open(path, "rb") as f:
			self.data = mmap.mmap(f.fileno(), 0,
					      prot=mmap.PROT_READ)
		self.size = len(self.data)
		if self.size < 2 * BLOCK or self.data[:8] != b"KDUMP   ":
			raise Bad(f"not a kdump-compressed file: {self.size} "
				  f"bytes, begins {self.data[:8]!r}")
		self.version, = struct.unpack_from("<i", self.data, 8)
		self.uts = [self.data[at:at + 65].split(b"\0")[0].decode()
			    for at in range(12, 402, 65)]
		self.sec, self.usec = struct.unpack_from("<qq", self.data, 408)
		(self.status, self.block, self.sub_blocks, self.bitmap_blocks,
		 self.max_mapnr) = struct.unpack_from("<IiiII", self.data, 424)
		self.nr_cpus, = struct.unpack_from("<i", self.data, 460)
		(self.phys_base, self.level, self.split, self.start, self.end,
		 self.info_off, self.info_size, self.note_off, self.note_size,
		 self.erase_off, self.erase_size, self.start64, self.end64,
		 self.max) = struct.unpack_from("<QiiQQQQQQQQQQQ", self.data,
						BLOCK)
		if self.version != 6 or self.block != BLOCK:
			raise Bad(f"version {self.version}, block size "
				  f"{self.block}: only 6 and {BLOCK} are read")
		half = self.bitmap_blocks // 2 * BLOCK
		at = (1 + self.sub_blocks) * BLOCK
		self.desc_at = at + 2 * half
		if self.desc_at > self.size:
			raise Bad(f"the bitmaps reach byte {self.desc_at}, "
				  f"the file has {self.size}")
		self.have = self.bits(at, half)
		self.kept = self.bits(at + half, half)
		self.count = sum(self.kept)
		self.data_at = self.desc_at + DESC * self.count
		if self.data_at > self.size:
			raise Bad(f"{self.count} descriptors reach byte "
				  f"{self.data_at}, the file has {self.size}")
		words = memoryview(self.data[self.desc_at:self.data_at]) \
			.cast("Q")
		self.offsets = words[0::3].tolist()
		self.shapes = words[1::3].tolist()	# size | flags << 32
		self.page_flags = words[2::3].tolist()

	def bits(self, at, size):
		return b"".join([SPREAD[b] for b in self.data[at:at + size]])


class Check:
	"""One dump against one vmcore: collects what differs."""

	def __init__(self, dump, core, classes, level):
		self.dump = dump
		self.core = core
		self.classes = classes
		self.level = level
		self.faults = []
		self.kinds = {}

	def expect(self, what, is_, must):
		if is_ != must:
			self.faults.append(f"{what} is {is_!r}, must be "
					   f"{must!r}")

	def pages(self, what, pfns):
		if pfns:
			some = ", ".join(
				f"{p:#x} (class {self.cls(p):#04x})"
				for p in pfns[:SHOWN])
			self.faults.append(f"{len(pfns)} {what}: {some}")
		return len(pfns)

	def cls(self, pfn):
		return self.classes[pfn] if pfn < len(self.classes) else 0

	def header(self):
		d = self.dump
		where, text, keys = self.core.facts()
		cpus = sum(name == b"CORE" and kind == 1 for name, kind, _, _
			   in self.core.each_note())
		halves = -(-len(self.classes) // (8 * BLOCK))
		self.expect("incomplete bit", d.status & INCOMPLETE, 0)
		self.expect("status", d.status & ~0x27, 0)
		self.expect("machine", d.uts[4], "x86_64")
		self.expect("sysname", d.uts[0], "Linux")
		self.expect("release", d.uts[2], keys["OSRELEASE"])
		# libkdumpfile takes no file with an empty one for a dump.
		self.expect("names missing in utsname",
			    [f for f, text in zip(UTSNAME, d.uts)
			     if not text], [])
		if "CRASHTIME" in keys:
			self.expect("timestamp", d.sec, int(keys["CRASHTIME"]))
		self.expect("tv_usec", d.usec, 0)
		self.expect("nr_cpus", d.nr_cpus, cpus)
		self.expect("dump level", d.level, self.level)
		self.expect("split", d.split, 0)
		self.expect("sub header blocks", d.sub_blocks,
			    -(-(SUB + len(self.core.notes)) // BLOCK))
		self.expect("max_mapnr", d.max_mapnr, len(self.classes))
		self.expect("max_mapnr_64", d.max, len(self.classes))
		self.expect("bitmap blocks", d.bitmap_blocks, 2 * halves)
		self.expect("phys_base", d.phys_base,
			    int(keys["NUMBER(phys_base)"]) % (1 << 64))
		self.expect("note offset", d.note_off, BLOCK + SUB)
		self.expect("note size", d.note_size, len(self.core.notes))
		self.expect("that the notes are the vmcore's",
			    d.data[BLOCK + SUB:BLOCK + SUB + d.note_size]
			    == self.core.notes, True)
		self.expect("vmcoreinfo offset", d.info_off,
			    BLOCK + SUB + where)
		self.expect("vmcoreinfo size", d.info_size, len(text))
		self.expect("eraseinfo", (d.erase_off, d.erase_size), (0, 0))

	def wanted(self):
		"""A byte 1 for each page that this level keeps."""
		drop = POISON | OFFLINE
		for bit, classes in ((2, CACHE), (4, CACHE | PRIVATE),
				     (8, USER), (16, FREE)):
			if self.level & bit:
				drop |= classes
		return self.classes.translate(bytes(
			bool(c & PRESENT and not c & drop)
			for c in range(256)))

	@staticmethod
	def differing(a, b):
		"""Indices where a has 1 and b has 0."""
		if a == b:
			return []
		return [i for i, (x, y) in enumerate(zip(a, b)) if x and not y]

	def bitmaps(self):
		d = self.dump
		size = len(d.kept)
		present = self.classes.translate(bytes(
			c >> 7 for c in range(256))).ljust(size, b"\0")
		want = self.wanted().ljust(size, b"\0")
		self.pages("pages of RAM not in the 1st bitmap",
			   self.differing(present, d.have))
		self.pages("pages in the 1st bitmap are no RAM",
			   self.differing(d.have, present))
		self.lost = self.pages("lost", self.differing(want, d.kept))
		self.extra = self.pages("extra", self.differing(d.kept, want))

	def descriptors(self):
		d = self.dump
		for shape in set(d.shapes):
			size, flags = shape & 0xffffffff, shape >> 32
			if flags not in CODECS or not 0 < size <= BLOCK \
			   or (size == BLOCK) != (flags == 0):
				self.faults.append(f"a descriptor has size "
						   f"{size}, flags {flags:#x}")
			else:
				self.kinds[CODECS[flags]] = 0
		if any(d.page_flags):
			self.faults.append("page_flags are not 0")
		end = d.data_at
		for offset, shape in sorted(set(zip(d.offsets, d.shapes))):
			if offset < end:
				self.faults.append(
					f"page data at {offset} overlaps what "
					f"ends at {end}")
				break
			end = offset + (shape & 0xffffffff)
		if end > d.size:
			self.faults.append(f"page data reaches byte {end}, "
					   f"the file has {d.size}")

	def kept_pfns(self):
		kept = self.dump.kept
		return [p for p in range(len(kept)) if kept[p]]

	def zeros(self, pfns):
		"""At levels with bit 1 all zero pages are one stored page."""
		self.zero = self.copies = 0
		if not self.level & 1:
			return
		zero, other = set(), set()
		for pfn, offset in zip(pfns, self.dump.offsets):
			if self.cls(pfn) & ZERO:
				self.zero += 1
				zero.add(offset)
			else:
				other.add(offset)
		self.copies = len(zero)
		if len(zero) > 1:
			self.faults.append(f"zero pages in {len(zero)} copies")
		if zero & other:
			self.faults.append("a page that is not zero has the "
					   "data of the zero page")

	def content(self, pfns):
		"""Every page kept, expanded, against the vmcore."""
		d = self.dump
		expander = Expander()
		wrong = []
		for pfn, offset, shape in zip(pfns, d.offsets, d.shapes):
			size, flags = shape & 0xffffffff, shape >> 32
			page = expander.expand(d.data[offset:offset + size],
					       flags)
			self.kinds[CODECS[flags]] += 1
			if page != self.core.page(pfn):
				wrong.append(pfn)
		self.wrong = self.pages("pages with other content", wrong)

	def run(self, content):
		self.header()
		self.bitmaps()
		self.descriptors()
		pfns = self.kept_pfns()
		self.zeros(pfns)
		self.wrong = None
		if content and not self.faults:
			self.content(pfns)

	def counts(self):
		return {"kept": self.dump.count, "lost": self.lost,
			"extra": self.extra, "zero": self.zero,
			"copies": self.copies, "size": self.dump.size,
			"wrong": self.wrong, "kinds": self.kinds,
			"faults": self.faults}

	def line(self):
		text = (f"level {self.level}: kept {self.dump.count}, "
			f"lost {self.lost}, extra {self.extra}, "
			f"zero {self.zero} in {self.copies} copies, "
			f"{self.dump.size} bytes, ")
		if self.wrong is not None:
			text += f"content: {self.wrong} wrong of " + ", ".join(
				f"{n} {k}" for k, n in self.kinds.items())
		else:
			text += "content not checked"
		return text + f", faults {len(self.faults)}"


def check(path, vmcore, classes, level, content=False):
	"""Compares; the returned Check has .faults, .dump, .lost, .extra."""
	with open(classes, "rb") as f:
		c = Check(Dump(path), Core(vmcore), f.read(), level)
	c.run(content)
	return c


def main():
	p = argparse.ArgumentParser(
		description="check a kdump-compressed file, page by page")
	p.add_argument("--content", action="store_true",
		       help="expand every page and compare it too")
	p.add_argument("--json", action="store_true",
		       help="print the counts and the faults as JSON")
	p.add_argument("file")
	p.add_argument("vmcore", help="the ELF it was made of")
	p.add_argument("classes", help="the oracle's file for that ELF")
	p.add_argument("level", type=int, help="dump level, 0 to 31")
	a = p.parse_args()
	try:
		c = check(a.file, a.vmcore, a.classes, a.level, a.content)
	except (Bad, OSError, ValueError, struct.error) as e:
		fault = f"{a.file}: {e}"
		print(json.dumps({"faults": [fault]}) if a.json
		      else f"dumpcheck: {fault}")
		return 1
	if a.json:
		print(json.dumps(c.counts()))
		return bool(c.faults)
	print(c.line())
	for fault in c.faults:
		print(f"dumpcheck: {a.file}: {fault}", file=sys.stderr)
	return bool(c.faults)


if __name__ == "__main__":
	sys.exit(main())
