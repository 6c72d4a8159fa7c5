"""What a scenario does: it picks the steps that answer a turn, and has them played."""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import field
from functools import cached_property
from typing import Any

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.builtin import respond
from gemlive_emulator.scenario.callers import Caller, caller_condition
from gemlive_emulator.scenario.choice import Choice, Told, nobody
from gemlive_emulator.scenario.conditions import Condition, phrases_of
from gemlive_emulator.scenario.errors import Problem, ScenarioError, nearest, shown
from gemlive_emulator.scenario.faults.watch import Fault
from gemlive_emulator.scenario.index import RuleIndex
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.scenario.model import ScenarioForm
from gemlive_emulator.scenario.playing import behind_first, play
from gemlive_emulator.scenario.returned import overhear
from gemlive_emulator.scenario.rules import Rule
from gemlive_emulator.scenario.script import Exchange, ScriptResponder
from gemlive_emulator.scenario.seen import Seen
from gemlive_emulator.scenario.steps import StepForm
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.hearing import Foreknown
from gemlive_emulator.session.steps import Conversation, Reply, Responder, UserTurn


@dataclass(frozen=True)
class Scenario:
    """What the model says, ready for any number of sessions.

    Attributes:
        name: as the file calls it, or the file's own name.
        model: the model id that it is for; ``None`` for whatever the client asks for.
        rules: the first that fits answers.
        otherwise: the steps where no rule fits; ``None`` leaves the turn to the built-in responder.
        script: the exchanges in their order; empty when the scenario has rules.
        user_says: what the user is taken to say aloud, utterance by utterance; a script says it in its exchanges.
        condition: for which connections it is; ``None`` for all.
        timing: fields of the model family that it changes, by dotted name.
        key_state: what the server thinks of the client's key; ``None`` leaves that to the server.
        faults: what happens to the connection, and how often each fault has.
        shared: state that all its sessions share, by name.
    """

    name: str
    model: str | None = None
    rules: tuple[Rule, ...] = ()
    otherwise: tuple[StepForm, ...] | None = None
    script: tuple[Exchange, ...] = ()
    user_says: tuple[str, ...] = ()
    condition: Condition[Caller] | None = None
    timing: Mapping[str, Any] = field(default_factory=dict)
    key_state: str | None = None
    faults: tuple[Fault, ...] = field(default=(), compare=False)
    shared: MutableMapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, form: ScenarioForm, name: str) -> "Scenario":
        """The scenario of a document; ``name`` if it has none of its own."""
        name = form.scenario or name
        return cls(
            name=name,
            model=form.model,
            rules=tuple(Rule.of(rule) for rule in form.own_rules),
            otherwise=form.otherwise,
            script=tuple(Exchange.of(exchange) for exchange in form.script or ()),
            user_says=form.user_says or (),
            condition=caller_condition(form.callers) if form.callers else None,
            timing=form.overrides,
            key_state=form.key_state,
            faults=tuple(Fault(one, f"fault {n} of {shown(name)}") for n, one in enumerate(form.faults or (), 1)),
        )

    @cached_property
    def phrases(self) -> tuple[str, ...]:
        """All plain texts that the user may say, each once."""
        conditions = [rule.condition for rule in self.rules] + [one.condition for one in self.script]
        said = [*self.user_says, *(one.says for one in self.script if one.says)]
        return tuple(dict.fromkeys([*said, *phrases_of(conditions)]))

    @cached_property
    def _index(self) -> RuleIndex:
        return RuleIndex([rule.condition for rule in self.rules])

    def prepare(self) -> None:
        """Make now what else the first turn would have to wait for."""
        if self.rules:
            self._index  # noqa: B018 - it is made when it is looked at
        self.phrases  # noqa: B018 - the same

    def responder(self, told: Told = nobody, built_in: Responder = respond) -> "RuleResponder | ScriptResponder":
        """A responder for one session.

        Args:
            told: hears which rule was chosen for each turn; a script chooses nothing.
            built_in: answers where no rule fits and there is no ``otherwise``.
        """
        memory = Memory(self.shared)
        if self.script:
            return ScriptResponder(self.script, memory, self.phrases)
        return RuleResponder(self, memory, told, built_in)

    def choose(self, seen: Seen) -> Choice:
        """The first rule that fits."""
        at = next((at for at in self._index.candidates(seen) if self.rules[at].fits(seen)), None)
        return Choice(self.name, self.rules, at, seen)


