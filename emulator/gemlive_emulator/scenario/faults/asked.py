"""Faults that a client asks for in its URL: ``?fault=NAME``, ``?fault=NAME@audio 3*2,NAME``. Only by name."""

import re
from collections.abc import Mapping

from pydantic import ValidationError

from gemlive_emulator.scenario.errors import Problem, ScenarioError
from gemlive_emulator.scenario.explain import told
from gemlive_emulator.scenario.faults.catalogue import one_fault
from gemlive_emulator.scenario.faults.ending import Refuse
from gemlive_emulator.scenario.faults.watch import Fault

MOST_ASKED = 8
"""Faults that one URL can ask for."""

LONGEST_ASKED = 400
"""Characters of what it asks for."""

_ASKED = re.compile(r"(?P<named>[^@*]*)(?:@(?P<at>[^*]*))?(?:\*(?P<times>.*))?", re.DOTALL)
_RIGHT = "write ?fault=NAME, or NAME@turn 2 for when, NAME*3 for how often, with commas between several"


def faults_in(written: str, place: str) -> tuple[Fault, ...]:
    """The faults of ``NAME``, ``NAME@turn 2``, ``NAME@turn 2*3``, with commas between.

    Args:
        written: that.
        place: where it stands, for a person.

    Raises:
        ScenarioError: there is no such fault, it cannot strike then, or these are too many.
    """
    entries = written.split(",")
    if len(entries) > MOST_ASKED or len(written) > LONGEST_ASKED:
        wrong = f"more than {MOST_ASKED} faults, or {LONGEST_ASKED} characters"
        raise ScenarioError([Problem(place, 0, 0, "wrong-value", wrong, _RIGHT)])
    return tuple(_fault(entry, place) for entry in entries)


def faults_of_url(query: Mapping[str, str]) -> tuple[Fault, ...]:
    """What a URL asks for; if it cannot be had, a fault that refuses the upgrade and says why."""
    if "fault" not in query:
        return ()
    try:
        return faults_in(query["fault"], "?fault")
    except ScenarioError as error:
        refusal = Refuse.model_validate({"refuse": {"status": "400", "message": str(error)}})
        return (Fault(refusal, "?fault"),)


def _fault(entry: str, place: str) -> Fault:
    match = _ASKED.fullmatch(entry.strip())
    assert match is not None, "any text is a name"
    given = {key: value.strip() for key, value in match.groupdict().items() if value is not None}
    try:
        return Fault(one_fault().validate_python(given), place)
    except ValidationError as errors:
        code, wrong, right = told(errors.errors(include_url=False, include_input=False)[0])
        raise ScenarioError([Problem(place, 0, 0, code, wrong, right)]) from None
