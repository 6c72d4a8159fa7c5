"""JSON in ASCII, as every message goes out: clients are known to decode frames as such."""

import json
from json.encoder import encode_basestring_ascii
from typing import Any


def quoted(text: str) -> str:
    """A JSON string in ASCII; lone surrogates, which no client could decode, become U+FFFD."""
    return encode_basestring_ascii(text if text.isascii() else mended(text))


def mended(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, and one character for each pair."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def message(fields: dict[str, Any]) -> bytes:
    """A message of ready fields. For what is seldom said; the hot path joins pieces."""
    text = json.dumps(fields, separators=(",", ":"), ensure_ascii=False)
    return text.encode() if text.isascii() else json.dumps(json.loads(mended(text)), separators=(",", ":")).encode()
