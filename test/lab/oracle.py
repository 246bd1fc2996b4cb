#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
# oracle.py VMCORE VMLINUX OUT: says of every page of a vmcore what it is, one
# byte per PFN, from the crashed kernel's own types (DWARF), then compares its
# counts with the kernel's own. Runs where drgn is. It must not use VMCOREINFO
# itself, nor anything of the program that it is to judge.

import struct
import sys
import time

from drgn import FaultError, Program, offsetof
from drgn.helpers.linux.mmzone import for_each_online_pgdat

# One class byte: several may be set.
ZERO = 1		# every byte is zero
CACHE = 2		# page cache or swap cache, PG_private clear
PRIVATE = 4		# the same, PG_private set
USER = 8		# anonymous (KSM too) or hugetlb
FREE = 16		# in the buddy allocator, or not accepted yet
POISON = 32		# hardware-poisoned
OFFLINE = 64		# logically offline: balloon and the like
PRESENT = 128		# in a PT_LOAD
NAMES = ("zero", "cache", "private", "user", "free", "hwpoison", "offline",
	 "present")

PAGE = 4096
PT_LOAD = 1

# Macros, so not in DWARF. The section size is checked by the map address of
# every section, the old types by the count of free pages.
SECTION = 1 << (27 - 12)	# pages; SECTION_SIZE_BITS, asm/sparsemem.h
HAS_MEM_MAP = 2			# SECTION_HAS_MEM_MAP, linux/mmzone.h
OLD_BASE = 0xf0000000		# PAGE_TYPE_BASE before 6.11: a type is a
OLD_TYPES = {			# cleared bit, linux/page-flags.h from 4.18 on
	"buddy": 0x80,
	"offline": 0x100,
}

# What the kernel's counters may differ by: pages that a CPU held when it was
# stopped, and per-CPU counts not yet added up.
SLACK = {"free": 64, "hugetlb": 0, "lru": 1024, "hwpoison": 0}


class Layout:
	"""Where struct page has what, in 8-byte words or in bytes."""

	def __init__(self, prog):
		self.prog = prog
		page = prog.type("struct page")
		self.size = page.size
		self.words = page.size // 8
		self.flags = offsetof(page, "flags") // 8
		self.mapping = offsetof(page, "mapping") // 8
		self.private = offsetof(page, "private") // 8
		self.head = self._first(page, "compound_info",
					"compound_head") // 8
		self.type = offsetof(page, "page_type") // 4
		self.orders = prog.type("struct zone").member(
			"free_area").type.length
		self._flags()
		self._types()
		self._compounds(page)

	@staticmethod
	def _first(kind, *names):
		for name in names:
			try:
				return offsetof(kind, name)
			except LookupError:
				pass
		raise LookupError(f"{kind.tag}: none of {names}")

	def _constant(self, name):
		try:
			return int(self.prog.constant(name))
		except LookupError:
			return None

	def _flags(self):
		def bit(name):
			number = self._constant(name)
			return 0 if number is None else 1 << number
		self.lru = bit("PG_lru")
		self.is_head = bit("PG_head")
		self.has_private = bit("PG_private")
		self.swap = bit("PG_swapcache") | bit("PG_swapbacked")
		self.slab = bit("PG_slab")		# 0 from 6.10 on
		self.poison = bit("PG_hwpoison")	# 0 if not configured

	def _types(self):
		"""type_of: name of the type that a page_type value holds."""
		known = {}
		for name in ("buddy", "offline", "hugetlb", "slab",
			     "unaccepted"):
			value = self._constant("PGTY_" + name)
			if value is not None:
				known[value] = name
		if known:		# 6.12: the top byte
			self.type_of = lambda v: known.get(v >> 24)
			return
		if self._constant("PG_buddy") is not None:
			raise LookupError("page types of 6.11 are not known")
		old = {0xffffffff ^ bit: name
		       for name, bit in OLD_TYPES.items()}
		self.type_of = old.get

	def _compounds(self, page):
		"""Where the second page of a compound keeps its order."""
		self.dtor = None
		self.huge_flag = 0
		huge = self._constant("HUGETLB_PAGE_DTOR")
		try:		# up to 6.2: in struct page
			self.order = offsetof(page, "compound_order")
			self.dtor = offsetof(page, "compound_dtor"), huge
			return
		except LookupError:
			pass
		folio = self.prog.type("struct folio")
		try:		# up to 6.5: in the second page of a folio
			self.order = offsetof(folio, "_folio_order")
			self.order -= self.size
			self.dtor = offsetof(folio, "_folio_dtor") \
				- self.size, huge
			return
		except LookupError:
			pass
		# From 6.6: the low byte of its flags (little-endian).
		self.order = offsetof(folio, "_flags_1") - self.size
		flag = self._constant("PG_hugetlb")	# 6.6 to 6.8
		self.huge_flag = 0 if flag is None else 1 << flag


