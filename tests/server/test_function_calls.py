"""Functions called without a scenario, as a client of the real server has them called; and the setting against it."""

import json
from typing import Any

import pytest
from live_server import TEXT_SETUP
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.cli.main import main

GEMINI = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
TEMPERATURE = {
    "name": "get_temperature",
    "description": "Gets the current temperature for a given location.",
    "parameters": {
        "type": "object",
        "properties": {"location": {"type": "string"}},
        "required": ["location"],
    },
}


async def messages(question: str, response: dict[str, Any], **settings: Any) -> list[dict[str, Any]]:
    """All that comes until the turn is complete; every call is answered with this response."""
    setup = {"setup": {**TEXT_SETUP["setup"], "tools": {"function_declarations": [TEMPERATURE]}}}
    turn = {"client_content": {"turns": [{"role": "user", "parts": [{"text": question}]}], "turn_complete": True}}
    came = []
    emulator = Emulator(Settings(port=0, pace="at-once", voice="formant", **settings))
    async with emulator, connect(emulator.url.replace("http", "ws", 1) + GEMINI) as connection:
        await connection.send(json.dumps(setup))
        await connection.recv()
        await connection.send(json.dumps(turn))
        async for frame in connection:
            came.append(json.loads(frame))
            for call in came[-1].get("toolCall", {}).get("functionCalls", ()):
                answer = {"id": call["id"], "name": call["name"], "response": response}
                await connection.send(json.dumps({"tool_response": {"function_responses": [answer]}}))
            if came[-1].get("serverContent", {}).get("turnComplete"):
                break
    return came


def said(came: list[dict[str, Any]]) -> str:
    turns = (message.get("serverContent", {}).get("modelTurn", {}) for message in came)
    return "".join(part.get("text", "") for turn in turns for part in turn.get("parts", ()))


def calls(came: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [call for message in came for call in message.get("toolCall", {}).get("functionCalls", ())]


async def test_the_function_of_the_setup_is_called_and_its_result_said():
    came = await messages("Get the current temperature in New York.", {"result": 21})
    (call,) = calls(came)
    assert (call["name"], call["args"]) == ("get_temperature", {"location": "New York"})
    assert said(came) == "The temperature is 21 degrees.\n"


async def test_function_calls_are_switched_off_by_a_setting():
    came = await messages("Get the current temperature in New York.", {"result": 21}, call_functions=False)
    assert calls(came) == []
    assert "no live data" in said(came)


@pytest.mark.parametrize(("call_functions", "called"), [(True, 1), (False, 0)])
async def test_the_setting_also_counts_where_a_scenario_has_no_rule(tmp_path, call_functions: bool, called: int):
    file = tmp_path / "desk.yaml"
    file.write_text('scenario: desk\nrules: [{when: {text: hello}, then: [{say: "Hi."}]}]\n', encoding="utf-8")
    came = await messages("temperature in Rome", {}, scenario=str(file), call_functions=call_functions)
    assert len(calls(came)) == called


@pytest.mark.parametrize(("words", "expected"), [([], True), (["--no-function-calls"], False)])
def test_the_command_line_sets_it(words: list[str], expected: bool):
    serve = main.get_command(main.make_context("gemlive-emulator", ["serve"]), "serve")
    assert serve is not None
    assert serve.make_context("serve", words).params["call_functions"] is expected
