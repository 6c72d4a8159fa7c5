"""Each step as it is written in a file, and what it becomes; what cannot be written is refused where it stands."""

import json
from pathlib import Path
from typing import Any

import pytest
from talk import Talk

from gemlive_emulator.audio.wav import to_wav
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.includes import Folder
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.scenario.model import ScenarioForm
from gemlive_emulator.scenario.playing import play
from gemlive_emulator.scenario.step_form import STEPS
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.commands import GoingAway, Raw
from gemlive_emulator.session.steps import CloseConnection, Count, Handle, Play, Say, Step, Tell, UserTurn


def played(steps: str, memory: Memory | None = None) -> list[Step]:
    (scenario,) = parse(f"otherwise: [{steps}]")
    return list(play(scenario.otherwise or (), Scene(UserTurn("hi", 1), Talk(), memory or Memory())))


def refused(steps: str) -> str:
    with pytest.raises(ScenarioError) as error:
        parse(f"otherwise: [{steps}]", "x.yaml")
    return str(error.value)


@pytest.mark.parametrize(
    ("written", "steps"),
    [
        ("{close: 1011}", [CloseConnection(1011)]),
        ("{close: {code: 1008, reason: 'no {turn.text}'}}", [CloseConnection(1008, "no hi")]),
        ("{close: reset}", [CloseConnection(1006, "", "reset")]),
        ("{close: eof}", [CloseConnection(1006, "", "eof")]),
        ("{close: {how: eof}}", [CloseConnection(1006, "", "eof")]),
        ("{close: {how: frame, code: 1000}}", [CloseConnection(1000)]),
        ("{go_away: 50s}", [Tell((GoingAway(50.0),))]),
        ("{go_away: {time_left: 500ms}}, silence", [Tell((GoingAway(0.5),))]),
        ("{handle: give}", [Handle("give")]),
        ("{handle: withhold}", [Handle("withhold")]),
        ("{handle: kill}", [Handle("kill")]),
        ("{usage: {prompt: 12}}", [Count({"TEXT": 12}, None, None)]),
        ("{usage: {response: {AUDIO: 50, TEXT: 0}, thoughts: 3}}", [Count(None, {"AUDIO": 50, "TEXT": 0}, 3)]),
        ("{send_text: '{not json'}", [Tell((Raw(b"{not json"),))]),
        ("{set: {a: x}}, {say: '{state.a}'}", [Say("x")]),
    ],
)
def test_a_step_is_what_is_written(written: str, steps: list[Step]):
    assert played(written)[: len(steps)] == steps


def test_state_is_set_in_the_order_of_the_file():
    memory = Memory(own={"n": "1"})
    assert played("{set: {old: '{state.n}', n: '{turn.text}', shared.all: '{state.n}!'}}", memory) == []
    assert memory.own == {"old": "1", "n": "hi"}
    assert memory.shared == {"shared.all": "hi!"}


def test_a_message_is_sent_as_it_is_written():
    (step,) = played("{send: {serverContent: {turnComplete: true, n: 3, t: '{turn.text} {{}}', x: null, s: '3'}}}")
    assert isinstance(step, Tell)
    (raw,) = step.happenings
    assert isinstance(raw, Raw)
    content = {"turnComplete": True, "n": 3, "t": "hi {}", "x": None, "s": "3"}
    assert json.loads(raw.payload) == {"serverContent": content}


def in_folder(folder: Path, step: Any) -> ScenarioForm:
    return ScenarioForm.model_validate({"otherwise": [step]}, context=Folder(folder, folder))


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ({"play": "a.wav"}, "Hello there"),
        ({"play": {"file": "a.wav"}}, "Hello there"),
        ({"play": {"file": "a.wav", "text": "You said {turn.text}"}}, "You said hi"),
        ({"play": {"file": "a.wav", "text": ""}}, ""),
    ],
)
def test_a_sound_is_played_with_its_words(tmp_path: Path, step: Any, text: str):
    (tmp_path / "a.wav").write_bytes(to_wav(b"\1\0\2\0", 8_000, text="Hello there"))
    steps = in_folder(tmp_path, step).otherwise
    assert steps is not None
    assert list(steps[0].play(Scene(UserTurn("hi", 1), Talk()))) == [Play(b"\1\0\2\0", 8_000, text)]


@pytest.mark.parametrize(
    ("name", "content", "wrong"),
    [
        ("none.wav", None, 'there is no file "none.wav"'),
        ("../a.wav", None, "leads out of the folder"),
        ("a.wav", b"RIFF", '"a.wav": not a PCM WAV file'),
        ("a.wav", to_wav(b""), 'there is no sound in "a.wav"'),
        ("a.wav", to_wav(b"\0\0", 1_000), '"a.wav" has 1000 samples a second'),
        (["a.wav"], None, "the name of a file is needed here, not a list"),
    ],
)
def test_what_cannot_be_played_is_told(tmp_path: Path, name: Any, content: bytes | None, wrong: str):
    if content is not None:
        (tmp_path / "a.wav").write_bytes(content)
    with pytest.raises(ValueError, match=wrong):
        in_folder(tmp_path, {"play": {"file": name}})


