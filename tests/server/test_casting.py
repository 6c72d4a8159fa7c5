"""Who answers: rules and scripts of the test, its responder, a scenario of the file, the built-in one; and what is noted of it."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from live_server import AUDIO_MODEL, TEXT_MODEL, TEXT_SETUP, Client, said
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Rules, ScriptError, Settings
from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.scenario.loader import load
from gemlive_emulator.server.casting import Cast, Casting, Role
from gemlive_emulator.server.clock import ManualClock
from gemlive_emulator.server.failures import Failures
from gemlive_emulator.server.journal import Journal
from gemlive_emulator.server.responders import Asks
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.wire.endpoint import Endpoint

GEMINI = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
DESK = """
scenario: desk
rules:
  - when: {text: opening hours}
    then: [{say: "From nine to five."}, {set: {asked: "yes"}}]
  - when: {text: thanks, state: {asked: "yes"}}
    then: [{say: "You are welcome."}]
otherwise: [{say: "This is the desk."}]
"""


@pytest.fixture
def desk(tmp_path: Path) -> str:
    return written(tmp_path, DESK)


def written(folder: Path, text: str) -> str:
    file = folder / "desk.yaml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def emulator_of(scenario: str | None = None, **more: Any) -> Emulator:
    return Emulator(Settings(port=0, pace="at-once", voice="formant", scenario=scenario), **more)


@asynccontextmanager
async def talking(emulator: Emulator, query: str = "", model: str = TEXT_MODEL) -> AsyncIterator["Talk"]:
    async with connect(emulator.url.replace("http", "ws", 1) + GEMINI + query) as connection:
        client = Client(connection)
        await client.send({"setup": {**TEXT_SETUP["setup"], "model": model}})
        assert await client.receive() == {"setupComplete": {}}
        yield Talk(client)


class Talk:
    """Takes turns."""

    def __init__(self, client: Client) -> None:
        self.client = client

    async def say(self, text: str) -> str:
        await self.client.say(text)
        return said(await self.client.turn())


def shout(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(turn.text.upper())


async def test_rules_of_the_test_go_before_the_file_and_may_come_later(desk: str) -> None:
    async with emulator_of(desk) as emulator, talking(emulator) as talk:
        assert await talk.say("Your opening hours?") == "From nine to five."
        emulator.when(text="opening").say("Today we are closed.")
        assert await talk.say("Your opening hours?") == "Today we are closed."
        assert await talk.say("Hello") == "This is the desk."
        emulator.when(text="opening").say("Never reached.")
        emulator.otherwise().say("Call again.")
        assert await talk.say("Opening hours?") == "Today we are closed."
        assert await talk.say("Hello") == "Call again."
        emulator.reset()
        assert await talk.say("Hello") == "This is the desk."


async def test_rules_of_the_test_and_of_the_file_share_the_state_of_a_session(desk: str) -> None:
    async with emulator_of(desk) as emulator:
        emulator.when(text="secret", state={"asked": "yes"}).say("You asked already.")
        emulator.when(text="ask for me").set(asked="yes").say("Done.")
        async with talking(emulator) as talk, talking(emulator) as other:
            assert await talk.say("secret") == "This is the desk."
            await talk.say("opening hours")
            assert await talk.say("secret") == "You asked already."
            assert await other.say("secret") == "This is the desk."
            await other.say("ask for me")
            assert await other.say("thanks") == "You are welcome."


async def test_rules_of_the_test_go_before_its_responder() -> None:
    async with emulator_of(responder=shout) as emulator, talking(emulator) as talk:
        emulator.when(text="whisper").say("psst")
        assert await talk.say("whisper it") == "psst"
        assert await talk.say("say it") == "SAY IT"


async def test_rules_of_the_test_go_before_the_built_in_responder() -> None:
    async with emulator_of() as emulator, talking(emulator) as talk:
        emulator.when(text="weather").say("It is raining.")
        assert await talk.say("How is the weather?") == "It is raining."
        assert "Brasília" in await talk.say("What is the capital of Brazil?")


async def test_a_call_of_a_rule_is_answered() -> None:
    function = {
        "name": "get_temperature",
        "parameters": {"type": "OBJECT", "properties": {"location": {"type": "STRING"}}},
    }
    async with emulator_of() as emulator:
        emulator.when(text="warm").call("get_temperature", location="Oslo").say("It is {result.temperature} degrees.")
        async with connect(emulator.url.replace("http", "ws", 1) + GEMINI) as connection:
            client = Client(connection)
            await client.send({"setup": {**TEXT_SETUP["setup"], "tools": [{"functionDeclarations": [function]}]}})
            await client.say("How warm is it?")
            while "toolCall" not in (message := await client.receive()):
                pass
            (call,) = message["toolCall"]["functionCalls"]
            assert (call["name"], call["args"]) == ("get_temperature", {"location": "Oslo"})
            response = {"id": call["id"], "name": call["name"], "response": {"temperature": -3}}
            await client.send({"toolResponse": {"functionResponses": [response]}})
            assert said(await client.turn()) == "It is -3 degrees."


async def test_a_script_of_the_test_goes_before_the_file(desk: str) -> None:
    async with emulator_of(desk) as emulator:
        emulator.script().expect(text="Hello").say("Hello there!").expect(text=["Bye", "Goodbye"]).say("Bye.")
        async with talking(emulator) as talk:
            assert await talk.say("hello!") == "Hello there!"
            emulator.when(text="wait").say("I am waiting.")
            assert await talk.say("Wait a moment") == "I am waiting."
            assert await talk.say("Goodbye") == "Bye."


async def test_a_script_of_the_test_is_begun_anew_by_each_session_and_broken_by_what_it_does_not_expect() -> None:
    async with emulator_of() as emulator:
        emulator.script().expect(text="Hello").say("One.").expect(text="Bye").say("Two.")
        async with talking(emulator) as talk:
            assert [await talk.say("Hello"), await talk.say("Bye")] == ["One.", "Two."]
        async with talking(emulator) as talk:
            assert await talk.say("Hello") == "One."
            await talk.client.say("Hello again")
            assert (await talk.client.closed())[0] == 1011
        with pytest.raises(ScriptError, match=r'exchange 2: expected that .*"Bye", got "Hello again"'):
            emulator.check()


async def test_scripts_of_the_test_for_different_connections() -> None:
    async with emulator_of() as emulator:
        emulator.script(connection=2).expect(text="Hello").say("Welcome back!")
        emulator.script(key="guest").expect(text="Hello").say("Who are you?")
        for query, answer in (
            ("?key=guest", "Who are you?"),
            ("?key=guest", "Welcome back!"),
            ("?key=guest", "Who are you?"),
        ):
            async with talking(emulator, query) as talk:
                assert await talk.say("Hello") == answer


CAST = """
scenario: second connection
for: {connection: 2}
otherwise: [{say: Second.}]
---
scenario: by key
for: {key: guest}
otherwise: [{say: Guest.}]
---
scenario: by model
for: {model: gemini-2.0-flash-live-001}
otherwise: [{say: Old.}]
---
scenario: by query
for: {query: {part: three}}
otherwise: [{say: Part three.}]
---
scenario: named
for: {connection: 99}
otherwise: [{say: Named.}]
"""


async def test_a_scenario_of_the_file_is_chosen_by_connection_key_model_query_and_name(tmp_path: Path) -> None:
    other = "models/gemini-live-2.5-flash-preview"
    async with emulator_of(written(tmp_path, CAST)) as emulator:
        asked = [
            ("", TEXT_MODEL, "Old."),
            ("", TEXT_MODEL, "Second."),
            ("?key=guest", other, "Guest."),
            ("?part=three", other, "Part three."),
            ("?part=three&scenario=named", other, "Named."),
        ]
        for query, model, answer in asked:
            async with talking(emulator, query, model) as talk:
                assert await talk.say("Hello") == answer
        async with talking(emulator, "", other) as talk:
            assert await talk.say("Hello") not in {answer for _, _, answer in asked}


async def test_the_number_of_a_connection_can_be_said(tmp_path: Path) -> None:
    async with emulator_of() as emulator:
        emulator.otherwise().say("Connection {connection}.")
        answers = []
        for _ in range(3):
            async with talking(emulator) as talk:
                answers.append(await talk.say("Hello"))
    assert answers == ["Connection 1.", "Connection 2.", "Connection 3."]


def test_what_was_set_by_hand_goes_before_the_scenario() -> None:
    part = Cast(shout, "gemini-2.0-flash-live-001", {"manner.role": True, "behaviour.base_tokens": 1})
    terms = part.terms(Terms())
    assert (terms.profile, dict(terms.overrides)) == ("2.0", {"manner.role": True, "behaviour.base_tokens": 1})
    terms = part.terms(Terms(profile="3.1", overrides={"manner.role": False}))
    assert (terms.profile, dict(terms.overrides)) == ("3.1", {"manner.role": False, "behaviour.base_tokens": 1})
    assert Cast(shout).terms(terms) is terms


async def test_the_timing_of_a_scenario_is_that_of_its_sessions(tmp_path: Path) -> None:
    clock = ManualClock()
    settings = Settings(port=0, scenario=written(tmp_path, "timing: {first_text: 2s}\notherwise: [{say: Late.}]\n"))
    async with Emulator(settings, clock=clock) as emulator, talking(emulator) as talk:
        await talk.client.say("Hello")
        await clock.advance(1.9)
        (record,) = emulator.journal.records
        assert [entry.kind for entry in record.entries if entry.kind == "turn_complete"] == []
        await clock.advance(1.0)
        assert said(await talk.client.turn()) == "Late."


def test_a_recogniser_is_told_what_the_rules_of_the_test_look_for(desk: str) -> None:
    casting = Casting(Asks(ManualClock(), Failures()), scenarios=lambda: load(Path(desk)))
    role = Role("one", Endpoint(), "gemini-3.8-live", lambda choice: None)
    assert casting.cast(role).foreknown.phrases == ("opening hours", "thanks")
    casting.rules = Rules()
    assert casting.cast(role).foreknown.phrases == ("opening hours", "thanks")
    casting.rules.when(heard="a coffee").say("Over there.")
    assert casting.cast(role).foreknown.phrases == ("a coffee", "opening hours", "thanks")


async def test_the_journal_and_the_log_say_why_rules_do_not_fit(desk: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "gemlive_emulator.session")
    async with emulator_of(desk) as emulator:
        emulator.when(text="coffee").say("Over there.")
        async with talking(emulator) as talk:
            await talk.say("Your opening hours?")
            await talk.say("Tea?")
        (record,) = emulator.journal.records
    chosen = [entry.details for entry in record.entries if entry.kind == "rule_chosen"]
    assert [(details["scenario"], details["rule"]) for details in chosen] == [
        ("rules of the test", None),
        ("desk", 1),
        ("rules of the test", None),
        ("desk", None),
    ]
    assert chosen[0]["misses"] == [{"rule": 1, "why": 'the text does not contain "coffee"'}]
    assert {miss["rule"] for miss in chosen[3]["misses"]} == {1, 2}
    assert f'session {record.name}: rule 1 of "desk" answers' in caplog.messages
    assert f'session {record.name}: rule 1: the text does not contain "coffee"' in caplog.messages


async def test_the_journal_tells_of_every_rule_the_nearest_first() -> None:
    async with emulator_of() as emulator:
        for word in [f"word{number}" for number in range(30)] + ["coffee", "teapot"]:
            emulator.when(text=word).say(word)
        async with talking(emulator) as talk:
            await talk.say("A teapt")
        (record,) = emulator.journal.records
    [details] = [entry.details for entry in record.entries if entry.kind == "rule_chosen"]
    told = [miss["rule"] for miss in details["misses"]]
    assert told[0] == 32, "it is but one letter away"
    assert sorted(told) == list(range(1, 33))


def test_a_page_can_be_found_while_it_is_kept() -> None:
    journal = Journal()
    page = journal.open("one", 0.0)
    journal.open("two", 0.0)
    assert journal.page("one") is page
    assert journal.page("three") is None


async def test_a_spoken_script_tells_the_words_of_each_exchange() -> None:
    async with emulator_of() as emulator:
        script = emulator.script()
        script.expect(heard={"contains": "opening hours"}, says="What are your opening hours?").say(
            "From nine to five."
        )
        async with connect(emulator.url.replace("http", "ws", 1) + GEMINI) as connection:
            client = Client(connection)
            config = {"automaticActivityDetection": {"disabled": True}}
            await client.send(
                {"setup": {"model": AUDIO_MODEL, "realtimeInputConfig": config, "outputAudioTranscription": {}}}
            )
            await client.receive()
            for message in (
                {"activityStart": {}},
                {"audio": {"mimeType": "audio/pcm;rate=16000", "data": "AAAA" * 4000}},
                {"activityEnd": {}},
            ):
                await client.send({"realtimeInput": message})
            messages = await client.turn()
    words = [message.get("serverContent", {}).get("outputTranscription", {}).get("text", "") for message in messages]
    assert "".join(words).strip() == "From nine to five."
