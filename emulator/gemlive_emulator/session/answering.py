"""The model's side of a session: one turn after another, what waits for the next one, and the calls in between."""

from collections.abc import Callable, Iterable
from functools import partial
from math import inf
from typing import Any

from gemlive_emulator.audio.speech import Speech
from gemlive_emulator.session.account import Account
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.aside import aside
from gemlive_emulator.session.asked import Asked, Continuation, View
from gemlive_emulator.session.call import Call, Wait, deadline_of
from gemlive_emulator.session.calls import Calls, again, most_urgent
from gemlive_emulator.session.commands import (
    Close,
    Command,
    Interrupted,
    NotResumable,
    ToolCalls,
    ToolCallsCancelled,
    ToolResultsTaken,
    TurnComplete,
    TurnOpened,
)
from gemlive_emulator.session.handles import Handles
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.pending import PendingReply
from gemlive_emulator.session.recovery import recover
from gemlive_emulator.session.responses import Responses
from gemlive_emulator.session.steps import UserTurn, nothing
from gemlive_emulator.session.timers import Timer, Timers
from gemlive_emulator.session.tools import ToolResult
from gemlive_emulator.session.turn import ModelTurn
from gemlive_emulator.session.turn_state import TurnState
from gemlive_emulator.session.waiting import Waiting
from gemlive_emulator.wire.closes import INVALID_ARGUMENT
from gemlive_emulator.wire.common import FunctionResponse
from gemlive_emulator.wire.tools import Tool


