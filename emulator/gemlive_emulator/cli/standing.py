"""A server that stands until it is told to stop: signals, and the file that says that it is ready."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gemlive_emulator.cli.running import on_signals


def stop_event() -> asyncio.Event:
    """Is set by SIGINT or SIGTERM; a second one ends the process at once."""
    stop = asyncio.Event()

    def told_to_stop(number: signal.Signals) -> None:
        if stop.is_set():
            os._exit(128 + number)
        stop.set()

    on_signals((signal.SIGINT, signal.SIGTERM), told_to_stop)
    return stop


@contextmanager
def present(path: Path | None, content: Callable[[], str]) -> Iterator[None]:
    """The file is there meanwhile, if there is to be one; whoever waits for it sees it complete or not at all."""
    if path is None:
        yield
        return
    draft = path.with_name(f"{path.name}.draft")
    try:
        draft.write_text(content(), encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise click.ClickException(f"--ready-file {path}: {error.strerror}") from error
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
