"""When faults strike: by events, by time, by lot; and what they make of messages."""

import json
import random
from typing import Any

import pytest
from talk import Talk

from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.faults.call import fault_of_call
from gemlive_emulator.scenario.faults.catalogue import FAULTS
from gemlive_emulator.scenario.faults.form import End, Stall
from gemlive_emulator.scenario.faults.parcel import Parcel
from gemlive_emulator.scenario.faults.watch import Fault, Watches, at_handshake
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.commands import Misbehave
from gemlive_emulator.session.steps import Tell, UserTurn

AUDIO = {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"mimeType": "audio/pcm", "data": "AAAA"}}]}}}
TEXT = {"serverContent": {"modelTurn": {"parts": [{"text": "Hi"}]}}}
END = {"serverContent": {"turnComplete": True}, "usageMetadata": {"totalTokenCount": 1}}
HEARD = {"serverContent": {"inputTranscription": {"text": "Hi"}}}


class Line:
    """The watches of one connection, and what they told."""

    def __init__(self, *faults: Fault, connection: int = 1) -> None:
        self.told: list[str] = []
        self.watches = Watches(connection, 100.0, lambda fault, at: self.told.append(f"{fault.name} at {at}"))
        self.first = self.watches.add(faults)

    def out(self, message: Any) -> list[Any]:
        """What goes out for a message, and what happens."""
        parcels, acts = self.watches.goes_out(json.dumps(message).encode())
        return [*(parcel.body for parcel in parcels), *acts]


def parcel(message: Any) -> Parcel:
    return Parcel(json.dumps(message).encode())


def fault(name: str, *value: Any, **keys: Any) -> Fault:
    return fault_of_call(name, *value, **keys)


def test_kinds_of_messages() -> None:
    both = {"serverContent": {**AUDIO["serverContent"], "outputTranscription": {"text": "Hi"}}}
    assert parcel(both).kinds == {"message", "audio", "output_transcription"}
    assert parcel(END).kinds == {"message", "turn_complete", "usage_metadata"}
    thought = {"serverContent": {"modelTurn": {"parts": [{"text": "Hm", "thought": True}, {"executableCode": {}}, 1]}}}
    assert parcel(thought).kinds == {"message", "thought"}
    for odd in (b"{", b"[]", b"[" * 100_000, b'{"serverContent":1}', b'{"serverContent":{"modelTurn":{"parts":2}}}'):
        assert Parcel(odd).kinds == {"message"}


@pytest.mark.parametrize(
    ("message", "kind", "left"),
    [
        (END, "turn_complete", None),
        (END, "usage_metadata", {"serverContent": {"turnComplete": True}}),
        (AUDIO, "message", None),
        (AUDIO, "audio", None),
        (AUDIO, "text", AUDIO),
        (AUDIO, "interrupted", AUDIO),
        ({"toolCall": {}}, "turn_complete", None),
        ({"toolCall": {"functionCalls": [{}]}}, "text", {"toolCall": {"functionCalls": [{}]}}),
    ],
)
def test_what_is_left_of_a_message(message: Any, kind: str, left: Any) -> None:
    rest = parcel(message).without(kind)
    assert (rest and rest.body) == left


def test_only_the_part_is_dropped() -> None:
    parts = [*AUDIO["serverContent"]["modelTurn"]["parts"], {"text": "Hi"}]
    message = {"serverContent": {"modelTurn": {"parts": parts, "role": "model"}, "interrupted": True}}
    rest = parcel(message).without("audio")
    assert rest is not None
    assert rest.body == {"serverContent": {"modelTurn": {"parts": parts[1:], "role": "model"}, "interrupted": True}}
    assert Parcel(b"[]").without("audio") is None


def test_events_are_counted_from_the_first() -> None:
    line = Line(fault("drop", "audio", at="audio 2"))
    assert [line.out(AUDIO) for _ in range(3)] == [[AUDIO], [], [AUDIO]]
    assert line.told == ["drop at audio 2"]


def test_a_turn_begins_with_its_first_message() -> None:
    line = Line(fault("duplicate", at="turn 2"))
    sent = [HEARD, TEXT, TEXT, END, HEARD, {"sessionResumptionUpdate": {}}, {"serverContent": {}}, TEXT]
    assert [len(line.out(message)) for message in sent] == [1, 1, 1, 1, 1, 1, 2, 1]


def test_the_next_message_overtakes_one() -> None:
    parcels, _ = Line(fault("swap", "audio")).watches.goes_out(json.dumps(AUDIO).encode())
    assert [one.behind for one in parcels] == [1]


def test_without_an_event_it_strikes_where_it_can() -> None:
    line = Line(fault("odd_audio", times=2))
    assert [line.out(message) == [message] for message in (TEXT, AUDIO, AUDIO, AUDIO)] == [True, False, False, True]
    assert line.told == ["odd_audio at audio"] * 2


