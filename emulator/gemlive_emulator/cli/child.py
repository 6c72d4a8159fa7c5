"""A command run as a child, with this process's standard streams, its signals handed on and its exit code told."""

import asyncio
import os
import signal
from collections.abc import Mapping
from contextlib import suppress

from gemlive_emulator.cli.running import on_signals

HANDED_ON = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2")
    if hasattr(signal, name)
)
FROM_KEYBOARD = ("SIGINT", "SIGQUIT")


async def run_child(words: tuple[str, ...], environment: Mapping[str, str], descriptors: tuple[int, ...] = ()) -> int:
    """Run a command to its end and return its exit code; 128 plus the number for one that a signal ended.

    Args:
        words: the command and its arguments.
        environment: all of its environment.
        descriptors: open files that it gets, beside the standard ones.

    Raises:
        FileNotFoundError: there is no such command.
        OSError: it cannot be started: it may not be executed, is no program, has too many words ...
    """
    child: asyncio.subprocess.Process | None = None
    early: list[signal.Signals] = []

    def hand_on(number: signal.Signals) -> None:
        if number.name in FROM_KEYBOARD and _in_foreground():
            return  # the terminal has sent it to the child as well
        if child is None:
            early.append(number)
            return
        with suppress(ProcessLookupError):
            child.send_signal(number)

    on_signals(HANDED_ON, hand_on)
    child = await asyncio.create_subprocess_exec(*words, env=dict(environment), pass_fds=descriptors)
    for number in early:
        hand_on(number)
    code = await child.wait()
    return code if code >= 0 else 128 - code


def _in_foreground() -> bool:
    """Whether the terminal sends what is typed, Ctrl-C for one, to this process's group."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
