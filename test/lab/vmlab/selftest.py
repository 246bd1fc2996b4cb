# SPDX-License-Identifier: GPL-2.0-or-later
# The judges on trial: a good dump, made by makedumpfile, must pass, and the
# same dump damaged in one place must not, whatever the place. It must not use
# the program that the judges are for.

import json
import struct
import sys

from . import guest, judges, util
from .config import HERE, cache
from .util import LabError, say

BLOCK = 4096
LEVEL = 31


class Places:
	"""Where things are in the good dump."""

	def __init__(self, data):
		sub, bitmaps = struct.unpack_from("<iI", data, 432)
		self.first = (1 + sub) * BLOCK
		self.second = self.first + bitmaps // 2 * BLOCK
		self.desc = self.first + bitmaps * BLOCK
		kept = data[self.second:self.desc]
		self.kept = next(i for i, b in enumerate(kept) if b == 0xff)
		self.gone = next(i for i, b in enumerate(kept)
				 if not b and data[self.first + i])
		self.count = sum(b.bit_count() for b in kept)
		# A page of its own data: neither the zero page nor raw.
		self.page = next(
			i for i in range(self.count)
			if struct.unpack_from("<QII", data,
					      self.desc + 24 * i)[2])
		self.data, self.size, _ = struct.unpack_from(
			"<QII", data, self.desc + 24 * self.page)
		self.zero, = struct.unpack_from(
			"<Q", data, self.desc + 24 * self.zero_page(data))

	def zero_page(self, data):
		"""Index of the descriptor that shares the stored zero page."""
		start = self.desc + 24 * self.count
		return next(i for i in range(self.count)
			    if struct.unpack_from(
				    "<Q", data, self.desc + 24 * i)[0] == start)


def _flip(data, at, bits=1):
	data[at] ^= bits


def _swap_pages(data, p):
	"""The data of two neighbours, in bounds but exchanged."""
	a = p.desc + 24 * p.page
	b = next(at for at in range(a + 24, p.desc + 24 * p.count, 24)
		 if data[at:at + 8] not in (data[a:a + 8],
					    struct.pack("<Q", p.zero)))
	data[a:a + 24], data[b:b + 24] = data[b:b + 24], data[a:a + 24]


def _own_zero(data, p):
	"""A second stored copy of the zero page, at the end of the file."""
	at = p.desc + 24 * p.zero_page(data)
	struct.pack_into("<Q", data, at, len(data))
	data += bytes(BLOCK)


DAMAGES = {
	"a page left out": lambda d, p: _flip(d, p.second + p.kept),
	"a page too many": lambda d, p: _flip(d, p.second + p.gone),
	"a hole in the 1st bitmap": lambda d, p: _flip(d, p.first + p.gone),
	"a byte of a page": lambda d, p: _flip(d, p.data + p.size // 2, 0x10),
	"a byte of the zero page": lambda d, p: _flip(d, p.zero + 7),
	"two pages exchanged": _swap_pages,
	"a second zero page": _own_zero,
	"a flag nobody knows": lambda d, p: _flip(
		d, p.desc + 24 * p.page + 12, 0x40),
	"a page beyond the end": lambda d, p: _flip(
		d, p.desc + 24 * p.page + 6),
	"the incomplete mark": lambda d, p: _flip(d, 424, 8),
	"the level": lambda d, p: _flip(d, BLOCK + 8),
	"the machine's name": lambda d, p: _flip(d, 272),
	"no version": lambda d, p: d.__setitem__(207, 0),
	"the time of the crash": lambda d, p: _flip(d, 408),
	"max_mapnr": lambda d, p: _flip(d, BLOCK + 96),
	"phys_base": lambda d, p: _flip(d, BLOCK + 2),
	"a register in a note": lambda d, p: _flip(d, BLOCK + 104 + 200),
	"where VMCOREINFO is": lambda d, p: _flip(d, BLOCK + 32),
	"the last byte": lambda d, p: d.pop(),
}


def _faults(dump, core, classes):
	said = util.run([sys.executable, str(HERE / "dumpcheck.py"), "--json",
			 "--content", str(dump), str(core), str(classes),
			 str(LEVEL)], ok=(0, 1))
	return json.loads(said)["faults"]


def run(kernel):
	"""Number of damages that no judge saw."""
	core, classes = guest.vmcore(kernel), judges.classes(kernel)
	unseen = 0
	with util.scratch(cache(), "selftest") as top:
		good, bad = top / "good", top / "bad"
		judges.makedumpfile(["-l", "-d", str(LEVEL),
				     "--message-level", "4", str(core),
				     str(good)])
		faults = _faults(good, core, classes)
		if faults:
			raise LabError(f"the good dump is refused: {faults[0]}")
		if judges.compare(kernel, "drgn", good):
			raise LabError("drgn reads the good dump differently")
		data = good.read_bytes()
		places = Places(data)
		for name, damage in DAMAGES.items():
			copy = bytearray(data)
			damage(copy, places)
			bad.write_bytes(copy)
			faults = _faults(bad, core, classes)
			unseen += not faults
			say(f"selftest: {name}: "
			    + (faults[0] if faults else "NOT SEEN"))
		bad.write_bytes(data[:places.desc])
		faults = judges.compare(kernel, "drgn", bad)
		unseen += not faults
		say("selftest: drgn, half a dump: "
		    + ("seen" if faults else "NOT SEEN"))
	return unseen
