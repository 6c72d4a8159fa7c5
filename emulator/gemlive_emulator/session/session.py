"""The session core: events in, commands out. No sockets, tasks, clocks or randomness; time is an argument.

The contract:

* ``handle`` first fires every timer that is due by ``now``, in order of deadline, each with its own deadline as its
  time, then takes the event. One big step gives the same commands as many small ones.
* After ``Close`` nothing goes out. Time never goes back.
* What is slow or outside is a request among the commands, answered by a later event.
"""

import re
from dataclasses import replace
from itertools import count
from math import inf

from gemlive_emulator.session.admission import Admission, Admit, Later
from gemlive_emulator.session.commands import (
    Ask,
    Close,
    Command,
    GoingAway,
    Raw,
    Recall,
    Remember,
    SetupAccepted,
    ToolCalls,
    TurnComplete,
    TurnOpened,
    Warn,
)
from gemlive_emulator.session.conversation import Conversing
from gemlive_emulator.session.events import (
    Answered,
    AudioReceived,
    ClientClosed,
    Connected,
    Event,
    MessageReceived,
    MessageRefused,
    Ordered,
    Recalled,
    SpeechReady,
    TimePassed,
    Transcribed,
    UserInterrupted,
    UserSaid,
)
from gemlive_emulator.session.history import History, LiveSnapshot, Snapshot
from gemlive_emulator.session.lifespan import LIFE, Lifespan
from gemlive_emulator.session.lifetime import TRANSITIONS, Lifetime
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.pending import PendingReply
from gemlive_emulator.session.resuming import history_of, why_not_yet
from gemlive_emulator.session.timers import Timer, Timers
from gemlive_emulator.wire.client import ClientMessage
from gemlive_emulator.wire.closes import ABORTED, INVALID_HANDLE, SESSION_NOT_FOUND, SETUP_FIRST, fault
from gemlive_emulator.wire.errors import ClientFault, cut
from gemlive_emulator.wire.setup import Setup

_HANDLE = re.compile(r"[A-Za-z0-9_+/=-]{1,1024}")
"""What a handle can look like, of any family: a UUID or base64. Where the real server draws the line is inferred."""

_TELLING = (TurnOpened, ToolCalls, TurnComplete, GoingAway)
"""What tells a client how far its session has come."""

_JUDGEMENT = 0
"""The id of the request for it; those of a conversation begin with 1."""


