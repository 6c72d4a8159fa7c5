"""The model's turn: idle, generating, waiting for a tool, playing.

A turn pulls the steps of a reply one after another and keeps what is to go out in a queue with a time for each entry.
``playing`` exists because the real server sends audio faster than real time, then holds ``turnComplete`` back until
the client would have heard it all; a barge-in in that time is still an interruption (measured on 3.1: turnComplete at
first audio + 10.56 s +- 30 ms for 10.56 s of audio that took 3 s to arrive).
"""

from collections.abc import Callable
from typing import Any

from gemlive_emulator.audio.speech import Speech
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.call import Call, Wait, deadline_of, waits_for
from gemlive_emulator.session.calls import Calls
from gemlive_emulator.session.commands import (
    Ask,
    AskCancelled,
    Close,
    Command,
    GenerationComplete,
    InputHeard,
    ToolCalls,
)
from gemlive_emulator.session.delivery import Delivery, Entry
from gemlive_emulator.session.google_tools import GoogleHappening
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.sent import Sent
from gemlive_emulator.session.speaking import Speaking
from gemlive_emulator.session.steps import (
    STEP_NAMES,
    CloseConnection,
    Consult,
    Count,
    EndTurn,
    Handle,
    Interrupt,
    InterruptAfterEnd,
    Pause,
    Play,
    Reply,
    Say,
    Silence,
    Step,
    Tell,
    Think,
    Transcript,
    UserTurn,
    nothing,
)
from gemlive_emulator.session.thoughts import family_thought
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolResult
from gemlive_emulator.session.turn_state import TRANSITIONS, TurnState
from gemlive_emulator.wire.errors import EmulatorError


