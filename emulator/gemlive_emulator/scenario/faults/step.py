"""The step that lets a fault strike from within a reply."""

from typing import Annotated, ClassVar

from pydantic import AfterValidator

from gemlive_emulator.scenario.faults.catalogue import AnyFault, FaultForm
from gemlive_emulator.scenario.faults.named import NamedFault, comes_before_setup
from gemlive_emulator.scenario.faults.watch import Fault
from gemlive_emulator.scenario.fields import fault
from gemlive_emulator.scenario.step_form import StepForm
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.commands import Misbehave
from gemlive_emulator.session.steps import Reply, Tell

_ELSEWHERE = "write it under 'faults' of the scenario"


def _is_of_here(form: FaultForm) -> FaultForm:
    if comes_before_setup(form):
        raise fault("wrong-value", f"'{form.title}' in a reply: the handshake is over by then", _ELSEWHERE)
    if form.sets:
        raise fault("wrong-value", f"'{form.title}' in a reply: it counts from the setup on", _ELSEWHERE)
    if form.connection is not None:
        right = "leave it out; faults of other connections stand under 'faults' of the scenario"
        raise fault("wrong-value", "'connection' in a reply, which is of one connection", right, "connection")
    if form.replies and form.model_fields_set != {"named"}:
        wrong = f"'{form.title}' in a reply is a part of it, and can have no time of its own"
        raise fault("wrong-value", wrong, f"leave the name alone, or {_ELSEWHERE}")
    return form


class FaultStep(StepForm):
    """``fault: {stall: 2s}`` lets it strike now, or at the next message; events are counted from here."""

    sends: ClassVar[bool] = False
    heard: ClassVar[bool] = False

    fault: Annotated[AnyFault, AfterValidator(_is_of_here)]

    def play(self, scene: Scene) -> Reply:
        """Let it strike."""
        if isinstance(self.fault, NamedFault):
            for step in self.fault.steps:
                yield from step.play(scene)
        if parts := self.fault.in_reply:
            yield Tell((Misbehave(tuple(Fault(part, scene.place, self.fault.title) for part in parts)),))
