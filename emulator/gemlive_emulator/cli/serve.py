"""``gemlive-emulator serve``."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gemlive_emulator.cli.options import DEFAULT_PORT, port_option, serve_options, settings_from

if TYPE_CHECKING:
    import asyncio

    from gemlive_emulator.server.emulator import Emulator
    from gemlive_emulator.server.settings import Settings

BEFORE_SCREEN_SECONDS = 0.2


@click.command("serve")
@port_option(DEFAULT_PORT)
@serve_options
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Write a JSON file when ready.")
def command(ready_file: Path | None, **chosen: Any) -> None:
    """Start the emulator and serve until Ctrl-C.

    Once it is ready, standard output gets one line, `gemlive-emulator ready url=URL port=PORT pid=PID`; everything for
    people goes to standard error. SIGINT and SIGTERM close every session and end with exit code 0; a second one ends at
    once.
    """
    # What the imports make stays: collecting in the meantime finds nothing and costs a twentieth of the start.
    gc.disable()
    settings = settings_from(chosen)

    from gemlive_emulator.cli.running import run

    raise SystemExit(run(_serve(settings, ready_file)))


async def _serve(settings: "Settings", ready_file: Path | None) -> int:
    from gemlive_emulator.cli.running import running
    from gemlive_emulator.cli.screen import ready_line, ready_report
    from gemlive_emulator.cli.standing import present, stop_event

    stop = stop_event()
    async with running(settings) as emulator:
        with present(ready_file, lambda: ready_report(emulator)):
            click.echo(ready_line(emulator))
            await _welcome(emulator, stop)
            await stop.wait()
    return 0


async def _welcome(emulator: "Emulator", stop: "asyncio.Event") -> None:
    """Show the first screen a moment later: whoever waits for the ready line comes before voice and certificates."""
    import asyncio

    from gemlive_emulator.cli.screen import first_screen

    try:
        await asyncio.wait_for(stop.wait(), BEFORE_SCREEN_SECONDS)
    except TimeoutError:
        click.echo(await asyncio.to_thread(first_screen, emulator), err=True)
