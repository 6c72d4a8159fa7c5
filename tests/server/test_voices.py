"""Voices: whatever befalls the engine, the answer comes; and nothing is left behind."""

import importlib.util
import logging
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gemlive_emulator.audio.speech import Sound, Speech
from gemlive_emulator.server import espeak_library, speech_process, voices
from gemlive_emulator.server.speech_process import WorkerEngine
from gemlive_emulator.server.voices import INSTALL, LOSSES_IN_A_ROW, Voices
from gemlive_emulator.wire.errors import EmulatorError

Make = Callable[[str], Voices]
ON_POSIX = pytest.mark.skipif(os.name != "posix", reason="stops and kills by signal")


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[Voices] = []

    def make_voices(choice: str) -> Voices:
        made.append(Voices(choice))
        return made[-1]

    yield make_voices
    for one in made:
        one.close()


def worker_of(speaking: Voices) -> int:
    assert speaking.pid is not None
    return speaking.pid


def is_whole(speech: Speech, text: str) -> bool:
    return speech.text == text == "".join(word.text for word in speech.words) and speech.seconds > 0.3


def by_formant(text: str, voice: str = "Kore") -> Speech:
    return Voices("formant").speak(text, voice, "")


# Which engine


def test_the_formant_voice_needs_no_process(make: Make) -> None:
    speaking = make("formant")
    speech = speaking.speak("Hello, you!", "Kore", "en-US")
    assert is_whole(speech, "Hello, you!")
    assert [chunk.samples for chunk in speech.chunks[:2]] == [4_800, 5_760]
    assert (speaking.name, speaking.pid) == ("formant", None)
    assert speaking.describe() == "formant (deterministic speech-like sound, no real words)"
    speaking.start()


def test_auto_takes_espeak_and_tells_its_version_once_it_runs(make: Make) -> None:
    speaking = make("auto")
    assert (speaking.name, speaking.pid) == ("espeak", None)
    assert "starts with the first answer" in speaking.describe()
    speech = speaking.speak("Hello, how can I help you?", "Kore", "en-US")
    assert is_whole(speech, "Hello, how can I help you?")
    assert speaking.describe().startswith("espeak-ng 1.")
    starts = [word.start for word in speech.words]
    assert starts == sorted(set(starts))


