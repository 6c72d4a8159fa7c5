"""What can wait is heard later, a little at a time, and nothing is lost on the way."""

import asyncio

import pytest
from live_server import AUDIO_MODEL, serving
from test_audio_stream import message, only_record
from test_intake import QUIET, an_intake, portions, sent_alone

from gemlive_emulator.server.intake import LEAST_HELD_SECONDS, MOST_HELD
from gemlive_emulator.server.leisure import HEARD_AT_A_TIME, Leisure
from gemlive_emulator.session.events import AudioReceived, Event

ENOUGH = round(LEAST_HELD_SECONDS / 0.02)


class Hearer:
    """One that only tells that it was heard."""

    def __init__(self, name: str, heard: list[str]) -> None:
        self._name = name
        self._heard = heard

    def hear_now(self) -> None:
        self._heard.append(self._name)


class Broken(Hearer):
    def hear_now(self) -> None:
        super().hear_now()
        raise RuntimeError("broken")


async def test_a_few_are_heard_in_each_pass_in_the_order_in_which_they_came() -> None:
    leisure, heard = Leisure(), list[str]()
    for name in "abcde":
        leisure.hear(Hearer(name, heard), at_once=False)
    passes = []
    for _ in range(4):
        await asyncio.sleep(0)
        passes.append("".join(heard))
    assert HEARD_AT_A_TIME == 2
    assert passes == ["ab", "abcd", "abcde", "abcde"]


async def test_one_that_waits_keeps_its_place_and_is_heard_once() -> None:
    leisure, heard = Leisure(), list[str]()
    first, second = Hearer("first", heard), Hearer("second", heard)
    for each in (first, second, first):
        leisure.hear(each, at_once=False)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert heard == ["first", "second"]


async def test_what_is_due_is_heard_at_once_and_does_not_wait_any_more() -> None:
    leisure, heard = Leisure(), list[str]()
    first, second = Hearer("first", heard), Hearer("second", heard)
    leisure.hear(first, at_once=False)
    leisure.hear(second, at_once=False)
    leisure.hear(second, at_once=True)
    assert heard == ["second"]
    await asyncio.sleep(0)
    assert heard == ["second", "first"]


async def test_one_that_is_discarded_is_not_heard_and_may_come_again() -> None:
    leisure, heard = Leisure(), list[str]()
    gone, back = Hearer("gone", heard), Hearer("back", heard)
    for each in (gone, back):
        leisure.hear(each, at_once=False)
        leisure.discard(each)
    leisure.hear(back, at_once=False)
    await asyncio.sleep(0)
    assert heard == ["back"]


async def test_one_that_breaks_does_not_keep_the_others_from_being_heard() -> None:
    leisure, heard, broken = Leisure(), list[str](), list[object]()
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: broken.append(context["exception"]))
    for name in "abcd":
        leisure.hear((Broken if name == "a" else Hearer)(name, heard), at_once=False)
    for _ in range(3):
        await asyncio.sleep(0)
    assert heard == ["a", "b", "c", "d"]
    leisure.hear(Hearer("e", heard), at_once=False)
    await asyncio.sleep(0)
    assert heard[-1] == "e"
    assert [str(error) for error in broken] == ["broken"]


@pytest.mark.parametrize(("slack", "due"), [(ENOUGH * 960, ENOUGH), ((ENOUGH + 5) * 960, ENOUGH + 5)])
def test_what_is_enough_can_wait_until_the_slack_is_used_up(slack: int, due: int) -> None:
    intake, _ = an_intake(slack)
    enough, is_due = [], []
    for _ in range(ENOUGH + 5):
        enough += portions(intake, 960)
        is_due.append(intake.is_due)
    assert enough.index(True) == ENOUGH - 1
    assert is_due.index(True) == due - 1


def test_ever_so_many_messages_do_not_wait() -> None:
    intake, _ = an_intake(1_000_000)
    portions(intake, *[0] * (MOST_HELD - 1))
    assert not intake.is_due
    portions(intake, 0)
    assert intake.is_due


async def test_a_stream_is_heard_now_and_then(events: list[Event]) -> None:
    """In silence nothing is due for longer: it is heard all the same, and all of it."""
    async with serving() as served, served.client(AUDIO_MODEL) as client:
        await sent_alone(client, *[message(QUIET)] * (3 * ENOUGH))
        heard = [event.messages for event in events if isinstance(event, AudioReceived)]
        held = only_record(served).audio_in.messages - 1 - sum(heard)
        assert len(heard) >= 2
        assert max(heard) <= ENOUGH + 10
        assert 0 <= held < ENOUGH + 10


async def test_a_client_that_goes_while_it_waits_leaves_nothing_behind(events: list[Event]) -> None:
    async with serving() as served:
        async with served.client(AUDIO_MODEL) as client:
            (connection,) = served.around.connections
            driver = connection._driver  # type: ignore[attr-defined]
            await sent_alone(client, *[message(QUIET)] * 2)
            served.around.leisure._waiting[driver] = None
        await served.empty()
        assert not served.around.leisure._waiting
    assert sum(event.messages for event in events if isinstance(event, AudioReceived)) == 1
