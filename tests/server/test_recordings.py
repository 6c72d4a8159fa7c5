"""Folders of recordings: where the words come from, and what is wrong with those that have none."""

import json
from pathlib import Path
from typing import Any

import pytest

from gemlive_emulator.audio.recording import Recording
from gemlive_emulator.audio.wav import to_wav
from gemlive_emulator.server.recordings import read_recordings
from gemlive_emulator.wire.errors import EmulatorError

PCM = bytes(range(100))


def write(folder: Path, name: str, text: str = "", rate: int = 16_000) -> Path:
    file = folder / name
    file.write_bytes(to_wav(PCM, rate, text=text))
    return file


def manifest(folder: Path, told: Any) -> None:
    (folder / "manifest.json").write_text(told if isinstance(told, str) else json.dumps(told), encoding="utf-8")


def test_the_manifest_comes_before_a_text_file_and_that_before_the_wav_itself(tmp_path: Path) -> None:
    for name in ("a.wav", "b.WAV", "c.wav"):
        write(tmp_path, name, "in the header", rate=8_000)
    (tmp_path / "a.txt").write_text("beside", encoding="utf-8")
    (tmp_path / "b.txt").write_text("\ufeffschön\nbeside \n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("of no file", encoding="utf-8")
    manifest(tmp_path, [{"file": "a.wav", "text": "in the\n manifest", "voice": "somebody"}])
    assert read_recordings([tmp_path]) == [
        Recording("a.wav", "in the manifest", PCM, 8_000),
        Recording("b.WAV", "schön beside", PCM, 8_000),
        Recording("c.wav", "in the header", PCM, 8_000),
    ]


def test_several_folders_are_read_one_after_the_other(tmp_path: Path) -> None:
    folders = [tmp_path / "two", tmp_path / "one"]
    for folder in folders:
        folder.mkdir()
        write(folder, "x.wav", folder.name)
    assert [one.text for one in read_recordings(map(str, folders))] == ["two", "one"]
    assert read_recordings([]) == []


def test_a_wav_file_without_words_says_where_they_could_be(tmp_path: Path) -> None:
    file = write(tmp_path, "a.wav")
    with pytest.raises(EmulatorError) as caught:
        read_recordings([tmp_path])
    assert str(caught.value) == (
        f"{file}: nothing tells the words that are spoken in it; write them into a.txt, into manifest.json, or into the "
        "file's title"
    )


def test_a_file_of_another_form_says_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"ID3 and so on")
    with pytest.raises(EmulatorError, match=r"a\.wav: not a PCM WAV file .*; 16-bit mono PCM is needed"):
        read_recordings([tmp_path])
    (tmp_path / "a.wav").unlink()
    (tmp_path / "a.wav").mkdir()
    with pytest.raises(EmulatorError, match=r"a\.wav: Is a directory"):
        read_recordings([tmp_path])


def test_a_folder_that_is_none_or_empty_is_told(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match="nowhere is no folder; give one that holds WAV files"):
        read_recordings([tmp_path / "nowhere"])
    with pytest.raises(EmulatorError, match=r"holds no WAV files \(NAME\.wav\)"):
        read_recordings([tmp_path])


def test_an_empty_or_unreadable_text_file_is_told(tmp_path: Path) -> None:
    write(tmp_path, "a.wav")
    (tmp_path / "a.txt").write_text(" \n", encoding="utf-8")
    with pytest.raises(EmulatorError, match=r"a\.txt: is empty; it has to tell the words that are spoken in a\.wav"):
        read_recordings([tmp_path])
    (tmp_path / "a.txt").write_bytes(b"sch\xf6n")
    with pytest.raises(EmulatorError, match=r"a\.txt: 'utf-8' codec can't decode"):
        read_recordings([tmp_path])


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("[{]", r"manifest\.json: Expecting property name"),
        ({"a.wav": "Hello"}, r"manifest\.json: has to be a list like \[\{"),
        (["a.wav"], r"manifest\.json: \[0\] needs a file and a text"),
        ([{"file": "a.wav", "text": "Hello"}, {"file": "a.wav"}], r"\[1\] needs a file and a text"),
        ([{"file": "a.wav", "text": " "}], r"\[0\] needs a file and a text"),
        ([{"file": "", "text": "Hello"}], r"\[0\] needs a file and a text"),
        ([{"file": "gone.wav", "text": "Hello"}], r"gone\.wav is not in the folder; take it out, or add the file"),
    ],
)
def test_a_manifest_that_is_not_right_is_told(tmp_path: Path, told: Any, words: str) -> None:
    write(tmp_path, "a.wav", "Hello")
    manifest(tmp_path, told)
    with pytest.raises(EmulatorError, match=words):
        read_recordings([tmp_path])
