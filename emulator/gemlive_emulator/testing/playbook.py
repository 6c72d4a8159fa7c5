"""A session without a socket: write what the client does, look at what comes back, move time by hand."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from gemlive_emulator.audio.cut import cut
from gemlive_emulator.audio.speech import OUTPUT_RATE, Sound, Speech, Word
from gemlive_emulator.profiles.admit import DEFAULT_TERMS, Terms, doorkeeper
from gemlive_emulator.records import dataclass
from gemlive_emulator.session.commands import (
    Ask,
    AskCancelled,
    Close,
    Command,
    Forget,
    Happening,
    Misbehave,
    Recall,
    Remember,
    Synthesize,
    Transcribe,
    Warn,
)
from gemlive_emulator.session.events import (
    Answered,
    AudioReceived,
    ClientClosed,
    Connected,
    Event,
    MessageReceived,
    MessageRefused,
    Recalled,
    SpeechReady,
    TimePassed,
    Transcribed,
)
from gemlive_emulator.session.hearing import NOTHING_FOREKNOWN, Foreknown, Words
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.session import Session
from gemlive_emulator.session.steps import Responder
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.errors import ClientFault

SECONDS_PER_CHARACTER = 0.08
"""How long the playbook's voice takes, about that of a person."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One command of the session, and when it came."""

    at: float
    command: Command


@dataclass(frozen=True, slots=True)
class Message:
    """One message as the client gets it, and when.

    ``body`` is the parsed JSON; empty if a scenario sends what is none.
    """

    at: float
    body: dict[str, Any]
    frame: bytes


class PlaybookVoice(Protocol):
    """What speaks for a playbook."""

    def __call__(self, text: str, *, first: bool) -> Speech:
        """Speech of one sentence; ``first`` if the model's turn begins to sound with it."""
        ...


def silent_speech(text: str, seconds: float | None = None, first: bool = True) -> Speech:
    """Speech of zeros with the words spread evenly; ``seconds`` defaults to a natural length."""
    length = len(text) * SECONDS_PER_CHARACTER if seconds is None else seconds
    return cut(Sound(bytes(2 * round(length * OUTPUT_RATE)), tuple(_even_words(text, length))), text, first)


def _even_words(text: str, length: float) -> list[Word]:
    pieces = [f" {piece}" if at else piece for at, piece in enumerate(text.split(" "))]
    share = length / len(pieces)
    return [Word(piece, at * share, (at + 1) * share) for at, piece in enumerate(pieces)]


