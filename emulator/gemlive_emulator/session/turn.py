"""The model's turn: idle, generating, waiting for a tool, playing.

A turn pulls the steps of a reply one after another and keeps what is to go out in a queue with a time for each entry.
``playing`` exists because the real server sends audio faster than real time, then holds ``turnComplete`` back until
the client would have heard it all; a barge-in in that time is still an interruption (measured on 3.1: turnComplete at
first audio + 10.56 s +- 30 ms for 10.56 s of audio that took 3 s to arrive).
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any

from gemlive_emulator.audio.sentences import split_sentences
from gemlive_emulator.audio.speech import Chunk, Speech
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.commands import (
    Close,
    Command,
    GenerationComplete,
    InputHeard,
    SpeechPart,
    Synthesize,
    TextPart,
    Thought,
    ToolCalls,
    UtteranceBegins,
    WordsOnly,
)
from gemlive_emulator.session.delivery import Delivery, Entry
from gemlive_emulator.session.hearing import is_placeholder
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.pieces import text_pieces
from gemlive_emulator.session.sent import Sent
from gemlive_emulator.session.steps import (
    STEP_NAMES,
    CloseConnection,
    EndTurn,
    Interrupt,
    InterruptAfterEnd,
    Pause,
    Reply,
    Say,
    Silence,
    Step,
    Think,
    Transcript,
    UserTurn,
)
from gemlive_emulator.session.tokens import audio_tokens, clip_text, count_tokens
from gemlive_emulator.session.tools import CallTools
from gemlive_emulator.wire.common import FunctionResponse
from gemlive_emulator.wire.errors import EmulatorError


class TurnState(Enum):
    """Where a model turn stands."""

    IDLE = auto()
    GENERATING = auto()
    WAITING_FOR_TOOL = auto()
    PLAYING = auto()


TRANSITIONS: dict[TurnState, dict[str, TurnState]] = {
    TurnState.IDLE: {"start": TurnState.GENERATING, "abandon": TurnState.IDLE},
    TurnState.GENERATING: {
        "call": TurnState.WAITING_FOR_TOOL,
        "finish": TurnState.PLAYING,
        "hush": TurnState.IDLE,
        "interrupt": TurnState.IDLE,
        "abandon": TurnState.IDLE,
    },
    TurnState.WAITING_FOR_TOOL: {
        "answer": TurnState.GENERATING,
        "interrupt": TurnState.IDLE,
        "abandon": TurnState.IDLE,
    },
    TurnState.PLAYING: {"end": TurnState.IDLE, "interrupt": TurnState.IDLE, "abandon": TurnState.IDLE},
}


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence that is still to be spoken; with its voice, or as zeros of the same length."""

    text: str
    heard: bool


