#!/usr/bin/env python3
"""Builds and runs the Dockerfile where there is no engine: its own steps, in a root made by debootstrap.

    python .ci/build_without_engine.py   # as root, on Debian or Ubuntu; a minute or two, a gigabyte in /tmp

It reads the Dockerfile and carries its RUN and COPY out, stage by stage, then starts what ENTRYPOINT and CMD say as
the USER of the image, in namespaces of its own, with a root that cannot be written but for the volume. HEALTHCHECK's
command has to pass as soon as the emulator says that it is ready, a client holds a turn, once with the built-in
responder and once with a scenario that is mounted, and SIGTERM has to end it with exit code 0.

What differs from an image: Debian's own Python of the release in the FROM line stands for the one that the image of
Python is built around (the same 3.13 on trixie, elsewhere in the file system), the network of RUN is the machine's, and
there are no layers, no capabilities dropped and no seccomp filter.
"""

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from dockerfile import Stage, copied, left_out, stages

ROOT = Path(__file__).resolve().parent.parent
MIRROR = "http://deb.debian.org/debian"
STANDS_FOR_PYTHON = "ca-certificates,python-is-python3,python3-pip,python3-venv"
FROM_THE_MACHINE = ("http_proxy", "https_proxy", "no_proxy", "PIP_INDEX_URL", "PIP_DEFAULT_TIMEOUT")
SCENARIO = ROOT / "fixtures" / "scenarios" / "greeting-desk.yaml"


def told(what: str) -> None:
    """Print a line with the time that it took so far."""
    print(f"[{time.monotonic() - BEGUN:6.1f} s] {what}", flush=True)


BEGUN = time.monotonic()


