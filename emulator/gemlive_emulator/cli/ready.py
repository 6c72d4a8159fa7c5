"""``gemlive-emulator ready``."""

import click

from gemlive_emulator.cli.options import DEFAULT_PORT

BETWEEN_TRIES = 0.05


@click.command("ready")
@click.option("--url", default=f"http://127.0.0.1:{DEFAULT_PORT}", show_default=True, help="The emulator's address.")
@click.option("--wait", type=click.FloatRange(min=0), default=0.0, metavar="SECONDS", help="Ask until then.")
def command(url: str, wait: float) -> None:
    """Ask whether an emulator is ready; exit code 0 if so, 1 if not."""
    import time

    end = time.monotonic() + wait  # noqa: TID251 - outside any session: how long the caller waits
    while not asked(url, seconds=1.0):
        if time.monotonic() >= end:  # noqa: TID251 - as above
            raise click.ClickException(f"nothing is ready at {url}")
        time.sleep(BETWEEN_TRIES)  # noqa: TID251 - as above
    click.echo(f"ready at {url}")


def asked(url: str, seconds: float) -> bool:
    """Whether an emulator answers at ``url`` within ``seconds`` and says that it is ready."""
    from http.client import HTTPConnection, HTTPException
    from urllib.parse import urlsplit

    try:
        where = urlsplit(url)
        if not where.hostname:
            raise ValueError("no host")
        line = HTTPConnection(where.hostname, where.port, timeout=seconds)
    except ValueError as error:
        raise click.ClickException(f"{url} is no address; it has to be like http://127.0.0.1:{DEFAULT_PORT}") from error
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except (OSError, HTTPException, UnicodeError):  # UnicodeError: a name that cannot be one
        return False
    finally:
        line.close()
