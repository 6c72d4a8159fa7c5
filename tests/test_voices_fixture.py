"""The sample voices: the manifest says what the files are, and they are what the README promises."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from gemlive_emulator.audio.wav import from_wav
from gemlive_emulator.audio.wav_header import Header, read_header

VOICES = Path(__file__).parent.parent / "fixtures" / "voices"
MANIFEST: list[dict[str, Any]] = json.loads((VOICES / "manifest.json").read_text(encoding="utf-8"))
FIELDS = ["file", "text", "language", "voice", "engine", "seconds", "sha256"]


def samples(name: str) -> memoryview:
    return memoryview(from_wav((VOICES / name).read_bytes())[0]).cast("h")


def test_every_file_is_in_the_manifest_and_in_the_readme():
    files = {path.name for path in VOICES.glob("*.wav")}
    assert files == {entry["file"] for entry in MANIFEST}
    assert len(files) == len(MANIFEST) == 16
    readme = (VOICES / "README.md").read_text(encoding="utf-8")
    assert [name for name in sorted(files) if f"`{name}`" not in readme] == []


def test_they_are_small_and_of_several_voices_and_languages():
    assert sum(path.stat().st_size for path in VOICES.iterdir() if path.is_file()) < 1_500_000
    assert len({entry["voice"] for entry in MANIFEST}) >= 10
    assert {entry["language"][:2] for entry in MANIFEST} == {"en", "fr", "de", "es", "it", "pt"}
    assert len({entry["text"] for entry in MANIFEST}) == len(MANIFEST)


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_the_manifest_says_what_a_file_is(entry: dict[str, Any]):
    content = (VOICES / entry["file"]).read_bytes()
    header = read_header(content)
    assert list(entry) == FIELDS
    assert hashlib.sha256(content).hexdigest() == entry["sha256"]
    assert isinstance(header, Header)
    assert (header.rate, header.channels, header.bits, header.text) == (16_000, 1, 16, entry["text"])
    assert len(samples(entry["file"])) / 16_000 == pytest.approx(entry["seconds"], abs=0.001)
    assert entry["engine"].startswith("espeak-ng ")


@pytest.mark.parametrize("entry", MANIFEST, ids=lambda entry: entry["file"])
def test_a_file_begins_and_ends_with_digital_silence_of_known_length(entry: dict[str, Any]):
    sound = samples(entry["file"])
    spoken = [at for at, sample in enumerate(sound) if sample]
    assert spoken[0] == 3_200
    assert len(sound) - 1 - spoken[-1] == 4_800


def test_the_odd_ones_are_what_their_names_say():
    loudness = {entry["file"]: max(map(abs, samples(entry["file"]))) for entry in MANIFEST}
    assert loudness["quiet.wav"] < 1_000
    assert all(4_000 < peak <= 32_767 for name, peak in loudness.items() if name != "quiet.wav")
    seconds = {entry["file"]: entry["seconds"] for entry in MANIFEST}
    assert seconds["long.wav"] > 6
    assert seconds["stop.wav"] < 1
    paused = samples("pause.wav").tobytes()[2 * 3_200 : -2 * 4_800]
    assert bytes(2 * 19_200) in paused
    assert bytes(2 * 19_200 + 2 * 1_600) not in paused
