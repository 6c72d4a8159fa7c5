"""Asks the HTTP interface of a running emulator."""

import json
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import SplitResult, urlsplit

import click

from gemlive_emulator.cli.options import DEFAULT_PORT

PATIENCE = 300.0
"""Seconds for an answer: a long way on, with many sessions, takes a while."""

PREFIX = "/emulator/v1"


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
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    line = _line(url)
    try:
        line.request(method, PREFIX + path, None if body is None else json.dumps(body), headers)
        response = line.getresponse()
        status, octets = response.status, response.read()
    except (OSError, HTTPException, UnicodeError) as error:
        wrong, right = f"nothing answers at {url} ({error})", "start one with `gemlive-emulator serve`"
        raise click.ClickException(f"{wrong}; {right}") from error
    finally:
        line.close()
    try:
        told = json.loads(octets)
        if status == 200:
            return dict(told)
        refused = told["error"]["message"]
    except (ValueError, KeyError, TypeError):
        raise click.ClickException(f"what answers at {url} is no emulator, or one that is too old") from None
    right = told["error"].get("right")
    raise click.ClickException(f"{refused}; {right}" if right else refused)


def _line(url: str) -> HTTPConnection:
    try:
        where = urlsplit(url)
        if not where.hostname or where.scheme not in ("http", "ws", "https", "wss"):
            raise ValueError("no host")
        return _connection(where, where.hostname)
    except ValueError as error:
        raise click.ClickException(f"{url} is no address; it has to be like http://127.0.0.1:{DEFAULT_PORT}") from error


def _connection(where: SplitResult, host: str) -> HTTPConnection:
    secure = where.scheme in ("https", "wss")
    return (HTTPSConnection if secure else HTTPConnection)(host, where.port, timeout=PATIENCE)
