"""What a scenario remembers."""

from gemlive_emulator.scenario.memory import Called, Memory
from gemlive_emulator.scenario.returned import overhear
from gemlive_emulator.session.steps import Said
from gemlive_emulator.session.tools import ToolResult


def test_state_is_a_text_or_not_set():
    memory = Memory()
    memory.set("menu", "main")
    assert memory.get("menu") == "main"
    memory.set("menu", "")
    memory.set("never", "")
    assert memory.get("menu") == memory.get("never") == ""
    assert memory == Memory()


def test_shared_state_is_that_of_all():
    shared: dict[str, str] = {}
    first, second = Memory(shared), Memory(shared)
    first.set("shared.count", "1")
    first.set("count", "2")
    assert second.get("shared.count") == "1"
    assert second.get("count") == ""


def test_a_copy_stays_as_it_is():
    memory = Memory(own={"menu": "main"})
    before = memory.copy()
    memory.set("menu", "support")
    memory.set("shared.menu", "x")
    assert before == Memory(own={"menu": "main"})


def told(n: int, name: str = "f") -> Said:
    """What the history has of a result."""
    return Said("tool", f'{name}: {{"n": {n}}}')


def result_of(called: Called) -> object:
    return called.result and called.result.response.get("n")


def test_a_reply_knows_the_calls_of_the_session_and_then_its_own_alone():
    session = Memory()
    earlier, here, there = Called("f", {}), Called("f", {}), Called("g", {})
    session.note("f", earlier)
    first, second = session.for_reply(), session.for_reply()
    first.note("f", here)
    second.note("g", there)
    assert (first.calls, first.last) == ({"f": here}, here)
    assert (second.calls, second.last) == ({"f": earlier, "g": there}, there)
    assert (session.calls, session.last) == ({"f": here, "g": there}, there)
    assert list(first.for_reply().calls.values()) == [here]


def test_what_came_while_nobody_listened_is_that_of_the_latest_call():
    memory = Memory()
    before = told(1)
    old, new, other = Called("f", {}, before=before), Called("f", {}, before=before), Called("g", {}, before=before)
    for name, called in (("old", old), ("new", new), ("other", other)):
        memory.note(name, called)
    overhear(memory, [before])
    assert (old.result, new.result, other.result) == (None, None, None)
    overhear(memory, [before, told(2), told(7, "h"), Said("user", "f: {}"), Said("tool", "f: {}")])
    assert (result_of(old), result_of(new), other.result) == (None, 2, None)
    overhear(memory, [before, told(2), told(3)])
    assert (result_of(old), result_of(new)) == (2, 3)


def test_what_a_reply_took_from_its_own_call_is_not_overheard_by_another():
    memory = Memory()
    reply = memory.for_reply()
    cut, own = Called("f", {}, since=reply.since), Called("f", {}, since=reply.since)
    memory.note("cut", cut)
    reply.note("own", own)
    reply.take(own, ToolResult("1", "f", {"n": 1}))
    overhear(memory, [told(1)])
    assert (result_of(cut), result_of(own)) == (None, 1)
    overhear(memory, [told(1), told(2)])
    assert (result_of(cut), result_of(own)) == (2, 1)
    assert memory.for_reply().since == 1
