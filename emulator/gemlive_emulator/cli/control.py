"""Asks the HTTP interface of a running emulator, for commands."""

from typing import Any

import click

from gemlive_emulator.remote import RemoteEmulator, RemoteError


def asked(url: str, method: str, path: str, body: dict[str, Any] | None = None, *, token: str | None) -> dict[str, Any]:
    """What the emulator answers to one request.

    Args:
        url: where it is, with any scheme that it answers.
        method: ``GET`` or ``POST``.
        path: below the prefix.
        body: of the request, sent as JSON.
        token: its control token, if it wants one.

    Raises:
        click.ClickException: nothing answers there, something else than an emulator does, or it refuses; says what
            would be right.
    """
    try:
        emulator = RemoteEmulator(url, token)
        return dict(emulator.get(path) if method == "GET" else emulator.post(path, body))
    except (RemoteError, ValueError, TypeError) as error:
        raise click.ClickException(str(error)) from error
