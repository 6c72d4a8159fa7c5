"""What stands in every text that an expression fits."""

import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gemlive_emulator.scenario.automaton import Pattern, read_pattern
from gemlive_emulator.scenario.spelling import folded, levelled


@pytest.mark.parametrize(
    ("expression", "literals"),
    [
        ("hello", (("hello",),)),
        ("/Hello World/i", (("hello",), ("world",))),
        ("a.b", (("a",), ("b",))),
        (r"x\.y\n\d", (("x.y",),)),
        (r"^go\b!$", (("go!",),)),
        ("(book|reserve) a table", (("table",), ("book", "reserve"), ("a",))),
        ("(book|.*)x", (("x",),)),
        ("(abc)+d?", (("abc",),)),
        ("(abc)*", ()),
        ("[ab]", ()),
        ("", ()),
        ("a|b|", ()),
        ("|".join("abcdefghijklmnopqrstuvwxyz1234567"), ()),
        (" ", ()),
        (r"\b+a", (("a",),)),
        (r"\$5", (("$5",),)),
    ],
)
def test_literals_are_read_off_an_expression(expression: str, literals: tuple[tuple[str, ...], ...]):
    assert set(read_pattern(expression).literals) == set(literals)
    assert read_pattern(expression).literals[:1] == literals[:1]


def test_only_the_best_are_kept():
    assert read_pattern(".".join(["ab"] * 9 + ["abc"])).literals == (("abc",), *[("ab",)] * 7)


TEXT = st.text(st.sampled_from("abİ\u0131Ii .xß1"), max_size=8)


@settings(max_examples=500, deadline=None)
@given(st.sampled_from(["ab", "(a|b)x", "/i+x/i", "/İ/i", "/a?b{2}/i", "a b", r"/\w1|x.b/i", "/ß/i"]), TEXT)
def test_a_text_that_fits_has_them(expression: str, text: str):
    pattern = read_pattern(expression)
    if pattern.found_in(text):
        assert pattern.can_be_in(levelled(folded(text)))


def test_letters_that_ignoring_case_takes_for_the_same_are_levelled_to_the_same():
    """All of Unicode, as this Python knows it."""
    letters = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    cased = "".join(
        letter
        for letter in letters
        if letter.lower() != letter or letter.upper() != letter or letter.casefold() != letter
    )
    differing = [
        (letter, other)
        for letter in cased
        for other in re.findall(re.escape(letter), cased, re.IGNORECASE)
        if levelled(folded(letter)) != levelled(folded(other))
    ]
    assert differing == []


def test_an_expression_is_laid_out_when_it_is_needed():
    pattern = Pattern("ab")
    assert "_start" not in vars(pattern)
    assert pattern.found_in("xab")
