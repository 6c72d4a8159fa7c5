"""Plays the steps of a reply, one after the other."""

from collections.abc import Sequence

from gemlive_emulator.scenario.steps import StepForm
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.steps import Reply


def play(steps: Sequence[StepForm], scene: Scene) -> Reply:
    """The reply that these steps are."""
    for step in steps:
        yield from step.play(scene)
