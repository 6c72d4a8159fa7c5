"""The scenario of a folder that is mounted into a container, where nobody writes a command line."""

from collections.abc import Mapping
from pathlib import Path

import click

FOLDER_VARIABLE = "GEMLIVE_EMULATOR_SCENARIOS"
USUAL_STEM = "scenario"
ENDINGS = (".yaml", ".yml", ".json")


def mounted_scenario(environment: Mapping[str, str]) -> Path | None:
    """The scenario that is played where none is asked for: that of the folder in ``GEMLIVE_EMULATOR_SCENARIOS``.

    Returns:
        The file called ``scenario``, else the only scenario file of the folder (not of those below it); ``None`` where
        there is no such variable, no such folder or no scenario in it, which is how a container begins.

    Raises:
        click.ClickException: there are several, and which is meant cannot be told; or the folder may not be read.
    """
    told = environment.get(FOLDER_VARIABLE)
    if not told:
        return None
    try:
        if not Path(told).is_dir():
            return None
        found = sorted(file for file in Path(told).iterdir() if file.suffix in ENDINGS and file.is_file())
    except OSError as error:
        raise click.ClickException(f"{FOLDER_VARIABLE}={told}: {error.strerror}") from error
    usual = [file for file in found if file.stem == USUAL_STEM]
    likely = usual or found
    if len(likely) > 1:
        names = ", ".join(file.name for file in likely)
        raise click.ClickException(
            f"{told} has several scenarios ({names}): choose one by --scenario, or call one {USUAL_STEM}.yaml"
        )
    return likely[0] if likely else None
