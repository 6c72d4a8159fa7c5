"""What goes wrong with speech, as a client on a bare WebSocket sees it: nobody hears, everybody interrupts."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import quote

import pytest
from emulators import Serving, serving
from speaking import MIME_TYPE, RATE, Log, silence, speech
from transcripts import BYTES_PER_SECOND, in_snake_case
from websockets.sync.client import ClientConnection, connect

from gemlive_emulator.audio.wav import to_wav

pytestmark = pytest.mark.clients

NATIVE = "gemini-2.5-flash-native-audio-preview-12-2025"
HALF_CASCADE = "gemini-live-2.5-flash-preview"
MIDDLE = "gemini-3.1-flash-live-preview"
NEWEST = "gemini-3.8-live"
EVERY = [NATIVE, HALF_CASCADE, MIDDLE, NEWEST]

FIXTURE = Path(__file__).parents[2] / "fixtures" / "scenarios" / "bad-line.yaml"
MORE = """
---
scenario: talkative
otherwise:
  - say: "This is sentence one of a speech that is much too long. {story} And that was that, at last."
---
scenario: dead line
rules:
  - when: {text: hello}
    then:
      - say: "Hello there!"
      - interrupt: {after: end}
otherwise:
  - think: ""
  - end_turn
"""
STORY = "Every morning the old ferry crossed the lake with nobody on board but the captain and a sheep. " * 16
RATE_OF_TIME = 50
PATIENCE = 30
A_WHILE = 0.3
"""Seconds in which nothing comes; fifty times as many in the session."""


class Line:
    """A client that speaks, and keeps what comes."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    def send(self, **message: Any) -> None:
        """Send one message."""
        self._connection.send(json.dumps(message))

    def type(self, text: str) -> None:
        """Send a typed turn."""
        self.send(clientContent={"turns": [{"role": "user", "parts": [{"text": text}]}], "turnComplete": True})

    def speak(self, sound: bytes, words: str = "") -> None:
        """Send sound in one message; with words, as a WAV file that tells them, which is how the stream has to begin."""
        data = b64encode(to_wav(sound, RATE, text=words) if words else sound).decode()
        self.send(realtimeInput={"audio": {"mimeType": MIME_TYPE, "data": data}})

    def next(self) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = in_snake_case(json.loads(self._connection.recv(timeout=PATIENCE)))
        return message

    def until(self, name: str) -> Log:
        """What comes up to a message whose server content has this field."""
        entries: list[dict[str, Any]] = []
        while not entries or name not in entries[-1]["message"].get("server_content", {}):
            message = self.next()
            entries.append({"at": monotonic(), "message": message})
        return Log(entries)

    def says_nothing(self) -> bool:
        """Whether nothing comes for a while."""
        try:
            self._connection.recv(timeout=A_WHILE)
        except TimeoutError:
            return True
        return False


@pytest.fixture(scope="module")
def bad_line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """An emulator in a hurry, where only silence or the client ends speech."""
    folder = tmp_path_factory.mktemp("bad-line")
    scenario = folder / "scenario.yaml"
    scenario.write_text(FIXTURE.read_text() + MORE.replace("{story}", STORY))
    fields = ["--set", "behaviour.hearing.idle_end=0", "--set", "behaviour.hearing.low_never_ends=true"]
    options = ["--rate", str(RATE_OF_TIME), "--voice", "formant", "--recogniser", "off", *fields]
    with serving(folder, "--scenario", str(scenario), *options) as running:
        yield running


@contextmanager
def calling(emulator: Serving, model: str, scenario: str = "bad line", **setup: Any) -> Iterator[Line]:
    """A session that is set up and asks for both transcriptions."""
    path = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
    url = f"ws://127.0.0.1:{emulator.port}{path}?key=any&scenario={quote(scenario)}"
    # With a queue that can be full the library waits for ten seconds to close in the middle of an answer.
    with connect(url, proxy=None, max_queue=None) as connection:
        asked = {"model": f"models/{model}", "inputAudioTranscription": {}, "outputAudioTranscription": {}}
        connection.send(json.dumps({"setup": asked | {"generationConfig": {"responseModalities": ["AUDIO"]}} | setup}))
        assert json.loads(connection.recv(timeout=PATIENCE)).keys() == {"setupComplete"}
        line = Line(connection)
        if model == NEWEST:
            assert line.next().keys() == {"session_resumption_update"}
        yield line


