"""``gemlive-emulator exec``."""

from typing import TYPE_CHECKING, Any

import click

from gemlive_emulator.cli.options import port_option, serve_options, settings_from

if TYPE_CHECKING:
    from gemlive_emulator.server.settings import Settings

NOT_FOUND = 127
NOT_EXECUTABLE = 126


@click.command("exec", context_settings={"ignore_unknown_options": False, "allow_interspersed_args": False})
@port_option(0)
@serve_options
@click.option("--vertex/--no-vertex", default=None, help="Choose Vertex AI; otherwise as the environment says.")
@click.argument("words", nargs=-1, required=True, metavar="[--] CMD [ARGS]...", type=click.UNPROCESSED)
def command(words: tuple[str, ...], vertex: bool | None, **chosen: Any) -> None:
    """Start the emulator, run a command against it, pass its exit code on.

    The command finds the emulator through its environment and keeps standard input and output to itself. Signals are
    handed on. A command that a signal ended gives 128 plus the signal's number, as in a shell; one that is not found
    gives 127, and one that cannot be started 126.
    """
    settings = settings_from(chosen)

    from gemlive_emulator.cli.running import run

    raise SystemExit(run(_execute(settings, words, vertex)))


async def _execute(settings: "Settings", words: tuple[str, ...], vertex: bool | None) -> int:
    import os
    import tempfile
    from pathlib import Path

    from gemlive_emulator.cli.child import run_child
    from gemlive_emulator.cli.running import running
    from gemlive_emulator.server.environment import Address, client_environment, real_keys, wants_vertex

    async with running(settings) as emulator:
        with tempfile.TemporaryDirectory(prefix="gemlive-emulator-") as folder:
            present = dict(os.environ)
            for name in real_keys(present):
                click.echo(f"Note: {name} looks like a real key; it goes to the emulator only.", err=True)
            address = Address(emulator.url, emulator.certificates, Path(folder))
            told = client_environment(address, present, vertex=wants_vertex(present) if vertex is None else vertex)
            try:
                return await run_child(words, present | told)
            except FileNotFoundError:
                click.echo(f"Error: {words[0]}: no such command", err=True)
                return NOT_FOUND
            except OSError as error:
                click.echo(f"Error: {words[0]}: {_why_not(error)}", err=True)
                return NOT_EXECUTABLE


def _why_not(error: OSError) -> str:
    """Why the system does not start a command that is there."""
    import errno

    if isinstance(error, PermissionError):
        return "may not be executed"
    if error.errno == errno.ENOEXEC:
        return "is neither a program for this machine nor a script that begins with what runs it, such as #!/bin/sh"
    return f"cannot be started: {error.strerror or error}"
