# SPDX-License-Identifier: GPL-2.0-or-later
# Debian packages for the lab: a private apt for each suite (own sources, lists
# and cache, so that the machine's own apt stays as it is), and the unpacking
# of kernels. It must not know how a guest is booted.

import inspect
import json
import os
import shutil
import subprocess
import tarfile

from . import util
from .config import cache
from .util import LabError, artefact, digest, run, say, step

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
DOWNLOAD_LIMIT = 900	# seconds for one package (up to 350 MB)

# Modules the guests need, where they are modules at all. Dependencies are
# found in the modules; crc32c_generic is named because ext4 asks for it by
# algorithm, not by symbol.
MODULES = ("virtio_pci", "virtio_blk", "virtio_balloon", "qemu_fw_cfg",
	   "crc32c_generic", "ext4")


def mirror():
	"""URI of the Debian archive that this machine itself uses."""
	own = os.environ.get("VMSIEVE_LAB_MIRROR")
	if own:
		return own
	fmt = "$(ORIGIN)|$(COMPONENT)|$(CODENAME)|$(REPO_URI)"
	out = run(["apt-get", "indextargets", "--format", fmt,
		   "Created-By: Packages"]).decode()
	for line in out.splitlines():
		origin, component, codename, uri = line.split("|")
		if (origin == "Debian" and component == "main"
		    and "-" not in codename):
			return uri
	raise LabError("no Debian archive in this machine's apt sources; set "
		       "VMSIEVE_LAB_MIRROR to the URI of one")


class Suite:
	"""A private apt that knows one suite and nothing installed."""

	def __init__(self, name):
		self.name = name
		self.dir = cache() / "apt" / name

	def _options(self):
		d = self.dir
		opts = {
			"Dir::Etc::SourceList": d / "sources.list",
			"Dir::Etc::SourceParts": "/dev/null",
			"Dir::State::Lists": d / "lists",
			"Dir::State::status": d / "status",
			"Dir::Cache": d / "cache",
			"Acquire::Languages": "none",
			"Acquire::Retries": "3",
			"Acquire::http::Timeout": "60",
			"APT::Sandbox::User": "root",
			"APT::Architecture": "amd64",
		}
		return [f"-o{k}={v}" for k, v in opts.items()]

	def update(self):
		d = self.dir
		for sub in ("lists/partial", "cache/archives/partial"):
			(d / sub).mkdir(parents=True, exist_ok=True)
		(d / "status").write_text("")
		(d / "sources.list").write_text(
			f"deb [signed-by={KEYRING}] {mirror()} "
			f"{self.name} main\n")
		with step(f"{self.name}: apt-get update"):
			run(["apt-get", *self._options(), "-q", "update",
			     "--error-on=any"], limit=DOWNLOAD_LIMIT)

	def show(self, package):
		"""Fields of the newest version, or None if there is none."""
		out = run(["apt-cache", *self._options(), "show",
			   "--no-all-versions", package], ok=(0, 100),
			  stderr=subprocess.DEVNULL)
		fields = {}
		for line in out.decode().splitlines():
			key, sep, value = line.partition(": ")
			if sep and not line.startswith(" "):
				fields.setdefault(key, value)
		return fields or None

	def download(self, package, version, where):
		"""The package's file, verified by apt, in directory where."""
		where.mkdir(parents=True, exist_ok=True)
		with step(f"{self.name}: fetching {package} {version}"):
			run(["apt-get", *self._options(), "-q", "download",
			     f"{package}={version}"], limit=DOWNLOAD_LIMIT,
			    cwd=where)
		found = list(where.glob(f"{package}_*.deb"))
		if len(found) != 1:
			raise LabError(f"{package}: apt left {len(found)} "
				       f"files in {where}")
		return found[0]


def _find_newest(kernel):
	"""Release, version and packages of the suite's newest cloud kernel."""
	suite = Suite(kernel.suite)
	suite.update()
	meta = suite.show("linux-image-cloud-amd64")
	debug = suite.show("linux-image-cloud-amd64-dbg")
	if not meta or not debug or meta["Version"] != debug["Version"]:
		raise LabError(f"{kernel.suite}: no cloud kernel with a -dbg "
			       "of the same version")
	release = next(d.split()[0].removeprefix("linux-image-")
		       for d in meta["Depends"].split(", ")
		       if d.startswith("linux-image-"))
	# Newer suites split the image package into binary and modules.
	image = [p for p in (f"linux-binary-{release}",
			     f"linux-modules-{release}") if suite.show(p)]
	return {"release": release, "version": meta["Version"],
		"image": image or [f"linux-image-{release}"],
		"debug": f"linux-image-{release}-dbg"}


