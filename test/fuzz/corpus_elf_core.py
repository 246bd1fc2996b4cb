#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the seeds of fuzz_elf_core: small ELF cores, good and bad ones.

usage: corpus_elf_core.py DIRECTORY
"""
import os
import struct
import sys

LOAD, NOTE = 1, 4
PAGE = 4096


def ehdr(phnum, phoff=64, shoff=0, shnum=0, size_knob=0, **fields):
    ident = b"\x7fELF" + bytes([2, 1, 1]) + bytes(7) + bytes([size_knob, 0])
    get = fields.get
    return struct.pack("<16sHHIQQQIHHHHHH", ident, get("type", 4),
                       get("machine", 62), get("version", 1), 0, phoff, shoff,
                       get("flags", 0), 64, get("phentsize", 56), phnum,
                       64 if shnum else 0, shnum, 0)


def phdr(kind, offset, paddr, filesz, memsz=None):
    return struct.pack("<IIQQQQQQ", kind, 7, offset,
                       (0xffff888000000000 + paddr) % (1 << 64), paddr, filesz,
                       filesz if memsz is None else memsz, 0)


def note(name, kind, desc):
    name += b"\0"
    return (struct.pack("<III", len(name), len(desc), kind)
            + name + bytes(-len(name) % 4) + desc + bytes(-len(desc) % 4))


def core(loads, notes=b"", phoff=64, gap=b"", data=b"", count=None, **fields):
    """loads: (paddr, filesz, memsz, offset in data); notes go before data."""
    phnum = len(loads) + bool(notes)
    start = phoff + 56 * phnum
    base = start + len(notes)
    out = ehdr(phnum if count is None else count, phoff, **fields)
    out += gap.ljust(phoff - 64, b"\0")
    if notes:
        out += phdr(NOTE, start, 0, len(notes))
    for paddr, filesz, memsz, offset in loads:
        out += phdr(LOAD, base + offset, paddr, filesz, memsz)
    return out + notes + data


VMCOREINFO = note(b"VMCOREINFO", 0, b"OSRELEASE=6.1.0\nPAGESIZE=4096\n")
PRSTATUS = note(b"CORE", 1, bytes(range(64)))
RAM = bytes(i * 7 & 255 for i in range(512))


def seeds():
    yield "one_load", core([(0, 512, 512, 0)], data=RAM)
    yield "notes", core([(0, 512, 512, 0)], PRSTATUS + VMCOREINFO, data=RAM)
    yield "text_and_ram", core([(128, 64, 64, 128), (0, 512, 512, 0)],
                               VMCOREINFO, data=RAM)
    yield "overlap_agrees", core([(128, 64, 64, 512), (0, 512, 512, 0)],
                                 VMCOREINFO, data=RAM + RAM[128:192])
    yield "overlap_differs", core([(128, 64, 64, 0), (0, 512, 512, 0)],
                                  VMCOREINFO, data=RAM)
    yield "crossing", core([(0, 300, 300, 0), (200, 300, 300, 200),
                            (400, 112, 512, 400)], data=RAM)
    yield "left_out", core([(0, 100, 4096, 0), (8192, 0, 4096, 0),
                            (16384, 64, 64, 128)], VMCOREINFO, data=RAM)
    yield "left_out_under_data", core([(0, 0, 4096, 0), (512, 256, 256, 0)],
                                      data=RAM)
    yield "descending", core([(0x9000, 64, 64, 0), (0x5000, 64, 64, 64),
                              (0x1000, 64, 64, 128)], data=RAM)
    yield "unaligned", core([(0x4007b, 500, 500, 3)], data=RAM)
    yield "qemu_layout", core([(0, 512, 512, 0)], PRSTATUS, phoff=192,
                              gap=bytes(64) + bytes(64), shoff=64, shnum=2,
                              data=RAM)
    yield "extended_count", core(
        [(0, 256, 256, 0), (256, 256, 256, 256)], phoff=128, shoff=64,
        shnum=1, count=0xffff, data=RAM,
        gap=struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, 2, 0, 0))
    yield "extended_count_huge", core(
        [(0, 256, 256, 0)], phoff=128, shoff=64, shnum=1, count=0xffff,
        data=RAM, size_knob=40,
        gap=struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, 0xffffffff, 0, 0))
    yield "large_sparse", core([(0, 1 << 30, 1 << 30, 0),
                                (1 << 32, 1 << 30, 1 << 31, 1 << 29)],
                               VMCOREINFO, data=RAM, size_knob=31)
    yield "large_truncated", core([(0, 1 << 30, 1 << 30, 0),
                                   (1 << 32, 1 << 30, 1 << 30, 1 << 30)],
                                  VMCOREINFO, data=RAM, size_knob=20)
    yield "past_the_end", core([(0, 512, 512, 0), (4096, 64, 64, 1 << 45)],
                               data=RAM)
    yield "absurd_memsz", core([(0, 512, 1 << 63, 0)], data=RAM)
    yield "wraps", core([((1 << 64) - PAGE, 512, 4 * PAGE, 0),
                         (0, 64, 64, 0)], data=RAM)
    yield "high", core([(1 << 51, 512, 512, 0)], data=RAM)
    yield "incomplete", core([(0, 512, 512, 0)], data=RAM, flags=1)
    yield "exec", core([(0, 512, 512, 0)], data=RAM, type=2)
    yield "phentsize_0", core([(0, 512, 512, 0)], data=RAM, phentsize=0)
    yield "broken_note", core([(0, 512, 512, 0)], PRSTATUS
                              + struct.pack("<III", 5, 1 << 20, 1)
                              + b"CORE\0\0\0\0", data=RAM)
    # A name without padding, no data, and the segment ends.
    yield "cut_note_name", core([(0, 512, 512, 0)], PRSTATUS
                                + struct.pack("<III", 5, 0, 1) + b"CORE\0",
                                data=RAM)
    yield "padded_notes", core([(0, 512, 512, 0)], PRSTATUS + bytes(37),
                               data=RAM)
    many = [(i * 16, 8, 8 + i % 3 * 4, i * 8) for i in range(48)]
    yield "many", core(many, VMCOREINFO, data=RAM)
    yield "nested", core([(i, 512 - 2 * i, 512 - 2 * i, i)
                          for i in reversed(range(64))], data=RAM)
    yield "no_load", core([], VMCOREINFO)
    yield "header_only", ehdr(0)
    yield "magic_only", b"\x7fELF"
    yield "empty_notes", core([(0, 512, 512, 0)], bytes(12), data=RAM)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    os.makedirs(sys.argv[1], exist_ok=True)
    for name, content in seeds():
        with open(os.path.join(sys.argv[1], name), "wb") as f:
            f.write(content)


main()
