"""The file of one session while it is recorded."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from gemlive_emulator.record.leg import End, Message
from gemlive_emulator.record.shelf import ENDING, create, make_folder
from gemlive_emulator.record.upstream import Secrets
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.wire.errors import EmulatorError
from gemlive_emulator.wire.tape import Side, Tape, Taped, head_line, kind_of_frame, line, without_sound

log = redacting_logger("record")


class Namer:
    """Names the files, by when their sessions begin; clients have no say in it.

    Args:
        output: a file, whose name the first session gets and the others with a number behind it, or a folder.
        since_1970: what time it is.
    """

    def __init__(self, output: Path, since_1970: Callable[[], float]) -> None:
        self._output = output
        self._since_1970 = since_1970
        self._number = 0

    def prepare(self) -> None:
        """Make the folder.

        Raises:
            EmulatorError: it cannot be made, or the file exists already.
        """
        if self._output.suffix != ENDING:
            make_folder(self._output)
        elif self._output.exists():
            raise EmulatorError(f"{self._output} exists; recordings are not written over: give another name")

    def next(self) -> Path:
        """The file of the next session."""
        while (path := self._named()).exists():  # of a proxy that ran in the same second
            continue
        return path

    def _named(self) -> Path:
        self._number += 1
        if self._output.suffix == ENDING:
            more = f"-{self._number}" if self._number > 1 else ""
            return self._output.with_name(f"{self._output.stem}{more}{ENDING}")
        began = datetime.fromtimestamp(self._since_1970(), UTC)
        return self._output / f"{began:%Y%m%dT%H%M%SZ}-{self._number:03}{ENDING}"


class Roll:
    """Writes what both sides of one session send.

    Args:
        path: the file.
        head: the recording without its messages.
        secrets: of the client, which are never written.
        now: the time, in seconds.
        sound: whether sound and pictures are kept.

    Attributes:
        path: the same.

    Raises:
        EmulatorError: the file cannot be made.
    """

    def __init__(self, path: Path, head: Tape, secrets: Secrets, now: Callable[[], float], *, sound: bool) -> None:
        self.path = path
        self._secrets = secrets
        self._now = now
        self._began = now()
        self._sound = sound
        self._file: IO[str] | None = create(path)
        self._write(head_line(head))

    def message(self, side: Side, message: Message) -> None:
        """One side has sent this."""
        bare = self._secrets.out_of(message.payload)
        payload = bare if self._sound else without_sound(bare)
        self._tape(Taped(self._time, side, payload, frame=kind_of_frame(side, text=message.text)))

    def end(self, side: Side, end: End) -> None:
        """One side has ended it; nothing more is written."""
        words = self._secrets.out_of_text(end.words)
        self._tape(Taped(self._time, side, code=end.code, words=words))
        self.close()

    def close(self) -> None:
        """Nothing more is written."""
        if self._file is not None:
            self._guarded(self._file.close)
            self._file = None

    @property
    def _time(self) -> float:
        return self._now() - self._began

    def _tape(self, one: Taped) -> None:
        self._write(line(one))

    def _write(self, text: str) -> None:
        if self._file is not None:
            file: Any = self._file
            self._guarded(lambda: (file.write(text), file.flush()))

    def _guarded(self, act: Callable[[], object]) -> None:
        """Where the disk is full the session goes on, and says so."""
        try:
            act()
        except OSError as error:
            self._file = None
            log.error("%s is not written any further: %s", self.path, error.strerror)
