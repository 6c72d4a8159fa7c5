"""An emulator that runs inside a command: event loop, logging, signals, start and stop."""

import asyncio
import gc
import ipaddress
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import Any

import click

from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.wire.errors import EmulatorError

YOUNG_OBJECTS = 50_000
"""New containers between two collections of the youngest generation: a collection in the middle of a burst of messages
costs more than the little garbage that sessions leave."""


def run(main: Coroutine[Any, Any, int]) -> int:
    """Run a command's coroutine on the fastest event loop there is and return its exit code."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with suppress(ImportError):
        factory = import_module("uvloop").new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


@asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[Emulator]:
    """Start an emulator, and stop it whatever happens.

    Raises:
        click.ClickException: it cannot start; one line says why.
    """
    warn_of_network(settings.host)
    try:
        emulator = Emulator(settings)
        await emulator.start()
    except EmulatorError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(f"cannot listen at {settings.host} port {settings.port}: {_why(error)}") from error
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 50, 100)
    try:
        yield emulator
    finally:
        await emulator.stop()


def on_signals(numbers: tuple[signal.Signals, ...], callback: Callable[[signal.Signals], object]) -> None:
    """Call ``callback`` on the running loop for each of these signals, from now on."""
    loop = asyncio.get_running_loop()
    for number in numbers:
        try:
            loop.add_signal_handler(number, callback, number)
        except NotImplementedError:  # Windows: the loop knows no signals, so the interpreter hands them over
            signal.signal(number, lambda got, _: loop.call_soon_threadsafe(callback, signal.Signals(got)) and None)


def warn_of_network(host: str) -> None:
    """Say on stderr that everybody in the network can connect, if ``host`` is no loopback address."""
    if host == "localhost":
        return
    with suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return
    click.secho(
        f"Warning: {host} is not a loopback address: everybody who can reach this machine can connect.",
        fg="yellow",
        err=True,
    )


def _why(error: OSError) -> str:
    return os.strerror(error.errno) if error.errno and error.errno > 0 else str(error)
