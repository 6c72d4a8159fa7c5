"""The open session: what the user sends, what the model answers, and the book-keeping of both."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import inf
from typing import Literal

from gemlive_emulator.audio.speech import Speech
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.commands import (
    Command,
    HandleIssued,
    InputHeard,
    Interrupted,
    NotResumable,
    Remember,
    TurnComplete,
    TurnOpened,
    Warn,
)
from gemlive_emulator.session.history import History, HistoryView
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.steps import Said, UserTurn
from gemlive_emulator.session.timers import Timer, Timers
from gemlive_emulator.session.tokens import audio_tokens, count_tokens
from gemlive_emulator.session.turn import ModelTurn, TurnState
from gemlive_emulator.session.usage import Usage
from gemlive_emulator.wire.client import ClientContent, ClientMessage, ContextUpdate, RealtimeInput
from gemlive_emulator.wire.common import Content
from gemlive_emulator.wire.setup import Setup

NOT_HEARD = "audio is taken but not listened to by this version; send text, or realtimeInput.text"
NO_TOOLS = "no tool call is open; the tool response is ignored"


@dataclass(frozen=True, slots=True)
class View:
    """What a responder may look at (see :class:`~gemlive_emulator.session.steps.Conversation`)."""

    history: HistoryView
    model: str
    voice: str
    modality: str
    system_instruction: str
    resumed: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A user turn that is to be answered, and what was sent before it and belongs to the history."""

    turn: UserTurn
    before: tuple[Content, ...] = ()


