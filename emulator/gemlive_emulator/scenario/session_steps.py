"""Steps that are about the session rather than about what is said."""

from typing import Annotated, ClassVar

from gemlive_emulator.scenario.fields import CloseCode, Filled, ScenarioPart
from gemlive_emulator.scenario.step_form import StepForm, short_for
from gemlive_emulator.scenario.template import Scene, Template
from gemlive_emulator.session.steps import CloseConnection, Reply


class Closing(ScenarioPart):
    """Code and words of a close frame; the words are cut at 123 bytes when sent."""

    code: CloseCode
    reason: Filled = Template("", ())


class CloseStep(StepForm):
    """``close: {code: 1011, reason: TEXT}``, or ``close: 1011``."""

    ends: ClassVar[bool] = True

    close: Annotated[Closing, short_for("code")]

    def play(self, scene: Scene) -> Reply:
        """Close the connection; nothing comes after."""
        yield CloseConnection(self.close.code, self.close.reason.fill(scene))