def resolve(kernel, refresh=False):
	"""Which package version the cache holds, or shall hold.

	apt is asked once; the answer stays until somebody asks for a refresh,
	so that a made lab works without a network and does not move by itself.
	"""
	kernel.dir.mkdir(parents=True, exist_ok=True)
	path = kernel.dir / "package.json"
	with util.lock(str(path)):
		if path.exists() and not refresh:
			return json.loads(path.read_text())
		found = _find_newest(kernel)
		tmp = path.with_suffix(".new")
		tmp.write_text(json.dumps(found, indent=1) + "\n")
		tmp.rename(path)
		say(f"{kernel.name}: newest in {kernel.suite} is "
		    f"{found['version']} ({found['release']})")
		return found


def _module_path(root, name):
	names = {name, name.replace("_", "-")}
	for path in sorted(root.rglob("*.ko*")):
		if path.name.split(".ko")[0] in names:
			return path
	return None


def _module_data(path):
	if path.suffix == ".xz":
		return run(["xz", "-dc", str(path)], stderr=None)
	return path.read_bytes()


def _collect_modules(root, out):
	"""Copies MODULES and what they depend on; "order" is a load order."""
	order = []

	def add(name):
		if name in order:
			return
		path = _module_path(root, name)
		if path is None:
			return		# built in
		data = _module_data(path)
		begin = data.find(b"\0depends=") + 9
		depends = data[begin:data.index(b"\0", begin)] \
			if begin > 8 else b""
		for dep in depends.decode().split(","):
			if dep:
				add(dep.replace("-", "_"))
		(out / f"{name}.ko").write_bytes(data)
		order.append(name)
	out.mkdir()
	for module in MODULES:
		add(module)
	(out / "order").write_text("".join(f"{m}\n" for m in order))


def image(kernel, refresh=False):
	"""Directory with the kernel's vmlinuz, modules and version."""
	found = resolve(kernel, refresh)

	def make(tmp):
		tmp.mkdir()
		root = tmp / "root"
		for package in found["image"]:
			deb = Suite(kernel.suite).download(
				package, found["version"], tmp)
			run(["dpkg-deb", "-x", str(deb), str(root)])
			deb.unlink()
		vmlinuz = [p for p in root.rglob("vmlinuz*") if p.is_file()]
		if len(vmlinuz) != 1:
			raise LabError(f"{kernel.name}: {len(vmlinuz)} files "
				       "called vmlinuz in the packages")
		shutil.copy(vmlinuz[0], tmp / "vmlinuz")
		_collect_modules(root, tmp / "modules")
		(tmp / "release").write_text(found["release"] + "\n")
		shutil.rmtree(root)
	stamp = digest(found["version"], " ".join(MODULES),
		       inspect.getsource(_collect_modules))
	return artefact(kernel.dir / "image", stamp, make)


def _extract_vmlinux(deb, release, out):
	"""The one file of a -dbg package that the lab needs.

	dpkg-deb would unpack with one thread and to the end: ar and xz do it
	with all of them, and are stopped once the file is there.
	"""
	member = next(m for m in run(["ar", "t", str(deb)]).decode().split()
		      if m.startswith("data.tar"))
	tool = {"xz": ["xz", "-dc", "-T0"], "zst": ["zstd", "-dc"]}
	argv = tool.get(member.rpartition(".")[2])
	if argv is None:
		raise LabError(f"{deb.name}: {member}: unknown compression")
	debug = "./usr/lib/debug/"
	names = (f"{debug}boot/vmlinux-{release}",
		 f"{debug}lib/modules/{release}/vmlinux")
	ar = util.spawn(["ar", "p", str(deb), member], stdout=subprocess.PIPE)
	xz = util.spawn(argv, stdin=ar.stdout, stdout=subprocess.PIPE,
			stderr=subprocess.DEVNULL)
	ar.stdout.close()
	try:
		tar = tarfile.open(fileobj=xz.stdout, mode="r|",
				   bufsize=1 << 20)
		for entry in tar:
			if entry.name in names and entry.isfile():
				with open(out, "wb") as f:
					shutil.copyfileobj(
						tar.extractfile(entry), f)
				return
	except tarfile.TarError as e:
		raise LabError(f"{deb.name}: {e}") from None
	finally:
		util.stop(xz)
		util.stop(ar)
	raise LabError(f"{deb.name}: no {' or '.join(names)}")


def vmlinux(kernel, refresh=False):
	"""Path of the kernel's vmlinux with DWARF."""
	found = resolve(kernel, refresh)

	def make(tmp):
		work = kernel.dir / "debug.new"
		util.remove(work)
		try:
			deb = Suite(kernel.suite).download(
				found["debug"], found["version"], work)
			with step(f"{kernel.name}: unpacking vmlinux"):
				_extract_vmlinux(deb, found["release"], tmp)
		finally:
			util.remove(work)
	stamp = digest(found["version"], "vmlinux of -dbg")
	return artefact(kernel.vmlinux, stamp, make)