class Answering:
    """Runs one model turn after another.

    Args:
        admission: how the family answers.
        account: what was said, and what it costs.
        resumed: whether the session goes on from an earlier connection.
        handles: gives the handles of the session.
        emit: takes a command that is to go out now.
        timers: of the session.
        names: makes ids and handles.
        next_id: makes ids for requests.
        user_speaks: whether the user is speaking just now.

    Attributes:
        instruction: the system instruction, which a responder may look at.
    """

    def __init__(
        self,
        admission: Admission,
        account: Account,
        resumed: bool,
        handles: Handles,
        emit: Callable[[Command], None],
        timers: Timers,
        names: Names,
        next_id: Callable[[], int],
        user_speaks: Callable[[], bool],
    ) -> None:
        self.instruction = ""
        self._admission = admission
        self._behaviour = admission.behaviour
        self._calling = admission.behaviour.calling
        self._account = account
        self._resumed = resumed
        self._emit = emit
        self._timers = timers
        self._user_speaks = user_speaks
        form = self._behaviour.tool_id
        self._calls = Calls(self._calling, admission.tools, lambda: names.tool_id(form))
        self._responses = Responses(self._calls, resumed, emit)
        self._handles = handles
        self._turn = ModelTurn(admission, self._calls, emit, partial(aside, account, handles), next_id, names)
        self._waiting = Waiting()
        self._current: tuple[Asked, View, int] | None = None
        self._going_on = False

    @property
    def waits_for_call(self) -> bool:
        """Whether a call that blocks is open."""
        return self._turn.wait is not None or self._calls.blocks

    @property
    def pending(self) -> tuple[PendingReply, ...]:
        """The replies that wait for functions, as they outlive the connection."""
        return self._calls.pending

    def opens(self, now: float) -> None:
        """The client knows that its setup holds."""
        recover(self._account.history, self._calls, self._admission.responder, self._view, now)
        self._settle(now)
        self._handles.session_opens()

    def ask(self, asked: Asked, now: float) -> None:
        """Answer the user's turn: now, or when those before it are answered."""
        if self._turn.state is not TurnState.IDLE or self._calls.blocks:
            self._waiting.ask(asked)
            return
        self._account.remember(asked.before)
        view = self._view()
        self._account.remember_turn(asked)
        self._put(asked, view, 0, now)
        self._go_on(now)

    def typed(self, now: float) -> None:
        """Typed input cuts the answer where the family does; for a pending call it waits, or has it made again."""
        manner = self._calling.typed if self.waits_for_call else self._behaviour.typed_during_reply
        if manner == "interrupt":
            self._interrupted_by_user(now)

    def barge_in(self, now: float) -> None:
        """The user begins to speak, and that interrupts."""
        if not self.waits_for_call or self._calling.interrupted != "wait":
            self._interrupted_by_user(now)

    def update_tools(self, tools: Iterable[Tool]) -> None:
        """These are the tools from now on."""
        self._calls.use(tools)

    def take_responses(self, responses: Iterable[FunctionResponse], now: float) -> None:
        """Take what functions returned.

        Raises:
            ClientFault: the family refuses it.
        """
        for response in responses:
            if self._responses.gives_empty_turn(response):
                self._waiting.follow(Continuation(nothing(), self._no_turn()))
            elif (late := self._responses.take(response)) is not None:
                self._late(*late)
        self._account.remember_results(self._calls.take_unwanted())
        self._go_on_with_results(now)

    def speech_ready(self, request: int, speech: Speech, now: float) -> None:
        """Take the speech of a sentence."""
        self._turn.speech_ready(request, speech, now)
        self._settle(now)

    def answered(self, request: int, value: Any, error: BaseException | None, now: float) -> None:
        """Take what a reply asked outside for."""
        self._turn.answered(request, value, error, now)
        self._settle(now)

    def fire(self, timer: Timer, now: float) -> None:
        """Let a timer of the answer go off."""
        match timer:
            case Timer.TURN_END:
                self._turn.end()
                self._complete(now)
                self._settle(now)
            case Timer.ECHO:
                self._begin_again(now)
            case Timer.CALL_TURN_END:
                self._turn.end_without_results(now)
                self._settle(now)
            case Timer.CALL_TIMEOUT:
                self._give_up(now)
            case _:
                self._turn.deliver(now)
                self._settle(now)

    def abandon(self) -> None:
        """The connection is gone: every reply is closed, nothing is sent."""
        self._turn.abandon()
        self._calls.abandon()
        self._waiting.clear()

    def _view(self) -> View:
        history = self._account.history.view()
        return View.of(self._admission, history, self.instruction, self._resumed, self._calls.toolbox)

    def _put(self, asked: Asked, view: View, restarts: int, now: float) -> None:
        """Put a turn to the responder and let the answer begin."""
        self._current = (asked, view, restarts)
        self._calls.begin(asked.turn, view)
        if not self._account.fit(self._admission.window):
            self._emit(Close(*INVALID_ARGUMENT, "the context is larger than the model's window; compress it"))
            return
        self._account.open()
        silent = asked.turn.source != "speech" and not self._behaviour.answers_typed
        reply = nothing() if silent else self._admission.responder(asked.turn, view)
        self._turn.start(reply, asked.turn, now, self._open_turn, restarts)
        self._settle(now)

    def _continue(self, continuation: Continuation, now: float) -> None:
        """A turn that no user turn begins."""
        results = continuation.results

        def opened() -> None:
            self._open_turn()
            if results is not None:
                self._emit(ToolResultsTaken(results, within=False))

        if results is not None:
            self._account.remember_results(results)
        self._account.open()
        self._turn.start(continuation.reply, continuation.turn, now, opened, given=results, thinks=False)
        self._settle(now)

    def _begin_again(self, now: float) -> None:
        """The turn is cut by nobody and begins again."""
        assert self._current is not None
        asked, view, restarts = self._current
        waiting, self._waiting = self._waiting, Waiting()
        self._interrupt(now)
        self._put(asked, view, restarts + 1, now)
        self._waiting = waiting

    def _open_turn(self) -> None:
        self._handles.turn_opens()
        if self._handles.asked and self._behaviour.marks_turn_start:
            self._emit(NotResumable())
        self._emit(TurnOpened())

    def _late(self, call: Call, result: ToolResult) -> None:
        """A result for which nobody waits any more; the reply that made the call may have an answer even so."""
        if call.step.late is not None:
            self._waiting.follow(Continuation(call.step.late(result), self._no_turn()))

    def _no_turn(self) -> UserTurn:
        """What stands for the user's turn where there is none."""
        return UserTurn("", self._account.history.turns)

    def _go_on_with_results(self, now: float) -> None:
        """Let go on what has its results: the turn that waits within itself, and the replies that are parked."""
        wait = self._turn.wait
        if wait is not None and wait.ready:
            if self._calling.own_turn == "always":
                self._turn.end_without_results(now)
            else:
                results = wait.take()
                self._taken(results)
                self._turn.take_results(results, now)
        for ready in self._calls.take_ready():
            self._resume(ready, now)
        self._settle(now)
        self._go_on(now)

    def _taken(self, results: tuple[ToolResult, ...]) -> None:
        """The turn that made the calls goes on with their results."""
        self._handles.results_are_in()
        self._account.remember_results(results)
        self._emit(ToolResultsTaken(results, within=True))

    def _resume(self, wait: Wait, now: float) -> None:
        """A parked reply has its results; when it goes on is for the client to say, unless everybody waits for it."""
        assert wait.reply is not None
        assert wait.turn is not None
        results = wait.results
        scheduling = "WHEN_IDLE" if wait.blocked else most_urgent(results)
        if scheduling == "SILENT":
            self._account.remember_results(wait.take())
            if wait.open_ids:
                self._calls.parked.append(wait)
            else:
                self._calls.close(wait)
            return
        given = None if wait.cut else wait.take()
        urgent = scheduling == "INTERRUPT"
        patient = not urgent and not wait.blocked
        self._waiting.go_on(Continuation(wait.reply, wait.turn, given, urgent, patient))
        if urgent and self._turn.state is not TurnState.IDLE:
            self._cut(now)

    def _give_up(self, now: float) -> None:
        """Time is up for calls that a reply waits for no longer than it said."""
        within = [self._turn.wait] if self._turn.wait is not None else []
        for wait in [*within, *self._calls.parked]:
            if wait.deadline <= now:
                wait.give_up()
        self._go_on_with_results(now)

    def _settle(self, now: float) -> None:
        """Arm the timers of what comes next, or end the turn."""
        timers = self._timers
        for timer in (Timer.DELIVERY, Timer.CALL_TURN_END, Timer.CALL_TIMEOUT):
            timers.cancel(timer)
        turn = self._turn
        state = turn.state
        if state is not TurnState.IDLE and (cut_at := turn.cut_at) is not None:
            timers.set(Timer.ECHO, max(cut_at, now))
        if state is TurnState.GENERATING:
            if (due := turn.due) is not None:
                timers.set(Timer.DELIVERY, due)
        elif state is TurnState.WAITING_FOR_TOOL:
            if self._calling.own_turn != "never":
                timers.set(Timer.CALL_TURN_END, turn.waiting_since + self._calling.own_turn_after)
        elif state is TurnState.PLAYING and not self._came_early(now):
            ends = turn.sent.plays_until if self._behaviour.pace.hold_end else now
            if ends > now:
                timers.set(Timer.TURN_END, ends)
            else:
                turn.end()
                self._complete(now)
        deadline = min(self._calls.deadline, inf if turn.wait is None else turn.wait.deadline)
        if deadline < inf:
            timers.set(Timer.CALL_TIMEOUT, deadline)

    def _came_early(self, now: float) -> bool:
        """Take results that were there before the reply waited for them; gives whether one of them cuts the turn."""
        for ready in self._calls.take_ready():
            self._resume(ready, now)
        return self._turn.state is not TurnState.PLAYING

    def _interrupted_by_user(self, now: float) -> None:
        """Cut what the model says, and tell whoever says it: a reply that is at its end would not know."""
        if self._turn.state is not TurnState.IDLE:
            self._admission.foreknown.interrupted(self._turn.sent.heard_seconds(now))
        self._interrupt(now)

    def _interrupt(self, now: float) -> None:
        """Cut what the model says. What the user said meanwhile is not answered on its own, but it was said."""
        for waiting in self._waiting.take_asked():
            self._account.remember(waiting.before)
            self._account.remember_turn(waiting)
        self._end_calls()
        if self._turn.state is not TurnState.IDLE:
            self._cut(now)

    def _end_calls(self) -> None:
        """What an interruption does to the calls that everybody waits for."""
        within = self._turn.take_wait()
        waits = [*([] if within is None else [within]), *self._calls.take_blocking()]
        if not waits:
            return
        made_again = self._calling.interrupted == "again"
        cancelled = tuple(id for wait in waits for id in self._calls.cancel(wait, made_again))
        if made_again:
            for wait in waits:
                self._waiting.follow(Continuation(again(wait), wait.turn or self._no_turn()))
            return
        self._emit(ToolCallsCancelled(cancelled))
        for wait in waits:
            self._calls.close(wait)

    def _cut(self, now: float) -> None:
        """The turn ends here; what waits for its end comes next."""
        for timer in (Timer.DELIVERY, Timer.TURN_END, Timer.ECHO, Timer.CALL_TURN_END):
            self._timers.cancel(timer)
        self._turn.park_open_calls()
        self._calls.drop_unsent()
        self._turn.interrupt()
        self._emit(Interrupted(self._turn.sent.heard_seconds(now)))
        self._complete(now, heard_until=now)

    def _complete(self, now: float, heard_until: float = inf) -> None:
        """Tell the end of the turn, keep what was said, and go on with what waits.

        Only an interrupted turn was not heard to its end: at no pace at all sound comes long before it can be played.
        """
        self._timers.cancel(Timer.ECHO)
        pending = bool(self._calls.parked)
        usage = self._account.close(self._turn.sent, heard_until)
        self._emit(TurnComplete(usage, self._turn.reason, pending))
        self._handles.turn_ends(pending)
        if self._turn.interrupts_after_end:
            self._emit(Interrupted())
        for wait in self._calls.parked:
            if wait.unsent:
                self._send_calls(wait, now)
        self._go_on(now)

    def _send_calls(self, wait: Wait, now: float) -> None:
        """Make calls that waited for the end of their turn."""
        wait.unsent, wait.deadline = False, deadline_of(wait.calls[0].step, now)
        self._calls.sent(wait.calls, wait.turn)
        self._emit(ToolCalls(tuple(call.call for call in wait.calls)))

    def _go_on(self, now: float) -> None:
        """Answer what waits, in a loop: answers that end at once must not nest."""
        if self._going_on:
            return
        self._going_on = True
        while self._turn.state is TurnState.IDLE:
            following = self._waiting.take(self._calls.blocks, self._user_speaks())
            if following is None:
                break
            if isinstance(following, Continuation):
                self._continue(following, now)
            else:
                self.ask(following, now)
        self._going_on = False
