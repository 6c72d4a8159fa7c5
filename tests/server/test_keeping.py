"""A store that takes its time: nothing is told that rests on what is not stored, and nobody else notices a store that fails."""

import asyncio
import gc
from asyncio import Future
from collections import deque
from contextlib import asynccontextmanager

import pytest
from live_server import AUDIO_MODEL, TEXT_MODEL, TEXT_SETUP, Client, Silence, said, serving
from websockets.asyncio.client import connect

from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.session.steps import CloseConnection, Handle, Say
from gemlive_emulator.store.memory import MemoryScribe, MemoryStore
from gemlive_emulator.store.record import StoreError

LIVE_MODEL = "models/gemini-3.8-live"
RESUMABLE = {"sessionResumption": {}}
LOST = StoreError("the store has gone away")


class Late(MemoryStore):
    """Answers each order when the test says so, in order.

    Attributes:
        waiting: what each order that was given is to do, with its answer.
        came: set when there is one.
    """

    def __init__(self):
        super().__init__()
        self.waiting = deque()
        self.came = asyncio.Event()

    def later(self, do):
        answer = Future()
        self.waiting.append((do, answer))
        self.came.set()
        return answer

    def scribe(self, *whose):
        return LateScribe(self, *whose)

    def find(self, handle, now):
        return self.later(lambda: super(Late, self).find(handle, now))

    async def order(self):
        """Wait for an order."""
        async with asyncio.timeout(5):
            await self.came.wait()

    async def do(self, error=None):
        """Let the oldest order be done, or fail."""
        await self.order()
        do, answer = self.waiting.popleft()
        if not self.waiting:
            self.came.clear()
        if error is None:
            answer.set_result(do())
        else:
            answer.set_exception(error)

    def at_once(self):
        """Do all that waits, and from now on everything as it comes."""
        while self.waiting:
            do, answer = self.waiting.popleft()
            answer.set_result(do())

        def later(do):
            answer = Future()
            answer.set_result(do())
            return answer

        self.later = later


class LateScribe(MemoryScribe):
    def remember(self, handle, snapshot, now):
        return self._store.later(lambda: MemoryScribe.remember(self, handle, snapshot, now))

    def follow(self, now):
        # What was said is written down as it is by now; what comes later is another order.
        self._length = max(len(snapshot.history.entries) for snapshot in self._live.values())
        return self._store.later(lambda: None)

    def forget(self, handle):
        return self._store.later(lambda: MemoryScribe.forget(self, handle))


def answer(turn, conversation):
    if turn.text == "bye":
        yield CloseConnection(1008, "Go away")
    elif turn.text == "kill":
        yield Handle("kill")
        yield Say("Killed.")
    else:
        yield Say(" ".join([*(one.text for one in conversation.history if one.role == "user"), turn.text]))


@asynccontextmanager
async def late(**more):
    store = Late()
    async with serving(responder=answer, store=store, **more) as served:
        yield served, store
    gc.collect()


async def told(client):
    """What has come so far: a pong comes behind it, since only what rests on the store waits."""
    await (await client.socket.ping())
    messages = []
    while True:
        try:
            async with asyncio.timeout(0):
                messages.append(await client.receive())
        except TimeoutError:
            return messages


async def say_and_wait(client, store, text="one"):
    """Take a turn up to where its handle is being stored."""
    await client.say(text)
    await store.order()


async def test_a_handle_is_told_when_it_is_stored_and_what_comes_behind_it_waits_too():
    async with late() as (served, store), served.client(**RESUMABLE) as client:
        await say_and_wait(client, store)
        before = await told(client)
        assert not any("newHandle" in message.get("sessionResumptionUpdate", {}) for message in before)
        await client.say("two")
        assert await told(client) == []
        await store.do()
        first = (await client.receive())["sessionResumptionUpdate"]["newHandle"]
        assert store._kept.keys() == {first}
        assert said(await client.turn()) == "one two"
        await store.do()
        second = (await client.receive())["sessionResumptionUpdate"]["newHandle"]
        assert store._kept.keys() == {first, second}


