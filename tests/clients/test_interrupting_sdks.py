"""Speaking in real time, as a microphone does, and breaking in upon a long answer: every 20 ms a message."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from statistics import median

import pytest
from emulators import Serving, serving
from environments import Environments
from speaking import (
    CHUNK_SECONDS,
    PROGRAMS,
    Log,
    Talk,
    edges,
    hear,
    hold,
    names_in,
    program_of,
    silence,
    speech,
    stream,
)
from transcripts import AUDIO_TOKENS_PER_SECOND, BYTES_PER_SECOND

from gemlive_emulator.audio.activity import Sensing
from gemlive_emulator.audio.ear import Begun, Ended

pytestmark = pytest.mark.clients

MODELS = [
    "gemini-2.5-flash-native-audio-preview-12-2025",
    "gemini-live-2.5-flash-preview",
    "gemini-3.1-flash-live-preview",
    "gemini-3.8-live",
]
WORDS = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot"]
"""What the user is taken to say, one after the other; each but the first interrupts the answer to the one before."""
HOW_MANY = {"python": len(WORDS), "js": 3}
"""Of these words; latency is measured with the Python SDK, on at least twenty interruptions."""
STORY = "and now listen, for this will take longer than you have patience. " * 5
SENSING = Sensing(prefix_ms=100, silence_ms=300)
SETUP = {
    "response_modalities": ["AUDIO"],
    "input_audio_transcription": {},
    "output_audio_transcription": {},
    "realtime_input_config": {
        "automatic_activity_detection": {
            "start_of_speech_sensitivity": f"START_SENSITIVITY_{SENSING.start}",
            "end_of_speech_sensitivity": f"END_SENSITIVITY_{SENSING.end}",
            "prefix_padding_ms": SENSING.prefix_ms,
            "silence_duration_ms": SENSING.silence_ms,
        }
    },
}
LONGEST_MEDIAN = 0.060
"""Seconds from the message in which the detector decides to ``interrupted``."""


@dataclass(frozen=True)
class Microphone:
    """A stream of utterances with pauses between them."""

    words: list[str]

    @cached_property
    def sound(self) -> bytes:
        """The samples."""
        return silence(0.2) + b"".join(speech("Stop!") + silence(0.8) for _ in self.words)

    def deciding(self, kind: type[Begun | Ended]) -> list[int]:
        """The number of the message in which each start or end of speech is decided: known from the samples alone."""
        found = [edge.offset for edge in edges(self.sound, SENSING) if isinstance(edge, kind)]
        return [round(offset / CHUNK_SECONDS) - 1 for offset in found]


@dataclass(frozen=True)
class Held:
    """What a program heard of the sessions that it held."""

    microphone: Microphone
    logs: dict[str, Log]


@pytest.fixture(scope="module")
def storyteller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """An emulator that takes real time and tells long stories, beginning soon."""
    folder = tmp_path_factory.mktemp("storyteller")
    scenario = folder / "scenario.yaml"
    scenario.write_text(json.dumps({"user_says": WORDS, "otherwise": [{"say": "So {turn.text}, " + STORY}]}))
    soon = ["--set", "behaviour.pace.first_audio=0.1"]
    with serving(folder, "--scenario", str(scenario), "--voice", "formant", *soon) as running:
        yield running


@pytest.fixture(scope="module", params=[*PROGRAMS], ids=[*PROGRAMS.values()])
def held(
    request: pytest.FixtureRequest,
    environments: Environments,
    storyteller: Serving,
    tmp_path_factory: pytest.TempPathFactory,
) -> Held:
    """A talk with each family, all at the same time."""
    microphone = Microphone(WORDS[: HOW_MANY[request.param]])
    cuts = len(microphone.words) - 1
    steps = [stream(microphone.sound, real_time=True), hear("interrupted", cuts), hear("turn_complete", cuts)]
    talks = {model: Talk(model, steps, SETUP) for model in MODELS}
    program = program_of(request.param, environments)
    return Held(microphone, hold(program, storyteller, tmp_path_factory.mktemp("talks"), talks))


@pytest.mark.parametrize("model", MODELS)
def test_each_utterance_cuts_the_answer_and_is_answered(held: Held, model: str) -> None:
    log, words = held.logs[model], held.microphone.words
    assert len(log.turns) == len(words) - 1
    for word, turn in zip(words, log.turns, strict=False):
        assert turn.words.startswith(f"So {word}, and now")
        told = [name for content in turn.contents for name in content if name in ("interrupted", "turn_complete")]
        assert told == ["interrupted", "turn_complete"]
        assert not any("generation_complete" in content for content in turn.contents)
        details = turn.usage.get("response_tokens_details") or turn.usage["candidates_tokens_details"]
        counted = {each["modality"]: each["token_count"] for each in details}
        assert counted["AUDIO"] == pytest.approx(sum(turn.sounds) / BYTES_PER_SECOND * AUDIO_TOKENS_PER_SECOND, abs=1)
    assert [heard.strip() for heard in log.heard] == words


@pytest.mark.parametrize("model", MODELS)
def test_no_sound_follows_an_interruption_until_the_user_has_ended(held: Held, model: str) -> None:
    log = held.logs[model]
    sent = {entry["sent"][1]: entry["at"] for entry in log.entries if "sent" in entry}
    sounds = [entry["at"] for entry in log.entries if "audio" in names_in(entry)]
    for interrupted, ended in zip(log.times("interrupted"), held.microphone.deciding(Ended)[1:], strict=True):
        assert [at for at in sounds if at < interrupted]
        assert not [at for at in sounds if interrupted < at <= sent[ended]]


def test_interruption_is_told_at_once(held: Held, capsys: pytest.CaptureFixture[str]) -> None:
    late = []
    for log in held.logs.values():
        sent = {entry["sent"][1]: entry["at"] for entry in log.entries if "sent" in entry}
        decided = held.microphone.deciding(Begun)[1:]
        late += [at - sent[number] for number, at in zip(decided, log.times("interrupted"), strict=True)]
    with capsys.disabled():
        print(f"\n{len(late)} interruptions: median {median(late) * 1e3:.1f} ms, longest {max(late) * 1e3:.1f} ms")
    assert min(late) > 0
    if len(held.microphone.words) == len(WORDS):
        assert len(late) >= 20
        assert median(late) < LONGEST_MEDIAN
