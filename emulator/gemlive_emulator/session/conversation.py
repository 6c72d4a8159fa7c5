"""The open session: what the user sends, what the model answers, and the book-keeping of both."""

from collections import deque
from collections.abc import Callable
from math import inf
from typing import Literal

from gemlive_emulator.audio.speech import Speech
from gemlive_emulator.session.account import Account
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.asked import Asked, View, joined, role_of, text_of
from gemlive_emulator.session.commands import (
    Command,
    HandleIssued,
    InputHeard,
    Interrupted,
    NotResumable,
    Remember,
    ToolCallsCancelled,
    TurnComplete,
    TurnOpened,
    Warn,
)
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.session.history import History
from gemlive_emulator.session.listening import Activity, Listening, Spoken
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.steps import UserTurn
from gemlive_emulator.session.timers import Timer, Timers
from gemlive_emulator.session.tokens import count_tokens
from gemlive_emulator.session.turn import ModelTurn, TurnState
from gemlive_emulator.wire.client import ClientContent, ClientMessage, ContextUpdate, RealtimeInput, ToolResponse
from gemlive_emulator.wire.closes import INVALID_ARGUMENT, NOT_IMPLEMENTED, fault
from gemlive_emulator.wire.common import Blob, Content
from gemlive_emulator.wire.setup import Setup