class Playbook:
    """Drives one session by hand, deadline by deadline, as the server's driver does.

    Args:
        responder: decides what the model says.
        endpoint: where the client knocked.
        terms: how setups are judged.
        speak: the voice; silence by default.
        foreknown: what is known beforehand of what the user will say aloud.
        transcribe: finds out what was said; by default nobody knows.
        kept: snapshots by handle; give two playbooks the same dict to resume in the second.
        seed: of ids and handles.

    Attributes:
        asked: what replies consult outside and wait for, by id.
    """

    def __init__(
        self,
        responder: Responder,
        endpoint: Endpoint = Endpoint(),  # noqa: B008 -- frozen
        terms: Terms = DEFAULT_TERMS,
        speak: PlaybookVoice = silent_speech,
        foreknown: Foreknown = NOTHING_FOREKNOWN,
        transcribe: Callable[[Transcribe], Words | None] = lambda request: None,
        kept: dict[str, Any] | None = None,
        seed: int = 1,
    ) -> None:
        self.now = 0.0
        self.log: list[Happened] = []
        self.messages: list[Message] = []
        self.kept = {} if kept is None else kept
        self.asked: dict[int, Ask] = {}
        self.session = Session(doorkeeper(endpoint, responder, terms, foreknown), Names(seed))
        self._speak = speak
        self._transcribe = transcribe
        self._events: deque[Event] = deque()
        self.happen(Connected())

    def happen(self, event: Event) -> list[Happened]:
        """Let an event happen now; gives what the session did."""
        start = len(self.log)
        self._events.append(event)
        while self._events:
            for command in self.session.handle(self._events.popleft(), self.now):
                self._carry_out(command)
        return self.log[start:]

    def receive(self, message: Mapping[str, Any] | str | bytes) -> list[Happened]:
        """The client sends a message: a dict, or the frame itself."""
        frame = message if isinstance(message, str | bytes) else json.dumps(message)
        try:
            return self.happen(MessageReceived(decode(frame).message))
        except ClientFault as fault:
            return self.happen(MessageRefused(fault))

    def open(self, model: str = "models/gemini-3.8-live", **setup: Any) -> list[Happened]:
        """The client sends a setup."""
        return self.receive({"setup": {"model": model, **setup}})

    def say(self, text: str, complete: bool = True) -> list[Happened]:
        """The client sends a typed turn."""
        turns = [{"role": "user", "parts": [{"text": text}]}]
        return self.receive({"clientContent": {"turns": turns, "turnComplete": complete}})

    def speak(
        self, pcm: bytes, rate: int = 16_000, chunk_ms: int | None = 20, real_time: bool = True
    ) -> list[Happened]:
        """The client streams sound.

        Args:
            pcm: s16le mono.
            rate: Hz.
            chunk_ms: how much goes into a message; ``None`` for all of it.
            real_time: whether time passes as the sound does; else all of it goes out now.
        """
        start = len(self.log)
        step = max(len(pcm), 1) if chunk_ms is None else 2 * (rate * chunk_ms // 1000)
        for at in range(0, len(pcm), step):
            piece = pcm[at : at + step]
            if real_time:
                self.advance(len(piece) / 2 / rate)
            self.happen(AudioReceived(piece, f"audio/pcm;rate={rate}"))
        return self.log[start:]

    def answer(self, ask: int, value: Any = None, error: BaseException | None = None) -> list[Happened]:
        """What a reply consults outside answers: a value, or an error.

        Args:
            ask: its id, a key of ``asked``.
            value: of the answer.
            error: that is raised in the reply instead.
        """
        self.asked.pop(ask, None)
        return self.happen(Answered(ask, value, error))

    def hang_up(self) -> list[Happened]:
        """The client closes the connection."""
        return self.happen(ClientClosed())

    def advance(self, seconds: float) -> list[Happened]:
        """Let time pass."""
        start = len(self.log)
        end = self.now + seconds
        while (deadline := self.session.deadline) is not None and deadline <= end:
            self.now = max(self.now, deadline)
            self.happen(TimePassed())
        self.now = end
        self.happen(TimePassed())
        return self.log[start:]

    def finish(self, limit: float = 3600) -> list[Happened]:
        """Let time pass until nothing of the conversation is due any more, at most ``limit`` seconds."""
        start, end = len(self.log), self.now + limit
        while (deadline := self.session.next_event) is not None and deadline <= end:
            self.advance(max(0.0, deadline - self.now))
        return self.log[start:]

    @property
    def closed(self) -> tuple[int, str] | None:
        """Code and words of the server's close, ``None`` while the connection is open."""
        return next(((c.code, c.words) for c in (h.command for h in self.log) if isinstance(c, Close)), None)

    @property
    def said(self) -> str:
        """All text that the client was given, thoughts aside."""
        parts = [part for message in self.messages for part in _parts(message.body)]
        return "".join(part["text"] for part in parts if "text" in part and "thought" not in part)

    def _carry_out(self, command: Command) -> None:
        self.log.append(Happened(self.now, command))
        match command:
            case Synthesize():
                self._events.append(SpeechReady(command.id, self._speak(command.text, first=command.first)))
            case Transcribe():
                self._events.append(Transcribed(command.id, self._transcribe(command)))
            case Recall():
                self._events.append(Recalled(self.kept.get(command.handle)))
            case Remember():
                self.kept[command.handle] = command.snapshot
            case Forget():
                self.kept.pop(command.handle, None)
            case Ask():
                self.asked[command.id] = command
            case AskCancelled():
                del self.asked[command.id]
            case Close() | Misbehave() | Warn():
                pass
            case _:
                self._render(command)

    def _render(self, happening: Happening) -> None:
        assert self.session.admission is not None
        for frame in self.session.admission.render(happening):
            self.messages.append(Message(self.now, _parsed(frame), frame))


def _parsed(frame: bytes) -> dict[str, Any]:
    try:
        body = json.loads(frame)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _parts(body: dict[str, Any]) -> list[dict[str, Any]]:
    turn = body.get("serverContent", {}).get("modelTurn", {})
    parts: list[dict[str, Any]] = turn.get("parts", [])
    return parts
