"""Texts with holes: what fits them, and what stands in the holes."""

import pytest

from gemlive_emulator.scenario.likeness import Likeness, LikenessError

TABLE = "a table for {people} at {time}"


@pytest.mark.parametrize(
    ("written", "text", "found"),
    [
        (TABLE, "I'd like A  Table, for four at eight. Thank you!", {"people": "four", "time": "eight"}),
        (TABLE, "a table for at at at", {"people": "at", "time": "at"}),
        (TABLE, "a table for 2 people at 8 p.m. tonight, please", {"people": "2 people", "time": "8 p.m. tonight, please"}),
        (TABLE, "a table for four at 8 p.m.", {"people": "four", "time": "8 p.m."}),
        (TABLE, "No table for one, a table for two at six", {"people": "two", "time": "six"}),
        ("{drink} please", "Two beers, please!", {"drink": "Two beers"}),
        ("My name is {name}.", 'my name is "Bob O\'Neil".', {"name": "Bob O'Neil"}),
        ("from {a} to {b} today", "from x y to z today", {"a": "x y", "b": "z"}),
        ("to {a} to {b} to", "to to to to to", {"a": "to", "b": "to"}),
        ("call me {name}", "Call me... Ishmael", {"name": "Ishmael"}),
        ("call {it} …", "call 3.5", {"it": "3.5"}),
    ],
)  # fmt: skip
def test_holes_have_the_words_that_are_said_there(written: str, text: str, found: dict[str, str]):
    assert Likeness.parse(written).found_in(text) == found


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (TABLE, ""),
        (TABLE, "a table for at eight"),
        (TABLE, "a table for at at"),
        (TABLE, "a table for four at"),
        (TABLE, "a table for four at ..."),
        (TABLE, "tables for four at eight"),
        (TABLE, "a tablecloth for four at eight"),
        (TABLE, "at eight a table for four"),
        ("{drink} please", "please"),
        (TABLE, f"{'x ' * 2_048}a table for four at eight"),
    ],
)
def test_a_hole_is_never_empty_and_words_are_whole(written: str, text: str):
    assert Likeness.parse(written).found_in(text) is None


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ("a table for four", "a hole and words around it are needed"),
        ("{all}", "a hole and words around it are needed"),
        ("{all} ...", "a hole and words around it are needed"),
        ("for {a} {b}", "two holes side by side"),
        ("for {a} at {a}", "two holes called 'a'"),
        ("for{a}", "'for{a}' is no hole"),
        ("for { a }", "'{' is no hole"),
        ("for {turn.text}", "'{turn.text}' is no hole"),
    ],
)
def test_what_cannot_be_looked_for_is_told(written: str, wrong: str):
    with pytest.raises(LikenessError, match="^" + wrong.replace("{", r"\{")) as caught:
        Likeness.parse(written)
    assert caught.value.right


def test_a_hostile_text_costs_no_more_than_its_length():
    likeness = Likeness.parse(" ".join(f"a a a {{x{n}}}" for n in range(300)) + " b")
    assert likeness.found_in("a " * 100_000) is None
