"""When each message goes out, and in which pieces. Pure: time is an argument."""

from collections.abc import Iterator
from math import floor, inf

from gemlive_emulator.scenario.faults.parcel import Parcel
from gemlive_emulator.server.frames import BINARY, CONTINUATION, TEXT, head

FIN_OFF = 0x7F


class Pace:
    """The order on one line: nothing overtakes what went before it.

    Args:
        opened: when the line was opened, in seconds.
    """

    def __init__(self, opened: float) -> None:
        self._opened = opened
        self._free = opened

    def hold(self, seconds: float, now: float) -> None:
        """Let nothing out for so long, counted from the last thing that goes out; ``inf`` for never again."""
        self._free = max(self._free, now) + seconds

    def due(self, now: float, size: int = 0, parcel: Parcel | None = None) -> float:
        """When something of this size that comes now is all out; ``inf`` for never."""
        arrives = now
        if parcel is not None:
            arrives += parcel.delay
            if parcel.batch:
                arrives = self._opened + (floor((arrives - self._opened) / parcel.batch) + 1) * parcel.batch
        due = max(self._free, arrives) + (size / parcel.rate if parcel is not None else 0.0)
        self._free = due
        return due

    @property
    def stands(self) -> bool:
        """Whether nothing will go out ever again."""
        return self._free == inf


def framed(parcel: Parcel, usual: int) -> bytes:
    """The message in its frame, or frames.

    Args:
        parcel: the message.
        usual: opcode of the frames that messages have (:mod:`~gemlive_emulator.server.frames`).
    """
    opcode = usual if not parcel.other_frame else TEXT if usual == BINARY else BINARY
    payload = parcel.payload
    if not parcel.fragment or len(payload) <= parcel.fragment:
        return head(len(payload), opcode) + payload
    frames = bytearray()
    pieces = list(_cut(payload, parcel.fragment))
    for number, piece in enumerate(pieces):
        start = bytearray(head(len(piece), opcode if number == 0 else CONTINUATION))
        if number < len(pieces) - 1:
            start[0] &= FIN_OFF
        frames += start + piece
    return bytes(frames)


def sliced(frame: bytes, size: int) -> list[bytes]:
    """What is written to the socket at a time; all of it at once if ``size`` is 0."""
    return list(_cut(frame, size)) if size else [frame]


def _cut(octets: bytes, size: int) -> Iterator[bytes]:
    return (octets[at : at + size] for at in range(0, len(octets), size))
