"""What every step of a reply has in common."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from pydantic import BeforeValidator

from gemlive_emulator.scenario.fields import ScenarioPart
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.steps import Reply

STEPS: "dict[str, type[StepForm]]" = {}
"""Every step by the key that names it; :mod:`gemlive_emulator.scenario.steps` fills it."""


class StepForm(ScenarioPart, ABC):
    """What all steps have in common.

    Attributes:
        ends: whether nothing can come after it.
        heard: whether it is something that an interruption before it could cut.
    """

    ends: ClassVar[bool] = False
    heard: ClassVar[bool] = True

    @abstractmethod
    def play(self, scene: Scene) -> Reply:
        """Do it: a generator of session steps, so that a step can take a result and go on."""

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


def short_for(key: str) -> BeforeValidator:
    """A text stands for a mapping with one key, and nothing (``- silence``) for an empty mapping."""

    def spell_out(value: Any) -> Any:
        return {key: value} if isinstance(value, str) else {} if value is None else value

    return BeforeValidator(spell_out)