def test_auto_without_an_engine_says_how_to_get_one(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak_library, "is_there", lambda: False)
    monkeypatch.setattr(sys, "platform", "linux")
    speaking = make("auto")
    assert speaking.name == "formant"
    assert speaking.describe().endswith(f"for real speech: {INSTALL}")


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_auto_takes_the_systems_voices_where_there_is_no_espeak(
    make: Make, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    monkeypatch.setattr(espeak_library, "is_there", lambda: False)
    monkeypatch.setattr(sys, "platform", platform)
    assert make("auto").name == "pyttsx3"


def test_an_unknown_engine_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(EmulatorError, match="no voice engine 'festival'; there are auto, formant, espeak, pyttsx3"):
        Voices("festival")


@pytest.mark.parametrize("choice", ["espeak", "pyttsx3"])
def test_an_engine_that_is_not_installed_is_refused_with_what_to_install(
    choice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(espeak_library, "is_there", lambda: False)
    monkeypatch.setattr(voices, "_has_pyttsx3", lambda: False)
    with pytest.raises(EmulatorError, match=r'pip install "gemlive-emulator\[voice\]"'):
        Voices(choice)


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_looking_for_a_library_finds_files_only(platform: str) -> None:
    assert all(Path(file).is_file() for file in espeak_library.system_libraries(platform))


def test_making_voices_loads_no_numpy_and_starts_no_process() -> None:
    script = f"""
import sys
sys.path[:] = {sys.path!r}
import subprocess
subprocess.Popen = None
from gemlive_emulator.server.voices import Voices
voices = Voices("auto")
voices.describe()
voices.lookup("Hello", "Kore", "")
voices.close()
sys.exit("numpy" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="the system's own voices are not the same everywhere")
def test_stock_pyttsx3_speaks_from_its_own_worker_and_tidies_up(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    speaking = make("pyttsx3")
    speaking.start()
    assert speaking.describe().startswith("pyttsx3 2.")
    assert is_whole(speaking.speak("Hello, you!", "Puck", "en-US"), "Hello, you!")
    assert len(list(tmp_path.iterdir())) == 1
    speaking.close()
    assert not list(tmp_path.iterdir())


# What befalls the engine


@ON_POSIX
def test_a_worker_killed_in_mid_sentence_costs_that_sentence_only(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    speaking = make("espeak")
    speaking.start()
    first = worker_of(speaking)
    os.kill(first, signal.SIGSTOP)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(speaking.speak, "This is cut short.", "Kore", "")
        os.kill(first, signal.SIGKILL)
        assert answer.result(10) == by_formant("This is cut short.")
    assert "espeak did not speak a sentence of 18 characters (the worker was ended by signal 9)" in caplog.text
    assert len(caplog.records) == 1
    again = speaking.speak("This is cut short.", "Kore", "")
    assert again != by_formant("This is cut short.")
    assert worker_of(speaking) != first
    assert speaking.name == "espeak"


@ON_POSIX
def test_a_worker_that_hangs_is_ended_in_time(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(speech_process, "SENTENCE_SECONDS", 0.1)
    monkeypatch.setattr(speech_process, "CHARACTER_SECONDS", 0.0)
    speaking = make("espeak")
    speaking.start()
    hung = worker_of(speaking)
    os.kill(hung, signal.SIGSTOP)
    assert speaking.speak("Hello.", "Kore", "") == by_formant("Hello.")
    assert "no answer within 0.1 s" in caplog.text
    with pytest.raises(ProcessLookupError):
        os.kill(hung, 0)
    monkeypatch.undo()
    assert speaking.speak("Hello.", "Kore", "") != by_formant("Hello.")


def test_an_engine_lost_again_and_again_is_given_up(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    speaking = make("auto")
    speaking.start()
    monkeypatch.setattr(speech_process, "_WORKER_MODULE", "no_such_module")
    monkeypatch.setattr(speech_process, "SENTENCE_SECONDS", 0.0)
    monkeypatch.setattr(speech_process, "CHARACTER_SECONDS", 0.0)
    for count in range(LOSSES_IN_A_ROW + 1):
        assert speaking.name == "espeak"
        text = f"{count} bottles hanging on the wall, one falls. " * 5
        assert is_whole(speaking.speak(text.strip(), "Kore", ""), text.strip())
        if speaking.name == "formant":
            break
    assert speaking.name == "formant"
    assert "from now on formant speaks" in caplog.text
    assert "espeak was lost 3 times in a row" in speaking.describe()
    known = speaking.speak("Once more.", "Kore", "")
    assert known is speaking.lookup("Once more.", "Kore", "")


def test_an_engine_that_makes_no_sound_is_spoken_for(
    make: Make, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    speaking = make("espeak")
    monkeypatch.setattr(WorkerEngine, "speak", lambda *_arguments: Sound(b"", ()))
    assert speaking.speak("Hello.", "Kore", "") == by_formant("Hello.")
    assert "it made no sound" in caplog.text
    assert speaking.lookup("Hello.", "Kore", "") is None


def fake_loader(folder: Path, *, with_data: bool) -> Path:
    """A package like the one from PyPI, in another place."""
    spec = importlib.util.find_spec(espeak_library.LOADER)
    assert spec is not None
    assert spec.origin is not None
    copied = folder / espeak_library.LOADER
    ignored = None if with_data else shutil.ignore_patterns("espeak-ng-data")
    shutil.copytree(Path(spec.origin).parent, copied, ignore=ignored)
    return folder


@pytest.mark.skipif(any(espeak_library.system_libraries(sys.platform)), reason="the system's espeak-ng would step in")
@pytest.mark.parametrize("choice", ["espeak", "pyttsx3"])
def test_missing_data_files_cost_the_engine_and_no_answer(
    choice: str, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.syspath_prepend(fake_loader(tmp_path, with_data=False))
    speaking = make(choice)
    assert speaking.speak("Hello.", "Kore", "") == by_formant("Hello.")
    assert f"{choice} does not start" in caplog.text
    assert speaking.name == "formant"
    assert "does not start" in speaking.describe()
    with pytest.raises(EmulatorError, match=f"--voice {choice}: {choice} does not start"):
        speaking.start()


def test_data_files_in_a_deep_folder_are_found(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = fake_loader(tmp_path / ("deep" * 25) / ("down" * 25), with_data=True)
    monkeypatch.syspath_prepend(folder)
    assert len(str(folder)) > 200
    speaking = make("espeak")
    speaking.start()
    assert is_whole(speaking.speak("Hello.", "Kore", ""), "Hello.")


def test_a_worker_is_not_misled_by_files_where_the_server_runs(
    make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    make("espeak").start()


def test_without_an_interpreter_the_formant_voice_speaks(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(Path("no", "such", "python")))
    speaking = make("auto")
    assert speaking.speak("Hello.", "Kore", "") == by_formant("Hello.")
    assert "the worker does not start" in speaking.describe()


# Any text


@pytest.mark.parametrize("choice", ["formant", "espeak"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("A\x00b \ud800 c", "A\x00b \ufffd c"),
        ("One. \ud83d\ude00 Two.", "One. \ufffd\ufffd Two."),
        ("<b>bold</b> [[x]] & <speak>", "<b>bold</b> [[x]] & <speak>"),
        ("日本語、ok? नमस्ते! \U0001f44d", "日本語、ok? नमस्ते! \U0001f44d"),
        ("...", "..."),
        (" \n ", " \n "),
        ("word " * 7_999 + "word.", "word " * 7_999 + "word."),
        ("y" * 40_000, "y" * 40_000),
    ],
    ids=["nul", "pair", "markup", "scripts", "dots", "blank", "40,000 characters", "40,000 letters"],
)
def test_any_text_is_answered(choice: str, text: str, told: str, make: Make, caplog: pytest.LogCaptureFixture) -> None:
    speaking = make(choice)
    assert is_whole(speaking.speak(text, "Puck", ""), told)
    assert speaking.name == choice
    assert not caplog.records


@pytest.mark.parametrize("choice", ["formant", "espeak"])
def test_nothing_is_a_short_silence(choice: str, make: Make) -> None:
    speech = make(choice).speak("", "Puck", "")
    assert (speech.text, speech.words, speech.seconds) == ("", (), 0.4)


# Memory


@pytest.mark.parametrize("choice", ["formant", "espeak"])
def test_what_was_said_is_at_hand(choice: str, make: Make) -> None:
    speaking = make(choice)
    assert speaking.lookup("Hello.", "Kore", "") is None
    speech = speaking.speak("Hello.", "Kore", "")
    assert speaking.lookup("Hello.", "kore", "") is speech
    assert speaking.speak("Hello.", "Kore", "") is speech
    assert speaking.lookup("Hello.", "Puck", "") is None
    assert speaking.lookup("Hello.", "Kore", "de-DE") is None
    assert speaking.lookup("Hello!", "Kore", "") is None
    later = speaking.speak("Hello.", "Kore", "", first=False)
    assert (speech.chunks[0].samples, later.chunks[0].samples) == (4_800, 5_760)
    assert speaking.lookup("Hello.", "Kore", "", first=False) is later


def test_an_unknown_voice_is_the_default_one(make: Make) -> None:
    speaking = make("formant")
    assert speaking.speak("Hello.", "Sulafar", "") is speaking.speak("Hello.", "Puck", "")


@pytest.mark.parametrize("choice", ["formant", "espeak"])
def test_threads_that_say_the_same_get_the_same(choice: str, make: Make) -> None:
    speaking = make(choice)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda _index: speaking.speak("All together.", "Kore", ""), range(12)))
    assert all(answer is answers[0] for answer in answers)


def test_voices_of_two_emulators_do_not_meet(make: Make) -> None:
    one, other = make("espeak"), make("espeak")
    first = one.speak("Hello.", "Kore", "")
    assert other.lookup("Hello.", "Kore", "") is None
    assert other.speak("Hello.", "Kore", "") is not first
    assert one.pid != other.pid
    one.close()
    assert is_whole(other.speak("Still here.", "Kore", ""), "Still here.")


# The end


@ON_POSIX
def test_close_leaves_no_process_and_no_thread(make: Make) -> None:
    threads = threading.active_count()
    speaking = make("espeak")
    speaking.speak("Hello.", "Kore", "")
    worker = worker_of(speaking)
    speaking.close()
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)
    assert threading.active_count() == threads
    speaking.close()


def test_after_close_the_formant_voice_speaks(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    begun, fresh = make("espeak"), make("espeak")
    begun.start()
    for speaking in (begun, fresh):
        speaking.close()
        assert speaking.speak("Late.", "Kore", "") == by_formant("Late.")
        assert speaking.pid is None
    assert not caplog.records


@ON_POSIX
def test_close_ends_what_is_being_said(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    speaking = make("espeak")
    speaking.start()
    os.kill(worker_of(speaking), signal.SIGSTOP)
    with ThreadPoolExecutor(1) as thread:
        answer = thread.submit(speaking.speak, "This never ends.", "Kore", "")
        speaking.close()
        assert answer.result(10) == by_formant("This never ends.")
    assert not caplog.records


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux to wait for a process that is not a child")
def test_a_worker_ends_with_its_server_and_never_prints() -> None:
    script = f"""
import sys
sys.path[:] = {sys.path!r}
from gemlive_emulator.server.voices import Voices
voices = Voices("espeak")
voices.speak("Hello.", "Kore", "")
print(voices.pid, flush=True)
sys.stdin.read()
"""
    server = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert server.stdout is not None
    told = server.stdout.readline()
    worker = os.pidfd_open(int(told))
    try:
        server.kill()
        rest, _nothing = server.communicate(timeout=10)
        assert rest == b""
        assert select.select([worker], [], [], 10)[0] == [worker]
    finally:
        os.close(worker)
