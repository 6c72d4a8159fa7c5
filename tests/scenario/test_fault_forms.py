"""How faults are written: all forms, short and long, and what is said of wrong ones."""

import re
from math import inf

import pytest

from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.faults.call import fault_of_call
from gemlive_emulator.scenario.faults.catalogue import FAULTS
from gemlive_emulator.scenario.faults.form import End, HalfOpen, Insert, SlowClose, SlowPong, Stall
from gemlive_emulator.scenario.faults.moment import EVENTS
from gemlive_emulator.scenario.loader import parse

FIRST_LINE = "faults:\n"


def faults(*entries: str) -> list[object]:
    text = FIRST_LINE + "".join(f"  - {entry}\n" for entry in entries)
    return [fault.form for fault in parse(text)[0].faults]


def wrong(entry: str, rest: str = "") -> str:
    with pytest.raises(ScenarioError) as error:
        parse(f"faults:\n  - {entry}\n{rest}")
    (problem,) = error.value.problems
    return f"{problem.line}:{problem.column} {problem.code}: {problem.wrong}; {problem.right}"


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("malformed", "{malformed: {}}"),
        ("{stall: 2s}", "{stall: {seconds: 2}}"),
        ("{latency: 200ms}", "{latency: {seconds: 0.2, jitter: 0}}"),
        ("{close: 1011}", "{close: {code: 1011, how: frame, reason: ''}}"),
        ("{close: eof}", "{close: {how: eof}}"),
        ("{drop: audio}", "{drop: {kind: audio}}"),
        ("duplicate", "{duplicate: {kind: message}}"),
        ("{bandwidth: 16}", "{bandwidth: {rate: 16}}"),
        ("{slices: 9}", "{slices: {size: 9, pause: 0}}"),
        ("{mime_type: audio/pcm}", "{mime_type: {type: audio/pcm}}"),
        ("{refuse: 429}", "{refuse: {status: 429}}"),
        ("{drop: audio, at: audio}", "{drop: audio, at: {event: audio, index: 1}}"),
        ("{drop: audio, at: audio  3}", "{drop: audio, at: {event: audio, index: 3}}"),
        ("{drop: audio, at: 1.5s}", "{drop: audio, at: {elapsed: 1500ms}}"),
        ("{drop: audio, connection: 2}", "{drop: audio, connection: [2]}"),
    ],
)
def test_a_short_form_is_the_long_one(short: str, long: str) -> None:
    first, second = faults(short, long)
    assert first == second


def test_a_scenario_may_say_nothing_but_faults() -> None:
    (scenario,) = parse("scenario: weak line\nfaults:\n  - malformed\n  - {stall: 2s, at: turn 2}\n")
    assert [(fault.name, fault.place) for fault in scenario.faults] == [
        ("malformed", 'fault 1 of "weak line"'),
        ("stall", 'fault 2 of "weak line"'),
    ]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("stal", r"2:5 unknown-fault: a fault is needed .*\"stal\"; write, for example.*did you mean 'stall'"),
        ("{stal: 2s}", "2:6 unknown-fault: unknown fault 'stal'; did you mean 'stall'?"),
        ("{at: 2s}", "2:5 unknown-fault: unknown fault ''"),
        ("[stall]", "2:5 unknown-fault: a fault is needed here, not a list; write, for example, - {stall"),
        ("{stall: 2s, close: 1011}", "2:17 unknown-key: unknown key 'close'; each fault is an entry of its own"),
        ("{stall: 2s, tmes: 2}", "2:17 unknown-key: unknown key 'tmes'; did you mean 'times'"),
        ("{stall: 2x}", "2:13 bad-duration: .*or forever"),
        ("{latency: forever}", "2:15 bad-duration"),
        ("{malformed: yes}", "2:17 wrong-value: a mapping is needed .*; write {}, or the name of the fault alone"),
        ("{bandwidth: 0}", "2:17 wrong-value: no bandwidth at all; write 1 or more; stall"),
        ("{slices: 0}", "wrong-value: pieces of no bytes; write 1 or more"),
        ("{burst: 0}", "wrong-value: a span of no time; write 1s or more"),
        ("{drop: adio}", "2:12 wrong-value: \"adio\" is not known here; did you mean 'audio'"),
        ("{close: {}}", "missing-key: 'code' is missing; write close: 1011"),
        ("close", "missing-key: 'code' is missing; write close: 1011"),
        ("{close: {how: eof, code: 1011}}", "wrong-value: no code and no words .*; write close: eof"),
        ("{close: 1006}", 'wrong-value: "1006" is no close code'),
        ("{refuse: 200}", 'wrong-value: "200" refuses nothing; write 400 to 599'),
        ("{refuse: 429, at: 2s}", "2:19 wrong-value: the handshake comes before all .*; leave 'at' out"),
        ("{stall: 2s, times: 0}", "2:17 wrong-value: a fault that strikes 0 times; write 1 or more"),
        ("{stall: 2s, at: audoi 3}", "wrong-value: \"audoi\" is not known here; did you mean 'audio'"),
        ("{stall: 2s, at: audio 0}", "wrong-value: events are counted from 1; write audio 3"),
        ("{stall: 2s, at: audio three}", 'wrong-value: "audio three" is no moment; write audio 3'),
        ("{stall: 2s, at: 2 audio}", "bad-duration"),
        ("{stall: 2s, at: {}}", "wrong-value: either 'event' or 'elapsed' is needed"),
        ("{stall: 2s, at: {elapsed: 2s, index: 2}}", "wrong-value: 'index' counts events, and time is none"),
        *((f"{{stall: 2s, probability: {odd}}}", "wrong-value: .* is no probability; write 0.5") for odd in "02x."),
    ],
)
def test_a_wrong_one_is_told(entry: str, told: str) -> None:
    assert re.search(told, wrong(entry)), wrong(entry)


