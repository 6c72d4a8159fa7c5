"""``say``: a text becomes a WAV file that tells its words."""

import io
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from click.testing import CliRunner

from gemlive_emulator.audio.wav import from_wav, text_in_wav
from gemlive_emulator.cli.main import main
from gemlive_emulator.wire.errors import EmulatorError

TEXT = "What is the weather like in Paris?"


def test_the_file_is_what_clients_stream_and_tells_its_words(run, tmp_path: Path):
    path = tmp_path / "question.wav"
    done = run("say", TEXT, "-o", str(path), "--voice", "formant")
    assert (done.returncode, done.stderr) == (0, "")
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16000)
        seconds = file.getnframes() / 16000
        assert any(file.readframes(file.getnframes()))
    assert 1 < seconds < 6
    assert text_in_wav(path.read_bytes()) == TEXT
    assert done.stdout.startswith(f"{path}: {seconds:.2f} s at 16000 Hz, Puck by formant")


def invoke(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["say", "--voice", "formant", *words])
    return done.exit_code, done.output


def test_without_a_name_the_file_is_in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    code, said = invoke(TEXT)
    assert (code, said.split(":")[0]) == (0, "speech.wav")
    assert from_wav((tmp_path / "speech.wav").read_bytes())[1] == 16000


def test_the_rate_and_the_voice_are_as_asked_for(tmp_path: Path):
    low, high = tmp_path / "low.wav", tmp_path / "high.wav"
    code, said = invoke(TEXT, "-o", str(low), "--rate", "8000", "--voice-name", "kore")
    assert (code, "Kore by formant" in said) == (0, True)
    assert invoke(TEXT, "-o", str(high), "--rate", "24000", "--voice-name", "Kore")[0] == 0
    (pcm, rate), (more, more_rate) = from_wav(low.read_bytes()), from_wav(high.read_bytes())
    assert (rate, more_rate) == (8000, 24000)
    assert len(more) == pytest.approx(3 * len(pcm), abs=4)
    assert invoke(TEXT, "-o", str(low), "--rate", "8000", "--voice-name", "Puck")[0] == 0
    assert from_wav(low.read_bytes())[0] != pcm


def test_a_long_text_is_all_its_sentences(tmp_path: Path):
    once, thrice = tmp_path / "once.wav", tmp_path / "thrice.wav"
    assert invoke(TEXT, "-o", str(once))[0] == 0
    assert invoke("\n".join([TEXT] * 3), "-o", str(thrice))[0] == 0
    assert len(from_wav(thrice.read_bytes())[0]) > 2.5 * len(from_wav(once.read_bytes())[0])
    assert text_in_wav(thrice.read_bytes()) == " ".join([TEXT] * 3)


def test_a_text_that_no_header_holds_is_spoken_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gemlive_emulator.audio.wav._LONGEST_TEXT", 20)
    path = tmp_path / "long.wav"
    code, said = invoke(TEXT, "-o", str(path))
    assert code == 0
    assert "Warning: the file does not tell its text: a text of 35 bytes" in said
    assert text_in_wav(path.read_bytes()) == ""
    assert len(from_wav(path.read_bytes())[0]) > 16000


def test_standard_output_gets_the_file_and_nothing_else(environment: dict[str, str]):
    command = [sys.executable, "-m", "gemlive_emulator", "say", TEXT, "-o", "-", "--voice", "formant"]
    done = subprocess.run(command, env=environment, capture_output=True, timeout=60, check=True)
    with wave.open(io.BytesIO(done.stdout)) as file:
        assert file.getframerate() == 16000
    assert done.stderr.decode().endswith("Puck by formant (deterministic speech-like sound, no real words)\n")


@pytest.mark.parametrize(
    ("words", "code", "right"),
    [
        (("  \n",), 2, "there is nothing to say"),
        ((TEXT, "--voice-name", "Pukc"), 2, "no voice is called 'Pukc'; did you mean Puck?"),
        ((TEXT, "--voice-name", "xyz"), 2, "no voice is called 'xyz'; `gemlive-emulator voices` lists them"),
        ((TEXT, "--rate", "400"), 2, "400 is not in the range"),
    ],
)
def test_what_cannot_be_said_is_told(words: tuple[str, ...], code: int, right: str):
    told = invoke(*words)
    assert told[0] == code
    assert right in told[1]


def test_a_file_that_cannot_be_written_is_one_clear_line(tmp_path: Path):
    path = tmp_path / "no such folder" / "a.wav"
    assert invoke(TEXT, "-o", str(path)) == (1, f"Error: {path} cannot be written: No such file or directory\n")


def test_an_engine_that_does_not_start_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(choice: str) -> None:
        raise EmulatorError(f"--voice {choice}: it is not installed")

    monkeypatch.setattr("gemlive_emulator.server.voices.Voices", refuse)
    path = tmp_path / "a.wav"
    assert invoke(TEXT, "-o", str(path)) == (1, "Error: --voice formant: it is not installed\n")
    assert not path.exists()
