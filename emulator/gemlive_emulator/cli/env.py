"""``gemlive-emulator env``."""

import click

from gemlive_emulator.cli.formats import FORMATS
from gemlive_emulator.cli.options import DEFAULT_PORT, transparent_option


@click.command("env")
@click.option("--url", help="The emulator's address, for example http://127.0.0.1:8765; takes the place of --port.")
@click.option("--port", type=int, default=DEFAULT_PORT, show_default=True, help="Its port on this machine.")
@click.option(
    "--format",
    "format_",
    envvar="GEMLIVE_EMULATOR_ENV_FORMAT",
    type=click.Choice(tuple(FORMATS)),
    default="sh",
    show_default=True,
)
@click.option("--vertex/--no-vertex", default=None, help="Choose Vertex AI; otherwise as the environment says.")
@transparent_option
def command(url: str | None, port: int, format_: str, vertex: bool | None, transparent: bool) -> None:
    """Print the environment that points an unmodified client at a running emulator.

    \b
    sh, bash, zsh   eval "$(gemlive-emulator env)"
    fish            gemlive-emulator env --format fish | source
    PowerShell      gemlive-emulator env --format powershell | Out-String | Invoke-Expression
    a .env file     gemlive-emulator env --format dotenv > .env
    GitHub Actions  gemlive-emulator env --format github >> "$GITHUB_ENV"
    """
    import os

    from gemlive_emulator.cli.ready import asked
    from gemlive_emulator.server.environment import Address, client_environment, wants_vertex
    from gemlive_emulator.server.tls import Certificates
    from gemlive_emulator.wire.errors import EmulatorError

    url = (url or f"http://127.0.0.1:{port}").rstrip("/")
    if not asked(url, seconds=1.0):
        click.echo(f"Warning: nothing answers at {url}; start it with `gemlive-emulator serve`.", err=True)
    certificates = Certificates()
    wanted = wants_vertex(os.environ) if vertex is None else vertex
    try:
        address = Address(url, certificates, certificates.ca_file.parent)
        told = client_environment(address, os.environ, vertex=wanted)
        if transparent:
            from gemlive_emulator.server.transparent import transparent_environment

            told |= transparent_environment(address, {**os.environ, **told})
    except (EmulatorError, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(FORMATS[format_](told), nl=False)
