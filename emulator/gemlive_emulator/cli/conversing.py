"""The client's side of a spoken conversation: what to send when, and when it is over. Pure: time is an argument.

Like the core of the emulator it is driven from outside: :meth:`Talk.hear` takes what came, :meth:`Talk.wake` does what
is due, both give what is to be sent and told, and :attr:`Talk.deadline` says when to wake it next. It sends as a
microphone does: a portion of sound in each interval, of a file or of silence.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from math import inf
from typing import Any

from gemlive_emulator.cli.told import SAMPLE_BYTES, Account, Told
from gemlive_emulator.records import dataclass

SETTLE_SECONDS = 3.0
"""An answer that ended while its file was still being sent may have been one to its beginning only: so long after the
end of the file another one may begin."""
LINGER_SECONDS = 0.3
"""After the last answer, for what comes behind it (a handle)."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A turn of text."""

    text: str
    name: str = "the text"


@dataclass(frozen=True, slots=True)
class Spoken:
    """A turn of sound: s16le mono samples, and bytes that go before them (the header of their file)."""

    name: str
    pcm: bytes
    rate: int
    header: bytes = b""

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.pcm) / SAMPLE_BYTES / self.rate


@dataclass(frozen=True, slots=True)
class Endless:
    """Sound that comes while it is sent, until somebody hangs up: ``read`` gives what came since it was last asked."""

    name: str
    rate: int
    read: Callable[[], bytes]


Input = Typed | Spoken | Endless


@dataclass(frozen=True, slots=True)
class Plan:
    """How to talk.

    Attributes:
        chunk: seconds of sound in a message.
        as_fast: send a file at once instead of in real time.
        silence: seconds of silence after each file; for ever is until the answer has ended.
        barge_in: begin the next turn so many seconds after the first sound of the running answer, instead of after
            its end; ``None`` for the latter.
        patience: seconds to wait for the next message of the server while an answer is due.
    """

    chunk: float = 0.02
    as_fast: bool = False
    silence: float = inf
    barge_in: float | None = None
    patience: float = 30.0


@dataclass(frozen=True, slots=True)
class Send:
    """A text frame to be sent."""

    frame: str


Step = Send | Told