class Conversing:
    """Takes what the client sends once the setup holds, and runs one model turn after another."""

    def __init__(
        self,
        admission: Admission,
        setup: Setup,
        history: History,
        resumed: bool,
        emit: Callable[[Command], None],
        timers: Timers,
        names: Names,
        next_id: Callable[[], int],
    ) -> None:
        self._admission = admission
        self._behaviour = admission.behaviour
        self._history = history
        self._resumed = resumed
        self._emit = emit
        self._timers = timers
        self._names = names
        self._turn = ModelTurn(admission, emit, next_id)
        self._usage = Usage()
        self._gathered: list[Content] = []
        self._waiting: deque[Asked] = deque()
        self._images = 0
        self._warned = False
        self._going_on = False
        config = setup.history_config
        wants_seed = config is not None and bool(config.initial_history_in_client_content)
        self._seeding = wants_seed and self._behaviour.seeds_history and not resumed
        self._resumable = setup.session_resumption is not None
        self._instruct(setup.system_instruction)

    def hear(self, message: ClientMessage, now: float) -> None:
        """Take a message that is not a setup."""
        if message.client_content is not None:
            self._content(message.client_content, now)
        elif message.realtime_input is not None:
            self._realtime(message.realtime_input, now)
        elif message.context_update is not None:
            self._update(message.context_update)
        else:
            self._emit(Warn(NO_TOOLS))

    def speech_ready(self, request: int, speech: Speech, now: float) -> None:
        """Take the speech of a sentence."""
        self._turn.speech_ready(request, speech, now)
        self._settle(now)

    def fire(self, timer: Timer, now: float) -> None:
        """Let a timer of the turn go off."""
        if timer is Timer.TURN_END:
            self._turn.end()
            self._complete(now)
        else:
            self._turn.deliver(now)
            self._settle(now)

    def abandon(self) -> None:
        """The connection is gone: the reply is closed, nothing is sent."""
        self._turn.abandon()
        self._waiting.clear()

    def _content(self, content: ClientContent, now: float) -> None:
        for entry in content.turns or ():
            if entry.role == "system":
                # Vertex documents such a turn as a new system instruction; the Gemini API refuses it (Judge).
                self._instruct(entry)
            else:
                self._gathered.append(entry)
        if self._seeding:
            if content.turn_complete:
                self._seeding = False
                self._remember(self._take_gathered())
            return
        if self._behaviour.typed_during_reply == "interrupt":
            self._interrupt(now)
        if content.turn_complete:
            self._answer(self._gathered_turn("content"), now)

    def _realtime(self, realtime: RealtimeInput, now: float) -> None:
        if realtime.video is not None:
            self._images += 1
        if (realtime.audio is not None or realtime.media_chunks) and not self._warned:
            self._warned = True
            self._emit(Warn(NOT_HEARD))
        if realtime.text is None:
            return
        if self._behaviour.typed_during_reply == "interrupt":
            self._interrupt(now)
        if realtime.text and self._behaviour.echoes_realtime_text:
            self._emit(InputHeard(realtime.text))
        self._answer(self._realtime_turn(realtime.text), now)

    def _update(self, update: ContextUpdate) -> None:
        if update.system_instruction is not None:
            self._instruct(update.system_instruction)

    def _instruct(self, instruction: Content | None) -> None:
        self._instruction = "\n".join(part.text or "" for part in instruction.parts) if instruction else ""
        self._instruction_tokens = count_tokens(self._instruction)

    def _take_gathered(self) -> list[Content]:
        gathered, self._gathered = self._gathered, []
        return gathered

    def _realtime_turn(self, text: str) -> Asked:
        """Typed realtime text is a turn of its own; an empty one ends the turn that was gathered."""
        if not text:
            return self._gathered_turn("realtime")
        return Asked(self._next_turn(text, self._images, "realtime"), tuple(self._take_gathered()))

    def _gathered_turn(self, source: Literal["content", "realtime"]) -> Asked:
        """The user's entries at the end of what was gathered are the turn; what stands before them is history."""
        gathered = self._take_gathered()
        start = len(gathered)
        while start and _role(gathered[start - 1]) == "user":
            start -= 1
        turn = gathered[start:]
        others = sum(1 for entry in turn for part in entry.parts if part.text is None)
        text = " ".join(filter(None, map(_text, turn)))
        return Asked(self._next_turn(text, others + self._images, source), tuple(gathered[:start]))

    def _next_turn(self, text: str, other_parts: int, source: Literal["content", "realtime"]) -> UserTurn:
        self._history.turns += 1
        self._images = 0
        return UserTurn(text, self._history.turns, source, other_parts)

    def _remember(self, entries: Iterable[Content]) -> None:
        for entry in entries:
            self._add(_role(entry), _text(entry))

    def _add(self, role: str, text: str, tokens: int | None = None, modality: str = "TEXT") -> None:
        said = Said("model" if role == "model" else "user", text, modality)
        self._history.add(said, self._behaviour.content_tokens, tokens)

    def _answer(self, asked: Asked, now: float) -> None:
        if self._turn.state is not TurnState.IDLE:
            self._waiting.append(asked)
            return
        turn = asked.turn
        self._remember(asked.before)
        view = View(
            self._history.view(),
            self._admission.model,
            self._admission.voice,
            self._admission.modality,
            self._instruction,
            self._resumed,
        )
        if turn.text:
            self._add("user", turn.text)
        if turn.other_parts:
            self._history.count("IMAGE", turn.other_parts * self._behaviour.image_tokens)
        self._usage = self._prompt()
        self._open_turn()
        self._turn.start(self._admission.responder(turn, view), turn, now)
        self._settle(now)

    def _open_turn(self) -> None:
        if self._behaviour.handle == "turn_start" and len(self._history.entries) > 1:
            self._issue_handle(self._names.uuid())
        if self._resumable and self._behaviour.marks_turn_start:
            self._emit(NotResumable())
        self._emit(TurnOpened())

    def _issue_handle(self, handle: str) -> None:
        self._emit(Remember(handle, self._history.snapshot()))
        self._emit(HandleIssued(handle))

    def _prompt(self) -> Usage:
        """The whole context again, as every recording counts it."""
        counted = self._history.tokens
        text = counted.get("TEXT", 0) + self._behaviour.base_tokens + self._instruction_tokens
        return Usage(prompt={"TEXT": 0} | counted | {"TEXT": text}, unlisted=self._behaviour.unlisted_tokens)

    def _settle(self, now: float) -> None:
        """Arm the timer of what comes next, or end the turn."""
        self._timers.cancel(Timer.DELIVERY)
        if self._turn.state is TurnState.GENERATING:
            if (due := self._turn.due) is not None:
                self._timers.set(Timer.DELIVERY, due)
        elif self._turn.state is TurnState.PLAYING:
            ends = self._turn.sent.plays_until if self._behaviour.pace.hold_end else now
            if ends > now:
                self._timers.set(Timer.TURN_END, ends)
            else:
                self._turn.end()
                self._complete(now)

    def _interrupt(self, now: float) -> None:
        self._waiting.clear()
        if self._turn.state is TurnState.IDLE:
            return
        self._timers.cancel(Timer.DELIVERY)
        self._timers.cancel(Timer.TURN_END)
        self._turn.interrupt()
        self._emit(Interrupted())
        self._complete(now, heard_until=now)

    def _complete(self, now: float, heard_until: float = inf) -> None:
        """Tell the end of the turn, keep what was said, and go on with what waits.

        Only an interrupted turn was not heard to its end; without waiting, sound comes long before it can be played.
        """
        sent = self._turn.sent
        spoken = self._admission.modality == "AUDIO"
        said = sent.heard(heard_until)
        usage = self._usage
        usage.thoughts = sent.thought_tokens
        audio = audio_tokens(sent.audio_seconds)
        if spoken:
            text = count_tokens(said) if self._behaviour.spoken_text_counts else 0
            usage.response = {"TEXT": text, "AUDIO": audio} if text else {"AUDIO": audio}
        else:
            text = count_tokens(said)
            usage.response = {"TEXT": text} if said else {}
        self._emit(TurnComplete(usage))
        if said or audio:
            self._add("model", said, audio if spoken else text, self._admission.modality)
        if self._resumable and self._behaviour.handle == "after_turn":
            self._issue_handle(self._names.opaque_handle())
        self._go_on(now)

    def _go_on(self, now: float) -> None:
        """Answer what waits, in a loop: answers that end at once must not nest."""
        if self._going_on:
            return
        self._going_on = True
        while self._waiting and self._turn.state is TurnState.IDLE:
            self._answer(self._waiting.popleft(), now)
        self._going_on = False


def _role(entry: Content) -> str:
    return entry.role or "user"


def _text(entry: Content) -> str:
    return " ".join(part.text for part in entry.parts if part.text)
