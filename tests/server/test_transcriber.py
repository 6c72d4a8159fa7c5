"""Finding out what was said: the chain's order, off the loop, with the clock held; and in a whole emulator."""

import asyncio
import base64
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from live_server import AUDIO_MODEL, Client
from websockets.asyncio.client import connect

from gemlive_emulator import Emulator, Settings
from gemlive_emulator.audio.recording import Recording
from gemlive_emulator.server.clock import ManualClock, RealClock
from gemlive_emulator.server.recordings import read_recordings
from gemlive_emulator.server.transcriber import Transcriber
from gemlive_emulator.session.commands import Transcribe
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.wire.errors import EmulatorError

VOICES = Path(__file__).parents[2] / "fixtures" / "voices"
GEMINI = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
PHRASES = ("yes", "no")


class Listener:
    """Hears a word in everything, if there are phrases; or does what it is told instead."""

    def __init__(self, instead: Callable[[], Words | None] | None = None) -> None:
        self.asked: list[Transcribe] = []
        self._instead = instead

    def can_hear(self, phrases: Sequence[str]) -> bool:
        return bool(phrases)

    def recognise(self, request: Transcribe) -> Words | None:
        self.asked.append(request)
        assert threading.current_thread() is not threading.main_thread()
        return self._instead() if self._instead else Words(request.phrases[0], "recogniser")


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    return read_recordings([VOICES])


def stranger(phrases: tuple[str, ...] = ()) -> Transcribe:
    return Transcribe(1, bytes(9_000), 16_000, phrases)


async def heard(transcriber: Transcriber, request: Transcribe) -> Words | None:
    found: asyncio.Future[Words | None] = asyncio.get_running_loop().create_future()
    transcriber.transcribe(request, found.set_result)
    async with asyncio.timeout(20):
        return await found


@pytest.mark.parametrize("listener", [None, Listener()])
async def test_with_nobody_to_ask_there_is_nothing_to_do(listener: Listener | None) -> None:
    transcriber = Transcriber(RealClock(), (), listener)
    assert not transcriber.can_tell(stranger())
    assert transcriber.can_tell(stranger(PHRASES)) is (listener is not None)
    threads = threading.active_count()
    await transcriber.stop()
    assert threading.active_count() == threads


async def test_a_recording_is_told_with_its_name_and_score(recordings: list[Recording]) -> None:
    transcriber = Transcriber(RealClock(), recordings)
    assert transcriber.can_tell(stranger())
    for recording in recordings:
        words = await heard(transcriber, Transcribe(1, bytes(3_200) + recording.pcm + bytes(9_000), recording.rate))
        assert words == Words(recording.text, "recording", f"{recording.name}, exact, 1.00")
    await transcriber.stop()


async def test_recordings_come_before_the_recogniser(recordings: list[Recording]) -> None:
    listener = Listener()
    transcriber = Transcriber(RealClock(), recordings[:2], listener)
    known, unknown = recordings[0], recordings[5]
    words = await heard(transcriber, Transcribe(1, known.pcm, known.rate, PHRASES))
    assert words is not None
    assert (words.text, words.by, listener.asked) == (known.text, "recording", [])
    assert await heard(transcriber, Transcribe(2, unknown.pcm, unknown.rate, PHRASES)) == Words("yes", "recogniser")
    assert [request.id for request in listener.asked] == [2]
    assert await heard(transcriber, Transcribe(3, unknown.pcm, unknown.rate)) is None
    await transcriber.stop()


