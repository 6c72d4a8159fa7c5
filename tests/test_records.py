"""Our ``dataclass`` against the standard library's: the same but for the cost, and for who refuses assignments."""

import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import field
from typing import Any

import pytest

from gemlive_emulator.records import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A class of ours, in a module so that it can be pickled."""

    x: int
    y: int = 0


def both(**options: bool) -> list[type[Any]]:
    """The same class twice, by our decorator and by the standard one."""
    made = []
    decorators: list[Callable[..., Any]] = [dataclass, dataclasses.dataclass]
    for decorator in decorators:

        class Thing:
            """A thing."""

            name: str
            size: float = 1.5
            secret: str = field(default="s", repr=False)
            noise: list[int] = field(default_factory=list, compare=False)
            note: dict[str, int] = field(default_factory=dict, hash=False)

        Thing.__qualname__ = "Thing"
        made.append(decorator(**options)(Thing))
    return made


@pytest.mark.parametrize("slots", [False, True])
@pytest.mark.parametrize("frozen", [False, True])
def test_what_is_shown_compared_and_hashed(frozen: bool, slots: bool):
    ours, standard = both(frozen=frozen, slots=slots)
    assert (
        repr(ours("a", noise=[1])) == repr(standard("a", noise=[1])) == "Thing(name='a', size=1.5, noise=[1], note={})"
    )
    for arguments in ({}, {"size": 2.0}, {"secret": "t"}, {"noise": [1]}, {"note": {"a": 1}}):
        assert (ours("a") == ours("a", **arguments)) is (standard("a") == standard("a", **arguments))
    assert ours("a") != standard("a")
    if frozen:
        assert hash(ours("a")) == hash(standard("a")) == hash(ours("a", note={"a": 1}))
    else:
        with pytest.raises(TypeError, match="unhashable"):
            hash(ours("a"))


def test_instances_without_equality_are_themselves_only():
    ours, _ = both(eq=False, slots=True)
    one = ours("a")
    assert one == one
    assert one != ours("a")
    assert len({one, ours("a")}) == 2


def test_arguments_by_name_only():
    ours, _ = both(kw_only=True)
    with pytest.raises(TypeError, match="positional"):
        ours("a")


def test_what_a_class_defines_itself_is_kept():
    @dataclass(frozen=True)
    class Secret:
        word: str

        def __repr__(self) -> str:
            return "Secret(...)"

    assert repr(Secret("open")) == "Secret(...)"
    assert Secret("open") == Secret("open")


def test_one_that_holds_itself_can_be_shown():
    @dataclass(slots=True)
    class Chain:
        rest: list[Any]

    chain = Chain([])
    chain.rest.append(chain)
    assert repr(chain).endswith("Chain(rest=[...])")


def test_the_functions_of_the_standard_module_take_them():
    place = Place(1, 2)
    assert dataclasses.replace(place, y=3) == Place(1, 3)
    assert dataclasses.asdict(place) == {"x": 1, "y": 2}
    assert [each.name for each in dataclasses.fields(Place)] == ["x", "y"]
    assert pickle.loads(pickle.dumps(place)) == place
    match place:
        case Place(x, y):
            assert (x, y) == (1, 2)
    with pytest.raises(AttributeError):
        place.z = 1  # type: ignore[attr-defined]  # slots
