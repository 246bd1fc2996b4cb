# SPDX-License-Identifier: GPL-2.0-or-later
# The matrix's result as text: a table per subject in Markdown, and every fault
# by name. It must not run or judge anything.

LEVEL = "{:>5} | {:>7} | {:>5} | {:>5} | {:>9} | {:>6} | {}"
HEAD = LEVEL.format("level", "kept", "lost", "extra", "bytes", "s", "checks")
RULE = LEVEL.format("----:", "------:", "----:", "----:", "--------:",
		    "-----:", "------")


def _checks(case):
	if case.absent:
		return f"NOT CHECKED: {case.absent}"
	r = case.result
	if not case.exact:
		return ("FAULTS" if case.faults else "ok") + ": " + \
			", ".join(case.readers)
	if "kept" not in r:
		return "FAULTS: no dump to check"
	done = ["bitmap"]
	if r.get("wrong") is not None:
		done.append("content (" + ", ".join(
			f"{n} {k}" for k, n in sorted(r["kinds"].items()))
			+ ")")
	if r.get("copies"):
		done.append(f"{r['zero']} zero pages stored once")
	done += case.readers
	return ("FAULTS" if case.faults else "ok") + ": " + ", ".join(done)


def _row(case):
	r = case.result
	return LEVEL.format(case.name, *(r.get(k, "-") for k in (
		"kept", "lost", "extra", "size")), f"{case.seconds:.1f}",
		_checks(case))


def table(what, todo):
	lines = ["", f"## {what}", "", f"| {HEAD} |", f"| {RULE} |"]
	lines += [f"| {_row(case)} |" for case in todo]
	return lines


def faults(what, todo):
	"""A line per fault, with all the cases that have it."""
	found = {}
	for case in todo:
		for fault in case.faults:
			found.setdefault(fault, []).append(case.name)
	return [f"- {what} ({'; '.join(names)}): {fault}"
		for fault, names in found.items()]
