"""A fault for one connection that is open: the same fault, or a word on why it cannot strike there."""

from typing import Any

import pytest

from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.faults.call import fault_of_call
from gemlive_emulator.scenario.faults.single import only_on


def test_it_strikes_there_and_nowhere_else():
    one = only_on(fault_of_call("named", "cap-without-goaway", at="audio 5"), 3)
    assert [number for number in range(1, 6) if one.form.is_for(number)] == [3]
    assert (one.name, str(one.form.at), one.struck) == ("cap-without-goaway", "audio 5", 0)


@pytest.mark.parametrize(
    ("name", "keys", "words"),
    [
        ("stall", {"seconds": 2, "connection": 3}, "'connection' in a fault of one connection; leave it out"),
        ("refuse", {"status": 503}, "'refuse' strikes at the handshake"),
        ("close", {"code": 1011, "at": "setup 1"}, "'close' counts from the setup on"),
        ("named", {"named": "newest-dialect"}, "'newest-dialect' counts from the setup on"),
        ("named", {"named": "stale-handle"}, "'stale-handle' counts from the setup on"),
    ],
)
def test_what_comes_too_late_is_told(name: str, keys: dict[str, Any], words: str):
    fault = fault_of_call(name, keys.pop("named"), **keys) if "named" in keys else fault_of_call(name, **keys)
    with pytest.raises(ScenarioError, match=words):
        only_on(fault, 3)
