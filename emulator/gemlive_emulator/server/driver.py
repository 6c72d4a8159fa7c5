"""Drives one session: events and deadlines in, commands carried out. No socket here; frames are the connection's."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, ClassVar, Literal

from gemlive_emulator.audio.pcm import rate_if_pcm
from gemlive_emulator.audio.speech import Speech
from gemlive_emulator.server.cautions import Cautions
from gemlive_emulator.server.clock import Alarm
from gemlive_emulator.server.failures import words_for
from gemlive_emulator.server.intake import Intake
from gemlive_emulator.server.keeping import Keeping
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.server.surroundings import AnySession, Outlet, Surroundings
from gemlive_emulator.session.commands import (
    Ask,
    AskCancelled,
    Close,
    Forget,
    Misbehave,
    Recall,
    Remember,
    Synthesize,
    Transcribe,
    Warn,
)
from gemlive_emulator.session.events import (
    Answered,
    ClientClosed,
    Event,
    MessageReceived,
    MessageRefused,
    SpeechReady,
    TimePassed,
    Transcribed,
)
from gemlive_emulator.wire.closes import INTERNAL, INTERNAL_ERROR, LOST
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.errors import ClientFault, cut
from gemlive_emulator.wire.template import sound_of

TIME_PASSED = TimePassed()

log = redacting_logger("session")


class Driver:
    """Brings a session what happens and does what it asks for.

    Args:
        session: a fresh one.
        outlet: where its messages go.
        around: clock, speech and store.
        endpoint: where the client knocked.

    Attributes:
        number: of the connection at its emulator.
        over: nothing more will happen: the session closed, its client left, or a bug ended it.
        paused: the client does not read. Time stands still for the session until it does, then each deadline fires
            with its own time; what the client sends is still heard.
    """

    __slots__ = (
        "__weakref__",
        "_alarm",
        "_answers",
        "_around",
        "_cautions",
        "_clock",
        "_intake",
        "_keeping",
        "_outlet",
        "_page",
        "_postponed",
        "_rings_at",
        "_session",
        "_stands_at",
        "_strict",
        "number",
        "over",
        "paused",
    )

    def __init__(self, session: AnySession, outlet: Outlet, around: Surroundings, endpoint: Endpoint) -> None:
        self.number = endpoint.connection
        self.over = False
        self.paused = False
        self._stands_at = 0.0
        self._session = session
        self._outlet = outlet
        self._around = around
        self._clock = around.clock
        self._strict = around.settings.strict
        self._answers: list[Event] = []
        self._postponed: list[Synthesize] = []
        self._alarm: Alarm | None = None
        self._rings_at = 0.0
        self._cautions = Cautions(session.name)
        self._page = around.journal.open(session.name, around.clock.now(), endpoint)
        self._intake = Intake(session.slack, self._page.audio_in, around.settings.max_message, self.number)
        self._page.held = self._intake.held
        around.live.begin(self)
        self._keeping = Keeping(session, outlet, around, self.happen, self.fail)

    @property
    def name(self) -> str:
        """The session's name in the log."""
        return self._session.name

    @property
    def accepted(self) -> bool:
        """Whether the setup was accepted."""
        return self._page.accepted

    def happen(self, event: Event, now: float | None = None) -> None:
        """Bring the session what does not come from its client, now, and send what comes of it."""
        self.drive(event, self._clock.now() if now is None else now)
        self._outlet.flush()
        self.arm()

    def hear(self, payload: bytes, now: float) -> None:
        """Take one message; audio is gathered, to be heard with the next :meth:`listen`."""
        if self._intake.take(payload):
            if self._page.whole:
                self._page.heard(payload, now)
        else:
            self._read(payload, now)

    def listen(self, now: float) -> None:
        """All audio that was taken has come by now; bring it to the session, as one, if anything can come of it."""
        if self._intake.count(now):
            self.hear_out(now)

    def drive(self, event: Event, now: float) -> None:
        """Let the session come to ``now`` deadline by deadline, take the event, and do at once what is due at once."""
        self.hear_out(now)
        self._bring(event, now)

    @property
    def intake(self) -> Intake | None:
        """Takes messages of audio in place of :meth:`hear`; ``None`` if all of them are to come here."""
        return None if self.over or self._page.whole else self._intake

    def hear_now(self) -> None:
        """Bring the session all audio that it has not heard yet, and send what comes of it."""
        self.hear_out(self._clock.now())
        self._outlet.flush()
        self.arm()

    def hear_out(self, now: float) -> None:
        """Bring the session all audio that it has not heard yet, as of when it came: now, if that is not known."""
        intake = self._intake
        if intake.pieces:
            intake.count(now)
            self._bring(intake.release(), intake.since)
            intake.foresee()

    def _bring(self, event: Event, now: float) -> None:
        if self.over:
            return
        session = self._session
        self._intake.forget()
        if self.paused:
            now = min(now, self._stands_at)
        try:
            if (deadline := session.deadline) is not None and deadline <= now:
                self._settle(now)
            commands = session.handle(event, now)
            # Nothing comes of most audio. Answers may have come before: to requests that waited for the client to read.
            if commands or self._answers:
                self._act_on(commands, now)
            if (deadline := session.deadline) is not None and deadline <= now and not self.paused:
                self._settle(now)
        except Exception as error:
            # Nearly always a responder's. A test that sees only the close frame is to know what was wrong.
            self.fail("it cannot go on", error, words_for(error))

    def arm(self) -> None:
        """Have the clock ring for the session's deadline.

        An alarm that rings too early is left alone: that costs less than setting it anew with each message.
        """
        if self.over or self.paused:
            return
        deadline = self._session.deadline
        if deadline is None or (self._alarm is not None and self._rings_at <= deadline):
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._rings_at = deadline
        self._alarm = self._clock.call_at(deadline, self._ring)

    def pause(self) -> None:
        """The client does not read: time stands still for the session."""
        self.paused = True
        self._stands_at = self._clock.now()

    def resume(self) -> None:
        """The client reads again: go on where the session stood."""
        self.paused = False
        postponed, self._postponed = self._postponed, []
        now = self._clock.now()
        for request in postponed:
            self._synthesize(request, now)
        self.happen(TIME_PASSED, now)

    def fail(self, what: str, error: Exception, words: str = INTERNAL_ERROR[1]) -> None:
        """A bug of ours or of a responder: told once, closed with 1011, and nobody else notices."""
        self._around.failures.tell(self.name, what, error)
        self._end()
        now = self._clock.now()
        self._page.close(now, INTERNAL, cut(words), "server")
        self._outlet.send_close(INTERNAL, words)
        # What broke may break again; but a reply that waits for something is to be closed.
        with suppress(Exception):
            self._session.handle(ClientClosed(), now)
        self._outlet.flush()

    def reroute(self, outlet: Outlet) -> None:
        """Send everything there from now on."""
        self._outlet = self._keeping.reroute(outlet)

    def suffer(self, fault: str, at: str) -> None:
        """A fault of this name strikes on the line, at this event."""
        log.info("session %s: fault: %s at %s", self.name, fault, at)
        self._page.note(self._clock.now(), "fault", name=fault, at=at)

    def answered(self, request: int, value: Any, error: BaseException | None) -> None:
        """Bring the session what it asked for, or what was raised instead."""
        self.happen(Answered(request, value, error))

    def leave(self, code: int = LOST, words: str = "", by: Literal["client", "server"] = "client") -> None:
        """Tell the session, once, that its client is gone, and the journal how that was."""
        self.hear_out(self._clock.now())
        self._keeping.leave(dropped=code == LOST)
        if self.over:
            return
        self._end()
        now = self._clock.now()
        self._page.close(now, code, words, by)
        try:
            for command in self._session.handle(ClientClosed(), now):
                if isinstance(command, Remember):
                    self._keep(command, now)
            self._outlet = self._keeping.follow()
        except Exception as error:
            self._around.failures.tell(self.name, "its end went wrong", error)
        self._around.failures.ended(self.name, self._page.accepted)

    def _read(self, payload: bytes, now: float) -> None:
        """Bring the session a message that is not written like the audio before it."""
        self.hear_out(now)
        if self.over:
            return
        self._page.heard(payload, now)
        try:
            decoded = decode(payload, strict=self._strict)
        except ClientFault as fault:
            self.drive(MessageRefused(fault), now)
            return
        except Exception as error:
            self.fail("a message could not be read", error)
            return
        self._page.understood(decoded.message, now)
        for text in decoded.warnings:
            self._cautions.give(text)
        self.drive(MessageReceived(decoded.message), now)
        blob = sound_of(decoded.message)
        if blob is not None:
            self._page.audio_in.add(1, len(blob.data), rate_if_pcm(blob.mime_type))
            # Only once it was accepted: what a family refuses is to be refused again.
            if not self.over and self._session.admission is not None:
                self._intake.learn(payload, decoded)

    def _settle(self, now: float) -> None:
        session = self._session
        while (deadline := session.deadline) is not None and deadline <= now and not self.over:
            self._act_on(session.handle(TIME_PASSED, deadline), deadline)

    def _act_on(self, commands: Sequence[Any], now: float) -> None:
        """Do what a session asks for, and then what it asks for when it has its answers."""
        self._act(commands, now)
        while self._answers:
            self._act(self._session.handle(self._answers.pop(0), now), now)

    def _act(self, commands: Sequence[Any], now: float) -> None:
        self._outlet = self._keeping.follow(commands)
        page, requests = self._page, self._REQUESTS
        for command in commands:
            request = requests.get(type(command))
            if request is not None:
                request(self, command, now)
            elif (admission := self._session.admission) is not None:
                payloads = admission.render(command)
                page.sent(payloads, now)
                page.take(command, now, admission)
                self._outlet.send(payloads)

    def _ring(self) -> None:
        self._alarm = None
        if self.paused:
            return
        now, deadline = max(self._clock.now(), self._rings_at), self._session.deadline
        if deadline is None or deadline > now:
            self.arm()  # it was put off: by more sound, mostly
            return
        self._clock.stir()
        self.happen(TIME_PASSED, now)

    def _end(self) -> None:
        self.over = True
        self._keeping.end()
        self._intake.end()
        self._around.leisure.discard(self)
        self._answers.clear()
        self._postponed.clear()
        self._around.asks.cancel_all(self)
        self._around.reception.leave(self.name)
        self._around.live.end(self)
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    # What the session asks for.

    def _close(self, request: Close, now: float) -> None:
        level = logging.INFO if request.code == 1000 else logging.WARNING
        hint = f" ({request.hint})" if request.hint else ""
        log.log(level, "session %s: closed %d %s%s", self.name, request.code, request.words, hint)
        self._end()
        self._page.close(now, request.code, request.words, "server", request.hint if request.refused else None)
        self._around.failures.ended(self.name, self._page.accepted)
        if request.how == "frame":
            self._outlet.send_close(request.code, request.words)
        else:
            self._outlet.hang_up(reset=request.how == "reset")

    def _synthesize(self, request: Synthesize, now: float) -> None:
        if self.paused:
            self._postponed.append(request)
            return
        speech = self._around.speaker.lookup(request)
        if speech is not None:
            self._answers.append(SpeechReady(request.id, speech))
            return
        self._around.speaker.speak(request, lambda made: self._speech_made(request.id, made))

    def _speech_made(self, request: int, made: asyncio.Future[Speech]) -> None:
        if self.over or made.cancelled():
            return
        error = made.exception()
        if isinstance(error, Exception):
            self.fail("a sentence could not be spoken", error)
        else:
            self.happen(SpeechReady(request, made.result()))

    def _transcribe(self, request: Transcribe, now: float) -> None:
        transcriber = self._around.transcriber
        if not transcriber.can_tell(request):
            self._answers.append(Transcribed(request.id, None))
            return
        transcriber.transcribe(request, lambda words: self.happen(Transcribed(request.id, words)))

    def _ask(self, request: Ask, now: float) -> None:
        self._around.asks.start(self, request)

    def _cancel_ask(self, request: AskCancelled, now: float) -> None:
        self._around.asks.cancel(self, request.id)

    def _keep(self, request: Recall | Remember | Forget, now: float) -> None:
        if (found := self._keeping.take(request)) is not None:
            self._answers.append(found)
        self._outlet = self._keeping.outlet

    def _misbehave(self, request: Misbehave, now: float) -> None:
        self._outlet.inject(request.faults)

    def _warn(self, request: Warn, now: float) -> None:
        self._cautions.give(request.text)

    _REQUESTS: ClassVar[dict[type, Callable[..., None]]] = {
        Ask: _ask,
        AskCancelled: _cancel_ask,
        Close: _close,
        Forget: _keep,
        Misbehave: _misbehave,
        Synthesize: _synthesize,
        Transcribe: _transcribe,
        Recall: _keep,
        Remember: _keep,
        Warn: _warn,
    }
