"""Speech by the SDKs' own means: who says when it starts and ends, how it is told back, and what is refused."""

from collections.abc import Iterator
from typing import Any

import pytest
from emulators import Serving, serving
from environments import Environments
from speaking import (
    CHUNK_BYTES,
    PROGRAMS,
    RATE,
    VOICES,
    Log,
    Program,
    Talk,
    edges,
    hear,
    hold,
    program_of,
    recording,
    say,
    signal,
    silence,
    stream,
    wait,
)

from gemlive_emulator.audio.activity import Sensing
from gemlive_emulator.audio.ear import Ended

pytestmark = pytest.mark.clients

NATIVE = "gemini-2.5-flash-native-audio-preview-12-2025"
HALF_CASCADE = "gemini-live-2.5-flash-preview"

SCENARIO = """
rules:
  - when: {text: story}
    then:
      - say: >-
          Every morning the old ferry crossed the lake with nobody on board but the captain and a sheep. People asked
          him why he did not sell the sheep, and he said that it was the sheep who had bought the tickets.
"""
"""What is typed is answered with a story, the rest by the built-in responder."""

SPOKEN = recording("name.wav")
UTTERANCE = SPOKEN + silence(1.2)
PLAIN: dict[str, Any] = {"response_modalities": ["AUDIO"]}
BOTH: dict[str, Any] = PLAIN | {"input_audio_transcription": {}, "output_audio_transcription": {}}
BY_HAND = {"realtime_input_config": {"automatic_activity_detection": {"disabled": True}}}
NOT_DISTURBED = {"realtime_input_config": {"activity_handling": "NO_INTERRUPTION"}}
PATIENT = {"realtime_input_config": {"automatic_activity_detection": {"silence_duration_ms": 5000}}}
ANSWERED = hear("turn_complete")
HELD_UP = [say("Tell me a story."), hear("model_turn", 2), stream(UTTERANCE), hear("turn_complete", 2)]

TALKS = {
    "in pieces on 2.5": Talk(NATIVE, [stream(UTTERANCE, size=CHUNK_BYTES), ANSWERED], BOTH),
    "in pieces on 3.8": Talk("gemini-3.8-live", [stream(UTTERANCE, size=CHUNK_BYTES), ANSWERED], PLAIN),
    "asked on Vertex": Talk(
        "gemini-live-2.5-flash", [stream(UTTERANCE), ANSWERED], BOTH | {"explicit_vad_signal": True}, vertex=True
    ),
    "in writing": Talk("gemini-2.0-flash-live-001", [stream(UTTERANCE), ANSWERED], {"response_modalities": ["TEXT"]}),
    "as media on 2.5": Talk(NATIVE, [stream(UTTERANCE, "media", size=CHUNK_BYTES), ANSWERED], BOTH),
    "as media on 3.1": Talk("gemini-3.1-flash-live-preview", [stream(UTTERANCE, "media"), ANSWERED], PLAIN),
    "as media on 3.8": Talk("gemini-3.8-live", [stream(UTTERANCE, "media"), ANSWERED], PLAIN),
    "no PCM": Talk(NATIVE, [stream(UTTERANCE, mime_type="audio/webm"), ANSWERED], BOTH),
    "by hand": Talk(
        "gemini-3.8-live",
        [stream(UTTERANCE), signal("activity_start"), stream(SPOKEN), signal("activity_end"), ANSWERED],
        BOTH | BY_HAND,
    ),
    "a mark not asked for": Talk(NATIVE, [signal("activity_start"), ANSWERED], BOTH),
    "an end alone": Talk(NATIVE, [signal("activity_end"), ANSWERED], BOTH | BY_HAND),
    "at the end of the stream": Talk(
        "gemini-3.1-flash-live-preview", [stream(SPOKEN), signal("audio_stream_end"), ANSWERED], BOTH | PATIENT
    ),
    "all in one message": Talk(HALF_CASCADE, [stream(SPOKEN), ANSWERED], BOTH),
    "without an end": Talk(
        "gemini-3.8-live",
        [stream(SPOKEN), signal("audio_stream_end"), wait(0.4), stream(silence(1.2)), ANSWERED],
        BOTH,
    ),
    "interrupting": Talk(NATIVE, HELD_UP, BOTH),
    "not interrupting": Talk(NATIVE, HELD_UP, BOTH | NOT_DISTURBED),
}

HURRIED = ["--rate", "5", "--voice", "formant", "--recogniser", "off"]
HEARD_IN_WORDS = [" My", " name", " is Marcelo."]
HEARD_WHOLE = ["My name is Marcelo."]


@pytest.fixture(scope="module")
def listening_emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """An emulator that knows some recordings, and whose seconds take a fifth of one."""
    folder = tmp_path_factory.mktemp("listening")
    scenario = folder / "scenario.yaml"
    scenario.write_text(SCENARIO)
    with serving(folder, "--scenario", str(scenario), "--recordings", str(VOICES), *HURRIED) as running:
        yield running


@pytest.fixture(scope="module", params=[*PROGRAMS], ids=[*PROGRAMS.values()])
def program(request: pytest.FixtureRequest, environments: Environments) -> Program:
    """Each of the SDKs."""
    return program_of(request.param, environments)


@pytest.fixture(scope="module")
def logs(program: Program, listening_emulator: Serving, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Log]:
    """All talks, held at the same time."""
    return hold(program, listening_emulator, tmp_path_factory.mktemp("talks"), TALKS)


def check_answered(log: Log) -> None:
    """One turn, complete, that greets the user who was heard."""
    [turn] = log.turns
    turn.check_end()
    assert sum(turn.sounds) > 24_000
    assert "Marcelo" in turn.words


