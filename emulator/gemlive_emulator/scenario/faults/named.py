"""``named``: a failure of the real server by its name, whatever it is made of."""

from collections.abc import Sequence
from functools import cached_property
from math import inf
from typing import Annotated, Any

from pydantic import BeforeValidator, TypeAdapter, model_validator

from gemlive_emulator.scenario.faults.form import FAULTS, FaultForm, HandshakeFault
from gemlive_emulator.scenario.faults.mode import Entry, Mode
from gemlive_emulator.scenario.faults.modes import MODES
from gemlive_emulator.scenario.faults.moment import Moment, MomentForm
from gemlive_emulator.scenario.fields import fault, one_of
from gemlive_emulator.scenario.step_form import STEPS, StepForm

_MOMENT: TypeAdapter[MomentForm] = TypeAdapter(Moment)
_CONDITIONS = ("at", "connection", "times", "probability", "seed")


class NamedFault(FaultForm):
    """``named: goaway-then-silence`` is a failure of the real server by its name (``gemlive-emulator faults``)."""

    named: Annotated[str, BeforeValidator(one_of(MODES))]

    @property
    def mode(self) -> Mode:
        """What the name stands for."""
        return MODES[self.named]

    @property
    def title(self) -> str:
        """The name."""
        return self.named

    @property
    def replies(self) -> bool:
        """Whether it is about what the model says."""
        return self.mode.replies

    @property
    def sets(self) -> bool:
        """Whether it makes the session another one from its setup on."""
        return self.mode.sets

    @property
    def most(self) -> float:
        """How often it strikes on one connection, at most."""
        return inf if self.times is None and self.mode.lasts else super().most

    def is_for(self, connection: int) -> bool:
        """Whether it can strike on the connection of this number."""
        return super().is_for(connection) and (self.connection is not None or connection >= self.mode.from_connection)

    @cached_property
    def parts(self) -> tuple[FaultForm, ...]:
        """The faults of the line that it is made of; none if it is about answers or settings."""
        return self._made(self.moment)

    @property
    def in_reply(self) -> tuple[FaultForm, ...]:
        """The same where a reply lets it strike: at once, unless a moment was given."""
        return self._made(self.at)

    @property
    def moment(self) -> MomentForm | None:
        """When it strikes: as asked for, else when it usually does."""
        return self.at or (_MOMENT.validate_python(self.mode.at) if self.mode.at else None)

    @cached_property
    def steps(self) -> Sequence[StepForm]:
        """What goes before the answer, or makes it."""
        return _steps_of(self.mode.steps)

    @cached_property
    def later_steps(self) -> Sequence[StepForm]:
        """What makes each later answer; nothing if they are as usual."""
        return _steps_of(self.mode.after)

    def _made(self, at: MomentForm | None) -> tuple[FaultForm, ...]:
        conditions = {name: getattr(self, name) for name in _CONDITIONS} | {"at": at}
        made = (
            FAULTS[kind].model_validate({kind: value}) for entry in self.mode.faults for kind, value in entry.items()
        )
        return tuple(part.model_copy(update=conditions) for part in made)

    @model_validator(mode="after")
    def _can_be_so(self) -> "NamedFault":
        mode, at = self.mode, self.at
        if at is not None and not mode.has_moment:
            when = "the setup" if mode.sets else "the handshake"
            raise fault("wrong-value", f"'{self.named}' counts from {when} on", "leave 'at' out", "at")
        if at is not None and mode.replies and at.event != "turn":
            right = "write turn 2, for the second turn of the user"
            raise fault("wrong-value", f"'{self.named}' is about the answer to a turn", right, "at")
        if self.times is not None and mode.sets and not mode.has_moment:
            raise fault("wrong-value", f"'{self.named}' counts for the whole session", "leave 'times' out", "times")
        return self


def comes_before_setup(form: FaultForm) -> bool:
    """Whether it strikes at the handshake, when nothing is known of the setup."""
    return any(isinstance(part, HandshakeFault) for part in form.parts)


def _steps_of(entries: Sequence[Entry]) -> tuple[StepForm, ...]:
    return tuple(STEPS[next(iter(entry))].model_validate(dict[str, Any](entry)) for entry in entries)