NO_TOOLS = "no tool call with this id is open; the response is ignored"


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
        self._account = Account(history, admission.behaviour, admission.modality)
        self._resumed = resumed
        self._emit = emit
        self._timers = timers
        self._names = names
        self._turn = ModelTurn(admission, emit, next_id, names)
        self._listening = Listening(admission, self, emit, timers, next_id)
        self._refuses_while_calling = self._behaviour.hearing.refuses_while_calling
        self._gathered: list[Content] = []
        self._typed_while_speaking: list[str] = []
        self._waiting: deque[Asked] = deque()
        self._current: tuple[Asked, View, int] | None = None
        self._going_on = False
        config = setup.history_config
        wants_seed = config is not None and bool(config.initial_history_in_client_content)
        self._seeding = wants_seed and self._behaviour.seeds_history and not resumed
        self._resumable = setup.session_resumption is not None
        self._instruct(setup.system_instruction)

    def hear(self, message: ClientMessage, now: float) -> None:
        """Take a message that is not a setup.

        Raises:
            ClientFault: the family refuses it in this state.
        """
        if (content := message.client_content) is not None:
            self._listening.in_order(lambda then: self._content(content, then), now)
        elif message.realtime_input is not None:
            self._realtime(message.realtime_input, now)
        elif message.tool_response is not None:
            self._tool_response(message.tool_response, now)
        else:
            assert message.context_update is not None, "a message holds exactly one of its fields"
            self._update(message.context_update)

    def hear_audio(self, audio: bytes, mime_type: str | None, now: float) -> None:
        """Take sound.

        Raises:
            ClientFault: it is no raw PCM, or the family refuses it in this state.
        """
        if self._refuses_while_calling:
            self._refuse_while_calling()
        self._listening.hear(audio, mime_type, now)

    def transcribed(self, request: int, words: Words | None, now: float) -> None:
        """Take the words of an utterance."""
        self._listening.transcribed(request, words, now)

    def speech_ready(self, request: int, speech: Speech, now: float) -> None:
        """Take the speech of a sentence."""
        self._turn.speech_ready(request, speech, now)
        self._settle(now)

    def fire(self, timer: Timer, now: float) -> None:
        """Let a timer of the turn go off."""
        if timer is Timer.TURN_END:
            self._turn.end()
            self._complete(now)
        elif timer is Timer.AUDIO_IDLE:
            self._listening.idle(now)
        elif timer is Timer.ECHO:
            self._begin_again(now)
        else:
            self._turn.deliver(now)
            self._settle(now)

    def abandon(self) -> None:
        """The connection is gone: the reply is closed, nothing is sent."""
        self._turn.abandon()
        self._listening.abandon()
        self._waiting.clear()

    def barge_in(self, now: float) -> None:
        """The user begins to speak, and that interrupts."""
        if self._turn.state is not TurnState.WAITING_FOR_TOOL or self._behaviour.hearing.cancels_calls:
            self._interrupt(now)

    def answer_speech(self, spoken: Spoken, now: float) -> None:
        """The user has ended."""
        typed, self._typed_while_speaking = self._typed_while_speaking, []
        words = spoken.words
        text = joined(words.text if words is not None else "", *typed)
        frames = spoken.frames
        turn = UserTurn(text, self._account.next_number(), "speech", frames, words, spoken.seconds)
        self._answer(Asked(turn, tuple(self._take_gathered()), spoken.tokens), now)

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
                self._account.remember(self._take_gathered())
            return
        self._typed(now)
        if content.turn_complete:
            self._answer(self._gathered_turn("content"), now)

    def _typed(self, now: float) -> None:
        """Typed input cuts the answer where the family does; a pending tool call it waits for (recorded by Google)."""
        waits = self._turn.state is TurnState.WAITING_FOR_TOOL
        if self._behaviour.typed_during_reply == "interrupt" and not waits:
            self._interrupt(now)

    def _realtime(self, realtime: RealtimeInput, now: float) -> None:
        if self._refuses_while_calling:
            self._refuse_while_calling()
        for blob in (realtime.media_chunks or ())[:1]:
            self._media(blob, now)
        if realtime.audio is not None:
            self.hear_audio(realtime.audio.data, realtime.audio.mime_type, now)
        if realtime.video is not None:
            self._see(realtime.video)
        if realtime.activity_start is not None:
            self._listening.start(now)
        if (text := realtime.text) is not None:
            self._listening.in_order(lambda then: self._realtime_text(text, then), now)
        if realtime.activity_end is not None:
            self._listening.end(now)
        hearing = self._behaviour.hearing
        if realtime.audio_stream_end and hearing.stream_end == "ends" and not hearing.manual:
            self._listening.pause(now, over=True)

    def _media(self, blob: Blob, now: float) -> None:
        """A blob of the old kind: its MIME type says what it is."""
        if _is_image(blob):
            self._see(blob)
        else:
            self.hear_audio(blob.data, blob.mime_type, now)

    def _see(self, frame: Blob) -> None:
        if not _is_image(frame):
            # As with sound: the words are inferred.
            right = "a video frame has to be an image, for example image/jpeg"
            raise fault(INVALID_ARGUMENT, f"mimeType is {(frame.mime_type or '')[:80]!r}; {right}")
        self._listening.see()

    def _refuse_while_calling(self) -> None:
        if self._turn.state is TurnState.WAITING_FOR_TOOL:
            raise fault(NOT_IMPLEMENTED, "realtime input while a tool call is pending; send the response first")

    def _realtime_text(self, text: str, now: float) -> None:
        if self._listening.state is Activity.SPEAKING:
            self._type_while_speaking(text, now)
            return
        self._typed(now)
        if text and self._behaviour.echoes_realtime_text:
            self._emit(InputHeard(text))
        self._answer(self._realtime_turn(text), now)

    def _type_while_speaking(self, text: str, now: float) -> None:
        """Typed text is part of the activity that is under way; an empty one ends it, if sound is to decide that."""
        if text:
            self._typed_while_speaking.append(text)
        elif not self._behaviour.hearing.manual:
            self._listening.pause(now)

    def _tool_response(self, response: ToolResponse, now: float) -> None:
        for unknown in self._turn.take_results(response.function_responses, now):
            self._emit(Warn(f"{NO_TOOLS}: {unknown!r}"))
        self._settle(now)

    def _update(self, update: ContextUpdate) -> None:
        if update.system_instruction is not None:
            self._instruct(update.system_instruction)

    def _instruct(self, instruction: Content | None) -> None:
        self._instruction = "\n".join(part.text or "" for part in instruction.parts) if instruction else ""
        self._account.instruction_tokens = count_tokens(self._instruction)

    def _take_gathered(self) -> list[Content]:
        gathered, self._gathered = self._gathered, []
        return gathered

    def _realtime_turn(self, text: str) -> Asked:
        """Typed realtime text is a turn of its own; an empty one ends the turn that was gathered."""
        if not text:
            return self._gathered_turn("realtime")
        turn = UserTurn(text, self._account.next_number(), "realtime", self._listening.take_frames())
        return Asked(turn, tuple(self._take_gathered()))

    def _gathered_turn(self, source: Literal["content", "realtime"]) -> Asked:
        """The user's entries at the end of what was gathered are the turn; what stands before them is history."""
        gathered = self._take_gathered()
        start = len(gathered)
        while start and role_of(gathered[start - 1]) == "user":
            start -= 1
        turn = gathered[start:]
        others = sum(1 for entry in turn for part in entry.parts if part.text is None)
        if source == "realtime" or self._behaviour.hearing.sees_frames_in_content:
            others += self._listening.take_frames()
        text = joined(*map(text_of, turn))
        return Asked(UserTurn(text, self._account.next_number(), source, others), tuple(gathered[:start]))

    def _answer(self, asked: Asked, now: float) -> None:
        if self._turn.state is not TurnState.IDLE:
            self._waiting.append(asked)
            return
        self._account.remember(asked.before)
        view = self._view()
        self._account.remember_turn(asked)
        self._put(asked, view, 0, now)

    def _view(self) -> View:
        admission = self._admission
        return View(
            self._account.history.view(),
            admission.model,
            admission.voice,
            admission.modality,
            self._instruction,
            self._resumed,
            admission.proactive,
        )

    def _put(self, asked: Asked, view: View, restarts: int, now: float) -> None:
        """Put a turn to the responder and let the answer begin."""
        self._current = (asked, view, restarts)
        self._account.open()
        reply = self._admission.responder(asked.turn, view)
        self._turn.start(reply, asked.turn, now, self._open_turn, restarts)
        self._settle(now)

    def _begin_again(self, now: float) -> None:
        """The turn is cut by nobody and begins again."""
        assert self._current is not None
        asked, view, restarts = self._current
        waiting, self._waiting = self._waiting, deque()
        self._interrupt(now)
        self._put(asked, view, restarts + 1, now)
        self._waiting.extend(waiting)

    def _open_turn(self) -> None:
        if self._behaviour.handle == "turn_start" and len(self._account.history.entries) > 1:
            self._issue_handle(self._names.uuid())
        if self._resumable and self._behaviour.marks_turn_start:
            self._emit(NotResumable())
        self._emit(TurnOpened())

    def _issue_handle(self, handle: str) -> None:
        self._emit(Remember(handle, self._account.history.snapshot()))
        self._emit(HandleIssued(handle))

    def _settle(self, now: float) -> None:
        """Arm the timer of what comes next, or end the turn."""
        self._timers.cancel(Timer.DELIVERY)
        turn = self._turn
        state = turn.state
        if state is not TurnState.IDLE and (cut_at := turn.cut_at) is not None:
            self._timers.set(Timer.ECHO, max(cut_at, now))
        if state is TurnState.GENERATING:
            if (due := turn.due) is not None:
                self._timers.set(Timer.DELIVERY, due)
        elif state is TurnState.PLAYING:
            ends = turn.sent.plays_until if self._behaviour.pace.hold_end else now
            if ends > now:
                self._timers.set(Timer.TURN_END, ends)
            else:
                turn.end()
                self._complete(now)

    def _interrupt(self, now: float) -> None:
        """Cut what the model says. What the user said meanwhile is not answered on its own, but it was said."""
        while self._waiting:
            waiting = self._waiting.popleft()
            self._account.remember(waiting.before)
            self._account.remember_turn(waiting)
        if self._turn.state is TurnState.IDLE:
            return
        for timer in (Timer.DELIVERY, Timer.TURN_END, Timer.ECHO):
            self._timers.cancel(timer)
        if cancelled := self._turn.open_calls:
            self._emit(ToolCallsCancelled(cancelled))
        self._turn.interrupt()
        self._emit(Interrupted(self._turn.sent.heard_seconds(now)))
        self._complete(now, heard_until=now)

    def _complete(self, now: float, heard_until: float = inf) -> None:
        """Tell the end of the turn, keep what was said, and go on with what waits.

        Only an interrupted turn was not heard to its end; without waiting, sound comes long before it can be played.
        """
        self._timers.cancel(Timer.ECHO)
        self._emit(TurnComplete(self._account.close(self._turn.sent, heard_until), self._turn.reason))
        if self._resumable and self._behaviour.handle == "after_turn":
            self._issue_handle(self._names.opaque_handle())
        if self._turn.interrupts_after_end:
            self._emit(Interrupted())
        self._go_on(now)

    def _go_on(self, now: float) -> None:
        """Answer what waits, in a loop: answers that end at once must not nest."""
        if self._going_on:
            return
        self._going_on = True
        while self._waiting and self._turn.state is TurnState.IDLE:
            self._answer(self._waiting.popleft(), now)
        self._going_on = False


def _is_image(blob: Blob) -> bool:
    return (blob.mime_type or "").lower().startswith("image/")
