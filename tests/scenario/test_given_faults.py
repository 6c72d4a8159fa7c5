"""Faults that are handed over as a list: judged as those of a file."""

import pytest

from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.faults.given import faults_given


def test_they_are_those_of_a_file():
    stall, drop, named = faults_given(
        [{"stall": 2, "at": "audio 3"}, {"drop": "text", "times": 2, "connection": [1, 3]}, {"named": "stale-handle"}],
        "the request",
    )
    assert (stall.name, str(stall.form.at), stall.place) == ("stall", "audio 3", "the request, fault 1")
    assert [drop.form.is_for(number) for number in (1, 2, 3)] == [True, False, True]
    assert named.name == "stale-handle"
    assert named.unused == "the request, fault 3: the fault 'stale-handle' never struck"


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([{"stal": "2s"}], "the request: faults[0].stal: unknown fault 'stal'; did you mean 'stall'?"),
        (["drop", {"named": "stale-handel"}], "the request: faults[1].named: "),
        ([], "the request: faults: nothing stands in this list"),
    ],
)
def test_what_no_file_could_have_is_told_with_its_place(entries: list[object], words: str):
    with pytest.raises(ScenarioError) as refused:
        faults_given(entries, "the request")
    assert words in str(refused.value)
