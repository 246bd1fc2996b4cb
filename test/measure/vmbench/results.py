# SPDX-License-Identifier: GPL-2.0-or-later
# Results as JSON and as Markdown. Each section carries its own machine, date
# and command, so that one can be measured again without the others. It must
# not measure anything.

import json

MEGA, MIB = 1e6, 1 << 20
FAIL = "†"


def _f(value, digits=2, unit=1):
	return "-" if value is None else f"{value / unit:,.{digits}f}"


def _table(head, rows):
	lines = ["| " + " | ".join(head) + " |",
		 "|" + "---|" * len(head)]
	return lines + ["| " + " | ".join(row) + " |" for row in rows]


def _header(section):
	lines = ["| | |", "|---|---|"]
	for name, value in {**section["machine"],
			    **section["versions"]}.items():
		lines.append(f"| {name} | {value} |")
	return [*lines, "", f"    {section['command']}", ""]


def _compare_row(row):
	a, b = row["vmsieve"], row["makedumpfile"]
	mark = FAIL if a["failed"] or b["failed"] else ""
	return [row["case"], row["shape"] + mark,
		f"**{_f(row['ratio_durable'])}**", _f(row["ratio_as_is"]),
		_f(row["ratio_cpu"]),
		f"{_f(a['durable'])} ±{_f(a['spread'] and a['spread'] / 2)}",
		f"{_f(b['durable'])} ±{_f(b['spread'] and b['spread'] / 2)}",
		_f(b["wall"]), f"{_f(a['cpu'])} / {_f(b['cpu'])}",
		f"{_f(a['maxrss'], 1, MIB)} / {_f(b['maxrss'], 1, MIB)}",
		f"{_f(a['size'], 2, MEGA)} / {_f(b['size'], 2, MEGA)}",
		f"{_f(a['rchar'], 0, MEGA)} / {_f(b['rchar'], 0, MEGA)}",
		f"{a['runs']} / {b['runs']}"]


def _failures(rows):
	lines = []
	for row in rows:
		for side in ("vmsieve", "makedumpfile"):
			cost = row[side]
			if cost["failed"]:
				lines.append(
					f"- {row['case']}, {row['shape']}: "
					f"{cost['failed']} of {cost['runs']} "
					f"runs of {side} failed: "
					+ ", ".join(cost["errors"]))
	return [f"{FAIL} Runs that failed are in no median:", "", *lines,
		""] if lines else []


def compare(section):
	head = ["case", "how", "ratio, both durable", "ratio, peer as is",
		"CPU ratio", "vmsieve s", "peer + sync s", "peer s",
		"CPU s", "peak MiB", "file MB", "read MB", "runs"]
	return [
		"## The same dump by both programs", "", *_header(section),
		"![ratios and times](results.svg)", "",
		"Pairs are vmsieve / makedumpfile, ratios makedumpfile / "
		"vmsieve: above 1, vmsieve is faster. Times are medians, ± is "
		"half the spread of the runs. vmsieve ends when its file is on "
		"stable storage; makedumpfile does not wait for that, so the "
		"main ratio adds a sync of its file, as kdump's own script "
		"does, and the second does not. *one CPU*: both are bound to "
		"the same one, vmsieve with `--num-threads 1`, makedumpfile "
		"without. The input is in the page cache. *read* is what "
		"read() calls returned; what a program maps, as makedumpfile "
		"does, is not counted there, nor by any file of /proc. *peak* "
		"is the largest resident set, mapped pages of the input among "
		"it.", "",
		*_table(head, [_compare_row(r) for r in section["rows"]]),
		"", *_failures(section["rows"])]


def codec(section):
	head = ["case", "pages", "codec alone s", "whole run s", "CPU s",
		"whole / codec", "CPU / codec"]
	rows = [[r["case"], f"{r['pages']:,}", _f(r["codec_seconds"]),
		 _f(r["wall"]), _f(r["cpu"]), f"**{_f(r['ratio_wall'])}**",
		 _f(r["ratio_cpu"])] for r in section["rows"]]
	return ["## The whole run against the codec alone", "",
		*_header(section), "On one CPU, over the same pages.", "",
		*_table(head, rows), ""]


def _scan_rows(section):
	for row in section["rows"]:
		peer = row.get("makedumpfile", {})
		for threads, cost in row["vmsieve"].items():
			seconds = _f(cost["scan"], 3)
			if not cost["said"]:
				seconds += " (whole --dry-run)"
			yield [row["image"], threads,
			       cost["error"] or seconds,
			       peer.get("error") or _f(peer.get("scan"), 3),
			       f"**{_f(row.get('ratio', {}).get(threads))}**",
			       _f(cost["maxrss"], 1, MIB),
			       _f(peer.get("maxrss"), 1, MIB)]


def scan(section):
	whole = [[row["image"], label, cost["error"] or _f(cost["durable"]),
		  _f(cost["cpu"]), _f(cost["maxrss"], 1, MIB),
		  _f(cost["size"], 2, MEGA)]
		 for row in section["rows"]
		 for label, cost in row["whole"].items()]
	return ["## The page scan of large machines, level 31", "",
		*_header(section),
		"Synthetic machines (test/images/huge). makedumpfile's time "
		"is the sum of its steps \"Excluding unnecessary pages\" over "
		"all cycles.", "",
		*_table(["image", "threads", "vmsieve scan s",
			 "makedumpfile scan s", "ratio", "vmsieve peak MiB",
			 "makedumpfile peak MiB"], list(_scan_rows(section))),
		"", "Whole runs with `-l -d 31`:", "",
		*_table(["image", "program", "s, durable", "CPU s",
			 "peak MiB", "file MB"], whole), ""]


SECTIONS = {"compare": compare, "codec": codec, "scan": scan}


def markdown(results):
	lines = ["# Benchmarks", "", "Written by `scripts/bench`.", ""]
	for name, render in SECTIONS.items():
		if name in results:
			lines += render(results[name])
	return "\n".join(lines).rstrip() + "\n"


def load(path):
	return json.loads(path.read_text()) if path.exists() else {}


def save(path, results):
	path.write_text(json.dumps(results, indent=1) + "\n")
