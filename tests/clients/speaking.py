"""What is said to the emulator, plans for the programs that say it (``apps/speak.*``), and what they heard."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from emulators import APPS, Serving, finished
from environments import Environments, NoNode
from transcripts import Turn, in_snake_case

from gemlive_emulator.audio.activity import Sensing
from gemlive_emulator.audio.ear import Begun, Ear, Ended
from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.resample import resample
from gemlive_emulator.audio.speech import OUTPUT_RATE
from gemlive_emulator.audio.wav import from_wav

VOICES = Path(__file__).parents[2] / "fixtures" / "voices"
RATE = 16_000
MIME_TYPE = f"audio/pcm;rate={RATE}"
CHUNK_SECONDS = 0.02
CHUNK_BYTES = round(CHUNK_SECONDS * RATE) * 2

Step = tuple[Any, ...]


@cache
def speech(text: str) -> bytes:
    """A user who says this: s16le mono at 16 kHz, that begins and ends with the speech."""
    sound = np.frombuffer(FormantVoice().speak(text, "Puck", "en-US").pcm, "<i2")
    samples: bytes = resample(sound.astype(np.int16), OUTPUT_RATE, RATE).astype("<i2").tobytes()
    return samples


def recording(name: str) -> bytes:
    """One of ``fixtures/voices``, as :func:`speech`."""
    pcm, rate = from_wav((VOICES / name).read_bytes())
    assert rate == RATE
    sounding = np.flatnonzero(np.frombuffer(pcm, "<i2"))
    return pcm[2 * sounding[0] : 2 * (sounding[-1] + 1)]


def silence(seconds: float) -> bytes:
    """A user who says nothing, into a perfect microphone."""
    return bytes(2 * round(seconds * RATE))


def hear(what: str, times: int = 1) -> Step:
    """Wait until so many messages since the beginning had this field."""
    return "hear", what, times


def wait(seconds: float) -> Step:
    """Let this much time pass outside."""
    return "wait", seconds


def say(text: str) -> Step:
    """Send a typed turn."""
    return "say", text


def respond(*answers: tuple[int, Mapping[str, Any]]) -> Step:
    """Answer calls in one message: for each its number in the session, and the fields of the ``FunctionResponse``."""
    return "respond", *answers


def signal(name: Literal["activity_start", "activity_end", "audio_stream_end"]) -> Step:
    """Send a mark."""
    return "signal", name


def stream(
    sound: bytes,
    field: Literal["audio", "media"] = "audio",
    mime_type: str = MIME_TYPE,
    size: int | None = None,
    real_time: bool = False,
) -> Step:
    """Send sound: in one message, in pieces of ``size`` bytes as fast as possible, or as a microphone does."""
    if real_time:
        return "stream", field, sound, mime_type, CHUNK_BYTES, CHUNK_SECONDS
    return "stream", field, sound, mime_type, size or len(sound), 0


@dataclass(frozen=True)
class Talk:
    """What a client does in a session of its own."""

    model: str
    steps: list[Step]
    config: Mapping[str, Any] = field(default_factory=lambda: {"response_modalities": ["AUDIO"]})
    vertex: bool = False

    def plan(self, folder: Path) -> dict[str, Any]:
        """As JSON; sounds lie in files."""
        return {
            "model": self.model,
            "config": self.config,
            "vertex": self.vertex,
            "steps": [[_in_file(part, folder) for part in step] for step in self.steps],
        }


def _in_file(part: Any, folder: Path) -> Any:
    if not isinstance(part, bytes):
        return part
    file = folder / f"{len(list(folder.glob('*.pcm')))}.pcm"
    file.write_bytes(part)
    return str(file)


@dataclass(frozen=True)
class Log:
    """What happened in a session, in order: each entry has a time (``at``, seconds) and one thing more."""

    entries: list[dict[str, Any]]

    @property
    def messages(self) -> list[dict[str, Any]]:
        """All that came."""
        return [entry["message"] for entry in self.entries if "message" in entry]

    @property
    def contents(self) -> list[dict[str, Any]]:
        """The ``server_content`` of each message that has one with something in it."""
        return [content for message in self.messages if (content := message.get("server_content"))]

    @property
    def refused(self) -> dict[str, Any]:
        """With which code and words the session was closed."""
        [refused] = [entry["refused"] for entry in self.entries if "refused" in entry]
        told: dict[str, Any] = refused
        return told

    @property
    def heard(self) -> list[str]:
        """The pieces of what the user said, as the server transcribed it."""
        told = [content["input_transcription"] for content in self.contents if "input_transcription" in content]
        return [each["text"] for each in told if "text" in each]

    @property
    def activities(self) -> list[tuple[str, float]]:
        """The starts and ends of speech that the server told, each with its offset in seconds."""
        told = [message["voice_activity"] for message in self.messages if "voice_activity" in message]
        kinds = [each.get("voice_activity_type") or each["type"] for each in told]
        return [(kind, float(each["audio_offset"].rstrip("s"))) for kind, each in zip(kinds, told, strict=True)]

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The functions that the model wanted called, in order."""
        told = [message["tool_call"]["function_calls"] for message in self.messages if "tool_call" in message]
        return [call for calls in told for call in calls]

    @property
    def turns(self) -> list[Turn]:
        """The messages up to each end of a turn; what comes after the last one is left out."""
        turns, messages = [], []
        for message in self.messages:
            messages.append(message)
            if "turn_complete" in message.get("server_content", {}):
                turns.append(Turn(messages))
                messages = []
        return turns

    def times(self, name: str) -> list[float]:
        """When the messages came whose server content has this field."""
        return [entry["at"] for entry in self.entries if name in entry.get("message", {}).get("server_content", {})]

    def names(self) -> list[str]:
        """What happened, by names alone, the same in a row once: ``audio``, ``interrupted``, ``sent audio`` ..."""
        told: list[str] = []
        for entry in self.entries:
            for name in names_in(entry):
                if told[-1:] != [name]:
                    told.append(name)
        return told


