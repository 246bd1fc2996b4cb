#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Sizes of files and functions, so that the house stays livable.

A file over 600 lines must say why in its first comment ("Long because");
1000 lines, or a function over 100, fails. Functions over 60 lines are listed.
--table prints every file with its lines and its longest function.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ("collector", "filters", "transports", "include", "test")
FILE_SOFT, FILE_HARD = 600, 1000
FUNCTION_SOFT, FUNCTION_HARD = 60, 100


def functions(lines):
    """(name, length) of each function: braces in the first column."""
    start = None
    for number, line in enumerate(lines):
        if line.startswith("{"):
            start = number
        elif line.startswith("}") and start is not None:
            yield name_above(lines, start), number - start - 1
            start = None


def name_above(lines, start):
    text = ""
    for line in reversed(lines[max(0, start - 12):start]):
        text = line + " " + text
        if line and not line[0].isspace():
            break
    found = re.search(r"([A-Za-z_]\w*)\s*\(", text)
    return found.group(1) if found else "?"


def main():
    table = "--table" in sys.argv
    problems, notes, rows = [], [], []
    for room in ROOMS:
        for path in sorted((TOP / room).rglob("*.[ch]")):
            lines = path.read_text().splitlines()
            name = path.relative_to(TOP)
            longest = max(functions(lines), key=lambda f: f[1],
                          default=("-", 0))
            rows.append((len(lines), name, longest))
            if len(lines) > FILE_HARD:
                problems.append(f"{name}: {len(lines)} lines")
            elif (len(lines) > FILE_SOFT
                  and "Long because" not in "\n".join(lines[:20])):
                problems.append(f"{name}: {len(lines)} lines and no "
                                f"'Long because' in its first comment")
            for function, length in functions(lines):
                if length > FUNCTION_HARD:
                    problems.append(f"{name}: {function}() has {length} lines")
                elif length > FUNCTION_SOFT:
                    notes.append(f"{name}: {function}() has {length} lines")
    if not rows:
        problems.append("no source file was found")
    if table:
        for count, name, (function, length) in sorted(rows, reverse=True,
                                                      key=lambda r: r[0]):
            print(f"{count:5}  {name}  (longest: {function}, {length})")
    for note in notes:
        print("note:", note)
    for problem in problems:
        print("limit:", problem)
    print(f"{len(rows)} files, {sum(r[0] for r in rows)} lines, "
          f"{len(problems)} over a limit")
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main())
