"""Whether what there is fits what is wanted."""

import re
from typing import Any

import pytest

from gemlive_emulator.server.views.fitting import LONGEST, MOST_TOLD, fits, nearest, told


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        (1, 1),
        ("a", "a"),
        (re.compile("b"), "abc"),
        ({}, {"a": 1}),
        ({"a": {"b": re.compile("c")}}, {"a": {"b": "cc", "d": 1}, "e": 2}),
        ([1, {"a": 1}], [1, {"a": 1, "b": 2}]),
        ((1, 2), [1, 2]),
        (lambda value: value > 3, 4),
        (None, None),
    ],
)
def test_what_fits(wanted: Any, there: Any) -> None:
    assert fits(wanted, there)


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        (1, 2),
        (re.compile("b"), "a"),
        (re.compile("b"), 5),
        ({"a": 1}, {}),
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, "a"),
        ({"a": None}, {}),
        ([1], [1, 2]),
        ([1, 2], [2, 1]),
        ([1], "1"),
        (lambda value: value > 3, 3),
    ],
)
def test_what_does_not_fit(wanted: Any, there: Any) -> None:
    assert not fits(wanted, there)


def test_what_is_wanted_is_told_in_few_words() -> None:
    def warm(degrees: int) -> bool:
        return degrees > 20

    assert told({"a": 1, "b": re.compile("x+"), "c": {"d": "e"}}) == "a=1, b=/x+/, c=d='e'"
    assert told(warm).endswith("warm")
    assert len(told("x" * 1000)) == LONGEST


def test_of_many_things_the_nearest_are_told_in_their_order() -> None:
    there = [f"something else, number {number}" for number in range(30)]
    there[7], there[20] = "light(on=False)", "light(on=True, room='hall')"
    few = nearest("light(on=True)", there)
    assert len(few) == MOST_TOLD + 1
    assert [each for each in few if "light" in each] == [there[7], there[20]]
    assert few[-1] == f"... and {30 - MOST_TOLD} others"
    assert nearest("a", ["b"]) == ["b"]
