"""How the server and its speech worker talk: each message is a JSON header and some PCM, both with their length."""

import json
import struct
from typing import IO, Any

_LENGTHS = struct.Struct(">II")


def send(pipe: IO[bytes], header: dict[str, Any], pcm: bytes = b"") -> None:
    """Write one message and flush it.

    Raises:
        OSError: the other side is gone.
    """
    encoded = json.dumps(header).encode()
    pipe.write(_LENGTHS.pack(len(encoded), len(pcm)) + encoded + pcm)
    pipe.flush()


def receive(pipe: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Read one message.

    Raises:
        EOFError: the other side is gone.
    """
    header_length, pcm_length = _LENGTHS.unpack(_exactly(pipe, _LENGTHS.size))
    header: dict[str, Any] = json.loads(_exactly(pipe, header_length))
    return header, _exactly(pipe, pcm_length)


def _exactly(pipe: IO[bytes], count: int) -> bytes:
    content = pipe.read(count)
    if len(content) < count:
        raise EOFError("the pipe ended inside a message" if content else "the pipe ended")
    return content
