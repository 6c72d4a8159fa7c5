"""A client that sends whatever it is told to: raw sockets, since a client library would correct it."""

import base64
import contextlib
import json
import socket
import ssl
import struct
from typing import Any, NamedTuple, Self

from websockets.frames import apply_mask

PATIENCE = 30.0
"""Seconds after which the emulator is taken to have forgotten a connection; more than nearly all of its own deadlines."""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

CANARY = "AIza" + "CanaryCanaryCanaryCanaryCanary"
"""The beginning of every key that is sent. None of it may stand in the log."""
FORGED = "12:34:56 ERROR   FORGED"
"""What attackers try to have in the log as a line of its own."""
KEY_PARAMETER = f"key={CANARY}0001"
LIVE_PATH = f"/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?{KEY_PARAMETER}"

TEXT_MODEL = "models/gemini-2.0-flash-live-001"
AUDIO_MODEL = "models/gemini-2.5-flash-native-audio-preview-12-2025"
MASK = b"\x37\xfa\x21\x3d"


def setup_of(model: Any = TEXT_MODEL, modality: str = "TEXT", **more: Any) -> dict[str, Any]:
    """A first message that is right, but for what ``more`` makes of it."""
    return {"setup": {"model": model, "generationConfig": {"responseModalities": [modality]}, **more}}


def turn_of(text: str) -> dict[str, Any]:
    """A typed turn, to be answered."""
    return {"clientContent": {"turns": [{"role": "user", "parts": [{"text": text}]}], "turnComplete": True}}


def octets(message: Any) -> bytes:
    """A message as JSON; bytes are left alone."""
    return message if isinstance(message, bytes) else json.dumps(message).encode()


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    rsv: int = 0,
    mask: bytes | None = MASK,
    announced: int | None = None,
    form: int | None = None,
) -> bytes:
    """One frame.

    Args:
        opcode: any, known or not.
        payload: is masked, if there is a mask.
        fin: whether it is the last of its message.
        rsv: the three reserved bits.
        mask: four bytes; ``None`` leaves the frame unmasked.
        announced: a length to announce in place of the payload's.
        form: 125, 126 or 127: how the length is written; the shortest way if none.
    """
    length = len(payload) if announced is None else announced
    form = form or (125 if length < 126 else 126 if length < 65536 else 127)
    bit = 0x80 if mask is not None else 0
    head = bytes((fin << 7 | rsv << 4 | opcode, bit | (length if form == 125 else form)))
    head += {125: b"", 126: struct.pack("!H", length & 0xFFFF), 127: struct.pack("!Q", length)}[form]
    return head + (payload if mask is None else mask + apply_mask(payload, mask))


def text(message: Any, **more: Any) -> bytes:
    """A message in a text frame."""
    return frame(TEXT, octets(message), **more)


def upgrade(target: str = LIVE_PATH, *more: str, host: str = "localhost", without: str = "") -> bytes:
    """The head of a request for a WebSocket, with further header lines, and without one."""
    lines = [
        f"GET {target} HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version: 13",
    ]
    kept = [line for line in lines if not without or not line.startswith(without + ":")]
    return "\r\n".join([*kept, *more, "", ""]).encode("latin-1")


