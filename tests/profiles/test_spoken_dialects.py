"""Spoken turns, family by family, against the shapes of recorded sessions; and how a setup changes the hearing."""

import json
import struct
from itertools import groupby
from typing import Any

import pytest

from gemlive_emulator.audio.speech import Chunk
from gemlive_emulator.profiles.admit import Terms, doorkeeper
from gemlive_emulator.profiles.dialect import Dialect, Wishes, duration
from gemlive_emulator.profiles.families import FAMILIES
from gemlive_emulator.profiles.manner import Manner
from gemlive_emulator.session.behaviour import Hearing
from gemlive_emulator.session.commands import ActivityStarted, InputHeard, SpeechPart, ToolCalls, ToolCallsCancelled
from gemlive_emulator.session.hearing import Foreknown
from gemlive_emulator.session.steps import Conversation, Reply, Say, UserTurn
from gemlive_emulator.session.tools import ToolCall
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.codec import decode, encode, read_server
from gemlive_emulator.wire.endpoint import Backend, Endpoint
from gemlive_emulator.wire.errors import ClientFault, EmulatorError

NATIVE, MIDDLE, NEW = (
    "models/gemini-2.5-flash-native-audio-preview-09-2025",
    "models/gemini-3.1-flash-live-preview",
    "models/gemini-3.8-live",
)
VERTEX = "projects/p/locations/l/publishers/google/models/"
CASCADE = VERTEX + "gemini-live-2.5-flash"
SENTENCE = "Hello, my name is Marcelo."
TRANSCRIBED: dict[str, Any] = {"inputAudioTranscription": {}, "outputAudioTranscription": {}}
SPEECH = struct.pack("<hh", 9_000, -9_000) * 8_000
OVERRIDES = {"behaviour.hearing.threshold_dbfs": -30.0}


