"""Messages within a session: sound that is none, too much of everything, words that want to be more than words."""

import base64
import random
from typing import Any

import pytest
from attacker_socket import CANARY, FORGED, Attacker, frame, octets, setup_of, text, turn_of
from emulator_process import EmulatorProcess
from ends import INVALID, POLICY, Case, Closes, GoesOn, case

AMISS = "Invalid JSON payload received. "
NOT_VALID = Closes(INVALID, "Request contains an invalid argument.")
UNKNOWN_ID = Closes(POLICY, "Requested entity was not found.")
TOO_MANY = Closes(INVALID, AMISS + "Too many values")
NO_BASE64 = Closes(INVALID, "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES), Base64 decoding failed")
WINDOW_FULL = NOT_VALID
"""What the real server says to a context that is longer than its window."""
PCM = "audio/pcm;rate=16000"
MEGABYTE = 1_000_000
ECHOES = (
    "{turn.text} {turn.text.__class__.__mro__}",
    "{{7*7}} ${7*7} #{7*7} <%= 7*7 %>",
    "${jndi:ldap://localhost/x}",
    "%s%n%x %(key)s",
    "$(id) `id` ;id|id&id",
    "' OR '1'='1' --",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "{",
    "}}",
    "A\u0301\u0302" * 50,
    "\u200f\u202eright to left",
)
ALMOST = "a" * 4000 + "!"


def heard(message: str) -> GoesOn:
    """The turn is answered with the same words."""
    return GoesOn((f"Heard: {message}",))


def live(**what: Any) -> dict[str, Any]:
    """Realtime input."""
    return {"realtimeInput": what}


def sound(content: Any, mime: Any = PCM) -> dict[str, Any]:
    """Audio; bytes are encoded."""
    return live(
        audio={"data": base64.b64encode(content).decode() if isinstance(content, bytes) else content, "mimeType": mime}
    )


def responses(*given: Any) -> dict[str, Any]:
    """What functions returned."""
    return {"toolResponse": {"functionResponses": list(given)}}


def turns(*given: Any, complete: bool = True) -> dict[str, Any]:
    """Content of the client."""
    return {"clientContent": {"turns": list(given), "turnComplete": complete}}


def part(**what: Any) -> dict[str, Any]:
    """A turn with one part."""
    return turns({"role": "user", "parts": [what]})


SOUND = [
    case("audio_no_base64", NO_BASE64, sound("****")),
    case("audio_with_blanks", NO_BASE64, sound("AA AA")),
    case("audio_forged", NO_BASE64, sound(f"\n{FORGED}")),
    case("audio_is_a_number", Closes(INVALID, "Invalid value at 'realtime_input.audio.data' (TYPE_BYTES)"), sound(1)),
    case("audio_of_nothing", GoesOn(), sound(b"")),
    case("audio_of_an_odd_number_of_bytes", GoesOn(), *[sound(b"\x01\x02\x03")] * 5),
    case("audio_of_one_byte_500_times", GoesOn(), b"".join(text(sound(b"\x01")) for _ in range(500))),
    case("audio_of_noise", GoesOn(), *[sound(random.Random(n).randbytes(3200)) for n in range(20)]),
    case("audio_as_loud_as_can_be", GoesOn(), *[sound(b"\xff\x7f\x00\x80" * 800)] * 20),
    case("audio_of_another_kind", NOT_VALID, sound(b"RIFF", "audio/wav")),
    case("audio_that_is_a_page", NOT_VALID, sound(b"<html>", "text/html")),
    case("audio_rate_zero", NOT_VALID, sound(bytes(320), "audio/pcm;rate=0")),
    case("audio_rate_negative", NOT_VALID, sound(bytes(320), "audio/pcm;rate=-16000")),
    case("audio_rate_of_a_gigahertz", NOT_VALID, sound(bytes(320), "audio/pcm;rate=1000000000")),
    case("audio_rate_of_5000_digits", NOT_VALID, sound(bytes(320), "audio/pcm;rate=" + "9" * 5000)),
    case("audio_rate_in_other_digits", NOT_VALID, sound(bytes(320), "audio/pcm;rate=\u0661\u0666\u0660\u0660\u0660")),
    case("audio_kind_of_a_megabyte", NOT_VALID, sound(bytes(320), "a" * MEGABYTE)),
    case(
        "audio_of_another_rate_each_time",
        GoesOn(),
        *[sound(bytes(320), f"audio/pcm;rate={8000 + n}") for n in range(40)],
    ),
    case("audio_of_5_megabytes", GoesOn(), sound(bytes(5 * MEGABYTE))),
    case("audio_of_4_megabytes_of_noise", GoesOn(), sound(random.Random(1).randbytes(4 * MEGABYTE))),
    case(
        "audio_written_in_another_way_each_time",
        GoesOn(),
        *[text(octets(sound(bytes(320))) + b" " * n) for n in range(50)],
    ),
    case(
        "audio_template_with_a_hole",
        NO_BASE64,
        sound(bytes(320)),
        text(octets(sound(bytes(320))).replace(b"AAAA", b"AA**")),
    ),
    case("video_of_garbage", GoesOn(), live(video={"data": "AAAA", "mimeType": "image/jpeg"})),
    case("video_of_another_kind", NOT_VALID, live(video={"data": "AAAA", "mimeType": "application/x-executable"})),
    case("media_chunks_by_thousands", GoesOn(), live(mediaChunks=[{"data": "AAAA", "mimeType": PCM}] * 5000)),
    case("stream_end_without_a_stream", GoesOn(), *[live(audioStreamEnd=True)] * 50),
    case(
        "activity_without_leave", Closes(INVALID, "Explicit activity control is not supported"), live(activityStart={})
    ),
    case(
        "activity_end_without_leave",
        Closes(INVALID, "Explicit activity control is not supported"),
        live(activityEnd={}),
    ),
    case("two_kinds_of_input", GoesOn(("Heard: hello",)), live(text="hello", audio={"data": "AAAA", "mimeType": PCM})),
]

