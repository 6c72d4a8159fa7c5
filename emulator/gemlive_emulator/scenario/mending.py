"""All faults of a document at once.

A fault can hide others: an unknown key those of its mapping, a wrong step that the steps are in a wrong order. So what
is wrong is put right, in a copy and for the time being, and the copy looked at again, until nothing new is found.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import ValidationError

from gemlive_emulator.records import dataclass
from gemlive_emulator.scenario.explain import Trail, key_of, told, trail_of
from gemlive_emulator.scenario.fields import ScenarioPart
from gemlive_emulator.scenario.steps import STEPS

MOST_LOOKS = 12
"""How often a document is looked at: each look takes as long as reading it."""

_STEP_LISTS = frozenset(["then", "reply", "otherwise", "if_error", "if_malformed", "if_cancelled", "if_late"])
_CONDITION = {"text": "x"}
_STEP = {"pause": "1s"}
_RIGHT: dict[str, Any] = {
    "rules": {"when": _CONDITION, "then": [_STEP]},
    "script": {"expect": _CONDITION, "reply": [_STEP]},
    **dict.fromkeys(("all", "any"), _CONDITION),
    **dict.fromkeys(_STEP_LISTS, _STEP),
}
"""What can stand in place of an entry of such a list."""

_VALUES: dict[str, Any] = {
    **dict.fromkeys(("when", "expect"), _CONDITION),
    **{key: [_STEP] for key in _STEP_LISTS},
}
"""What can stand behind such a key."""

Form = TypeVar("Form", bound=ScenarioPart)


class Fault(NamedTuple):
    """One fault: the way to the mapping or value, the key that is wrong if it is one, and what is told of it."""

    trail: Trail
    key: str | None
    code: str
    wrong: str
    right: str


@dataclass(frozen=True, slots=True)
class Looked(Generic[Form]):
    """What was found in a document.

    Attributes:
        form: what it says; with faults, what it says once they are put right; ``None`` if that cannot be done.
        faults: in no order.
        names: all words that stand in what was put right; a call may have been called so.
        touched: what was put right: which rule, exchange or step.
    """

    form: Form | None
    faults: tuple[Fault, ...] = ()
    names: frozenset[str] = frozenset()
    touched: frozenset[Trail] = frozenset()

    @property
    def is_right(self) -> bool:
        """Whether it has no faults."""
        return not self.faults


def look(kind: type[Form], value: Any, context: object) -> Looked[Form]:
    """What a document says, and all that is wrong with it.

    Args:
        kind: what it is to be.
        value: of the document; is not changed.
        context: for the validators.
    """
    try:
        return Looked(kind.model_validate(value, context=context))
    except ValidationError as error:
        mending = _Mending(deepcopy(value))
        form, found = None, _faults(error)
    while found and mending.mend(found):
        try:
            form, found = kind.model_validate(mending.value, context=context), []
        except ValidationError as error:
            found = _faults(error)
    return Looked(form, tuple(mending.faults), frozenset(mending.names), frozenset(mending.touched))


def _faults(error: ValidationError) -> list[Fault]:
    errors = error.errors(include_url=False, include_input=False)
    return [Fault(trail_of(one), key_of(one), *told(one)) for one in errors]


class _Mending:
    """A document that is put right bit by bit."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.faults: list[Fault] = []
        self.names: set[str] = set()
        self.touched: set[Trail] = set()
        self._changed: set[Trail] = set()
        self._looks = 1

    def mend(self, found: list[Fault]) -> bool:
        """Note these faults and put them right; whether to look again."""
        self.faults += [fault for fault in found if fault not in self.faults and not self._is_echo(fault)]
        self._looks += 1
        # From the inside to the outside: what stands in a wrong place may be wrong itself.
        todo = sorted(found, key=lambda fault: len(fault.trail), reverse=True)
        done = [self._put_right(fault) for fault in todo]
        return self._looks <= MOST_LOOKS and all(done)

    def _is_echo(self, fault: Fault) -> bool:
        """Whether it comes of what was put right: something is missing, or nothing is left."""
        here = self._changed.intersection((fault.trail, fault.trail[:-1]))
        return bool(here) and (fault.code == "missing-key" or not self._at(fault.trail))

    def _put_right(self, fault: Fault) -> bool:
        # Of keys that do not go together nobody knows which is the wrong one.
        is_whole = fault.key is None or (fault.code == "wrong-value" and fault.trail[-1:] == ("expect",))
        trail = fault.trail if is_whole else (*fault.trail, str(fault.key))
        while trail and not self._is_there(trail):
            trail = trail[:-1]
        if not trail:
            return False
        self.touched.add(trail[:2])
        steps = self._at(trail)
        if not (trail[-1] in _STEP_LISTS and isinstance(steps, list) and self._reorder(steps)):
            self.names.update(_words_in(steps))
            self._replace(trail)
        return True

    def _replace(self, trail: Trail) -> None:
        """Put something right in a place; nothing where nobody knows what would be, and then in place of the list."""
        way, last = trail[:-1], trail[-1]
        within = self._at(way)
        if isinstance(within, dict):
            within.pop(last, None)
            if last in _VALUES:
                within[last] = deepcopy(_VALUES[str(last)])
        elif way[-1] in _RIGHT:
            within[last] = deepcopy(_RIGHT[str(way[-1])])
        else:
            self._replace(way)
        self._changed.add(way)

    @staticmethod
    def _reorder(steps: list[Any]) -> bool:
        """Take out what can only be the last step, or else what can only be the first; whether there was any."""
        ends = [at for at, step in enumerate(steps[:-1]) if any(form.ends for form in _forms_of(step))]
        cuts = [at for at, step in enumerate(steps) if isinstance(step, dict) and "interrupt" in step]
        for at in ends or cuts:
            steps[at] = deepcopy(_STEP)
        return bool(ends or cuts)

    def _is_there(self, trail: Trail) -> bool:
        within, last = self._at(trail[:-1]), trail[-1]
        return last in within if isinstance(within, dict) else isinstance(within, list)

    def _at(self, trail: Trail) -> Any:
        """What stands there; ``None`` if nothing does any more."""
        found = self.value
        for step in trail:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found


def _forms_of(step: Any) -> Iterator[Any]:
    names = step if isinstance(step, dict) else (step,) if isinstance(step, str) else ()
    return (STEPS[name] for name in names if name in STEPS)


def _words_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from _words_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from _words_in(part)
