"""The model's turn: idle, generating, playing.

A turn pulls the steps of a reply one after another and keeps what is to go out in a queue with a time for each entry.
``playing`` exists because the real server sends audio faster than real time, then holds ``turnComplete`` back until
the client would have heard it all; a barge-in in that time is still an interruption (measured on 3.1: turnComplete at
first audio + 10.56 s +- 30 ms for 10.56 s of audio that took 3 s to arrive).
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from gemlive_emulator.audio.sentences import split_sentences
from gemlive_emulator.audio.speech import OUTPUT_RATE, Chunk, Speech
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.commands import (
    Close,
    Command,
    GenerationComplete,
    SpeechPart,
    Synthesize,
    TextPart,
    Thought,
    UtteranceBegins,
)
from gemlive_emulator.session.pieces import blank_before, text_pieces, with_words
from gemlive_emulator.session.steps import STEP_NAMES, CloseConnection, Pause, Reply, Say, Step, Think, UserTurn
from gemlive_emulator.session.tokens import audio_tokens, clip_text, count_tokens
from gemlive_emulator.wire.errors import EmulatorError


class TurnState(Enum):
    """Where a model turn stands."""

    IDLE = auto()
    GENERATING = auto()
    PLAYING = auto()


TRANSITIONS: dict[TurnState, dict[str, TurnState]] = {
    TurnState.IDLE: {"start": TurnState.GENERATING, "abandon": TurnState.IDLE},
    TurnState.GENERATING: {"finish": TurnState.PLAYING, "interrupt": TurnState.IDLE, "abandon": TurnState.IDLE},
    TurnState.PLAYING: {"end": TurnState.IDLE, "interrupt": TurnState.IDLE, "abandon": TurnState.IDLE},
}


@dataclass(slots=True)
class Sent:
    """What of a turn has gone out.

    Attributes:
        text: pieces of a text answer.
        words: of a spoken answer, each with the moment at which a client that plays on arrival hears it.
        samples: of a spoken answer.
        thought_tokens: of thoughts, shown or not.
        origin: when such a client began to play without a gap.
        in_a_row: samples since then; counted, so that the end of ten seconds is ten seconds, not a sum of roundings.
    """

    text: list[str] = field(default_factory=list)
    words: list[tuple[float, str]] = field(default_factory=list)
    samples: int = 0
    thought_tokens: int = 0
    origin: float = 0.0
    in_a_row: int = 0

    @property
    def audio_seconds(self) -> float:
        """How long the spoken answer is so far."""
        return self.samples / OUTPUT_RATE

    @property
    def plays_until(self) -> float:
        """When a client that plays on arrival has heard everything that was sent."""
        return self.origin + self.in_a_row / OUTPUT_RATE

    def play(self, chunk: Chunk, arrives: float) -> float:
        """Note a part of speech; gives when it begins to play."""
        begins = self.plays_until
        if arrives > begins:
            begins = self.origin = arrives
            self.in_a_row = 0
        self.samples += chunk.samples
        self.in_a_row += chunk.samples
        return begins

    def heard(self, now: float) -> str:
        """What the client was sent, for speech only as far as it can have heard it."""
        return "".join(self.text) + "".join(word for moment, word in self.words if moment <= now)


@dataclass(slots=True)
class _Entry:
    """One thing that is to go out; without a command it only holds the queue until its time."""

    when: float
    command: Command | None = None
    words: tuple[tuple[float, str], ...] = ()


class ModelTurn:
    """One turn of the model, from the reply's first step to the moment its end may be told.

    Args:
        admission: voice, modality, limits and pace.
        emit: takes a command that is to go out now.
        next_id: makes ids for requests.
    """

    def __init__(self, admission: Admission, emit: Callable[[Command], None], next_id: Callable[[], int]) -> None:
        self.state = TurnState.IDLE
        self.sent = Sent()
        self._admission = admission
        self._pace = admission.behaviour.pace
        self._spoken = admission.modality == "AUDIO"
        self._emit = emit
        self._next_id = next_id
        self._reply: Reply | None = None
        self._queue: deque[_Entry] = deque()
        self._free_at = 0.0
        self._sentences: deque[str] = deque()
        self._blank_given = ""
        self._awaited: int | None = None
        self._tokens_left = admission.max_output_tokens
        self._own_thought = ""

    def start(self, reply: Reply, turn: UserTurn, now: float) -> None:
        """Begin to generate."""
        self._move("start")
        self.sent = Sent(origin=now)
        self._reply = reply
        self._free_at = now + (self._pace.first_audio if self._spoken else self._pace.first_text)
        self._tokens_left = self._admission.max_output_tokens
        self._own_thought = "" if self._admission.behaviour.thoughts == "none" else _family_thought(turn)
        self.deliver(now)

    @property
    def due(self) -> float | None:
        """When the next entry of the queue is to go out."""
        return self._queue[0].when if self._queue else None

    def deliver(self, now: float) -> None:
        """Send everything that is due, and pull further steps while nothing is waited for."""
        while self.state is TurnState.GENERATING:
            if self._queue:
                if self._queue[0].when > now:
                    return
                self._send(self._queue.popleft())
            elif self._awaited is not None:
                return
            elif self._sentences:
                self._request_sentence()
            else:
                self._pull(now)

    def speech_ready(self, request: int, speech: Speech, now: float) -> None:
        """Take the speech of the sentence that was asked for; that of another one is too late and ignored."""
        if request != self._awaited or self.state is not TurnState.GENERATING:
            return
        self._awaited = None
        self._queue_speech(speech, now)
        self.deliver(now)

    def interrupt(self) -> None:
        """Cut the turn: nothing that waits goes out, and the reply hears of it (``GeneratorExit``)."""
        self._move("interrupt")
        self._drop()

    def end(self) -> None:
        """The client has heard everything."""
        self._move("end")

    def abandon(self) -> None:
        """The connection is gone."""
        self._move("abandon")
        self._drop()

    def _move(self, what: str) -> None:
        self.state = TRANSITIONS[self.state][what]

    def _drop(self) -> None:
        self._queue.clear()
        self._sentences.clear()
        self._awaited = None
        if self._reply is not None:
            self._reply.close()
            self._reply = None

    def _pull(self, now: float) -> None:
        assert self._reply is not None
        try:
            step = next(self._reply)
        except StopIteration:
            self._finish()
            return
        if self._own_thought and not isinstance(step, Think):
            self._think(self._own_thought, now)
        self._own_thought = ""
        self._take(step, now)

    def _take(self, step: Step, now: float) -> None:
        match step:
            case Say():
                self._say(step.text)
            case Think():
                self._think(step.text, now)
            case Pause():
                self._free_at = max(self._free_at, now) + step.seconds
                self._queue.append(_Entry(self._free_at))
            case CloseConnection():
                # The session abandons the turn with the connection.
                self._emit(Close(step.code, step.words, "the reply asked for it"))
            case _:
                raise EmulatorError(f"the reply yielded {step!r}; a step is one of {', '.join(STEP_NAMES)}")

    def _finish(self) -> None:
        self._reply = None
        self._move("finish")
        self._emit(GenerationComplete())

    def _think(self, text: str, now: float) -> None:
        manner = self._admission.behaviour.thoughts
        if manner == "none" or not text:
            return
        self.sent.thought_tokens += count_tokens(text)
        if manner == "shown":
            self._queue.append(_Entry(now, Thought(text)))

    def _say(self, text: str) -> None:
        if self._tokens_left is not None and self._tokens_left <= 0:
            return
        if self._spoken:
            self._sentences.extend(sentence for sentence in split_sentences(text) if sentence.strip())
            if self._sentences:
                self._blank_given = ""
                self._queue.append(_Entry(self._free_at, UtteranceBegins(text)))
                self._request_sentence()
            return
        if self._tokens_left is not None:
            text = clip_text(text, self._tokens_left)
            self._tokens_left -= count_tokens(text)
        for piece in text_pieces(text):
            self._queue.append(_Entry(self._free_at, TextPart(piece)))
            self._free_at += self._pace.next_text

    def _request_sentence(self) -> None:
        sentence = self._sentences.popleft()
        self._awaited = self._next_id()
        # The sentences before this one have gone out: a turn waits for one only when its queue is empty.
        first = self.sent.samples == 0
        self._emit(Synthesize(self._awaited, sentence, self._admission.voice, self._admission.language, first))

    def _queue_speech(self, speech: Speech, now: float) -> None:
        self._free_at = max(self._free_at, now)
        given = 0
        for chunk, start, words in with_words(speech):
            given += len(words)
            if not self._affords(chunk):
                self._sentences.clear()
                return
            spoken = "".join(word.text for word in words)
            following = speech.words[given].text if given < len(speech.words) else next(iter(self._sentences), "")
            part = SpeechPart(chunk, spoken, self._closed(spoken, following))
            timed = tuple((word.start - start, word.text) for word in words)
            self._queue.append(_Entry(self._free_at, part, timed))
            self._free_at += chunk.seconds / self._pace.speed

    def _closed(self, spoken: str, following: str) -> str:
        """These words without the white space that went out before them, and with that before the next ones."""
        if not spoken:
            return ""
        closed = spoken.removeprefix(self._blank_given)
        self._blank_given = blank_before(following)
        return closed + self._blank_given

    def _affords(self, chunk: Chunk) -> bool:
        if self._tokens_left is None:
            return True
        self._tokens_left -= audio_tokens(chunk.seconds)
        return self._tokens_left >= 0

    def _send(self, entry: _Entry) -> None:
        command = entry.command
        if command is None:
            return
        if isinstance(command, TextPart):
            self.sent.text.append(command.text)
        elif isinstance(command, SpeechPart):
            begins = self.sent.play(command.chunk, entry.when)
            self.sent.words.extend((begins + offset, word) for offset, word in entry.words)
        self._emit(command)


def _family_thought(turn: UserTurn) -> str:
    """The thought of a family that has thoughts, when the responder gives none (recorded form on 2.5)."""
    said = turn.text.strip()[:200]
    heard = f"The user said: {said}" if said else "The user waits for me to speak"
    return f"**Considering the Reply**\n\n{heard}. A short and direct answer fits best.\n\n\n"