def told(log: Log) -> list[str]:
    """What came, but for what differs between the families and is no matter here."""
    names: list[str] = []
    for name in log.names():
        if name not in (*OTHER, *names[-1:]):
            names.append(name)
    return names


OTHER = ("thought", "output_transcription", "session_resumption_update", "voice_activity", "turn_complete_reason")


# Barge-in


@pytest.mark.parametrize("model", EVERY)
def test_breaking_in_while_the_answer_is_played(bad_line: Serving, model: str) -> None:
    with calling(bad_line, model, "talkative") as line:
        line.type("Go on")
        assert told(line.until("generation_complete")) == ["audio", "generation_complete"]
        line.speak(speech("Wait a minute!") + silence(1.2), "Wait a minute!")
        cut = line.until("turn_complete")
        assert told(cut) == ["interrupted", "turn_complete"]
        assert cut.messages[-1]["usage_metadata"]["total_token_count"] > 0
        again = line.until("model_turn")
        assert told(again)[:1] == ["input_transcription"]
        assert "".join(again.heard).strip() == "Wait a minute!"


@pytest.mark.parametrize("model", EVERY)
def test_breaking_in_while_the_answer_is_made(bad_line: Serving, model: str) -> None:
    with calling(bad_line, model, "talkative") as line:
        line.type("Go on")
        line.until("model_turn")
        line.speak(speech("Wait a minute!") + silence(1.2))
        assert told(line.until("turn_complete")) in (
            ["audio", "interrupted", "turn_complete"],
            ["interrupted", "turn_complete"],
        )
        assert told(line.until("model_turn"))[:1] == ["input_transcription"]


# The model hears itself, or what nobody said


@pytest.mark.parametrize("model", EVERY)
def test_an_echo_cuts_the_answer_twice(bad_line: Serving, model: str) -> None:
    with calling(bad_line, model) as line:
        line.speak(speech("Echo!") + silence(1.2), "Echo!")
        first, second, third = (line.until("turn_complete") for _ in range(3))
    assert told(first) == ["input_transcription", "audio", "interrupted", "turn_complete"]
    assert told(second) == ["audio", "interrupted", "turn_complete"]
    assert told(third) == ["audio", "generation_complete", "turn_complete"]
    assert third.turns[0].words.strip() == "Can you hear me? I believe that I can hear myself."


def test_an_interruption_before_the_first_sound(bad_line: Serving) -> None:
    with calling(bad_line, NEWEST) as line:
        line.type("hiccup")
        assert told(line.until("turn_complete")) == ["interrupted", "turn_complete"]
        assert told(line.until("turn_complete")) == ["audio", "generation_complete", "turn_complete"]


@pytest.mark.parametrize("model", EVERY)
def test_a_phantom_interrupts_and_all_turns_after_it_are_empty(bad_line: Serving, model: str) -> None:
    with calling(bad_line, model, "dead line") as line:
        line.type("Hello")
        assert told(line.until("interrupted")) == ["audio", "generation_complete", "turn_complete", "interrupted"]
        for words in ("Are you there?", ""):
            line.speak(speech("Are you there?") + silence(1.2), words)
            turn = line.until("turn_complete")
            assert told(turn) == ["input_transcription", "generation_complete", "turn_complete"]


# Turns with less in them than there should be


def test_an_empty_turn_with_its_reason(bad_line: Serving) -> None:
    with calling(bad_line, NATIVE) as line:
        line.type("anything")
        turn = line.until("turn_complete")
    assert told(turn) == ["generation_complete", "turn_complete"]
    assert turn.contents[-1]["turn_complete_reason"] == "RESPONSE_REJECTED"


@pytest.mark.parametrize("model", EVERY)
def test_words_without_sound(bad_line: Serving, model: str) -> None:
    with calling(bad_line, model) as line:
        line.type("no audio, please")
        turn = line.until("turn_complete")
    assert told(turn) == ["generation_complete", "turn_complete"]
    assert turn.turns[0].words.strip() == "You can read this, but you cannot hear it."


def test_sound_that_is_all_zeros(bad_line: Serving) -> None:
    with calling(bad_line, MIDDLE) as line:
        line.type("zeros, please")
        sound = b"".join(pieces_in(line.until("turn_complete")))
    assert len(sound) > BYTES_PER_SECOND
    assert not any(sound)


def test_a_turn_that_ends_too_early(bad_line: Serving) -> None:
    with calling(bad_line, NEWEST) as line:
        line.type("premature")
        turn = line.until("turn_complete")
    assert turn.turns[0].words.strip().endswith("is that")
    assert told(turn) == ["audio", "generation_complete", "turn_complete"]


