#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which fact and which variant serves which kernel.

Runs kernel_describe (of the test build) over the recorded VMCOREINFO texts
and prints, for each concept, the kernels that each variant was chosen for,
and for each fact the kernels that give it. With files named, prints only
these: what a new kernel's text shows to be missing.

usage: kernel_report.py [--describe PROGRAM] [--facts] [FILE...]
"""
import argparse
import pathlib
import re
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
TEXTS = TOP / "test" / "golden" / "vmcoreinfo"
LINE = re.compile(r"kernel: ([^:]+): (.*)")


def by_release(path):
    return [int(n) for n in re.findall(r"\d+", path.stem)]


def describe(program, path):
    done = subprocess.run([program, path], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{program} {path}: {done.stderr.strip()}")
    concepts, facts = {}, {}
    for line in done.stdout.splitlines():
        found = LINE.match(line)
        if found:
            concepts[found.group(1)] = found.group(2)
        elif not line.startswith("kernel:"):
            key, value = line.split("=", 1)
            facts[key] = value
    return concepts, facts, done.stderr


def print_groups(title, kernels, value_of):
    groups = {}
    for name, kernel in kernels.items():
        groups.setdefault(value_of(kernel), []).append(name)
    print(title)
    for value, names in groups.items():
        print(f"  {value}")
        print("    " + ", ".join(names))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--describe", metavar="PROGRAM", type=pathlib.Path,
                        default=TOP / "build/test/unit/kernel_describe")
    parser.add_argument("--facts", action="store_true",
                        help="also list each fact")
    parser.add_argument("files", metavar="FILE", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    files = args.files or sorted(TEXTS.glob("*.txt"), key=by_release)
    if not args.describe.is_file():
        sys.exit(f"{args.describe} is not there: build the tests first")
    if not files:
        sys.exit(f"no texts in {TEXTS}")

    kernels = {}
    for path in files:
        concepts, facts, warnings = describe(args.describe, path)
        kernels[path.stem] = (concepts, facts)
        for line in warnings.splitlines():
            print(f"{path.name}: {line}")
    concepts = dict.fromkeys(c for k in kernels.values() for c in k[0])
    for concept in concepts:
        print_groups(concept, kernels, lambda k: k[0].get(concept, "-"))
    if args.facts:
        for key in dict.fromkeys(f for k in kernels.values() for f in k[1]):
            print_groups(key, kernels, lambda k: k[1].get(key, "not there"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
