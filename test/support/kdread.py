# SPDX-License-Identifier: GPL-2.0-or-later
"""Readers that tests judge dumps with: ELF vmcores and kdump-compressed files.

Written from the format, sharing nothing with the collector. Every promise of
the format is checked; what is broken raises Bad with the place and the value.
As a program: kdread.py DUMP [VMCORE] checks a dump, and against its input.
"""
import bisect
import ctypes
import ctypes.util
import os
import struct
import sys
import zlib

ZLIB, LZO, SNAPPY, INCOMPLETE, NO_VMEMMAP, ZSTD = 1, 2, 4, 8, 16, 32
DESC = struct.Struct("<qIIQ")


class Bad(Exception):
    """The file breaks its format, or is not what it should be."""


def need(condition, text):
    if not condition:
        raise Bad(text)


class Library:
    """A C library by its soname, or None: a missing codec is said so."""

    def __init__(self, name):
        path = ctypes.util.find_library(name)
        self.lib = ctypes.CDLL(path) if path else None

    def __bool__(self):
        return self.lib is not None


_LIBRARIES = {}


def library(name):
    if name not in _LIBRARIES:
        _LIBRARIES[name] = Library(name)
    return _LIBRARIES[name]


def _unzlib(data, size):
    expander = zlib.decompressobj()
    page = expander.decompress(data, size + 1)
    need(expander.eof and not expander.unused_data,
         "zlib stream does not end with its data")
    return page


def _unlzo(data, size):
    lzo = library("lzo2")
    need(lzo, "liblzo2 is not here")
    out = ctypes.create_string_buffer(size)
    length = ctypes.c_ulong(size)
    code = lzo.lib.lzo1x_decompress_safe(data, ctypes.c_ulong(len(data)), out,
                                         ctypes.byref(length), None)
    need(code == 0, f"lzo says {code}")
    return out.raw[:length.value]


def _unsnappy(data, size):
    snappy = library("snappy")
    need(snappy, "libsnappy is not here")
    out = ctypes.create_string_buffer(size)
    length = ctypes.c_size_t(size)
    code = snappy.lib.snappy_uncompress(data, ctypes.c_size_t(len(data)), out,
                                        ctypes.byref(length))
    need(code == 0, f"snappy says {code}")
    return out.raw[:length.value]


def _unzstd(data, size):
    zstd = library("zstd")
    need(zstd, "libzstd is not here")
    zstd.lib.ZSTD_decompress.restype = ctypes.c_size_t
    zstd.lib.ZSTD_findFrameCompressedSize.restype = ctypes.c_size_t
    frame = zstd.lib.ZSTD_findFrameCompressedSize(data,
                                                  ctypes.c_size_t(len(data)))
    need(frame == len(data), "not exactly one zstd frame")
    out = ctypes.create_string_buffer(size)
    length = zstd.lib.ZSTD_decompress(out, ctypes.c_size_t(size), data,
                                      ctypes.c_size_t(len(data)))
    need(length <= size, "zstd cannot expand it")
    return out.raw[:length]


EXPAND = {ZLIB: _unzlib, LZO: _unlzo, SNAPPY: _unsnappy, ZSTD: _unzstd}


class Elf:
    """A vmcore as its headers say; the first PT_LOAD that has a byte wins."""

    def __init__(self, path, page_size=4096):
        self.fd = os.open(path, os.O_RDONLY)
        self.page_size = page_size
        head = os.pread(self.fd, 64, 0)
        need(head[:4] == b"\x7fELF" and head[4] == 2 and head[5] == 1,
             "not a little-endian 64-bit ELF file")
        phoff, shoff = struct.unpack_from("<QQ", head, 32)
        count, = struct.unpack_from("<H", head, 56)
        if count == 0xffff:
            count, = struct.unpack("<I", os.pread(self.fd, 4, shoff + 44))
        table = os.pread(self.fd, count * 56, phoff)
        size = os.fstat(self.fd).st_size
        self.loads, self.note_areas = [], []
        for i in range(count):
            kind, _, offset, _, paddr, filesz, memsz, _ = \
                struct.unpack_from("<IIQQQQQQ", table, i * 56)
            length = min(filesz, memsz if kind == 1 else filesz,
                         max(0, size - offset))
            if kind == 4:
                self.note_areas.append((offset, filesz))
            elif kind == 1 and length:
                self.loads.append((paddr, length, offset))
        self._sort()

    def _sort(self):
        """Segments by address, to find those near a page quickly."""
        self.order = sorted(range(len(self.loads)),
                            key=lambda i: self.loads[i][0])
        self.starts = [self.loads[i][0] for i in self.order]
        self.longest = max((load[1] for load in self.loads), default=0)

    def _near(self, start, end):
        """Segments that may have bytes of [start, end), in file order."""
        first = bisect.bisect_right(self.starts, start - self.longest)
        last = bisect.bisect_left(self.starts, end)
        return [self.loads[i] for i in sorted(self.order[first:last])]

    def close(self):
        os.close(self.fd)

    def notes(self):
        return b"".join(os.pread(self.fd, size, offset)
                        for offset, size in self.note_areas)

    def page(self, pfn):
        """Bytes of a frame, zero where no segment has any."""
        start, size = pfn * self.page_size, self.page_size
        near = self._near(start, start + size)
        for paddr, length, offset in near:
            if paddr <= start and start + size <= paddr + length:
                data = os.pread(self.fd, size, offset + start - paddr)
                return data + bytes(size - len(data))
        page = bytearray(size)
        for paddr, length, offset in reversed(near):
            a, b = max(paddr, start), min(paddr + length, start + size)
            if a < b:
                page[a - start:b - start] = os.pread(self.fd, b - a,
                                                     offset + a - paddr)
        return bytes(page)


