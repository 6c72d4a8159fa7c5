"""Drives one session: events and deadlines in, commands carried out. No socket here; frames are the connection's."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Protocol

from gemlive_emulator.audio.speech import Speech
from gemlive_emulator.server.clock import Alarm
from gemlive_emulator.server.redact import redacting_logger
from gemlive_emulator.server.surroundings import Surroundings
from gemlive_emulator.session.commands import Close, Recall, Remember, Synthesize, Warn
from gemlive_emulator.session.events import (
    ClientClosed,
    Event,
    MessageReceived,
    MessageRefused,
    Recalled,
    SpeechReady,
    TimePassed,
)
from gemlive_emulator.session.session import Session
from gemlive_emulator.wire.closes import INTERNAL_ERROR
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.errors import ClientFault

MOST_NOTES = 20
"""Warnings that are logged of one session; a client may earn one with each of its messages."""

TIME_PASSED = TimePassed()

log = redacting_logger("session")


class Outlet(Protocol):
    """What a driver needs of the connection."""

    def send(self, payloads: Sequence[bytes]) -> None:
        """Take messages that are to go out with the next flush."""
        ...

    def flush(self) -> None:
        """Write what was taken."""
        ...

    def send_close(self, code: int, words: str) -> None:
        """Take a close frame; nothing may follow it."""
        ...


class Driver:
    """Brings a session what happens and does what it asks for.

    Args:
        session: a fresh one.
        outlet: where its messages go.
        around: clock, speech and store.

    Attributes:
        over: nothing more will happen: the session closed, its client left, or a bug ended it.
        paused: the client does not read. Time stands still for the session until it does, then each deadline fires
            with its own time; what the client sends is still heard.
    """

    __slots__ = (
        "_alarm",
        "_answers",
        "_around",
        "_clock",
        "_notes",
        "_outlet",
        "_postponed",
        "_rings_at",
        "_session",
        "_strict",
        "over",
        "paused",
    )

    def __init__(self, session: Session, outlet: Outlet, around: Surroundings) -> None:
        self.over = False
        self.paused = False
        self._session = session
        self._outlet = outlet
        self._around = around
        self._clock = around.clock
        self._strict = around.settings.strict
        self._answers: deque[Event] = deque()
        self._postponed: list[Synthesize] = []
        self._alarm: Alarm | None = None
        self._rings_at = 0.0
        self._notes = 0

    @property
    def name(self) -> str:
        """The session's name in the log."""
        return self._session.name

    def hear(self, payload: bytes, now: float) -> None:
        """Bring the session one message."""
        if self.over:
            return
        event: Event
        try:
            message, forgiven = decode(payload, strict=self._strict)
            event = MessageReceived(message)
            for text in forgiven:
                self._note(text)
        except ClientFault as fault:
            event = MessageRefused(fault)
        except Exception:
            self.fail("a message could not be read")
            return
        self.drive(event, now)

    def drive(self, event: Event, now: float) -> None:
        """Let the session come to ``now`` deadline by deadline, take the event, and do at once what is due at once."""
        if self.over:
            return
        handle, answers = self._session.handle, self._answers
        try:
            self._settle(now)
            self._act(handle(event, now))
            while answers:
                self._act(handle(answers.popleft(), now))
            if not self.paused:
                self._settle(now)
        except Exception:
            self.fail("it cannot go on")

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

    def resume(self) -> None:
        """The client reads again: go on where the session stood."""
        self.paused = False
        postponed, self._postponed = self._postponed, []
        for request in postponed:
            self._synthesize(request)
        self._go_on(TIME_PASSED, self._clock.now())

    def fail(self, what: str, error: BaseException | None = None) -> None:
        """A bug of ours or of a responder: told once, closed as the real server closes, and nobody else notices."""
        log.error("session %s: %s", self.name, what, exc_info=error or True)
        self._end()
        self._outlet.send_close(*INTERNAL_ERROR)

    def leave(self) -> None:
        """Tell the session, once, that its client is gone."""
        if self.over:
            return
        self._end()
        try:
            for command in self._session.handle(ClientClosed(), self._clock.now()):
                if isinstance(command, Remember):
                    self._remember(command)
        except Exception:
            log.error("session %s: its end went wrong", self.name, exc_info=True)

    def _go_on(self, event: Event, now: float) -> None:
        self.drive(event, now)
        self._outlet.flush()
        self.arm()

    def _settle(self, now: float) -> None:
        session, answers = self._session, self._answers
        while (deadline := session.deadline) is not None and deadline <= now and not self.over:
            self._act(session.handle(TIME_PASSED, deadline))
            while answers:
                self._act(session.handle(answers.popleft(), deadline))

    def _act(self, commands: Sequence[Any]) -> None:
        for command in commands:
            request = self._REQUESTS.get(type(command))
            if request is not None:
                request(self, command)
            elif (admission := self._session.admission) is not None:
                self._outlet.send(admission.render(command))

    def _ring(self) -> None:
        self._alarm = None
        if not self.paused:
            self._clock.stir()
            self._go_on(TIME_PASSED, max(self._clock.now(), self._rings_at))

    def _end(self) -> None:
        self.over = True
        self._answers.clear()
        self._postponed.clear()
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _note(self, text: str) -> None:
        """Log a word of warning, unless this client has had its share of them."""
        self._notes += 1
        if self._notes <= MOST_NOTES:
            log.warning("session %s: %s", self.name, text)
        elif self._notes == MOST_NOTES + 1:
            log.warning("session %s: further warnings are not shown", self.name)

    # What the session asks for.

    def _close(self, request: Close) -> None:
        level = logging.INFO if request.code == 1000 else logging.WARNING
        hint = f" ({request.hint})" if request.hint else ""
        log.log(level, "session %s: closed %d %s%s", self.name, request.code, request.words, hint)
        self._end()
        self._outlet.send_close(request.code, request.words)

    def _synthesize(self, request: Synthesize) -> None:
        if self.paused:
            self._postponed.append(request)
            return
        speech = self._around.speaker.lookup(request)
        if speech is not None:
            self._answers.append(SpeechReady(request.id, speech))
            return

        def answer(made: asyncio.Future[Speech]) -> None:
            self._speech_made(request.id, made)

        self._around.speaker.speak(request, answer)

    def _speech_made(self, request: int, made: asyncio.Future[Speech]) -> None:
        if self.over or made.cancelled():
            return
        error = made.exception()
        if error is None:
            self._go_on(SpeechReady(request, made.result()), self._clock.now())
        else:
            self.fail("a sentence could not be spoken", error)
            self._outlet.flush()

    def _recall(self, request: Recall) -> None:
        self._answers.append(Recalled(self._around.store.get(request.handle, self._clock.now())))

    def _remember(self, request: Remember) -> None:
        self._around.store.put(request.handle, request.snapshot, self._clock.now())

    def _warn(self, request: Warn) -> None:
        self._note(request.text)

    _REQUESTS: ClassVar[dict[type, Callable[..., None]]] = {
        Close: _close,
        Synthesize: _synthesize,
        Recall: _recall,
        Remember: _remember,
        Warn: _warn,
    }
