"""Responders in each form in which they may be written, made into the one that a session takes."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator, Sequence
from functools import partial
from inspect import isawaitable, iscoroutine
from typing import Any, Protocol, get_args

from gemlive_emulator.server.clock import Clock
from gemlive_emulator.server.failures import Failures
from gemlive_emulator.session.commands import Ask
from gemlive_emulator.session.steps import (
    STEP_NAMES,
    Consult,
    Conversation,
    Reply,
    Responder,
    Say,
    Silence,
    Step,
    UserTurn,
)
from gemlive_emulator.wire.errors import EmulatorError

Answer = str | Step | Sequence[str | Step] | None
"""What is said or done in one piece: a text, a step, several of them, or ``None`` for no answer at all."""

AnyResponder = Callable[[UserTurn, Conversation], Iterator[Step] | AsyncIterator[Step] | Awaitable[Answer] | Answer]
"""A generator function, an asynchronous one, or a function, asynchronous or not, that returns an :data:`Answer`."""

_STEPS = get_args(Step)
_END = object()

STOP_SECONDS = 1.0
"""How long what is cancelled may take to end."""


class Asker(Protocol):
    """Who asks (:class:`gemlive_emulator.server.driver.Driver`)."""

    @property
    def name(self) -> str:
        """The session's, for the log."""
        ...

    def answered(self, request: int, value: Any, error: BaseException | None) -> None:
        """Take an answer, or what was raised instead."""
        ...


class Asks:
    """Runs what replies wait for, one task each.

    Args:
        clock: is stirred with each step that a task takes: one that is moved by hand goes on only when every task is
            done or waits for something outside the event loop's own doing (a socket, a thread, a real timer, the test).
        failures: told of what goes wrong where nobody waits for it any more.
    """

    def __init__(self, clock: Clock, failures: Failures) -> None:
        self._clock = clock
        self._failures = failures
        self._wanted: dict[Asker, dict[int, asyncio.Task[Any]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, asker: Asker, request: Ask) -> None:
        """Await what is asked for; the asker is given the answer on the loop, unless the request is cancelled."""

        def done(task: asyncio.Task[Any]) -> None:
            if self._wanted.get(asker, {}).pop(request.id, None) is not None:
                asker.answered(request.id, *_outcome(task))
            else:
                self._regret(asker.name, task)

        self._wanted.setdefault(asker, {})[request.id] = self._run(request.ask, done)

    def cancel(self, asker: Asker, request: int) -> None:
        """Nobody waits for this answer any more."""
        task = self._wanted.get(asker, {}).pop(request, None)
        if task is not None:
            task.cancel()

    def cancel_all(self, asker: Asker) -> None:
        """The asker is gone."""
        for task in self._wanted.pop(asker, {}).values():
            task.cancel()

    def close(self, name: str, close: Callable[[], Awaitable[None]]) -> None:
        """Let something end that its session, of this name, waits for no longer."""
        self._run(close, lambda task: self._regret(name, task))

    async def stop(self) -> None:
        """Wait until all has ended that its sessions have cancelled or closed, and not long for what does not."""
        for _ in range(2):
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=STOP_SECONDS / 2)
            for task in self._tasks:
                task.cancel()

    def _run(self, make: Callable[[], Awaitable[Any]], then: Callable[[asyncio.Task[Any]], None]) -> asyncio.Task[Any]:
        # Cancelled before its first step, a task never calls make, so that no coroutine is made and then forgotten.
        task = asyncio.get_running_loop().create_task(_all_of(make, self._clock.stir))
        self._tasks.add(task)
        self._clock.stir()

        def done(task: asyncio.Task[Any]) -> None:
            self._tasks.discard(task)
            self._clock.stir()
            then(task)

        task.add_done_callback(done)
        return task

    def _regret(self, name: str, task: "asyncio.Task[Any]") -> None:
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, Exception):
            self._failures.tell(name, "what was cut off did not end well", error)


def _outcome(task: "asyncio.Task[Any]") -> tuple[Any, BaseException | None]:
    """What a task that is done returned, and what it raised; a cancelled one raised that it was."""
    if task.cancelled():
        return None, EmulatorError("what the responder waited for was cancelled, and not by the session")
    error = task.exception()
    return (None, error) if error is not None else (task.result(), None)


def adapt(responder: AnyResponder, asks: Asks, name: str) -> Responder:
    """The responder, in any form, as a session of this name takes it."""

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        made = responder(turn, conversation)
        if isinstance(made, Generator):
            return made
        if isinstance(made, AsyncIterator):
            return _pulled(made if isinstance(made, AsyncGenerator) else _each(made), asks, name)
        return _awaited(made) if isawaitable(made) else _done(made)

    return respond


def _pulled(steps: AsyncGenerator[Step, Any], asks: Asks, name: str) -> Reply:
    """The reply of an asynchronous generator, step by step."""
    turns = asyncio.Lock()

    async def pull(go_on: Callable[[], Awaitable[Any]]) -> Any:
        async with turns:
            try:
                return await go_on()
            except StopAsyncIteration:
                return _END

    async def close() -> None:
        # A generator cannot be closed while a pull that was cancelled is still on its way out.
        async with turns:
            await steps.aclose()

    go_on: Callable[[], Awaitable[Any]] = partial(steps.asend, None)
    try:
        while (step := (yield Consult(partial(pull, go_on)))) is not _END:
            try:
                go_on = partial(steps.asend, (yield step))
            except Exception as error:
                go_on = partial(steps.athrow, error)
    except GeneratorExit:
        asks.close(name, close)
        raise


async def _each(steps: AsyncIterator[Step]) -> AsyncGenerator[Step, Any]:
    """An iterator that is no generator: it takes no results."""
    async for step in steps:
        yield step


def _awaited(answer: Awaitable[Answer]) -> Reply:
    """The reply of an asynchronous function."""
    taken = False

    def take() -> Awaitable[Answer]:
        nonlocal taken
        taken = True
        return answer

    try:
        value = yield Consult(take)
    finally:
        if not taken and iscoroutine(answer):
            answer.close()
    yield from _done(value)


def _done(answer: Answer | Iterator[Step]) -> Reply:
    """The reply that was returned in one piece."""
    for part in _in_parts(answer):
        if isinstance(part, str):
            yield Say(part)
        elif isinstance(part, _STEPS):
            yield part
        else:
            right = f"a text, a step ({', '.join(STEP_NAMES)}), a list of these, or None for no answer"
            raise EmulatorError(f"the responder returned {part!r}; it has to be {right}")


def _in_parts(answer: Any) -> Iterable[Any]:
    if answer is None:
        return (Silence(),)
    return answer if isinstance(answer, list | tuple | Iterator) else (answer,)


class _Stepwise:
    """An awaitable of which somebody hears at each of its steps."""

    def __init__(self, awaited: Awaitable[Any], stepped: Callable[[], None]) -> None:
        self._awaited = awaited
        self._stepped = stepped

    def __await__(self) -> Generator[Any, Any, Any]:
        steps: Any = self._awaited.__await__()
        go_on: Callable[[], Any] = partial(next, steps)
        while True:
            self._stepped()
            try:
                waits_for = go_on()
            except StopIteration as end:
                return end.value
            try:
                yield waits_for
            except BaseException as error:
                go_on = partial(steps.throw, error)
            else:
                go_on = partial(next, steps)


async def _all_of(ask: Callable[[], Awaitable[Any]], stepped: Callable[[], None]) -> Any:
    return await _Stepwise(ask(), stepped)