def spoken_seconds() -> float:
    """How long the utterance is, as the detector sees it."""
    [ended] = [edge for edge in edges(UTTERANCE, Sensing()) if isinstance(edge, Ended)]
    return ended.utterance.seconds


def detected(silence_ms: int) -> list[tuple[str, float]]:
    """What ``voice_activity`` has to tell of the utterance."""
    start, end = edges(UTTERANCE, Sensing(silence_ms=silence_ms))
    return [("ACTIVITY_START", round(start.offset, 3)), ("ACTIVITY_END", round(end.offset, 3))]


def test_2_5_tells_the_words_one_by_one_before_it_answers(logs: dict[str, Log]) -> None:
    log = logs["in pieces on 2.5"]
    check_answered(log)
    assert log.heard == HEARD_IN_WORDS
    assert log.activities == []
    told = [name for name in log.names() if name not in ("setup_complete", "sent audio")]
    assert told[:3] == ["input_transcription", "thought", "output_transcription"]
    counted = {each["modality"]: each["token_count"] for each in log.turns[0].usage["prompt_tokens_details"]}
    assert counted["AUDIO"] == 1


def test_3_8_tells_activity_and_the_sentence_though_nobody_asked(logs: dict[str, Log]) -> None:
    log = logs["in pieces on 3.8"]
    [turn] = log.turns
    turn.check_end()
    assert turn.words == ""
    assert log.heard == HEARD_WHOLE
    assert log.activities == detected(1000)
    told = [name for name in log.names() if name not in ("setup_complete", "sent audio", "session_resumption_update")]
    assert told == [
        "voice_activity",
        "input_transcription",
        "voice_activity",
        "audio",
        "generation_complete",
        "turn_complete",
    ]
    counted = {each["modality"]: each["token_count"] for each in turn.usage["prompt_tokens_details"]}
    assert counted["AUDIO"] == pytest.approx(25 * spoken_seconds(), abs=1)


def test_vertex_tells_activity_on_request(logs: dict[str, Log]) -> None:
    log = logs["asked on Vertex"]
    check_answered(log)
    assert log.heard == HEARD_IN_WORDS
    assert [kind for kind, _ in log.activities] == ["ACTIVITY_START", "ACTIVITY_END"]
    assert {"finished": True} in [content.get("input_transcription") for content in log.contents]


def test_a_session_in_writing_listens_too(logs: dict[str, Log]) -> None:
    [turn] = logs["in writing"].turns
    turn.check_end()
    assert "Marcelo" in turn.text
    assert turn.sounds == []


def test_the_old_media_field_is_taken_by_2_5(logs: dict[str, Log]) -> None:
    check_answered(logs["as media on 2.5"])
    assert logs["as media on 2.5"].heard == HEARD_IN_WORDS


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("as media on 3.1", "realtime_input.media_chunks is deprecated. Use audio, video, or text instead."),
        ("as media on 3.8", "realtime_input.media_chunks is deprecated. Use audio, video, or text instead."),
        ("no PCM", "Request contains an invalid argument."),
        (
            "a mark not asked for",
            "Explicit activity control is not supported when automatic activity detection is enabled.",
        ),
        ("an end alone", "Precondition check failed."),
    ],
)
def test_what_is_refused(logs: dict[str, Log], name: str, words: str) -> None:
    assert logs[name].refused == {"code": 1007, "words": words}
    assert logs[name].turns == []


def test_activity_by_hand_is_the_turn_and_nothing_before_it(logs: dict[str, Log]) -> None:
    log = logs["by hand"]
    check_answered(log)
    assert log.heard == HEARD_WHOLE
    counted = {each["modality"]: each["token_count"] for each in log.turns[0].usage["prompt_tokens_details"]}
    assert counted["AUDIO"] == pytest.approx(25 * len(SPOKEN) / 2 / RATE, abs=1)


def test_the_end_of_the_stream_ends_the_turn_on_3_1(logs: dict[str, Log]) -> None:
    log = logs["at the end of the stream"]
    check_answered(log)
    assert log.names().index("sent audio_stream_end") < log.names().index("input_transcription")


def test_a_whole_utterance_in_one_message_without_silence_is_answered(logs: dict[str, Log]) -> None:
    check_answered(logs["all in one message"])
    assert logs["all in one message"].heard == HEARD_IN_WORDS


def test_3_8_waits_for_silence_whatever_the_client_says(logs: dict[str, Log]) -> None:
    log = logs["without an end"]
    check_answered(log)
    told = [name for name in log.names() if name not in ("setup_complete", "session_resumption_update")]
    first, second = (place for place, name in enumerate(told) if name == "sent audio")
    assert set(told[first + 1 : second]) == {"voice_activity", "sent audio_stream_end"}
    assert log.activities == detected(1000)


def test_an_answer_is_interrupted_unless_the_setup_forbids_it(logs: dict[str, Log]) -> None:
    cut, whole = logs["interrupting"], logs["not interrupting"]
    assert [set(turn.contents[-2]) | set(turn.contents[-1]) for turn in cut.turns] == [
        {"interrupted", "turn_complete"},
        {"generation_complete", "turn_complete"},
    ]
    assert not any("interrupted" in content for content in whole.contents)
    for turn in whole.turns:
        turn.check_end()
    assert "Every morning" in whole.turns[0].words
    assert whole.turns[0].words.endswith("the tickets.")
    assert sum(cut.turns[0].sounds) < sum(whole.turns[0].sounds)
    for log in (cut, whole):
        assert "Marcelo" in log.turns[1].words
        assert log.heard == HEARD_IN_WORDS
