"""``faults``: the catalogue as a table, as JSON, and one failure with all that is known of it."""

import json

from gemlive_emulator.scenario.faults.modes import MODES
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.wire.errors import cut


def test_every_failure_is_listed(run):
    lines = run("faults").stdout.splitlines()
    assert lines[0].split() == ["NAME", "WHAT", "HAPPENS", "CLOSE"]
    assert [line.split()[0] for line in lines[1:]] == list(MODES)
    assert any(line.endswith("1008 BidiGenerateContent session not found") for line in lines)


def test_as_json_it_is_what_the_catalogue_says(run):
    told = json.loads(run("faults", "--json").stdout)
    assert [one["name"] for one in told] == list(MODES)
    for one in told:
        mode = MODES[one["name"]]
        close = None if mode.close is None else {"code": mode.close[0], "reason": cut(mode.close[1])}
        assert (one["close"], one["advice"], one["at"] or "") == (close, mode.advice, mode.at)


def test_one_is_shown_with_a_scenario_to_paste_and_a_url(run):
    told = run("faults", "show", "goaway-then-silence").stdout
    mode = MODES["goaway-then-silence"]
    for expected in (mode.what, mode.advice, mode.source, "Failure mode 1: ", "1011 Deadline expired before"):
        assert expected in told
    assert told.rstrip().endswith("?fault=goaway-then-silence@550s")
    assert 'emulator.fault("named", "goaway-then-silence", at="550s")' in told
    pasted = told.split("In a scenario file:\n")[1].split("\n\n")[0]
    (scenario,) = parse(pasted)
    assert [fault.name for fault in scenario.faults] == ["goaway-then-silence"]


def test_what_it_is_made_of_is_told(run):
    assert 'later: step {"end_turn": {}}' in run("faults", "show", "phantom-interruption").stdout
    assert "the usual answer" in run("faults", "show", "echo").stdout
    set_up = run("faults", "show", "odd-audio").stdout
    assert "--set behaviour.pace.empty_first=true" in set_up
    assert "--set behaviour.pace.trailing_silence=1.5" in set_up
    assert "In a reply" not in set_up
    assert "the family of gemini-3.8-live" in run("faults", "show", "newest-dialect").stdout
    assert "In a reply" not in run("faults", "show", "quota-at-upgrade").stdout
    assert 'a token with {"bidiGenerateContentSetup": ' in run("faults", "show", "pinned-setup").stdout


def test_a_name_that_is_not_there_is_told_with_the_nearest(run):
    done = run("faults", "show", "goaway-than-silence")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no failure called 'goaway-than-silence'; did you mean 'goaway-then-silence'?" in done.stderr
