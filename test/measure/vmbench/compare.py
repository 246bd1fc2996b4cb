# SPDX-License-Identifier: GPL-2.0-or-later
# The main table: vmsieve and makedumpfile on the same vmcore with the same
# options, in turn. It must not know how the table looks.

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from .measure import Way, median, rounds
from .util import config, guest, say, warm

CODECS = (("-l",), ("-z",), ("-c",), ())
FILTERED = (("-l",), ("-z",))
KERNELS = ("6.1", "7.2")


@dataclass(frozen=True)
class Case:
	kernel: str
	vmcore: Path
	options: tuple

	@property
	def title(self):
		codec = self.options[0] if len(self.options) == 3 else "raw"
		return f"{self.kernel} {codec} -d {self.options[-1]}"


def cases(names, quick=False):
	"""Vmcores are made by the lab if they are not there."""
	found = []
	for name in names:
		vmcore = guest.vmcore(config.kernel(name))
		if quick:
			return [Case(name, vmcore, ("-l", "-d", "31"))]
		found += [Case(name, vmcore, (*codec, "-d", "0"))
			  for codec in CODECS]
		found += [Case(name, vmcore, (*codec, "-d", "31"))
			  for codec in FILTERED]
	return found


def _cost(samples):
	"""The medians of one column of a row."""
	good = [s for s in samples if s.good]
	return {
		"runs": len(samples), "failed": len(samples) - len(good),
		"errors": sorted({s.error for s in samples if s.error}),
		"wall": median(samples, lambda s: s.wall),
		"durable": median(samples, lambda s: s.durable),
		"spread": (max(s.durable for s in good)
			   - min(s.durable for s in good)) if good else None,
		"cpu": median(samples, lambda s: s.cpu),
		"maxrss": max((s.maxrss for s in good), default=None),
		"size": median(samples, lambda s: s.size),
		"rchar": median(samples, lambda s: s.rchar),
		"read_bytes": median(samples, lambda s: s.read_bytes),
		"samples": [{k: v for k, v in asdict(s).items()
			     if k not in ("log",)} for s in samples],
	}


def ratio(peer, ours):
	return peer / ours if peer and ours else None


def _row(case, shape, samples, ours, peer):
	a, b = _cost(samples[ours]), _cost(samples[peer])
	return {
		"case": case.title, "shape": shape,
		"ours": ours.label, "peer": peer.label,
		"vmsieve": a, "makedumpfile": b,
		# vmsieve syncs before it ends; makedumpfile does not.
		"ratio_durable": ratio(b["durable"], a["durable"]),
		"ratio_as_is": ratio(b["wall"], a["durable"]),
		"ratio_cpu": ratio(b["cpu"], a["cpu"]),
	}


def _pinned(case, ours, peer, out, runs):
	cpu = str(max(os.sched_getaffinity(0)))
	a, b = Way(ours, 1, cpu), Way(peer, 0, cpu)
	samples = rounds((a, b), case.options, case.vmcore, out, runs)
	return [_row(case, "one CPU", samples, a, b)]


def _free(case, ours, peer, out, runs):
	one, two = Way(ours, 1), Way(ours, 2)
	serial, threaded = Way(peer, 0), Way(peer, 2)
	samples = rounds((two, serial, one, threaded), case.options,
			 case.vmcore, out, runs)
	return [_row(case, "one thread, any CPU", samples, one, serial),
		_row(case, "two threads / serial", samples, two, serial),
		_row(case, "two threads / two threads", samples, two,
		     threaded)]


def run(todo, ours, peer, out, runs):
	rows, before = [], None
	for number, case in enumerate(todo, 1):
		if case.vmcore != before:
			warm(case.vmcore)
			before = case.vmcore
		say(f"{number} of {len(todo)}: {case.title}")
		rows += _pinned(case, ours, peer, out, runs)
		if len(os.sched_getaffinity(0)) > 1:
			rows += _free(case, ours, peer, out, runs)
		else:
			say("one CPU only: no runs with two threads")
	return rows
