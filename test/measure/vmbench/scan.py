# SPDX-License-Identifier: GPL-2.0-or-later
# The page scan alone, on synthetic machines of a TiB and more. It must not
# know how such an image is made.

import re

from .measure import SLOW, Way, run as run_once
from .compare import ratio
from .util import HUGE, MKVMCORE, config, say, util, warm

# What vmsieve says of its scan at message level 31. Without such a line the
# whole --dry-run counts, and the row says so.
SCANNED = re.compile(r"scanned (\d+) pages in ([\d.]+) s")
STEP = re.compile(r"STEP \[Excluding unnecessary pages\] : ([\d.]+) seconds")
TALK = ("--message-level", "31")
OPTIONS = ("-l", "-d", "31")
COMPARED = 1 << 40	# bytes: larger machines are vmsieve's alone
BUILD_LIMIT = 1200	# seconds
WARM = 16 << 30		# bytes: larger files are holes, which nobody caches


def _size(desc):
	"""Bytes of the machine, from the description's name: 1t-mixed, 64t."""
	found = re.match(r"(\d+)t", desc.stem)
	return int(found[1]) << 40 if found else 0


def images(text=""):
	"""Descriptions with text in their names, small ones first.

	Several texts are split by |.
	"""
	return sorted((d for d in HUGE.glob("*.desc")
		       if _size(d) and any(t in d.stem
					   for t in text.split("|"))),
		      key=lambda d: (_size(d), d.stem))


def image(desc):
	"""Path of the vmcore of a description, made if it is not there."""
	def make(tmp):
		say(f"{desc.stem}: making the image")
		util.run([str(MKVMCORE), str(desc), str(tmp)],
			 limit=BUILD_LIMIT)
	parts = [p for p in sorted(HUGE.iterdir()) if p.is_file()]
	return util.artefact(config.cache() / "huge" / desc.stem,
			     util.digest(desc.stem, *parts, MKVMCORE), make)


def _ours(way, vmcore, out, runs):
	"""Best of the runs: the scan, and the whole dry run."""
	found = []
	for _ in range(runs):
		sample = run_once(way, (*OPTIONS, *TALK, "--dry-run"), vmcore,
				  out, dry=True)
		said = SCANNED.search(sample.log)
		found.append((float(said[2]) if said else sample.wall,
			      bool(said), sample))
	seconds, said, sample = min(found, key=lambda f: f[0])
	return {"scan": seconds, "said": said, "wall": sample.wall,
		"cpu": sample.cpu, "maxrss": sample.maxrss,
		"error": sample.error}


def _peer(way, vmcore, out, runs):
	found = []
	for _ in range(runs):
		sample = run_once(way, (*OPTIONS, *TALK, "--dry-run"), vmcore,
				  out, dry=True)
		steps = [float(s) for s in STEP.findall(sample.log)]
		found.append((sum(steps) if steps else None, sample))
		if sample.error or sample.wall > SLOW:
			break
	seconds, sample = min(found, key=lambda f: f[0] or 1e9)
	return {"scan": seconds, "wall": sample.wall, "cpu": sample.cpu,
		"maxrss": sample.maxrss, "error": sample.error}


def _whole(way, vmcore, out):
	sample = run_once(way, OPTIONS, vmcore, out)
	return {"wall": sample.wall, "durable": sample.durable,
		"cpu": sample.cpu, "size": sample.size,
		"maxrss": sample.maxrss, "error": sample.error}


def run(descs, ours, peer, out, runs):
	rows = []
	for desc in descs:
		vmcore = image(desc)
		if vmcore.stat().st_size < WARM:
			warm(vmcore)
		say(f"scan: {desc.stem}")
		row = {"image": desc.stem, "vmsieve": {}, "whole": {}}
		for threads in (1, 2):
			way = Way(ours, threads)
			row["vmsieve"][str(threads)] = _ours(way, vmcore, out,
							     runs)
			row["whole"][way.label] = _whole(way, vmcore, out)
		if _size(desc) <= COMPARED:
			way = Way(peer, 0)
			row["makedumpfile"] = _peer(way, vmcore, out, runs)
			row["whole"][way.label] = _whole(way, vmcore, out)
			row["ratio"] = {threads: ratio(
				row["makedumpfile"]["scan"], cost["scan"])
				for threads, cost in row["vmsieve"].items()}
		rows.append(row)
	return rows
