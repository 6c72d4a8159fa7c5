"""What was said and done in a recording, turn by turn. Pure.

The server's messages are read as JSON, in the spelling of every model family; the client's with the emulator's reader.
"""

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Any

from gemlive_emulator.record.expected import read, sound_in
from gemlive_emulator.records import dataclass
from gemlive_emulator.session.asked import joined, role_of, text_of
from gemlive_emulator.wire.client import ClientMessage
from gemlive_emulator.wire.common import Blob, Content
from gemlive_emulator.wire.tape import Tape, Taped, lacks_sound, with_silence

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Typed:
    """The user typed this."""

    text: str


@dataclass(frozen=True, slots=True)
class Spoken:
    """The user said something aloud; ``text`` is what the server heard, ``""`` if it did not tell."""

    text: str


@dataclass(frozen=True, slots=True)
class Returned:
    """A function of the client returned this."""

    name: str
    response: Json


@dataclass(frozen=True, slots=True)
class Words:
    """The model said or thought something; ``aloud`` if there was sound, whose words perhaps nobody wrote down."""

    text: str
    thought: bool = False
    aloud: bool = False


@dataclass(frozen=True, slots=True)
class Calls:
    """The model called functions, all in one message: the name and the arguments of each."""

    calls: tuple[tuple[str, Json], ...]


@dataclass(frozen=True, slots=True)
class Interrupted:
    """The user interrupted the model."""


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The model's turn was complete; ``reason`` says why, if the server did."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Leaving:
    """The server said that it will close the connection, in so long."""

    time_left: str


@dataclass(frozen=True, slots=True)
class Closed:
    """The server closed the connection, or it was lost (1006)."""

    code: int
    words: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that has no word in a scenario, or none here."""

    what: str


What = Typed | Spoken | Returned | Words | Calls | Interrupted | TurnEnded | Leaving | Closed | Unknown


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that happened, and when."""

    time: float
    what: What


@dataclass(slots=True)
class Listener:
    """Makes sense of a recording, message by message."""

    _gathered: list[Content] = field(default_factory=list)
    _sounded: bool = False
    _answering: bool = False
    _calls_by_code: bool = False

    def all_of(self, tape: Tape) -> Iterator[Happened]:
        """All that happened, in order."""
        heard = _heard_in(tape)
        for place, one in enumerate(tape.taped):
            if one.code is not None:
                if one.side == "server":
                    yield Happened(one.time, Closed(one.code, one.words))
                continue
            whats = self._of_client(one) if one.side == "client" else self._of_server(one, heard.get(place, ""))
            for what in whats:
                yield Happened(one.time, what)

    def _of_client(self, one: Taped) -> Iterator[What]:
        message = read(with_silence(one.payload))
        if not isinstance(message, ClientMessage):
            yield Unknown(f"a message that the server refuses: {message.words}")
        elif blobs := sound_in(message):
            self._sounded = self._sounded or any(_sounds(blob, one) for blob in blobs)
        elif message.client_content is not None:
            self._gathered += message.client_content.turns or ()
            if message.client_content.turn_complete:
                yield self._type(self._gathered_text())
        elif message.realtime_input is not None and message.realtime_input.text is not None:
            yield self._type(message.realtime_input.text or self._gathered_text())
        elif message.tool_response is not None:
            for response in message.tool_response.function_responses:
                yield Returned(response.name or "", response.response or {})
        elif message.context_update is not None:
            yield Unknown("an update of the context")

    def _type(self, text: str) -> Typed:
        self._answering, self._sounded = True, False
        return Typed(text)

    def _gathered_text(self) -> str:
        """The words of the user at the end of what was gathered; what stands before them is history."""
        gathered, self._gathered = self._gathered, []
        start = len(gathered)
        while start and role_of(gathered[start - 1]) == "user":
            start -= 1
        return joined(*map(text_of, gathered[start:]))

    def _of_server(self, one: Taped, heard: str) -> Iterator[What]:
        message = one.message or {}
        content = message.get("serverContent") or {}
        if self._sounded and not self._answering and (_says(content) or "toolCall" in message or heard):
            # The first sign of an answer that nothing typed has asked for.
            self._answering, self._sounded = True, False
            yield Spoken(heard)
        yield from self._told(content)
        if "toolCall" in message:
            calls = (message["toolCall"] or {}).get("functionCalls", ())
            yield Calls(tuple((call.get("name", ""), call.get("args") or {}) for call in calls))
        if "toolCallCancellation" in message:
            yield Unknown("calls that were cancelled")
        if "goAway" in message:
            yield Leaving((message["goAway"] or {}).get("timeLeft", "0s"))
        if content.get("turnComplete") or content.get("interrupted"):
            self._answering = self._calls_by_code = False

    def _told(self, content: Json) -> Iterator[What]:
        transcript = (content.get("outputTranscription") or {}).get("text", "")
        if transcript:
            yield Words(transcript, aloud=True)
        for part in (content.get("modelTurn") or {}).get("parts", ()):
            yield from self._part(part)
        if content.get("interrupted"):
            yield Interrupted()
        if content.get("turnComplete"):
            yield TurnEnded(content.get("turnCompleteReason", ""))
        for name in ("groundingMetadata", "urlContextMetadata"):
            if content.get(name):
                yield Unknown(f"{name}, of Google's own tools")

    def _part(self, part: Json) -> Iterator[What]:
        if "text" in part:
            yield Words(part["text"], thought=bool(part.get("thought")))
        elif "inlineData" in part:
            yield Words("", aloud=True)
        elif _is_calling(part):
            self._calls_by_code = True
        elif not (self._calls_by_code and "codeExecutionResult" in part):
            yield Unknown(f"a part with {', '.join(part) or 'nothing in it'}")


def _is_calling(part: Json) -> bool:
    """Whether it is code with which a half-cascade model calls a function of the client (recorded)."""
    return "default_api." in ((part.get("executableCode") or {}).get("code") or "")


def _sounds(blob: Blob, one: Taped) -> bool:
    """Whether there is more than silence in it, as far as the recording tells."""
    return bool(blob.data.strip(b"\0")) or lacks_sound(Tape("", "", (one,)))


def _says(content: Json) -> bool:
    return any(name in content for name in ("modelTurn", "outputTranscription"))


def _heard_in(tape: Tape) -> Mapping[int, str]:
    """What the server heard in each turn, by the places of all its messages from there to the end of the turn."""
    heard: dict[int, str] = {}
    places: list[int] = []
    words = ""
    for place, one in enumerate(tape.taped):
        content = (one.message or {}).get("serverContent") or {} if one.side == "server" else {}
        words += (content.get("inputTranscription") or {}).get("text", "")
        places.append(place)
        if content.get("turnComplete") or content.get("interrupted") or place == len(tape.taped) - 1:
            heard |= dict.fromkeys(places, " ".join(words.split()))
            places, words = [], ""
    return heard
