"""Calls of a scenario whose connection is lost: on 3.8 the next one takes their results, and the steps go on."""

from typing import Any

import pytest
from test_scenario_calls import DESK, call_of, declared, respond

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.scenario.engine import Scenario
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.session.behaviour import AT_ONCE
from gemlive_emulator.session.commands import HandleIssued
from gemlive_emulator.testing.playbook import Playbook

NEW = "models/gemini-3.8-live"
BEFORE = "rules:\n  - when: {text: weather}"
SCRIPT = """
script:
  - expect: {text: weather}
    reply:
      - call: get_temperature
        args: {location: "New York"}
      - say: "It is {result.temperature} degrees."
  - expect: {text: thanks}
    reply: [{say: "You are welcome."}]
"""


def heard(book: Playbook) -> str:
    """What was said aloud, by its transcription."""
    told = (message.body.get("serverContent", {}).get("outputTranscription", {}) for message in book.messages)
    return "".join(one.get("text", "") for one in told)


def opened(scenario: Scenario, kept: dict[str, Any], seed: int, handle: str | None = None, **tool: Any) -> Playbook:
    responder = scenario.responder()
    book = Playbook(responder, terms=Terms(pace=AT_ONCE, overrides=scenario.timing), kept=kept, seed=seed)
    book.open(NEW, tools=declared(**tool), outputAudioTranscription={}, sessionResumption={"handle": handle})
    return book


def lost_while_calling(written: str, seconds: float = 0.0, **tool: Any) -> tuple[Playbook, Playbook]:
    """A session that asked for the weather and lost its connection, and the one that resumes it."""
    scenario, kept = parse(written)[0], dict[str, Any]()
    lost = opened(scenario, kept, 1, **tool)
    lost.say("weather")
    lost.advance(seconds)
    lost.hang_up()
    [handle] = [one.command.handle for one in lost.log if isinstance(one.command, HandleIssued)]
    resumed = opened(scenario, kept, 2, handle, **tool)
    resumed.messages.insert(0, next(message for message in lost.messages if "toolCall" in message.body))
    return lost, resumed


@pytest.mark.parametrize("behavior", ["BLOCKING", "NON_BLOCKING"])
@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ({"temperature": 21}, "It is 21 degrees in New York."),
        ({"error": "no sensor"}, "The thermometer says: no sensor."),
    ],
)
def test_the_steps_behind_the_call_are_played(behavior: str, response: dict[str, Any], answer: str):
    lost, resumed = lost_while_calling(DESK, behavior=behavior)
    assert heard(lost).strip() == "One moment."
    assert call_of(resumed)["name"] == "get_temperature"
    respond(resumed, response)
    resumed.finish()
    assert heard(resumed).strip() == answer


def test_what_never_comes_is_given_up_by_the_step():
    _, resumed = lost_while_calling(DESK, seconds=4.0)
    resumed.advance(4.9)
    assert heard(resumed) == ""
    resumed.advance(0.2)
    assert heard(resumed).strip() == "It does not answer."


def test_a_script_goes_on_where_it_was():
    _, resumed = lost_while_calling(SCRIPT)
    respond(resumed, {"temperature": 21})
    resumed.finish()
    resumed.say("thanks")
    resumed.finish()
    assert heard(resumed) == "It is 21 degrees.You are welcome."


def test_a_scenario_may_have_them_lost():
    _, resumed = lost_while_calling(f"resumption: {{pending_calls: lost}}\n{DESK}")
    respond(resumed, {"temperature": 21})
    resumed.finish()
    assert heard(resumed) == ""
    assert resumed.messages[-1].body["serverContent"] == {"turnComplete": True}


def test_the_rule_of_that_turn_answers_and_not_one_for_resumed_sessions():
    written = DESK.replace(BEFORE, "rules:\n  - when: {text: weather, resumed: false}")
    _, resumed = lost_while_calling(written)
    respond(resumed, {"temperature": 21})
    resumed.finish()
    assert heard(resumed).strip() == "It is 21 degrees in New York."
