"""WebSocket bytes by hand: what the load generator sends ready-made, and how it reads what comes back."""

import json
import socket
from base64 import b64encode
from collections.abc import Iterator

MODEL = "models/gemini-2.0-flash-live-001"
"""A family that answers in text, with the fewest messages per turn."""

_MASK = b"\x37\xfa\x21\x3d"
"""One fixed mask: unmasking costs the server the same whatever the mask is, and masking costs us nothing per frame."""


def client_frame(message: object) -> bytes:
    """One masked text frame that holds ``message`` as JSON, as the SDKs send it."""
    return masked(b"\x81", json.dumps(message).encode())


def masked(first: bytes, payload: bytes) -> bytes:
    """One masked frame with this first byte and less than 65,536 bytes of payload."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return first + length + _MASK + bytes(byte ^ _MASK[place % 4] for place, byte in enumerate(payload))


UPGRADE = (
    b"GET /ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key=benchmark HTTP/1.1\r\n"
    b"Host: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
SETUP = client_frame({"setup": {"model": MODEL, "generationConfig": {"responseModalities": ["TEXT"]}}})
TURN = client_frame(
    {
        "clientContent": {
            "turns": [{"role": "user", "parts": [{"text": "The lights in the kitchen are on."}]}],
            "turnComplete": True,
        }
    }
)
SETUP_END = b'"setupComplete"'
TURN_END = b'"turnComplete"'

SPEECH_MODEL = "models/gemini-2.5-flash-native-audio-preview-12-2025"
"""A family that answers aloud and is interrupted by voice."""

SPEECH_SETUP = client_frame(
    {
        "setup": {
            "model": SPEECH_MODEL,
            "generationConfig": {"responseModalities": ["AUDIO"]},
            "inputAudioTranscription": {},
        }
    }
)
PING = masked(b"\x89", b"are you?")
PONG = b"\x8a\x08are you?"
INTERRUPTED = b'"interrupted"'


def audio_frame(pcm: bytes) -> bytes:
    """One masked text frame with audio, as the JavaScript SDK writes it: 929 bytes of JSON for 20 ms at 16 kHz."""
    start, end = b'{"realtimeInput":{"audio":{"data":"', b'","mimeType":"audio/pcm;rate=16000"}}}'
    return masked(b"\x81", start + b64encode(pcm) + end)


def payloads(stream: bytes) -> Iterator[bytes]:
    """The payloads of the whole unmasked frames in ``stream``, in order; a frame that is cut off is left out."""
    place = 0
    while len(stream) >= place + 2:
        length, start = stream[place + 1] & 0x7F, place + 2
        if length == 126:
            length, start = int.from_bytes(stream[start : start + 2], "big"), start + 2
        elif length == 127:
            length, start = int.from_bytes(stream[start : start + 8], "big"), start + 8
        if start + length > len(stream):
            return
        yield stream[start : start + length]
        place = start + length


def opened(port: int) -> socket.socket:
    """Connect, upgrade and send ``setup``; the socket is handed over when ``setupComplete`` is there.

    Raises:
        ConnectionError: the server refused the upgrade or closed.
    """
    line = socket.create_connection(("127.0.0.1", port), timeout=30)
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    line.sendall(UPGRADE)
    head = _read_until(line, b"\r\n\r\n")
    if b" 101 " not in head.split(b"\r\n", 1)[0]:
        raise ConnectionError(f"no upgrade: {head[:200]!r}")
    line.sendall(SETUP)
    _read_until(line, SETUP_END)
    return line


def overheard(port: int) -> list[bytes]:
    """What the server at ``port`` sends for one text turn: the payloads of its frames, in order.

    The third turn of a session is taken, when the counts have as many digits as they have most of the time.
    """
    line = opened(port)
    answer: list[bytes] = []
    for _ in range(3):
        line.sendall(TURN)
        stream = b""
        while not (answer := list(payloads(stream))) or TURN_END not in answer[-1]:
            stream += _read_some(line)
    line.close()
    return answer


def _read_until(line: socket.socket, mark: bytes) -> bytes:
    stream = b""
    while mark not in stream:
        stream += _read_some(line)
    return stream


def _read_some(line: socket.socket) -> bytes:
    some = line.recv(65536)
    if not some:
        raise ConnectionError("the server closed the connection")
    return some
