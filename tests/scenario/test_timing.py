"""Timing of a scenario: fields of the model family by their names."""

import pytest

from gemlive_emulator.profiles.changing import override
from gemlive_emulator.profiles.families import FAMILIES
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.timing import TimingForm
from gemlive_emulator.session.behaviour import AT_ONCE, REAL_TIME


def test_what_is_written_is_changed_and_nothing_else():
    form = TimingForm.model_validate({"first_audio": "2s", "jitter": "40ms", "hold_end": "false", "speed": "4.5"})
    assert form.overrides == {
        "behaviour.pace.first_audio": 2.0,
        "behaviour.pace.jitter": 0.04,
        "behaviour.pace.hold_end": False,
        "behaviour.pace.speed": 4.5,
    }


def test_nothing_written_changes_nothing():
    assert TimingForm.model_validate({"pace": "family"}).overrides == {}


@pytest.mark.parametrize(("pace", "record"), [("real-time", REAL_TIME), ("at-once", AT_ONCE)])
def test_a_pace_is_where_to_start_from(pace: str, record: object):
    family = override(FAMILIES["3.8"], TimingForm.model_validate({"pace": pace}).overrides)
    assert family.behaviour.pace == record
    slow = TimingForm.model_validate({"pace": pace, "first_text": "3s"})
    assert override(family, slow.overrides).behaviour.pace.first_text == 3.0


def test_every_field_can_be_told():
    written = dict.fromkeys(
        ["first_text", "next_text", "first_audio", "trailing_silence", "jitter", "gap", "gap_every", "chunk"], "1s"
    )
    form = TimingForm.model_validate({**written, "speed": "1", "hold_end": "true", "empty_first": "true"})
    override(FAMILIES["2.0"], form.overrides)
    assert set(form.overrides) == {f"behaviour.pace.{name}" for name in REAL_TIME.__dataclass_fields__}


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        ({"pace": "slow"}, '"slow" is not known here'),
        ({"speed": "0"}, '"0" is no speed'),
        ({"speed": "fast"}, '"fast" is no speed'),
        ({"speed": ["1"]}, "is no speed"),
        ({"gap_every": "0s"}, "never ends"),
        ({"chunk": "10ms"}, "parts of less than 20 milliseconds"),
        ({"first": "1s"}, "unknown key 'first'"),
    ],
)
def test_what_cannot_work_is_refused(written: dict[str, object], wrong: str):
    with pytest.raises(ValueError, match=wrong):
        TimingForm.model_validate(written)


def test_a_scenario_has_its_timing():
    slow, plain = parse("timing: {first_text: 2s}\notherwise: [{say: x}]\n---\notherwise: [{say: x}]")
    assert slow.timing == {"behaviour.pace.first_text": 2.0}
    assert plain.timing == {}
