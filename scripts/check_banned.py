#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Calls and habits that have no place in the product.

Looks at collector/, filters/ and transports/; comments and strings are
stripped first.
"""
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent
CALLS = {
    "unbounded or stateful": "gets strcpy strcat sprintf vsprintf strtok "
                             "alloca tmpnam mktemp atoi atol atoll",
    "runs programs": "system popen execl execlp execle execv execvp execvpe",
    "changes rights by path": "chmod chown lchown umask",
    "ends the program": "exit _exit abort quick_exit",
    "prints": "printf puts putchar perror vprintf",
}
# Where a call is the file's very job.
EXCEPT = {
    "printf": {"collector/main.c"},
}
TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'',
                  re.S)


def strip(source):
    return TEXT.sub(lambda m: "\n" * m.group().count("\n"), source)


def problems_of(path):
    name = path.relative_to(TOP).as_posix()
    source = strip(path.read_text())
    for number, line in enumerate(source.splitlines(), 1):
        for why, calls in CALLS.items():
            for call in calls.split():
                if name in EXCEPT.get(call, ()):
                    continue
                if re.search(rf"(?<![\w.>]){call}\s*\(", line):
                    yield f"{name}:{number}: {call}() {why}"
        # A mutable object at file scope: neither const nor a declaration.
        if re.match(r"(static\s+)?(?!const\b|struct\s+\w+;|typedef|extern|enum)"
                    r"[a-z_][\w\s]*[\s*]\w+(\[[^\]]*\])?\s*=", line) \
                and "const" not in line:
            yield f"{name}:{number}: mutable object at file scope"
        if re.search(r"\bKERNEL_VERSION\s*\(", line) \
                and not name.startswith("collector/kernel/"):
            yield f"{name}:{number}: release comparison outside the tables"


def main():
    files = [p for room in ("collector", "filters", "transports")
             for p in sorted((TOP / room).rglob("*.[ch]"))]
    problems = [problem for path in files for problem in problems_of(path)]
    for problem in problems:
        print("banned:", problem)
    print(f"{len(files)} files, {len(problems)} banned")
    return bool(problems or not files)


if __name__ == "__main__":
    sys.exit(main())
