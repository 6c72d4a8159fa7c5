"""A command in namespaces of its own, where Google's hosts are the emulator and there is no other network."""

import asyncio
import socket
import sys
from pathlib import Path

import click

from gemlive_emulator.cli.child import run_child
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.transparent import hosts_file

ENTRY = Path(__file__).with_name("sealed.py")
HOSTS_FILE = Path("/etc/hosts")
WEB_ADDRESSES = ("127.0.0.1:443", "127.0.0.1:80")


async def run_sealed(emulator: Emulator, words: tuple[str, ...], environment: dict[str, str], folder: Path) -> int:
    """Run a command to its end, as :func:`run_child` does, where Google's hosts are the emulator.

    Args:
        emulator: it runs; until it is stopped it accepts in the command's network as well, also at its own URL.
        words: the command and its arguments.
        environment: all of its environment.
        folder: where the hosts file is written that the command sees.

    Raises:
        click.ClickException: this system has no namespaces, or no hosts file.
    """
    if sys.platform != "linux":
        raise click.ClickException("--sealed needs the namespaces of Linux; docs/transparent.md has other ways.")
    hosts = _write_hosts(folder / "hosts")
    addresses = dict.fromkeys((*WEB_ADDRESSES, emulator.url.removeprefix("http://")))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        before = (sys.executable, "-I", str(ENTRY), str(theirs.fileno()), str(hosts), ",".join(addresses))
        loop = asyncio.get_running_loop()
        loop.add_reader(ours, _take, emulator, ours)
        try:
            return await run_child((*before, *words), environment, (theirs.fileno(),))
        finally:
            loop.remove_reader(ours)


def _write_hosts(path: Path) -> Path:
    """Write a copy of the system's hosts file, in which Google's Live hosts are this machine; everybody may read it.

    Raises:
        click.ClickException: there is none to show the copy in place of.
    """
    try:
        known = HOSTS_FILE.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise click.ClickException(f"--sealed: {HOSTS_FILE} cannot be read: {error.strerror}") from error
    path.write_bytes(hosts_file(known).encode("utf-8", "surrogateescape"))
    path.chmod(0o644)
    return path


def _take(emulator: Emulator, ours: socket.socket) -> None:
    """Accept on the sockets that come from the other side."""
    _, descriptors, _, _ = socket.recv_fds(ours, 16, 8)
    for descriptor in descriptors:
        emulator.also_listen(socket.socket(fileno=descriptor))
