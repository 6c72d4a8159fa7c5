"""Recordings as files: read with their names in every complaint, and written where nobody else looks."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.errors import EmulatorError
from gemlive_emulator.wire.tape import Tape, TapeError, read

ENDING = ".jsonl"
FOLDER_MODE = 0o700
FILE_MODE = 0o600


@dataclass(frozen=True, slots=True)
class Shelved:
    """A recording and the file that it stands in."""

    file: str
    tape: Tape


def listed(paths: Iterable[str | Path]) -> Iterator[Path]:
    """The recordings that are meant: a file itself, of a folder those in it, by name.

    Raises:
        EmulatorError: there is no such file, or none in the folder.
    """
    for path in map(Path, paths):
        if not path.is_dir():
            yield path
            continue
        inside = sorted(path.glob(f"*{ENDING}"))
        if not inside:
            raise EmulatorError(f"{path}: no file in this folder ends with {ENDING}")
        yield from inside


def load(path: Path) -> Shelved:
    """Read a recording that is to be used from its beginning.

    Raises:
        EmulatorError: it cannot be read, is not right, or lacks its beginning; says the file and the line.
    """
    try:
        with path.open(encoding="utf-8") as lines:
            tape = read(lines)
    except OSError as error:
        raise EmulatorError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise EmulatorError(f"{path}: is no recording: it is not UTF-8 (docs/errors.md#bad-recording)") from error
    except TapeError as error:
        raise EmulatorError(f"{path}:{error.line}: {error.wrong} (docs/errors.md#bad-recording)") from error
    if tape.dropped:
        wrong = f"the first {tape.dropped} messages of this recording were not kept"
        raise EmulatorError(f"{path}: {wrong}, so it cannot be played (docs/errors.md#recording-without-beginning)")
    return Shelved(str(path), tape)


def make_folder(path: Path) -> None:
    """A folder that only this user can look into; one that is there stays as it is.

    Raises:
        EmulatorError: it cannot be made.
    """
    try:
        path.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as error:
        raise EmulatorError(f"{path}: cannot be made: {error.strerror}") from error


def create(path: Path) -> IO[str]:
    """A new file for this user alone; one that is there is never written over.

    Raises:
        EmulatorError: it cannot be made.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    except FileExistsError:
        raise EmulatorError(f"{path} exists; recordings are not written over: give another name") from None
    except OSError as error:
        raise EmulatorError(f"{path}: cannot be written: {error.strerror}") from error
    return os.fdopen(descriptor, "w", encoding="utf-8")