def answer(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say("Nice to meet you.")


def spoken(model: str, **setup: Any) -> list[dict[str, Any]]:
    """What comes of one spoken sentence, sent at once as in the recordings; audio data aside."""
    book = Playbook(answer, Endpoint(None), Terms(overrides=OVERRIDES), foreknown=Foreknown(lambda: SENTENCE))
    book.open(model, **setup)
    sound = bytes(32_000) + SPEECH + bytes(64_000)
    book.speak(sound, chunk_ms=100, real_time=False)
    book.finish()
    assert book.closed is None
    return [message.body for message in book.messages]


def outline(messages: list[dict[str, Any]]) -> list[str]:
    """The names of the fields of each message, repeats folded."""

    def named(message: dict[str, Any]) -> str:
        content = message.get("serverContent")
        inner = "" if content is None else "(" + "+".join(content) + ")"
        return "+".join(name + (inner if name == "serverContent" else "") for name in message) or "{}"

    return [name for name, _ in groupby(map(named, messages))]


def test_2_5_spoken_turn_as_recorded():
    messages = spoken(NATIVE, **TRANSCRIBED)
    assert outline(messages)[:4] == [
        "setupComplete",
        "serverContent(inputTranscription)",
        "serverContent(modelTurn)",
        "serverContent(outputTranscription)",
    ]
    assert outline(messages)[-2:] == ["serverContent(generationComplete)", "serverContent(turnComplete)+usageMetadata"]
    heard = [
        m["serverContent"]["inputTranscription"] for m in messages if "inputTranscription" in m.get("serverContent", {})
    ]
    assert heard == [{"text": text} for text in (" Hello", ",", " my", " name", " is Marcelo.")]
    thought = next(m for m in messages if "modelTurn" in m.get("serverContent", {}))["serverContent"]["modelTurn"]
    assert thought["parts"][0]["thought"] is True
    usage = messages[-1]["usageMetadata"]
    assert {"modality": "AUDIO", "tokenCount": 1} in usage["promptTokensDetails"]
    assert usage["totalTokenCount"] == usage["promptTokenCount"] + usage["responseTokenCount"]


def test_3_8_spoken_turn_as_recorded():
    messages = spoken(NEW)
    assert outline(messages)[:8] == [
        "setupComplete",
        "sessionResumptionUpdate",
        "voiceActivity",
        "serverContent(inputTranscription)",
        "voiceActivity",
        "{}",
        "serverContent()",
        "{}",
    ]
    start, end = (m["voiceActivity"] for m in messages if "voiceActivity" in m)
    # Edges of 20 ms frames, told in audio time.
    assert start == {"type": "ACTIVITY_START", "audioOffset": "1.100s"}
    assert end == {"type": "ACTIVITY_END", "audioOffset": "3s"}
    heard = [
        m["serverContent"]["inputTranscription"] for m in messages if "inputTranscription" in m.get("serverContent", {})
    ]
    assert heard == [{"text": SENTENCE}]
    assert messages[-1]["usageMetadata"]["promptTokensDetails"][1] == {"modality": "AUDIO", "tokenCount": 25}


def test_3_1_tells_activity_beside_empty_content():
    messages = spoken(MIDDLE)
    told = [m for m in messages if "voiceActivity" in m]
    assert [m["voiceActivity"]["type"] for m in told] == ["ACTIVITY_START", "ACTIVITY_END"]
    assert all(list(m) == ["serverContent", "voiceActivity"] and m["serverContent"] == {} for m in told)
    assert {"serverContent": {"inputTranscription": {"text": SENTENCE}}} in messages


@pytest.mark.parametrize("model", [NATIVE, CASCADE, "models/gemini-2.0-flash-live-001"])
def test_older_families_transcribe_only_who_asks_and_tell_no_activity(model: str):
    told = outline(spoken(model))
    assert not any("inputTranscription" in name or "voiceActivity" in name for name in told)


def test_vertex_marks_the_end_of_the_transcription():
    messages = spoken(CASCADE, inputAudioTranscription={})
    heard = [
        m["serverContent"]["inputTranscription"] for m in messages if "inputTranscription" in m.get("serverContent", {})
    ]
    assert heard[-1] == {"finished": True}
    assert "".join(piece.get("text", "") for piece in heard) == " " + SENTENCE


@pytest.mark.parametrize(
    "model",
    ["gemini-live-2.5-flash", "gemini-live-2.5-flash-native-audio", "gemini-3.1-flash-live-preview", "gemini-3.8-live"],
)
def test_on_vertex_activity_is_told_to_who_asks(model: str):
    plain, asked = spoken(VERTEX + model), spoken(VERTEX + model, explicitVadSignal=True)
    assert not any("voiceActivity" in m for m in plain)
    assert [m["voiceActivity"]["type"] for m in asked if "voiceActivity" in m] == ["ACTIVITY_START", "ACTIVITY_END"]


@pytest.mark.parametrize("model", [NATIVE, CASCADE, MIDDLE, NEW])
def test_what_is_written_by_hand_is_what_the_models_write(model: str):
    for message in spoken(model, **TRANSCRIBED):
        assert json.loads(encode(read_server(json.dumps(message).encode()))) == message


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("Stop.", [" Stop."]),
        ("Go on.", [" Go on."]),
        ("Well, go on.", [" Well", ",", " go on."]),
        (
            "What?! No... no 3.5 times, please stop it",
            [" What", "?!", " No", "...", " no", " 3.5", " times", ",", " please", " stop it"],
        ),
        ("- a dash leads on", [" -", " a", " dash", " leads on"]),
        ("你好", [" 你好"]),
    ],
)
def test_word_deltas_join_to_the_sentence(text: str, pieces: list[str]):
    frames = Dialect(Manner(), Wishes(input=True)).render(InputHeard(text, "script"))
    assert [json.loads(frame)["serverContent"]["inputTranscription"]["text"] for frame in frames] == pieces
    assert "".join(pieces) == " " + text


def test_no_words_are_no_message():
    assert Dialect(Manner(), Wishes(input=True)).render(InputHeard("", "script")) == []


@pytest.mark.parametrize(
    ("seconds", "told"), [(0, "0s"), (5.0, "5s"), (1.88, "1.880s"), (0.2, "0.200s"), (59.9996, "60s")]
)
def test_durations_are_as_recorded(seconds: float, told: str):
    assert duration(seconds) == told
    dialect = Dialect(Manner(voice_activity="alone"), Wishes())
    (frame,) = dialect.render(ActivityStarted(seconds))
    assert json.loads(frame) == {"voiceActivity": {"type": "ACTIVITY_START", "audioOffset": told}}


def test_a_part_without_a_sample_has_no_data_as_proto_omits_it():
    (frame,) = Dialect(Manner(), Wishes()).render(SpeechPart(Chunk(b"", 0), "", ""))
    assert json.loads(frame)["serverContent"]["modelTurn"]["parts"] == [
        {"inlineData": {"mimeType": "audio/pcm;rate=24000"}}
    ]


def test_calls_and_cancellations_are_as_recorded():
    dialect = Dialect(Manner(), Wishes())
    calls = ToolCalls((ToolCall("f", {"a": 'é "x"', "deep": {"snake_case": [1, None]}}, "1"), ToolCall("g", id="2")))
    (frame,) = dialect.render(calls)
    assert frame.isascii()
    assert json.loads(frame) == {
        "toolCall": {
            "functionCalls": [
                {"name": "f", "args": {"a": 'é "x"', "deep": {"snake_case": [1, None]}}, "id": "1"},
                {"name": "g", "args": {}, "id": "2"},
            ]
        }
    }
    (frame,) = dialect.render(ToolCallsCancelled(("1", "2")))
    assert json.loads(frame) == {"toolCallCancellation": {"ids": ["1", "2"]}}


