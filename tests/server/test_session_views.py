"""What a test sees of a session, and what it can vouch for."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from live_server import AUDIO_MODEL, TEXT_MODEL, TEXT_SETUP, Client
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.server.views.sound import NoSoundError
from gemlive_emulator.wire.errors import EmulatorError
from gemlive_emulator.wire.tape import read

GEMINI = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
TONE = b"\x01\x00" * 1600


def settings(**more: Any) -> Settings:
    return Settings(port=0, pace="at-once", voice="formant", recogniser="off", **more)


@asynccontextmanager
async def client_of(emulator: Emulator, setup: dict[str, Any]) -> AsyncIterator[Client]:
    async with connect(emulator.url.replace("http", "ws", 1) + GEMINI) as connection:
        client = Client(connection)
        await client.send(setup)
        assert "setupComplete" in await client.receive()
        yield client


def speaking(**more: Any) -> dict[str, Any]:
    return {"setup": {"model": AUDIO_MODEL, **more}}


def with_functions(*names: str) -> dict[str, Any]:
    room = {"type": "OBJECT", "properties": {"name": {"type": "STRING"}}}
    parameters = {"type": "OBJECT", "properties": {"on": {"type": "BOOLEAN"}, "room": room}}
    tools = [{"functionDeclarations": [{"name": name, "parameters": parameters} for name in names]}]
    return {"setup": {**TEXT_SETUP["setup"], "tools": tools}}


async def test_there_is_one_session_or_it_is_told_which_there_are() -> None:
    async with Emulator(settings()) as emulator:
        assert emulator.sessions == ()
        with pytest.raises(EmulatorError, match="there are 0 sessions, and not one"):
            _ = emulator.session
        async with client_of(emulator, TEXT_SETUP):
            assert emulator.session == emulator.sessions[0]
            assert emulator.session != "a text"
            assert len({emulator.session, emulator.sessions[0]}) == 1
            async with client_of(emulator, TEXT_SETUP):
                with pytest.raises(EmulatorError, match=r"(?s)2 sessions.*sessions\[1\]: <session .* open>"):
                    _ = emulator.session


async def test_a_session_before_its_setup() -> None:
    async with Emulator(settings()) as emulator:
        async with connect(emulator.url.replace("http", "ws", 1) + GEMINI):
            view = emulator.session
            assert (view.model, view.modality, view.voice, view.setup, view.said, view.heard) == (
                "",
                "",
                "",
                {},
                "",
                (),
            )
            assert "no model yet, open" in repr(view)
            view.assert_open()
            with pytest.raises(AssertionError, match="it is open"):
                view.assert_closed(1000)
        await emulator.wait_for("close")
        assert emulator.session.closed == (1000, "")


async def test_a_typed_conversation() -> None:
    async with Emulator(settings()) as emulator:
        emulator.when(text="weather").say("It is raining.")
        emulator.otherwise().say("You said: {turn.text}")
        async with client_of(emulator, TEXT_SETUP) as client:
            await client.say("How is the weather?")
            await client.turn()
            await client.say("Thanks")
            await client.turn()
            view = emulator.session
            assert (view.model, view.modality, view.connection) == (TEXT_MODEL.partition("/")[2], "TEXT", 1)
            assert view.setup == TEXT_SETUP["setup"]
            assert view.said == "It is raining.\nYou said: Thanks"
            assert view.heard == ("How is the weather?", "Thanks")
            assert [(turn.said, turn.spoken, turn.complete, turn.interrupted) for turn in view.turns] == [
                ("It is raining.", False, True, False),
                ("You said: Thanks", False, True, False),
            ]
            assert view.turns[0].usage["response"]
            assert [one.kind for one in view.sent] == ["setup", "clientContent", "clientContent"]
            assert view.received[0].kind == "setupComplete"
            assert {one.kind for one in view.received[1:]} == {"serverContent"}
            view.assert_said("It is raining.")
            view.assert_said(re.compile("rain"))
            view.assert_heard("Thanks")
            view.assert_sent("clientContent", times=2, turnComplete=True)
            view.assert_received("serverContent", turnComplete=True)
            view.assert_not_sent("realtimeInput")
            view.assert_order("setup", "setupComplete", "clientContent", "serverContent", "clientContent")
            view.assert_open()
            assert view.audio_seconds == (0.0, 0.0)
        await emulator.wait_for("close")
        view.assert_closed(1000, "")
        view.assert_closed(1000, re.compile("^$"))


async def test_what_does_not_hold_is_told_with_what_there_was_and_the_session() -> None:
    async with Emulator(settings()) as emulator:
        emulator.otherwise().say("Good day.")
        async with client_of(emulator, TEXT_SETUP) as client:
            await client.say("Hello")
            await client.turn()
            view = emulator.session
            for check, words in [
                (lambda: view.assert_said("Good night."), "the model said 'Good night.'\nthere was: 'Good day.'"),
                (lambda: view.assert_said(re.compile("night")), "the model said /night/"),
                (lambda: view.assert_heard("Bye"), "the user said 'Bye'\nthere was: 'Hello'"),
                (lambda: view.assert_called("light"), "a call of light()\nthere was nothing of that kind"),
                (lambda: view.assert_answered("light"), "one answer to a call of light"),
                (lambda: view.assert_interrupted(), "wanted an interruption"),
                (lambda: view.assert_interrupted(2, heard_ms=5), "2 interruptions with heard_ms 5"),
                (lambda: view.assert_sent("setup", times=2), "setup with , 2 times\nit was so 1 times"),
                (lambda: view.assert_sent("toolResponse"), "the client sent toolResponse"),
                (lambda: view.assert_received("goAway"), "the client was sent goAway"),
                (lambda: view.assert_not_sent("setup"), "that the client sent no setup"),
                (lambda: view.assert_order("setupComplete", "setup"), "setup did not come where it had to"),
                (lambda: view.assert_closed(1000, "x"), "an end with 1000 'x'\nthere was: it is open"),
            ]:
                with pytest.raises(AssertionError) as failed:
                    check()
                assert words in str(failed.value)
                assert f"session {view.name} (connection 1, {view.model})" in str(failed.value)
        await emulator.wait_for("close")
        with pytest.raises(AssertionError, match="wanted an open session\nthere was: closed 1000"):
            view.assert_open()


async def test_calls_and_their_answers() -> None:
    async with Emulator(settings()) as emulator:
        emulator.when(text="lights").call("light", on=True, room={"name": "hall"}).say("Done.")
        async with client_of(emulator, with_functions("light", "door")) as client:
            await client.say("lights")
            found = await emulator.wait_for("tool_calls", name="light", args={"on": True})
            call = emulator.session.assert_called("light", on=True)
            assert call.response is None
            assert call.id == found.entry.details["calls"][0]["id"]
            answer = {"id": call.id, "name": "light", "response": {"result": {"on": True, "watts": 9}}}
            await client.send({"tool_response": {"function_responses": [answer]}})
            await client.turn()
            view = emulator.session
            assert view.calls[0].response == {"result": {"on": True, "watts": 9}}
            assert not view.calls[0].cancelled
            view.assert_answered("light")
            view.assert_answered("light", {"result": {"on": True}})
            view.assert_called("light", times=1, room={"name": re.compile("^h")})
            view.assert_not_called("door")
            view.assert_sent("toolResponse")
            with pytest.raises(AssertionError, match="no call of light\nthere was: light\\(on=True"):
                view.assert_not_called("light")
            with pytest.raises(AssertionError, match="a call of light\\(on=False\\)"):
                view.assert_called("light", on=False)
            with pytest.raises(AssertionError, match="light: 1 answers"):
                view.assert_answered("light", {"result": {"on": False}})


async def test_a_call_that_is_taken_back() -> None:
    async with Emulator(settings()) as emulator:
        emulator.when(text="lights").call("light")
        emulator.when(text="stop").say("Stopped.")
        setup = speaking(
            tools=[{"functionDeclarations": [{"name": "light"}]}],
            realtimeInputConfig={"automaticActivityDetection": {"disabled": True}},
        )
        async with client_of(emulator, setup) as client:
            await client.say("lights")
            await emulator.wait_for("tool_calls")
            await client.send({"realtimeInput": {"activityStart": {}}})
            await emulator.wait_for("tool_calls_cancelled")
            assert emulator.session.calls[0].cancelled


async def test_speech_and_sound_that_is_kept() -> None:
    async with Emulator(settings(keep="all")) as emulator:
        emulator.user_says("Good morning")
        emulator.otherwise().say("Good morning to you.")
        setup = speaking(realtimeInputConfig={"automaticActivityDetection": {"disabled": True}})
        async with client_of(emulator, setup) as client:
            await client.send({"realtimeInput": {"activityStart": {}}})
            for _ in range(3):
                data = base64.b64encode(TONE).decode()
                await client.send({"realtime_input": {"audio": {"mime_type": "audio/pcm;rate=16000", "data": data}}})
            await client.send({"realtimeInput": {"activityEnd": {}}})
            await client.turn()
            view = emulator.session
            assert view.heard == ("Good morning",)
            assert view.turns[0].spoken
            assert view.said == "Good morning to you."
            assert view.voice
            assert view.audio_sent.pcm == 3 * TONE
            assert view.audio_sent.rate == 16_000
            assert view.audio.rate == 24_000
            assert view.audio.seconds == pytest.approx(view.audio_seconds[1])
            assert view.audio_seconds[0] == pytest.approx(0.3)
            assert [one.kind for one in view.sent].count("realtimeInput") == 5
            assert [one.message for one in read(view.recording.splitlines()).taped] == [
                one.json for one in view.messages
            ]


async def test_sound_that_is_not_kept_is_counted() -> None:
    async with Emulator(settings()) as emulator:
        emulator.otherwise().say("Good morning to you.")
        async with client_of(emulator, speaking()) as client:
            await client.say("Hello")
            await client.turn()
            view = emulator.session
            with pytest.raises(NoSoundError, match="keep='all'"):
                _ = view.audio
            with pytest.raises(NoSoundError):
                _ = view.audio_sent
            assert view.audio_seconds[1] > 0.5
            assert "octets>" in view.account


async def test_interruptions_say_how_much_was_heard() -> None:
    async with Emulator(Settings(port=0, pace="real-time", voice="formant", clock="manual")) as emulator:
        emulator.otherwise().say("A long story, which goes on and on and on until somebody says stop.")
        setup = speaking(realtimeInputConfig={"automaticActivityDetection": {"disabled": True}})
        async with client_of(emulator, setup) as client:
            await client.say("Tell me a story")
            await emulator.wait_for("message", has="clientContent")
            await emulator.advance(1.5)
            await client.send({"realtimeInput": {"activityStart": {}}})
            await emulator.wait_for("interrupted", heard_ms=lambda heard: heard > 0)
            view = emulator.session
            assert len(view.interruptions) == 1
            assert view.turns[0].interrupted
            view.assert_interrupted(1, heard_ms=1500)
            view.assert_interrupted(heard_ms=lambda heard: heard > 0)
            with pytest.raises(AssertionError, match="heard_ms 0\nthere was: heard"):
                view.assert_interrupted(heard_ms=0)


async def test_handles_are_told() -> None:
    async with Emulator(settings()) as emulator, client_of(emulator, speaking(sessionResumption={})) as client:
        await client.say("Hello")
        await client.turn()
        assert len(emulator.session.handles) >= 1
        update = emulator.session.assert_received("sessionResumptionUpdate", resumable=True)
        assert update.body["sessionResumptionUpdate"]["newHandle"] in emulator.session.handles


async def test_a_recording_is_written(tmp_path: Path) -> None:
    async with Emulator(settings()) as emulator, client_of(emulator, TEXT_SETUP) as client:
        await client.say("Hello")
        await client.turn()
        file = emulator.session.save_recording(tmp_path / "one.jsonl")
        tape = read(file.read_text().splitlines())
        assert [one.message for one in tape.taped] == [one.message for one in emulator.session.tape.taped]
        assert tape.path == GEMINI
        assert tape.taped[0].message == TEXT_SETUP


async def test_a_message_that_is_no_json_is_there_too() -> None:
    async with Emulator(settings()) as emulator:
        async with client_of(emulator, TEXT_SETUP) as client:
            await client.socket.send("{")
            await client.closed()
        view = emulator.session
        assert [one.kind for one in view.sent] == ["setup", "unreadable"]
        assert view.sent[1].body == {}
        assert "1 octets that are no JSON object" in view.account


async def test_what_is_waited_for_may_have_happened_and_counts_once() -> None:
    async with Emulator(settings()) as emulator, client_of(emulator, TEXT_SETUP) as client:
        emulator.otherwise().say("{turn.number}")
        for _ in range(2):
            await client.say("Hello")
            await client.turn()
        assert (await emulator.wait_for("said")).entry.details["text"] == "1"
        second = await emulator.wait_for("said", session=emulator.session)
        assert second.entry.details["text"] == "2"
        assert second.session == emulator.session.name
        later = asyncio.get_running_loop().create_task(emulator.wait_for("message", has="clientContent"))
        await client.say("Again")
        assert (await later).entry.details["has"] == ("clientContent",)


async def test_what_does_not_happen_is_told_with_what_came_instead() -> None:
    async with Emulator(settings()) as emulator:
        with pytest.raises(AssertionError, match=r"^setup has not happened within 0 s; nothing has$"):
            await emulator.wait_for("setup", timeout=0)
        async with client_of(emulator, TEXT_SETUP):
            with pytest.raises(AssertionError) as failed:
                await emulator.wait_for("tool_calls", name="light", timeout=0)
            first, *instead = str(failed.value).splitlines()
            assert first == "tool_calls(name='light') has not happened within 0 s; this has:"
            assert "client sent" in instead[0]
            assert "setup: model " in instead[1]
            with pytest.raises(AssertionError, match="nothing has"):
                await emulator.wait_for("setup", session="another", timeout=0)
        with pytest.raises(EmulatorError, match="nothing of the kind 'interupted' happens"):
            await emulator.wait_for("interupted", timeout=0)  # type: ignore[arg-type]


async def test_many_things_that_came_instead_are_not_all_told() -> None:
    async with Emulator(settings()) as emulator, client_of(emulator, TEXT_SETUP) as client:
        for _ in range(10):
            await client.say("Hello")
            await client.turn()
        with pytest.raises(AssertionError, match=r"\.\.\. \d+ before \.\.\."):
            await emulator.wait_for("close", timeout=0)


async def test_long_accounts_are_cut_in_the_middle_and_like_lines_are_one() -> None:
    async with Emulator(settings()) as emulator, client_of(emulator, TEXT_SETUP) as client:
        for number in range(80):
            await client.say(f"Hello {number}")
            await client.turn()
        told = emulator.session.account.splitlines()
        assert len(told) == 201
        assert "lines ..." in told[100]
