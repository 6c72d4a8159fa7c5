"""What every step of a reply has in common."""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar

from pydantic import BeforeValidator

from gemlive_emulator.scenario.fields import ScenarioPart
from gemlive_emulator.scenario.references import Reference
from gemlive_emulator.scenario.template import Scene, Template
from gemlive_emulator.session.steps import Reply

STEPS: "dict[str, type[StepForm]]" = {}
"""Every step by the key that names it; :mod:`gemlive_emulator.scenario.steps` fills it."""


class StepForm(ScenarioPart):
    """What all steps have in common.

    Attributes:
        ends: whether nothing can come after it.
        heard: whether it is something that an interruption before it could cut.
        sends: whether the client gets anything of it.
    """

    ends: ClassVar[bool] = False
    heard: ClassVar[bool] = True
    sends: ClassVar[bool] = True

    def play(self, scene: Scene) -> Reply:
        """Do it: a generator of session steps, so that a step can take a result and go on.

        Nothing where all there is to do is waiting and calling, which is the player's.

        Raises:
            SceneError: something that a text of it takes from a call is not there.
        """
        yield from ()

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """What it takes from calls, aside from the steps that stand within it."""
        return tuple(reference for template in self._templates for reference in template.references)

    @cached_property
    def holes(self) -> tuple[str, ...]:
        """The names of the holes of which it takes the words, aside from the steps that stand within it."""
        return tuple(hole for template in self._templates for hole in template.holes)

    @cached_property
    def _templates(self) -> tuple[Template, ...]:
        return tuple(template for value in _fields_of(self) for template in _templates_in(value))

    @classmethod
    def kind(cls) -> str:
        """The key that names the step."""
        return cls.known_keys()[0]

    @classmethod
    def advice_for_key(cls, key: str) -> str:
        """A second step in the same mapping is the usual slip."""
        if key in STEPS:
            return f"each step is an entry of its own: put '{key}' on a new line that begins with '- '"
        return super().advice_for_key(key)


def _templates_in(value: Any) -> Iterator[Template]:
    if isinstance(value, Template):
        yield value
    for part in _parts_of(value):
        yield from _templates_in(part)


def _parts_of(value: Any) -> Iterable[Any]:
    """What stands within a value; nothing is looked at in a step that stands within another."""
    if isinstance(value, ScenarioPart):
        return () if isinstance(value, StepForm) else _fields_of(value)
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def _fields_of(part: ScenarioPart) -> list[Any]:
    """What was written. Iterating a model would also give what it has cached, a fault among its own parts."""
    return [getattr(part, name) for name in type(part).model_fields]


def short_for(key: str) -> BeforeValidator:
    """A text stands for a mapping with one key, and nothing (``- silence``) for an empty mapping."""

    def spell_out(value: Any) -> Any:
        return {key: value} if isinstance(value, str) else {} if value is None else value

    return BeforeValidator(spell_out)
