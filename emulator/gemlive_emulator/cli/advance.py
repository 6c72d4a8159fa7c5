"""``gemlive-emulator advance``."""

from collections.abc import Iterator
from typing import Any

import click

from gemlive_emulator.cli.options import DEFAULT_PORT, TOKEN_VARIABLE
from gemlive_emulator.cli.seconds import seconds

NO_REASON = "no reason given"


@click.command("advance")
@click.argument("time", callback=seconds(), metavar="TIME")
@click.option(
    "--url",
    envvar="GOOGLE_GEMINI_BASE_URL",
    default=f"http://127.0.0.1:{DEFAULT_PORT}",
    show_default=True,
    help="The emulator's address; GOOGLE_GEMINI_BASE_URL if not given.",
)
@click.option(
    "--control-token", envvar=TOKEN_VARIABLE, metavar="TOKEN", help=f"Its control token; {TOKEN_VARIABLE} if not given."
)
@click.option("--json", "as_json", is_flag=True, help="Print what happened as JSON.")
def command(time: float, url: str, control_token: str | None, as_json: bool) -> None:
    """Move the time of a running emulator on, and tell what fell due.

    TIME is 90, 1.5s, 10m, 2h or the like. The emulator was started with `--clock manual`. Everything happens in its
    order, each at its own time, and the command ends when all is quiet.
    """
    import json

    from gemlive_emulator.cli.control import asked

    told = asked(url, "POST", "/clock/advance", {"seconds": time}, token=control_token)
    click.echo(json.dumps(told, indent=2) if as_json else "\n".join(_lines(told)))


def _lines(told: dict[str, Any]) -> Iterator[str]:
    """The account for a person: ends alike are told once."""
    from collections import Counter

    yield f"{told['seconds']:g} s on, the clock says {told['now']:g} s; open connections: {told['open']}"
    for kind, times in told["happened"].items():
        if kind != "close":
            yield f"  {kind.replace('_', ' ')}: {times}"
    ends = Counter((one["at"], one["by"], one["code"], one["words"]) for one in told["ended"])
    for (at, by, code, words), times in ends.items():
        yield f"  closed by the {by} at {at:g} s: {times}, with {code} {words or NO_REASON}"