def notes_of(data):
    """(name, type, offset of the description, size) of each note."""
    pos, found = 0, []
    while pos + 12 <= len(data):
        namesz, descsz, kind = struct.unpack_from("<III", data, pos)
        name = data[pos + 12:pos + 12 + namesz].rstrip(b"\0").decode("latin1")
        desc = pos + 12 + (namesz + 3 & ~3)
        if not namesz and not descsz and not kind:
            break
        found.append((name, kind, desc, descsz))
        pos = desc + (descsz + 3 & ~3)
    return found


class Dump:
    """A kdump-compressed file, version 6, 64-bit, little-endian."""

    def __init__(self, path):
        self.path = path
        self.fd = os.open(path, os.O_RDONLY)
        try:
            self.size = os.fstat(self.fd).st_size
            self._headers()
            self._bitmaps()
            self._descriptors()
        except Bad:
            os.close(self.fd)
            raise

    def close(self):
        os.close(self.fd)

    def read(self, offset, size, what):
        need(offset >= 0 and offset + size <= self.size,
             f"{what} at {offset:#x}, {size} bytes, is outside the file of "
             f"{self.size}")
        return os.pread(self.fd, size, offset)

    def _headers(self):
        head = self.read(0, 464, "header")
        need(head[:8] == b"KDUMP   ", f"signature {head[:8]!r}")
        self.version, = struct.unpack_from("<i", head, 8)
        need(self.version == 6, f"version {self.version}")
        self.uts = [head[12 + i * 65:77 + i * 65].split(b"\0")[0]
                    for i in range(6)]
        need(all(head[76 + i * 65] == 0 for i in range(6)),
             "a name has no NUL")
        self.seconds, self.microseconds = struct.unpack_from("<qq", head, 408)
        (self.status, self.block, self.sub_blocks, self.bitmap_blocks,
         self.mapnr32) = struct.unpack_from("<IiiII", head, 424)
        self.cpus, = struct.unpack_from("<i", head, 460)
        need(self.microseconds == 0, f"tv_usec {self.microseconds}")
        need(self.block in (4096, 16384, 65536), f"block_size {self.block}")
        need(self.sub_blocks >= 1, f"sub_hdr_size {self.sub_blocks}")
        need(self.cpus >= 1, f"nr_cpus {self.cpus}")
        sub = self.read(self.block, 104, "sub header")
        (self.phys_base, self.level, self.split, self.start32, self.end32,
         self.vmci_at, self.vmci_size, self.notes_at, self.notes_size,
         self.erase_at, self.erase_size, self.start, self.end,
         self.mapnr) = struct.unpack("<QiiQQQQQQQQQQQ", sub)
        need(self.mapnr32 == min(self.mapnr, 0xffffffff),
             f"max_mapnr {self.mapnr32} and max_mapnr_64 {self.mapnr}")
        need(self.split == 0, f"split {self.split}")
        self._notes()

    def _notes(self):
        room = self.block * (1 + self.sub_blocks)
        need(self.notes_at == self.block + 104 or not self.notes_size,
             f"offset_note {self.notes_at:#x}")
        need(self.notes_at + self.notes_size <= room,
             f"notes of {self.notes_size} bytes leave the sub header's "
             f"{self.sub_blocks} blocks")
        self.notes = self.read(self.notes_at, self.notes_size, "notes")
        if self.vmci_size:
            need(self.notes_at <= self.vmci_at and
                 self.vmci_at + self.vmci_size <=
                 self.notes_at + self.notes_size,
                 "vmcoreinfo does not lie inside the notes")
        self.vmci = self.read(self.vmci_at, self.vmci_size, "vmcoreinfo") \
            if self.vmci_size else b""

    def _bits(self, at, size, name):
        """Frames whose bit is set; holes of the file are skipped."""
        self.read(at, 0, name)
        need(at + size <= self.size, f"{name} bitmap leaves the file")
        found, pos = [], at
        while pos < at + size:
            try:
                pos = os.lseek(self.fd, pos, os.SEEK_DATA)
                end = os.lseek(self.fd, pos, os.SEEK_HOLE)
            except OSError:
                break
            end = min(end, at + size, pos + (1 << 20))
            if pos >= end:
                break
            data = os.pread(self.fd, end - pos, pos)
            if any(data):
                base = (pos - at) * 8
                found += [base + i * 8 + bit
                          for i, byte in enumerate(data) if byte
                          for bit in range(8) if byte >> bit & 1]
            pos = end
        need(not found or found[-1] < self.mapnr,
             f"{name} bitmap has bits past max_mapnr")
        return found

    def _bitmaps(self):
        per_map = -(-(-(-self.mapnr // 8)) // self.block)
        need(self.bitmap_blocks == 2 * per_map & 0xffffffff,
             f"bitmap_blocks {self.bitmap_blocks}, max_mapnr {self.mapnr} "
             f"needs {2 * per_map}")
        at = self.block * (1 + self.sub_blocks)
        size = per_map * self.block
        self.ram = set(self._bits(at, size, "first"))
        kept = self._bits(at + size, size, "second")
        extra = set(kept) - self.ram
        need(not extra, f"page {min(extra, default=0)} is kept but not in "
             "the first bitmap")
        self.index = {pfn: i for i, pfn in enumerate(kept)}
        self.desc_at = at + 2 * size

    def _descriptors(self):
        self.count = len(self.index)
        self.table = self.read(self.desc_at, DESC.size * self.count,
                               "descriptors")
        self.data_at = self.desc_at + DESC.size * self.count

    def desc(self, pfn):
        """(offset, size, flags) of a kept page, checked."""
        offset, size, flags, page_flags = \
            DESC.unpack_from(self.table, DESC.size * self.index[pfn])
        where = f"descriptor of page {pfn}"
        if (offset, size, flags, page_flags) == (0, 0, 0, 0):
            return offset, size, flags  # recorded as lost
        need(flags in (0, ZLIB, LZO, SNAPPY, ZSTD), f"{where}: flags {flags}")
        need(page_flags == 0, f"{where}: page_flags {page_flags}")
        need(offset >= self.data_at and offset + size <= self.size,
             f"{where}: offset {offset:#x}, size {size}")
        if flags == 0:
            need(size == self.block, f"{where}: raw of {size} bytes")
        else:
            need(0 < size < self.block, f"{where}: packed of {size} bytes")
        return offset, size, flags

    def page(self, pfn):
        """Contents of a kept page, or None if it was recorded as lost."""
        offset, size, flags = self.desc(pfn)
        if size == 0:
            return None
        data = os.pread(self.fd, size, offset)
        if flags:
            try:
                data = EXPAND[flags](data, self.block)
            except (Bad, zlib.error) as err:
                raise Bad(f"page {pfn}: {err}") from None
        need(len(data) == self.block, f"page {pfn} has {len(data)} bytes")
        return data

    def pages(self):
        return self.index.keys()

    def lost(self):
        """Kept pages that could not be read when the dump was made."""
        return {pfn for pfn in self.index if not self.desc(pfn)[1]}


def compare(dump, elf, pfns):
    """Contents against the input; zero pages must share one raw page."""
    zero, shared = bytes(dump.block), set()
    for pfn in pfns:
        page = dump.page(pfn)
        need(page is not None, f"page {pfn} is recorded as lost")
        need(page == elf.page(pfn), f"page {pfn} has other contents")
        if page == zero:
            shared.add(dump.desc(pfn))
    if dump.level & 1:
        need(len(shared) <= 1,
             f"zero pages are stored in {len(shared)} places")
        need(all(flags == 0 for _, _, flags in shared),
             "the shared zero page is packed")


def main(argv):
    if not 1 <= len(argv) <= 2:
        print(__doc__)
        return 2
    try:
        dump = Dump(argv[0])
        for pfn in dump.pages():
            dump.page(pfn)
        if len(argv) == 2:
            compare(dump, Elf(argv[1], dump.block), dump.pages())
    except Bad as err:
        print(f"{argv[0]}: {err}")
        return 1
    print(f"{argv[0]}: {dump.count} of {dump.mapnr} pages, level "
          f"{dump.level}, status {dump.status:#x}, sound")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
