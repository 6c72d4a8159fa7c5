"""Folders of recordings whose words are known.

Such a folder holds WAV files, 16-bit mono of any rate. The words of each stand, looked for in this order, in

* ``manifest.json``, a list of objects with ``file`` and ``text`` (``[{"file": "a.wav", "text": "Hello"}]``), whatever
  else they hold;
* a text file beside it: ``a.txt`` for ``a.wav``;
* the WAV file itself, as title or comment (:mod:`gemlive_emulator.audio.wav_header`).
"""

import json
from collections.abc import Iterable
from pathlib import Path

from gemlive_emulator.audio.recording import Recording
from gemlive_emulator.audio.wav import from_wav, text_in_wav
from gemlive_emulator.wire.errors import EmulatorError

MANIFEST = "manifest.json"


def read_recordings(folders: Iterable[str | Path]) -> list[Recording]:
    """All recordings of some folders, in the order of their names. They stay in memory.

    Raises:
        EmulatorError: naming the folder or file, and what would be right.
    """
    return [recording for folder in folders for recording in _read_folder(Path(folder))]


def _read_folder(folder: Path) -> list[Recording]:
    if not folder.is_dir():
        raise EmulatorError(f"recordings: {folder} is no folder; give one that holds WAV files")
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() == ".wav")
    texts = _read_manifest(folder)
    missing = sorted(texts.keys() - {file.name for file in files})
    if missing:
        raise EmulatorError(f"{folder / MANIFEST}: {missing[0]} is not in the folder; take it out, or add the file")
    if not files:
        raise EmulatorError(f"recordings: {folder} holds no WAV files (NAME.wav)")
    return [_read_file(file, texts.get(file.name, "")) for file in files]


def _read_file(file: Path, text: str) -> Recording:
    try:
        content = file.read_bytes()
        pcm, rate = from_wav(content)
    except (OSError, ValueError) as error:
        raise EmulatorError(f"{file}: {_told(error)}") from error
    text = text or _text_beside(file) or text_in_wav(content)
    if not text:
        raise EmulatorError(
            f"{file}: nothing tells the words that are spoken in it; write them into {file.with_suffix('.txt').name}, "
            f"into {MANIFEST}, or into the file's title"
        )
    return Recording(file.name, text, pcm, rate)


def _text_beside(file: Path) -> str:
    beside = file.with_suffix(".txt")
    if not beside.is_file():
        return ""
    text = " ".join(_read_text(beside).split())
    if not text:
        raise EmulatorError(f"{beside}: is empty; it has to tell the words that are spoken in {file.name}")
    return text


def _read_manifest(folder: Path) -> dict[str, str]:
    """Text by file name."""
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        entries = json.loads(_read_text(path))
    except ValueError as error:
        raise EmulatorError(f"{path}: {error}") from error
    right = 'a list like [{"file": "hello.wav", "text": "Hello"}]'
    if not isinstance(entries, list):
        raise EmulatorError(f"{path}: has to be {right}")
    texts: dict[str, str] = {}
    for number, entry in enumerate(entries):
        file, text = (entry.get("file"), entry.get("text")) if isinstance(entry, dict) else (None, None)
        if not (isinstance(file, str) and isinstance(text, str) and file and text.strip()):
            raise EmulatorError(f"{path}: [{number}] needs a file and a text; it has to be {right}")
        texts[file] = " ".join(text.split())
    return texts


def _read_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise EmulatorError(f"{path}: {_told(error)}") from error


def _told(error: Exception) -> str:
    return (error.strerror or "cannot be read") if isinstance(error, OSError) else str(error)
