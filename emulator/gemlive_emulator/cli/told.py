"""What a client is told in a Live session: each server message as events for a person or a program. Pure.

It reads the messages as plain JSON, not with the models of the emulator: a client of the real service has to get along
with names that nobody knew when it was written.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.wire.common import from_base64

Json = Mapping[str, Any]

SAMPLE_BYTES = 2
OUTPUT_RATE = 24_000
"""Hz, where the MIME type of a part tells none (Vertex: ``audio/pcm``)."""
WORDS = ("heard", "says", "thinks")
"""Events that are pieces of a text."""
SENTENCE_ENDS = (".", "?", "!", "…", "。", "？", "！")  # noqa: RUF001 - the punctuation of other scripts


@dataclass(frozen=True, slots=True)
class Told:
    """One event.

    Attributes:
        at: seconds since the connection was open.
        event: its name, words with hyphens between.
        words: what a person wants to know of it.
        more: the same for a program.
    """

    at: float
    event: str
    words: str = ""
    more: Json = field(default_factory=dict)

    def line(self) -> str:
        """For a person."""
        return f"{self.at:8.3f}  {self.event.replace('-', ' '):<20}  {self.words}".rstrip()

    def as_json(self) -> str:
        """For a program: one line of JSON, in ASCII."""
        return json.dumps({"at": round(self.at, 6), "event": self.event, **self.more})


class Account:
    """Tells one session, message by message.

    Args:
        keeps_sound: whether to keep the model's sound in :attr:`sound`.
    """

    def __init__(self, keeps_sound: bool = False) -> None:
        self.sound = bytearray()
        self.rate = OUTPUT_RATE
        self.input_name = ""
        self.input_ended: float | None = None
        self._keeps_sound = keeps_sound
        self._parts = self._bytes = 0
        self._seconds = 0.0
        self._first_at: float | None = None

    def tell(self, message: Json, at: float) -> Iterator[Told]:
        """The events of a message, in the order in which they happened as far as that can be known."""
        known = False
        for name, tell in self._tellers().items():
            if name in message:
                known = True
                given = message[name]
                yield from tell(given if isinstance(given, dict) else {}, message, at)
        if message and not known:
            yield Told(at, "other", ", ".join(message), {"message": message})

    def input_begins(self, name: str) -> None:
        """What is sent now, until :meth:`input_ends`."""
        self.input_name, self.input_ended = name, None

    def input_ends(self, at: float) -> None:
        """The end of what was sent: the answer is timed from here."""
        self.input_ended = at

    @property
    def played_until(self) -> float:
        """When the sound of the running turn will have been heard by somebody who listens to it; 0 without one."""
        return 0.0 if self._first_at is None else self._first_at + self._seconds

    def _tellers(self) -> dict[str, Callable[[Json, Json, float], Iterator[Told]]]:
        return {
            "setupComplete": _setup_complete,
            "voiceActivity": _voice_activity,
            "voiceActivityDetectionSignal": _signal,
            "serverContent": self._content,
            "toolCall": _tool_call,
            "toolCallCancellation": _tool_call_cancellation,
            "sessionResumptionUpdate": _resumption,
            "goAway": _go_away,
            "usageMetadata": _usage_alone,
        }

    def _content(self, content: Json, message: Json, at: float) -> Iterator[Told]:
        yield from _transcription("heard", content.get("inputTranscription"), at)
        turn = content.get("modelTurn")
        for part in (turn.get("parts") or ()) if isinstance(turn, dict) else ():
            if isinstance(part, dict):
                yield from self._part(part, at)
        yield from _transcription("says", content.get("outputTranscription"), at)
        if content.get("generationComplete"):
            yield Told(at, "generation-complete")
        if content.get("interrupted"):
            yield from self._audio_sum(at)
            yield Told(at, "interrupted")
        if content.get("waitingForInput"):
            yield Told(at, "waiting-for-input", "the model has chosen not to answer")
        if content.get("turnComplete"):
            yield from self._audio_sum(at)
            usage = message.get("usageMetadata")
            more = {"usage": usage} if usage else {}
            yield Told(at, "turn-complete", _usage(usage or {}), more)

    def _part(self, part: Json, at: float) -> Iterator[Told]:
        if text := part.get("text"):
            event = "thinks" if part.get("thought") else "says"
            yield Told(at, event, _quoted(text), {"text": text})
        if blob := part.get("inlineData"):
            yield from self._sound(blob, at)

    def _sound(self, blob: Json, at: float) -> Iterator[Told]:
        try:
            pcm = from_base64(blob.get("data") or "")
        except ValueError:
            yield Told(at, "other", "audio that is no base64", {"message": {"inlineData": blob}})
            return
        self.rate = rate_told(blob.get("mimeType") or "")
        if pcm and self._first_at is None:
            self._first_at = at
            yield Told(at, "first-audio", self._after(at), self._first_after())
        self._parts += 1
        self._bytes += len(pcm)
        self._seconds += len(pcm) / SAMPLE_BYTES / self.rate
        if self._keeps_sound:
            self.sound += pcm

    def _after(self, at: float) -> str:
        if self.input_ended is None:
            return f"while {self.input_name} is being sent"
        return f"{at - self.input_ended:.3f} s after the end of {self.input_name}"

    def _first_after(self) -> Json:
        if self.input_ended is None or self._first_at is None:
            return {}
        return {"firstAfter": round(self._first_at - self.input_ended, 6)}

    def _audio_sum(self, at: float) -> Iterator[Told]:
        """The sound of the turn that ends, if there was any."""
        if self._parts:
            parts = "1 part" if self._parts == 1 else f"{self._parts} parts"
            words = f"{self._seconds:.2f} s in {parts}, {self._bytes} bytes"
            more = {"seconds": round(self._seconds, 6), "parts": self._parts, "bytes": self._bytes}
            yield Told(at, "audio", words, more)
        self._parts = self._bytes = 0
        self._seconds, self._first_at = 0.0, None


class Sentences:
    """Joins the pieces of a text, so that a person reads sentences and not words."""

    def __init__(self) -> None:
        self._first: Told | None = None
        self._text = ""

    def join(self, told: Told) -> list[Told]:
        """The next event; gives what can be shown now."""
        if told.event == "first-audio" and self._first is not None and self._first.event == "says":
            return [told]  # it comes in the middle of the first sentence
        if told.event not in WORDS:
            return [*self.flush(), told]
        done = self.flush() if self._first is not None and self._first.event != told.event else []
        self._first = self._first or told
        self._text += told.more.get("text", "")
        return done + (self.flush() if self._text.rstrip().endswith(SENTENCE_ENDS) else [])

    def flush(self) -> list[Told]:
        """What was held back, with the time of its first piece."""
        first, text = self._first, self._text
        self._first, self._text = None, ""
        return [] if first is None else [Told(first.at, first.event, _quoted(text.strip()), {"text": text})]


def rate_told(mime_type: str) -> int:
    """The sample rate of a part, in Hz."""
    for parameter in mime_type.split(";")[1:]:
        name, _, rate = parameter.strip().partition("=")
        if name == "rate" and rate.isascii() and rate.isdigit() and int(rate) > 0:
            return int(rate)
    return OUTPUT_RATE


def _quoted(text: str) -> str:
    """Somebody's words on one line, whatever is in them."""
    return '"' + "".join(character if character.isprintable() else " " for character in text) + '"'


