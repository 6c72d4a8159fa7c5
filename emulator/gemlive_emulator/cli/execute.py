"""``gemlive-emulator exec``."""

from typing import TYPE_CHECKING, Any

import click

from gemlive_emulator.cli.options import port_option, serve_options, settings_from, transparent_option
from gemlive_emulator.records import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gemlive_emulator.server.emulator import Emulator
    from gemlive_emulator.server.environment import Address
    from gemlive_emulator.server.settings import Settings

NOT_FOUND = 127
NOT_EXECUTABLE = 126


@click.command("exec", context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False})
@port_option(0)
@serve_options
@click.option("--vertex/--no-vertex", default=None, help="Choose Vertex AI; otherwise as the environment says.")
@transparent_option
@click.option(
    "--sealed",
    is_flag=True,
    allow_from_autoenv=False,
    help="Linux: in a network of its own, where Google's hosts are the emulator.",
)
@click.argument("words", nargs=-1, required=True, metavar="[--] CMD [ARGS]...", type=click.UNPROCESSED)
def command(words: tuple[str, ...], vertex: bool | None, transparent: bool, sealed: bool, **chosen: Any) -> None:
    """Start the emulator, run a command against it, pass its exit code on.

    The command finds the emulator through its environment and keeps standard input and output to itself. Signals are
    handed on. A command that a signal ended gives 128 plus the signal's number, as in a shell; one that is not found
    gives 127, and one that cannot be started 126.

    With --transparent, programs that dial Google's own hosts reach the emulator too, if they run on Python, Node or
    Chromium; with --sealed all do, and they reach nothing else.
    """
    settings = settings_from(chosen)

    from gemlive_emulator.cli.running import run

    raise SystemExit(run(_execute(settings, words, Ways(vertex, transparent, sealed))))


@dataclass(frozen=True, slots=True)
class Ways:
    """How the command is led to the emulator.

    Attributes:
        vertex: by Vertex AI; ``None`` for what the environment says.
        transparent: by hooks in Python and Node, for Google's own hosts.
        sealed: in namespaces of its own.
    """

    vertex: bool | None
    transparent: bool
    sealed: bool


async def _execute(settings: "Settings", words: tuple[str, ...], ways: Ways) -> int:
    import os
    import tempfile
    from pathlib import Path

    from gemlive_emulator.cli.running import running
    from gemlive_emulator.server.environment import Address, real_keys

    async with running(settings) as emulator:
        with tempfile.TemporaryDirectory(prefix="gemlive-emulator-") as folder:
            present = dict(os.environ)
            for name in real_keys(present):
                click.echo(f"Note: {name} looks like a real key; it goes to the emulator only.", err=True)
            address = Address(emulator.url, emulator.certificates, Path(folder))
            try:
                return await _run(emulator, words, _environment(address, present, ways), address.folder, ways)
            except FileNotFoundError:
                click.echo(f"Error: {words[0]}: no such command", err=True)
                return NOT_FOUND
            except OSError as error:
                click.echo(f"Error: {words[0]}: {_why_not(error)}", err=True)
                return NOT_EXECUTABLE


def _environment(address: "Address", present: "Mapping[str, str]", ways: Ways) -> dict[str, str]:
    from gemlive_emulator.server.environment import client_environment, wants_vertex

    vertex = wants_vertex(present) if ways.vertex is None else ways.vertex
    told = {**present, **client_environment(address, present, vertex=vertex)}
    if ways.transparent or ways.sealed:
        from gemlive_emulator.server.transparent import transparent_environment, trusting_environment

        told |= transparent_environment(address, told) if ways.transparent else trusting_environment(address, told)
    return told


async def _run(
    emulator: "Emulator", words: tuple[str, ...], environment: dict[str, str], folder: "Path", ways: Ways
) -> int:
    if ways.sealed:
        from gemlive_emulator.cli.sealing import run_sealed

        return await run_sealed(emulator, words, environment, folder)

    from gemlive_emulator.cli.child import run_child

    return await run_child(words, environment)


def _why_not(error: OSError) -> str:
    """Why the system does not start a command that is there."""
    import errno

    if isinstance(error, PermissionError):
        return "may not be executed"
    if error.errno == errno.ENOEXEC:
        return "is neither a program for this machine nor a script that begins with what runs it, such as #!/bin/sh"
    return f"cannot be started: {error.strerror or error}"
