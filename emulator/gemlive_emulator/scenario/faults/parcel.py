"""A message on its way out, as a fault sees it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace
from math import inf
from typing import Any, Self

from gemlive_emulator.records import dataclass

PATHS: Mapping[str, tuple[str, ...]] = {
    "setup": ("setupComplete",),
    "go_away": ("goAway",),
    "session_resumption_update": ("sessionResumptionUpdate",),
    "tool_call": ("toolCall",),
    "tool_call_cancellation": ("toolCallCancellation",),
    "usage_metadata": ("usageMetadata",),
    "voice_activity": ("voiceActivity",),
    "generation_complete": ("serverContent", "generationComplete"),
    "grounding_metadata": ("serverContent", "groundingMetadata"),
    "input_transcription": ("serverContent", "inputTranscription"),
    "interrupted": ("serverContent", "interrupted"),
    "output_transcription": ("serverContent", "outputTranscription"),
    "turn_complete": ("serverContent", "turnComplete"),
}
"""Where in a message each kind stands."""

PARTS = ("audio", "text", "thought")
"""Kinds of parts of the model's turn."""

KINDS = ("message", *PARTS, *PATHS)
"""All that a message can hold; ``message`` is any."""

NO_ANSWER = frozenset(
    (
        "message",
        "go_away",
        "input_transcription",
        "session_resumption_update",
        "setup",
        "tool_call_cancellation",
        "usage_metadata",
        "voice_activity",
    )
)
"""Kinds that do not begin a turn of the model."""

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Parcel:
    """A message and how it is sent.

    Attributes:
        payload: the message.
        other_frame: it is sent in a text frame where binary ones are usual, or the other way round.
        delay: how much later it arrives; what is behind it stays behind it.
        behind: how many of the messages after it overtake it.
        fragment: bytes of payload in each frame; 0 for one frame.
        rate: bytes a second, at most.
        slice: bytes in each write to the socket; 0 for one write.
        pause: seconds between those writes.
        batch: it waits for the end of a span of so many seconds, as all messages within it do.
    """

    payload: bytes
    other_frame: bool = False
    delay: float = 0.0
    behind: int = 0
    fragment: int = 0
    rate: float = inf
    slice: int = 0
    pause: float = 0.0
    batch: float = 0.0

    @property
    def body(self) -> Body:
        """The message; empty if it is no JSON object."""
        try:
            body = json.loads(self.payload)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def kinds(self) -> frozenset[str]:
        """What it holds, of :data:`KINDS`."""
        body = self.body
        found = {"message", *(kind for kind, path in PATHS.items() if _at(body, path) is not None)}
        return frozenset(found.union(*(_kinds_of(part) for part in parts_of(body))))

    @property
    def opens_turn(self) -> bool:
        """Whether the model's turn can begin with it: also an empty ``serverContent`` (recorded of 3.x)."""
        return not self.kinds <= NO_ANSWER or self.body == {"serverContent": {}}

    def of(self, body: Body) -> Self:
        """The same parcel with another message in it, as compact and as much ASCII as the real ones."""
        return replace(self, payload=json.dumps(body, separators=(",", ":")).encode())

    def without(self, kind: str) -> Self | None:
        """The message without this; ``None`` if nothing of it is left."""
        body = self.body
        if kind == "message" or not body:
            return None
        if kind in PATHS:
            *way, last = PATHS[kind]
            holder = _at(body, way)
            if isinstance(holder, dict):
                holder.pop(last, None)
        else:
            _keep_parts(body, kind)
        return self.of(body) if _says_something(body) else None


def parts_of(body: Body) -> list[Body]:
    """The parts of the model's turn in a message."""
    parts = _at(body, ("serverContent", "modelTurn", "parts"))
    return [part for part in parts if isinstance(part, dict)] if isinstance(parts, list) else []


def sounds_of(body: Body) -> list[Body]:
    """The blobs of sound in a message: ``{"mimeType": ..., "data": ...}``, to be changed in place."""
    blobs = (part.get("inlineData") for part in parts_of(body))
    return [blob for blob in blobs if isinstance(blob, dict) and str(blob.get("mimeType", "")).startswith("audio/")]


def octets_of(blob: Body) -> bytes:
    """The sound of a blob, s16le."""
    return base64.b64decode(str(blob.get("data", "")))


def set_octets(blob: Body, octets: bytes) -> None:
    """Put other sound in a blob."""
    blob["data"] = base64.b64encode(octets).decode("ascii")


def _at(body: Any, path: Any) -> Any:
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body


def _kinds_of(part: Body) -> set[str]:
    if "inlineData" in part:
        return {"audio"}
    return {"thought" if part.get("thought") else "text"} if "text" in part else set()


def _keep_parts(body: Body, without: str) -> None:
    turn = _at(body, ("serverContent", "modelTurn"))
    kept = [part for part in parts_of(body) if without not in _kinds_of(part)]
    if kept:
        turn["parts"] = kept
    elif isinstance(turn, dict):
        del body["serverContent"]["modelTurn"]


def _says_something(body: Body) -> bool:
    """Whether more is left than token counts and an empty answer."""
    return any(value != {} for key, value in body.items() if key != "usageMetadata")
