"""What goes wrong in a session reaches the test: exceptions of responders, scripts that were not kept to, mistakes."""

import logging
import traceback
from pathlib import Path
from typing import Any

import pytest
from live_server import TEXT_SETUP, Client, said
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, EmulatorError, ScenarioError, ScriptError, Settings
from gemlive_emulator.server.failures import MOST_FAILURES, Failures
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn

GEMINI = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


def quick(**more: Any) -> Settings:
    return Settings(port=0, pace="at-once", voice="formant", **more)


def client_of(emulator: Emulator, query: str = "") -> connect:
    return connect(emulator.url.replace("http", "ws", 1) + GEMINI + query)


async def opened(connection: Any) -> Client:
    client = Client(connection)
    await client.send(TEXT_SETUP)
    assert await client.receive() == {"setupComplete": {}}
    return client


async def say(emulator: Emulator, *texts: str) -> None:
    """A connection of its own that says these and waits for each answer."""
    async with client_of(emulator) as connection:
        client = await opened(connection)
        for text in texts:
            await client.say(text)
            await client.turn()


async def break_off(emulator: Emulator, text: str) -> tuple[int, str]:
    """A connection of its own that says this; how the server closed it."""
    async with client_of(emulator) as connection:
        client = await opened(connection)
        await client.say(text)
        return await client.closed()


def fail_on(text: str) -> Any:
    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        if turn.text.startswith(text):
            raise ValueError(f"no answer to {turn.text}")
        yield Say("Fine.")

    return respond


async def test_what_a_responder_raises_closes_1011_with_its_words_and_is_raised_at_the_end() -> None:
    emulator = Emulator(quick(), responder=fail_on("bad"))
    await emulator.__aenter__()
    assert await break_off(emulator, "bad") == (1011, "no answer to bad")
    with pytest.raises(ValueError, match="no answer to bad") as caught:
        await emulator.__aexit__(None, None, None)
    assert traceback.extract_tb(caught.tb)[-1].name == "respond"


async def test_words_are_cut_as_a_close_frame_takes_them() -> None:
    async with Emulator(quick(), responder=fail_on("bad")) as emulator:
        assert await break_off(emulator, "bad " + "ä" * 200) == (1011, "no answer to bad " + "ä" * 53)
        with pytest.raises(ValueError, match=r"ä{200}"):
            emulator.check()


async def test_an_exception_without_words_is_called_by_its_name() -> None:
    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        raise NotImplementedError

    async with Emulator(quick(), responder=respond) as emulator:
        assert await break_off(emulator, "Hello") == (1011, "NotImplementedError")
        with pytest.raises(NotImplementedError):
            emulator.check()


async def test_what_failed_is_kept_with_its_session_and_raised_once() -> None:
    async with Emulator(quick(), responder=fail_on("bad")) as emulator:
        emulator.check()
        await say(emulator, "good")
        assert emulator.failures == ()
        await break_off(emulator, "bad")
        (failure,) = emulator.failures
        assert failure.session == emulator.journal.records[-1].name
        with pytest.raises(ValueError, match="no answer to bad") as caught:
            emulator.check()
        assert caught.value is failure.error
        emulator.check()
        assert emulator.failures == (failure,)


async def test_several_failures_are_raised_as_a_group() -> None:
    async with Emulator(quick(), responder=fail_on("bad")) as emulator:
        await break_off(emulator, "bad 1")
        await break_off(emulator, "bad 2")
        with pytest.raises(ExceptionGroup, match="2 failures in the emulator's sessions") as caught:
            emulator.check()
        assert [str(error) for error in caught.value.exceptions] == ["no answer to bad 1", "no answer to bad 2"]


async def test_another_exception_goes_first_and_is_told_what_failed() -> None:
    async def lose(emulator: Emulator) -> None:
        async with emulator:
            await break_off(emulator, "bad")
            raise AssertionError("the test saw no answer")

    with pytest.raises(AssertionError, match="the test saw no answer") as caught:
        await lose(Emulator(quick(), responder=fail_on("bad")))
    (note,) = caught.value.__notes__
    assert note.startswith("The emulator's session ")
    assert note.endswith(" failed: ValueError: no answer to bad")


async def test_reset_forgets_failures_rules_and_words_and_counts_connections_anew() -> None:
    async with Emulator(quick(), responder=fail_on("bad")) as emulator:
        emulator.reset()
        emulator.when(connection=1).say("The first.")
        emulator.user_says("bad")
        await say(emulator, "bad")
        await break_off(emulator, "bad")
        emulator.reset()
        assert emulator.failures == ()
        emulator.when(connection=1).say("The first again.")
        async with client_of(emulator) as connection:
            client = await opened(connection)
            await client.say("bad")
            assert said(await client.turn()) == "The first again."