def hearing(model: str, backend: Backend | None = None, idle_end: float | None = None, **config: Any) -> Hearing:
    setup = {"setup": {"model": model, "realtimeInputConfig": config}}
    message = decode(json.dumps(setup)).message
    assert message.setup is not None
    admit = doorkeeper(Endpoint(backend), answer, Terms(idle_end=idle_end))
    return admit(message.setup).behaviour.hearing


def test_the_sensitivities_are_those_of_the_back_end():
    """SDK 3.4: HIGH and HIGH on the Gemini API, LOW and LOW on Vertex; the page of 2.5 native audio: LOW and HIGH."""
    for model, there in (("gemini-3.8-live", ("LOW", "LOW")), ("gemini-live-2.5-flash-native-audio", ("LOW", "HIGH"))):
        here = hearing(model, Backend.GEMINI)
        assert (here.start, here.end) == ("HIGH", "HIGH")
        vertex = hearing(model, Backend.VERTEX)
        assert (vertex.start, vertex.end) == there


def test_a_setup_may_ask_for_its_own():
    asked = hearing(
        NEW,
        automaticActivityDetection={
            "startOfSpeechSensitivity": "START_SENSITIVITY_LOW",
            "endOfSpeechSensitivity": "END_SENSITIVITY_LOW",
            "prefixPaddingMs": 20,
            "silenceDurationMs": 100,
        },
        activityHandling="NO_INTERRUPTION",
        turnCoverage="TURN_INCLUDES_ALL_INPUT",
    )
    assert (asked.start, asked.end, asked.prefix_ms, asked.silence_ms) == ("LOW", "LOW", 20, 100)
    assert (asked.interrupts, asked.coverage, asked.manual) == (False, "all", False)


def test_what_is_unspecified_stays():
    unspecified = hearing(
        NEW,
        automaticActivityDetection={"startOfSpeechSensitivity": "START_SENSITIVITY_UNSPECIFIED"},
        activityHandling="ACTIVITY_HANDLING_UNSPECIFIED",
        turnCoverage="TURN_COVERAGE_UNSPECIFIED",
    )
    assert unspecified == FAMILIES["3.8"].behaviour.hearing
    assert hearing(NEW, activityHandling="START_OF_ACTIVITY_INTERRUPTS").interrupts


def test_detection_may_be_switched_off():
    assert hearing(NEW, automaticActivityDetection={"disabled": True}).manual


def test_the_terms_may_have_an_idle_rule():
    assert hearing(NEW).idle_end == 0
    assert hearing(NEW, idle_end=2.5).idle_end == 2.5
    assert hearing(NATIVE, idle_end=0).idle_end == 0


@pytest.mark.parametrize("field", ["prefixPaddingMs", "silenceDurationMs"])
def test_a_negative_duration_is_refused(field: str):
    with pytest.raises(ClientFault, match=r"Request contains an invalid argument.") as refused:
        hearing(NEW, automaticActivityDetection={field: -1})
    assert f"{field} is -1" in refused.value.hint


@pytest.mark.parametrize(
    ("field", "value", "right"),
    [
        ("hearing.idle_end", float("nan"), "0 for never"),
        ("hearing.idle_end", -1, "0 for never"),
        ("hearing.idle_end", float("inf"), "0 for never"),
        ("hearing.threshold_dbfs", float("nan"), "decibels below full scale"),
        ("hearing.silence_ms", -5, "0 or more milliseconds"),
        ("hearing.prefix_ms", -500, "0 or more milliseconds"),
        ("hearing.most_silence_ms", -1, "0 or more milliseconds"),
        ("pace.speed", 0, "more than 0"),
        ("pace.speed", float("nan"), "more than 0"),
        ("pace.first_audio", float("inf"), "0 or more seconds"),
        ("pace.jitter", -0.1, "0 or more seconds"),
        ("pace.gap_every", 0, "more than 0 seconds"),
        ("pace.chunk", 0.01, "0.02 seconds or more"),
    ],
)
def test_numbers_that_cannot_work_are_refused_at_the_start(field: str, value: float, right: str):
    with pytest.raises(EmulatorError, match=right) as refused:
        Terms(overrides={f"behaviour.{field}": value})
    assert f"behaviour.{field}" in str(refused.value)
