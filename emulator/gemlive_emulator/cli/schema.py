"""``gemlive-emulator schema``."""

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of scenario files, for editors.

    An editor with a YAML language server takes a file with the schema in it, named in the first line of a scenario:
    `# yaml-language-server: $schema=scenario.schema.json`
    """
    from gemlive_emulator.scenario.schema import written

    click.echo(written(), nl=False)