def test_times_count_events_in_a_row() -> None:
    line = Line(fault("stall", "1s", at="audio 2", times=2))
    assert [line.out(AUDIO)[1:] for _ in range(4)] == [[], [Stall(1.0)], [Stall(1.0)], []]


def test_a_lasting_fault_goes_on() -> None:
    line = Line(fault("latency", "1s", at="audio 2"))
    delays = [line.watches.goes_out(json.dumps(one).encode())[0][0].delay for one in (TEXT, AUDIO, AUDIO, TEXT, AUDIO)]
    assert delays == [0, 0, 1, 1, 1]


def test_each_connection_has_lots_of_its_own_and_the_same_each_time() -> None:
    def strikes(connection: int, seed: int) -> list[bool]:
        line = Line(fault("drop", probability=0.5, seed=seed), connection=connection)
        return [line.out(TEXT) == [] for _ in range(64)]

    assert strikes(1, 7) == strikes(1, 7)
    assert strikes(1, 7) != strikes(2, 7)
    assert strikes(1, 7) != strikes(1, 8)
    assert 16 < sum(strikes(1, 7)) < 48


def test_a_lot_may_be_against_it_once_and_for_all() -> None:
    seen = [Line(fault("close", "1011", probability=0.5, seed=seed)).first for seed in range(32)]
    assert [End("frame", 1011, "")] in seen
    assert [] in seen


@pytest.mark.parametrize(
    ("connection", "struck"),
    [(2, [2]), ([1, 3], [1, 3]), ({"at_least": 2}, [2, 3, 4]), ({"at_most": 2}, [1, 2]), (None, [1, 2, 3, 4])],
)
def test_it_is_for_some_connections(connection: Any, struck: list[int]) -> None:
    given = {} if connection is None else {"connection": connection}
    assert [
        number for number in range(1, 5) if Line(fault("close", "1011", **given), connection=number).first
    ] == struck


def test_time_makes_it_begin() -> None:
    line = Line(fault("close", "1011", at="2s"), fault("drop", at="1s"), fault("slow_pong", "1s", at="input 1"))
    assert line.watches.deadline == 101.0
    assert line.out(TEXT) == [TEXT]
    assert line.watches.pass_time(101.0) == []
    assert line.out(TEXT) == []
    assert line.out(TEXT) == [TEXT]
    assert line.watches.deadline == 102.0
    assert line.watches.pass_time(101.9) == []
    assert line.watches.pass_time(102.0) == [End("frame", 1011, "")]
    assert line.watches.deadline is None
    assert line.told == ["drop at 1s", "close at 2s"]


def test_what_the_client_sends_is_an_event() -> None:
    line = Line(
        fault("stall", "1s", at="input 2"), fault("close", "1008", at="tool_response"), fault("drop", at="input 3")
    )
    assert line.watches.comes_in(b'{"setup":{}}')[1] == []
    assert line.watches.comes_in(b'{"tool_response":{}}')[1] == [Stall(1.0), End("frame", 1008, "")]
    assert line.out(TEXT) == [TEXT]
    assert line.watches.comes_in(b'{"toolResponse":{}}')[1] == []
    assert line.out(TEXT) == []


def test_a_fault_waits_for_a_message_that_it_can_change() -> None:
    line = Line(fault("empty_audio", at="turn 1"), fault("malformed", at="text"))
    assert line.out(AUDIO) != [AUDIO]
    assert line.out(TEXT) == [{}]
    late = Line(fault("empty_audio", at="text"))
    assert late.out(TEXT) == [TEXT]
    assert late.out(AUDIO) != [AUDIO]


def test_a_message_that_is_lost_counts_for_others() -> None:
    line = Line(fault("drop"), fault("malformed", at="text"))
    assert line.out(TEXT) == []
    assert line.out(TEXT) == [{}]


def test_faults_can_be_taken_away() -> None:
    drop = fault("drop", times=9)
    line = Line(drop)
    assert line.out(TEXT) == []
    line.watches.remove([drop])
    assert line.out(TEXT) == [TEXT]


def test_what_never_struck_is_told() -> None:
    (scenario,) = parse("scenario: desk\nfaults: [{drop: audio, at: audio 2}, malformed]\n")
    dropped, broken = scenario.faults
    assert dropped.unused == "fault 1 of \"desk\": the fault 'drop' at audio 2 never struck"
    Line(broken).out(TEXT)
    assert (broken.unused, broken.struck) == (None, 1)


