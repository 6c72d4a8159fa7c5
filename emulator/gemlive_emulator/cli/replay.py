"""``gemlive-emulator replay``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gemlive_emulator.cli.options import CLOCKS, DEFAULT_PORT, LOG_LEVELS, TOKEN_VARIABLE, port_option

if TYPE_CHECKING:
    from gemlive_emulator.server.settings import Settings

CHECKS = ("strict", "warn", "off")
SCREEN = """\
gemlive-emulator plays {files} at {url} (ws, wss, http and https on this one port). Ctrl-C stops it.
Point an application here: eval "$(gemlive-emulator env --port {port})"
"""


@click.command("replay")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE...")
@click.option("--at-once", is_flag=True, help="Let nothing wait for its time; the order stays as recorded.")
@click.option(
    "--check",
    type=click.Choice(CHECKS),
    default="strict",
    show_default=True,
    help="A client that sends something else than was recorded is closed (1011), told in the log, or not looked at.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@port_option(DEFAULT_PORT)
@click.option(
    "--clock",
    type=click.Choice(CLOCKS),
    default="real",
    show_default=True,
    help="What moves time: the machine, or only `gemlive-emulator advance` and its like.",
)
@click.option("--rate", default=1.0, show_default=True, help="Seconds of the recording that pass in one real second.")
@click.option("--allow-origin", "allow_origins", multiple=True, metavar="ORIGIN", help="Let this web page connect.")
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="NAME", help="Let this Host header in.")
@click.option(
    "--control-token",
    envvar=TOKEN_VARIABLE,
    metavar="TOKEN",
    help=f"What /emulator/v1/ wants as bearer token, from anywhere; {TOKEN_VARIABLE} keeps it out of sight.",
)
@click.option("--log-level", type=click.Choice(LOG_LEVELS), default="info", show_default=True, help="Log on stderr.")
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Write a JSON file when ready.")
def command(files: tuple[Path, ...], at_once: bool, check: Any, ready_file: Path | None, **chosen: Any) -> None:
    """Serve recordings: to each client one, in turn.

    A FILE is a recording, or a folder of them. What the server sent goes out as it was, each message after those of the
    client that it came after, in its time. Standard output gets the same line as that of `serve` once it is ready.
    """
    from gemlive_emulator.cli.running import run
    from gemlive_emulator.server.settings import Settings
    from gemlive_emulator.wire.errors import EmulatorError

    try:
        settings = Settings(**chosen)
    except EmulatorError as error:
        raise click.ClickException(str(error)) from error
    raise SystemExit(run(_replay(settings, files, ready_file, {"check": check, "at_once": at_once})))


async def _replay(settings: "Settings", files: tuple[Path, ...], ready_file: Path | None, how: dict[str, Any]) -> int:
    from gemlive_emulator.cli.running import running
    from gemlive_emulator.cli.screen import ready_line, ready_report
    from gemlive_emulator.cli.standing import present, stop_event
    from gemlive_emulator.record.replaying import Replay

    stop = stop_event()
    async with running(settings, lambda settings: Replay(files, settings, **how)) as emulator:
        with present(ready_file, lambda: ready_report(emulator)):
            click.echo(ready_line(emulator))
            told = ", ".join(str(path) for path in files)
            click.echo(SCREEN.format(files=told, url=emulator.url, port=emulator.port), err=True)
            await stop.wait()
    return 0
