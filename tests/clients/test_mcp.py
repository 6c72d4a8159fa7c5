"""Tools of which the SDKs make declarations: those of a Model Context Protocol server, and Python functions."""

from collections.abc import Iterator
from typing import Any

import pytest
from emulators import APPS, Finished, Serving, finished, serving
from environments import Environments, NoNode
from transcripts import Turn, in_snake_case

pytestmark = pytest.mark.clients

NATIVE = "gemini-2.5-flash-native-audio-preview-12-2025"
QUESTION = "What is the temperature in Oslo?"
BRIGHTNESS = "Please set the brightness to 40 percent."


@pytest.fixture(scope="module")
def reading_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """An emulator whose models know what stands in ``parametersJsonSchema``."""
    schema = ["--set", "behaviour.calling.json_schema=true"]
    with serving(tmp_path_factory.mktemp("reading"), "--pace", "at-once", *schema) as running:
        yield running


def told(done: Finished, name: str) -> list[Any]:
    """The values of this name, in the spelling of Python."""
    return [in_snake_case(line[name]) for line in done.lines if name in line]


def only_call(done: Finished) -> dict[str, Any]:
    """The one function that the model wanted called, without its id."""
    [called] = [message["tool_call"] for message in told(done, "message") if "tool_call" in message]
    [call] = called["function_calls"]
    assert call.pop("id").startswith("function-call-")
    found: dict[str, Any] = call
    return found


def spoken(done: Finished) -> str:
    """What the model said in the one turn, which ended as it has to."""
    turn = Turn(told(done, "message"))
    turn.check_end()
    return turn.words


def ask_with_python(emulator: Serving, environments: Environments) -> Finished:
    """The question, with the server as a tool of google-genai."""
    python = str(environments.libraries("mcp"))
    return finished([python, str(APPS / "mcp_tools.py"), NATIVE, QUESTION], emulator.environment())


def ask_with_js(emulator: Serving, environments: Environments) -> Finished:
    """The question, with the server as a tool of @google/genai."""
    try:
        sdk = environments.node("3 with MCP")
    except NoNode as reason:
        pytest.skip(str(reason))
    command = [str(sdk.node), str(APPS / "mcp_tools.cjs"), str(environments.libraries("mcp")), NATIVE, QUESTION]
    return finished(command, emulator.environment() | {"NODE_PATH": str(sdk.modules)})


def test_google_genai_declares_the_tools_of_a_session(emulator: Serving, environments: Environments) -> None:
    done = ask_with_python(emulator, environments)
    assert only_call(done) == {"name": "get_temperature", "args": {"location": "Oslo"}}
    assert told(done, "called") == [{"get_temperature": {"output": "It is 21 degrees in Oslo."}}]
    assert spoken(done) == "It is 21 degrees in Oslo."


def test_mcp_to_tool_declares_by_json_schema(reading_emulator: Serving, environments: Environments) -> None:
    done = ask_with_js(reading_emulator, environments)
    assert only_call(done) == {"name": "get_temperature", "args": {"location": "Oslo"}}
    [called] = told(done, "called")
    assert called["get_temperature"]["content"] == [{"type": "text", "text": "It is 21 degrees in Oslo."}]
    assert spoken(done) == "It is 21 degrees in Oslo."


def test_which_the_real_server_does_not_read(emulator: Serving, environments: Environments) -> None:
    done = ask_with_js(emulator, environments)
    assert only_call(done) == {"name": "get_temperature", "args": {}}
    [called] = told(done, "called")
    assert called["get_temperature"]["error"]["is_error"] is True
    assert spoken(done).startswith("The function get temperature failed: Error executing tool")
    assert "parametersJsonSchema of get_temperature" in emulator.log.read_text()


@pytest.mark.parametrize(("sdk", "args"), [("3.4.0", {}), ("1", {"percent": 40})])
def test_a_python_function_is_declared_and_not_called(
    sdk: str, args: dict[str, Any], emulator: Serving, environments: Environments
) -> None:
    """Version 3 declares it by a JSON schema, which the real server does not read; version 1 by a schema of the API."""
    python = str(environments.python(sdk).python)
    done = finished([python, str(APPS / "callables.py"), NATIVE, BRIGHTNESS], emulator.environment())
    assert only_call(done) == {"name": "set_brightness", "args": args}
    assert told(done, "called by the SDK") == [[]]
    assert spoken(done) == "Okay, done: set brightness."
