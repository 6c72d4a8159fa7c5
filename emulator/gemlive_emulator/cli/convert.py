"""``gemlive-emulator convert``."""

from pathlib import Path

import click


@click.command("convert")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE")
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.yaml",
    help="The scenario file to write; standard output if not given.",
)
def command(file: Path, output: Path | None) -> None:
    """Make a scenario file of a recording.

    It is a script: what the user said, and the replies in words, with their pauses and calls. Unlike a recording that
    is replayed, it answers as any model family does, and can be changed by hand.
    """
    from gemlive_emulator.record.converting import convert, written
    from gemlive_emulator.record.shelf import load
    from gemlive_emulator.scenario.errors import ScenarioError
    from gemlive_emulator.scenario.loader import parse
    from gemlive_emulator.wire.errors import EmulatorError

    try:
        converted = convert(load(file).tape, file.stem)
    except EmulatorError as error:
        raise click.ClickException(f"{file}: {error}" if str(file) not in str(error) else str(error)) from error
    text = written(converted, file.name)
    for note in converted.notes:
        click.echo(f"{file}: not in the scenario: {note}", err=True)
    try:
        parse(text, str(output or "<stdout>"))
    except ScenarioError as error:
        click.echo(f"the scenario has to be changed by hand before it can be used:\n{error}", err=True)
    if output is None:
        click.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{output} cannot be written: {error.strerror}") from error
    click.echo(f"{output}: {len(converted.scenario['script'])} exchanges")
