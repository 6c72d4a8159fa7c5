"""What responders wait for outside: cut, failed, cancelled, or still there when the session ends."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from live_server import said
from responding import Log, client_of, emulator_of, opened

from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.failures import Failures
from gemlive_emulator.server.responders import AnyResponder, Asks, adapt
from gemlive_emulator.session.commands import Ask
from gemlive_emulator.session.steps import Consult, Conversation, Pause, Say, Step, UserTurn
from gemlive_emulator.wire.errors import EmulatorError

NOBODY: Any = None
"""A conversation that nobody looks at."""


def waiting_function(log: Log) -> AnyResponder:
    async def wait(turn: UserTurn, conversation: Conversation) -> str:
        try:
            log.note(turn.text)
            if turn.number == 1:
                await asyncio.Event().wait()
            return "Yes."
        finally:
            log.note(f"{turn.text} is over")

    return wait


def waiting_generator(log: Log) -> AnyResponder:
    async def wait(turn: UserTurn, conversation: Conversation) -> AsyncIterator[Step]:
        try:
            log.note(turn.text)
            if turn.number == 1:
                await asyncio.Event().wait()
            yield Say("Yes.")
        finally:
            log.note(f"{turn.text} is over")

    return wait


def slow_generator(log: Log) -> AnyResponder:
    async def pause(turn: UserTurn, conversation: Conversation) -> AsyncIterator[Step]:
        try:
            if turn.number == 1:
                yield Say("Let me see.")
                log.note(turn.text)
                yield Pause(3600)
            yield Say("Yes.")
        finally:
            await asyncio.sleep(0)
            log.note(f"{turn.text} is over")

    return pause


WAITERS = [waiting_function, waiting_generator, slow_generator]


@pytest.mark.parametrize("make", WAITERS)
async def test_an_interruption_cancels_what_is_waited_for(make: Callable[[Log], AnyResponder]) -> None:
    log = Log()
    async with emulator_of(make(log)) as emulator, client_of(emulator) as connection:
        client = await opened(connection)
        await client.say("Wait")
        await log.until("Wait")
        await client.say("And now?")
        messages = await client.turn()
        if said(messages) != "Yes.":  # the end of the interrupted turn
            assert messages[-1]["serverContent"].get("turnComplete")
            messages = await client.turn()
        assert said(messages) == "Yes."
        await log.until("Wait is over")
    assert emulator.failures == ()


@pytest.mark.parametrize("make", WAITERS)
@pytest.mark.parametrize("first", ["client", "emulator"])
async def test_nothing_is_left_when_the_session_ends(make: Callable[[Log], AnyResponder], first: str) -> None:
    log, tasks = Log(), asyncio.all_tasks()
    async with emulator_of(make(log)) as emulator:
        connection = await client_of(emulator)
        client = await opened(connection)
        await client.say("Wait")
        await log.until("Wait")
        if first == "client":
            await connection.close()
            await log.until("Wait is over")
    await log.until("Wait is over")
    await connection.wait_closed()
    assert asyncio.all_tasks() - tasks == set()


async def test_what_fails_when_it_is_cut_is_kept() -> None:
    log = Log()

    async def stubborn(turn: UserTurn, conversation: Conversation) -> AsyncIterator[Step]:
        if turn.number > 1:
            yield Say("Yes.")
            return
        try:
            log.note("begun")
            await asyncio.Event().wait()
        finally:
            log.note("over")
            raise LookupError("nothing to tidy up")

    async with emulator_of(stubborn) as emulator, client_of(emulator) as connection:
        client = await opened(connection)
        await client.say("Wait")
        await log.until("begun")
        await client.say("Go on")
        await log.until("over")
        while said(await client.turn()) != "Yes.":
            pass
        with pytest.raises(LookupError, match="nothing to tidy up"):
            emulator.check()


async def test_a_generator_that_fails_to_close_is_kept() -> None:
    log = Log()

    async def untidy(turn: UserTurn, conversation: Conversation) -> AsyncIterator[Step]:
        try:
            yield Say("One moment.")
            log.note("begun")
            yield Pause(3600)
        finally:
            log.note("over")
            raise LookupError("nothing to tidy up")

    async with emulator_of(untidy) as emulator, client_of(emulator) as connection:
        client = await opened(connection)
        await client.say("Wait")
        await log.until("begun")
        await emulator.stop()
        assert log[-1] == "over"
        with pytest.raises(LookupError, match="nothing to tidy up"):
            emulator.check()


async def test_a_responder_that_cancels_itself_is_told_of() -> None:
    async def give_up(turn: UserTurn, conversation: Conversation) -> str:
        raise asyncio.CancelledError

    async with emulator_of(give_up) as emulator, client_of(emulator) as connection:
        client = await opened(connection)
        await client.say("Hello")
        assert (await client.closed())[0] == 1011
        with pytest.raises(EmulatorError, match="was cancelled, and not by the session"):
            emulator.check()


async def test_stopping_does_not_wait_for_what_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gemlive_emulator.server.responders.STOP_SECONDS", 0.02)
    log, free = Log(), asyncio.Event()

    async def stay(turn: UserTurn, conversation: Conversation) -> str:
        while not free.is_set():
            try:
                log.note("waits")
                await free.wait()
            except asyncio.CancelledError:
                log.note("stays")
        return ""

    async with emulator_of(stay) as emulator:
        connection = await client_of(emulator)
        client = await opened(connection)
        await client.say("Stay")
        await log.until("waits")
        async with asyncio.timeout(5):
            await emulator.stop()
    assert "stays" in log
    free.set()
    await connection.wait_closed()


async def test_a_clock_moved_by_hand_waits_for_what_can_go_on() -> None:
    """A hundred passes of the loop are more than the clock takes for quiet; each step of the task is heard of."""
    clock = ManualClock()

    async def think(turn: UserTurn, conversation: Conversation) -> AsyncIterator[Step]:
        yield Pause(1.0)
        for _ in range(100):
            await asyncio.sleep(0)
        yield Say(f"It is {clock.now():g}.")
        yield Pause(1.0)

    async with emulator_of(think, clock) as emulator, client_of(emulator) as connection:
        client = await opened(connection)
        await client.say("What time is it?")
        await clock.advance(10.0)
        assert said(await client.turn()) == "It is 1."


async def test_a_clock_moved_by_hand_does_not_wait_for_what_the_test_does_later() -> None:
    clock, answer = ManualClock(), asyncio.Event()

    async def wait(turn: UserTurn, conversation: Conversation) -> str:
        await answer.wait()
        return f"It is {clock.now():g}."

    async with emulator_of(wait, clock) as emulator, client_of(emulator) as connection:
        client = await opened(connection)
        await client.say("Tell me when")
        await clock.advance(10.0)
        answer.set()
        await clock.settle()
        assert said(await client.turn()) == "It is 10."


class Caller:
    """Somebody who asks."""

    name = "a session"

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any, BaseException | None]] = []

    def answered(self, request: int, value: Any, error: BaseException | None) -> None:
        self.answers.append((request, value, error))


async def test_what_is_cancelled_before_it_begins_is_never_made() -> None:
    asks, caller, made = Asks(ManualClock(), Failures()), Caller(), list[str]()

    async def ask() -> None:
        made.append("made")

    asks.start(caller, Ask(1, ask))
    asks.start(caller, Ask(2, ask))
    asks.cancel(caller, 1)
    await asks.stop()
    assert made == ["made"]
    assert caller.answers == [(2, None, None)]


async def test_a_function_whose_turn_is_cut_before_it_begins_is_closed() -> None:
    """Else Python warns of a coroutine that was never awaited, and a warning is an error here."""

    async def answer(turn: UserTurn, conversation: Conversation) -> str:
        return turn.text

    asks = Asks(ManualClock(), Failures())
    reply = adapt(answer, asks, "a session")(UserTurn("Hello", 1), NOBODY)
    assert isinstance(next(reply), Consult)
    reply.close()
    del reply
    gc.collect()
    await asks.stop()


async def test_an_awaitable_sees_what_is_thrown_into_it() -> None:
    """The step by step way of a task hands cancellation through to what it awaits, and takes what comes of it."""
    asks, caller, begun = Asks(ManualClock(), Failures()), Caller(), asyncio.Event()
    loop = asyncio.get_running_loop()
    future: asyncio.Future[str] = loop.create_future()

    async def ask() -> str:
        begun.set()
        try:
            return await future
        except LookupError as error:
            return f"caught {error}"

    asks.start(caller, Ask(1, ask))
    await begun.wait()
    future.set_exception(LookupError("nothing"))
    await asks.stop()
    assert caller.answers == [(1, "caught nothing", None)]
    asks.cancel(caller, 1)
    asks.cancel_all(caller)
