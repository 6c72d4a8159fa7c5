"""The open session: what the user sends, and the book-keeping of it."""

from collections.abc import Callable
from typing import Any, Literal

from gemlive_emulator.audio.speech import Speech
from gemlive_emulator.session.account import Account
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.answering import Answering
from gemlive_emulator.session.asked import Asked, joined, split, text_of
from gemlive_emulator.session.commands import Command, InputHeard
from gemlive_emulator.session.handles import Handles
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.session.history import History
from gemlive_emulator.session.listening import Activity, Listening, Spoken
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.pending import PendingReply
from gemlive_emulator.session.steps import UserTurn
from gemlive_emulator.session.timers import Timer, Timers
from gemlive_emulator.session.tokens import count_tokens
from gemlive_emulator.wire.client import ClientContent, ClientMessage, ContextUpdate, RealtimeInput
from gemlive_emulator.wire.closes import INVALID_ARGUMENT, NOT_IMPLEMENTED, fault
from gemlive_emulator.wire.common import Blob, Content
from gemlive_emulator.wire.setup import Setup


class Conversing:
    """Takes what the client sends once the setup holds, and runs one model turn after another.

    Attributes:
        consumed: how many messages of the client came after the setup.
    """

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
        self._emit = emit
        self.consumed = 0
        self._answering = Answering(
            admission,
            self._account,
            resumed,
            self._handles(setup, history, names),
            emit,
            timers,
            names,
            next_id,
            lambda: self._listening.state is Activity.SPEAKING,
        )
        self._listening = Listening(admission, self, emit, timers, next_id)
        self._refuses_while_calling = self._behaviour.calling.realtime == "refused"
        self._gathered: list[Content] = []
        self._typed_while_speaking: list[str] = []
        config = setup.history_config
        wants_seed = config is not None and bool(config.initial_history_in_client_content)
        self._seeding = wants_seed and self._behaviour.seeds_history and not resumed
        self._content_asked = False
        self._instruct(setup.system_instruction)

    def _handles(self, setup: Setup, history: History, names: Names) -> Handles:
        resumption = setup.session_resumption
        transparent = resumption is not None and bool(resumption.transparent)
        consumed = (lambda: self.consumed) if transparent else None
        return Handles(self._behaviour.handle, resumption is not None, history, names, self._emit, consumed)

    @property
    def pending(self) -> tuple[PendingReply, ...]:
        """The replies that wait for functions, as they outlive the connection."""
        return self._answering.pending

    def opens(self, now: float) -> None:
        """The client knows that its setup holds."""
        self._answering.opens(now)

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
            self._answering.take_responses(message.tool_response.function_responses, now)
        else:
            assert message.context_update is not None, "a message holds exactly one of its fields"
            self._update(message.context_update)

    def slack(self, rate: int) -> int:
        """See :meth:`Session.slack`."""
        if self._refuses_while_calling and self._answering.waits_for_call:
            return 0
        return self._listening.slack(rate)

    def hear_audio(self, audio: bytes, mime_type: str | None, now: float, latest: int | None = None) -> None:
        """Take sound, of which so many bytes came last; ``None`` for all.

        Raises:
            ClientFault: it is no raw PCM, or the family refuses it in this state.
        """
        if self._refuses_while_calling:
            self._refuse_while_calling()
        self._listening.hear(audio, mime_type, now, latest)

    def transcribed(self, request: int, words: Words | None, now: float) -> None:
        """Take the words of an utterance."""
        self._listening.transcribed(request, words, now)

    def speech_ready(self, request: int, speech: Speech, now: float) -> None:
        """Take the speech of a sentence."""
        self._answering.speech_ready(request, speech, now)

    def answered(self, request: int, value: Any, error: BaseException | None, now: float) -> None:
        """Take what a reply asked outside for."""
        self._answering.answered(request, value, error, now)

    def user_says(self, text: str, typed: bool, now: float) -> None:
        """The user says this without the client: aloud and all at once, or typed."""
        say = self._realtime_text if typed else self._utter
        self._listening.in_order(lambda then: say(text, then), now)

    def fire(self, timer: Timer, now: float) -> None:
        """Let a timer of the conversation go off."""
        if timer is Timer.AUDIO_IDLE:
            self._listening.idle(now)
        else:
            self._answering.fire(timer, now)

    def abandon(self) -> None:
        """The connection is gone: the replies are closed, nothing is sent."""
        self._answering.abandon()
        self._listening.abandon()

    def part(self) -> None:
        """Nothing comes any more: let go of those who hold this in turn, so that nobody has to look for them."""
        del self._answering, self._listening

    def barge_in(self, now: float) -> None:
        """The user begins to speak, and that interrupts."""
        self._answering.barge_in(now)

    def answer_speech(self, spoken: Spoken, now: float) -> None:
        """The user has ended."""
        typed, self._typed_while_speaking, self._content_asked = self._typed_while_speaking, [], False
        words = spoken.words
        text = joined(words.text if words is not None else "", *typed)
        frames = spoken.frames
        number, signalled = self._account.next_number(), self._behaviour.hearing.manual
        turn = UserTurn(text, number, "speech", frames, words, spoken.seconds, signalled, frames)
        self._answering.ask(Asked(turn, tuple(self._take_gathered()), spoken.tokens), now)

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
                before, turn = split(self._gathered)
                self._account.remember(before)
                self._gathered = list(turn)
            return
        self._answering.typed(now)
        self._content_asked = bool(content.turn_complete)
        if content.turn_complete:
            self._answering.ask(self._gathered_turn("content"), now)

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
        if self._answering.waits_for_call:
            raise fault(NOT_IMPLEMENTED, "realtime input while a tool call is pending; send the response first")

    def _realtime_text(self, text: str, now: float) -> None:
        if self._listening.state is Activity.SPEAKING:
            self._type_while_speaking(text, now)
            return
        asked, self._content_asked = self._content_asked, False
        if asked and self._only_triggers(text):
            return
        self._answering.typed(now)
        if text and self._behaviour.echoes_realtime_text:
            self._emit(InputHeard(text))
        self._answering.ask(self._realtime_turn(text), now)

    def _utter(self, text: str, now: float) -> None:
        if self._listening.state is Activity.SPEAKING:
            self._type_while_speaking(text, now)
        else:
            self._listening.utter(text, now)

    def _only_triggers(self, text: str) -> bool:
        """Whether it says nothing: 3.x answers a seed at the next input, so ADK sends a dot and pipecat a blank."""
        return self._behaviour.seeds_history and text != "" and not text.strip(" .")

    def _type_while_speaking(self, text: str, now: float) -> None:
        """Typed text is part of the activity that is under way; an empty one ends it, if sound is to decide that."""
        if text:
            self._typed_while_speaking.append(text)
        elif not self._behaviour.hearing.manual:
            self._listening.pause(now)

    def _update(self, update: ContextUpdate) -> None:
        if update.system_instruction is not None:
            self._instruct(update.system_instruction)
        if update.tools is not None:
            self._answering.update_tools(update.tools.tools)

    def _instruct(self, instruction: Content | None) -> None:
        text = "\n".join(part.text or "" for part in instruction.parts) if instruction else ""
        self._answering.instruction = text
        self._account.instruction_tokens = count_tokens(text)

    def _take_gathered(self) -> list[Content]:
        gathered, self._gathered = self._gathered, []
        return gathered

    def _realtime_turn(self, text: str) -> Asked:
        """Typed realtime text is a turn of its own; an empty one, or a trigger, ends the turn that was gathered."""
        if not text or (self._only_triggers(text) and split(self._gathered)[1]):
            return self._gathered_turn("realtime")
        frames = self._listening.take_frames()
        turn = UserTurn(text, self._account.next_number(), "realtime", frames, frames=frames)
        return Asked(turn, tuple(self._take_gathered()))

    def _gathered_turn(self, source: Literal["content", "realtime"]) -> Asked:
        """The user's entries at the end of what was gathered are the turn; what stands before them is history."""
        before, turn = split(self._take_gathered())
        others = len([part for entry in turn for part in entry.parts if part.text is None])
        sees = source == "realtime" or self._behaviour.hearing.sees_frames_in_content
        frames = self._listening.take_frames() if sees else 0
        text, number = joined(*map(text_of, turn)), self._account.next_number()
        return Asked(UserTurn(text, number, source, others + frames, frames=frames), tuple(before))


def _is_image(blob: Blob) -> bool:
    return (blob.mime_type or "").lower().startswith("image/")
