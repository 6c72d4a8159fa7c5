"""16-bit mono PCM out of AIFF files, which macOS writes whatever name the file is given. Bytes in, bytes out."""

import struct
from array import array

_BIG_ENDIAN = (b"NONE", b"twos")
_LITTLE_ENDIAN = (b"sowt",)


def is_aiff(content: bytes) -> bool:
    """Whether these bytes begin as an AIFF or AIFF-C file does."""
    return content[:4] == b"FORM" and content[8:12] in (b"AIFF", b"AIFC")


def from_aiff(content: bytes) -> tuple[bytes, int]:
    """The s16le mono samples of an AIFF file and their rate in Hz.

    Raises:
        ValueError: it is no AIFF file, or not 16-bit mono PCM; says what it is instead.
    """
    parts = _parts(content) if is_aiff(content) else {}
    common, sound = parts.get(b"COMM", b""), parts.get(b"SSND", b"")
    if len(common) < 18 or len(sound) < 8:
        raise ValueError("not an AIFF file with samples; 16-bit mono PCM is needed")
    channels, frames, bits = struct.unpack_from(">hIh", common)
    compression = common[18:22] or b"NONE"
    if (channels, bits) != (1, 16) or compression not in _BIG_ENDIAN + _LITTLE_ENDIAN:
        kind = compression.decode("latin-1")
        raise ValueError(f"an AIFF file of {channels} channel(s), {bits} bits, {kind}; 16-bit mono PCM is needed")
    start = 8 + struct.unpack_from(">I", sound)[0]
    pcm = sound[start : start + 2 * frames]
    return pcm if compression in _LITTLE_ENDIAN else _swapped(pcm), _rate(common[8:18])


def _parts(content: bytes) -> dict[bytes, bytes]:
    """The chunks of the file by name; they begin on even places."""
    parts = {}
    place = 12
    while place + 8 <= len(content):
        name, size = struct.unpack_from(">4sI", content, place)
        parts[name] = content[place + 8 : place + 8 + size]
        place += 8 + size + size % 2
    return parts


def _rate(extended: bytes) -> int:
    """An 80-bit float of a rate: sign and exponent in 16 bits, then the mantissa with its leading one in 64."""
    exponent = int.from_bytes(extended[:2], "big")
    mantissa = int.from_bytes(extended[2:], "big")
    return round(mantissa * 2.0 ** (exponent - 16383 - 63))


def _swapped(pcm: bytes) -> bytes:
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    samples.byteswap()
    return samples.tobytes()