def _setup_complete(given: Json, message: Json, at: float) -> Iterator[Told]:
    session = given.get("sessionId")
    yield Told(at, "setup-complete", f"session {session}" if session else "", {"sessionId": session} if session else {})


def _voice_activity(given: Json, message: Json, at: float) -> Iterator[Told]:
    # The proto says "type", the SDK's converter "voiceActivityType".
    kind = given.get("type") or given.get("voiceActivityType") or ""
    offset = given.get("audioOffset")
    event = {"ACTIVITY_START": "activity-start", "ACTIVITY_END": "activity-end"}.get(kind, "voice-activity")
    words = f"decided {offset} into the audio" if offset else ""
    yield Told(at, event, words, {"audioOffset": offset} if offset else {})


def _signal(given: Json, message: Json, at: float) -> Iterator[Told]:
    kind = str(given.get("vadSignalType") or "")
    event = "activity-start" if kind.endswith("SOS") else "activity-end"
    yield Told(at, event, kind, {"vadSignalType": kind})


def _transcription(event: str, given: Json | None, at: float) -> Iterator[Told]:
    if given and (text := given.get("text")):
        yield Told(at, event, _quoted(text), {"text": text})


def _tool_call(given: Json, message: Json, at: float) -> Iterator[Told]:
    calls = given.get("functionCalls") or []
    words = ", ".join(f"{call.get('name')}({json.dumps(call.get('args') or {})})" for call in calls)
    yield Told(at, "tool-call", f"{words}; talk does not answer it", {"functionCalls": calls})


def _tool_call_cancellation(given: Json, message: Json, at: float) -> Iterator[Told]:
    ids = list(given.get("ids") or [])
    yield Told(at, "tool-call-cancelled", ", ".join(ids), {"ids": ids})


def _resumption(given: Json, message: Json, at: float) -> Iterator[Told]:
    handle = given.get("newHandle")
    if handle:
        yield Told(at, "handle", handle, {"newHandle": handle, "resumable": bool(given.get("resumable"))})
    else:
        yield Told(at, "not-resumable", "just now", {"resumable": False})


def _go_away(given: Json, message: Json, at: float) -> Iterator[Told]:
    left = given.get("timeLeft")
    yield Told(at, "go-away", f"{left} left" if left else "", {"timeLeft": left})


def _usage_alone(given: Json, message: Json, at: float) -> Iterator[Told]:
    if not (message.get("serverContent") or {}).get("turnComplete"):
        yield Told(at, "usage", _usage(given), {"usage": given})


def _usage(usage: Json) -> str:
    """Token counts in words; Vertex says candidates where the Gemini API says response."""
    counted = [
        ("prompt", usage.get("promptTokenCount"), usage.get("promptTokensDetails")),
        (
            "response",
            usage.get("responseTokenCount") or usage.get("candidatesTokenCount"),
            usage.get("responseTokensDetails") or usage.get("candidatesTokensDetails"),
        ),
        ("thoughts", usage.get("thoughtsTokenCount"), None),
        ("total", usage.get("totalTokenCount"), None),
    ]
    told = ", ".join(f"{name} {count}{_details(details)}" for name, count, details in counted if count)
    return f"tokens: {told}" if told else ""


def _details(details: list[Json] | None) -> str:
    counts = [f"{one.get('modality')} {one.get('tokenCount', 0)}" for one in details or ()]
    return f" ({', '.join(counts)})" if counts else ""