@pytest.mark.parametrize("model", [NATIVE, NEWEST])
def test_a_stall_and_then_the_users_words_once_more(bad_line: Serving, model: str) -> None:
    with calling(bad_line, model) as line:
        line.speak(speech("Stall.") + silence(1.2), "Stall.")
        turn = line.until("turn_complete")
    assert told(turn) == ["input_transcription", "audio", "generation_complete", "turn_complete"]
    assert [words.strip() for words in turn.heard] == ["Stall.", "Stall."]
    heard = turn.times("input_transcription")
    assert (heard[-1] - heard[0]) * RATE_OF_TIME == pytest.approx(50, rel=0.5)


# The end of the answer comes late, and its sound early


def test_a_held_end_behind_sound_in_a_burst(tmp_path: Path) -> None:
    odd = ["empty_first=true", "trailing_silence=1.5", "first_audio=0.1"]
    fields = [word for field in odd for word in ("--set", f"behaviour.pace.{field}")]
    running = serving(tmp_path, "--rate", "5", "--voice", "formant", *fields)
    with running as emulator, calling(emulator, MIDDLE, "") as line:
        line.type("Please repeat one two three four five six seven eight nine ten eleven twelve thirteen.")
        turn = line.until("turn_complete")
    first, *rest = pieces = pieces_in(turn)
    assert first == b""
    assert all(rest)
    sound = b"".join(pieces)
    assert not any(sound[-round(1.5 * BYTES_PER_SECOND) :])
    assert any(sound[: -round(1.6 * BYTES_PER_SECOND)])
    seconds = len(sound) / BYTES_PER_SECOND
    [complete], [end] = turn.times("generation_complete"), turn.times("turn_complete")
    start = turn.times("model_turn")[0]
    assert seconds > 4
    assert (end - start) * 5 == pytest.approx(seconds, abs=2)
    assert (complete - start) * 5 < seconds / 2


# Where speech ends


@pytest.mark.parametrize(("model", "ends"), [(NATIVE, True), (MIDDLE, True), (HALF_CASCADE, False), (NEWEST, False)])
def test_speech_ends_with_the_stream_or_never(bad_line: Serving, model: str, ends: bool) -> None:
    with calling(bad_line, model, "talkative") as line:
        line.speak(speech("Can anybody hear me?"), "Can anybody hear me?")
        if model in (MIDDLE, NEWEST):
            assert line.next()["voice_activity"]["type"] == "ACTIVITY_START"
        assert line.says_nothing()
        line.send(realtimeInput={"audioStreamEnd": True})
        if not ends:
            assert line.says_nothing()
            line.speak(silence(1.2))
        assert told(line.until("model_turn"))[:1] == ["input_transcription"]


def test_an_unwilling_detector_never_ends(bad_line: Serving) -> None:
    low = {"automaticActivityDetection": {"endOfSpeechSensitivity": "END_SENSITIVITY_LOW"}}
    with calling(bad_line, NATIVE, "talkative", realtimeInputConfig=low) as line:
        line.speak(speech("Can anybody hear me?") + silence(60))
        assert line.says_nothing()


@pytest.mark.parametrize("model", EVERY)
def test_a_pause_makes_two_turns_of_one_sentence(bad_line: Serving, model: str) -> None:
    with calling(bad_line, model, "dead line") as line:
        for words in ("I would like to", ""):
            line.speak(speech("I would like to") + silence(1.0), words)
            turn = line.until("turn_complete")
            assert told(turn) == ["input_transcription", "generation_complete", "turn_complete"]


def test_a_long_silence_that_was_asked_for_is_not_waited_for(bad_line: Serving) -> None:
    patient = {"automaticActivityDetection": {"silenceDurationMs": 6000}}
    sound = speech("I would like to") + silence(2.2)
    with calling(bad_line, MIDDLE, "dead line", realtimeInputConfig=patient) as line:
        line.speak(sound)
        line.until("turn_complete")
    with calling(bad_line, NATIVE, "dead line", realtimeInputConfig=patient) as line:
        line.speak(sound)
        assert line.says_nothing()
        line.speak(silence(4))
        line.until("turn_complete")


def pieces_in(log: Log) -> list[bytes]:
    """The audio parts of a turn."""
    return [b64decode(part["inline_data"].get("data", "")) for part in log.turns[0].parts if "inline_data" in part]