class ModelTurn:
    """One turn of the model, from the reply's first step to the moment its end may be told.

    Args:
        admission: voice, modality, limits and pace.
        calls: of the session.
        emit: takes a command that is to go out now.
        aside: takes a step that is about the session rather than the turn (:class:`Handle`, :class:`Count`).
        next_id: makes ids for requests.
        names: draws for jitter.

    Attributes:
        state: where the turn stands.
        sent: what of it has gone out.
        reason: the ``turnCompleteReason`` that its end carries.
        cut_after: seconds from its first piece after which it is interrupted by nobody; ``None`` for not at all.
        interrupts_after_end: whether ``interrupted`` comes without a cause once it is complete.
        wait: the calls that it waits for, in state ``WAITING_FOR_TOOL``; ``waiting_since`` when it began to.
    """

    def __init__(
        self,
        admission: Admission,
        calls: Calls,
        emit: Callable[[Command], None],
        aside: Callable[[Handle | Count], None],
        next_id: Callable[[], int],
        names: Names,
    ) -> None:
        self.state = TurnState.IDLE
        self.sent = Sent()
        self.reason = ""
        self.cut_after: float | None = None
        self.interrupts_after_end = False
        self.wait: Wait | None = None
        self.waiting_since = 0.0
        self._admission = admission
        self._calls = calls
        self._pace = admission.behaviour.pace
        self._latency = self._pace.first_audio if admission.modality == "AUDIO" else self._pace.first_text
        self._emit = emit
        self._aside = aside
        self._next_id = next_id
        self._delivery = Delivery(self._pace, names.fraction)
        self._speaking = Speaking(admission, self._delivery, emit, next_id)
        self._reply: Reply | None = None
        self._given: Any = None
        self._error: BaseException | None = None
        self._open: Callable[[], None] | None = None
        self._own_thought = ""
        self._turn: UserTurn | None = None
        self._restarts = 0
        self._made: list[Call] = []
        self._calling: tuple[CallTools, tuple[Call, ...]] | None = None
        self._asking: int | None = None

    def start(
        self,
        reply: Reply,
        turn: UserTurn,
        now: float,
        opened: Callable[[], None],
        restarts: int = 0,
        given: tuple[ToolResult, ...] | None = None,
        thinks: bool = True,
    ) -> None:
        """Begin to generate.

        Args:
            reply: the steps of the answer.
            turn: what it answers.
            now: seconds.
            opened: called once, before anything goes out; never for a turn that is answered with silence.
            restarts: how often this answer began already and was cut by nobody.
            given: results with which a parked reply goes on; ``None`` for a reply that begins.
            thinks: whether the family's own thought comes first, if it has any.
        """
        self._move("start")
        self.sent = Sent(origin=now)
        self.reason, self.cut_after, self.interrupts_after_end = "", None, False
        self._reply, self._turn, self._restarts = reply, turn, restarts
        self._made = []
        self._given, self._open = given, opened
        self._delivery.start(now + self._latency)
        self._speaking.start()
        self._own_thought = family_thought(turn) if thinks else ""
        self.deliver(now)

    @property
    def due(self) -> float | None:
        """When the next entry of the queue is to go out."""
        return self._delivery.due

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
            elif self._speaking.awaits_speech or self._asking is not None:
                return
            elif not self._speaking.go_on():
                self._pull(now)

    def speech_ready(self, request: int, speech: Speech, now: float) -> None:
        """Take the speech of the sentence that was asked for; that of another one is too late and ignored."""
        if self.state is TurnState.GENERATING and self._speaking.take(request, speech, now):
            self.deliver(now)

    def answered(self, request: int, value: Any, error: BaseException | None, now: float) -> None:
        """Take what the reply asked outside for; what a cut reply asked for is ignored."""
        if request != self._asking:
            return
        self._asking = None
        self._given, self._error = value, error
        self._delivery.not_before(now)
        self.deliver(now)

    def take_results(self, results: tuple[ToolResult, ...], now: float) -> None:
        """Go on with the results that the turn waits for, in the order of the calls."""
        self._move("answer")
        self.wait = None
        self._given = results
        self._delivery.not_before(now + self._latency)
        self.deliver(now)

    def end_without_results(self, now: float) -> None:
        """End the turn although its calls are open: the reply is parked."""
        wait, self.wait = self.wait, None
        assert wait is not None
        self._move("answer")
        self._park(wait)
        self.deliver(now)

    def park_open_calls(self) -> None:
        """The turn is about to be cut, and calls go on without it: the reply will, too, once their results are in."""
        open_calls = tuple(call for call in self._made if call.state == "open" and not call.blocks)
        if open_calls and self._reply is not None and self._asking is None and self._calling is None:
            wait = Wait(open_calls, cut=True)
            self._hand_over(wait)
            self._calls.parked.append(wait)

    def take_wait(self) -> Wait | None:
        """What the turn waits for, with its reply, which goes on elsewhere; ``None`` if it does not wait."""
        wait, self.wait = self.wait, None
        if wait is not None:
            self._hand_over(wait)
        return wait

    def interrupt(self) -> None:
        """Cut the turn: nothing that waits goes out, and the reply hears of it (``GeneratorExit``)."""
        self._move("interrupt")
        if self._asking is not None:
            self._emit(AskCancelled(self._asking))
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
        self._speaking.stop()
        self._asking = self._calling = self._open = self.wait = None
        self._close_reply()

    def _close_reply(self) -> None:
        if self._reply is not None:
            self._reply.close()
            self._reply = None
            self._calls.over(self._made, self._turn)

    def _pull(self, now: float) -> None:
        try:
            step = self._next_step()
        except StopIteration:
            self._begin()
            self._finish()
            return
        if isinstance(step, Silence) and self._open is not None:
            self._move("hush")
            self._close_reply()
            return
        if isinstance(step, Consult):
            # What it is asked may decide that nothing is said at all: the turn does not open yet.
            self._asking = self._next_id()
            self._emit(Ask(self._asking, step.ask))
            return
        self._begin()
        if self._own_thought and not isinstance(step, Think):
            self._speaking.think(self._own_thought, now, self.sent)
            # It goes out before the step is looked at, which may end the turn.
            while self._delivery.queue:
                self._send(self._delivery.queue.popleft())
        self._own_thought = ""
        self._take(step, now)

    def _next_step(self) -> Step:
        assert self._reply is not None
        given, self._given = self._given, None
        error, self._error = self._error, None
        return self._reply.send(given) if error is None else self._reply.throw(error)

    def _begin(self) -> None:
        """Tell that the turn opens, once."""
        if self._open is not None:
            opened, self._open = self._open, None
            opened()

    def _take(self, step: Step, now: float) -> None:
        match step:
            case Say():
                self._speaking.say(step)
            case Play():
                self._speaking.play(step)
            case Think():
                self._speaking.think(step.text, now, self.sent)
            case Pause():
                self._delivery.wait(step.seconds, now)
            case CallTools():
                self._call(step)
            case AwaitResults():
                self._wait_for(self._calls.waiting_for(step.ids, deadline_of(step, now)), now)
            case Silence():
                self._finish()
            case CloseConnection():
                # The session abandons the turn with the connection.
                self._emit(Close(step.code, step.words, "the reply asked for it", step.how))
            case _:
                self._take_odd(step, now)

    def _take_odd(self, step: Step, now: float) -> None:
        """The steps that rehearse what goes wrong, and those that are about the session."""
        match step:
            case Tell():
                for happening in step.happenings:
                    if isinstance(happening, GoogleHappening):
                        # Part of the answer, and so not before it can begin.
                        self._delivery.add(happening)
                    else:
                        self._delivery.at_once(happening, now)
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
            case Handle() | Count():
                self._aside(step)
            case _:
                raise EmulatorError(f"the reply yielded {step!r}; a step is one of {', '.join(STEP_NAMES)}")

    def _finish(self) -> None:
        self._close_reply()
        if self._delivery.add_trailing_silence():
            self._reply = nothing()
            return
        self._move("finish")
        self._emit(GenerationComplete())

    def _call(self, step: CallTools) -> None:
        if not step.calls:
            self._given = ()
            return
        try:
            calls = self._calls.make(step)
        except EmulatorError as error:
            # Raised in the reply, which knows where it stands.
            self._error = error
            return
        named = tuple(call.call for call in calls)
        if self._admission.behaviour.calling.after_turn and self.sent.first_at is not None and waits_for(step, calls):
            self.sent.call_tokens += sum(call.tokens for call in calls)
            self._park(Wait(calls, unsent=True))
            return
        self._calling = (step, calls)
        self._delivery.add(ToolCalls(named))

    def _called(self, now: float) -> None:
        """The calls are out."""
        assert self._calling is not None
        (step, calls), self._calling = self._calling, None
        self._calls.sent(calls, self._turn)
        self._made.extend(calls)
        self.sent.call_tokens += sum(call.tokens for call in calls)
        if waits_for(step, calls):
            self._wait_for(Wait(calls, deadline_of(step, now)), now)
        else:
            self._given = tuple(call.call.id for call in calls)

    def _wait_for(self, wait: Wait, now: float) -> None:
        if wait.ready and wait.blocked:
            self._given = wait.take()
        elif wait.blocks:
            self.wait, self.waiting_since = wait, now
            self._move("call")
        else:
            self._park(wait)

    def _park(self, wait: Wait) -> None:
        """The reply goes on with the results, in another turn; this one ends."""
        self._hand_over(wait)
        self._calls.parked.append(wait)
        self._finish()

    def _hand_over(self, wait: Wait) -> None:
        wait.reply, wait.turn, self._reply = self._reply, self._turn, None

    def _send(self, entry: Entry) -> None:
        command = entry.command
        if command is None:
            return
        self.sent.take(command, entry.when, entry.words)
        self._emit(command)
        if isinstance(command, ToolCalls):
            self._called(entry.when)
