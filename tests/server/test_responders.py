"""Responders in every form: generators and functions, asynchronous or not."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from live_server import said
from responding import Log, client_of, emulator_of, opened

from gemlive_emulator.server.responders import AnyResponder
from gemlive_emulator.session.steps import Consult, Conversation, Pause, Reply, Say, Step, UserTurn
from gemlive_emulator.session.tools import CallTools, ToolCall
from gemlive_emulator.wire.errors import EmulatorError

WEATHER = {"functionDeclarations": [{"name": "get_weather", "parameters": {"type": "OBJECT"}}]}


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
