"""Operations on the scenario that answers, and the one that brings everything back to its start."""

from functools import partial
from typing import TYPE_CHECKING

from starlette.requests import Request

from gemlive_emulator.server.casting import Origin
from gemlive_emulator.server.control.operations import Nothing, Operation, Shape, examples
from gemlive_emulator.server.control.written import off_loop
from gemlive_emulator.server.emulator import Emulator

if TYPE_CHECKING:
    from gemlive_emulator.scenario.engine import Scenario

TEXT = "scenario: desk\nrules:\n  - when: {text: hello}\n    then: [{say: Hello there!}]\n"


class ScenarioGiven(Shape):
    """A scenario, as it stands in a file."""

    model_config = examples({"text": TEXT, "name": "desk.yaml"})

    text: str
    """YAML or JSON; several scenarios with `---` between. It may name no other files."""
    name: str = "scenario"
    """What messages call it."""


class ScenarioTold(Shape):
    """One scenario."""

    name: str
    """As it calls itself, or as its file is called."""
    model: str | None
    """The model that it is for; null for whatever a client asks for."""
    rules: int
    """How many rules it has."""
    otherwise: bool
    """Whether it says what to do where no rule fits."""
    exchanges: int
    """How many exchanges its script has; 0 for one with rules."""
    faults: int
    """How many faults it has."""


class Loaded(Shape):
    """Who answers sessions that begin now, where no rule or script of the test does."""

    origin: Origin
    """`replaced` for a scenario that was sent, `file` for the one of the start, `responder` for one in Python, else
    `built-in`."""
    file: str | None
    """The file of the start; null if there is none."""
    scenarios: tuple[ScenarioTold, ...]
    """In their order; of a responder in Python and the built-in one there are none."""


def operations(emulator: Emulator) -> tuple[Operation, ...]:
    """The operations on this emulator's scenario."""

    def loaded() -> Loaded:
        casting = emulator.casting
        scenarios = () if casting.origin == "responder" else casting.scenarios
        told = tuple(map(_told, scenarios))
        return Loaded(origin=casting.origin, file=emulator.settings.scenario, scenarios=told)

    async def show(request: Request, body: None) -> Loaded:
        return loaded()

    async def replace(request: Request, body: ScenarioGiven) -> Loaded:
        await off_loop(partial(emulator.use_scenario, body.text, body.name))
        return loaded()

    async def reset(request: Request, body: Nothing) -> Loaded:
        emulator.reset()
        return loaded()

    return (
        Operation(
            name="getScenario",
            method="GET",
            path="/scenario",
            summary="Tell what is loaded",
            handle=show,
            answer=Loaded,
        ),
        Operation(
            name="replaceScenario",
            method="POST",
            path="/scenario",
            summary="Answer sessions that begin later as this scenario says, in place of the one of the start",
            handle=replace,
            answer=Loaded,
            body=ScenarioGiven,
        ),
        Operation(
            name="reset",
            method="POST",
            path="/reset",
            summary="Forget what was set or left: rules, scripts, faults, failures, quotas, the scenario that was sent",
            handle=reset,
            answer=Loaded,
            body=Nothing,
        ),
    )


def _told(scenario: "Scenario") -> ScenarioTold:
    return ScenarioTold(
        name=scenario.name,
        model=scenario.model,
        rules=len(scenario.rules),
        otherwise=scenario.otherwise is not None,
        exchanges=len(scenario.script),
        faults=len(scenario.faults),
    )
