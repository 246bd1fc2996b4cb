# SPDX-License-Identifier: GPL-2.0-or-later
# One run of one program, and runs of several in turn. It must not know what
# the figures are for.

import statistics
from dataclasses import asdict, dataclass, field

from . import programs
from .util import BenchError, say, settle

RUN_LIMIT = 600		# seconds: makedumpfile may hang
SLOW = 20		# seconds: from there on two runs must do


@dataclass(frozen=True)
class Way:
	"""How a program is run: one column of a comparison."""
	program: object
	threads: int	# 0: without --num-threads
	cpu: str = ""	# only this one; "": any

	@property
	def label(self):
		text = self.program.name
		text += f" --num-threads {self.threads}" if self.threads else ""
		return text + (", one CPU" if self.cpu else "")

	def argv(self, options, vmcore, output):
		threads = ["--num-threads", str(self.threads)] \
			if self.threads else []
		return [self.program.path, *options, *threads, vmcore, output]


@dataclass
class Sample:
	"""What one run cost; seconds and bytes."""
	wall: float = 0.0
	sync: float = 0.0		# of the output, after the run
	sync_system: float = 0.0
	user: float = 0.0
	system: float = 0.0
	maxrss: int = 0
	rchar: int = 0			# read(), from the page cache as well
	read_bytes: int = 0		# from the disk
	write_bytes: int = 0
	size: int = 0			# of the output file
	exit: int = 0
	signal: int = 0
	timeout: int = 0
	error: str = ""
	log: str = field(default="", repr=False)

	@property
	def good(self):
		return not self.error

	@property
	def durable(self):
		return self.wall + self.sync

	@property
	def cpu(self):
		return self.user + self.system + self.sync_system


def _parse(text):
	values = dict(line.split("=", 1) for line in text.splitlines())
	kinds = {name: type(value) for name, value
		 in asdict(Sample()).items()}
	return Sample(**{name: kinds[name](value) for name, value
			 in values.items() if name in kinds})


def _what_went_wrong(sample):
	if sample.timeout:
		return f"hangs for {RUN_LIMIT} s"
	if sample.signal:
		return f"signal {sample.signal}"
	if sample.exit:
		return f"exit {sample.exit}"
	return ""


def clear(out):
	for path in out.iterdir():
		path.unlink()


def run(way, options, vmcore, out, dry=False):
	"""One run; what it made is removed again."""
	program = way.program
	place = program.place(vmcore, out)
	clear(out)
	settle(out)
	timed = [place.timed, "-t", str(RUN_LIMIT)]
	if way.cpu:
		timed += ["-c", way.cpu]
	if not dry:
		timed += ["-s", place.out / "dump"]
	argv = way.argv(options, place.vmcore, place.out / "dump")
	status = programs.call(program, [*timed, place.out / "cost", *argv],
			       vmcore, out, RUN_LIMIT, out / "log")
	log = (out / "log").read_text(errors="replace").replace("\r", "\n")
	if status:
		raise BenchError(f"{program.name}: not run: {log[-300:]}")
	sample = _parse((out / "cost").read_text())
	sample.error, sample.log = _what_went_wrong(sample), log
	if not dry and (out / "dump").exists():
		sample.size = (out / "dump").stat().st_size
	elif not dry and not sample.error:
		sample.error = "no output"
	clear(out)
	return sample


def rounds(ways, options, vmcore, out, runs):
	"""A B C A B C ...: {way: samples}. Slow ones run twice only."""
	samples = {way: [] for way in ways}
	for number in range(runs):
		for way in ways:
			done = samples[way]
			if number >= 2 and done[0].wall > SLOW:
				continue
			sample = run(way, options, vmcore, out)
			if sample.error:
				say(f"{way.label} {' '.join(options)}: "
				    f"{sample.error}")
			done.append(sample)
	return samples


def median(samples, value):
	"""Of the runs that were good; None if there is none."""
	good = [value(s) for s in samples if s.good]
	return statistics.median(good) if good else None
