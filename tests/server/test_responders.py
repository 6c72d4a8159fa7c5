"""Responders in every form: generators and functions, asynchronous or not, and what becomes of them when a turn is cut."""

import asyncio
import gc
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from live_server import TEXT_SETUP, Client, said
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.failures import Failures
from gemlive_emulator.server.responders import AnyResponder, Asks, adapt
from gemlive_emulator.session.commands import Ask
from gemlive_emulator.session.steps import Consult, Conversation, Pause, Reply, Say, Step, UserTurn
from gemlive_emulator.session.tools import CallTools, ToolCall
from gemlive_emulator.wire.errors import EmulatorError

NOBODY: Any = None
"""A conversation that nobody looks at."""
GEMINI = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
WEATHER = {"functionDeclarations": [{"name": "get_weather", "parameters": {"type": "OBJECT"}}]}


def emulator_of(responder: AnyResponder, clock: ManualClock | None = None) -> Emulator:
    return Emulator(Settings(port=0, pace="at-once", voice="formant"), responder=responder, clock=clock)


def client_of(emulator: Emulator) -> connect:
    return connect(emulator.url.replace("http", "ws", 1) + GEMINI)


async def opened(connection: Any, **setup: Any) -> Client:
    client = Client(connection)
    await client.send({"setup": {**TEXT_SETUP["setup"], **setup}})
    assert await client.receive() == {"setupComplete": {}}
    return client


def generator(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(f"{turn.text} ")
    yield Say(conversation.modality)


async def asynchronous_generator(turn: UserTurn, conversation: Conversation) -> AsyncIterator[Step]:
    yield Say(f"{turn.text} ")
    await asyncio.sleep(0)
    yield Say(conversation.modality)


async def asynchronous_function(turn: UserTurn, conversation: Conversation) -> str:
    await asyncio.sleep(0)
    return f"{turn.text} {conversation.modality}"


def function(turn: UserTurn, conversation: Conversation) -> str:
    return f"{turn.text} {conversation.modality}"


def function_of_an_iterator(turn: UserTurn, conversation: Conversation) -> Iterator[Step]:
    return iter([Say(turn.text), Say(" "), Say(conversation.modality)])


class Steps:
    """An asynchronous iterator that is no generator."""

    def __init__(self, turn: UserTurn, conversation: Conversation) -> None:
        self._steps = iter([Say(f"{turn.text} "), Say(conversation.modality)])

    def __aiter__(self) -> AsyncIterator[Step]:
        return self

    async def __anext__(self) -> Step:
        for step in self._steps:
            return step
        raise StopAsyncIteration


class Object:
    async def __call__(self, turn: UserTurn, conversation: Conversation) -> list[str | Step]:
        return [f"{turn.text} ", Pause(0), Say(conversation.modality)]


def function_of_a_future(turn: UserTurn, conversation: Conversation) -> Awaitable[Step]:
    future: asyncio.Future[Step] = asyncio.get_running_loop().create_future()
    future.set_result(Say(f"{turn.text} {conversation.modality}"))
    return future


@pytest.mark.parametrize(
    "responder",
    [
        generator,
        asynchronous_generator,
        asynchronous_function,
        function,
        function_of_an_iterator,
        Steps,
        Object(),
        function_of_a_future,
        lambda turn, conversation: (Say(turn.text), " ", Say(conversation.modality)),
    ],
)
async def test_a_responder_may_be_written_in_any_form(responder: AnyResponder) -> None:
    async with emulator_of(responder) as emulator, client_of(emulator) as connection:
        client = await opened(connection)
        for text in ("One", "Two"):
            await client.say(text)
            assert said(await client.turn()) == f"{text} TEXT"


class Log(list[str]):
    """What happened, and a way to wait for it."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()

    def note(self, what: str) -> None:
        self.append(what)
        self.changed.set()

    async def until(self, what: str) -> None:
        async with asyncio.timeout(5):
            while what not in self:
                self.changed.clear()
                await self.changed.wait()


def nothing(log: Log) -> AnyResponder:
    def answer(turn: UserTurn, conversation: Conversation) -> str | None:
        log.note(turn.text)
        return None if turn.number == 1 else "Here I am."

    return answer


def nothing_later(log: Log) -> AnyResponder:
    async def answer(turn: UserTurn, conversation: Conversation) -> str | None:
        await asyncio.sleep(0)
        log.note(turn.text)
        return None if turn.number == 1 else "Here I am."

    return answer


@pytest.mark.parametrize("make", [nothing, nothing_later])
async def test_nothing_is_no_answer(make: Callable[[Log], AnyResponder]) -> None:
    log = Log()
    async with emulator_of(make(log)) as emulator, client_of(emulator) as connection:
        client = await opened(connection)
        await client.say("Are you there?")
        await log.until("Are you there?")
        await client.say("Hello?")
        assert said(await client.turn()) == "Here I am."


async def test_an_asynchronous_generator_gets_the_results_of_its_calls() -> None:
    async def ask(turn: UserTurn, conversation: Conversation) -> AsyncGenerator[Step, Any]:
        results = yield CallTools((ToolCall("get_weather"),))
        await asyncio.sleep(0)
        yield Say(f"It is {results[0].response['degrees']} degrees.")

    async with emulator_of(ask) as emulator, client_of(emulator) as connection:
        client = await opened(connection, tools=[WEATHER])
        await client.say("How warm is it?")
        while "toolCall" not in (message := await client.receive()):
            pass
        (call,) = message["toolCall"]["functionCalls"]
        response = {"id": call["id"], "name": call["name"], "response": {"degrees": 21}}
        await client.send({"toolResponse": {"functionResponses": [response]}})
        assert said(await client.turn()) == "It is 21 degrees."


async def test_what_a_step_raises_is_raised_in_the_asynchronous_generator() -> None:
    async def fail() -> None:
        raise LookupError("not there")

    async def ask(turn: UserTurn, conversation: Conversation) -> AsyncIterator[Step]:
        try:
            yield Consult(fail)
        except LookupError as error:
            yield Say(f"It is {error}.")

    async with emulator_of(ask) as emulator, client_of(emulator) as connection:
        client = await opened(connection)
        await client.say("Where is it?")
        assert said(await client.turn()) == "It is not there."


@pytest.mark.parametrize("value", [42, ["Hello", 42], {"say": "Hello"}])
async def test_what_is_no_answer_is_an_error_that_says_what_would_be_one(value: Any) -> None:
    async with emulator_of(lambda turn, conversation: value) as emulator, client_of(emulator) as connection:
        client = await opened(connection)
        await client.say("Hello")
        code, words = await client.closed()
        assert (code, words.split()[:3]) == (1011, ["the", "responder", "returned"])
        with pytest.raises(EmulatorError, match=r"the responder returned .*; it has to be a text, a step \(Say, "):
            emulator.check()


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
    asks = Asks(ManualClock(), Failures())
    reply = adapt(asynchronous_function, asks, "a session")(UserTurn("Hello", 1), NOBODY)
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
