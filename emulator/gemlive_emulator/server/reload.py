"""The scenarios of a file that is read again when it was saved; sessions that run keep what they began with."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.wire.errors import EmulatorError

if TYPE_CHECKING:
    from gemlive_emulator.scenario.engine import Scenario

log = redacting_logger("scenario")


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

    The file, and each that it names, is looked at whenever somebody asks, which costs a few microseconds; a change is
    read there and then. A file that has become wrong leaves the last right scenarios in use, and is logged once.

    Args:
        path: of the file.
        check: looks at what was read, beside what the loader does, and raises :exc:`EmulatorError`.

    Raises:
        EmulatorError: the file is not right at the beginning.
    """

    def __init__(self, path: Path, check: "Callable[[Sequence[Scenario]], None]" = lambda scenarios: None) -> None:
        self._path = path
        self._check = check
        self._stamps: dict[Path, _Stamp | None] = {}
        self._scenarios = self._read()

    def __call__(self) -> "Sequence[Scenario]":
        """The scenarios, in the order of the file; at least one."""
        if any(_Stamp.of(path) != stamp for path, stamp in self._stamps.items()):
            try:
                self._scenarios = self._read()
            except EmulatorError as error:
                log.error("the scenarios stay as they were, since the file was saved with faults\n%s", error)
            else:
                log.info("the scenarios of %s were read again", self._path)
        return self._scenarios

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
