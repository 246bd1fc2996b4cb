# SPDX-License-Identifier: GPL-2.0-or-later
# What figures were measured on. It must not know the figures.

import datetime
import os
import platform
import re

from .util import TREE, output_of


def _cpu():
	with open("/proc/cpuinfo") as f:
		found = re.search(r"model name\s*: (.*)", f.read())
	return found[1] if found else platform.machine()


def _memory():
	with open("/proc/meminfo") as f:
		kilobytes = int(re.search(r"MemTotal:\s*(\d+)", f.read())[1])
	return f"{kilobytes / 1048576:.1f} GiB"


def _disk(directory):
	"""File system and device; a virtual disk's kind says nothing."""
	device = os.stat(directory).st_dev
	number = f"{os.major(device)}:{os.minor(device)}"
	with open("/proc/self/mountinfo") as f:
		for line in f:
			fields, _, rest = line.partition(" - ")
			if fields.split()[2] == number:
				return " on ".join(rest.split()[:2])
	return "unknown"


def describe(out):
	load = ", ".join(f"{n:.1f}" for n in os.getloadavg())
	return {
		"date": datetime.datetime.now(datetime.timezone.utc).strftime(
			"%Y-%m-%d %H:%M UTC"),
		"CPU": f"{_cpu()}, {len(os.sched_getaffinity(0))} CPUs",
		"memory": _memory(),
		"kernel": platform.release(),
		"output on": _disk(out),
		"load at the start": load,
		"commit": output_of(["git", "-C", TREE, "describe",
				     "--always", "--dirty"]),
	}
