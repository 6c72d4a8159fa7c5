"""Failures by name: each can be made, each says what it is, and what cannot be asked of one is refused."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gemlive_emulator.profiles.changing import override
from gemlive_emulator.profiles.families import FAMILIES
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.faults.asked import LONGEST_ASKED, MOST_ASKED, faults_in, faults_of_url
from gemlive_emulator.scenario.faults.ending import CloseFault, Refuse
from gemlive_emulator.scenario.faults.modes import MODES, TITLES
from gemlive_emulator.scenario.faults.named import NamedFault
from gemlive_emulator.scenario.faults.rehearsal import Rehearsal, difference
from gemlive_emulator.scenario.faults.watch import Fault, Watches
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.session.commands import Misbehave
from gemlive_emulator.session.steps import (
    EndTurn,
    Interrupt,
    Pause,
    Reply,
    Say,
    Silence,
    Step,
    Tell,
    Think,
    Transcript,
    UserTurn,
)
from gemlive_emulator.wire import closes
from gemlive_emulator.wire.errors import cut


def nobody(fault: Fault, at: str) -> None:
    pass


class Talk:
    """As much of a conversation as is looked at."""

    def __init__(self, resumed: bool = False) -> None:
        self.resumed = resumed
        self.history = ()


def usual(turn: UserTurn, conversation: Any) -> Reply:
    yield Say("As usual.")


def named(written: str) -> Fault:
    (fault,) = faults_in(written, "here")
    return fault


def form(written: str) -> NamedFault:
    made = named(written).form
    assert isinstance(made, NamedFault)
    return made


def answers(faults: list[Fault], turns: int, connection: int = 1, resumed: bool = False) -> list[list[Step]]:
    """What is answered, turn by turn."""
    rehearsal = Rehearsal(usual, lambda: faults, connection, nobody)
    talk: Any = Talk(resumed)
    return [list(rehearsal(UserTurn("Hello", number), talk)) for number in range(1, turns + 1)]


USUAL: list[Step] = [Say("As usual.")]
EMPTY: list[Step] = [Think(""), EndTurn("")]


@pytest.mark.parametrize("name", MODES)
def test_each_can_be_made_and_does_something(name: str) -> None:
    mode, made = MODES[name], form(name)
    assert mode.name == name
    assert made.parts or made.steps or made.sets
    assert made.moment is None or mode.has_moment
    assert len(made.later_steps) == len(mode.after)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_the_fields_that_change_and_some_of_them_are_different(family: str) -> None:
    kept = FAMILIES[family]
    same = [name for name, mode in MODES.items() if mode.fields and override(kept, mode.fields) == kept]
    # What a family does anyway may be asked for all the same.
    assert len(same) < sum(bool(mode.fields) for mode in MODES.values()) / 2


@pytest.mark.parametrize("name", MODES)
def test_each_says_what_it_is_and_what_to_do(name: str) -> None:
    mode = MODES[name]
    assert mode.what
    assert mode.advice
    assert mode.source.split(":")[0].split(" ")[0].rstrip(",;") in SOURCES
    assert mode.number in TITLES


SOURCES = ("recorded", "measured", "reported", "inferred", "public", "python-genai's")


def all_closes() -> Iterator[closes.Close]:
    yield from closes.KEY_STATES.values()
    yield from (value for value in vars(closes).values() if isinstance(value, tuple))


def test_every_close_that_is_known_has_a_name() -> None:
    told = {mode.close for mode in MODES.values() if mode.close is not None}
    assert set(all_closes()) <= told
    for make in ("model_not_found", "publisher_model_not_found", "modalities_not_supported", "unknown_name"):
        words = getattr(closes, make)(*SAMPLES[make])[1][:30]
        assert any(close[1].startswith(words[:20]) for close in told), make


SAMPLES: dict[str, tuple[Any, ...]] = {
    "model_not_found": ("gemini-9.9-live", "v1beta"),
    "publisher_model_not_found": ("projects/example",),
    "modalities_not_supported": ("TEXT", "m", ["AUDIO"]),
    "unknown_name": ("x", "setup"),
}


@pytest.mark.parametrize("name", [name for name, mode in MODES.items() if mode.close is not None and mode.faults])
def test_a_close_has_its_code_and_words(name: str) -> None:
    close = MODES[name].close
    assert close is not None
    made = [part for part in form(name).parts if isinstance(part, CloseFault)]
    assert [(part.close.code, part.close.reason) for part in made] == [close]
    assert len(cut(close[1]).encode()) <= 123


def test_the_words_of_recorded_closes_are_cut_where_they_were() -> None:
    assert cut(MODES["quota-exceeded"].close[1]).endswith("head to: h")
    assert cut(MODES["cap-thread-cancelled"].close[1]).endswith("status = CANCELLED: ")
    assert cut(MODES["rpc-overloaded"].close[1]).endswith("You are mos")


def test_a_moment_takes_the_place_of_the_usual_one() -> None:
    assert str(form("goaway-then-silence").moment) == "550s"
    made = form("goaway-then-silence@audio 3*2")
    assert [(type(part).__name__, str(part.at), part.times) for part in made.parts] == [
        ("Send", "audio 3", 2),
        ("StallFault", "audio 3", 2),
        ("CloseFault", "audio 3", 2),
    ]
    assert [part.at for part in form("goaway-then-silence").in_reply] == [None, None, None]


def test_the_parts_of_a_failure_strike_as_one() -> None:
    fault, told = named("goaway-then-silence@setup"), list[str]()
    watches = Watches(1, 0.0, lambda fault, at: told.append(f"{fault.name} at {at}"))
    assert watches.add([fault]) == []
    _, acts = watches.goes_out(b'{"setupComplete":{}}')
    assert [type(act).__name__ for act in acts] == ["Insert", "Stall", "End"]
    assert (told, fault.struck, fault.unused) == (["goaway-then-silence at setup 1"], 1, None)


@pytest.mark.parametrize(
    ("name", "setup", "strikes"),
    [
        ("stale-handle", b'{"setup":{"sessionResumption":{"handle":"abc"}}}', True),
        ("stale-handle", b'{"setup": {"session_resumption": {"transparent": true, "handle": "abc"}}}', True),
        ("stale-handle", b'{"setup":{"sessionResumption":{"handle":""}}}', False),
        ("stale-handle", b'{"setup":{"sessionResumption":{}}}', False),
        ("stale-handle", b'{"clientContent":{"turns":[{"text":"setup"}]}}', False),
        ("token-spent", b'{"setup":{"model":"m"}}', True),
        ("token-spent", b'{"setup":{"sessionResumption":{"handle":"abc"}}}', False),
    ],
)
def test_a_setup_with_a_handle_is_told_from_one_without(name: str, setup: bytes, strikes: bool) -> None:
    watches = Watches(1, 0.0, nobody)
    watches.add([named(name)])
    assert bool(watches.comes_in(setup)[1]) is strikes


@pytest.mark.parametrize(("setup", "strikes"), [(b'{"sessionResumption":{"handle":"a"}}', True), (b"{}", False)])
def test_a_session_that_goes_on_is_told_by_its_first_message(setup: bytes, strikes: bool) -> None:
    watches = Watches(1, 0.0, nobody)
    watches.add([named("handle-accepted-then-dead")])
    assert watches.comes_in(b'{"setup":' + setup + b"}")[1] == []
    assert bool(watches.goes_out(b'{"setupComplete":{}}')[1]) is strikes


def test_the_fourth_connection_is_the_first_to_be_struck_unless_another_is_asked_for() -> None:
    made = form("fourth-session")
    assert [made.is_for(number) for number in (1, 3, 4, 5)] == [False, False, True, True]
    (scenario,) = parse("faults: [{named: fourth-session, connection: 2}]")
    assert [scenario.faults[0].form.is_for(number) for number in (1, 2, 4)] == [False, True, False]


# Answers


def test_an_answer_goes_wrong_once_at_its_turn() -> None:
    assert answers([named("empty-turn")], 2) == [EMPTY, USUAL]
    assert answers([named("empty-turn@turn 2*2")], 4) == [USUAL, EMPTY, EMPTY, USUAL]


def test_the_usual_answer_follows_what_goes_before_it() -> None:
    assert answers([named("stalled-turn")], 1) == [[Pause(50.0), Transcript(None), *USUAL]]
    assert answers([named("echo")], 1) == [[Interrupt(0.5, 2), *USUAL]]


def test_a_dead_session_stays_dead() -> None:
    first, *later = answers([named("phantom-interruption")], 3)
    assert first[0] == Say("Hello there!")
    assert later == [EMPTY, EMPTY]


def test_a_failure_of_resumed_sessions_leaves_others_alone() -> None:
    faults = [named("poisoned-resume")]
    assert answers(faults, 2, resumed=True) == [[Silence()], [Silence()]]
    assert answers(faults, 2) == [USUAL, USUAL]


def test_the_first_of_several_answers_and_all_are_counted() -> None:
    faults = [named("internal-error"), named("empty-turn"), named("premature-end")]
    assert answers(faults, 2) == [EMPTY, USUAL]
    assert [fault.struck for fault in faults] == [0, 1, 1]


def test_a_reply_that_is_asked_for_again_is_the_same() -> None:
    rehearsal = Rehearsal(usual, lambda: [named_once], 1, nobody)
    named_once, talk, turn = named("empty-turn"), Any, UserTurn("Hello", 1)
    talk = Talk()
    assert [list(rehearsal(turn, talk)) for _ in range(2)] == [EMPTY, EMPTY]
    assert named_once.struck == 1


def test_other_connections_are_answered_as_usual() -> None:
    (scenario,) = parse("faults: [{named: empty-turn, connection: 2}]")
    assert answers(list(scenario.faults), 1) == [USUAL]
    assert answers(list(scenario.faults), 1, connection=2) == [EMPTY]


# Settings


def test_a_session_is_other_than_usual() -> None:
    faults = [
        named("split-utterance"),
        named("newest-dialect"),
        named("empty-turn"),
        *faults_in("barge-in-while-playing", ""),
    ]
    made = difference(faults, 1, nobody)
    assert made.model == "gemini-3.8-live"
    assert made.fields == {name: value for fault in faults for name, value in MODES[fault.name].fields.items()}
    # What also does something later has not struck yet.
    assert [fault.struck for fault in faults] == [1, 1, 0, 0]


def test_it_is_so_only_where_it_is_asked_for_and_by_lot() -> None:
    (scenario,) = parse("faults: [{named: split-utterance, connection: 2}, {named: odd-audio, probability: 0.5}]")
    differences = [len(difference(scenario.faults, number, nobody).fields) for number in range(1, 40)]
    assert differences[0] in (0, 2)
    assert set(differences[2:]) == {0, 2}
    assert differences[1] in (2, 4)


# Where they are written


def test_a_reply_lets_one_strike() -> None:
    told = "otherwise: [{say: One.}, {fault: {named: service-unavailable}}]\n---\nscenario: b\n"
    first, second = parse(f"{told}otherwise: [{{fault: {{named: premature-end}}}}]")
    talk: Any = Talk()
    said, tell = first.responder()(UserTurn("", 1), talk)
    assert said == Say("One.")
    assert isinstance(tell, Tell)
    (misbehave,) = tell.happenings
    assert isinstance(misbehave, Misbehave)
    assert [(fault.name, fault.form.at) for fault in misbehave.faults] == [("service-unavailable", None)]
    assert list(second.responder()(UserTurn("", 1), talk)) == [Say("The most important thing about this is that")]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("faults: [{named: goaway-than-silence}]", "did you mean 'goaway-then-silence'?"),
        ("faults: [{named: quota-at-upgrade, at: turn 2}]", "'quota-at-upgrade' counts from the handshake on"),
        ("faults: [{named: odd-audio, at: turn 2}]", "'odd-audio' counts from the setup on"),
        ("faults: [{named: odd-audio, times: 2}]", "'odd-audio' counts for the whole session"),
        ("faults: [{named: echo, at: audio 2}]", "'echo' is about the answer to a turn; write turn 2"),
        ("for: {model: m}\nfaults: [{named: quota-at-upgrade}]", "'quota-at-upgrade' in a scenario for some models"),
        ("otherwise: [{fault: {named: quota-at-upgrade}}]", "the handshake is over by then"),
        ("otherwise: [{fault: {named: odd-audio}}]", "'odd-audio' in a reply: it counts from the setup on"),
        ("otherwise: [{fault: {named: echo, at: turn 2}}]", "can have no time of its own; leave the name alone"),
    ],
)
def test_what_cannot_be_is_told(written: str, words: str) -> None:
    with pytest.raises(ScenarioError) as wrong:
        parse(written)
    assert words in str(wrong.value)


# The URL


def test_a_url_asks_for_faults_when_and_how_often() -> None:
    faults = faults_of_url({"fault": "empty-turn, internal-error@turn 2,echo*3"})
    assert [(fault.name, str(fault.form.at), fault.form.times) for fault in faults] == [
        ("empty-turn", "None", None),
        ("internal-error", "turn 2", None),
        ("echo", "None", 3),
    ]
    assert faults_of_url({"scenario": "desk"}) == ()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("goaway-than-silence", "did you mean 'goaway-then-silence'?"),
        ("", "is not known here"),
        ("stall", "is not known here"),
        ("echo@later", "is not known here"),
        ("echo@audio later", "is no moment; write audio 3"),
        ("echo*often", "is no number"),
        ("echo*0", "a fault that strikes 0 times"),
        (",".join(["echo"] * (MOST_ASKED + 1)), f"more than {MOST_ASKED} faults"),
        ("x" * (LONGEST_ASKED + 1), f"{LONGEST_ASKED} characters"),
    ],
)
def test_a_url_that_asks_for_what_is_not_there_is_refused(asked: str, words: str) -> None:
    (fault,) = faults_of_url({"fault": asked})
    assert isinstance(fault.form, Refuse)
    assert fault.form.refuse.status == 400
    assert words in fault.form.refuse.message


def test_what_is_known_of_a_failure_is_told_in_plain_values():
    told = {name: mode.record for name, mode in MODES.items()}
    assert json.loads(json.dumps(told)) == told
    assert told["stale-handle"]["close"] == {"code": 1008, "reason": "BidiGenerateContent session not found"}
    assert (told["stale-handle"]["number"], told["stale-handle"]["at"]) == (3, "resumption")
    assert told["echo"]["close"] is None


def test_a_token_may_go_before_the_setup() -> None:
    made = difference([named("pinned-setup")], 1, nobody)
    assert made.token["fieldMask"].startswith("generationConfig.speechConfig,systemInstruction,tools,")
    assert (made.fields, made.model) == ({}, None)
