"""The step that lets a fault strike from within a reply."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator

from gemlive_emulator.scenario.faults.catalogue import AnyFault, FaultForm
from gemlive_emulator.scenario.faults.form import HandshakeFault
from gemlive_emulator.scenario.faults.watch import Fault
from gemlive_emulator.scenario.fields import fault
from gemlive_emulator.scenario.step_form import StepForm
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.commands import Misbehave
from gemlive_emulator.session.steps import Reply, Tell


def _is_of_here(form: FaultForm) -> FaultForm:
    if isinstance(form, HandshakeFault):
        right = "write it under 'faults' of the scenario"
        raise fault("wrong-value", f"'{form.kind()}' in a reply: the handshake is over by then", right)
    if form.connection is not None:
        right = "leave it out; faults of other connections stand under 'faults' of the scenario"
        raise fault("wrong-value", "'connection' in a reply, which is of one connection", right, "connection")
    return form


class FaultStep(StepForm):
    """``fault: {stall: 2s}`` lets it strike now, or at the next message; events are counted from here."""

    sends: ClassVar[bool] = False
    heard: ClassVar[bool] = False

    fault: Annotated[AnyFault, AfterValidator(_is_of_here)]

    def play(self, scene: Scene) -> Reply:
        """Let it strike."""
        yield Tell((Misbehave((Fault(self.fault, scene.place),)),))