def test_handshakes() -> None:
    told: list[str] = []
    some = [fault("refuse", "429", connection=1), fault("slow_handshake", "1s", probability=0.5, seed=3), fault("drop")]
    found = [
        [form.kind() for form in at_handshake(some, number, lambda one, at: told.append(f"{one.name} at {at}"))]
        for number in range(1, 9)
    ]
    assert found[0][0] == "refuse"
    assert all("refuse" not in kinds for kinds in found[1:])
    assert 0 < sum("slow_handshake" in kinds for kinds in found) < 8
    assert told[0] == "refuse at the handshake"
    assert Line(*some, connection=1).out(TEXT) == []


def test_pieces_of_messages() -> None:
    chance = random.Random(1)

    def changed(name: str, *value: Any, **keys: Any) -> list[Parcel]:
        form: Any = fault(name, *value, **keys).form
        return form.change(parcel(AUDIO), chance)

    assert changed("fragments", "9")[0].fragment == 9
    assert changed("slices", size=9, pause="1s")[0].pause == 1
    assert changed("bandwidth", "16")[0].rate == 16_000
    assert changed("burst", "1s")[0].batch == 1
    assert changed("swap")[0].behind == 1
    assert changed("wrong_frame")[0].other_frame
    assert changed("delay", seconds="1s", jitter="1s")[0].delay > 1
    assert changed("not_utf8")[0].payload.startswith(b'{"\xff')
    assert len(changed("unknown_message")) == 2
    assert len(changed("duplicate")) == 2
    assert changed("unknown_field")[0].body["serverContent"]["unheardOf"]
    assert changed("nulls")[0].body["toolCall"] is None
    assert b'"data":"AAA="' in changed("cut_audio", "0.00004s")[0].payload
    assert b'"mimeType":"audio/L16"' in changed("mime_type", "audio/L16")[0].payload
    no_content: Any = fault("unknown_field").form
    assert no_content.change(parcel({"toolCall": {}}), chance)[0].body == {
        "toolCall": {},
        "unheardOf": {"is": ["new", 1]},
    }
    nulls: Any = fault("nulls").form
    assert "serverContent" not in nulls.change(parcel({"goAway": {}}), chance)[0].body
    untyped: Any = fault("mime_type", "").form
    assert "mimeType" not in json.dumps(untyped.change(parcel(AUDIO), chance)[0].body)


def test_a_step_with_a_fault_can_stand_beside_calls() -> None:
    (scenario,) = parse("otherwise: [{call: f}, {fault: {close: eof}}, {say: '{result}'}]")
    assert scenario.otherwise is not None
    assert [step.references for step in scenario.otherwise[:2]] == [(), ()]


def test_a_step_lets_its_fault_strike_in_this_connection() -> None:
    (scenario,) = parse("otherwise: [{fault: malformed}]")
    assert scenario.otherwise is not None
    scene = Scene(UserTurn("Hi", 1), Talk(), place="otherwise")
    (told,) = scenario.otherwise[0].play(scene)
    assert isinstance(told, Tell)
    (misbehave,) = told.happenings
    assert isinstance(misbehave, Misbehave)
    (struck,) = misbehave.faults
    assert (struck.name, struck.place) == ("malformed", "otherwise")


def test_a_fault_of_time_may_be_about_what_the_client_sends() -> None:
    line = Line(fault("latency", "200ms", direction="upstream", times=2, at="input 2"))
    assert [line.watches.comes_in(b"{}")[0].delay for _ in range(4)] == [0.0, 0.2, 0.2, 0.0]
    assert line.out(AUDIO) == [AUDIO]
    assert line.told == ["latency at input 2"] * 2


def test_and_begin_by_what_the_server_sends() -> None:
    line = Line(
        fault("bandwidth", "16", direction="upstream", at="audio"),
        fault("delay", "1s", direction="upstream", at="text"),
    )
    assert line.watches.comes_in(b"{}")[0] == Parcel(b"{}")
    line.out(AUDIO)
    line.out(TEXT)
    first, second = (line.watches.comes_in(b"{}")[0] for _ in range(2))
    assert (first.rate, first.delay) == (16_000.0, 1.0)
    assert (second.rate, second.delay) == (16_000.0, 0.0)


def test_a_stall_may_be_upstream() -> None:
    line = Line(fault("stall", "2s", direction="upstream", at="input 1"))
    assert line.watches.comes_in(b"{}")[1] == [Stall(2.0, upstream=True)]


@pytest.mark.parametrize("name", sorted(set(FAULTS) - {"named"}))
def test_only_faults_of_time_go_both_ways(name: str) -> None:
    form = FAULTS[name]
    assert form.both_ways is (name in ("latency", "delay", "bandwidth", "burst", "stall"))


def test_what_goes_one_way_says_so() -> None:
    with pytest.raises(ScenarioError, match="only latency, delay, bandwidth, burst, stall go both ways"):
        fault("drop", "audio", direction="upstream")
    with pytest.raises(ScenarioError, match="upstream"):
        fault("latency", "1s", direction="up")
