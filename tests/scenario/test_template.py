"""Placeholders: those of the list, and client text that stays what it is."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import Talk
from talk import spoken as aloud

from gemlive_emulator.scenario.memory import Called, Memory
from gemlive_emulator.scenario.references import spoken
from gemlive_emulator.scenario.template import PLACEHOLDERS, Scene, Template, TemplateError
from gemlive_emulator.session.steps import Said, UserTurn
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.session.tools import ToolResult
from gemlive_emulator.wire.tools import FunctionDeclaration

HOSTILE = ["{model}", "{turn.text}", "{{}}", "{0.__class__}", "%(model)s", "${model}", "{{7*7}}", "{", "}"]


def fill(written: str, text: str = "", **about) -> str:
    return Template.parse(written).fill(Scene(UserTurn(text, 3), Talk(**about)))


@pytest.mark.parametrize(
    ("written", "filled"),
    [
        ("", ""),
        ("plain", "plain"),
        ("{turn.number}: {turn.text}!", "3: hi!"),
        ("{ model }/{voice}", "gemini-2.0-flash-live-001/Puck"),
        ("{{turn.text}} {{}}", "{turn.text} {}"),
        ("{history.last_user}", "before"),
        ("{turn.seconds} s", "0.00 s"),
    ],
)
def test_placeholders_are_replaced(written: str, filled: str):
    history = [Said("user", "long ago"), Said("user", "before"), Said("model", "yes")]
    assert fill(written, "hi", voice="Puck", history=history) == filled


def test_the_length_of_speech_has_two_decimals():
    scene = Scene(aloud("hello", seconds=1.8365), Talk())
    assert Template.parse("{turn.text}, {turn.seconds}").fill(scene) == "hello, 1.84"


def test_without_history_the_last_user_text_is_empty():
    assert fill("<{history.last_user}>") == "<>"
    assert fill("<{history.last_user}>", history=[Said("model", "hm")] * 5_000) == "<>"


@pytest.mark.parametrize(
    ("written", "wrong", "right"),
    [
        ("{turn.txt}", "unknown placeholder {turn.txt}", "did you mean 'turn.text'?"),
        ("{}", "unknown placeholder {}", "known here: call.args"),
        ("{turn.text.__class__}", "unknown placeholder", "did you mean"),
        ("{call.arguments}", "unknown placeholder", "did you mean 'call.args'?"),
        ("{call.args.a b}", "unknown placeholder", "did you mean"),
        ("{calls.x.name.y}", "unknown placeholder", "did you mean"),
        ("{state.}", "unknown placeholder {state.}", "did you mean 'state.NAME'?"),
        ("{result.}", "unknown placeholder {result.}", "did you mean 'result'?"),
        ("a { b", "a single '{'", "write '{{'"),
        ("a } b", "a single '}'", "write '}}'"),
        ("{a{model}}", "a single '{'", "write '{{'"),
    ],
)
def test_an_unknown_placeholder_is_refused(written: str, wrong: str, right: str):
    with pytest.raises(TemplateError, match=re.escape(wrong)) as refused:
        Template.parse(written)
    assert right in refused.value.right


@pytest.mark.parametrize("name", [*PLACEHOLDERS, "state.x", "result", "result.a", "calls.f.args.a"])
@given(text=st.one_of(st.sampled_from(HOSTILE), st.text()))
def test_what_a_client_sent_is_never_read_as_a_template(name: str, text: str):
    memory = Memory(own={"x": text})
    memory.last = memory.calls["f"] = Called("f", {"a": text}, ToolResult("", "f", {"a": text}))
    about = Talk(
        model=text,
        voice=text,
        modality=text,
        system_instruction=text,
        tools=Toolbox({text: FunctionDeclaration()}),
        history=[Said("user", text)],
    )
    filled = Template.parse(f"<{{{name}}}>").fill(Scene(UserTurn(text, 3), about, memory))
    fixed = {"turn.number": "<3>", "turn.seconds": "<0.00>", "connection": "<1>", "result": f"<{spoken({'a': text})}>"}
    assert filled == fixed.get(name, f"<{text}>")


def test_state_is_read_by_its_name():
    memory = Memory(shared={"shared.visits": "3"}, own={"a.b-c": "x"})
    template = Template.parse("{state.shared.visits}{state.a.b-c}{state.none}")
    assert template.fill(Scene(UserTurn("", 1), Talk(), memory)) == "3x"


def test_what_may_be_called_is_told_by_name():
    tools = Toolbox({"turn_on": FunctionDeclaration(), "turn_off": FunctionDeclaration()}, frozenset({"google_search"}))
    assert fill("{tools} on {connection}", tools=tools, connection=2) == "turn_on, turn_off, google_search on 2"