def test_the_handshake_knows_no_model() -> None:
    told = wrong("{refuse: 429}", "for: {model: gemini-3.8-live}\notherwise: [{say: Hi}]")
    assert told.startswith("1:1 wrong-value: 'refuse' in a scenario for some models; the model is told only after")
    assert parse("faults: [{stall: 2s}]\nfor: {model: gemini-3.8-live}")
    assert parse("faults: [{refuse: 429}]\nfor: {connection: 1}")
    assert parse("otherwise: [{say: Hi}]\nfor: {model: gemini-3.8-live}")


def test_a_reply_may_have_one_as_a_step() -> None:
    assert parse("otherwise: [{fault: {stall: 2s, at: audio 3}}, {fault: malformed}, {say: Hi}]")
    for entry, told in (
        ("{refuse: 429}", "'refuse' in a reply: the handshake is over by then"),
        ("{stall: 2s, connection: 2}", "'connection' in a reply, which is of one connection"),
    ):
        with pytest.raises(ScenarioError, match=told):
            parse(f"otherwise: [{{fault: {entry}}}]")


def test_faults_are_written_in_python_as_in_files() -> None:
    assert fault_of_call("stall", "2s", at="audio 3").form == faults("{stall: 2s, at: audio 3}")[0]
    assert fault_of_call("stall", seconds=2, at="audio 3").form == faults("{stall: 2s, at: audio 3}")[0]
    assert fault_of_call("malformed", probability=0.5).form == faults("{malformed: , probability: 0.5}")[0]
    assert fault_of_call("close", code=1011, reason="No.", connection=[1, 2]).place.startswith(__file__)


@pytest.mark.parametrize(
    ("name", "values", "keys", "told"),
    [
        ("stal", (), {}, "unknown fault 'stal'; did you mean 'stall'"),
        ("stall", ("2s", "3s"), {}, "2 values for 'stall'"),
        ("stall", ("2s",), {"seconds": 2}, "a value for 'stall' and keys of it"),
        ("stall", (), {"second": 2}, "unknown key 'second'; did you mean 'seconds'"),
        ("stall", (b"2s",), {}, "a bytes cannot stand in a scenario"),
    ],
)
def test_a_wrong_call_is_told_with_its_place(
    name: str, values: tuple[object, ...], keys: dict[str, object], told: str
) -> None:
    with pytest.raises(ScenarioError, match=told) as error:
        fault_of_call(name, *values, **keys)
    assert str(error.value).startswith(f"{__file__}:")


def test_what_connection_faults_do() -> None:
    forms = faults(
        "{stall: forever}", "{close: 1011}", "{close: reset}", "half_open", "{slow_pong: 8s}", "{slow_close: 5s}"
    )
    assert [form.act() for form in forms] == [  # type: ignore[attr-defined]
        Stall(inf),
        End("frame", 1011, ""),
        End("reset", 1006, ""),
        HalfOpen(),
        SlowPong(8.0),
        SlowClose(5.0),
    ]


def test_a_message_of_ones_own_is_json() -> None:
    (form,) = faults('{send: {a: 1, b: "1", c: [true, null, Hé]}}')
    assert form.act() == Insert(b'{"a":1,"b":"1","c":[true,null,"H\\u00e9"]}')  # type: ignore[attr-defined]
    assert fault_of_call("send", {"a": 1, "b": "1", "c": [True, None, "Hé"]}).form == form
    assert fault_of_call("send", a=1, b="1", c=[True, None, "Hé"]).form == form


def test_every_fault_has_a_name_and_says_what_it_is() -> None:
    assert len(FAULTS) == 28
    for name, form in FAULTS.items():
        assert form.kind() == name
        assert form.__doc__ is not None
        assert f"``{name}: " in form.__doc__ or f"``- {name}``" in form.__doc__


def test_events_and_kinds_have_each_a_name() -> None:
    assert len(set(EVENTS)) == len(EVENTS)
