"""Steps that call functions of the client, and what is done where their results are not as hoped for."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from gemlive_emulator.scenario.errors import nearest, shown
from gemlive_emulator.scenario.fields import Duration, ScenarioPart, Text, YesNo, called, fault, is_list
from gemlive_emulator.scenario.json_values import Json, filled
from gemlive_emulator.scenario.references import SceneError
from gemlive_emulator.scenario.step_form import StepForm
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.arguments import why_not_args
from gemlive_emulator.session.steps import Reply
from gemlive_emulator.session.tools import ToolCall

if TYPE_CHECKING:
    from gemlive_emulator.scenario.steps import Steps

Name = Annotated[Text, Field(min_length=1)]


def _is_mapping(value: object) -> object:
    if not isinstance(value, Mapping):
        raise fault("wrong-value", f"a mapping is needed here, not {called(value)}", "write {NAME: VALUE, …}")
    return value


Arguments = Annotated[dict[str, Json], BeforeValidator(_is_mapping), WithJsonSchema({"type": "object"})]
"""What a function is called with, by name."""


class OneCall(ScenarioPart):
    """A function and what it is called with.

    ``as`` is the name under which later steps find the call; without it, the function's own. ``checked: false`` lets
    a function be called that the client did not declare, or with arguments that it does not take.
    """

    call: Name
    args: Arguments = Field(default_factory=dict)
    alias: Name | None = Field(default=None, alias="as")
    id: Name | None = None
    checked: YesNo = True

    @property
    def name(self) -> str:
        """What later steps call it."""
        return self.alias or self.call

    def made(self, scene: Scene) -> ToolCall:
        """The call, its placeholders filled.

        Raises:
            SceneError: the client did not declare the function, or the arguments do not fit.
        """
        declared = scene.conversation.tools.functions
        function = declared.get(self.call)
        schema = function.parameters if function is not None else None
        args: dict[str, Any] = filled(self.args, scene, schema)
        if self.checked:
            if function is None:
                known = nearest(self.call, declared) if declared else "it declared none"
                raise SceneError(f"the client declared no function {shown(self.call)}; {known}")
            if (wrong := why_not_args(function, args)) is not None:
                raise SceneError(f"the arguments do not fit: {wrong}")
        return ToolCall(self.call, args, self.id or "")


class Missing(ScenarioPart):
    """How long a result is waited for, and the steps where it has not come by then."""

    after: Duration
    then: "Steps"


class CallingStep(StepForm, ABC):
    """What ``call`` and ``calls`` have in common: steps in place of those that would follow.

    Attributes:
        if_error: where a response has an ``error``.
        if_missing: where no response comes in time.
        if_malformed: where something is not in the response that a later step takes from it, or where the response is
            not what the function declares.
        if_cancelled: where the user's interruption cancelled the calls; they begin the reply to what the user said.
        if_late: where a response comes after it was given up or cancelled, as a turn of its own.
    """

    if_error: "Steps | None" = None
    if_missing: Missing | None = None
    if_malformed: "Steps | None" = None
    if_cancelled: "Steps | None" = None
    if_late: "Steps | None" = None

    @property
    @abstractmethod
    def each(self) -> tuple[OneCall, ...]:
        """The calls, in their order."""

    @property
    def patience(self) -> float | None:
        """Seconds after which a missing result is given up; ``None`` for never."""
        return None if self.if_missing is None else self.if_missing.after


class CallStep(CallingStep, OneCall):
    """``call: NAME`` calls a function of the client; ``args`` are beside it, in the same mapping."""

    @classmethod
    def kind(cls) -> str:
        """The key that names the step."""
        return "call"

    @property
    def each(self) -> tuple[OneCall, ...]:
        """The one call."""
        return (self,)


class CallsStep(CallingStep):
    """``calls: [{call: NAME, args: …}, …]`` calls several functions in one message."""

    calls: Annotated[tuple[OneCall, ...], BeforeValidator(is_list)]

    @classmethod
    def kind(cls) -> str:
        """The key that names the step."""
        return "calls"

    @property
    def each(self) -> tuple[OneCall, ...]:
        """The calls, in their order."""
        return self.calls


class AwaitStep(StepForm):
    """``await: NAME`` waits for the result of a call; ``- await`` for all of the reply."""

    sends: ClassVar[bool] = False

    name: Annotated[Text | None, BeforeValidator(lambda value: None if value == {} else value)] = Field(alias="await")

    def play(self, scene: Scene) -> Reply:
        """Nothing: the player waits.

        Raises:
            SceneError: nothing of that name was called.
        """
        if self.name and self.name not in scene.memory.calls:
            raise SceneError(f"nothing called {shown(self.name)} was called before")
        yield from ()
