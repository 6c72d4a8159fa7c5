"""The built-in responder's calls in whole sessions, in each family's manner."""

from typing import Any

import pytest

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.scenario.builtin import respond
from gemlive_emulator.session.behaviour import AT_ONCE
from gemlive_emulator.session.commands import ToolCalls, TurnComplete
from gemlive_emulator.session.tools import ToolCall
from gemlive_emulator.testing.playbook import Happened, Playbook
from gemlive_emulator.wire.endpoint import Endpoint

OLD, CASCADE = "models/gemini-2.0-flash-live-001", "models/gemini-live-2.5-flash-preview"
NATIVE, MIDDLE = "models/gemini-2.5-flash-native-audio-latest", "models/gemini-3.1-flash-live-preview"
NEW, THINKING = "models/gemini-3.8-live", "models/gemini-3.8-live-extended-thinking"
STRING = {"type": "string"}
WEATHER = {
    "name": "get_weather",
    "description": "Look up the weather for a city.",
    "parameters": {"type": "object", "properties": {"city": STRING}, "required": ["city"]},
}
LIGHTS = {"name": "turn_on_the_lights", "parameters": {"type": "object", "properties": {}}}
MCP: list[dict[str, Any]] = [
    {
        "name": "read_file",
        "description": "Read the complete contents of a file from the file system.",
        "parameters": {
            "type": "object",
            "properties": {"path": STRING, "head": {"type": "number"}},
            "required": ["path"],
        },
    },
    {
        "name": "edit_file",
        "description": "Make line-based edits to a text file.",
        "parameters": {
            "type": "object",
            "properties": {
                "path": STRING,
                "edits": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {"oldText": STRING, "newText": STRING},
                        "required": ["oldText", "newText"],
                    },
                },
                "dryRun": {"type": "boolean", "default": False},
            },
            "required": ["path", "edits"],
        },
    },
    {
        "name": "convert_time",
        "description": "Convert time between timezones",
        "parameters": {
            "type": "object",
            "properties": {"source_timezone": STRING, "time": STRING, "target_timezone": STRING},
            "required": ["source_timezone", "time", "target_timezone"],
        },
    },
    {"name": "list_allowed_directories", "parameters": {"type": "object", "properties": {}}},
    {
        "name": "fetch",
        "description": "Fetches a URL from the internet.",
        "parameters": {
            "type": "object",
            "properties": {
                "url": {"type": "string", "format": "uri", "minLength": 1},
                "max_length": {"type": "integer", "maximum": 999_999},
            },
            "required": ["url"],
        },
    },
]
"""Tools as well-known MCP servers declare them, in the form that google-genai gives them."""


def opened(model: str, *functions: dict[str, Any]) -> Playbook:
    """A session with these functions, in which nothing takes time."""
    book = Playbook(respond, Endpoint(), Terms(pace=AT_ONCE))
    config: dict[str, Any] = {"responseModalities": ["TEXT"]} if model in (OLD, CASCADE) else {}
    if model == THINKING:
        config["thinkingConfig"] = {"thinkingLevel": "LOW"}
    book.open(
        model, generationConfig=config, tools=[{"functionDeclarations": list(functions)}], outputAudioTranscription={}
    )
    assert book.closed is None
    return book


def ask(book: Playbook, text: str) -> list[Happened]:
    """Type something, and wait until all is quiet."""
    return [*book.receive({"realtimeInput": {"text": text}}), *book.advance(5)]


def said(book: Playbook) -> str:
    """All that was said, written or aloud."""
    contents = [message.body.get("serverContent", {}) for message in book.messages]
    return book.said + "".join(content.get("outputTranscription", {}).get("text", "") for content in contents)


def calls(happened: list[Happened]) -> list[ToolCall]:
    """All calls, in order."""
    return [call for one in happened if isinstance(one.command, ToolCalls) for call in one.command.calls]


def answer(book: Playbook, call: ToolCall, response: dict[str, Any], **more: Any) -> list[Happened]:
    """Send what the function returned, and wait until all is quiet."""
    told = {"id": call.id, "name": call.name, "response": response, **more}
    return [*book.receive({"toolResponse": {"functionResponses": [told]}}), *book.advance(5)]


@pytest.mark.parametrize("model", [OLD, CASCADE, NATIVE, MIDDLE, NEW, THINKING])
def test_every_family_calls_and_says_what_came_back(model: str):
    book = opened(model, WEATHER, LIGHTS)
    (call,) = calls(ask(book, "What's the weather in London?"))
    assert (call.name, dict(call.args)) == ("get_weather", {"city": "London"})
    answer(book, call, {"result": "sunny"})
    assert "The weather is sunny." in said(book)
    assert book.closed is None
    ask(book, "hello")
    assert "Hello there!" in said(book)


def test_where_calls_do_not_block_nothing_is_said_before_the_result():
    book = opened(NEW, WEATHER)
    happened = ask(book, "What's the weather in London?")
    assert said(book) == ""
    assert sum(isinstance(one.command, TurnComplete) for one in happened) == 1


def test_a_silent_result_is_known_later_and_asked_for_anew_after_that():
    blocking_not = {**WEATHER, "behavior": "NON_BLOCKING"}
    book = opened(CASCADE, blocking_not)
    (call,) = calls(ask(book, "What's the weather in London?"))
    answer(book, call, {"result": "sunny"}, scheduling="SILENT")
    assert book.said == ""
    assert calls(ask(book, "What's the weather?")) == []
    assert book.said == "The weather is sunny.\n"
    assert [call.name for call in calls(ask(book, "What's the weather in Rome?"))] == ["get_weather"]


def test_what_was_returned_is_recalled_after_other_turns():
    book = opened(CASCADE, WEATHER)
    (call,) = calls(ask(book, "What's the weather in London?"))
    answer(book, call, {"temperature": 21})
    ask(book, "hello")
    before = len(book.said)
    ask(book, "What was the temperature?")
    assert book.said[before:] == "The temperature is 21 degrees.\n"


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ('Read the file "notes.txt"', "read_file", {"path": "notes.txt"}),
        ("please edit the file", "edit_file", {"path": "path", "edits": [{"oldText": "Hello", "newText": "Hello"}]}),
        (
            "convert the time 10:30 from Paris to Tokyo",
            "convert_time",
            {"source_timezone": "Paris", "time": "10:30", "target_timezone": "Tokyo"},
        ),
        ("list the allowed directories", "list_allowed_directories", {}),
        ("fetch https://example.com/page", "fetch", {"url": "https://example.com/page"}),
    ],
)
def test_tools_of_mcp_servers_are_called(text: str, name: str, args: dict[str, Any]):
    book = opened(CASCADE, *MCP)
    (call,) = calls(ask(book, text))
    assert (call.name, dict(call.args)) == (name, args)
    assert book.closed is None
