"""The quick readers give what the careful one gives, or leave the file to it."""

import json
import sys
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml.error import YAMLError

from gemlive_emulator.scenario import nodes
from gemlive_emulator.scenario.nodes import NodeError, documents
from gemlive_emulator.scenario.quick_reading import compose, read_json, read_yaml, without_quirks
from gemlive_emulator.scenario.scalars import Unquoted

PIECES = [
    *("a", "say", "x1", "~", "null", "no", "1.10", "12", "-3.5e+2", "true", "0x1f", "''", "'it''s'", '"q"', '"\\n"', '"\\/"'),
    *(": ", ":", " :", "- ", "-", "? ", "{", "}", "[", "]", ", ", ",", "\n", "\n  ", "\n- ", "\n  - ", "\n---\n", "\n...\n"),
    *("#c", " # c", " ", "\t", "|\n  x\n", ">-\n  x\n  y\n", "&a ", "*a", "&b ", "!x ", "!!str ", "%YAML 1.1\n", "@", "`", "="),
    *("<<: ", "/re(g)/i", "http://x.y/z", "'x\n  y'", '"x\\\n  y"', "\r\n", "é", "😀", "\u2028", "\x85", "\xa0", "\ufeff", "\x00"),
    *("a: b\n", "{a: b, c}", "[a: b]", "{? a}", "{a:b}", '{"a":b}', "{a: ,b: }", "a#b", "\ud800"),
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=9).map("".join)


def careful(text: str) -> list[Any] | None:
    """The values by the careful reader alone."""
    plainer = nodes._Plainer()
    try:
        return [plainer.value(node, 0) for node in nodes._careful_nodes(text)]
    except (YAMLError, NodeError):
        return None


@settings(max_examples=300, deadline=None)
@given(TEXTS)
@example("a: &x [1, *x]")
@example("a: &x [1, {k: v}]\nb: *x\nc: &x {d: 1}\ne: [*x]")
@example("{&a a: 1, *a : 2}")
@example("[{a: b}: c]")
def test_yaml_is_what_the_careful_reader_takes_it_for(text: str):
    quick, slow = read_yaml(text, 100, 20), careful(text)
    if quick is not None and slow is not None:
        assert quick == slow
        assert len(compose(text)) in (0, len(quick))


@settings(max_examples=300, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    ).filter(lambda value: isinstance(value, dict | list))
)
def test_json_is_what_the_careful_reader_takes_it_for(value: Any):
    text = json.dumps(value)
    slow = careful(text)
    if slow is not None:
        assert [read_json(text, 1_000, 50)] == slow


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("[12, -3.5, true, FALSE, 0x1f]", [Unquoted] * 5),
        ("['12', \"true\", no, 1.2.3, -, '']", [str] * 6),
        ('["12", "true", NaN]', [str] * 3),
        ("[!!str 12, !!null x, 12]", [str, type(None), Unquoted]),
    ],
)
def test_numbers_and_truth_values_are_marked_unless_they_stand_in_quotes(text: str, kinds: list[type]):
    (document,) = documents(text)
    assert [type(value) for value in document.value] == kinds


def test_null_is_nothing_but_the_key_of_that_name_is_a_word():
    (document,) = documents("null: ~\n'': Null\nx:\ny: 'null'")
    assert document.value == {"null": None, "": None, "x": None, "y": "null"}


@pytest.mark.parametrize(
    "text",
    [
        "a: b\u2028c",
        "%YAML 1.1\n---\na",
        "a: !!str b",
        "a: !!map {b: c}",
        "a: 1\na: 2",
        "[a]: b",
        "&x a: b",
        "a: &x b\n*x : c",
        "a: *nowhere",
        "&x [*x]",
        "a: b: c",
        "[[[[a]]]]",
        "[[[&x [a]]], [[[*x]]]]",
        "[1, 2, 3, 4, 5, 6]",
        "\ud800",
    ],
)
def test_what_is_unusual_is_left_to_the_careful_reader(text: str):
    assert read_yaml(text, 5, 3) is None


@pytest.mark.parametrize(
    "text", ['{"a": 1, "a": 2}', "{a: b}", "[1, 2, 3, 4, 5, 6]", "[[[[[1]]]]]", "[" * 100_000, '"a"', '{"a": 1} x']
)
def test_what_is_no_usual_json_is_left_to_the_careful_reader(text: str):
    assert read_json(text, 5, 3) is None


def test_deep_yaml_does_not_end_the_process():
    assert read_yaml("[" * 1_000_000, 10_000_000, 50) is None
    assert read_yaml("- " * 100_000, 10_000_000, 50) is None


def test_without_libyaml_the_careful_reader_reads_all(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "yaml.cyaml", None)
    (document,) = documents("a: [1]")
    assert read_yaml("a", 10, 10) is None
    assert (document.value, document.place_of(("a", 0))) == ({"a": ["1"]}, (1, 5))
    (document,) = documents('{"a":\n [1]}')
    assert (document.value, document.place_of(("a", 0))) == ({"a": ["1"]}, (2, 3))


@pytest.mark.parametrize(
    ("text", "trail", "place"),
    [
        ("a:\n  - b: 1\n    c: é😀 \n  - d", ("a", 1), (4, 5)),
        ("a: &x [1]\nb: *x", ("b", 0), (1, 8)),
        ("a: &x [1]\nb: &x [2]", ("b", 0), (2, 8)),
        ("---\n---\na: [1]\n---\nb", ("a", 0), (3, 5)),
        ('{\n\t"\\ud83d\\ude00": "\\/",\n\t"b":\t[1]}', ("b", 0), (3, 8)),
        ("a: !!str b", ("a",), (1, 4)),
        ("---\n---\na: !!str b", ("a",), (3, 4)),
        (json.dumps({"k" * 2_000: 1, "b": 2}), ("b",), (0, 0)),
    ],
)
def test_places_are_found_however_the_file_was_read(text: str, trail: tuple[str | int, ...], place: tuple[int, int]):
    document = next(iter(documents(text)))
    assert document.place_of(trail) == place


def test_json_keeps_its_places_without_its_quirks():
    text = '{\t"a": "\\ud83d\\\\ud83d"}'
    assert len(without_quirks(text)) == len(text)
