#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Include direction: which contracts each room may see.

Rooms see each other through include/vmsieve/ only, and only the contracts
listed here; what is quoted must lie in the room's own folder.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
GROUND = {"types", "error", "log", "cleanup", "checked", "endian", "limits"}
ALLOWED = {
    "collector/base": GROUND,
    "collector/pages": GROUND | {"pageset", "plan", "scratch", "source"},
    "collector/config": GROUND | {"options", "codec", "filter", "page_view"},
    "collector/source": GROUND | {"source"},
    "collector/compress": GROUND | {"codec"},
    "collector/kernel": GROUND | {"kernel", "page_view"},
    "collector/arch": GROUND | {"arch", "kernel", "source"},
    "collector/vm": GROUND | {"vm", "arch", "kernel", "page_view", "source",
                              "pageset", "plan"},
    "collector/format": GROUND | {"format", "codec", "plan", "pageset",
                                  "sink", "kdump_layout", "filter",
                                  "page_view", "source"},
    "filters": GROUND | {"filter", "page_view", "kernel", "pageset"},
    "transports": GROUND | {"transport", "scratch", "sink"},
    # The one room that names every handle.
    "collector/pipeline": None,
    "collector": {"cleanup", "codec", "job", "log", "options", "error"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')


def room_of(path):
    folder = path.relative_to(TOP).parent.as_posix()
    while folder not in ALLOWED and "/" in folder:
        folder = folder.rsplit("/", 1)[0]
    return folder


def check(path):
    allowed = ALLOWED.get(room_of(path), set())
    for number, line in enumerate(path.read_text().splitlines(), 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        kind, name = found.groups()
        where = f"{path.relative_to(TOP)}:{number}"
        if kind == '"' and not (path.parent / name).exists():
            yield f"{where}: \"{name}\" is not in the room's own folder"
        if name.startswith("vmsieve/") and allowed is not None:
            contract = pathlib.PurePath(name).stem
            if contract not in allowed and contract != "kernel_facts":
                yield f"{where}: {room_of(path)} may not see {name}"


def main():
    files = [p for room in ("collector", "filters", "transports")
             for p in sorted((TOP / room).rglob("*.[ch]"))]
    problems = [problem for path in files for problem in check(path)]
    for problem in problems:
        print("include:", problem)
    print(f"{len(files)} files, {len(problems)} includes in a wrong direction")
    return bool(problems or not files)


if __name__ == "__main__":
    sys.exit(main())
