"""``gemlive-emulator serve``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gemlive_emulator.cli.options import DEFAULT_PORT, port_option, serve_options, settings_from

if TYPE_CHECKING:
    from gemlive_emulator.server.settings import Settings


@click.command("serve")
@port_option(DEFAULT_PORT)
@serve_options
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Write a JSON file when ready.")
def command(ready_file: Path | None, **chosen: Any) -> None:
    """Start the emulator and serve until Ctrl-C.

    Once it is ready, standard output gets one line, `gemlive-emulator ready url=URL port=PORT pid=PID`; everything for people
    goes to standard error. SIGINT and SIGTERM close every session and end with exit code 0; a second one ends at once.
    """
    settings = settings_from(chosen)

    from gemlive_emulator.cli.running import run

    raise SystemExit(run(_serve(settings, ready_file)))


async def _serve(settings: "Settings", ready_file: Path | None) -> int:
    import asyncio
    import os
    import signal

    from gemlive_emulator.cli.running import on_signals, running
    from gemlive_emulator.cli.screen import first_screen, ready_line, ready_report

    stop = asyncio.Event()

    def told_to_stop(number: signal.Signals) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    on_signals((signal.SIGINT, signal.SIGTERM), told_to_stop)
    async with running(settings) as emulator:
        click.echo(first_screen(emulator), err=True)
        if ready_file:
            _write_whole(ready_file, ready_report(emulator))
        click.echo(ready_line(emulator))
        try:
            await stop.wait()
        finally:
            if ready_file:
                ready_file.unlink(missing_ok=True)
    return 0


def _write_whole(path: Path, text: str) -> None:
    """Whoever waits for the file sees it complete or not at all."""
    import os

    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