async def test_a_client_that_resumes_is_answered_when_its_handle_was_found():
    async with late() as (served, store):
        async with served.client(**RESUMABLE) as client:
            await say_and_wait(client, store)
            await store.do()
            handle = next(iter(store._kept))
        async with connect(served.url) as socket:
            client = Client(socket)
            setup = {**TEXT_SETUP["setup"], "sessionResumption": {"handle": handle}}
            await client.send({"setup": setup})
            await client.say("early")
            await store.order()
            assert await told(client) == []
            await store.do()
            assert "setupComplete" in await client.receive()
            assert said(await client.turn()) == "one early"


async def test_a_handle_that_is_not_found_closes_as_with_any_other_store():
    async with late() as (served, store), connect(served.url) as socket:
        client = Client(socket)
        await client.send({"setup": {**TEXT_SETUP["setup"], "sessionResumption": {"handle": "dead"}}})
        await store.do()
        assert await client.closed() == (1008, "BidiGenerateContent session not found")


async def test_when_the_store_fails_only_its_session_ends_and_the_log_says_why(caplog):
    async with late() as (served, store), served.client(**RESUMABLE) as client, served.client() as other:
        await say_and_wait(client, store)
        await store.do(LOST)
        assert await client.closed() == (1011, "Internal error encountered.")
        await other.say("still here?")
        assert said(await other.turn()) == "still here?"
        assert [failure.error for failure in served.around.failures.kept] == [LOST]
    assert "the store failed: the store has gone away" in caplog.text
    assert "Traceback" not in caplog.text


async def test_when_a_handle_cannot_be_looked_up_the_client_sees_an_internal_error():
    async with late() as (served, store), connect(served.url) as socket:
        client = Client(socket)
        await client.send({"setup": {**TEXT_SETUP["setup"], "sessionResumption": {"handle": "h"}}})
        await store.do(LOST)
        assert await client.closed() == (1011, "Internal error encountered.")


@pytest.mark.parametrize("error", [None, LOST])
async def test_a_client_that_left_meanwhile_is_nobodys_trouble(error):
    async with late() as (served, store):
        async with served.client(**RESUMABLE) as client:
            await say_and_wait(client, store)
        await served.empty()
        await store.do(error)
        async with connect(served.url) as socket:
            client = Client(socket)
            await client.send({"setup": {**TEXT_SETUP["setup"], "sessionResumption": {"handle": "h"}}})
            await store.order()
        await served.empty()
        await store.do(error)
        assert served.around.failures.kept == ()


async def test_a_session_that_ends_by_itself_says_so_last():
    async with late() as (served, store), served.client(**RESUMABLE) as client:
        await say_and_wait(client, store)
        await client.say("bye")
        await told(client)
        await store.do()
        assert "newHandle" in (await client.receive())["sessionResumptionUpdate"]
        assert await client.closed() == (1008, "Go away")


async def test_a_session_that_ended_by_itself_and_was_not_stored_ends_with_an_error():
    async with late() as (served, store), served.client(**RESUMABLE) as client:
        await say_and_wait(client, store)
        await client.say("bye")
        await told(client)
        await store.do(LOST)
        assert await client.closed() == (1011, "Internal error encountered.")


async def test_a_server_that_stops_tells_those_whose_messages_wait():
    async with late() as (served, store), served.client(**RESUMABLE) as client:
        await say_and_wait(client, store)
        for connection in list(served.around.connections):
            connection.close()
        assert (await client.closed())[0] == 1001
        await store.do()


async def test_handles_are_dead_before_the_model_goes_on():
    async with late() as (served, store), served.client(**RESUMABLE) as client:
        await say_and_wait(client, store)
        await store.do()
        await client.receive()
        await told(client)
        await client.say("kill")
        await store.order()
        assert said(await told(client)) == ""
        await store.do()
        assert said(await client.turn()) == "Killed."
        assert len(store) == 0


