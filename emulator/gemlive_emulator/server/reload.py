"""The scenarios of a file that is read again when it was saved; sessions that run keep what they began with."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gemlive_emulator.server.clock import Clock
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.wire.errors import EmulatorError

if TYPE_CHECKING:
    from gemlive_emulator.scenario.engine import Scenario

log = redacting_logger("scenario")

MOST_TOLD = 20
"""Faults of a file that are logged, a line each."""


class _Stamp(NamedTuple):
    """By what a file is known to have been saved: an editor may write into it, or put another one in its place."""

    modified: int
    size: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> "_Stamp | None":
        """That of a file as it is now; ``None`` if there is none."""
        try:
            found = path.stat()
        except (OSError, ValueError):
            return None
        return cls(found.st_mtime_ns, found.st_size, found.st_ino)


class Watched:
    """Gives the scenarios of a file as they are now.

    The file, and each that it names, is looked at when a client connects, which costs a few microseconds. A change is
    read in a thread, since ten thousand rules take most of a second: clients that come meanwhile wait for it, and
    nobody else does. A file that has become wrong leaves the last right scenarios in use, and is logged once.

    Args:
        path: of the file.
        clock: is held while the file is read again.
        check: looks at what was read, beside what the loader does, and raises :exc:`EmulatorError`.

    Raises:
        EmulatorError: the file is not right at the beginning.
    """

    def __init__(
        self, path: Path, clock: Clock, check: "Callable[[Sequence[Scenario]], None]" = lambda scenarios: None
    ) -> None:
        self._path = path
        self._clock = clock
        self._check = check
        self._stamps: dict[Path, _Stamp | None] = {}
        self._executor: ThreadPoolExecutor | None = None
        self._waiting: list[Callable[[], None]] = []
        self._scenarios = self._read()

    def __call__(self) -> "Sequence[Scenario]":
        """The scenarios as they were read last, in the order of the file; at least one."""
        return self._scenarios

    def catch_up(self, then: Callable[[], None]) -> bool:
        """Read the file again if it was saved. Called on the event loop.

        Returns:
            Whether it is being read; ``then`` is called when that is done, right or wrong.
        """
        if self._executor is None:
            if all(_Stamp.of(path) == stamp for path, stamp in self._stamps.items()):
                return False
            self._executor = ThreadPoolExecutor(1, thread_name_prefix="gemlive-scenarios")
            self._clock.hold()
            asyncio.get_running_loop().run_in_executor(self._executor, self._read).add_done_callback(self._done)
        self._waiting.append(then)
        return True

    async def stop(self) -> None:
        """Wait until no thread is left."""
        if self._executor is not None:
            read = asyncio.Event()
            self._waiting.append(read.set)
            await read.wait()

    def _done(self, reading: "asyncio.Future[Sequence[Scenario]]") -> None:
        executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown()  # at once: its only work is done
        self._clock.release()
        error = reading.exception()
        if error is None:
            self._scenarios = reading.result()
            log.info("the scenarios of %s were read again", self._path)
        else:
            self._tell(error)
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            then()

    def _tell(self, error: BaseException) -> None:
        log.error("the scenarios stay as they were, since %s was saved with faults:", self._path)
        if not isinstance(error, EmulatorError):
            log.error("it could not be read", exc_info=error)
            return
        faults = str(error).splitlines()
        for fault in faults[:MOST_TOLD]:
            log.error("%s", fault)
        if len(faults) > MOST_TOLD:
            log.error("and %d more; gemlive-emulator validate tells all", len(faults) - MOST_TOLD)

    def _read(self) -> "Sequence[Scenario]":
        from gemlive_emulator.scenario.loader import load

        stamps: dict[Path, _Stamp | None] = {}
        try:
            # Each is looked at before it is read: what is saved in between is seen the next time.
            scenarios = load(self._path, lambda path: stamps.setdefault(path, _Stamp.of(path)))
            self._check(scenarios)
        finally:
            self._stamps = stamps
        return scenarios