class Rooms:
    """The roots of the stages, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.of: dict[str, Path] = {}

    def build(self, stage: Stage, number: int) -> Path:
        """Carry a stage's steps out in a root of its own."""
        root = self.folder / f"stage-{number}"
        told(f"FROM {stage.base}" + (f" AS {stage.name}" if stage.name else ""))
        if stage.base in self.of:
            subprocess.run(["cp", "-a", "--reflink=auto", self.of[stage.base], root], check=True)
        else:
            debootstrap(stage.base, root)
        so_far = Stage(stage.base, stage.name)
        for instruction, value in stage.steps:
            so_far.take(instruction, value)
            if instruction == "WORKDIR":
                (root / value.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif instruction == "COPY":
                told(f"COPY {value}")
                self.copy(value, root, so_far.workdir)
            elif instruction == "RUN":
                told(f"RUN {value}")
                shell = ["/bin/sh", "-c", value]
                subprocess.run(inside(root, so_far.workdir, *shell), check=True, env=for_run(so_far), stdout=sys.stderr)
        self.of[stage.name or stage.base] = root
        return root

    def copy(self, value: str, root: Path, workdir: str) -> None:
        """COPY, from the checkout as ``.dockerignore`` leaves it or from an earlier stage."""
        origin, sources, target = copied(value)
        place = root / os.path.join(workdir, target).lstrip("/")
        ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8")
        for source in sources:
            first = self.of[origin] / source.lstrip("/") if origin else ROOT / source
            into = place / first.name if target.endswith("/") and first.is_file() else place
            into.parent.mkdir(parents=True, exist_ok=True)
            if origin:
                subprocess.run(["cp", "-a", first, into], check=True)
                continue
            for file in [first] if first.is_file() else sorted(first.rglob("*")):
                name = file.relative_to(ROOT).as_posix()
                if file.is_file() and not left_out(ignored, name):
                    there = into if file == first else into / file.relative_to(first)
                    there.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy(file, there)


def debootstrap(base: str, root: Path) -> None:
    """A Debian of the release that the image of Python names, with Debian's Python."""
    suite = base.rsplit("-", 1)[1]
    wanted = ["debootstrap", "--variant=minbase", f"--include={STANDS_FOR_PYTHON}", suite, root, MIRROR]
    subprocess.run(wanted, check=True, stdout=subprocess.DEVNULL)
    shutil.copy("/etc/resolv.conf", root / "etc" / "resolv.conf")
    # As in Debian's images: apt leaves no caches behind, and has no lists yet.
    clean = 'Dir::Cache::pkgcache "";\nDir::Cache::srcpkgcache "";\n'
    (root / "etc" / "apt" / "apt.conf.d" / "docker-clean").write_text(clean, encoding="utf-8")
    for lists in ("cache/apt", "lib/apt/lists"):
        shutil.rmtree(root / "var" / lists)
    if bundle := os.environ.get("SSL_CERT_FILE"):
        # A machine behind a proxy that signs for others: what it trusts, the root has to trust.
        shutil.copy(bundle, root / "etc" / "ssl" / "certs" / "ca-certificates.crt")


def for_run(stage: Stage) -> dict[str, str]:
    """The environment of RUN: the image's so far, and what an engine hands on from the machine."""
    ours = {name: os.environ[name] for name in FROM_THE_MACHINE if name in os.environ}
    return ours | {"DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"} | stage.environment


def inside(root: Path, workdir: str, *command: str) -> list[str]:
    """The command in a root, with processes and mounts of its own that end with it."""
    own = ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--root={root}", "--mount-proc=/proc"]
    return [*own, f"--wd={workdir}", "--", *command]


class Container:
    """The image, started: ENTRYPOINT and CMD as its USER, loopback only, nothing to be written but its volume."""

    def __init__(self, image: Stage, root: Path, volume: Path, scenarios: Path | None = None) -> None:
        self.image = image
        self.user, self.group = image.user.split(":")
        self.environment = image.environment | {"HOME": image.volumes[0]}
        mounts = [(root, root, "ro"), (volume, root / image.volumes[0].lstrip("/"), "rw")]
        mounts += [(scenarios, root / "scenarios", "ro")] if scenarios else []
        lines = ["set -e", "ip link set lo up"]
        for source, target, how in mounts:
            lines.append(f"mount --bind {shlex.quote(str(source))} {shlex.quote(str(target))}")
            lines.append(f"mount -o remount,bind,{how} {shlex.quote(str(target))}")
        begin = ["unshare", f"--root={root}", f"--wd={image.workdir}", "-S", self.user, "-G", self.group, "--"]
        lines.append(f"mount -t proc proc {shlex.quote(str(root / 'proc'))}")
        lines.append("exec " + shlex.join([*begin, *image.entrypoint, *image.command]))
        own = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "--", "/bin/sh", "-c"]
        self.outer = subprocess.Popen(
            [*own, "\n".join(lines)], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.outer.stdout is not None
        self.said = self.outer.stdout.readline().strip()
        if not self.said:
            sys.exit(f"it did not start: {self.outer.communicate()[1]}")
        self.pid = int(Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children").read_text().split()[0])

    def execute(self, *command: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        """A further command in it, as its user."""
        enter = ["nsenter", f"--target={self.pid}", "--all", "--root", "--wd", "-S", self.user, "-G", self.group, "--"]
        environment = self.environment | more
        return subprocess.run(
            [*enter, *command], env=environment, input=stdin, capture_output=True, text=True, check=False
        )

    def stop(self) -> int:
        """SIGTERM to its first process; returns the exit code."""
        os.kill(self.pid, 15)
        self.outer.communicate(timeout=20)
        return self.outer.returncode


def must(holds: bool, what: str) -> None:
    """Print what was seen; it is over if it does not hold."""
    told(("" if holds else "FAILED: ") + what)
    if not holds:
        sys.exit(1)


def see_it_work(image: Stage, root: Path, volume: Path, scenarios: Path | None) -> None:
    """Start, ask for health, talk, stop."""
    begun = time.monotonic()
    container = Container(image, root, volume, scenarios)
    told(f"{shlex.join([*image.entrypoint, *image.command])}: {container.said} ({time.monotonic() - begun:.2f} s)")
    health_begun = time.monotonic()
    health = container.execute(*image.health)
    took = time.monotonic() - health_begun
    must(health.returncode == 0, f"HEALTHCHECK {shlex.join(image.health)}: {health.stdout.strip()} ({took:.2f} s)")
    elsewhere = container.execute(*image.health, "--url", "http://127.0.0.1:1")
    must(elsewhere.returncode == 1, f"and where nothing is: {elsewhere.stderr.strip()}")
    who = container.execute("id").stdout.strip()
    must(f"uid={image.user.split(':')[0]}" in who, f"it is {who}")
    refused = container.execute("touch", "/opt/emulator/file").stderr.strip()
    must("Read-only" in refused, refused)
    voices = container.execute("gemlive-emulator", "voices").stdout.splitlines()
    chosen = next(line for line in voices if line.startswith("*"))
    must("espeak-ng" in chosen, f"voice: {chosen}")
    client = (ROOT / ".ci" / "smoke.py").read_text(encoding="utf-8")
    base = f"http://127.0.0.1:{image.ports[0]}"
    turn = container.execute("python", "-", stdin=client, GOOGLE_GEMINI_BASE_URL=base)
    must(turn.returncode == 0, turn.stdout.strip() or turn.stderr)
    if scenarios:
        must("Welcome!" in turn.stdout, "which is what the mounted scenario says")
    code = container.stop()
    must(code == 0, f"SIGTERM: exit code {code}")


def main() -> None:
    """Build, see it work, and tell how large it is."""
    parser = argparse.ArgumentParser(description="Build and run the Dockerfile in a root made by debootstrap.")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="build there, and leave it")
    keep: Path | None = parser.parse_args().keep
    if os.geteuid() != 0:
        sys.exit("this needs root: it makes a root and namespaces of its own")
    if not shutil.which("debootstrap"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-qq", "-y", "--no-install-recommends", "debootstrap"], check=True)
    folder = keep or Path(tempfile.mkdtemp(prefix="gemlive-without-engine-"))
    folder.mkdir(parents=True, exist_ok=True)
    try:
        rooms = Rooms(folder)
        read = stages(ROOT / "Dockerfile")
        roots = [rooms.build(stage, number) for number, stage in enumerate(read)]
        for number, volume in enumerate((folder / "volume-0", folder / "volume-1")):
            subprocess.run(["cp", "-a", roots[-1] / read[-1].volumes[0].lstrip("/"), volume], check=True)
            mounted = folder / "scenarios"
            mounted.mkdir(exist_ok=True)
            shutil.copy(SCENARIO, mounted)
            see_it_work(read[-1], roots[-1], volume, mounted if number else None)
            told(f"in {read[-1].volumes[0]}: {', '.join(sorted(file.name for file in volume.rglob('*')))}")
        sizes = [_mebibytes(root) for root in (roots[0], roots[-1])]
        told(f"{sizes[1]} MiB, {sizes[1] - sizes[0]} MiB more than the base")
    finally:
        if not keep:
            shutil.rmtree(folder)


def _mebibytes(root: Path) -> int:
    done = subprocess.run(["du", "-sxm", root], check=True, capture_output=True, text=True)
    return int(done.stdout.split()[0])


if __name__ == "__main__":
    main()