SCRIPT = """
script:
  - expect: {text: Hello}
    reply: [{say: Hello there!}]
  - expect: {text: How are you?}
    reply: [{say: "Fine."}]
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    file = tmp_path / "talk.yaml"
    file.write_text(SCRIPT, encoding="utf-8")
    return str(file)


async def test_a_script_that_is_kept_to_fails_nothing(script: str) -> None:
    async with Emulator(quick(scenario=script)) as emulator:
        await say(emulator, "Hello", "How are you?")
        await say(emulator, "Hello", "How are you?")
    assert emulator.failures == ()


async def test_something_else_than_the_script_expects_is_a_failure_that_names_both(script: str) -> None:
    async with Emulator(quick(scenario=script)) as emulator:
        code, words = await break_off(emulator, "Good morning")
        with pytest.raises(ScriptError, match=r'exchange 1: expected that .*"Hello", got "Good morning"') as caught:
            emulator.check()
    (problem,) = caught.value.problems
    assert (code, words) == (1011, problem.encode()[:123].decode())


async def test_a_script_that_is_not_finished_is_a_failure(script: str, caplog: pytest.LogCaptureFixture) -> None:
    emulator = Emulator(quick(scenario=script))
    await emulator.__aenter__()
    async with client_of(emulator) as connection:
        client = await opened(connection)
        await client.say("Hello")
        await client.turn()
        emulator.check()  # it may still come
        with pytest.raises(ScriptError, match=r'Script exchange 2: the text is "How are you\?": never reached'):
            await emulator.__aexit__(None, None, None)
    assert "Script exchange 2" in caplog.text


@pytest.mark.parametrize("setup", [{}, TEXT_SETUP["setup"] | {"sessionResumption": {"handle": "nobodysHandle"}}])
async def test_a_client_that_is_refused_began_no_script(script: str, setup: dict[str, Any]) -> None:
    async with Emulator(quick(scenario=script)) as emulator, client_of(emulator) as connection:
        client = Client(connection)
        await client.send({"setup": setup})
        assert (await client.closed())[0] == 1008


async def test_a_responder_that_fails_did_not_leave_a_script_unfinished(script: str) -> None:
    """The rest was never reached because the connection broke; that is one failure, not two."""
    async with Emulator(quick(scenario=script)) as emulator:
        emulator.when(text="call").call("undeclared")
        await break_off(emulator, "call it")
        with pytest.raises(EmulatorError, match="undeclared") as caught:
            emulator.check()
        assert type(caught.value) is not ScriptError


async def test_an_undeclared_function_is_a_failure_that_says_so(caplog: pytest.LogCaptureFixture) -> None:
    async with Emulator(quick()) as emulator:
        emulator.when(text="weather").call("get_weather", city="Oslo")
        code, words = await break_off(emulator, "How is the weather?")
        assert code == 1011
        with pytest.raises(EmulatorError, match='the client declared no function "get_weather"') as caught:
            emulator.check()
    assert str(caught.value).startswith(words)
    assert "Traceback" not in caplog.text


async def test_a_script_for_which_nobody_came_is_a_failure() -> None:
    emulator = Emulator(quick())
    await emulator.__aenter__()
    emulator.script().expect(text="Hello").say("Hello there!")
    with pytest.raises(ScriptError, match=r"test_failures_told\.py:\d+: no session began this script"):
        await emulator.__aexit__(None, None, None)


async def test_a_rule_without_steps_is_a_failure() -> None:
    emulator = Emulator(quick())
    await emulator.__aenter__()
    emulator.when(text="Hello")
    emulator.when(text="Hello").say("Here I am.")
    await say(emulator, "Hello")
    with pytest.raises(ScriptError, match=r"test_failures_told\.py:\d+: this rule has no steps, so it answers nothing"):
        await emulator.__aexit__(None, None, None)


async def test_a_script_without_a_reply_is_told_of_when_a_session_wants_it() -> None:
    async with Emulator(quick()) as emulator:
        emulator.script().expect(text="Hello")
        async with client_of(emulator) as connection:
            client = Client(connection)
            await client.send(TEXT_SETUP)
            assert (await client.closed())[0] == 1011
        with pytest.raises(ScenarioError, match="'reply' is missing"):
            emulator.check()
        emulator.reset()


async def test_a_scenario_whose_timing_no_family_has_fails_at_the_start(tmp_path: Path) -> None:
    from gemlive_emulator.scenario.engine import Scenario
    from gemlive_emulator.server.casting import check_timing

    check_timing([Scenario("fine", timing={"behaviour.pace.first_audio": 2.0})])
    with pytest.raises(EmulatorError, match=r"timing of scenario 'odd': .*'first_audoi'"):
        check_timing([Scenario("odd", timing={"behaviour.pace.first_audoi": 2.0})])


def test_only_the_first_are_kept(caplog: pytest.LogCaptureFixture) -> None:
    failures = Failures()
    with caplog.at_level(logging.CRITICAL):
        for number in range(MOST_FAILURES + 5):
            failures.tell("one", "it cannot go on", ValueError(number))
    assert [failure.error.args for failure in failures.kept] == [(number,) for number in range(MOST_FAILURES)]