async def test_what_a_session_says_is_stored_before_it_is_told_where_the_handle_stands_for_all_of_it():
    async with late(source=Silence(cached=True, seconds=0.2)) as (served, store), connect(served.url) as socket:
        client = Client(socket)
        await client.send({"setup": {"model": LIVE_MODEL, "generationConfig": {"responseModalities": ["AUDIO"]}}})
        await store.do()
        assert "setupComplete" in await client.receive()
        assert "newHandle" in (await client.receive())["sessionResumptionUpdate"]
        await client.send({"realtimeInput": {"text": "one"}})
        await store.order()
        assert await told(client) == []
        store.at_once()
        assert (await client.turn())[-1]["serverContent"]["turnComplete"]


async def test_moving_the_clock_waits_for_the_store():
    clock = ManualClock()
    async with late(clock=clock) as (served, store), served.client(**RESUMABLE) as client:
        await say_and_wait(client, store)
        moved = asyncio.gather(clock.advance(1), store.do())
        await moved
        assert any("newHandle" in message.get("sessionResumptionUpdate", {}) for message in await told(client))


async def test_a_store_that_answers_at_once_needs_no_gate():
    async with serving(responder=answer) as served, served.client(TEXT_MODEL, **RESUMABLE) as client:
        await client.say("one")
        await client.turn()
        assert "newHandle" in (await client.receive())["sessionResumptionUpdate"]
        (connection,) = served.around.connections
        assert connection._driver._outlet is connection


# What is known of a session that is resumed.


@asynccontextmanager
async def spoken(**more):
    async with serving(responder=answer, source=Silence(cached=True, seconds=0.2), **more) as served:
        yield served


@asynccontextmanager
async def resuming(served, handle="", model=LIVE_MODEL):
    """A client of 3.8; gives it with its handle, once it was let in."""
    async with connect(served.url, compression=None) as socket:
        client = Client(socket)
        setup = {"model": model, "generationConfig": {"responseModalities": ["AUDIO"]}}
        await client.send({"setup": {**setup, "sessionResumption": {"handle": handle} if handle else {}}})
        yield client


async def let_in(client):
    assert "setupComplete" in await client.receive()
    return (await client.receive())["sessionResumptionUpdate"]["newHandle"]


async def test_a_session_is_not_resumed_while_it_is_open_nor_right_after_it_was_lost():
    clock = ManualClock()
    refused = (1011, "Internal error encountered.")
    async with spoken(clock=clock) as served:
        async with resuming(served) as first:
            handle = await let_in(first)
            async with resuming(served, handle) as second:
                assert await second.closed() == refused
            first.socket.transport.abort()
            await served.empty()
        await clock.advance(1.2)
        async with resuming(served, handle) as early:
            assert await early.closed() == refused
        # An attempt that was refused is not the end of the session: what counts is since when it is lost.
        await clock.advance(0.1)
        async with resuming(served, handle) as later:
            latest = await let_in(later)
            # It is the same session, by whichever of its handles.
            for known in (handle, latest):
                async with resuming(served, known) as another:
                    assert await another.closed() == refused
        # After a client has closed it, at once is early enough.
        await served.empty()
        async with resuming(served, handle) as at_once:
            await let_in(at_once)


async def test_the_handle_of_a_session_with_another_model_is_taken_and_then_fails():
    async with spoken() as served, served.client(**RESUMABLE) as client:
        await client.say("one")
        await client.turn()
        handle = (await client.receive())["sessionResumptionUpdate"]["newHandle"]
        async with resuming(served, handle, AUDIO_MODEL) as other:
            assert "setupComplete" in await other.receive()
            assert await other.closed() == (1011, "Internal error occurred.")
