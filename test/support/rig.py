# SPDX-License-Identifier: GPL-2.0-or-later
"""What the runners over descriptions share: finding the programs, running
them with limits, reading what the description says of each page.
"""
import os
import pathlib
import re
import resource
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
DROPS = {"keep": lambda level: False, "hole": lambda level: True,
         "free": lambda level: level & 16,
         "cache": lambda level: level & 6,
         "cacheprivate": lambda level: level & 4,
         "user": lambda level: level & 8,
         # memory that must not even be read
         "hwpoison": lambda level: True, "offline": lambda level: True,
         "unaccepted": lambda level: True}


class Failed(Exception):
    """A program did not do what it should."""


def work_dir():
    """Memory if it has room: the runs sync thousands of files."""
    shm = pathlib.Path("/dev/shm")
    try:
        info = os.statvfs(shm)
    except OSError:
        return None
    return shm if info.f_bavail * info.f_frsize > 1 << 30 else None


def add_arguments(parser):
    parser.add_argument("--vmsieve", default=os.environ.get(
        "VMSIEVE", TOP / "build" / "vmsieve"), type=pathlib.Path)
    parser.add_argument("--mkvmcore", default=os.environ.get(
        "MKVMCORE", TOP / "build" / "test" / "support" / "mkvmcore"),
        type=pathlib.Path)
    parser.add_argument("--filter", default="", metavar="REGEX")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--work", type=pathlib.Path, default=work_dir(),
                        help="directory for temporary files (60 MiB a job)")


def check_programs(args):
    for program in (args.vmsieve, args.mkvmcore):
        if not os.access(program, os.X_OK):
            raise Failed(f"{program} is not there: build it, or name it")


def sanitized(program):
    """Address sanitizer reserves terabytes: no address limit for it."""
    return b"__asan_init" in pathlib.Path(program).read_bytes()


def run(argv, timeout, memory=None):
    """(exit status, output lines). A signal or a hang is Failed."""
    def limit():
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if memory:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    try:
        done = subprocess.run([str(a) for a in argv], timeout=timeout,
                              stdin=subprocess.DEVNULL, preexec_fn=limit,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"still running after {timeout} s") from None
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode < 0:
        raise Failed(f"killed by signal {-done.returncode}: {text[-300:]}")
    return done.returncode, text.splitlines()


def build(args, desc, out):
    code, lines = run([args.mkvmcore, desc, out], 120)
    if code:
        raise Failed("mkvmcore: " + " ".join(lines))


def expect_text(args, desc):
    code, lines = run([args.mkvmcore, "--expect", desc], 120)
    if code:
        raise Failed("mkvmcore --expect: " + " ".join(lines))
    return "\n".join(lines) + "\n"


class Expect:
    """Classes of page frames as ranges (first, last, class)."""

    def __init__(self, text):
        self.ranges = []
        self.frames = 0
        for line in text.splitlines():
            found = re.fullmatch(r"(\d+)\.\.(\d+) (\w+)", line)
            if found:
                self.ranges.append((int(found[1]), int(found[2]), found[3]))
            elif line.startswith("frames "):
                self.frames = int(line.split()[1])
            else:
                raise Failed(f"expectation line '{line}'")

    def pages(self, wanted):
        """Frames of which wanted(class) is true."""
        found = set()
        for first, last, name in self.ranges:
            if wanted(name):
                found.update(range(first, last + 1))
        return found

    def ram(self):
        return self.pages(lambda name: name != "hole")

    def kept(self, level):
        return self.pages(lambda name: not DROPS[name](level))

    def class_of(self, pfn):
        for first, last, name in self.ranges:
            if first <= pfn <= last:
                return name
        return "hole"


def some(pages, expect=None, limit=4):
    """A few of many pages, for a message."""
    shown = sorted(pages)[:limit]
    text = " ".join(f"{p}({expect.class_of(p)})" if expect else str(p)
                    for p in shown)
    return text + (" ..." if len(pages) > limit else "")