def names_in(entry: dict[str, Any]) -> list[str]:
    if "sent" in entry:
        return [f"sent {entry['sent'][0]}"]
    if "refused" in entry:
        return ["refused"]
    message = entry["message"]
    content = message.get("server_content", {})
    names = [name for name in message if name not in ("server_content", "usage_metadata")]
    names += [name for name in content if name != "model_turn"]
    for part in content.get("model_turn", {}).get("parts", []):
        names.append("thought" if part.get("thought") else "audio" if "inline_data" in part else next(iter(part)))
    return names


@dataclass(frozen=True)
class Program:
    """One of the two programs, with its SDK.

    Attributes:
        command: without the plan.
        more: variables of its environment beside those that name the emulator.
    """

    command: tuple[str, ...]
    more: Mapping[str, str] = field(default_factory=dict)


def program_of(name: str, environments: Environments, version: str = "") -> Program:
    """The program for one of :data:`PROGRAMS`, with a version or the usual one; the test is skipped only where there
    is no Node for it."""
    if name == "python":
        return Program((str(environments.python(version or "3.4.0").python), str(APPS / "speak.py")))
    try:
        sdk = environments.node(version or "3")
    except NoNode as reason:
        pytest.skip(str(reason))
    return Program((str(sdk.node), str(APPS / "speak.cjs")), {"NODE_PATH": str(sdk.modules)})


PROGRAMS = {"python": "google-genai 3.4.0", "js": "@google/genai 3"}


def hold(program: Program, emulator: Serving, folder: Path, talks: Mapping[str, Talk]) -> dict[str, Log]:
    """Let a program hold these talks, all at the same time, and read what it tells of each."""
    plan = folder / "plan.json"
    plan.write_text(json.dumps({name: talk.plan(folder) for name, talk in talks.items()}))
    done = finished([*program.command, str(plan)], emulator.environment(vertex=True) | dict(program.more))
    logs: dict[str, list[dict[str, Any]]] = {name: [] for name in talks}
    for line in done.lines:
        logs[str(line["talk"])].append(in_snake_case(line))
    return {name: Log(entries) for name, entries in logs.items()}


def edges(sound: bytes, sensing: Sensing) -> list[Begun | Ended]:
    """Where the emulator's detector finds starts and ends in a stream; how it is cut makes no difference."""
    return Ear(sensing).feed(sound, RATE)