def test_a_file_that_is_too_large_or_cannot_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "a.wav").write_bytes(to_wav(b"\0\0"))
    monkeypatch.setattr("gemlive_emulator.scenario.sounds.MAX_BYTES", 10)
    with pytest.raises(ValueError, match=r'"a.wav" is larger than 10 bytes'):
        in_folder(tmp_path, {"play": "a.wav"})

    def refuse(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("gemlive_emulator.scenario.sounds.MAX_BYTES", 1_000)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(ValueError, match=r'"a.wav" cannot be read: Permission denied'):
        in_folder(tmp_path, {"play": "a.wav"})


def test_a_text_without_a_folder_plays_nothing():
    assert '"a.wav" is a file, and this scenario is none' in refused("{play: a.wav}")


@pytest.mark.parametrize(
    ("written", "wrong", "right"),
    [
        ("{close: }", "'code' is missing", "write close: 1011, or how: eof"),
        ("{close: {reason: x}}", "'code' is missing", "write close: 1011"),
        ("{close: {how: reset, code: 1000}}", "no code and no words go out with how: reset", "write close: reset"),
        ("{close: {how: slowly}}", '"slowly" is not known here', "known here: eof, frame, reset"),
        ("{go_away: soon}", '"soon" is no duration', "write 700ms"),
        ("{go_away: }", "'time_left' is missing", "add it"),
        ("{handle: gives}", '"gives" is not known here', "did you mean 'give'?"),
        ("{set: {}}", "nothing stands in this mapping", "write an entry"),
        ("{set: menu}", 'a mapping is needed here, not the text "menu"', "write {NAME: …}"),
        ("{set: {a b: x}}", '"a b" is no name of a state', "write a word"),
        ("{usage: {prompt: many}}", '"many" is no number', "write a whole number"),
        ("{usage: {prompt: {text: 1}}}", '"text" is not known here', "did you mean 'TEXT'?"),
        ("{usage: {prompt: [1]}}", "a number is needed here, not a list", "write 12 or {TEXT: 12, AUDIO: 50}"),
        ("{usage: {tokens: 1}}", "unknown key 'tokens'", "known here: prompt, response, thoughts"),
        ("{send: x}", "a mapping is needed here", "write {NAME: …}"),
        ("{send: {a: ['{turn.x}']}}", "unknown placeholder {turn.x}", "did you mean"),
        ("{call: ''}", "an empty text", "write something"),
        ("{call: f, args: [1]}", "a mapping is needed here, not a list", "write {NAME: VALUE, …}"),
        ("{call: f, args: {a: '{x}'}}", "unknown placeholder {x}", "known here"),
        ("{call: f, arg: {}}", "unknown key 'arg'", "did you mean 'args'?"),
        ("{call: f, checked: maybe}", '"maybe" is not known here', "known here: false, true"),
        ("{call: f, say: x}", "unknown key 'say'", "put 'say' on a new line"),
        ("{call: f, if_error: x}", "a list is needed here", "begin each entry with '- '"),
        ("{call: f, if_error: [{sya: x}]}", "unknown step 'sya'", "did you mean 'say'?"),
        ("{call: f, if_missing: [{say: x}]}", "a mapping is needed here, not a list", "write {after: …, then: …}"),
        ("{call: f, if_missing: {then: [{say: x}]}}", "'after' is missing", "add it"),
        ("{calls: [{say: x}]}", "unknown key 'say'", "known here: args, as, call, checked, id"),
        ("{calls: []}", "nothing stands in this list", "write an entry"),
        ("{await: [a]}", "a text is needed here, not a list", ""),
    ],
)
def test_what_cannot_be_is_refused(written: str, wrong: str, right: str):
    said = refused(written)
    assert wrong in said
    assert right in said


@pytest.mark.parametrize("last", ["{close: reset}", "silence", "end_turn"])
def test_nothing_comes_after_what_ends_a_reply_within_steps_as_well(last: str):
    wrong = "are never reached"
    assert wrong in refused(f"{last}, {{say: x}}")
    assert wrong in refused(f"{{call: f, if_error: [{last}, {{say: x}}]}}")
    assert wrong in refused(f"{{call: f, if_missing: {{after: 1s, then: [{last}, {{say: x}}]}}}}")


def test_every_step_has_one_name():
    assert {kind: form.kind() for kind, form in STEPS.items()} == {kind: kind for kind in STEPS}


def test_a_call_does_nothing_without_the_player():
    (scenario,) = parse("otherwise: [{call: f}]")
    assert scenario.otherwise is not None
    assert list(scenario.otherwise[0].play(Scene(UserTurn("hi", 1), Talk()))) == []


def test_a_step_knows_what_it_takes_from_calls_itself():
    (scenario,) = parse("""
otherwise:
  - call: f
    args: {a: ["{result.a}"], b: {c: "{results.f.b} {turn.text}"}}
    if_error: [{say: "{result.error}"}]
  - calls: [{call: f, args: {x: "{call.args.x}"}}]
  - close: {code: 1011, reason: "{result.why}"}
""")
    assert scenario.otherwise is not None
    assert [[one.written for one in step.references] for step in scenario.otherwise] == [
        ["result.a", "results.f.b"],
        ["call.args.x"],
        ["result.why"],
    ]
