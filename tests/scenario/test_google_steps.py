"""Steps for Google's tools: what they do, and what is said of those that cannot work."""

from pathlib import Path

import pytest
from talk import Talk

from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.session.google_tools import (
    Browsed,
    CodeRan,
    CodeWritten,
    Grounded,
    Searched,
    Source,
    Support,
    UrlsRead,
)
from gemlive_emulator.session.steps import Say, Step, Tell
from gemlive_emulator.wire.errors import EmulatorError


def played(steps: str) -> list[Step]:
    """What these steps do when the user says "Weather in Oslo?"."""
    (scenario,) = parse(f"rules:\n  - when: {{text: oslo}}\n    then: {steps}\n", Path("desk.yaml"))
    return Talk(scenario.responder()).steps("Weather in Oslo?")


def test_a_search():
    assert played("[{search: '{turn.text}'}]") == [Tell((Searched(("Weather in Oslo?",)),))]
    assert played("[{search: [a, b]}]") == [Tell((Searched(("a", "b")),))]


def test_what_an_answer_rests_on():
    say, ground = played(
        "[{ground: {text: 'Über Oslo: 3 degrees [1].', queries: weather, sources: [https://a.example/x, "
        "{uri: https://b.example, title: B}], supports: {text: '3 degrees [1].', sources: [1, 2]}}}]"
    )
    assert say == Say("Über Oslo: 3 degrees [1].")
    assert isinstance(ground, Tell)
    (grounded,) = ground.happenings
    assert isinstance(grounded, Grounded)
    assert grounded.queries == ("weather",)
    assert grounded.sources == (
        Source("https://a.example/x", "a.example", "a.example"),
        Source("https://b.example", "B", "b.example"),
    )
    assert grounded.supports == (Support("3 degrees [1].", 12, (0, 1)),)
    assert ">weather</a>" in grounded.suggestions


def test_the_text_may_have_been_said_before():
    assert played("[{say: Hi}, {ground: {queries: [a], html: '<b>a</b>'}}]") == [
        Say("Hi"),
        Tell((Grounded(("a",), (), (), "<b>a</b>"),)),
    ]


def test_code_with_its_result():
    steps = "[{code: {run: 'print(f\"{1 + 1}\")', output: '{turn.text}\\n'}}, {say: Two}]"
    assert played(steps) == [
        Tell((CodeWritten('print(f"{1 + 1}")'),)),
        Tell((CodeRan("Weather in Oslo?\\n"),)),
        Say("Two"),
    ]


def test_code_without_a_result_and_a_result_without_code():
    assert played("[{code: 'print(1)'}]") == [Tell((CodeWritten("print(1)"),))]
    assert played("[{code: {output: done}}]") == [Tell((CodeRan("done"),))]
    assert played("[{code: {run: 'x', outcome: DEADLINE_EXCEEDED}}]") == [
        Tell((CodeWritten("x"),)),
        Tell((CodeRan("", "DEADLINE_EXCEEDED"),)),
    ]


def test_pages():
    assert played("[{urls: [https://a.example, {url: https://b.example, status: PAYWALL}]}]") == [
        Tell(
            (
                Browsed(("https://a.example", "https://b.example")),
                UrlsRead((("https://a.example", "SUCCESS"), ("https://b.example", "PAYWALL"))),
            )
        )
    ]
    assert played("[{urls: https://a.example}]") == [
        Tell((Browsed(("https://a.example",)), UrlsRead((("https://a.example", "SUCCESS"),))))
    ]


def test_a_support_that_does_not_occur_says_so():
    with pytest.raises(EmulatorError, match=r"'ground': .*warm.* does not occur in .*cold"):
        played("[{ground: {text: cold, sources: [https://a.example], supports: {text: warm, sources: 1}}}]")


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("[{ground: {}}]", "an answer that rests on nothing"),
        ("[{ground: {sources: [x], supports: {text: a, sources: 1}}}]", "there is no text that has these pieces"),
        ("[{ground: {text: a, sources: [x], supports: {text: a, sources: 2}}}]", "there is no source 2"),
        ("[{ground: {text: a, supports: {text: a, sources: 0}}}]", "there is no source 0"),
        ("[{ground: {text: a, sources: []}}]", "nothing stands in this list"),
        ("[{code: {}}]", "there is no code and no result"),
        ("[{code: {run: a, outcome: OKAY}}]", "did you mean 'OK'"),
        ("[{urls: {url: a, status: GONE}}]", "GONE"),
        ("[{urls: []}]", "nothing stands in this list"),
        ("[{search: {words: a}}]", "a text is needed here"),
    ],
)
def test_what_cannot_work_is_said_when_the_file_is_read(steps: str, words: str):
    with pytest.raises(ScenarioError) as error:
        played(steps)
    assert words in str(error.value)