TEXT = [
    *(case(f"echo_{number}", heard(words), turn_of(words)) for number, words in enumerate(ECHOES)),
    case(
        "echo_of_escapes",
        heard(f"\x1b[2J\x1b]0;owned\x07 \n{FORGED}\r\x00"),
        turn_of(f"\x1b[2J\x1b]0;owned\x07 \n{FORGED}\r\x00"),
    ),
    case("echo_of_a_key", heard(f"my key is {CANARY}"), turn_of(f"my key is {CANARY}")),
    case("redos", GoesOn((f"Heard: {ALMOST}",)), turn_of(ALMOST)),
    case("redos_that_matches", GoesOn(("All of one letter.",)), turn_of("a" * 4000)),
    case("redos_of_100000", GoesOn((f"Heard: {'a' * 100_000}!",)), turn_of("a" * 100_000 + "!")),
    case("turn_of_a_megabyte", WINDOW_FULL, turn_of("word " * 200_000), turn_of("again")),
    case("turn_of_5_megabytes", WINDOW_FULL, turn_of("word " * 1_000_000), turn_of("again")),
    case("turn_of_5_megabytes_of_one_word", WINDOW_FULL, turn_of("w" * 5 * MEGABYTE), turn_of("again")),
    case("turn_of_5_megabytes_of_marks", WINDOW_FULL, turn_of("a.b!" * 1_250_000), turn_of("again")),
    case("turn_of_a_hundred_thousand_emoji", heard("\U0001f600" * 100_000), turn_of("\U0001f600" * 100_000)),
    case("live_text_of_5_megabytes", WINDOW_FULL, live(text="word " * 1_000_000), live(text="again")),
    case(
        "history_of_10000",
        WINDOW_FULL,
        turns(*[{"role": "user", "parts": [{"text": "x " * 5}]}] * 10_000, complete=False),
        turn_of("hello"),
    ),
    case("parts_20000", WINDOW_FULL, turns({"role": "user", "parts": [{"text": "x y z"}] * 20_000}), turn_of("hello")),
    case("parts_a_million", TOO_MANY, turns({"role": "user", "parts": [{"text": ""}] * MEGABYTE})),
    case(
        "turns_two_millions",
        TOO_MANY,
        frame(1, b'{"clientContent":{"turns":[' + b'"",' * 2_000_000 + b'""]}}', mask=bytes(4)),
    ),
    case("roles_unknown", GoesOn(("Heard: ",)), turns({"role": f"x\n{FORGED}", "parts": [{"text": "hello"}]})),
    case("content_number", Closes(INVALID, "Invalid value at 'client_content.turns[0]'"), turns(5)),
    case("text_object", Closes(INVALID, AMISS + "Unknown name"), part(text={"a": 1})),
    case(
        "file_of_this_machine",
        GoesOn(("Heard: ",)),
        part(fileData={"fileUri": "file:///etc/passwd", "mimeType": "text/plain"}),
    ),
    case("inline_bomb", GoesOn(("Heard: ",)), part(inlineData={"mimeType": "application/zip", "data": "UEsDBBQ="})),
    case("no_turns", GoesOn(), *[turns(complete=False)] * 100),
]

THE_REST = [
    case("response_to_nobody", UNKNOWN_ID, responses({"id": "1", "name": "f", "response": {}})),
    case("response_without_anything", UNKNOWN_ID, responses({})),
    case(
        "responses_10000", UNKNOWN_ID, responses(*[{"id": f"{n}", "name": "f", "response": {}} for n in range(10_000)])
    ),
    case(
        "response_of_5_megabytes",
        UNKNOWN_ID,
        responses({"id": "1", "name": "f", "response": {"rows": "r" * 5 * MEGABYTE}}),
    ),
    case(
        "response_of_200000_rows", UNKNOWN_ID, responses({"id": "1", "name": "f", "response": {"rows": [1] * 200_000}})
    ),
    case(
        "response_forged", UNKNOWN_ID, responses({"id": f"\n{FORGED}\x1b[31m", "name": f"\r{FORGED}", "response": {}})
    ),
    case("setup_again", Closes(INVALID, "setup must be the first message and only the first"), setup_of()),
    case("unknown_kind", NOT_VALID, {"evil": {}}),
    case("two_kinds", NOT_VALID, turn_of("hello") | live(text="hello")),
    case(
        "unknown_names_by_thousands",
        GoesOn(),
        *[live(audioStreamEnd=True, **{f"x{n}\n{FORGED}": 1}) for n in range(500)],
    ),
    case("update_of_nothing", GoesOn(), {"contextUpdate": {}}),
    case("update_that_is_a_number", Closes(INVALID, "Invalid value at 'context_update'"), {"contextUpdate": 5}),
    case("two_million_lists", TOO_MANY, frame(1, b'{"x":[' + b"[]," * 2_000_000 + b"[]]}", mask=bytes(4))),
    case(
        "a_name_twice_among_many",
        Closes(INVALID, AMISS + 'Duplicate name "7"'),
        text(b"{" + b",".join(b'"%d":0' % n for n in range(50_000)) + b',"7":1}'),
    ),
]

CASES = [*SOUND, *TEXT, *THE_REST]


@pytest.mark.parametrize("attack", CASES, ids=str)
def test_sessions(emulator: EmulatorProcess, attack: Case) -> None:
    with Attacker(emulator.port) as attacker:
        attacker.enter().set_up().send(*attack.sent)
        attack.end.see(attacker)