class Talk:
    """One conversation, from the setup to the end of the last answer.

    Args:
        setup: the content of the first message.
        inputs: the user's turns, in order.
        plan: how to talk.
        account: tells the server's messages.
    """

    def __init__(self, setup: dict[str, Any], inputs: Sequence[Input], plan: Plan, account: Account) -> None:
        self._setup = setup
        self._waiting = list(inputs)
        self._plan = plan
        self._account = account
        self._timers: dict[str, float] = {}
        self._input: Input | None = None
        self._ended = 0.0
        self._sending = False
        self._position = 0
        self._silence_left = 0.0
        # Of the running model turn: whether there is one, answers an earlier input, was interrupted.
        self._open = self._earlier = self._cut = False
        self._answered_early = False
        self._barge_at: float | None = None
        self.over = False
        self.problem = ""

    @property
    def deadline(self) -> float:
        """When to call :meth:`wake` at the latest."""
        return min(self._timers.values(), default=inf)

    def open(self, now: float) -> list[Step]:
        """The connection is there."""
        self._timers["patience"] = now + self._plan.patience
        return [Send(json.dumps({"setup": self._setup}))]

    def wake(self, now: float) -> list[Step]:
        """Do what is due."""
        steps: list[Step] = []
        while not self.over and self.deadline <= now:
            name = min(self._timers, key=self._timers.__getitem__)
            steps += self._ring(name, self._timers.pop(name))
        return steps

    def hear(self, message: Any, now: float) -> list[Step]:
        """Take a message of the server, any JSON value."""
        if not isinstance(message, dict):
            return [Told(now, "other", "a message that is no JSON object", {"message": message})]
        steps: list[Step] = []
        for told in self._account.tell(message, now):
            steps.append(told)
            steps += self._react(told.event, now)
        if "patience" in self._timers:
            # The server holds the end of a turn back until its sound has been heard.
            self._timers["patience"] = max(now, self._account.played_until) + self._plan.patience
        return steps

    def closed(self, code: int | None, reason: str, now: float) -> list[Step]:
        """The server has closed the connection, or it broke (no code)."""
        words = f"{code} {reason}".rstrip() if code is not None else "the connection broke"
        if not self.over and "linger" not in self._timers:
            self.problem = f"the server closed the connection: {words}" if code is not None else words
        self.over = True
        return [Told(now, "closed", words, {"code": code, "reason": reason})]

    def _ring(self, timer: str, now: float) -> list[Step]:
        match timer:
            case "chunk":
                return self._stream(now)
            case "barge in":
                return self._begin_next(now)
            case "settle":
                return self._answered(now)
            case "linger":
                self.over = True
            case _:
                self.over = True
                self.problem = self._what_is_missing()
        return []

    def _what_is_missing(self) -> str:
        waited = f"nothing came for {self._plan.patience:g} s"
        if self._input is None:
            return f"{waited} after the setup"
        return f"{waited} and the answer to {self._input.name} has not ended"

    def _react(self, event: str, now: float) -> list[Step]:
        match event:
            case "setup-complete":
                return self._begin_next(now) if self._input is None else []
            case "first-audio" | "says" | "thinks" | "tool-call":
                self._turn_goes_on(event, now)
            case "interrupted":
                self._cut = True
            case "turn-complete":
                return self._turn_ends(now)
        return []

    def _turn_goes_on(self, event: str, now: float) -> None:
        self._timers.pop("settle", None)
        if self._cut or not self._open:
            self._open, self._earlier = True, False
        self._cut = self._answered_early = False
        if event == "first-audio" and self._plan.barge_in is not None and self._waiting:
            self._barge_at = now + self._plan.barge_in
            self._plan_barge_in()

    def _plan_barge_in(self) -> None:
        """A turn of the user's is not cut by the next one: it begins when both its time has come and that has ended."""
        if self._barge_at is not None and not self._sending:
            self._timers["barge in"] = max(self._barge_at, self._ended)

    def _turn_ends(self, now: float) -> list[Step]:
        other = self._cut or self._earlier or self._input is None
        self._open = self._earlier = self._cut = False
        if other:
            return []
        if self._sending:
            self._answered_early = True
            return []
        return self._answered(now)

    def _answered(self, now: float) -> list[Step]:
        if self._waiting:
            return self._begin_next(now)
        if "linger" not in self._timers:
            self._timers = {"linger": now + LINGER_SECONDS}
        return []

    def _begin_next(self, now: float) -> list[Step]:
        for name in ("barge in", "settle", "patience"):
            self._timers.pop(name, None)
        self._input, self._sending, self._position = self._waiting.pop(0), True, 0
        self._barge_at, self._answered_early, self._earlier = None, False, self._open
        self._account.input_begins(self._input.name)
        match self._input:
            case Typed(text):
                self._timers.pop("chunk", None)
                frame = json.dumps({"realtimeInput": {"text": text}})
                return [Told(now, "sending", _quoted(text), {"text": text}), Send(frame), *self._end_input(now)]
            case Spoken():
                self._silence_left = self._plan.silence
                return [_sending(self._input, now), *self._begin_file(self._input, now)]
            case Endless(name, rate):
                self._timers["chunk"] = now + self._plan.chunk
                return [Told(now, "sending", f"{name}, {rate} Hz", {"name": name, "rate": rate})]

    def _begin_file(self, file: Spoken, now: float) -> list[Step]:
        if not self._plan.as_fast:
            self._timers.setdefault("chunk", now + self._plan.chunk)
            return []
        steps: list[Step] = [Send(audio_frame(portion, file.rate)) for portion in portions(file, self._plan.chunk)]
        self._timers["chunk"] = now + self._plan.chunk
        return [*steps, *self._end_input(now)]

    def _end_input(self, now: float) -> list[Step]:
        self._sending, self._ended = False, now
        self._account.input_ends(now)
        self._timers["patience"] = now + self._plan.patience
        if self._answered_early:
            self._timers["settle"] = now + SETTLE_SECONDS
        self._plan_barge_in()
        return [] if isinstance(self._input, Typed) else [self._sent(now)]

    def _sent(self, now: float) -> Told:
        name = self._account.input_name
        return Told(now, "sent", name, {"name": name})

    def _stream(self, now: float) -> list[Step]:
        """Send the portion of sound that is due: of the file, of the microphone, or of silence."""
        match self._input:
            case Endless(_, rate, read):
                self._timers["chunk"] = now + self._plan.chunk
                sound = read()
                return [Send(audio_frame(sound, rate))] if sound else []
            case Spoken() if self._sending:
                self._timers["chunk"] = now + self._plan.chunk
                return self._stream_file(self._input, now)
            case Spoken(_, _, rate) if self._silence_left * rate >= 1:
                self._timers["chunk"] = now + self._plan.chunk
                seconds = min(self._silence_left, self._plan.chunk)
                self._silence_left -= seconds
                return [Send(audio_frame(bytes(portion_bytes(seconds, rate)), rate))]
        return []

    def _stream_file(self, file: Spoken, now: float) -> list[Step]:
        size = portion_bytes(self._plan.chunk, file.rate)
        sound = file.pcm[self._position : self._position + size]
        head = b"" if self._position else file.header
        self._position += size
        steps: list[Step] = [Send(audio_frame(head + sound, file.rate))]
        return steps if self._position < len(file.pcm) else [*steps, *self._end_input(now)]


def portion_bytes(seconds: float, rate: int) -> int:
    """The size of so much sound: at least one sample, and whole ones."""
    return max(1, round(seconds * rate)) * SAMPLE_BYTES


def portions(file: Spoken, seconds: float) -> Iterator[bytes]:
    """A file cut into portions of so many seconds; its header goes with the first."""
    size = portion_bytes(seconds, file.rate)
    yield file.header + file.pcm[:size]
    for start in range(size, len(file.pcm), size):
        yield file.pcm[start : start + size]


def audio_frame(sound: bytes, rate: int) -> str:
    """The message that carries a portion of sound."""
    blob = {"mimeType": f"audio/pcm;rate={rate}", "data": b64encode(sound).decode("ascii")}
    return json.dumps({"realtimeInput": {"audio": blob}})


def _sending(file: Spoken, now: float) -> Told:
    words = f"{file.name}, {file.seconds:.2f} s at {file.rate} Hz"
    return Told(now, "sending", words, {"name": file.name, "seconds": round(file.seconds, 6), "rate": file.rate})


def _quoted(text: str) -> str:
    return '"' + " ".join(text.split()) + '"'