class Answer(NamedTuple):
    """An HTTP response; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        """The JSON of its body."""
        return json.loads(self.body)


class Attacker:
    """One connection.

    Args:
        port: the emulator's.
        tls: whether to speak TLS.
        little: whether to have the smallest buffer for what comes, so that not reading is soon felt.

    Attributes:
        bite: how many bytes are read at once, at most.
    """

    def __init__(self, port: int, *, tls: bool = False, little: bool = False) -> None:
        plain = socket.socket()
        if little:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        plain.settimeout(PATIENCE)
        plain.connect(("127.0.0.1", port))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = _trusting().wrap_socket(plain) if tls else plain
        self.bite = 65536
        self._received = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *gone: object) -> None:
        self.socket.close()

    def send(self, *pieces: bytes) -> None:
        """Send; that the emulator has closed meanwhile is no mistake of an attacker's."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
            for piece in pieces:
                self.socket.sendall(piece)

    def finish(self) -> None:
        """End the sending side, where there is one: TLS has none that could end alone."""
        if isinstance(self.socket, ssl.SSLSocket):
            return
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Cut the connection."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def enter(self, target: str = LIVE_PATH, *more: str) -> Self:
        """Become a WebSocket."""
        self.send(upgrade(target, *more))
        answer = self.head()
        assert answer.status == 101, answer
        return self

    def set_up(self, setup: dict[str, Any] | None = None) -> Self:
        """Become a session."""
        self.send(text(setup or setup_of()))
        told = self.message()
        assert "setupComplete" in told, told
        return self

    def head(self) -> Answer:
        """The head of an answer."""
        while (end := self._received.find(b"\r\n\r\n")) < 0:
            assert self._more(), f"no whole answer: {bytes(self._received)!r}"
        first, *lines = bytes(self._received[:end]).decode("latin-1").split("\r\n")
        del self._received[: end + 4]
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        return Answer(int(first.split(" ")[1]), headers, b"")

    def answer(self) -> Answer:
        """A whole answer."""
        head = self.head()
        if head.headers.get("transfer-encoding") == "chunked":
            return head._replace(body=b"".join(iter(self._chunk, b"")))
        return head._replace(body=self._take(int(head.headers.get("content-length", "0"))))

    def frame(self) -> tuple[int, bytes]:
        """The opcode and the payload of the next frame; the emulator sends whole, unmasked ones."""
        first, length = self._take(2)
        if length == 126:
            length = int.from_bytes(self._take(2))
        elif length == 127:
            length = int.from_bytes(self._take(8))
        assert first & 0x70 == 0
        return first & 0x0F, self._take(length)

    def message(self) -> Any:
        """The next message, whatever pongs come before it."""
        opcode, payload = self.frame()
        while opcode == PONG:
            opcode, payload = self.frame()
        assert opcode == BINARY, (opcode, payload)
        return json.loads(payload)

    def turn(self) -> str:
        """What the model says until its turn is complete."""
        said = ""
        while True:
            content = self.message().get("serverContent", {})
            said += "".join(part.get("text", "") for part in content.get("modelTurn", {}).get("parts", ()))
            if content.get("turnComplete"):
                return said

    def closing(self) -> tuple[int, str]:
        """Code and words of the close frame that comes, whatever comes before it."""
        opcode, payload = self.frame()
        while opcode != CLOSE:
            opcode, payload = self.frame()
        return (int.from_bytes(payload[:2]), payload[2:].decode()) if payload else (1005, "")

    def rest(self) -> bytes:
        """Everything until the emulator ends the connection, orderly or not."""
        while self._more():
            pass
        return bytes(self._received)

    def ends(self) -> None:
        """Nothing more, and the end."""
        said = self.rest()
        assert said == b"", f"after its end the emulator said {said!r}"

    def _chunk(self) -> bytes:
        while (end := self._received.find(b"\r\n")) < 0:
            assert self._more(), f"no whole chunk: {bytes(self._received)!r}"
        length = int(self._take(end + 2), 16)
        return self._take(length + 2)[:-2]

    def _take(self, count: int) -> bytes:
        while len(self._received) < count:
            assert self._more(), f"the connection ended after {bytes(self._received)!r}, {count} bytes were due"
        taken = bytes(self._received[:count])
        del self._received[:count]
        return taken

    def _more(self) -> bool:
        try:
            data = self.socket.recv(self.bite)
        except (ConnectionResetError, ssl.SSLError):
            return False
        self._received += data
        return bool(data)


def _trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def base64_of(sound: bytes) -> str:
    """As audio is sent."""
    return base64.b64encode(sound).decode()