class Classes:
	"""The class bytes, filled section by section in ascending order."""

	def __init__(self, layout, pages):
		self.at = layout
		self.cls = bytearray(pages)
		self.until = 0		# first PFN not yet told
		self.counts = {"free": 0, "hugetlb": 0, "lru": 0,
			       "hwpoison": 0}
		self.doubts = {}

	def doubt(self, why, pfn):
		self.doubts.setdefault(why, []).append(pfn)

	def tell(self, pfn, pages, bits):
		end = min(pfn + pages, len(self.cls))
		self.cls[pfn:end] = bytes((bits,)) * (end - pfn)
		self.until = pfn + pages

	def add_section(self, first, data):
		words = memoryview(data).cast("Q")
		halves = memoryview(data).cast("I")
		pages = len(data) // self.at.size
		while self.until < first + pages:
			pfn = max(self.until, first)
			self.add_page(pfn, pfn - first, words, halves, data)

	def add_page(self, pfn, i, words, halves, data):
		"""Tells what starts at pfn, and how far it reaches."""
		at = self.at
		word = i * at.words
		flags = words[word + at.flags]
		if words[word + at.head] & 1:
			self.doubt("tail without a head", pfn)
			self.tell(pfn, 1, 0)
			self.add_poison(pfn, 1, i, words)
			return
		kind = at.type_of(halves[i * at.size // 4 + at.type])
		slab = kind == "slab" or flags & at.slab
		pages, huge = self.compound(pfn, i, flags, kind, words, data)
		if flags & at.is_head and pages == 1 and flags & at.poison:
			# A copy of the head of a hugetlb page, left behind
			# by its vmemmap: the kernel counted the page once.
			self.doubt("hwpoison of such a head", pfn)
			self.counts["hwpoison"] -= 1
		bits = 0
		if kind == "buddy" and not slab:
			order = words[word + at.private]
			if order < at.orders:
				bits = FREE
				pages = 1 << order
				self.counts["free"] += pages
			else:
				self.doubt(f"free, order {order}", pfn)
		elif kind == "unaccepted":
			bits = FREE
			pages = 1 << (at.orders - 1)
		elif kind == "offline" and not slab:
			bits = OFFLINE
		elif huge:
			bits = USER
			self.counts["hugetlb"] += pages
		else:
			bits = self.mapped(pfn, flags, kind, slab,
					   words[word + at.mapping])
		if flags & at.lru:
			self.counts["lru"] += pages
		self.tell(pfn, pages, bits)
		if huge:
			self.add_huge_poison(pfn, pages, flags)
		else:
			self.add_poison(pfn, pages, i, words)

	def mapped(self, pfn, flags, kind, slab, mapping):
		"""Classes of a page that belongs to a mapping, or to none."""
		at = self.at
		if mapping & 1 and not slab:
			if kind:
				self.doubt(f"anonymous, type {kind}", pfn)
			return USER
		if flags & at.lru or flags & at.swap == at.swap:
			return PRIVATE if flags & at.has_private else CACHE
		return 0

	def compound(self, pfn, i, flags, kind, words, data):
		"""Pages of the compound that starts here; is it hugetlb?"""
		at = self.at
		if not flags & at.is_head:
			return 1, False
		second = (i + 1) * at.size
		if second >= len(data):		# odd PFN: no head can be
			self.doubt("head at the end of a section", pfn)
			return 1, False
		if not words[(i + 1) * at.words + at.head] & 1:
			self.doubt("head without a tail", pfn)
			return 1, False
		order = data[second + at.order]
		if not 0 < order < 20 or pfn & ((1 << order) - 1):
			self.doubt(f"head, order {order}", pfn)
			return 1, False
		if at.dtor:
			where, huge = at.dtor
			return 1 << order, data[second + where] == huge
		if at.huge_flag:
			flags1 = words[(i + 1) * at.words + at.flags]
			return 1 << order, bool(flags1 & at.huge_flag)
		return 1 << order, kind == "hugetlb"

	def add_poison(self, pfn, pages, i, words):
		"""PG_hwpoison speaks of the one page that has it."""
		at = self.at
		if not at.poison:
			return
		begin = i * at.words + at.flags
		end = min((i + pages) * at.words, len(words))
		for n, flags in enumerate(words[begin:end:at.words]):
			if flags & at.poison:
				self.cls[pfn + n] |= POISON
				self.counts["hwpoison"] += 1

	def add_huge_poison(self, pfn, pages, flags):
		"""Of a hugetlb page the head speaks: its tails may be shared."""
		if flags & self.at.poison:
			for p in range(pfn, min(pfn + pages, len(self.cls))):
				self.cls[p] |= POISON
			self.counts["hwpoison"] += 1


def section_maps(prog):
	"""(first PFN, address of its struct pages) of each section."""
	size = prog.type("struct page").size
	vmemmap = prog["vmemmap_base"].value_()
	per_root = PAGE // prog.type("struct mem_section").size
	roots = prog["mem_section"]
	sections = (prog["max_pfn"].value_() + SECTION - 1) // SECTION
	for s in range(sections):
		root = roots[s // per_root]
		if not root:
			continue
		coded = root[s % per_root].section_mem_map.value_()
		if not coded & HAS_MEM_MAP:
			continue
		if coded & ~(PAGE - 1) != vmemmap:
			raise ValueError(f"section {s}: map {coded:#x} does "
					 f"not fit vmemmap {vmemmap:#x}")
		yield s * SECTION, vmemmap + s * SECTION * size


def segments(f):
	"""(file offset, physical address, size in the file) of each PT_LOAD."""
	head = f.read(64)
	phoff, = struct.unpack_from("<Q", head, 32)
	count, = struct.unpack_from("<H", head, 56)
	f.seek(phoff)
	table = f.read(56 * count)
	for kind, _, off, _, paddr, size, _, _ in struct.iter_unpack(
			"<IIQQQQQQ", table):
		if kind == PT_LOAD:
			yield off, paddr, size


def pages_of(f):
	"""(PFN, page) of all that the file holds; a part is filled with 0."""
	chunk = 1024 * PAGE
	for off, paddr, size in list(segments(f)):
		skew = paddr % PAGE
		f.seek(off)
		pfn = paddr // PAGE
		left = size
		data = b"\0" * skew
		while left:
			got = f.read(min(chunk - len(data), left))
			if not got:
				raise ValueError(f"vmcore ends {left} bytes "
						 "before its last segment")
			left -= len(got)
			data += got
			data += b"\0" * (-len(data) % PAGE)
			for i in range(0, len(data), PAGE):
				yield pfn, data[i:i + PAGE]
				pfn += 1
			data = b""


def kernel_counts(prog):
	"""The kernel's own numbers for what is counted here."""
	free = lru = 0
	lists = prog.constant("NR_LRU_LISTS").value_()
	base = prog.constant("NR_LRU_BASE").value_()
	for node in for_each_online_pgdat(prog):
		for zone in node.node_zones:
			for order, area in enumerate(zone.free_area):
				free += area.nr_free.value_() << order
		for i in range(lists):
			lru += node.vm_stat[base + i].counter.value_()
	counts = {"free": free, "lru": lru, "hugetlb": 0}
	for h in prog["hstates"]:
		if h.nr_huge_pages:
			counts["hugetlb"] += \
				h.nr_huge_pages.value_() << h.order.value_()
	try:
		counts["hwpoison"] = \
			prog["num_poisoned_pages"].counter.value_()
	except LookupError:
		counts["hwpoison"] = 0
	return counts


def classify(prog, out_pages):
	layout = Layout(prog)
	classes = Classes(layout, out_pages)
	for first, address in section_maps(prog):
		data = prog.read(address, SECTION * layout.size)
		classes.add_section(first, data)
	return classes


def main():
	core, vmlinux, out = sys.argv[1:]
	begin = time.monotonic()
	prog = Program()
	prog.set_core_dump(core)
	prog.load_debug_info([vmlinux])
	classes = classify(prog, prog["max_pfn"].value_())
	cls = classes.cls
	zero = b"\0" * PAGE
	with open(core, "rb") as f:
		for pfn, page in pages_of(f):
			if pfn >= len(cls):
				cls.extend(bytes(pfn + 1 - len(cls)))
			cls[pfn] |= PRESENT | (ZERO if page == zero else 0)
	with open(out, "wb") as f:
		f.write(cls)

	release = prog["init_uts_ns"].name.release.string_().decode()
	totals = [0] * 8
	for value in range(128, 256):
		n = cls.count(value)
		for bit in range(8):
			if value >> bit & 1:
				totals[bit] += n
	print(f"oracle: {release}: " + ", ".join(
		f"{name} {n}" for name, n in zip(NAMES, totals)))
	for why, where in classes.doubts.items():
		print(f"oracle: doubt: {why}: {len(where)} pages, first "
		      f"{where[0]:#x}")
	bad = False
	for name, theirs in kernel_counts(prog).items():
		ours = classes.counts[name]
		good = abs(ours - theirs) <= SLACK[name]
		bad |= not good
		print(f"oracle: {name}: counted {ours}, the kernel says "
		      f"{theirs}" + ("" if good else ": DIFFERS"))
	print(f"oracle: {time.monotonic() - begin:.1f} s")
	return bad


try:
	sys.exit(main())
except (FaultError, LookupError, ValueError) as e:
	sys.exit(f"oracle: {type(e).__name__}: {e}")
