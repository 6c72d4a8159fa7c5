"""Recordings: what is written is read back, and what is wrong is told with its line."""

import json
from base64 import b64encode

import pytest

from gemlive_emulator.wire.tape import (
    Tape,
    Taped,
    TapeError,
    kind_of_frame,
    lacks_sound,
    lines,
    read,
    with_silence,
    without_sound,
)

SETUP = Taped(0.0, "client", b'{"setup":{"model":"models/gemini-2.0-flash-live-001"}}')
READY = Taped(0.001, "server", b'{"setupComplete":{}}')
END = Taped(2.5, "server", code=1011, words="Deadline expired before operation could complete.")
TAPE = Tape("abc", "/ws/live", (SETUP, READY, END), about={"by": "gemlive-emulator", "model": "gemini"})


def test_a_recording_is_read_back() -> None:
    assert read(lines(TAPE)) == TAPE


def test_the_lines_are_json_objects_in_order() -> None:
    written = [json.loads(line) for line in lines(TAPE)]
    assert written[0] == {
        "recording": 1,
        "session": "abc",
        "path": "/ws/live",
        "by": "gemlive-emulator",
        "model": "gemini",
    }
    assert written[1] == {"time": 0.0, "from": "client", "message": SETUP.message}
    assert written[3] == {"time": 2.5, "from": "server", "close": {"code": 1011, "reason": END.words}}


def test_what_was_dropped_is_told() -> None:
    tape = Tape("abc", "", (READY,), dropped=7)
    assert read(lines(tape)) == tape


@pytest.mark.parametrize("payload", [b"{", b"[1]", b"\xff\x00", b'{"a":1,"a":2}', b""])
def test_what_is_no_json_object_is_kept_as_octets(payload: bytes) -> None:
    tape = Tape("abc", "", (Taped(1.0, "client", payload),))
    assert tape.taped[0].message is None
    assert json.loads(list(lines(tape))[1])["octets"] == b64encode(payload).decode()
    assert read(lines(tape)) == tape


def test_the_end_has_no_message() -> None:
    assert END.message is None


def test_empty_lines_are_passed_over() -> None:
    text = "\n" + "\n\n".join(lines(TAPE))
    assert read(text.splitlines()) == TAPE


def test_sound_is_left_out_with_its_length() -> None:
    sound = b64encode(bytes(9600)).decode()
    message = {"serverContent": {"modelTurn": {"parts": [{"inlineData": {"data": sound}}, {"text": "short"}]}}}
    left = without_sound(json.dumps(message).encode())
    parts = json.loads(left)["serverContent"]["modelTurn"]["parts"]
    assert parts == [{"inlineData": {"data": "<9600 octets>"}}, {"text": "short"}]
    assert lacks_sound(Tape("", "", (READY, Taped(1.0, "server", left))))
    assert not lacks_sound(TAPE)


@pytest.mark.parametrize("octets", [96, 97, 98])
def test_the_length_is_that_of_the_sound_whatever_its_padding(octets: int) -> None:
    payload = b'{"data":"%s"}' % b64encode(bytes(octets))
    assert without_sound(payload) == b'{"data":"<%d octets>"}' % octets


HEAD = '{"recording": 1, "session": "abc", "path": ""}'


@pytest.mark.parametrize(
    ("text", "line", "wrong"),
    [
        ("", 1, "no JSON"),
        (HEAD + '\n{"time": 0, "from": "client", "message": {}, "frame": "ping"}', 2, '"frame" has to be'),
        ("hello", 1, "no JSON"),
        ("[1]", 1, "no JSON object"),
        ("[" * 100_000, 1, "no JSON"),
        ('{"recording": 2}', 1, "form that is known"),
        ('{"time": 1}', 1, "form that is known"),
        ('{"recording": 1, "session": 5}', 1, "have to be texts"),
        ('{"recording": 1, "dropped": "x"}', 1, "dropped a number"),
        (f"{HEAD}\n\n{{", 3, "no JSON"),
        (f"{HEAD}\n{{}}", 2, '"time" has to be'),
        (f'{HEAD}\n{{"time": -1, "from": "client", "message": {{}}}}', 2, '"time" has to be'),
        (f'{HEAD}\n{{"time": true, "from": "client", "message": {{}}}}', 2, '"time" has to be'),
        (f'{HEAD}\n{{"time": NaN, "from": "client", "message": {{}}}}', 2, '"time" has to be'),
        (f'{HEAD}\n{{"time": 1, "from": "both", "message": {{}}}}', 2, '"from" has to be'),
        (f'{HEAD}\n{{"time": 1, "from": "client", "message": []}}', 2, "it needs a"),
        (f'{HEAD}\n{{"time": 1, "from": "client", "octets": "%"}}', 2, "base64"),
        (f'{HEAD}\n{{"time": 1, "from": "client", "close": {{"code": "x", "reason": ""}}}}', 2, "it needs a"),
        *(
            (
                f'{HEAD}\n{{"time": 1, "from": "server", "close": {{"code": {code}, "reason": ""}}}}',
                2,
                "is no close code",
            )
            for code in ("0", "-1", "999", "2000", "5000", "true")
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, line: int, wrong: str) -> None:
    with pytest.raises(TapeError, match=wrong) as told:
        read(text.splitlines())
    assert told.value.line == line
    assert f"line {line} of the recording" in str(told.value)


@pytest.mark.parametrize(
    "payload",
    [
        b'{"data"',
        b'{"data":"',
        b'{"data": 5}',
        b'{"data":{"data":"AAAA"}}',
        b'{"data":"a text of some length that has words in it, and so is no base64 at all, however long"}',
        b'{"data":"' + b"A" * 100,
    ],
)
def test_what_is_no_sound_is_left_alone(payload: bytes) -> None:
    assert without_sound(payload) == payload


def test_all_sounds_of_a_message_are_left_out() -> None:
    sound = b64encode(bytes(90))
    payload = b'[{"data":"%s"}, {"data" : "%s"}]' % (sound, sound)
    assert without_sound(payload) == b'[{"data":"<90 octets>"}, {"data" : "<90 octets>"}]'


def test_the_kind_of_a_frame_is_kept_where_it_is_unusual() -> None:
    tape = Tape(
        "", "", (SETUP, Taped(0.0, "client", b"{}", frame="binary"), Taped(0.0, "server", b"no JSON", frame="text"))
    )
    written = [json.loads(line) for line in lines(tape)][1:]
    assert ["frame" in one for one in written] == [False, True, True]
    assert read(lines(tape)) == tape
    assert [one.is_text for one in tape.taped] == [True, False, True]
    assert not READY.is_text


@pytest.mark.parametrize(("text", "kinds"), [(True, ("", "text")), (False, ("binary", ""))])
def test_the_usual_kind_of_a_frame_has_no_name(text: bool, kinds: tuple[str, str]) -> None:
    assert (kind_of_frame("client", text=text), kind_of_frame("server", text=text)) == kinds


def test_silence_takes_the_place_of_what_was_left_out() -> None:
    payload = b'{"data": "%b", "text": "<3 octets>"}' % b64encode(bytes(range(90)))
    assert json.loads(with_silence(without_sound(payload))) == {
        "data": b64encode(bytes(90)).decode(),
        "text": "<3 octets>",
    }
