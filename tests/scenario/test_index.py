"""The quick choice among many rules is the choice by asking every one of them."""

import json
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talk import Talk, spoken

from gemlive_emulator.scenario import automaton, index, pieces, search
from gemlive_emulator.scenario.automaton import read_pattern
from gemlive_emulator.scenario.index import RuleIndex
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.scenario.search import Search
from gemlive_emulator.scenario.seen import Seen, Wording
from gemlive_emulator.session.steps import UserTurn

WORDS = [
    "a",
    "No",
    "straße",
    "STRASSE",
    "İx",
    "ix",
    "\u0131x",
    "opening hours",
    "Öl",
    "x.y",
    "12",
    "",
    "  ",
    "\u212aelvin",
    "日本",
    "\U0001f600",
    "\U0001f600\U0001f603",
]
word = st.sampled_from(WORDS)
plain = word.map(lambda text: {"contains": [text]}) | word.map(lambda text: {"exact": [text]})
expression = st.sampled_from(
    [
        "/a/",
        "/ix/i",
        "/İX/i",
        "/stra(ß|ss)e/i",
        "/(no|öl)+\\s*x?/i",
        "/x\\.y|12/",
        "/\\d+/",
        "/opening\\s+hours/",
        "/^(no )?a$/",
        "/[ai]x*/",
        "/kelvin/i",
        "/a{0,2}12/",
        "/\\b\\d\\b/",
        "/^\\s*$/",
        "/[^a]{3}$/",
        "/(\\w)+\\W/",
    ]
).map(lambda text: {"regex": [text]})
likeness = st.sampled_from(["a {x}", "{x} No", "opening {x} hours", "{x} x.y {y}", "Straße {x}", "İx {x}"]).map(
    lambda text: {"like": [text]}
)
text_form = st.recursive(
    plain | expression | likeness,
    lambda inner: st.builds(lambda one, no: one | {"not": no}, inner, inner),
    max_leaves=3,
)
FACTS: list[dict[str, Any]] = [
    {"audio": "any"},
    {"audio": {"at_least": "1s"}},
    {"audio": {"recording": "stop"}},
    {"turn": "1"},
    {"turn": ["2", "3"]},
    {"turn": {"at_least": "2"}},
    {"modality": "TEXT"},
    {"voice": "Puck"},
    {"tools": "any"},
    {"tools": "google_search"},
    {"realtime": "true"},
    {"video": {"at_most": "0"}},
]
when = st.recursive(
    text_form.map(lambda form: {"text": form})
    | text_form.map(lambda form: {"heard": form})
    | st.builds(lambda form, more: {"text": form, "heard": more}, text_form, text_form)
    | st.sampled_from(FACTS)
    | text_form.map(lambda form: {"state": {"mood": form}})
    | word.map(lambda text: {"template": {"{turn.text}": text}})
    | text_form.map(lambda form: {"template": {"{state.mood}, {turn.number}": form, "{result}": "x"}})
    | text_form.map(lambda form: {"system": form}),
    lambda inner: st.lists(inner, min_size=1, max_size=3).map(lambda some: {"any": some})
    | st.lists(inner, min_size=1, max_size=2).map(lambda some: {"all": some})
    | inner.map(lambda one: {"not": one}),
    max_leaves=4,
)  # fmt: skip
turns = st.lists(word, max_size=4).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(when, min_size=1, max_size=12),
    st.lists(turns, min_size=1, max_size=3),
    st.booleans(),
    turns,
    st.booleans(),
)
def test_what_the_index_leaves_out_does_not_fit(
    whens: list[dict[str, object]], texts: list[str], aloud: bool, mood: str, small: bool
):
    rules = [{"when": condition, "then": [{"say": "x"}]} for condition in whens]
    (scenario,) = parse(json.dumps({"rules": rules}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(index, "FEW", 0)
        if small:  # automata of one expression that begin anew all the time, and expressions before rare words
            patch.setattr(search, "LARGEST", 1)
            patch.setattr(automaton, "MAX_STATES", 2)
            patch.setattr(index, "_EXPRESSION", 0)
        chooser = RuleIndex([rule.condition for rule in scenario.rules])
        for number, text in enumerate(texts, 1):
            turn = spoken(text or None) if aloud else UserTurn(text, number)
            seen = Seen(turn, Talk(system_instruction=mood), Memory(own={"mood": mood}))
            candidates = list(chooser.candidates(seen))
            assert candidates == sorted(set(candidates))
            fitting = [
                at for at, rule in enumerate(scenario.rules) if rule.fits(Seen(turn, seen.conversation, seen.memory))
            ]
            assert [at for at in candidates if at in fitting] == fitting


@pytest.mark.parametrize(
    "condition",
    [
        "turn: [{n}, 999]",
        "state: {{menu: m{n}}}",
        'template: {{"{{turn.text}}": x{n}}}',
        "text: '/\\d{{{n}}}[a-c]/'",
        "text: '/order [a-z]*\\d{{{n}}}!/'",
        "any: [{{text: word{n}}}, {{heard: word{n}}}]",
        "not: {{text: x}}, turn: {n}",
        "text: {{exact: phrase {n}}}",
        "text: {{like: 'order {n} for {{name}}'}}",
        "video: {{at_least: 1}}, text: {{not: x{n}}}",
        "model: gemini-{n}",
    ],
)
def test_a_turn_that_nothing_fits_asks_no_rule(condition: str):
    rules = "".join(f"- when: {{{condition.format(n=n)}}}\n  then: [{{say: x}}]\n" for n in range(2, 102))
    (scenario,) = parse(f"rules:\n{rules}")
    chooser = RuleIndex([rule.condition for rule in scenario.rules])
    seen = Seen(UserTurn("I said that order nine is a good phrase", 1), Talk(), Memory({}))
    assert list(chooser.candidates(seen)) == []


def test_a_rule_that_is_found_twice_is_asked_once():
    rules = "".join(f"- when: {{text: [alpha{n}, beta{n}]}}\n  then: [{{say: x}}]\n" for n in range(10, 60))
    (scenario,) = parse(f"rules:\n{rules}")
    chooser = RuleIndex([rule.condition for rule in scenario.rules])
    assert list(chooser.candidates(Seen(UserTurn("alpha13 beta13", 1), Talk(), Memory({})))) == [3]


def test_what_few_look_at_is_asked_one_by_one():
    rules = "".join(f"- when: {{state: {{s{n}: x}}}}\n  then: [{{say: x}}]\n" for n in range(40))
    (scenario,) = parse(f"rules:\n{rules}")
    chooser = RuleIndex([rule.condition for rule in scenario.rules])
    assert list(chooser.candidates(Seen(UserTurn("", 1), Talk(), Memory({})))) == list(range(40))


def test_expressions_that_need_ever_more_states_are_found_each_time():
    hard = Search()
    for at in range(3):
        hard.note(read_pattern(f"[ab]*[a][ab]{{14}}[a-c]{{{at + 1}}}[!]"), at)
    hard.note(read_pattern("[ab]*[a][ab]{14}[a-c]{1}[!]"), 7)
    hard.lay()
    assert list(hard.found_in(Wording("a" * 20 + "!"))) == [[0, 7], [1], [2]]
    assert list(hard.found_in(Wording("x"))) == []
    for seed in range(5):
        list(hard.found_in(Wording("".join(Random(seed).choices("ab", k=2_000)))))
    assert list(hard.found_in(Wording("x"))) == [[0, 7], [1], [2]]


def test_expressions_with_the_same_words_are_searched_for_where_these_are(monkeypatch: pytest.MonkeyPatch):
    searched: list[str] = []
    monkeypatch.setattr(search.Automaton, "found_in", lambda self, text: (searched.append(text), set())[1])
    some = Search()
    for at in range(3):
        some.note(read_pattern(f"(order|parcel) [a-z]{{{at + 1}}}"), at)
    some.lay()
    for text in ("my Parcel x", "nothing"):
        assert list(some.found_in(Wording(text))) == []
    assert searched == ["my Parcel x"]


def test_what_many_rules_ask_in_the_same_way_is_asked_once_and_gives_them_all():
    rules = "".join(
        f"- when: {{audio: {{at_least: 1}}, not: {{text: x{n}}}}}\n  then: [{{say: x}}]\n" for n in range(40)
    )
    (scenario,) = parse(f"rules:\n{rules}")
    chooser = RuleIndex([rule.condition for rule in scenario.rules])
    assert list(chooser.candidates(Seen(spoken("hello"), Talk(), Memory({})))) == list(range(40))
    assert list(chooser.candidates(Seen(UserTurn("hello", 1), Talk(), Memory({})))) == []


def many(count: int) -> str:
    return "rules:\n" + "".join(
        f"- when: {{text: /order (number )?{n}\\b/i}}\n  then: [{{say: '{n}'}}]\n" for n in range(count)
    )


def test_of_many_rules_few_are_asked():
    (scenario,) = parse(many(500))
    chooser = RuleIndex([rule.condition for rule in scenario.rules])
    seen = Seen(UserTurn("Where is ORDER Number 321?", 1), Talk(), Memory({}))
    assert 321 in list(chooser.candidates(seen))
    assert scenario.choose(seen).number == 322
    assert list(chooser.candidates(Seen(UserTurn("Hello", 1), Talk(), Memory({})))) == []


def test_few_rules_are_asked_one_by_one():
    (scenario,) = parse(many(3))
    chooser = RuleIndex([rule.condition for rule in scenario.rules])
    assert list(chooser.candidates(Seen(UserTurn("Hello", 1), Talk(), Memory({})))) == [0, 1, 2]


def test_pieces_are_found_across_the_stretches_of_a_long_text(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(pieces, "_STRETCH", 5)
    rules = "".join(f"- when: {{text: word{n}end}}\n  then: [{{say: x}}]\n" for n in range(100, 140))
    (scenario,) = parse("rules:\n" + rules)
    for padding in range(12):
        seen = Seen(UserTurn("." * padding + "word117end" + "." * 7, 1), Talk(), Memory({}))
        assert scenario.choose(seen).number == 18


def test_a_choice_is_in_the_order_of_the_file():
    (scenario,) = parse(
        many(50) + "- when: {audio: any}\n  then: [{say: heard}]\n- when: {text: order 7}\n  then: [{say: late}]\n"
    )
    assert scenario.choose(Seen(spoken("order 7"), Talk(), Memory({}))).number == 8
    assert scenario.choose(Seen(spoken("order 70"), Talk(), Memory({}))).number == 51
    assert all(a < b for a, b in pairwise(scenario._index.candidates(Seen(spoken("order 7"), Talk(), Memory({})))))
