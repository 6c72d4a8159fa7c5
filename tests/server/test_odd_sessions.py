"""What is told of sessions with hostile clients, tapes that were cut, clocks that stand still, and several who wait."""

import asyncio
import json
import re
from typing import Any

import pytest
from live_server import TEXT_SETUP, Client
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server import journal as journal_module
from gemlive_emulator.server.journal import Journal
from gemlive_emulator.server.taping import MOST_OCTETS
from gemlive_emulator.server.views.session_view import SessionView
from gemlive_emulator.server.views.waiting import NotHappened
from gemlive_emulator.wire.errors import EmulatorError

GEMINI = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
KEY = "AIza" + "Sy0123456789abcdefghijklmnop"
UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]")


def typed(text: str, **more: Any) -> bytes:
    turns = [{"role": "user", "parts": [{"text": text, **more}]}]
    return json.dumps({"clientContent": {"turns": turns, "turnComplete": True}}, ensure_ascii=False).encode()


def test_what_a_client_wrote_moves_no_cursor_and_shows_no_key() -> None:
    page = Journal().open("one", 0.0)
    page.heard(typed(f"\x9b2J\u202e \x7f {KEY}", **{"\x9b31m": 1}), 1.0)
    page.heard(b'{"\xc2\x9b2J": {}}', 1.0)
    page.note(1.0, "heard", text="\x9b2J", by="script", detail="", seconds=1.0)
    page.close(2.0, 1007, f"\x9b2J {KEY}", "server")
    view = SessionView(page)
    with pytest.raises(AssertionError) as said:
        view.assert_sent("setup")
    with pytest.raises(AssertionError) as ordered:
        view.assert_order("setup")
    for told in (view.account, str(said.value), str(ordered.value)):
        assert UNPRINTABLE.search(told) is None
        assert KEY not in told
    assert "client > " in view.account


def test_on_a_clock_that_stands_still_all_is_told_in_order() -> None:
    page = Journal().open("one", 0.0)
    page.heard(typed("First"), 0.0)
    page.note(0.0, "heard", text="Second", by="script", detail="", seconds=1.0)
    page.heard(typed("Third"), 0.0)
    page.sent([b'{"goAway": {}}', b'{"serverContent": {}}'], 0.0)
    page.note(0.0, "interrupted", heard_ms=0)
    view = SessionView(page)
    assert view.heard == ("First", "Second", "Third")
    marks = ("First", "Second", "Third", "goAway", "serverContent", "interrupted")
    assert [next(mark for mark in marks if mark in line) for line in view.account.splitlines()[1:]] == list(marks)


def test_a_session_whose_first_messages_are_no_longer_kept() -> None:
    page = Journal("words").open("one", 0.0)
    page.heard(json.dumps(TEXT_SETUP).encode(), 0.0)
    for number in range(4):
        page.heard(typed("x" * (MOST_OCTETS["words"] // 3)), float(number))
    page.close(5.0, 1000, "", "client")
    view = SessionView(page)
    assert view.setup == {}
    assert view.tape.dropped == 3
    assert "  ... 3 messages before are no longer kept ..." in view.account
    view.assert_sent("clientContent", times=2)
    view.assert_closed(1000)
    assert len(view.heard) == 2


def test_the_oldest_sessions_make_room_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "MOST_IN_ALL", 3000)
    journal = Journal("all")
    for name in ("one", "two", "three"):
        journal.open(name, 0.0).heard(b"x" * 2000, 0.0)
    journal.open("four", 0.0)
    assert [page.record().tape.dropped for page in journal.pages] == [1, 1, 0, 0]


@pytest.mark.parametrize("assertion", ["assert_called", "assert_sent", "assert_received"])
def test_what_gives_something_cannot_find_it_never(assertion: str) -> None:
    view = SessionView(Journal().open("one", 0.0))
    with pytest.raises(EmulatorError, match=r"times=0: .* assert_not_"):
        getattr(view, assertion)("anything", times=0)


async def test_a_function_that_raises_is_an_error_of_who_waits_and_not_of_the_session() -> None:
    async with Emulator(Settings(port=0, pace="at-once", voice="formant")) as emulator:

        async def wait() -> None:
            with pytest.raises(ZeroDivisionError):
                await emulator.wait_for("setup", model=lambda model: 1 / 0)

        async with asyncio.TaskGroup() as group:
            group.create_task(wait())
            await asyncio.sleep(0)
            async with connect(emulator.url.replace("http", "ws", 1) + GEMINI) as connection:
                client = Client(connection)
                await client.send(TEXT_SETUP)
                assert await client.receive() == {"setupComplete": {}}
                await client.say("Hello")
                await client.turn()
        with pytest.raises(ZeroDivisionError):
            await emulator.wait_for("setup", model=lambda model: 1 / 0)
        assert emulator.journal._watchers == []


async def test_of_several_who_wait_for_the_same_each_finds_another() -> None:
    emulator = Emulator()
    page = emulator.journal.open("one", 0.0)
    page.note(0.0, "go_away", time_left=0)
    waiting = [asyncio.create_task(emulator.wait_for("go_away")) for _ in range(3)]
    await asyncio.sleep(0)
    page.note(1.0, "go_away", time_left=1)
    page.note(2.0, "go_away", time_left=2)
    assert [(await one).time_left for one in waiting] == [0, 1, 2]
    with pytest.raises(NotHappened):
        await emulator.wait_for("go_away", timeout=0)
