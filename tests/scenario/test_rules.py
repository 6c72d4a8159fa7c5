"""Conditions: what fits, and why the rest does not."""

import pytest
from talk import Talk, spoken

from gemlive_emulator.scenario.conditions import Condition, Contains, Exact
from gemlive_emulator.scenario.fields import fault
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.scenario.model import RuleForm
from gemlive_emulator.scenario.rules import Bare, Rule, condition_of
from gemlive_emulator.scenario.seen import Seen
from gemlive_emulator.session.hearing import Words, placeholder
from gemlive_emulator.session.steps import UserTurn

UNKNOWN = "nobody knows the words that were said aloud"


def seen(turn: UserTurn) -> Seen:
    return Seen(turn, Talk(), Memory())


def condition(when: object, bare: Bare = Contains) -> Condition[Seen]:
    form = RuleForm.model_validate({"when": when, "then": [{"say": "x"}]})
    return condition_of(form.when, bare)


def why_not(when: object, turn: str | UserTurn, bare: Bare = Contains) -> str | None:
    return condition(when, bare).why_not(seen(UserTurn(turn, 1) if isinstance(turn, str) else turn))


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
    assert rule.why_not(seen(UserTurn("b", 1))) == 'the text does not contain "a"'
    assert rule.why_not(seen(UserTurn("a", 1))) is None


@pytest.mark.parametrize(
    ("when", "turn"),
    [
        ({"heard": "stop"}, spoken("Please STOP!")),
        ({"heard": ["/^no/i", {"exact": "stop"}]}, spoken("Stop.", by="recogniser")),
        ({"heard": {"contains": "stop", "not": "light"}}, spoken("stop")),
        ({"text": "stop"}, spoken("stop")),
        ({"not": {"text": "stop"}}, spoken()),
        ({"not": {"heard": "stop"}}, "stop"),
        ({"audio": "any"}, spoken()),
        ({"audio": "any"}, spoken("hm", seconds=0)),
        ({"audio": {"at_least": "500ms", "at_most": "1.84s"}}, spoken()),
        ({"audio": {"at_most": "2"}}, spoken("stop")),
        ({"images": "any"}, spoken(other_parts=1)),
        ({"images": {"at_least": "2", "at_most": "2"}}, UserTurn("", 1, "content", 2)),
        ({"images": {"at_most": "0"}}, "x"),
        ({"text": "look", "images": "any", "audio": "any"}, spoken("look!", other_parts=3)),
    ],
)
def test_a_spoken_turn_fits(when: object, turn: str | UserTurn):
    assert why_not(when, turn) is None


@pytest.mark.parametrize(
    ("when", "turn", "reason"),
    [
        ({"heard": "stop"}, "stop", "nothing was said aloud"),
        ({"heard": {"not": "stop"}}, "go", "nothing was said aloud"),
        ({"heard": "stop"}, spoken("go on"), 'what was heard does not contain "stop"'),
        ({"heard": {"exact": "stop"}}, spoken("stop it"), 'what was heard is not "stop"'),
        ({"heard": "/^stop/"}, spoken("go"), "what was heard does not match /^stop/"),
        ({"heard": {"not": "stop"}}, spoken("stop"), 'it must not be that what was heard contains "stop"'),
        ({"heard": "/./"}, spoken(), UNKNOWN),
        ({"text": "speech"}, spoken(), UNKNOWN),
        ({"text": "/./"}, spoken(), UNKNOWN),
        ({"text": {"not": "stop"}}, spoken(), UNKNOWN),
        ({"any": [{"heard": "a"}, {"heard": "b"}]}, "a", "nothing was said aloud"),
        ({"audio": "any"}, "hello", "nothing was said aloud"),
        ({"audio": {"at_least": "2s"}}, spoken(), "the speech is 1.84 s, less than 2 s"),
        ({"audio": {"at_least": "0", "at_most": "1500ms"}}, spoken(), "the speech is 1.84 s, more than 1.5 s"),
        ({"images": "any"}, "hello", "the number of images is 0, less than 1"),
        ({"images": {"at_most": "2"}}, spoken(other_parts=3), "the number of images is 3, more than 2"),
    ],
)  # fmt: skip
def test_a_spoken_turn_does_not_fit_and_the_reason_is_told(when: object, turn: str | UserTurn, reason: str):
    assert why_not(when, turn) == reason


def test_where_words_were_typed_as_well_the_text_is_those():
    turn = UserTurn("look at this (speech 1.84 s)", 1, "realtime", 0, placeholder(1.84), 1.84)
    assert why_not({"text": {"exact": "look at this"}}, turn) is None
    assert why_not({"heard": "look"}, turn) == UNKNOWN
    mixed = UserTurn("look at this Stop", 1, "realtime", 0, Words("Stop", "script"), 0.5)
    assert why_not({"heard": {"exact": "stop"}, "text": "look"}, mixed) is None


@pytest.mark.parametrize(
    ("when", "told"),
    [
        ({"heard": "stop"}, 'what was heard contains "stop"'),
        ({"audio": "any"}, "something is said aloud"),
        ({"audio": {"at_least": "1s", "at_most": "90s"}}, "the speech is at least 1 s and at most 90 s long"),
        ({"images": "any"}, "the number of images is at least 1"),
        ({"images": {"at_least": "0"}}, "the number of images is any"),
        ({"audio": "any", "images": {"at_most": "2"}}, "something is said aloud and the number of images is at most 2"),
    ],
)
def test_a_condition_on_speech_is_told_in_words(when: object, told: str):
    assert condition(when).told == told


def test_a_condition_knows_the_plain_texts_that_it_looks_for():
    when = {
        "heard": ["stop", {"exact": ["Be quiet", "hush"], "regex": "x+"}, "/no/"],
        "any": [{"text": {"contains": "stop", "not": "light"}}, {"audio": "any"}, {"images": "any"}],
        "not": {"text": "music"},
    }
    assert condition(when).phrases == ("stop", "Be quiet", "hush", "light", "music")
    assert condition({"text": "/x/"}).phrases == ()


def test_a_fault_tells_what_is_wrong():
    assert fault("wrong-value", "odd {braces}").message() == "odd {braces}"
