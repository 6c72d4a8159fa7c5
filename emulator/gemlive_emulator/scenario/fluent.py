"""Scenarios written in Python, call by call, with the vocabulary of scenario files.

Each call makes the mapping that a file would have in its place and has it judged by the same models, so that names,
forms and complaints are the same; a complaint names the file and line of the call. Nothing here knows the list of
conditions or steps.
"""

import re
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from functools import partial
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Self, Unpack

from pydantic import TypeAdapter

from gemlive_emulator.scenario.builtin import respond
from gemlive_emulator.scenario.call_names import calls_in, slips
from gemlive_emulator.scenario.callers import Caller
from gemlive_emulator.scenario.choice import Choice, Told, nobody
from gemlive_emulator.scenario.engine import RuleResponder, Scenario
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.fluent_steps import ABSENT, plain_key, step_mapping, unknown_branch
from gemlive_emulator.scenario.given import judged
from gemlive_emulator.scenario.hole_names import hole_slips, holes_in
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.scenario.model import ExchangeForm, RuleForm, ScenarioForm
from gemlive_emulator.scenario.place import Place
from gemlive_emulator.scenario.scalars import Unquoted
from gemlive_emulator.scenario.script import ScriptResponder
from gemlive_emulator.scenario.step_form import STEPS, StepForm
from gemlive_emulator.scenario.steps import Steps as StepList
from gemlive_emulator.scenario.vocabulary import Callers, Conditions, Expectations, StepMethods
from gemlive_emulator.scenario.when import WhenForm
from gemlive_emulator.session.steps import Conversation, Reply, Responder, UserTurn

_STEP_LIST: TypeAdapter[Any] = TypeAdapter(StepList)
_ANY_STEPS = [{"silence": None}]
"""Stands for steps that are still to be written where a model wants some."""

NOBODY = Caller("", "", 1, {})
"""The first connection, of which nothing else is known."""

_FLAGS = {"i": re.IGNORECASE, "m": re.MULTILINE, "s": re.DOTALL}
_OTHER_FLAGS = {"a": re.ASCII, "x": re.VERBOSE}


