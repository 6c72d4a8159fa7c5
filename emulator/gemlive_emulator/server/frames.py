"""WebSocket frames on the hot path: whole data frames are read here, everything else is left to ``websockets``.

Of the frames of RFC 6455 s. 5 almost all are one kind: unfragmented, masked, data. Reading just those here and joining
our own headers in front of messages takes a third of the time that a general parser needs.
"""

import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from websockets.frames import Frame

try:
    from websockets.speedups import apply_mask
except ImportError:  # no C compiler when websockets was installed
    from websockets.utils import apply_mask

CONTINUATION = 0x0
TEXT = 0x1
BINARY = 0x2
PING = 0x9
PONG = 0xA
CONTROL_LENGTH = 125
FIN = 0x80
MASKED = 0x80

_length_16 = struct.Struct("!BBH").pack
_length_64 = struct.Struct("!BBQ").pack
_read_16 = struct.Struct("!H").unpack_from
_read_64 = struct.Struct("!Q").unpack_from


def head(length: int, opcode: int) -> bytes:
    """The header of an unmasked, unfragmented frame with a payload of ``length`` bytes."""
    if length < 126:
        return bytes((FIN | opcode, length))
    if length < 65536:
        return _length_16(FIN | opcode, 126, length)
    return _length_64(FIN | opcode, 127, length)


_USUAL_STARTS = tuple((FIN | opcode) << 8 | MASKED | 126 for opcode in (TEXT, BINARY))
_USUAL_HEADER = 8
_read_usual = struct.Struct("!HH4s").unpack_from


def take_usual(data: bytes | memoryview, limit: int, take: Callable[[bytes], object]) -> int:
    """Take the messages of the usual kind at the beginning: whole, of 126 to 65,535 bytes, so with a header of eight.

    Args:
        data: begins with a frame.
        limit: bytes of the longest message.
        take: called with each message, until it returns ``False``: that one is not taken.

    Returns:
        Where they end, and something else begins.
    """
    at, size = 0, len(data)
    while at + _USUAL_HEADER <= size:
        kind, length, mask = _read_usual(data, at)
        start = at + _USUAL_HEADER
        end = start + length
        if kind not in _USUAL_STARTS or end > size or length > limit:
            break
        if take(apply_mask(data[start:end], mask)) is False:
            break
        at = end
    return at


class Foreign(bytes):
    """Bytes for the library: one or more whole frames, or the beginning of one that only it can judge."""

    __slots__ = ()


def _measure(data: bytes, at: int) -> tuple[int, int]:
    """Where the payload and the frame that begins at ``at`` end, as far as known.

    Returns:
        Start and end of the payload. While the header itself is not complete the end is where it would be, and the
        start is 0.
    """
    have = len(data) - at
    if have < 2:
        return 0, at + 2
    length = data[at + 1] & 0x7F
    start = at + 6 if data[at + 1] & MASKED else at + 2
    if length < 126:
        return start, start + length
    if length == 126:
        if have < 4:
            return 0, at + 4
        return start + 2, start + 2 + _read_16(data, at + 2)[0]
    if have < 10:
        return 0, at + 10
    return start + 8, start + 8 + _read_64(data, at + 2)[0]


class Splitter:
    """Splits what a client sends into messages and bytes for the library.

    The library gets whole frames only, so that it never holds a part of one. Only what ends the connection anyway (a
    frame that is too long or breaks the rules, and everything after a close frame) is handed over as it comes.

    Args:
        limit: bytes of the longest message.
    """

    __slots__ = ("_held", "_in_fragments", "_limit", "_wanted", "handed_over")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held = bytearray()
        self._wanted = 0
        self._in_fragments = False
        self.handed_over = False
        """Whether everything from now on is for the library."""

    def split(self, data: bytes) -> list[bytes]:
        """Take what has arrived.

        Returns:
            In their order the messages (``bytes``, unmasked) and what is for the library (:class:`Foreign`).
        """
        if self._held:
            self._held += data
            if len(self._held) < self._wanted:
                return []
            data = self._release()
        out: list[bytes] = []
        at, size = take_usual(data, self._limit, out.append) if self.is_calm else 0, len(data)
        while at < size:
            if self.handed_over:
                out.append(Foreign(data[at:]))
                break
            start, end = _measure(data, at)
            if not start:
                self._hold(data[at:], end - at)
                break
            message = self._is_message(data[at], data[at + 1], end - start)
            if not message and self._ends_connection(data[at], data[at + 1], end - start):
                self.handed_over = True
                continue
            if end > size:
                self._hold(data[at:], end - at)
                break
            if message:
                out.append(apply_mask(data[start:end], data[start - 4 : start]))
            else:
                self._follow(data[at])
                out.append(Foreign(data[at:end]))
            at = end
        return out

    @property
    def is_calm(self) -> bool:
        """Whether what comes next begins a frame, and may be a whole message."""
        return not (self._held or self._in_fragments or self.handed_over)

    def hand_over(self) -> bytes:
        """Give the connection over to the library for good; returns what was held."""
        self.handed_over = True
        return self._release()

    def _hold(self, data: bytes, wanted: int) -> None:
        self._held += data
        self._wanted = wanted

    def _release(self) -> bytes:
        data = bytes(self._held)
        self._held.clear()
        return data

    def _is_message(self, first: int, second: int, length: int) -> bool:
        return (
            (first == FIN | TEXT or first == FIN | BINARY)
            and second & MASKED != 0
            and length <= self._limit
            and not self._in_fragments
        )

    def _ends_connection(self, first: int, second: int, length: int) -> bool:
        """Whether the library will fail or close the connection at this frame, which is not a message."""
        if not second & MASKED or length > self._limit:
            return True
        if first == FIN | PING or first == FIN | PONG:
            return length > CONTROL_LENGTH
        if first & ~FIN == CONTINUATION:
            return not self._in_fragments
        return first not in (TEXT, BINARY) or self._in_fragments

    def _follow(self, first: int) -> None:
        """Keep in step with the library: whether a fragmented message is open."""
        if first in (TEXT, BINARY):
            self._in_fragments = True
        elif first == FIN | CONTINUATION:
            self._in_fragments = False


class Fragments:
    """Puts the fragments of a message together; the library has checked their order and length."""

    __slots__ = ("_octets",)

    def __init__(self) -> None:
        self._octets = bytearray()

    def join(self, frame: "Frame") -> bytes | None:
        """Take a frame that the library read; gives the message that ends with it, if any does."""
        if frame.opcode > BINARY:
            return None
        self._octets += frame.data
        if not frame.fin:
            return None
        message = bytes(self._octets)
        self._octets.clear()
        return message