class RuleResponder:
    """Answers by rules; between turns it knows the session's state and what the user has yet to say.

    Args:
        scenario: whose rules.
        memory: of the session.
        told: hears of each choice.
        built_in: answers where the scenario does not.

    Attributes:
        problems: always empty: rules have no expectations that could break.
        unreached: always empty as well.
        last_choice: the latest choice; ``None`` before the first turn.
        memory: what the replies remember.
        foreknown: what the user says aloud, and what the rules look for.
    """

    def __init__(self, scenario: Scenario, memory: Memory, told: Told = nobody, built_in: Responder = respond) -> None:
        self.scenario = scenario
        self.problems: list[str] = []
        self.unreached: list[str] = []
        self.last_choice: Choice | None = None
        self._answered: UserTurn | None = None
        self.memory = memory
        self._told = told
        self._built_in = built_in
        said = iter(scenario.user_says)
        self.foreknown = Foreknown(lambda: next(said, None), scenario.phrases)

    @property
    def steps(self) -> tuple[StepForm, ...]:
        """The steps of all replies."""
        return tuple(step for rule in self.scenario.rules for step in rule.steps) + (self.scenario.otherwise or ())

    def __call__(self, turn: UserTurn, conversation: Conversation) -> Reply:
        """The reply of the first rule that fits; else ``otherwise``; else the built-in responder's."""
        overhear(self.memory, conversation.history)
        choice = self.last_choice
        if choice is None or turn is not self._answered:  # a reply that interrupted itself is asked for once more
            choice = self.scenario.choose(Seen(turn, conversation, self.memory.copy()))
            self.last_choice, self._answered = choice, turn
            self._told(choice)
        steps = choice.rule.steps if choice.rule else self.scenario.otherwise
        place = f"rule {choice.number}" if choice.rule else "otherwise"
        scene = Scene(turn, conversation, self.memory.for_reply(), place, choice.words)
        if steps is None:
            return behind_first(self._built_in(turn, conversation), scene)
        return play(steps, scene)


def named(scenarios: Sequence[Scenario], name: str) -> Scenario:
    """The scenario of that name.

    Raises:
        ScenarioError: there is none.
    """
    for scenario in scenarios:
        if scenario.name == name:
            return scenario
    advice = nearest(name, [scenario.name for scenario in scenarios])
    raise ScenarioError([Problem(name, 0, 0, "unknown-scenario", "there is no scenario of this name", advice)])


def cast(
    scenarios: Sequence[Scenario],
    name: str | None = None,
    key: str = "",
    model: str = "",
    connection: int = 1,
    query: Mapping[str, str] | None = None,
) -> Scenario:
    """The scenario that a connection is for.

    Args:
        scenarios: in the order of their file.
        name: of the one that the client asked for; goes before everything else.
        key: the credential that the client gave.
        model: the bare id of the model in the setup.
        connection: the number of the connection, from 1.
        query: the parameters of the URL.

    Returns:
        The one that is asked for; else the first that is for such a connection, or for all; else one that says
        nothing, so that the built-in responder answers.

    Raises:
        ScenarioError: there is none of the name.
    """
    if name is not None:
        return named(scenarios, name)
    caller = Caller(key, model, connection, query or {})
    fitting = (one for one in scenarios if one.condition is None or one.condition.fits(caller))
    return next(fitting, NO_SCENARIO)


NO_SCENARIO = Scenario("the built-in responder")
"""Says nothing of its own."""
