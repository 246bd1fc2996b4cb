# SPDX-License-Identifier: GPL-2.0-or-later
# How far a whole run is from the codec alone over the same pages, on one CPU.
# It must not know what codec_limit does inside, only what it prints.

import os
import re

from .measure import Way, median, rounds
from .compare import ratio
from .util import CODEC_LIMIT, BenchError, say, util, warm

LINE = re.compile(r"codec=(\w+) level=(\d+) pages=(\d+) in=(\d+) out=(\d+) "
		  r"seconds=([\d.]+)")
BEYOND = re.compile(r"(\d+) beyond the cap")
OPTION = {"lzo": "-l", "zstd": "-z", "zlib": "-c"}
LIMIT = 600		# seconds


def _alone(vmcore, level, codec, cpu):
	"""CPU seconds that the codec takes for the pages."""
	said = util.run(["taskset", "-c", cpu, str(CODEC_LIMIT), str(vmcore),
			 level, codec], limit=LIMIT).decode()
	beyond = BEYOND.search(said)
	if beyond and int(beyond[1]):
		raise BenchError(f"{vmcore}: codec_limit leaves out "
				 f"{beyond[1]} pages: raise its --cap")
	for name, _, pages, _, size, seconds in LINE.findall(said):
		if name == codec:
			return float(seconds), int(pages), int(size)
	raise BenchError(f"codec_limit says nothing of {codec}: {said[-200:]}")


def run(todo, ours, out, runs):
	if not CODEC_LIMIT.is_file():
		raise BenchError(f"{CODEC_LIMIT} is not there")
	cpu, rows = str(max(os.sched_getaffinity(0))), []
	names = {option: name for name, option in OPTION.items()}
	for case in todo:
		codec = names.get(case.options[0])
		if not codec:
			continue
		say(f"codec alone: {case.title}")
		warm(case.vmcore)
		way, alone = Way(ours, 1, cpu), []
		samples = []
		for _ in range(runs):
			alone.append(_alone(case.vmcore, case.options[-1],
					    codec, cpu))
			samples += rounds((way,), case.options, case.vmcore,
					  out, 1)[way]
		seconds = sorted(a[0] for a in alone)[len(alone) // 2]
		wall = median(samples, lambda s: s.wall)
		used = median(samples, lambda s: s.cpu)
		rows.append({
			"case": case.title, "codec": codec,
			"pages": alone[0][1], "codec_seconds": seconds,
			"wall": wall, "cpu": used,
			"failed": sum(not s.good for s in samples),
			"ratio_wall": ratio(wall, seconds),
			"ratio_cpu": ratio(used, seconds),
		})
	return rows
