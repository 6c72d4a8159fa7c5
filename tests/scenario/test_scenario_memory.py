"""What a scenario remembers."""

from gemlive_emulator.scenario.memory import Memory


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
