"""``resumption`` of a scenario."""

import pytest

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.loader import parse


def overrides(text: str) -> dict[str, object]:
    (scenario,) = parse(text)
    Terms(overrides=scenario.timing)  # the families have such fields
    return dict(scenario.timing)


def test_it_says_how_long_handles_last_on_either_back_end():
    day = 24 * 3600.0
    assert overrides("resumption: {handles_last: 24h}") == {
        "behaviour.resumption.handle_seconds": day,
        "behaviour.resumption.vertex_handle_seconds": day,
    }


@pytest.mark.parametrize("what", ["lost", "survive"])
def test_it_says_what_becomes_of_calls_beside_the_timing(what: str):
    told = overrides(f"timing: {{first_text: 2s}}\nresumption: {{pending_calls: {what}}}")
    assert told == {"behaviour.pace.first_text": 2.0, "behaviour.resumption.pending_calls": what}


def test_what_is_left_out_stays_as_it_is():
    assert overrides("resumption: {}") == {}


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("resumption: {handles_last: 0}", "handles that never live"),
        ("resumption: {pending_calls: gone}", "gone"),
        ("resumption: {handle_last: 24h}", "handles_last"),
    ],
)
def test_what_cannot_be_is_told(text: str, wrong: str):
    with pytest.raises(ScenarioError, match=wrong):
        parse(text)