class ModelTurn:
    """One turn of the model, from the reply's first step to the moment its end may be told.

    Args:
        admission: voice, modality, limits and pace.
        emit: takes a command that is to go out now.
        next_id: makes ids for requests.
        names: makes ids for tool calls, and draws for jitter.

    Attributes:
        state: where the turn stands.
        sent: what of it has gone out.
        reason: the ``turnCompleteReason`` that its end carries.
        cut_after: seconds from its first piece after which it is interrupted by nobody; ``None`` for not at all.
        interrupts_after_end: whether ``interrupted`` comes without a cause once it is complete.
    """

    def __init__(
        self, admission: Admission, emit: Callable[[Command], None], next_id: Callable[[], int], names: Names
    ) -> None:
        self.state = TurnState.IDLE
        self.sent = Sent()
        self.reason = ""
        self.cut_after: float | None = None
        self.interrupts_after_end = False
        self._admission = admission
        self._pace = admission.behaviour.pace
        self._spoken = admission.modality == "AUDIO"
        self._emit = emit
        self._next_id = next_id
        self._names = names
        self._delivery = Delivery(self._pace, names.fraction)
        self._reply: Reply | None = None
        self._given: Any = None
        self._open: Callable[[], None] | None = None
        self._sentences: deque[_Sentence] = deque()
        self._awaited: tuple[int, bool] | None = None
        self._tokens_left = admission.max_output_tokens
        self._own_thought = ""
        self._turn: UserTurn | None = None
        self._restarts = 0
        self._results: dict[str, Mapping[str, Any] | None] = {}

    def start(self, reply: Reply, turn: UserTurn, now: float, opened: Callable[[], None], restarts: int = 0) -> None:
        """Begin to generate.

        Args:
            reply: the steps of the answer.
            turn: what it answers.
            now: seconds.
            opened: called once, before anything goes out; never for a turn that is answered with silence.
            restarts: how often this answer began already and was cut by nobody.
        """
        self._move("start")
        self.sent = Sent(origin=now)
        self.reason, self.cut_after, self.interrupts_after_end = "", None, False
        self._reply, self._turn, self._restarts = reply, turn, restarts
        self._given, self._open = None, opened
        self._delivery.start(now + (self._pace.first_audio if self._spoken else self._pace.first_text))
        self._tokens_left = self._admission.max_output_tokens
        self._own_thought = "" if self._admission.behaviour.thoughts == "none" else _family_thought(turn)
        self.deliver(now)

    @property
    def due(self) -> float | None:
        """When the next entry of the queue is to go out."""
        queue = self._delivery.queue
        return queue[0].when if queue else None

    @property
    def cut_at(self) -> float | None:
        """When the turn is interrupted by nobody; ``None`` if it is not, or has not begun to sound."""
        if self.cut_after is None:
            return None
        if self.cut_after == 0:
            return float("-inf")
        return None if self.sent.first_at is None else self.sent.first_at + self.cut_after

    def deliver(self, now: float) -> None:
        """Send everything that is due, and pull further steps while nothing is waited for."""
        queue = self._delivery.queue
        while self.state is TurnState.GENERATING and self.cut_after != 0:
            if queue:
                if queue[0].when > now:
                    return
                self._send(queue.popleft())
            elif self._awaited is not None:
                return
            elif self._sentences:
                self._request_sentence()
            else:
                self._pull(now)

    def speech_ready(self, request: int, speech: Speech, now: float) -> None:
        """Take the speech of the sentence that was asked for; that of another one is too late and ignored."""
        if self._awaited is None or request != self._awaited[0] or self.state is not TurnState.GENERATING:
            return
        heard, self._awaited = self._awaited[1], None
        self._delivery.not_before(now)
        following = self._sentences[0].text if self._sentences else ""
        if not self._delivery.add_speech(speech, following, heard, self._affords):
            self._sentences.clear()
        self.deliver(now)

    def take_results(self, responses: Iterable[FunctionResponse], now: float) -> list[str]:
        """Take what functions returned; goes on once all of them have. Gives the ids that nobody waits for."""
        unknown = []
        for response in responses:
            if self.state is TurnState.WAITING_FOR_TOOL and self._results.get(response.id or "", ()) is None:
                self._results[response.id or ""] = response.response or {}
            else:
                unknown.append(response.id or "")
        if self.state is TurnState.WAITING_FOR_TOOL and None not in self._results.values():
            self._move("answer")
            self._given = list(self._results.values())
            self._delivery.not_before(now + (self._pace.first_audio if self._spoken else self._pace.first_text))
            self.deliver(now)
        return unknown

    @property
    def open_calls(self) -> tuple[str, ...]:
        """Ids of the calls that are waited for."""
        waiting = self.state is TurnState.WAITING_FOR_TOOL
        return tuple(id for id, result in self._results.items() if result is None) if waiting else ()

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
        self._delivery.queue.clear()
        self._sentences.clear()
        self._awaited = None
        self._close_reply()

    def _close_reply(self) -> None:
        if self._reply is not None:
            self._reply.close()
            self._reply = None

    def _pull(self, now: float) -> None:
        assert self._reply is not None
        given, self._given = self._given, None
        try:
            step = self._reply.send(given)
        except StopIteration:
            self._begin()
            self._finish()
            return
        if isinstance(step, Silence) and self._open is not None:
            self._move("hush")
            self._close_reply()
            return
        self._begin()
        if self._own_thought and not isinstance(step, Think):
            self._think(self._own_thought, now)
            # It goes out before the step is looked at, which may end the turn.
            queue = self._delivery.queue
            while queue:
                self._send(queue.popleft())
        self._own_thought = ""
        self._take(step, now)

    def _begin(self) -> None:
        """Tell that the turn opens, once."""
        if self._open is not None:
            opened, self._open = self._open, None
            opened()

    def _take(self, step: Step, now: float) -> None:
        match step:
            case Say():
                self._say(step)
            case Think():
                self._think(step.text, now)
            case Pause():
                self._delivery.wait(step.seconds, now)
            case CallTools():
                self._call(step)
            case Silence():
                self._finish()
            case CloseConnection():
                # The session abandons the turn with the connection.
                self._emit(Close(step.code, step.words, "the reply asked for it"))
            case _:
                self._take_odd(step, now)

    def _take_odd(self, step: Step, now: float) -> None:
        """The steps that rehearse what goes wrong."""
        match step:
            case Interrupt():
                if self._restarts < step.times:
                    self.cut_after = step.after
            case InterruptAfterEnd():
                self.interrupts_after_end = True
            case EndTurn():
                self.reason = step.reason
                self._finish()
            case Transcript():
                assert self._turn is not None
                self._delivery.at_once(InputHeard(self._turn.text if step.text is None else step.text, "script"), now)
            case _:
                raise EmulatorError(f"the reply yielded {step!r}; a step is one of {', '.join(STEP_NAMES)}")

    def _finish(self) -> None:
        self._close_reply()
        if self._delivery.add_trailing_silence():
            self._reply = _nothing_more()
            return
        self._move("finish")
        self._emit(GenerationComplete())

    def _think(self, text: str, now: float) -> None:
        manner = self._admission.behaviour.thoughts
        if manner == "none" or not text:
            return
        self.sent.thought_tokens += count_tokens(text)
        if manner == "shown":
            self._delivery.at_once(Thought(text), now)

    def _call(self, step: CallTools) -> None:
        if not step.calls:
            self._given = []
            return
        form = self._admission.behaviour.tool_id
        calls = tuple(replace(call, id=call.id or self._names.tool_id(form)) for call in step.calls)
        self._results = dict.fromkeys((call.id for call in calls), None)
        self._delivery.add(ToolCalls(calls))

    def _say(self, step: Say) -> None:
        if self._tokens_left is not None and self._tokens_left <= 0:
            return
        if not self._spoken:
            self._write(step.text)
        elif step.sound == "none":
            self._delivery.add(UtteranceBegins(step.text))
            self._delivery.add(WordsOnly(step.text))
        else:
            heard = step.sound == "voice"
            sentences = (sentence for sentence in split_sentences(step.text) if sentence.strip())
            self._sentences.extend(_Sentence(sentence, heard) for sentence in sentences)
            if self._sentences:
                self._delivery.begin_utterance()
                self._delivery.add(UtteranceBegins(step.text))
                self._request_sentence()

    def _write(self, text: str) -> None:
        if self._tokens_left is not None:
            text = clip_text(text, self._tokens_left)
            self._tokens_left -= count_tokens(text)
        for piece in text_pieces(text):
            self._delivery.add(TextPart(piece), then=self._pace.next_text)

    def _request_sentence(self) -> None:
        sentence = self._sentences.popleft()
        self._awaited = (self._next_id(), sentence.heard)
        # The sentences before this one have gone out: a turn waits for one only when its queue is empty.
        first = self.sent.samples == 0
        admission = self._admission
        self._emit(Synthesize(self._awaited[0], sentence.text, admission.voice, admission.language, first))

    def _affords(self, chunk: Chunk) -> bool:
        if self._tokens_left is None:
            return True
        self._tokens_left -= audio_tokens(chunk.seconds)
        return self._tokens_left >= 0

    def _send(self, entry: Entry) -> None:
        command = entry.command
        if command is None:
            return
        sent = self.sent
        if isinstance(command, TextPart | WordsOnly):
            sent.text.append(command.text)
            sent.first_at = entry.when if sent.first_at is None else sent.first_at
        elif isinstance(command, SpeechPart):
            begins = sent.play(command.chunk, entry.when)
            sent.first_at = entry.when if sent.first_at is None else sent.first_at
            sent.words.extend((begins + offset, word) for offset, word in entry.words)
        elif isinstance(command, ToolCalls):
            self._move("call")
        self._emit(command)


def _nothing_more() -> Reply:
    """A reply that is over."""
    yield from ()


def _family_thought(turn: UserTurn) -> str:
    """The thought of a family that has thoughts, when the responder gives none (recorded form on 2.5)."""
    said = "" if is_placeholder(turn.text) else turn.text.strip()[:200]
    heard = f'The user said: "{said}"' if said else "The user waits for me to speak"
    return f"**Considering the Reply**\n\n{heard}. A short and direct answer fits best.\n\n\n"