def written(value: Any, place: Place) -> Any:
    """A value of Python as it would stand in a file: numbers and truth values are scalars without quotes.

    Raises:
        ScenarioError: nothing in a file is like it.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return Unquoted(str(value).lower() if isinstance(value, bool) else repr(value))
    if isinstance(value, Steps):
        return value.written
    if isinstance(value, re.Pattern):
        return _expression(value, place)
    if callable(seconds := getattr(value, "total_seconds", None)):  # a timedelta
        return f"{seconds():f}"
    if isinstance(value, PurePath):
        return value.as_posix()
    if isinstance(value, Mapping):
        return {str(key): written(entry, place) for key, entry in value.items()}
    if isinstance(value, Iterable) and not isinstance(value, bytes | bytearray):
        return [written(entry, place) for entry in value]
    right = "give a text, a number, a truth value, a compiled expression, a list or a mapping of these"
    raise place.error("wrong-value", f"a {type(value).__name__} cannot stand in a scenario", right)


def _expression(pattern: "re.Pattern[Any]", place: Place) -> str:
    if not isinstance(pattern.pattern, str):
        raise place.error("bad-regex", "an expression for bytes", "compile it from a text")
    for flag, value in _OTHER_FLAGS.items():
        if pattern.flags & value:
            raise place.error("bad-regex", f"the flag {flag} of an expression", "only i, m and s are known here")
    return f"/{pattern.pattern}/" + "".join(flag for flag, value in _FLAGS.items() if pattern.flags & value)


class Steps(StepMethods):
    """The steps of a reply, a call for each: ``Steps().say("One moment.").pause("700ms").say("Here.")``.

    Every step of a scenario file is a method, with the same name. What stands behind the name in a file is the
    argument; if that is a mapping, its keys may be keyword arguments: ``close(1011, reason="Enough.")``. A name that
    Python keeps for itself gets an underscore: ``await_()``. The keyword arguments of ``call`` are those of the
    function, ``call("get_weather", city="Oslo")``, apart from ``args`` and the branches (``if_error`` ...); the other
    keys of that step get an underscore (``as_``, ``id_``, ``checked_``).
    """

    def __init__(self, changed: Callable[[], None] | None = None) -> None:
        self.written: list[Any] = []
        self.forms: tuple[StepForm, ...] = ()
        self.judged: list[tuple[Place, StepForm]] = []
        self._holes: set[str] | None = None  # known only of steps that have a condition
        self._changed = changed

    if not TYPE_CHECKING:  # pragma: no branch -- type checkers know the steps by their names, and no others

        def __getattr__(self, name: str) -> Callable[..., Self]:
            if name.startswith("_"):
                raise AttributeError(name)
            return partial(self._add, plain_key(name))

    def __dir__(self) -> list[str]:
        """What it has, and every step."""
        return sorted({*super().__dir__(), *STEPS})

    def _add(self, name: str, *values: Any, **keys: Any) -> Self:
        place = Place()
        if len(values) > 1:
            raise place.error(
                "wrong-value", f"{len(values)} values for '{name}'", "give one; a list if several are meant"
            )
        if (unknown := unknown_branch(name, keys, Steps)) is not None:
            raise place.error("unknown-key", *unknown)
        value = written(values[0], place) if values else ABSENT
        given = {key: written(entry, place) for key, entry in keys.items()}
        step = step_mapping(name, value, given)
        forms = place.judge(_STEP_LIST, [*self.written, step])
        for slip in hole_slips(forms[-1:], self._holes) if self._holes is not None else ():
            raise place.error("unknown-placeholder", *slip)
        self.forms = forms
        self.written.append(step)
        self.judged.append((place, forms[-1]))
        if self._changed is not None:
            self._changed()
        return self


class Answer(Steps):
    """What answers the turns that fit a rule; its steps are added to it call by call.

    Attributes:
        answered: how many turns it has answered.
    """

    def __init__(self, when: WhenForm | None, place: Place, changed: Callable[[], None]) -> None:
        super().__init__(changed)
        self.place = place
        self.when = when
        self.answered = 0
        self._holes = set(holes_in(when))

    def take(self, value: list[Any], forms: tuple[StepForm, ...]) -> None:
        """Take all its steps at once, as they were written and judged."""
        self.written, self.forms = value, forms
        self.judged = [(self.place, form) for form in forms]


class Script(Steps):
    """Exchanges in their order, and nothing else: ``expect`` begins one, steps are added to the latest.

    Attributes:
        begun: how many sessions have begun it.
    """

    def __init__(self, callers: dict[str, Any], place: Place, changed: Callable[[], None]) -> None:
        super().__init__(changed)
        self.place = place
        self.begun = 0
        self._callers = callers
        self._exchanges: list[dict[str, Any]] = []

    def expect(self, **conditions: Unpack[Expectations]) -> Self:
        """What must come next: conditions as in a file, and what stands beside them (``says``)."""
        place = Place()
        beside = [key for key in ExchangeForm.known_keys() if key not in ("expect", "reply")]
        keys = {plain_key(key): written(value, place) for key, value in conditions.items()}
        own = {key: keys.pop(key) for key in beside if key in keys}
        exchange = {"expect": keys, **own}
        # An interruption is not answered; everything else is, by the steps that are added.
        form = place.judge(ExchangeForm, exchange if "interruption" in keys else {**exchange, "reply": _ANY_STEPS})
        earlier = self._holes if "tool_response" in keys else None
        self._holes = {*holes_in(form.expect), *(earlier or ())}
        self.written = []
        self._exchanges.append({**exchange, "reply": self.written})
        return self

    def scenario(self) -> Scenario | None:
        """As it is now; ``None`` while nothing is expected."""
        if not self._exchanges:
            return None
        exchanges = [{key: value for key, value in one.items() if value != []} for one in self._exchanges]
        form = self.place.judge(ScenarioForm, {"script": exchanges, **self._callers})
        return Scenario.of(form, f"the script of {self.place}")

    def take(self, exchanges: list[Any]) -> None:
        """Take all exchanges at once, as they were written and judged."""
        self._exchanges = exchanges

    def _add(self, name: str, *values: Any, **keys: Any) -> Self:
        if not self._exchanges:
            raise Place().error("wrong-value", f"'{name}' before anything is expected", "begin with expect(...)")
        return super()._add(name, *values, **keys)


class Rules:
    """Rules and scripts that a test writes. They may be added at any time and count for what comes later.

    ``rules.when(text="weather").call("get_weather", city="Oslo").say("It is {result.temperature} degrees.")``

    Conditions and steps have the names that they have in files; see :class:`Steps`.
    """

    def __init__(self) -> None:
        self._rules: list[Answer] = []
        self._otherwise: Answer | None = None
        self._scripts: list[Script] = []
        self._ready: Scenario | None = None
        self._answers: tuple[Answer, ...] = ()
        self._stale = False
        self._version = 0
        self._shared: MutableMapping[str, str] = {}

    def when(self, **conditions: Unpack[Conditions]) -> Answer:
        """A rule: the first that fits a turn answers it.

        Raises:
            ScenarioError: a condition that no file could have.
        """
        place = Place()
        when = {plain_key(key): written(value, place) for key, value in conditions.items()}
        form = place.judge(RuleForm, {"when": when, "then": _ANY_STEPS})
        rule = Answer(form.when, place, self._changed)
        self._rules.append(rule)
        return rule

    def otherwise(self) -> Answer:
        """The answer where no rule fits; takes the place of an earlier one."""
        self._otherwise = Answer(None, Place(), self._changed)
        return self._otherwise

    def script(self, **callers: Unpack[Callers]) -> Script:
        """A script for sessions that begin later; of several, the first whose callers fit.

        Args:
            callers: for which connections it is, as ``for`` in a file: ``connection=2``, ``model=...``.
        """
        place = Place()
        given = {plain_key(key): written(value, place) for key, value in callers.items()}
        document = {"for": given} if given else {}
        place.judge(ScenarioForm, {**document, "otherwise": _ANY_STEPS})
        script = Script(document, place, self._changed)
        self._scripts.append(script)
        return script

    def add(self, document: Mapping[str, Any], place: Place) -> None:
        """Take ``rules`` and ``otherwise``, or a ``script`` and its ``for``, as a file has them: all, or none.

        Raises:
            ScenarioError: no file could have it.
        """
        given: dict[str, Any] = written(document, place)
        form = judged(given, place)
        if form.script is not None:
            script = Script({"for": given["for"]} if "for" in given else {}, place, self._changed)
            script.take(given["script"])
            self._scripts.append(script)
        for rule, value in zip(form.own_rules, given.get("rules", ()), strict=True):
            answer = Answer(rule.when, place, self._changed)
            answer.take(value["then"], rule.then)
            self._rules.append(answer)
        if form.otherwise is not None:
            self._otherwise = Answer(None, place, self._changed)
            self._otherwise.take(given["otherwise"], form.otherwise)
        self._changed()

    @property
    def answers(self) -> tuple[Answer, ...]:
        """All rules, in their order, and ``otherwise`` behind them, if there is one."""
        return (*self._rules, *([self._otherwise] if self._otherwise is not None else []))

    @property
    def scripts(self) -> tuple[Script, ...]:
        """All scripts, in their order."""
        return tuple(self._scripts)

    def reset(self) -> None:
        """Forget all rules, scripts and shared state."""
        self._rules.clear()
        self._otherwise = None
        self._scripts.clear()
        self._shared.clear()
        self._changed()

    @property
    def unfinished(self) -> list[str]:
        """What was begun and answers nothing: rules without steps, scripts for which nobody came, in words."""
        idle = [
            f"{one.place}: this rule has no steps, so it answers nothing" for one in self.answers if not one.written
        ]
        return idle + [f"{one.place}: no session began this script" for one in self._scripts if not one.begun]

    def scenario(self) -> Scenario | None:
        """The rules as they are now; ``None`` if there are none."""
        if self._stale:
            self._stale = False
            self._ready = self._made()
        return self._ready

    def responder(self, caller: Caller = NOBODY) -> Responder:
        """A responder for one session: the rules, then the script that is for the caller, or the built-in responder."""
        return self.before(self.script_for(caller) or respond)

    def before(self, otherwise: Responder, told: Told = nobody) -> Responder:
        """A responder for one session: the rules as they are when a turn comes, then another responder.

        Args:
            otherwise: is asked where no rule fits and there is no ``otherwise``.
            told: hears which rule was chosen.
        """
        memory = otherwise.memory if isinstance(otherwise, RuleResponder | ScriptResponder) else Memory(self._shared)
        latest: RuleResponder | None = None
        judged = 0

        def answer(turn: UserTurn, conversation: Conversation) -> Reply:
            nonlocal latest, judged
            if judged != self._version:
                self._judge_names(otherwise)
                judged = self._version
            scenario = self.scenario()
            if scenario is None:
                return otherwise(turn, conversation)
            if latest is None or latest.scenario is not scenario:
                latest = RuleResponder(scenario, memory, self._counting(told), otherwise)
            return latest(turn, conversation)

        return answer

    def script_for(self, caller: Caller) -> ScriptResponder | None:
        """A responder for one session of the first script that is for such a connection; ``None`` if none is."""
        for script in self._scripts:
            scenario = script.scenario()
            if scenario is not None and (scenario.condition is None or scenario.condition.fits(caller)):
                script.begun += 1
                return ScriptResponder(scenario.script, Memory(self._shared), scenario.phrases)
        return None

    def _counting(self, told: Told) -> Told:
        """Count which of the answers as they are now is chosen, and tell it on."""
        answers, otherwise = self._answers, self._otherwise

        def count(choice: Choice) -> None:
            chosen = otherwise if choice.number is None else answers[choice.number - 1]
            if chosen is not None and chosen.forms:
                chosen.answered += 1
            told(choice)

        return count

    def _changed(self) -> None:
        self._stale = True
        self._version += 1

    def _judge_names(self, behind: Responder) -> None:
        """Only when rules are used it is known whether one of them, or of those behind them, makes a call.

        Raises:
            ScenarioError: a step takes something from a call that none makes.
        """
        drafts = [*self.answers, *self._scripts]
        steps = [step for draft in drafts for _, step in draft.judged]
        known = calls_in([*steps, *(behind.steps if isinstance(behind, RuleResponder | ScriptResponder) else ())])
        problems = [
            problem
            for draft in drafts
            for place, step in draft.judged
            for slip in slips([step], known)
            for problem in place.error("unknown-call", *slip).problems
        ]
        if problems:
            raise ScenarioError(problems)

    def _made(self) -> Scenario | None:
        # Each part was judged where it was written, and may name files in the folder there.
        self._answers = tuple(one for one in self._rules if one.forms)
        rules = [RuleForm.model_construct(when=one.when, then=one.forms) for one in self._answers]
        otherwise = self._otherwise.forms if self._otherwise is not None else ()
        if not rules and not otherwise:
            return None
        form = ScenarioForm.model_construct(rules=tuple(rules) or None, otherwise=otherwise or None)
        return Scenario.of(form, "rules of the test")
