"""Who answers a connection: a script or rules of the test, its responder, a scenario of the file, the built-in one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.profiles.tokens import Pin
from gemlive_emulator.records import dataclass
from gemlive_emulator.server.clock import Clock
from gemlive_emulator.server.failures import Expecting
from gemlive_emulator.server.responders import AnyResponder, Asks, adapt
from gemlive_emulator.server.settings import PaceName, Settings
from gemlive_emulator.session.behaviour import AT_ONCE, REAL_TIME, Pace
from gemlive_emulator.session.hearing import NOTHING_FOREKNOWN, Foreknown
from gemlive_emulator.session.steps import Conversation, Reply, Responder, UserTurn
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.errors import EmulatorError

if TYPE_CHECKING:
    from gemlive_emulator.scenario.choice import Choice
    from gemlive_emulator.scenario.engine import Scenario
    from gemlive_emulator.scenario.faults.watch import Fault
    from gemlive_emulator.scenario.fluent import Rules
    from gemlive_emulator.server.reload import Watched

Scenarios = Callable[[], "Sequence[Scenario]"]
"""Gives the scenarios of the file as they are now."""

Origin = Literal["replaced", "responder", "file", "built-in"]
"""Where the answers come from: a scenario that was loaded meanwhile, the test's responder, the file of the settings, or
the built-in responder."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Who answers one connection.

    Attributes:
        responder: decides what the model says.
        model: a scenario's model, which fixes the profile; ``None`` for whatever is asked for.
        overrides: fields of the family that its scenario changes, by dotted name.
        key_state: what its scenario says of the client's key.
        pin: what goes before the client's setup.
        foreknown: what is known beforehand of what the user will say aloud.
        expects: what is looked at when the session ends; ``None`` if it expects nothing.
    """

    responder: Responder
    model: str | None = None
    overrides: Mapping[str, Any] = field(default_factory=dict)
    foreknown: Foreknown = NOTHING_FOREKNOWN
    expects: Expecting | None = None
    key_state: str | None = None
    pin: Pin = Pin()

    def terms(self, terms: Terms) -> Terms:
        """The terms of the server with what the scenario says; what was set by hand goes before it."""
        return terms.under(self.model, self.overrides, self.key_state)


@dataclass(frozen=True, slots=True)
class Role:
    """A connection that is to be cast.

    Attributes:
        session: the name of its session.
        endpoint: where it knocked.
        model: the bare id of the model that its setup asks for.
        told: hears which rule answers each turn.
    """

    session: str
    endpoint: Endpoint
    model: str
    told: "Callable[[Choice], None]"


class Casting:
    """Chooses who answers each connection.

    Args:
        asks: runs what asynchronous responders do.
        responder: the test's own, in any form; goes before the file.
        scenarios: of the file; ``None`` if there is none.
        calls_functions: whether the built-in responder calls what a client declared.

    Attributes:
        rules: those of the test; ``None`` until it writes one.
        replaced: scenarios that take the place of the responder's and of the file's; ``None`` while none do.
    """

    def __init__(
        self,
        asks: Asks,
        responder: AnyResponder | None = None,
        scenarios: Scenarios | None = None,
        calls_functions: bool = True,
    ) -> None:
        self._asks = asks
        self._built_in = built_in(calls_functions)
        self._responder = responder
        self._of_file = scenarios
        self.rules: Rules | None = None
        self.replaced: Sequence[Scenario] | None = None

    @property
    def scenarios(self) -> "Sequence[Scenario]":
        """Those from which sessions are cast just now."""
        if self.replaced is not None:
            return self.replaced
        return () if self._of_file is None else self._of_file()

    @property
    def origin(self) -> Origin:
        """Who answers where no rule or script of the test does."""
        if self.replaced is not None:
            return "replaced"
        return "responder" if self._responder is not None else "built-in" if self._of_file is None else "file"

    def replace(self, text: str, name: str) -> None:
        """Cast sessions that begin later from this scenario; takes a while if it is long. Safe from any thread.

        Args:
            text: YAML or JSON; it may name no files.
            name: what messages call it.

        Raises:
            ScenarioError: it is not right.
            EmulatorError: it changes fields that no family has.
        """
        from gemlive_emulator.scenario.loader import parse

        scenarios = parse(text, name)
        check_timing(scenarios)
        for scenario in scenarios:
            scenario.prepare()
        self.replaced = scenarios

    def faults(self, endpoint: Endpoint, model: str) -> "tuple[Fault, ...]":
        """What the file says that goes wrong on a connection, whoever answers there.

        Args:
            endpoint: where it knocked.
            model: the bare id of the model that its setup asks for; ``""`` while it is not known.
        """
        if not self.scenarios:
            return ()
        from gemlive_emulator.scenario.engine import cast

        name = endpoint.query.get("scenario")
        try:
            return cast(self.scenarios, name, endpoint.key, model, endpoint.connection, endpoint.query).faults
        except EmulatorError:
            return ()  # there is none of this name, which is told to the client

    def faults_in_file(self) -> "tuple[Fault, ...]":
        """All that the file says that goes wrong."""
        return tuple(fault for scenario in self.scenarios for fault in scenario.faults)

    def check(self, endpoint: Endpoint) -> None:
        """Look whether there is the scenario that the client names, before it says anything.

        Raises:
            EmulatorError: there is none of the name.
        """
        if self.origin in ("file", "replaced") and "scenario" in endpoint.query:
            from gemlive_emulator.scenario.engine import named

            named(self.scenarios, endpoint.query["scenario"])

    def cast(self, role: Role) -> Cast:
        """Who answers.

        Raises:
            EmulatorError: there is no scenario of the name that the client gave.
        """
        found = self._scripted_by_test(role) or self._underneath(role)
        return replace(
            found,
            responder=self._rules_first(found.responder, role),
            foreknown=replace(found.foreknown, phrases=(*self._phrases(), *found.foreknown.phrases)),
        )

    def _phrases(self) -> tuple[str, ...]:
        """What the rules of the test look for just now; a recogniser is not told of later ones."""
        scenario = self.rules.scenario() if self.rules is not None else None
        return scenario.phrases if scenario is not None else ()

    def _scripted_by_test(self, role: Role) -> Cast | None:
        if self.rules is None:
            return None
        from gemlive_emulator.scenario.callers import Caller

        endpoint = role.endpoint
        script = self.rules.script_for(Caller(endpoint.key, role.model, endpoint.connection, endpoint.query))
        return None if script is None else Cast(script, foreknown=script.foreknown, expects=script)

    def _underneath(self, role: Role) -> Cast:
        if self._responder is not None and self.replaced is None:
            return Cast(adapt(self._responder, self._asks, role.session))
        if not self.scenarios:
            return Cast(self._built_in)
        from gemlive_emulator.scenario.engine import cast

        endpoint = role.endpoint
        name = endpoint.query.get("scenario")
        scenario = cast(self.scenarios, name, endpoint.key, role.model, endpoint.connection, endpoint.query)
        responder = scenario.responder(role.told, self._built_in)
        foreknown = responder.foreknown
        return Cast(responder, scenario.model, scenario.timing, foreknown, responder, scenario.key_state)

    def _rules_first(self, responder: Responder, role: Role) -> Responder:
        """The rules of the test go before all others; it may write them at any time."""
        layered: Responder | None = None

        def respond(turn: UserTurn, conversation: Conversation) -> Reply:
            nonlocal layered
            if layered is None:
                if self.rules is None:
                    return responder(turn, conversation)
                layered = self.rules.before(responder, role.told)
            return layered(turn, conversation)

        return respond


def written_in(path: str, clock: Clock) -> "Watched":
    """The scenarios of a file, as it was saved last."""
    from gemlive_emulator.server.reload import Watched

    return Watched(Path(path), clock, check_timing)


def check_timing(scenarios: "Sequence[Scenario]") -> None:
    """Look whether the families have the fields that scenarios change.

    Raises:
        EmulatorError: one has not, or its value does not fit.
    """
    for scenario in scenarios:
        try:
            Terms(overrides=scenario.timing)
        except EmulatorError as error:
            raise EmulatorError(f"timing of scenario {scenario.name!r}: {error}") from None


def built_in(calls_functions: bool) -> Responder:
    """The built-in responder, loaded with the first turn: a client that connects need not wait for its phrases.

    Args:
        calls_functions: whether it calls what a client declared.
    """

    loaded: Responder | None = None

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        nonlocal loaded
        if loaded is None:
            from gemlive_emulator.scenario.builtin import respond_with

            loaded = respond_with(calls_functions=calls_functions)
        return loaded(turn, conversation)

    return respond


_PACES: dict[PaceName, Pace | None] = {"family": None, "real-time": REAL_TIME, "at-once": AT_ONCE}


def terms_of(settings: Settings, keys: Mapping[str, str] | None) -> Terms:
    """How the setups of an emulator's clients are judged; ``keys`` are the states of those that there are."""
    return Terms(
        pace=_PACES[settings.pace],
        profile=settings.profile,
        strict=settings.strict,
        overrides=settings.overrides,
        keys=keys,
        idle_end=settings.idle_end,
        handle_seconds=settings.handle_seconds,
        haste=settings.rate,
        limits=settings.limits,
    )
