"""A quarter of an hour of one session in the core: no socket, no clock, and a voice that has its speech ready."""

import json
import time
from collections.abc import Callable, Iterator

from benchmarks.report import Goal, Result
from gemlive_emulator.audio.speech import Speech
from gemlive_emulator.profiles.admit import Terms, doorkeeper
from gemlive_emulator.session.commands import Close, Command, Happening, Synthesize
from gemlive_emulator.session.events import Connected, Event, MessageReceived, SpeechReady, TimePassed
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.session import Session
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.testing.playbook import silent_speech
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.endpoint import Endpoint

TURNS = 60
SECONDS = 15 * 60.0
ANSWER = "It will rain until noon. After that the sky clears up, and it stays dry until tomorrow evening."
MODELS = {
    "typed": ("models/gemini-2.0-flash-live-001", "TEXT"),
    "spoken": ("models/gemini-2.5-flash-native-audio-preview-12-2025", "AUDIO"),
}
# The limit of the session is to end it, not that of its connection.
TERMS = Terms(overrides={"behaviour.limits.connection": 0})


def quarter_hour(rounds: int) -> Iterator[Result]:
    """The time of a session of 15 minutes with 60 turns; bare: only reading and writing the JSON of its messages."""
    speeches: dict[str, Speech] = {}
    for what in MODELS:
        samples: dict[str, list[float]] = {"emulator": [], "bare": []}
        frames: list[bytes] = []
        _Core(what, speeches, frames.append).live()
        for _ in range(rounds):
            # A server keeps none of what it has sent: thirty megabytes of it cost more than to make them.
            core = _Core(what, speeches, len)
            begin = time.perf_counter()
            core.live()
            middle = time.perf_counter()
            for frame in frames:
                json.dumps(json.loads(frame))
            samples["emulator"].append(1e3 * (middle - begin))
            samples["bare"].append(1e3 * (time.perf_counter() - middle))
        name = f"15 minutes, 60 {what} turns; bare: JSON only"
        yield Result("quarter-hour", name, "ms", samples, Goal("emulator", 50))


class _Core:
    """Drives one session deadline by deadline; ``keep`` gets the frames both ways."""

    def __init__(self, what: str, speeches: dict[str, Speech], keep: Callable[[bytes], object]) -> None:
        self._keep = keep
        self._model, self._modality = MODELS[what]
        self._speeches = speeches
        self._session = Session(doorkeeper(Endpoint(), _answer, TERMS), Names(b"seed"))
        self._over = False

    def live(self) -> None:
        """Live until the session's limit.

        Raises:
            RuntimeError: it did not end there.
        """
        self._happen(Connected(), 0.0)
        setup = {"model": self._model, "generationConfig": {"responseModalities": [self._modality]}}
        self._receive({"setup": setup}, 0.0)
        for number in range(TURNS):
            now = number * (SECONDS - 5.0) / TURNS
            self._come_to(now)
            turn = {"role": "user", "parts": [{"text": f"Question {number}: how is the weather?"}]}
            self._receive({"clientContent": {"turns": [turn], "turnComplete": True}}, now)
        self._come_to(SECONDS)
        if not self._over:
            raise RuntimeError(f"the session is not over after {SECONDS:g} s")

    def _receive(self, message: object, now: float) -> None:
        frame = json.dumps(message).encode()
        self._keep(frame)
        self._happen(MessageReceived(decode(frame).message), now)

    def _come_to(self, now: float) -> None:
        while (deadline := self._session.deadline) is not None and deadline <= now:
            self._happen(TimePassed(), deadline)

    def _happen(self, event: Event, now: float) -> None:
        events = [event]
        for happening in events:
            for command in self._session.handle(happening, now):
                self._carry_out(command, events)

    def _carry_out(self, command: Command, events: list[Event]) -> None:
        if isinstance(command, Synthesize):
            events.append(SpeechReady(command.id, self._speech(command.text, command.first)))
        elif isinstance(command, Close):
            self._over = True
        elif isinstance(command, Happening) and self._session.admission is not None:
            for frame in self._session.admission.render(command):
                self._keep(frame)

    def _speech(self, text: str, first: bool) -> Speech:
        if text not in self._speeches:
            self._speeches[text] = silent_speech(text, first=first)
        return self._speeches[text]


def _answer(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(ANSWER)
