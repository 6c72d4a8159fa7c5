"""``gemlive-emulator validate``."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gemlive_emulator.scenario.errors import Problem

ENDINGS = (".yaml", ".yml", ".json")


@click.command("validate")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--json", "as_json", is_flag=True, help="One JSON array of faults on standard output, empty if all is right."
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of files that are right.")
def command(files: tuple[str, ...], as_json: bool, quiet: bool) -> None:
    """Check scenario files, and tell every fault of all of them.

    A FILE is a scenario; a folder, for the scenarios in it and below (.yaml, .yml and .json); or - for standard input.
    The exit code is 0 if all are right and 1 if not.
    """
    import json
    import sys
    from dataclasses import asdict

    found = {file: _faults_of(file) for file in _listed(files)}
    faults = list(dict.fromkeys(fault for some in found.values() for fault in some))
    if as_json:
        click.echo(json.dumps([asdict(fault) for fault in faults], indent=2, ensure_ascii=False))
    else:
        for fault in faults:
            click.echo(str(fault), err=True)
        for file in [file for file, some in found.items() if not some and not quiet]:
            click.echo(f"{file}: right")
    sys.exit(1 if faults else 0)


def _listed(files: tuple[str, ...]) -> list[str]:
    """The files that are meant, each once.

    Raises:
        click.ClickException: a folder has none.
    """
    listed: list[str] = []
    for file in files:
        path = Path(file)
        if file == "-" or not path.is_dir():
            listed.append(file)
            continue
        inside = sorted(str(one) for one in path.rglob("*") if one.suffix in ENDINGS and one.is_file())
        if not inside:
            raise click.ClickException(f"{file}: no file in this folder ends with {', '.join(ENDINGS)}")
        listed += inside
    return list(dict.fromkeys(listed))


def _faults_of(file: str) -> "tuple[Problem, ...]":
    import sys

    from gemlive_emulator.scenario.errors import ScenarioError
    from gemlive_emulator.scenario.loader import load, parse

    try:
        if file == "-":
            # What is not UTF-8 is left for the loader to complain about, with its place.
            parse(sys.stdin.buffer.read().decode("utf-8-sig", "surrogateescape"), "<stdin>", "stdin", Path())
        else:
            load(Path(file))
    except ScenarioError as error:
        return error.problems
    return ()
