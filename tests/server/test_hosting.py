"""An emulator on a thread of its own: for code without an event loop, and beside one."""

import asyncio
import json
import os
import threading
from base64 import b64encode
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from live_server import TEXT_SETUP, Client
from websockets.asyncio.client import connect as connect_async
from websockets.sync.client import ClientConnection, connect

from gemlive_emulator import Emulator, ScriptError, Settings
from gemlive_emulator.scenario.fluent import Rules
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.hosting import Hosted
from gemlive_emulator.wire.errors import EmulatorError

GEMINI = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


def settings(**more: Any) -> Settings:
    return Settings(port=0, pace="at-once", voice="formant", **more)


def address(emulator: Hosted) -> str:
    return emulator.url.replace("http", "ws", 1) + GEMINI


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "gemlive-emulator"]


def set_up(client: ClientConnection) -> None:
    client.send(json.dumps(TEXT_SETUP))
    assert json.loads(client.recv(timeout=5)) == {"setupComplete": {}}


def ask(client: ClientConnection, text: str) -> None:
    turn = {"role": "user", "parts": [{"text": text}]}
    client.send(json.dumps({"clientContent": {"turns": [turn], "turnComplete": True}}))


def test_another_scenario_answers_sessions_that_begin_later() -> None:
    with Emulator(settings()) as emulator:
        emulator.use_scenario("otherwise: [{say: It is raining.}]")
        with connect(address(emulator)) as client:
            set_up(client)
            ask(client, "Hello")
            assert emulator.wait_for("said").text == "It is raining."


def test_who_has_left_is_in_the_journal_as_soon_as_the_client_knows() -> None:
    with Emulator(settings()) as emulator:
        for _ in range(20):
            with connect(address(emulator)) as client:
                set_up(client)
            emulator.sessions[-1].assert_closed(1000)


def test_threads_that_begin_at_the_same_time_write_the_same_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    emulator = Emulator(settings())
    other = threading.Thread(target=lambda: emulator.when(text="other").say("There."))
    made = Rules.__init__

    def make(rules: Rules) -> None:
        monkeypatch.undo()
        other.start()
        other.join(0.2)  # it waits for these rules, and so does not come to its end
        made(rules)

    monkeypatch.setattr(Rules, "__init__", make)
    emulator.when(text="one").say("Here.")
    other.join()
    assert len(emulator.rules.answers) == 2


def test_a_user_speaks_and_is_heard_with_these_words() -> None:
    with Emulator(settings(keep="all")) as emulator:
        spoken = emulator.speech("Good morning.")
        assert 1.5 < spoken.seconds < 3
        with connect(address(emulator)) as client:
            set_up(client)
            for piece in spoken.pieces(0.5):
                sound = {"data": b64encode(piece).decode(), "mimeType": "audio/pcm;rate=16000"}
                client.send(json.dumps({"realtimeInput": {"audio": sound}}))
            assert emulator.wait_for("heard").text == "Good morning."
        assert emulator.session.audio_sent == spoken
        assert b"".join(spoken.pieces(0.02)) == spoken.pcm
        with pytest.raises(ValueError, match="give the words"):
            emulator.speech(" ")


def test_a_script_without_an_event_loop_talks_waits_and_looks() -> None:
    with Emulator(settings()) as emulator:
        emulator.when(text="weather").say("It is raining.")
        with connect(address(emulator)) as client:
            set_up(client)
            ask(client, "How is the weather?")
            assert emulator.wait_for("said").text == "It is raining."
            found = emulator.wait_for("turn_complete", session=emulator.session)
            assert found.session == emulator.session.name
            assert emulator.connected == 1
            assert emulator.sessions == (emulator.session,)
            assert (emulator.failures, emulator.faults.unused) == ((), [])
            assert emulator.journal.records[0].name == found.session
        assert emulator.wait_for("close").code == 1000
        emulator.check()
    assert threads() == []
    assert emulator.session.said == "It is raining."


def test_time_is_moved_from_another_thread() -> None:
    with Emulator(settings(clock="manual")) as emulator, connect(address(emulator)) as client:
        set_up(client)
        told = emulator.advance(minutes=10)
        assert [one.code for one in told.ended] == [1011]
        assert emulator.session.closed == (1011, told.ended[0].words)


async def test_where_an_event_loop_runs_both_are_awaited() -> None:
    with Emulator(settings(clock="manual")) as emulator:
        waiting = asyncio.get_running_loop().create_task(waited(emulator, "setup"))
        async with connect_async(address(emulator)) as connection:
            client = Client(connection)
            await client.send(TEXT_SETUP)
            await client.receive()
            assert await waiting == "TEXT"
            told = await emulator.advance(600)
            assert told.happened["close"] == 1
            early = emulator.wait_for("go_away")
            with pytest.raises(EmulatorError, match=r"await wait_for\('go_away'\)"):
                _ = early.time_left
            assert (await early).time_left == 50
            with pytest.raises(AssertionError, match="heard has not happened"):
                await emulator.wait_for("heard", timeout=0)


async def waited(emulator: Hosted, kind: Any) -> str:
    found = await emulator.wait_for(kind)
    return str(found.modality)


def test_a_result_may_be_awaited_though_it_is_there() -> None:
    with Emulator(settings(clock="manual")) as emulator, connect(address(emulator)) as client:
        set_up(client)
        found, told = emulator.wait_for("setup"), emulator.advance(1)

        async def awaited() -> bool:
            return (await found) is found and (await told) is told

        assert asyncio.run(awaited())
        with pytest.raises(AttributeError, match="setup has no 'colour'; it has model, modality, voice"):
            _ = found.colour


