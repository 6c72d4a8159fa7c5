"""What a scenario does: it picks the steps that answer a turn, and plays them."""

from collections.abc import Sequence
from dataclasses import dataclass

from gemlive_emulator.scenario.asked import counted
from gemlive_emulator.scenario.builtin import respond
from gemlive_emulator.scenario.conditions import Condition, Exact
from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.model import ExchangeForm, ScenarioForm
from gemlive_emulator.scenario.playing import play
from gemlive_emulator.scenario.rules import Rule, condition_of
from gemlive_emulator.scenario.seen import Seen
from gemlive_emulator.scenario.steps import StepForm
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.hearing import Foreknown
from gemlive_emulator.session.steps import CloseConnection, Conversation, Reply, UserTurn
from gemlive_emulator.wire.closes import INTERNAL


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange of a script: what must come, the steps that answer it, and the words of it if it is speech."""

    condition: Condition
    steps: tuple[StepForm, ...]
    says: str | None = None

    @classmethod
    def of(cls, form: ExchangeForm) -> "Exchange":
        """The exchange that a file has; a bare text in it is the whole turn."""
        return cls(condition_of(form.expect, Exact), form.reply, form.says)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the model says, ready for any number of sessions.

    Attributes:
        name: as the file calls it, or the file's own name.
        model: the model id that it is for; ``None`` for whatever the client asks for.
        rules: the first that fits answers.
        otherwise: the steps where no rule fits; ``None`` leaves the turn to the built-in responder.
        script: the exchanges in their order; empty when the scenario has rules.
        user_says: what the user is taken to say aloud, utterance by utterance; a script says it in its exchanges.
    """

    name: str
    model: str | None = None
    rules: tuple[Rule, ...] = ()
    otherwise: tuple[StepForm, ...] | None = None
    script: tuple[Exchange, ...] = ()
    user_says: tuple[str, ...] = ()

    @classmethod
    def of(cls, form: ScenarioForm, name: str) -> "Scenario":
        """The scenario of a document; ``name`` if it has none of its own."""
        return cls(
            name=form.scenario or name,
            model=form.model,
            rules=tuple(Rule.of(rule) for rule in form.rules or ()),
            otherwise=form.otherwise,
            script=tuple(Exchange.of(exchange) for exchange in form.script or ()),
            user_says=form.user_says or (),
        )

    def responder(self) -> "RuleResponder | ScriptResponder":
        """A responder for one session: a script remembers how far it is."""
        return ScriptResponder(self.script) if self.script else RuleResponder(self)

    def choose(self, turn: UserTurn) -> Rule | None:
        """The first rule that fits."""
        seen = Seen(turn)
        return next((rule for rule in self.rules if rule.why_not(seen) is None), None)

    def near_misses(self, turn: UserTurn) -> list[str]:
        """Why each rule does not fit the turn, for the log; rules that fit are left out."""
        seen = Seen(turn)
        reasons = ((number, rule.why_not(seen)) for number, rule in enumerate(self.rules, 1))
        return [f"rule {number} of {shown(self.name)}: {why}" for number, why in reasons if why is not None]


class RuleResponder:
    """Answers by rules; between turns it only knows what the user has yet to say.

    Attributes:
        problems: always empty: rules have no expectations that could break.
        foreknown: what the user says aloud, and what the rules look for.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.problems: list[str] = []
        said = iter(scenario.user_says)
        phrases = _phrases(scenario.user_says, [rule.condition for rule in scenario.rules])
        self.foreknown = Foreknown(lambda: next(said, None), phrases)

    def __call__(self, turn: UserTurn, conversation: Conversation) -> Reply:
        """The reply of the first rule that fits; else ``otherwise``; else the built-in responder's."""
        rule = self.scenario.choose(turn)
        steps = rule.steps if rule else self.scenario.otherwise
        if steps is None:
            return respond(turn, conversation)
        return play(steps, Scene(turn, conversation))


class ScriptResponder:
    """Answers a script in its order, and nothing else.

    A turn that is not as expected closes the connection with 1011 and words that name both, and so does every turn
    after the end. The script stands still then: what broke stays broken.

    Attributes:
        problems: each expectation that was not met, in full, for the test that runs the script.
        foreknown: what the user says aloud in each exchange, and what the exchanges look for.
    """

    def __init__(self, script: Sequence[Exchange]) -> None:
        self._script = script
        self._next = 0
        self._said = 0
        self._answered: UserTurn | None = None
        self.problems: list[str] = []
        phrases = _phrases([one.says for one in script if one.says], [one.condition for one in script])
        self.foreknown = Foreknown(self._says, phrases)

    @property
    def unreached(self) -> list[str]:
        """What the script still waits for, in words."""
        waiting = enumerate(self._script[self._next :], self._next + 1)
        return [f"exchange {number}: {exchange.condition.told}" for number, exchange in waiting]

    def __call__(self, turn: UserTurn, conversation: Conversation) -> Reply:
        """The reply of the exchange that is next, if the turn is as it expects."""
        if turn is not self._answered:  # a reply that interrupted itself is asked for once more with the same turn
            wrong = self._why_not(turn)
            if wrong is not None:
                self.problems.append(wrong)
                return _break_off(wrong)
            self._answered = turn
            self._next += 1
        return play(self._script[self._next - 1].steps, Scene(turn, conversation))

    def _says(self) -> str | None:
        """The words of the exchange that is next, each given once: words are known before their turn is answered."""
        at = max(self._said, self._next)
        self._said = at + 1
        return self._script[at].says if at < len(self._script) else None

    def _why_not(self, turn: UserTurn) -> str | None:
        if self._next == len(self._script):
            return f"Script is over after {self._next} exchanges, got {_what_came(turn)}"
        condition = self._script[self._next].condition
        if condition.why_not(Seen(turn)) is None:
            return None
        return f"Script exchange {self._next + 1}: expected that {condition.told}, got {_what_came(turn)}"


def _phrases(said: Sequence[str], conditions: Sequence[Condition]) -> tuple[str, ...]:
    """All that the user may say, each once."""
    looked_for = [phrase for condition in conditions for phrase in condition.phrases]
    return tuple(dict.fromkeys([*said, *looked_for]))


def _what_came(turn: UserTurn) -> str:
    """A turn in words for a person."""
    return shown(turn.text) + (f" and {counted(turn)}" if turn.other_parts else "")


def _break_off(wrong: str) -> Reply:
    yield CloseConnection(INTERNAL, wrong)