async def test_a_recogniser_that_fails_is_logged_and_knows_nothing(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> Words | None:
        raise RuntimeError("no such model")

    transcriber = Transcriber(RealClock(), (), Listener(fail))
    assert await heard(transcriber, stranger(PHRASES)) is None
    assert "an utterance could not be transcribed" in caplog.text
    assert "no such model" in caplog.text
    await transcriber.stop()


async def test_recordings_that_cannot_be_compared_do_not_silence_the_recogniser(
    caplog: pytest.LogCaptureFixture,
) -> None:
    odd = Recording("odd", "Odd", b"x", 16_000)
    transcriber = Transcriber(RealClock(), [odd], Listener())
    assert await heard(transcriber, stranger(PHRASES)) == Words("yes", "recogniser")
    assert "cannot be compared" in caplog.text
    await transcriber.stop()


async def test_the_index_may_be_made_before_anybody_speaks(recordings: list[Recording]) -> None:
    transcriber = Transcriber(RealClock(), recordings)
    transcriber.prepare()
    known = recordings[0]
    words = await heard(transcriber, Transcribe(1, known.pcm, known.rate))
    assert words is not None
    assert words.text == known.text
    await transcriber.stop()
    nothing = Transcriber(RealClock())
    nothing.prepare()
    await nothing.stop()


async def test_a_clock_moved_by_hand_waits_for_the_words() -> None:
    may_hear = threading.Event()

    def hear() -> Words | None:
        assert may_hear.wait(5)
        return None

    clock = ManualClock()
    transcriber = Transcriber(clock, (), Listener(hear))
    answers: list[Words | None] = []
    transcriber.transcribe(stranger(PHRASES), answers.append)
    asyncio.get_running_loop().call_soon(may_hear.set)
    await clock.advance(1)
    assert answers == [None]
    await transcriber.stop()


async def test_what_has_not_begun_when_it_stops_is_never_answered() -> None:
    began, may_hear = threading.Event(), threading.Event()

    def hear() -> Words | None:
        began.set()
        assert may_hear.wait(5)
        return None

    clock = ManualClock()
    transcriber = Transcriber(clock, (), Listener(hear))
    answers: list[int] = []
    for number in range(3):
        transcriber.transcribe(stranger(PHRASES), lambda words, number=number: answers.append(number))  # type: ignore[misc]
    assert await asyncio.to_thread(began.wait, 5)
    asyncio.get_running_loop().call_soon(may_hear.set)
    async with asyncio.timeout(5):
        await transcriber.stop()
        await clock.advance(0)
    assert answers == [0]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("gemlive-transcription")]
    await transcriber.stop()


# In a whole emulator.


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))


def quick(**more: Any) -> Settings:
    return Settings(port=0, pace="at-once", voice="formant", **{"recogniser": "off", **more})


async def speak(client: Client, pcm: bytes, rate: int = 16_000) -> None:
    """Stream an utterance and silence after it."""
    stream = pcm + bytes(2 * 2 * rate)
    for at in range(0, len(stream), 6_400):
        told = base64.b64encode(stream[at : at + 6_400]).decode()
        await client.send({"realtimeInput": {"audio": {"data": told, "mimeType": f"audio/pcm;rate={rate}"}}})


async def listened(emulator: Emulator, pcm: bytes, times: int = 1) -> list[str]:
    """What an emulator heard in some utterances, by the transcription that it sent."""
    async with connect(emulator.url.replace("http", "ws", 1) + GEMINI) as connection:
        client = Client(connection)
        config = {"responseModalities": ["AUDIO"]}
        await client.send({"setup": {"model": AUDIO_MODEL, "generationConfig": config, "inputAudioTranscription": {}}})
        await client.receive()
        told = []
        for _ in range(times):
            await speak(client, pcm)
            contents = [message.get("serverContent", {}) for message in await client.turn()]
            told.append("".join(content.get("inputTranscription", {}).get("text", "") for content in contents).strip())
        return told


async def test_an_emulator_knows_the_words_of_its_recordings(recordings: list[Recording]) -> None:
    async with Emulator(quick(recordings=(str(VOICES),))) as emulator:
        for name in ("hello.wav", "quiet.wav", "spanish.wav"):
            recording = next(one for one in recordings if one.name == name)
            assert await listened(emulator, recording.pcm) == [recording.text]


async def test_without_recordings_it_tells_how_long_the_speech_was(recordings: list[Recording]) -> None:
    async with Emulator(quick()) as emulator:
        [words] = await listened(emulator, recordings[0].pcm)
        assert words.startswith("(speech ")


async def test_what_a_test_says_comes_first_and_once(recordings: list[Recording]) -> None:
    hello = next(one for one in recordings if one.name == "hello.wav")
    async with Emulator(quick(recordings=(str(VOICES),))) as emulator:
        emulator.user_says("  Two plus\n two ")
        emulator.user_says("Next")
        assert await listened(emulator, hello.pcm, times=3) == ["Two plus two", "Next", hello.text]


def test_the_user_cannot_say_nothing() -> None:
    with pytest.raises(ValueError, match=r"user_says\(' \\n'\): give the words that the user says next"):
        Emulator(quick()).user_says(" \n")


async def test_recordings_that_are_not_right_are_told_at_the_start(tmp_path: Path) -> None:
    emulator = Emulator(quick(recordings=(str(tmp_path),)))
    with pytest.raises(EmulatorError, match="holds no WAV files"):
        await emulator.start()
    assert emulator.port == 0
