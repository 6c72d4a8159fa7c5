"""Conditions: what fits, and why the rest does not."""

import pytest

from gemlive_emulator.scenario.fields import fault
from gemlive_emulator.scenario.model import RuleForm
from gemlive_emulator.scenario.rules import Contains, Exact, Rule, Seen, condition_of
from gemlive_emulator.session.steps import UserTurn


def why_not(when: object, text: str, bare: type[Contains] | type[Exact] = Contains) -> str | None:
    form = RuleForm.model_validate({"when": when, "then": [{"say": "x"}]})
    return condition_of(form.when, bare).why_not(Seen(UserTurn(text, 1)))


@pytest.mark.parametrize(
    ("when", "text"),
    [
        ({"text": "weather"}, "What's the WEATHER like?"),
        ({"text": "two  words"}, "these two\n words"),
        ({"text": "天気"}, "今日の天気は"),
        ({"text": ["sun", "rain"]}, "rain?"),
        ({"text": ["sun", "/r.in/", {"exact": "hail"}]}, "Hail!"),
        ({"text": {"exact": "Hello."}}, "  hello!! "),
        ({"text": {"contains": ["a", "b"], "exact": ["abc", "bcd"]}}, "bcd"),
        ({"text": {"regex": ["x+", "^y"]}}, "yes"),
        ({"text": {"regex": "/X+/i"}}, "ax"),
        ({"text": {"contains": "book", "not": "cancel"}}, "book it"),
        ({"text": {"not": ["a", "b"]}}, "c"),
        ({"any": [{"text": "a"}, {"text": "b"}]}, "b"),
        ({"not": {"text": "a"}}, "b"),
        ({"text": "b", "any": [{"text": "c"}], "not": {"text": "a"}}, "b c"),
    ],
)
def test_a_turn_fits(when: object, text: str):
    assert why_not(when, text) is None


@pytest.mark.parametrize(
    ("when", "text", "reason"),
    [
        ({"text": "weather"}, "hello", 'the text does not contain "weather"'),
        ({"text": "line\nbreak"}, "hello", 'the text does not contain "line\\nbreak"'),
        ({"text": ["sun", "rain"]}, "x", 'the text does not contain "sun" and the text does not contain "rain"'),
        ({"text": {"exact": "hello"}}, "hello you", 'the text is not "hello"'),
        ({"text": "/^a/"}, "ba", "the text does not match /^a/"),
        ({"text": {"contains": "a", "exact": "b"}}, "a", 'the text is not "b"'),
        ({"text": {"not": "a"}}, "a", 'it must not be that the text contains "a"'),
        ({"not": {"text": ["a", "/b/"]}}, "b", 'it must not be that the text contains "a" or the text matches /b/'),
        ({"not": {"text": "a", "not": {"text": {"exact": "b"}}}}, "a",
         'it must not be that the text contains "a" and not (the text is "b")'),
        ({"any": [{"text": "a"}, {"text": "b"}]}, "x", 'the text does not contain "a" and the text does not contain "b"'),
    ],
)  # fmt: skip
def test_a_turn_does_not_fit_and_the_reason_is_told(when: object, text: str, reason: str):
    assert why_not(when, text) == reason


def test_a_bare_text_is_the_whole_turn_where_that_is_meant():
    assert why_not({"text": "Hello"}, "hello!", Exact) is None
    assert why_not({"text": "Hello"}, "hello you", Exact) == 'the text is not "Hello"'
    assert why_not({"text": {"not": ["Hello"]}}, "hello you", Exact) is None


def test_a_rule_tells_why_it_does_not_fit():
    rule = Rule.of(RuleForm.model_validate({"when": {"text": "a"}, "then": [{"say": "x"}]}))
    assert rule.why_not(Seen(UserTurn("b", 1))) == 'the text does not contain "a"'
    assert rule.why_not(Seen(UserTurn("a", 1))) is None


def test_a_fault_tells_what_is_wrong():
    assert fault("wrong-value", "odd {braces}").message() == "odd {braces}"
