"""``gemlive-emulator version``."""

import click

from gemlive_emulator import __version__


@click.command("version")
def command() -> None:
    """Print the version."""
    click.echo(f"gemlive-emulator {__version__}")
