"""``gemlive-emulator record``."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gemlive_emulator.cli.options import DEFAULT_PORT, LOG_LEVELS, port_option

if TYPE_CHECKING:
    from gemlive_emulator.record.recorder import Terms

REAL = """\
Sessions are with {shown}, which is not this machine: what your application sends goes there, its real API key too,
and may cost money. No key is written to a recording or to the log; what is said is.
"""
SCREEN = """\
gemlive-emulator records at {url} (ws, wss, http and https on this one port), in {output}. Ctrl-C stops it.

Point an application here with a key for {shown}, in the shell that starts it:

  export GOOGLE_GEMINI_BASE_URL={url}
  export SSL_CERT_FILE={bundle}
"""


@click.command("record")
@click.option(
    "--upstream",
    required=True,
    metavar="URL",
    help="The service to record with: wss://generativelanguage.googleapis.com, or another emulator's address.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("recordings"),
    show_default=True,
    metavar="PATH",
    help="A folder, in which each session gets a file, or a file (.jsonl).",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@port_option(DEFAULT_PORT)
@click.option(
    "--no-sound", "sound", flag_value=False, default=True, help="Write of sound and pictures only how long they were."
)
@click.option("--allow-origin", "allow_origins", multiple=True, metavar="ORIGIN", help="Let this web page connect.")
@click.option("--allow-host", "allow_hosts", multiple=True, metavar="NAME", help="Let this Host header in.")
@click.option("--log-level", type=click.Choice(LOG_LEVELS), default="info", show_default=True, help="Log on stderr.")
@click.option("--ready-file", type=click.Path(dir_okay=False, path_type=Path), help="Write a JSON file when ready.")
def command(log_level: str, ready_file: Path | None, **chosen: Any) -> None:
    """Pass sessions on to a service, and write each of them down.

    An application that is pointed here talks with the service at --upstream as if it were there, with its own key; REST
    calls go through too. Each session becomes a file of JSON Lines for `replay` and `convert`, readable for you alone.
    Keys, tokens and other credentials are never written, but everything that is said is. Standard output gets the same
    line as that of `serve` once it is ready.
    """
    from gemlive_emulator.cli.running import log_to_stderr, run, warn_of_network
    from gemlive_emulator.record.recorder import Terms

    log_to_stderr(log_level)
    warn_of_network(chosen["host"])
    raise SystemExit(run(_record(Terms(**chosen), ready_file)))


async def _record(terms: "Terms", ready_file: Path | None) -> int:
    import asyncio
    import json
    import os
    import shlex

    from gemlive_emulator import __version__
    from gemlive_emulator.cli.standing import present, stop_event
    from gemlive_emulator.record.recorder import Recorder
    from gemlive_emulator.wire.errors import EmulatorError

    stop = stop_event()
    try:
        recorder = Recorder(terms)
        await recorder.start()
    except EmulatorError as error:
        raise click.ClickException(str(error)) from error

    def report() -> str:
        told = {"url": recorder.url, "host": terms.host, "port": recorder.port, "pid": os.getpid()}
        told |= {"ca_file": str(recorder.certificates.ca_file), "version": __version__}
        return json.dumps(told, indent=2) + "\n"

    try:
        with present(ready_file, report):
            click.echo(f"gemlive-emulator ready url={recorder.url} port={recorder.port} pid={os.getpid()}")
            shown = recorder.upstream.shown
            if not recorder.upstream.is_local:
                click.secho(REAL.format(shown=shown), fg="yellow", err=True)
            bundle = await asyncio.to_thread(lambda: shlex.quote(str(recorder.certificates.bundle_file)))
            click.echo(SCREEN.format(url=recorder.url, output=terms.output, shown=shown, bundle=bundle), err=True)
            await stop.wait()
    finally:
        await recorder.stop()
    click.echo(f"sessions recorded: {len(recorder.files)}", err=True)
    return 0
