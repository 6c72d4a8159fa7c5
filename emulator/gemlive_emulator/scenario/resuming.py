"""``resumption`` of a scenario: what becomes of the handles of its sessions."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from gemlive_emulator.scenario.fields import Duration, ScenarioPart, fault, one_of

_CALLS = ("lost", "survive")
_FIELD = "behaviour.resumption."


class ResumptionForm(ScenarioPart):
    """How sessions are resumed. What is left out stays as it is in the model's family.

    Attributes:
        handles_last: how long a handle can be used after it was last written.
        pending_calls: whether functions that had not returned still do, or are ``lost``.
    """

    handles_last: Duration | None = None
    pending_calls: Annotated[Literal["lost", "survive"], BeforeValidator(one_of(_CALLS))] | None = None

    @model_validator(mode="after")
    def _lasts(self) -> "ResumptionForm":
        if self.handles_last == 0:
            raise fault("wrong-value", "handles that never live", "write 1s or more", "handles_last")
        return self

    @property
    def overrides(self) -> Mapping[str, Any]:
        """Dotted fields of the model family and their values (``behaviour.resumption.pending_calls``: ``lost``)."""
        fields: dict[str, Any] = {}
        if self.handles_last is not None:
            # Whichever back-end the client asks for.
            fields |= dict.fromkeys(("handle_seconds", "vertex_handle_seconds"), self.handles_last)
        if self.pending_calls is not None:
            fields["pending_calls"] = self.pending_calls
        return {_FIELD + name: value for name, value in fields.items()}
