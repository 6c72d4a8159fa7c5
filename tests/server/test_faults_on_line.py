"""What a client sees of each fault of messages and of time, on its socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from faulty_line import AUDIO, CUT, LOST, SETUP, TURN, asked, faulty, got
from live_server import AUDIO_MODEL, TEXT_MODEL, TEXT_SETUP, Served, Silence, serving
from test_frames import masked

from gemlive_emulator.scenario.faults.call import fault_of_call
from gemlive_emulator.scenario.faults.catalogue import FAULTS
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.settings import Settings
from gemlive_emulator.session.commands import Misbehave
from gemlive_emulator.session.steps import CloseConnection, Conversation, Reply, Say, Tell, UserTurn

ON_MESSAGES: dict[str, tuple[tuple[str, ...], dict[str, Any], list[str]]] = {
    "none of another connection": (("malformed",), {"connection": 2}, TURN),
    "drop": (("drop", "audio"), {"at": "audio 2"}, ["thought", *AUDIO[1:], *TURN[-2:]]),
    "drop twice": (("drop", "audio"), {"at": "audio 2", "times": 2}, ["thought", *AUDIO[2:], *TURN[-2:]]),
    "drop of an end": (("drop", "turn_complete"), {}, TURN[:-1]),
    "drop of the other end": (("drop", "generation_complete"), {}, [*TURN[:-2], "turn_complete"]),
    "duplicate": (("duplicate", "turn_complete"), {}, [*TURN, "turn_complete"]),
    "swap": (("swap", "audio"), {"at": "audio 5"}, [*TURN[:5], "generation_complete", "audio 9600", "turn_complete"]),
    "malformed": (("malformed",), {"at": "audio 1"}, ["thought", "JSONDecodeError", *AUDIO[1:], *TURN[-2:]]),
    "not_utf8": (("not_utf8",), {"at": "audio 1"}, ["thought", "UnicodeDecodeError", *AUDIO[1:], *TURN[-2:]]),
    "wrong_frame": (("wrong_frame",), {"at": "turn 1"}, ["text frame: thought", *TURN[1:]]),
    "unknown_field": (
        ("unknown_field",),
        {"at": "generation_complete"},
        [*TURN[:-2], "unheardOf, generation_complete, unheardOf {'is': ['new', 1]}", "turn_complete"],
    ),
    "unknown_message": (("unknown_message",), {"at": "turn_complete"}, [*TURN[:-1], "unheardOf", "turn_complete"]),
    "nulls": (
        ("nulls",),
        {"at": "generation_complete"},
        [
            *TURN[:-2],
            "toolCall, goAway, interrupted False, turnComplete False, generation_complete, groundingMetadata None",
            "turn_complete",
        ],
    ),
    "odd_audio": (("odd_audio",), {"at": "audio 2"}, ["thought", AUDIO[0], "audio 9599", *AUDIO[2:], *TURN[-2:]]),
    "empty_audio": (("empty_audio",), {}, ["thought", "audio 0", *AUDIO[1:], *TURN[-2:]]),
    "cut_audio": (("cut_audio", "20ms"), {"at": "turn 1"}, ["thought", "audio 960", *AUDIO[1:], *TURN[-2:]]),
    "mime_type": (
        ("mime_type", "audio/pcm;rate=16000"),
        {},
        ["thought", *["audio/pcm;rate=16000 9600"] * 5, *TURN[-2:]],
    ),
    "no mime_type": (
        ("mime_type", ""),
        {"at": "audio 3"},
        ["thought", *AUDIO[:2], *["untyped 9600"] * 3, *TURN[-2:]],
    ),
    "fragments": (("fragments", "100"), {}, TURN),
    "slices": (("slices", "100"), {}, TURN),
    "send": (("send",), {"goAway": {"timeLeft": "5s"}, "at": "audio 2"}, [*TURN[:3], "goAway", *TURN[3:]]),
    "close": (("close",), {"code": 1011, "reason": "Enough.", "at": "audio 2"}, [*TURN[:3], "1011 Enough."]),
    "close by the turn": (("close", "1008"), {"at": "turn 1"}, ["thought", "1008"]),
    "close by the input": (("close", "1011"), {"at": "input 2"}, ["1011"]),
    "close without a frame": (("close", "eof"), {"at": "audio 2"}, [*TURN[:3], LOST]),
    "close by the first message": (("close", "1011"), {"at": "message 2"}, ["thought", "1011"]),
}


HELLO = '{"clientContent": {"turns": [{"role": "user", "parts": [{"text": "Hello"}]}], "turnComplete": true}}'
UPSTREAM: dict[str, tuple[tuple[str, ...], dict[str, Any], float]] = {
    "latency": (("latency", "5s"), {"at": "input 2"}, 5.0),
    "delay": (("delay", "5s"), {"at": "input 2"}, 5.0),
    "bandwidth": (("bandwidth", "1"), {"at": "input 2"}, len(HELLO) / 1000),
    "burst": (("burst", "3s"), {"at": "input 2"}, 3.0),
    "stall": (("stall", "2s"), {"at": "input 2"}, 2.0),
    "latency by something that was sent": (("latency", "5s"), {"at": "setup"}, 5.0),
    "latency by the time": (("latency", "5s"), {"at": "1s"}, 0.0),
}


@pytest.mark.parametrize("case", UPSTREAM)
async def test_what_the_client_sends_takes_its_time(case: str) -> None:
    """It is answered as much later, and what goes out is as usual."""
    (name, *value), keys, late = UPSTREAM[case]
    async with asked(name, *value, **keys, direction="upstream") as (client, clock):
        if late:
            await clock.advance(late - 0.001)
            assert await got(client, clock) == []
            await clock.advance(0.001)
        assert await got(client, clock) == TURN


@asynccontextmanager
async def slow_uplink(heard: list[str]) -> AsyncIterator[tuple[Served, ManualClock]]:
    """A server to which all but the setup takes two seconds, and which notes the turns that it hears."""

    def answer(turn: UserTurn, conversation: Conversation) -> Reply:
        heard.append(turn.text)
        yield Say("Hm.")

    clock = ManualClock()
    async with serving(clock=clock, source=Silence(cached=True), responder=answer) as served:
        served.around.faults.write("latency", "2s", at="input 2", direction="upstream")
        yield served, clock


async def test_what_is_on_its_way_arrives_in_order() -> None:
    heard: list[str] = []
    async with slow_uplink(heard) as (served, clock), served.client(TEXT_MODEL) as client:
        await client.say("one")
        await clock.advance(1)
        await client.say("two")
        await clock.advance(1.5)
        assert heard == ["one"]
        await clock.advance(0.5)
        assert heard == ["one", "two"]


async def test_who_never_gets_through_is_never_heard() -> None:
    async with asked("stall", "forever", at="input 2", direction="upstream") as (client, clock):
        await clock.advance(60)
        assert await got(client, clock) == []


async def test_what_was_sent_before_a_close_is_heard_before_it() -> None:
    heard: list[str] = []
    async with slow_uplink(heard) as (served, clock):
        async with served.client(TEXT_MODEL) as client:
            await client.say("Hello")
            await clock.settle()
            assert heard == []
        await served.empty()
        assert heard == ["Hello"]


async def test_nothing_is_heard_behind_the_end_of_a_session() -> None:
    heard: list[str] = []
    async with slow_uplink(heard) as (served, clock):
        served.around.faults.write("close", "1011", at="1s")
        async with served.client(TEXT_MODEL) as client:
            await client.say("Hello")
            await clock.advance(60)
            assert await got(client, clock) == ["1011"]
        assert heard == []


async def test_more_on_its_way_than_may_wait_is_too_much() -> None:
    settings = Settings(outbox_limit=65_536)
    slow = faulty("latency", "5s", at="input 2", direction="upstream", settings=settings)
    async with slow as (served, clock), served.client(AUDIO_MODEL) as client:
        await client.say("Hello" * 20_000)
        assert await got(client, clock) == [LOST]


@pytest.mark.parametrize("case", ON_MESSAGES)
async def test_an_answer_with_a_fault(case: str) -> None:
    (name, *value), keys, seen = ON_MESSAGES[case]
    async with asked(name, *value, **keys) as (client, clock):
        assert await got(client, clock) == seen


async def test_a_usual_answer() -> None:
    async with asked("delay", "1s", at="turn 2") as (client, clock):
        assert await got(client, clock) == TURN


IN_TIME: dict[str, tuple[tuple[str, ...], dict[str, Any], list[tuple[float, list[str]]]]] = {
    "stall": (("stall", "2s"), {"at": "audio 3"}, [(0, TURN[:4]), (1.9, []), (0.1, TURN[4:])]),
    "stall for ever": (("stall", "forever"), {"at": "audio 3"}, [(0, TURN[:4]), (300, [])]),
    "delay": (("delay", "2s"), {"at": "audio 3"}, [(0, TURN[:3]), (1.9, []), (0.1, TURN[3:])]),
    "latency": (("latency", "2s"), {"at": "turn"}, [(1.9, []), (0.1, TURN)]),
    "latency for some": (("latency", "2s"), {"at": "audio 5", "times": 1}, [(1.9, TURN[:5]), (0.1, TURN[5:])]),
    "burst": (("burst", "3s"), {"at": "turn 1"}, [(2.9, []), (0.1, TURN)]),
    # Each part is 12.8 kB of base64 in about 12.9 kB of frame, so five pieces of 3 kB.
    "bandwidth": (
        ("bandwidth", "129"),
        {"at": "audio"},
        [(0.09, TURN[:1]), (0.02, TURN[1:2]), (0.1, TURN[2:3]), (0.1, TURN[3:4]), (0.2, TURN[4:])],
    ),
    "slices with pauses": (
        ("slices",),
        {"size": 3000, "pause": "10ms", "at": "audio 5"},
        [(0.039, TURN[:5]), (0.002, TURN[5:])],
    ),
    "close in time": (("close", "1011"), {"at": "30s"}, [(29, TURN), (1, ["1011"])]),
    "reset in time": (("close", "reset"), {"at": "30s"}, [(29, TURN), (1, [LOST])]),
    "send in time": (("send",), {"serverContent": {"interrupted": True}, "at": "30s"}, [(29, TURN), (1, [CUT])]),
    "drop in time": (("drop",), {"at": "30s"}, [(31, TURN)]),
}


@pytest.mark.parametrize("case", IN_TIME)
async def test_an_answer_in_time(case: str) -> None:
    (name, *value), keys, seen = IN_TIME[case]
    async with asked(name, *value, **keys) as (client, clock):
        for seconds, messages in seen:
            await clock.advance(seconds)
            assert await got(client, clock) == messages


async def test_a_fault_in_time_waits_for_a_message() -> None:
    async with asked("drop", at="30s") as (client, clock):
        await clock.advance(31)
        assert await got(client, clock) == TURN
        await client.say("Again")
        assert await got(client, clock) == TURN[1:]


async def test_jitter_is_the_same_each_time() -> None:
    runs = []
    for seed in (1, 1, 2):
        times = []
        async with asked("latency", seconds="1s", jitter="1s", seed=seed, at="turn") as (client, clock):
            while len(times) < len(TURN):
                await clock.advance(0.01)
                times += [clock.now()] * len(await got(client, clock))
        runs.append(times)
    assert runs[0] == runs[1] != runs[2]
    assert all(1 <= moment < 2.02 for moment in runs[0])


async def test_a_probable_fault_strikes_by_its_seed() -> None:
    seen = []
    for seed in (1, 1, 2):
        async with asked("empty_audio", probability=0.5, seed=seed) as (client, clock):
            seen.append(await got(client, clock))
    assert seen[0] == seen[1] != seen[2]
    assert 0 < seen[0].count("audio 0") < 5


async def test_the_answers_before_an_end_arrive() -> None:
    async with asked("close", "eof", at="turn_complete") as (client, clock):
        assert await got(client, clock) == [*TURN, LOST]


async def test_an_overtaken_message_is_not_lost_with_the_connection() -> None:
    async with faulty("swap", "turn_complete") as (served, clock):
        served.around.faults.write("close", "1011", at="turn_complete")
        async with served.client(AUDIO_MODEL) as client:
            await client.say("Hello")
            assert await got(client, clock) == [*TURN, "1011"]


async def test_faults_come_together() -> None:
    async with faulty("latency", "1s", at="audio") as (served, clock):
        for name, value in (("duplicate", "audio"), ("odd_audio", None), ("close", "1011")):
            served.around.faults.write(name, *[value] if value else [], at="audio 5")
        async with served.client(AUDIO_MODEL) as client:
            await client.say("Hello")
            assert await got(client, clock) == TURN[:1]
            await clock.advance(1)
            assert await got(client, clock) == [*AUDIO[:4], "audio 9599", "audio 9599", "1011"]


async def test_a_lost_message_still_counts() -> None:
    async with faulty("drop", "audio", at="audio 2") as (served, clock):
        served.around.faults.write("empty_audio", at="audio 2")
        async with served.client(AUDIO_MODEL) as client:
            await client.say("Hello")
            assert await got(client, clock) == ["thought", "audio 9600", "audio 0", *AUDIO[:2], *TURN[-2:]]


async def test_frames_are_fragmented() -> None:
    async with faulty("fragments", "9", at="setup") as (served, _), served.raw() as (reader, writer):
        writer.write(masked(0x81, SETUP))
        assert await reader.readexactly(24) == b'\x02\x09{"setupCo\x00\x09mplete":{\x80\x02}}'[:24]


async def test_a_fault_of_the_client_sound_strikes_what_comes_next() -> None:
    async with faulty("malformed", at="input 3") as (served, clock), served.client(AUDIO_MODEL) as client:
        await client.say("Hello")
        assert await got(client, clock) == TURN
        await client.say("Again")
        assert await got(client, clock) == ["JSONDecodeError", *TURN[1:]]


async def test_a_close_by_what_answers_a_call() -> None:
    words = "Internal error encountered."
    async with (
        faulty("close", code=1011, reason=words, at="tool_response") as (served, clock),
        served.client(AUDIO_MODEL) as client,
    ):
        await client.send({"toolResponse": {"functionResponses": [{"id": "1", "name": "f", "response": {}}]}})
        await client.say("Hello")
        assert await got(client, clock) == [f"1011 {words}"]


async def test_what_waits_behind_a_fault_is_bounded() -> None:
    small = Settings(outbox_limit=65536)
    async with (
        faulty("stall", "1h", at="setup", settings=small) as (served, clock),
        served.client(AUDIO_MODEL) as client,
    ):
        for _ in range(2):
            await client.say("Hello")
        assert await got(client, clock) == [LOST]


async def test_a_session_that_closes_by_itself_does_so_behind_the_fault() -> None:
    async with faulty("latency", "2s", at="turn") as (served, clock), served.client(AUDIO_MODEL) as client:
        await client.say("Hello")
        await client.send(TEXT_SETUP)
        await clock.advance(1.9)
        assert await got(client, clock) == []
        await clock.advance(0.1)
        *turn, end = await got(client, clock)
        assert (turn, end) == (TURN, "1007 setup must be the first message and only the first")


async def test_a_session_that_hangs_up_does_so_behind_the_fault() -> None:
    def hang_up(turn: UserTurn, conversation: Conversation) -> Reply:
        yield Say("One.")
        yield CloseConnection(1006, how="eof")

    clock = ManualClock()
    async with serving(clock=clock, source=Silence(cached=True), responder=hang_up) as served:
        served.around.speaker.load()
        served.around.faults.write("latency", "2s", at="turn")
        async with served.client(AUDIO_MODEL) as client:
            await client.say("Hello")
            assert await got(client, clock) == []
            await clock.advance(2)
            assert await got(client, clock) == [*TURN[:6], LOST]


async def test_a_message_may_be_overtaken_twice() -> None:
    async with faulty("swap", "audio", at="audio 4") as (served, clock):
        served.around.faults.write("swap", "audio", at="audio 4")
        served.around.faults.write("mime_type", "late", at="audio 4", times=1)
        async with served.client(AUDIO_MODEL) as client:
            await client.say("Hello")
            assert await got(client, clock) == [*TURN[:4], "audio 9600", "generation_complete", "late 9600", TURN[-1]]


async def test_a_fault_that_comes_later_may_strike_first() -> None:
    async with faulty("latency", "5s", at="turn") as (served, clock), served.client(AUDIO_MODEL) as client:
        await client.say("Hello")
        assert await got(client, clock) == []
        (connection,) = served.around.connections
        connection.misbehave(fault_of_call("slow_pong", "2s", at="1s"))
        await clock.advance(1)
        pong = await client.socket.ping()
        await clock.advance(1.9)
        assert not pong.done()
        await clock.advance(0.1)
        await clock.settle()
        assert pong.done()
        await clock.advance(2)
        assert await got(client, clock) == TURN


async def test_a_fault_may_come_from_a_reply() -> None:
    async def run(clock: ManualClock, served: Served) -> list[str]:
        async with served.client(AUDIO_MODEL) as client:
            await client.say("Hello")
            return await got(client, clock)

    clock = ManualClock()
    async with serving(clock=clock, source=Silence(cached=True), responder=_reply_with_fault) as served:
        served.around.speaker.load()
        assert await run(clock, served) == [*TURN[:6], "audio 0", *AUDIO[1:], *TURN[-2:]]
        (record,) = served.around.journal.records
        struck = [dict(entry.details) for entry in record.entries if entry.kind == "fault"]
        assert struck == [{"name": "empty_audio", "at": "audio"}]


def _reply_with_fault(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say("One.")
    yield Tell((Misbehave((fault_of_call("empty_audio"),)),))
    yield Say("Two.")


def test_every_fault_is_seen_on_a_socket() -> None:
    rows = [case[0][0] for case in (*ON_MESSAGES.values(), *IN_TIME.values())]
    alone = ("half_open", "slow_pong", "slow_close", "refuse", "slow_handshake")
    assert set(rows) | set(alone) | {"named"} == set(FAULTS)
