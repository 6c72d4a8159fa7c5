"""Which of Google's tools a family takes in a setup."""

from typing import Any

import pytest

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.profiles.google_refusals import SEARCH_ONLY, check_google_tools
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.errors import ClientFault
from gemlive_emulator.wire.tools import Tool

OLD, CASCADE = "models/gemini-2.0-flash-live-001", "models/gemini-live-2.5-flash-preview"
NATIVE, NEW = "models/gemini-2.5-flash-native-audio-latest", "models/gemini-3.8-live"
MIDDLE = "models/gemini-3.1-flash-live-preview"


def answer(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say("Yes.")


def closed(model: str, tools: Any, **overrides: Any) -> tuple[int, str] | None:
    book = Playbook(answer, Endpoint(None), Terms(overrides=overrides))
    book.open(model, tools=tools)
    return book.closed


@pytest.mark.parametrize("model", [OLD, CASCADE, NATIVE, MIDDLE, NEW])
def test_every_family_searches(model: str):
    assert closed(model, [{"googleSearch": {}}, {"functionDeclarations": [{"name": "f"}]}]) is None


@pytest.mark.parametrize(
    ("tool", "takes"),
    [
        ("codeExecution", {OLD, CASCADE}),
        ("urlContext", {OLD, CASCADE, NATIVE}),
        ("googleMaps", set()),
        ("fileSearch", set()),
        ("computerUse", set()),
        ("googleSearchRetrieval", set()),
    ],
)
def test_who_takes_what(tool: str, takes: set[str]):
    told = {model: closed(model, [{tool: {}}]) for model in (OLD, CASCADE, NATIVE, MIDDLE, NEW)}
    assert {model for model, close in told.items() if close is None} == takes
    assert {close for close in told.values() if close is not None} == {
        (1007, "Request contains an invalid argument."),
    }


def test_the_hint_names_tool_and_model():
    with pytest.raises(ClientFault) as refused:
        check_google_tools([Tool(google_search={}), Tool(code_execution={})], SEARCH_ONLY, "gemini-3.8-live")
    assert refused.value.hint.startswith("codeExecution is not for gemini-3.8-live; leave it out")


def test_what_is_refused_can_be_changed():
    field = "refusals.google_tools"
    assert closed(NEW, [{"codeExecution": {}}], **{field: []}) is None
    assert closed(OLD, [{"codeExecution": {}}], **{field: ["code_execution"]}) == (
        1007,
        "Request contains an invalid argument.",
    )
    assert closed(NEW, [{"googleSearch": {}}], **{field: ["no_such_tool"]}) is None
