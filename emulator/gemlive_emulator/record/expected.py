"""What the client of a recording said, and how another client may differ from it. Pure.

What may differ: how sound is cut and how much silence is in it, how names are spelled, the order of the responses in
one message, which handle a session is resumed with, and ``models/`` before a model's name.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.wire.client import ClientMessage, RealtimeInput
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.common import Blob, WireModel
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.tape import Tape, lacks_sound, with_silence
from gemlive_emulator.wire.writer import to_wire

HANDLE = "<handle>"
"""What stands for any resumption handle: a client has the one of its own session before."""

ENDS_OF_SOUND = ("audioStreamEnd", "activityEnd")
"""What a client says of the sound that it has sent, and therefore behind it."""

LONGEST_VALUE = 40
"""Characters of a value that are told."""


@dataclass(frozen=True, slots=True)
class Sound:
    """Sound of the client, as much as one message holds.

    Attributes:
        place: of the message in the recording, from 0.
        mime_type: of the sound.
        content: its octets without those that are zero, so that silence has none.
        weight: how many octets count: those of ``content``, or all where the recording has only the length.
    """

    place: int
    mime_type: str
    content: bytes
    weight: int


@dataclass(frozen=True, slots=True)
class Said:
    """A message of the client that is no sound.

    Attributes:
        place: of the message in the recording, from 0.
        number: of the message among all that is no sound, from 1.
        meaning: what it says, as :func:`meaning` has it.
    """

    place: int
    number: int
    meaning: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Expected:
    """All that the client of a recording sent.

    Attributes:
        said: what is no sound, in order.
        sounds: the rest, in order.
        by_length: whether of the sound only its length is known.
    """

    said: tuple[Said, ...]
    sounds: tuple[Sound, ...]
    by_length: bool

    @classmethod
    def of(cls, tape: Tape) -> "Expected":
        """What another client is expected to send when the recording is played to it."""
        by_length = lacks_sound(tape)
        said: list[Said] = []
        sounds: list[Sound] = []
        for place, one in enumerate(tape.taped):
            if one.side != "client" or one.code is not None:
                continue
            told = read(with_silence(one.payload))
            blobs = sound_in(told) if isinstance(told, ClientMessage) else ()
            if blobs:
                octets = b"".join(blob.data for blob in blobs)
                sounds.append(Sound(place, type_of(blobs[0].mime_type), *weighed(octets, by_length)))
            else:
                said.append(Said(place, len(said) + 1, meaning(told)))
        return cls(tuple(said), tuple(sounds), by_length)


def read(payload: bytes) -> ClientMessage | ClientFault:
    """A message of a client, or what is wrong with it."""
    try:
        return decode(payload).message
    except ClientFault as fault:
        return fault


def weighed(octets: bytes, by_length: bool) -> tuple[bytes, int]:
    """What counts of sound, and how much that is: silence does not, where one can tell it."""
    sounding = b"" if by_length else octets.replace(b"\0", b"")
    return sounding, len(octets) if by_length else len(sounding)


def sound_in(message: ClientMessage) -> tuple[Blob, ...]:
    """The sound of a message that holds nothing else; none if it does."""
    realtime = message.realtime_input
    if realtime is None:
        return ()
    if realtime.fields_given == {"audio"} and realtime.audio is not None:
        return (realtime.audio,)
    if realtime.fields_given == {"media_chunks"}:
        return _all_sound(realtime)
    return ()


def type_of(mime_type: str | None) -> str:
    """A MIME type as it is compared."""
    return (mime_type or "audio/pcm").replace(" ", "").lower()


def meaning(told: ClientMessage | ClientFault) -> Mapping[str, Any]:
    """What a message says, as JSON in which all that may differ is the same; of a wrong one why it is refused."""
    if isinstance(told, ClientFault):
        return {"refused": told.words}
    wire: dict[str, Any] = _plain(told)
    setup = wire.get("setup")
    if setup is not None:
        if "model" in setup:
            setup["model"] = setup["model"].removeprefix("models/")
        if setup.get("sessionResumption", {}).get("handle"):
            setup["sessionResumption"]["handle"] = HANDLE
    responses = wire.get("toolResponse", {}).get("functionResponses", ())
    if all("id" in response for response in responses) and responses:
        wire["toolResponse"]["functionResponses"] = sorted(responses, key=lambda response: str(response["id"]))
    return wire


def kind_of(said: Mapping[str, Any]) -> str:
    """What kind of message it is."""
    kind = next(iter(said), "")
    inside = said.get(kind)
    if kind == "realtimeInput" and isinstance(inside, dict) and len(inside) == 1:
        return f"{kind}.{next(iter(inside))}"
    return kind


def ends_sound(said: Mapping[str, Any]) -> bool:
    """Whether it says that sound is over."""
    return any(name in said.get("realtimeInput", {}) for name in ENDS_OF_SOUND)


def told(said: Mapping[str, Any]) -> str:
    """A message in words for a person: its kind and what it is known by."""
    words = " ".join(_words(said))
    return f"{kind_of(said)} {shown(words)}" if words else kind_of(said)


def difference(expected: Any, got: Any, path: str = "") -> str:
    """Where two values of JSON differ first, and how; ``""`` if they do not."""
    if isinstance(expected, dict) and isinstance(got, dict):
        names = [*expected, *(name for name in got if name not in expected)]
        inside = ((f"{path}.{name}" if path else name, name) for name in names)
        return _first(difference(expected.get(name), got.get(name), place) for place, name in inside)
    if isinstance(expected, list) and isinstance(got, list) and len(expected) == len(got):
        pairs = enumerate(zip(expected, got, strict=True))
        return _first(difference(*pair, f"{path}[{number}]") for number, pair in pairs)
    if expected == got and isinstance(expected, bool) == isinstance(got, bool):
        return ""
    return f"{path} is {_value(got)}, not {_value(expected)}"


def _plain(value: Any) -> Any:
    """A value of JSON; the writer, which is for messages of the server, leaves schemas in maps as they are."""
    if isinstance(value, WireModel):
        return _plain(to_wire(value))
    if isinstance(value, dict):
        return {name: _plain(inside) for name, inside in value.items()}
    return [_plain(inside) for inside in value] if isinstance(value, list | tuple) else value


def _all_sound(realtime: RealtimeInput) -> tuple[Blob, ...]:
    """The first of the old chunks, for only that counts, if it is sound."""
    first = (realtime.media_chunks or ())[:1]
    return tuple(blob for blob in first if type_of(blob.mime_type).startswith("audio/"))


def _first(found: Iterator[str]) -> str:
    return next(filter(None, found), "")


def _value(value: Any) -> str:
    if value is None:
        return "not there"
    if isinstance(value, str):
        return shown(value, LONGEST_VALUE)
    text = json.dumps(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def _words(said: Mapping[str, Any]) -> Iterable[str]:
    """The texts by which a person knows a message."""
    match said:
        case {"setup": {"model": str() as model}}:
            yield model
        case {"clientContent": {"turns": [*turns]}}:
            parts = (part for turn in turns for part in turn.get("parts", ()))
            yield from (part["text"] for part in parts if "text" in part)
        case {"realtimeInput": {"text": str() as text}}:
            yield text
        case {"toolResponse": {"functionResponses": [*responses]}}:
            yield from (f"{one.get('name', '')}({json.dumps(one.get('response', {}))})" for one in responses)
        case {"refused": str() as words}:
            yield words
