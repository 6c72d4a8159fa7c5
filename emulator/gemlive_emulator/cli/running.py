"""An emulator that runs inside a command: event loop, logging, signals, start and stop."""

import asyncio
import gc
import ipaddress
import logging
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from typing import Any

import click

from gemlive_emulator.server.emulator import EMBEDDED_VOICES, Emulator
from gemlive_emulator.server.redact import RedactingFormatter
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.wire.errors import EmulatorError

YOUNG_OBJECTS, YOUNG_COLLECTIONS, MIDDLE_COLLECTIONS = 2_000, 1_250, 100
"""New containers between two collections of the youngest generation, and how many of those until the next one is looked
at. Sessions leave little garbage, so it is seldom worth while; but with many of them nothing of it is in the cache, and
one of 50,000 new ones stops everybody for 30 ms, where one of 2,000 takes 2."""


def run(main: Coroutine[Any, Any, int]) -> int:
    """Run a command's coroutine on the fastest event loop there is and return its exit code."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with suppress(ImportError):
        factory = import_module("uvloop").new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main)


@asynccontextmanager
async def running(settings: Settings, make: Callable[[Settings], Emulator] = Emulator) -> AsyncIterator[Emulator]:
    """Start an emulator, and stop it whatever happens.

    Args:
        settings: of the emulator.
        make: makes it.

    Raises:
        click.ClickException: it cannot start; one line says why.
    """
    log_to_stderr(settings.log_level)
    warn_of_network(settings.host)
    try:
        emulator = make(settings)
        await emulator.start()
    except EmulatorError as error:
        raise click.ClickException(str(error)) from error
    gc.freeze()
    gc.enable()
    gc.set_threshold(YOUNG_OBJECTS, YOUNG_COLLECTIONS, MIDDLE_COLLECTIONS)
    try:
        if settings.voice not in EMBEDDED_VOICES:
            await asyncio.to_thread(emulator.voices.start)
        yield emulator
    except EmulatorError as error:
        raise click.ClickException(str(error)) from error
    finally:
        await emulator.stop()


def on_signals(numbers: tuple[signal.Signals, ...], callback: Callable[[signal.Signals], object]) -> None:
    """Call ``callback`` on the running loop for each of these signals, from now on."""
    loop = asyncio.get_running_loop()

    def from_interpreter(number: int, frame: object) -> None:
        loop.call_soon_threadsafe(callback, signal.Signals(number))

    for number in numbers:
        try:
            loop.add_signal_handler(number, callback, number)
        except NotImplementedError:  # Windows: the loop knows no signals, so the interpreter hands them over
            signal.signal(number, from_interpreter)


def log_to_stderr(level: str) -> None:
    """Send our log lines of this level and above to stderr, without keys in them; other libraries' are not ours."""
    handler = logging.StreamHandler()
    handler.setFormatter(RedactingFormatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))
    ours = logging.getLogger("gemlive_emulator")
    ours.handlers = [handler]
    ours.setLevel(level.upper())
    ours.propagate = False


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