class Session:
    """One conversation over one connection.

    Args:
        admit: judges the setup and says how its model family behaves.
        names: makes ids and handles.
        first_message: seconds that a client may take for ``setup``; 0 for ever. No figure of the real server is known.

    Attributes:
        admission: what the family said of the setup; ``None`` until then.
        name: a UUID for the log, and the session id where the back-end sends one.
    """

    def __init__(self, admit: Admit, names: Names, first_message: float = 30.0) -> None:
        self.admission: Admission | None = None
        self.name = names.uuid()
        self.state = Lifetime.CONNECTING
        self._admit = admit
        self._names = names
        self._first_message = first_message
        self._timers = Timers()
        self._out: list[Command] = []
        self._now = float("-inf")
        self._early: list[ClientMessage] = []
        self._setup: Setup | None = None
        self._expires = inf
        self._talk: Conversing | None = None
        self._lifespan: Lifespan | None = None
        self._history = History()
        self._moment = self._now

    @property
    def deadline(self) -> float | None:
        """When the session wants to be woken by ``TimePassed``; ``None`` for not at all."""
        return self._timers.deadline

    @property
    def next_event(self) -> float | None:
        """When something of the conversation is due; ``None`` if only time is left to end the connection."""
        return self._timers.earliest_but(LIFE)

    @property
    def closed(self) -> bool:
        """Whether nothing can happen any more."""
        return self.state is Lifetime.CLOSED

    def slack(self, rate: int) -> int:
        """With how many more bytes of sound at this rate something can come of it.

        Less may be held back, and brought with what comes later, but before anything else happens.
        """
        return 0 if self._talk is None else self._talk.slack(rate)

    def handle(self, event: Event, now: float) -> list[Command]:
        """Let time pass up to ``now`` (seconds, any origin), then take the event; gives what is to be done, in order.

        Raises:
            Exception: whatever a responder raises; the session is of no use after that.
        """
        out: list[Command] = []
        self._out = out
        self._now = now = max(now, self._now)
        try:
            while (due := self._timers.pop_due(now)) is not None:
                self._moment = due[1]
                self._fire(*due)
            self._moment = now
            if not self.closed:
                self._take(event, now)
        finally:
            if self.closed:
                self._part()
        if self._talk is not None and (out or type(event) is not AudioReceived):
            self._history.pending = self._pending
        return out

    def _emit(self, command: Command) -> None:
        if self._lifespan is not None:
            if self._lifespan.silent and not isinstance(command, Close):
                return
            if isinstance(command, _TELLING):
                # A store writes the age down with whatever is told, so that a killed emulator forgets nothing of that.
                self._history.age = self._lifespan.age(self._moment)
            elif isinstance(command, Remember) and isinstance(command.snapshot, Snapshot):
                command.snapshot = self._as_of_now(command.snapshot)
        self._out.append(command)
        if isinstance(command, Close):
            command.words = cut(command.words)
            self._end()

    def _as_of_now(self, snapshot: Snapshot) -> Snapshot:
        assert self._lifespan is not None
        return replace(snapshot, age=self._lifespan.age(self._moment), pending=self._pending)

    @property
    def _pending(self) -> tuple[PendingReply, ...]:
        """The replies that wait for functions; the very same as before if nothing has happened to them."""
        assert self._talk is not None
        pending = self._talk.pending
        return self._history.pending if pending == self._history.pending else pending

    def _end(self) -> None:
        self._move("close")
        if self._lifespan is not None:
            # A handle may stand for the session itself, which goes on with this.
            self._history.age = self._lifespan.age(self._moment)
        self._timers.clear()
        self._early.clear()
        if self._talk is not None:
            self._history.pending = self._pending
            self._talk.abandon()

    def _part(self) -> None:
        """Let go of the conversation, which holds the session in turn; when it closed, it was still at work."""
        if self._talk is not None:
            self._talk.part()
        self._talk = self._lifespan = None
        self._history = History()

    def _move(self, what: str) -> None:
        self.state = TRANSITIONS[self.state][what]

    def _fire(self, timer: Timer, when: float) -> None:
        if timer is Timer.FIRST_MESSAGE:
            self._emit(Close(*ABORTED, f"no setup within {self._first_message:g} s; send it first"))
        elif timer in LIFE:
            assert self._lifespan is not None, "the timers of the ends are armed with the setup"
            self._lifespan.fire(timer, when)
        else:
            assert self._talk is not None, "the timers of turns are armed by the conversation only"
            self._talk.fire(timer, when)

    def _take(self, event: Event, now: float) -> None:
        match event:
            case AudioReceived():
                self._hear_audio(event, now)
            case MessageReceived():
                self._hear(event.message, now)
            case TimePassed():
                pass
            case Recalled():
                self._recalled(event, now)
            case Connected():
                self._move("connect")
                if self._first_message:
                    self._timers.set(Timer.FIRST_MESSAGE, now + self._first_message)
            case MessageRefused():
                self._refuse(event.fault)
            case ClientClosed():
                self._end()
            case Ordered():
                self._obey(event.command)
            case _:
                self._take_in_talk(event, now)

    def _obey(self, command: Raw | GoingAway | Close) -> None:
        """Do what somebody outside wants, also where the model says nothing any more."""
        if isinstance(command, Close):
            self._emit(command)
        elif self._talk is not None:
            self._out.append(command)

    def _take_in_talk(
        self, event: SpeechReady | Transcribed | Answered | UserInterrupted | UserSaid, now: float
    ) -> None:
        """Take what the conversation asked for, and what the user does without the client; before, the judgement."""
        if self._talk is None:
            if isinstance(event, Answered) and self.state is Lifetime.JUDGING:
                self._judged(event, now)
        elif isinstance(event, SpeechReady):
            self._talk.speech_ready(event.id, event.speech, now)
        elif isinstance(event, Transcribed):
            self._talk.transcribed(event.id, event.words, now)
        elif isinstance(event, Answered):
            self._talk.answered(event.id, event.value, event.error, now)
        elif isinstance(event, UserSaid):
            self._talk.user_says(event.text, event.typed, now)
        else:
            self._talk.barge_in(now)

    def _refuse(self, refused: ClientFault) -> None:
        self._emit(Close(refused.code, refused.words, refused.hint, refused=True))

    def _hear_audio(self, received: AudioReceived, now: float) -> None:
        if self._talk is None or self._lifespan is None:
            self._hear(received.as_message(), now)
            return
        self._lifespan.hear(now)
        self._talk.consumed += received.messages
        try:
            self._talk.hear_audio(received.audio, received.mime_type, now, received.latest)
        except ClientFault as refused:
            self._refuse(refused)

    def _hear(self, message: ClientMessage, now: float) -> None:
        try:
            if self._talk is not None and self._lifespan is not None:
                self._judge(message)
                self._lifespan.hear(now)
                self._talk.consumed += 1
                if message.realtime_input is not None and message.realtime_input.video is not None:
                    self._lifespan.see(now)
                self._talk.hear(message, now)
            elif self._setup is not None:
                self._early.append(message)
            elif message.setup is None:
                raise fault(SETUP_FIRST, "something else came before setup; send {'setup': {...}} first")
            else:
                self._open(message.setup, now)
        except ClientFault as refused:
            self._refuse(refused)

    def _judge(self, message: ClientMessage) -> None:
        assert self.admission is not None
        if message.setup is not None:
            raise fault(self.admission.behaviour.second_setup, "a second setup; a session takes only one")
        self.admission.judge(message)

    def _open(self, setup: Setup, now: float) -> None:
        admission = self._admit(setup)
        # It knows much that nobody needs any more.
        del self._admit
        self._timers.cancel(Timer.FIRST_MESSAGE)
        if isinstance(admission, Later):
            self._setup = setup
            self._move("judge")
            self._emit(Ask(_JUDGEMENT, admission.judge))
        else:
            self._let_in(admission, setup, now)

    def _judged(self, answered: Answered, now: float) -> None:
        assert self._setup is not None
        if isinstance(answered.error, ClientFault):
            self._refuse(answered.error)
        elif answered.error is not None:
            raise answered.error
        else:
            try:
                self._let_in(answered.value, self._setup, now)
            except ClientFault as refused:
                self._refuse(refused)

    def _let_in(self, admission: Admission, setup: Setup, now: float) -> None:
        self.admission = admission
        self._setup = setup = admission.setup or setup
        if admission.expires is not None:
            self._expires = now + admission.expires
        handle = setup.session_resumption.handle if setup.session_resumption is not None else None
        if handle:
            if not _HANDLE.fullmatch(handle):
                raise fault(INVALID_HANDLE, "this is no handle that a server ever gave out")
            self._move("recall")
            self._emit(Recall(handle))
        else:
            self._begin(History(), resumed=False, now=now)

    def _recalled(self, recalled: Recalled, now: float) -> None:
        if self.state is not Lifetime.RECALLING:
            return
        assert self.admission is not None
        snapshot: Snapshot | LiveSnapshot | None = recalled.snapshot
        if snapshot is None:
            self._emit(Close(*SESSION_NOT_FOUND, "no session is kept under this handle; start without one"))
            return
        rules = self.admission.behaviour.resumption
        if not recalled.owned:
            self._emit(Close(*rules.other_key, "the handle was given to another key"))
        elif (early := why_not_yet(recalled, rules)) is not None:
            self._emit(Close(*rules.not_yet, early))
        else:
            self._begin(history_of(snapshot, rules), resumed=True, now=now)
            if recalled.model not in ("", self.admission.model) and not self.closed:
                self._emit(Close(*rules.other_model, f"the handle is of a session with {recalled.model}"))

    def _begin(self, history: History, resumed: bool, now: float) -> None:
        assert self.admission is not None
        assert self._setup is not None
        self._move("open")
        self._history = history
        self._talk = Conversing(
            self.admission, self._setup, history, resumed, self._emit, self._timers, self._names, count(1).__next__
        )
        self._emit(SetupAccepted(self.name))
        for note in self.admission.notes:
            self._emit(Warn(note))
        limits, compresses = self.admission.behaviour.limits, self.admission.window.trigger is not None
        self._lifespan = Lifespan(limits, compresses, history.age, self._emit, self._timers, now, self._expires)
        self._talk.opens(now)
        early, self._early = self._early, []
        for message in early:
            if not self.closed:
                self._hear(message, now)
