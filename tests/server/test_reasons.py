"""Reasons are all logged, in their order, and nobody waits for those of ten thousand rules."""

import asyncio
import logging
from itertools import pairwise

import pytest

from gemlive_emulator.scenario.choice import Choice
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.scenario.seen import Kept, Seen
from gemlive_emulator.server import reasons
from gemlive_emulator.server.journal import Journal
from gemlive_emulator.server.reasons import SLICE, Reasons
from gemlive_emulator.session.steps import UserTurn

RULES = 2 * SLICE + 10


@pytest.fixture(autouse=True)
def at_debug(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "gemlive_emulator.session")


def chosen(text: str = "word3", rules: int = RULES) -> Choice:
    (scenario,) = parse(
        "rules:\n" + "".join(f"- when: {{text: word{n}}}\n  then: [{{say: x}}]\n" for n in range(rules))
    )
    return scenario.choose(Seen(UserTurn(text, 1), Kept(), Memory()))


def lines(session: str, choice: Choice) -> list[str]:
    return [f"session {session}: {line}" for line in choice.explain()]


async def one_pass() -> None:
    passed = asyncio.Event()
    asyncio.get_running_loop().call_soon(passed.set)
    await passed.wait()


async def test_others_get_their_turn_between_slices_and_the_order_is_kept(caplog: pytest.LogCaptureFixture):
    log, first, second = Reasons(), chosen(), chosen("nothing")
    expected = lines("a", first) + lines("b", second)
    seen: list[int] = []
    done = asyncio.Event()

    def another_session() -> None:
        seen.append(len(caplog.messages))
        if seen[-1] < len(expected):
            asyncio.get_running_loop().call_soon(another_session)
        else:
            done.set()

    log.tell("a", first)
    log.tell("b", second)
    another_session()
    await done.wait()
    assert seen[0] == SLICE
    assert max(after - before for before, after in pairwise(seen)) <= SLICE
    assert caplog.messages == expected


async def test_those_of_a_small_file_are_logged_at_once(caplog: pytest.LogCaptureFixture):
    few = chosen(rules=20)
    Journal().open("a", 0.0).chosen(0.0, few)
    assert caplog.messages == lines("a", few)


def test_without_an_event_loop_all_are_logged_at_once(caplog: pytest.LogCaptureFixture):
    choice = chosen()
    Reasons().tell("a", choice)
    assert caplog.messages == lines("a", choice)


async def test_where_too_many_wait_it_is_said_that_some_are_left_out(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reasons, "MOST_WAITING", 2)
    log, choice = Reasons(), chosen()
    for session in "abc":
        log.tell(session, choice)
    left_out = 'session c: rule 4 of "scenario" answers; 2 turns wait to be explained, and this is not'
    assert caplog.messages == [*lines("a", choice)[:SLICE], left_out]
    log.finish()
    assert caplog.messages == [
        *lines("a", choice)[:SLICE],
        left_out,
        *lines("a", choice)[SLICE:],
        *lines("b", choice),
    ]
    await one_pass()
    log.tell("d", choice)
    assert caplog.messages[-SLICE:] == lines("d", choice)[:SLICE]


async def test_an_emulator_that_stops_does_not_explain_for_ever(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reasons, "MOST_AT_END", SLICE)
    log, choice = Reasons(), chosen()
    log.tell("a", choice)
    log.finish()
    assert caplog.messages == [
        *lines("a", choice)[: 2 * SLICE],
        "1 turns are not explained to the end, since the emulator stops",
    ]
    await one_pass()
    assert len(caplog.messages) == 2 * SLICE + 1


def test_nothing_is_explained_where_nobody_reads_it(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch):
    caplog.set_level(logging.INFO, "gemlive_emulator.session")
    choice = chosen()
    monkeypatch.setattr(Choice, "misses", None)
    Journal().open("a", 0.0).chosen(0.0, choice)
    assert caplog.messages == []
