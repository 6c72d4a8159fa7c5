"""What a script expects of a function's response."""

from dataclasses import replace

from gemlive_emulator.scenario.conditions import Condition, Exact, all_of
from gemlive_emulator.scenario.conditions import Worded as Known
from gemlive_emulator.scenario.errors import shown
from gemlive_emulator.scenario.facts import Fact
from gemlive_emulator.scenario.memory import Called, Memory
from gemlive_emulator.scenario.references import spoken
from gemlive_emulator.scenario.rules import filled, text_condition
from gemlive_emulator.scenario.seen import Seen
from gemlive_emulator.scenario.when import ResponseForm


def response_condition(form: ResponseForm) -> Condition[Seen]:
    """The condition on the call that the memory has as its latest; a bare text is the whole of a value."""
    what = f"the response of {form.name}" if form.name else "a function's response"
    conditions: list[Condition[Seen]] = [Fact(_has_returned, True, f"{what} comes", f"{what} does not come")]
    for path, value in (form.response or {}).items():
        subject = filled(f"{{result.{path}}}", f"{path} of {what}")
        conditions.append(Known(text_condition(value, Exact, subject), subject))
    return all_of(conditions)


def expected_call(memory: Memory, name: str | None) -> Memory:
    """The memory with the call that is meant as its latest: by its name or that of its function."""
    if name is None:
        return memory
    by_function = (called for called in reversed(memory.calls.values()) if called.name == name)
    return replace(memory, last=memory.calls.get(name) or next(by_function, None))


def what_returned(called: Called | None) -> str:
    """What came back, in words for a person."""
    if called is None:
        return "no call"
    if called.result is None or called.result.end != "returned":
        return f"no response of {called.name}"
    return f"the response of {called.name}: {shown(spoken(called.result.response))}"


def _has_returned(seen: Seen) -> bool:
    called = seen.memory.last
    return called is not None and called.result is not None and called.result.end == "returned"