def test_what_failed_is_raised_at_the_end() -> None:
    with pytest.raises(ScriptError, match="no session began"), Emulator(settings()) as emulator:
        emulator.script().expect(text="Hello").say("Hello there!")
    assert threads() == []


def test_an_error_of_the_test_goes_first_and_has_a_note() -> None:
    def fail() -> None:
        with Emulator(settings()) as emulator:
            emulator.script().expect(text="Hello").say("Hello there!")
            _ = 1 / 0

    with pytest.raises(ZeroDivisionError) as raised:
        fail()
    assert any("no session began" in note for note in raised.value.__notes__)


def test_everything_that_can_be_told_to_an_emulator() -> None:
    clock = ManualClock()
    with Emulator(settings(keep="all"), clock=clock) as emulator:
        assert emulator.port > 0
        assert emulator.settings.keep == "all"
        assert emulator.certificates is emulator.emulator.certificates
        assert emulator.rules is emulator.emulator.rules
        emulator.otherwise().say("Yes.")
        emulator.user_says("Good morning")
        emulator.fault("stall", seconds=0.1, at="text", probability=0.5)
        emulator.reset()
        assert emulator.faults.unused == []
        with connect(address(emulator)) as client:
            set_up(client)
            emulator.live().close(1011, "Enough.")
            assert emulator.wait_for("close").words == "Enough."


def test_it_is_started_and_stopped_by_hand_and_once_at_a_time() -> None:
    hosted = Hosted(Emulator(settings()))
    hosted.start()
    with pytest.raises(RuntimeError, match="running"):
        hosted.start()
    hosted.stop()
    hosted.stop()
    with pytest.raises(EmulatorError, match="does not run"):
        hosted.wait_for("setup")
    hosted.start()
    hosted.stop()
    assert threads() == []


def test_an_emulator_that_cannot_start_leaves_no_thread() -> None:
    with Emulator(settings()) as first, pytest.raises(EmulatorError, match=str(first.port)):
        Hosted(Emulator(Settings(port=first.port))).start()
    assert threads() == []


def test_who_is_tired_of_waiting_takes_it_back(monkeypatch: pytest.MonkeyPatch) -> None:
    with Emulator(settings()) as emulator:
        submitted: list[Any] = []

        def impatient(future: Any, timeout: float | None = None) -> Any:
            submitted.append(future)
            raise KeyboardInterrupt

        with monkeypatch.context() as patched:
            patched.setattr("concurrent.futures.Future.result", impatient)
            with pytest.raises(KeyboardInterrupt):
                emulator.wait_for("setup")
        assert submitted[0].cancelled()


def test_what_the_emulator_runs_cannot_stop_it_but_may_reset_it() -> None:
    hosts: list[Hosted] = []

    async def answer(turn: object, conversation: object) -> str:
        hosts[0].reset()
        with pytest.raises(EmulatorError, match="cannot be stopped by what it runs"):
            hosts[0].stop()
        return "Still here."

    with Emulator(settings(), responder=answer) as emulator, connect(address(emulator)) as client:
        hosts.append(emulator)
        set_up(client)
        ask(client, "Hello")
        assert emulator.wait_for("said").text == "Still here."


def test_who_waits_while_it_is_stopped_is_told() -> None:
    told: list[str] = []
    with Emulator(settings()) as emulator:
        watchers = emulator.journal._watchers

        def wait() -> None:
            with pytest.raises(EmulatorError, match="stopped meanwhile"):
                emulator.wait_for("setup", timeout=60)
            told.append("stopped")

        waiting = threading.Thread(target=wait)
        waiting.start()
        while not watchers:
            threading.Event().wait(0.001)
    waiting.join(timeout=10)
    assert told == ["stopped"]
    assert watchers == []


def test_several_may_stop_it_at_once() -> None:
    with Emulator(settings()) as emulator:
        stopping = [threading.Thread(target=emulator.stop) for _ in range(4)]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join(timeout=10)
        assert not any(thread.is_alive() for thread in stopping)
    assert threads() == []


def test_started_again_it_is_where_its_clients_look_for_it() -> None:
    with Emulator(settings()) as emulator:
        before = emulator.url
        emulator.stop()
        emulator.start()
        assert emulator.url == before


def test_who_is_tired_of_its_start_has_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    hosted = Hosted(Emulator(settings()))

    def impatient(future: Any, timeout: float | None = None) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("concurrent.futures.Future.result", impatient)
        with pytest.raises(KeyboardInterrupt):
            hosted.start()
    assert threads() == []
    with hosted:
        assert hosted.port > 0


async def test_what_was_never_awaited_is_warned_of() -> None:
    with Emulator(settings()) as emulator, pytest.warns(RuntimeWarning, match=r"wait_for\('setup'\) was never awaited"):
        emulator.wait_for("setup")


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_process_leaves_the_emulator_to_its_parent(tmp_path: Path) -> None:
    with Emulator(settings()) as emulator:
        child = os.fork()
        if child == 0:
            with suppress(BaseException):
                told = "nothing"
                try:
                    emulator.wait_for("setup", timeout=1)
                except EmulatorError as error:
                    told = str(error)
                emulator.stop()
                (tmp_path / "told").write_text(told)
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert "forked" in (tmp_path / "told").read_text()
        with connect(address(emulator)) as client:
            set_up(client)
