"""``talk``: a client of our own, against an emulator in this process and by the command."""

import asyncio
import json
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from waiting import ready
from websockets.asyncio.server import ServerConnection, serve

from gemlive_emulator.audio.formant import FormantVoice
from gemlive_emulator.audio.resample import resample
from gemlive_emulator.audio.wav import from_wav, text_in_wav, to_wav
from gemlive_emulator.cli.calling import PATH, address, call
from gemlive_emulator.cli.conversing import Plan, Spoken, Talk, Typed
from gemlive_emulator.cli.main import main
from gemlive_emulator.cli.talk import DEFAULT_MODEL, setup_of
from gemlive_emulator.cli.told import Account, Told
from gemlive_emulator.server.emulator import Emulator
from gemlive_emulator.server.settings import Settings

QUESTION = "Tell me something about the sea."


def wav(text: str) -> bytes:
    """The text as ``say`` makes it."""
    pcm = FormantVoice().speak(text, "Puck", "en-US").pcm
    samples = resample(np.frombuffer(pcm, "<i2").astype(np.int16), 24000, 16000)
    return to_wav(samples.astype("<i2").tobytes(), 16000, text=text)


def spoken(text: str, name: str = "question.wav", header: bool = True) -> Spoken:
    content = wav(text)
    pcm, rate = from_wav(content)
    return Spoken(name, pcm, rate, content[: content.index(pcm)] if header else b"")


@pytest.fixture
async def emulator() -> AsyncIterator[Emulator]:
    async with Emulator(Settings(port=0, voice="formant", pace="at-once")) as emulator:
        yield emulator


async def held(
    url: str, *inputs: Typed | Spoken, model: str = DEFAULT_MODEL, account: Account | None = None, **plan
) -> tuple[Talk, list[Told]]:
    told: list[Told] = []
    talk = Talk(setup_of(model, {}), inputs, Plan(**{"as_fast": True, "patience": 20.0} | plan), account or Account())
    await asyncio.wait_for(call(address(url, None), talk, told.append), 60)
    return talk, told


def texts(told: list[Told], event: str) -> str:
    return "".join(one.more["text"] for one in told if one.event == event)


def named(told: list[Told], *events: str) -> list[str]:
    return [one.event for one in told if one.event in events]


async def test_a_spoken_question_is_heard_and_answered(emulator: Emulator):
    account = Account(keeps_sound=True)
    talk, told = await held(emulator.url, spoken(QUESTION), account=account)
    assert talk.problem == ""
    assert named(told, "connected", "setup-complete", "sending", "sent", "first-audio", "audio", "turn-complete") == [
        "connected", "setup-complete", "sending", "sent", "first-audio", "audio", "turn-complete",
    ]  # fmt: skip
    assert texts(told, "heard").strip() == QUESTION, "the header of the file tells its words"
    assert texts(told, "says")
    [audio] = [one for one in told if one.event == "audio"]
    assert audio.more["bytes"] == len(account.sound)
    assert audio.more["seconds"] == pytest.approx(len(account.sound) / 48000)
    assert [one.at for one in told] == sorted(one.at for one in told)


async def test_without_its_header_the_length_of_the_speech_is_heard(emulator: Emulator):
    _, told = await held(emulator.url, spoken(QUESTION, header=False))
    assert texts(told, "heard").strip().startswith("(speech ")


async def test_activity_and_handles_are_told_where_the_family_sends_them(emulator: Emulator):
    _, told = await held(emulator.url, spoken(QUESTION), model="gemini-3.8-live")
    assert named(told, "activity-start", "activity-end") == ["activity-start", "activity-end"]
    assert "handle" in [one.event for one in told]


async def test_several_turns_typed_and_spoken(emulator: Emulator):
    talk, told = await held(emulator.url, Typed("Hello!"), spoken(QUESTION), spoken("Thank you.", "thanks.wav"))
    assert talk.problem == ""
    assert named(told, "sending", "turn-complete") == ["sending", "turn-complete"] * 3


async def test_a_second_file_interrupts_the_answer_to_the_first():
    async with Emulator(Settings(port=0, voice="formant", pace="real-time")) as emulator:
        talk, told = await held(emulator.url, spoken(QUESTION), spoken("Stop it.", "stop.wav"), barge_in=0.1)
    assert talk.problem == ""
    assert named(told, "sending", "first-audio", "interrupted", "turn-complete") == [
        "sending", "first-audio", "sending", "interrupted", "turn-complete", "first-audio", "turn-complete",
    ]  # fmt: skip
    _, first, barge, cut, *_ = [one.at for one in told if one.event in ("sending", "first-audio", "interrupted")]
    assert barge == pytest.approx(first + 0.1, abs=0.001)
    assert cut > barge
    assert texts(told, "heard").split() == f"{QUESTION} Stop it.".split()


async def test_a_stream_that_stops_may_never_be_answered():
    async with Emulator(Settings(port=0, voice="formant", pace="at-once", idle_end=0)) as emulator:
        talk, told = await held(emulator.url, spoken(QUESTION), silence=0.0, patience=1.0)
    assert talk.problem == "nothing came for 1 s and the answer to question.wav has not ended"
    assert named(told, "heard", "turn-complete") == []


async def test_a_close_is_told_with_its_code_and_words():
    async with Emulator(Settings(port=0, keys={"good-key": "valid"})) as emulator:
        talk, told = await held(emulator.url, Typed("Hello!"))
    assert told[-1].event == "closed"
    assert told[-1].more["code"] in (1007, 1008)
    assert talk.problem == f"the server closed the connection: {told[-1].words}"


@pytest.mark.parametrize("secure", ["wss", "https"])
async def test_a_certificate_that_is_not_trusted_is_told(emulator: Emulator, secure: str, tmp_path, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    with pytest.raises(click.ClickException, match="its certificate is not trusted"):
        await held(emulator.url.replace("http", secure), Typed("Hello!"))
    monkeypatch.setenv("SSL_CERT_FILE", str(emulator.certificates.bundle_file))
    talk, told = await held(emulator.url.replace("http", secure), Typed("Hello!"))
    assert talk.problem == ""
    assert told[0].words == f"wss://127.0.0.1:{emulator.port}"


async def odd(connection: ServerConnection) -> None:
    await connection.recv()
    for frame in ("no JSON", b"\xff", "[1]"):
        await connection.send(frame)
    connection.transport.abort()


async def test_a_server_that_speaks_nonsense_and_breaks_off():
    async with serve(odd, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        talk, told = await held(f"ws://127.0.0.1:{port}", Typed("Hello!"))
    assert [one.event for one in told] == ["connected", "other", "other", "other", "closed"]
    assert talk.problem == "the connection broke"


async def test_a_refusal_over_http_is_told_without_the_key():
    def refuse(connection: ServerConnection, request):
        assert request.headers["x-goog-api-key"] == "my-own-secret-1234"
        return connection.respond(HTTPStatus.FORBIDDEN, "not with key=my-own-secret-1234\n")

    async with serve(odd, "127.0.0.1", 0, process_request=refuse) as server:
        port = server.sockets[0].getsockname()[1]
        talk = Talk({}, [Typed("Hello!")], Plan(), Account())
        with pytest.raises(click.ClickException) as refused:
            await call(address(f"ws://127.0.0.1:{port}", "my-own-secret-1234"), talk, print)
    assert refused.value.message == f"ws://127.0.0.1:{port}: refused with HTTP 403 not with key=...1234"


async def test_a_server_that_is_none_is_told():
    async with await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(click.ClickException, match="no WebSocket answers"):
            await held(f"127.0.0.1:{port}", Typed("Hello!"))


@pytest.mark.parametrize(
    ("url", "dialled", "shown"),
    [
        ("ws://127.0.0.1:8765", "ws://127.0.0.1:8765" + PATH, "ws://127.0.0.1:8765"),
        ("127.0.0.1:8765/", "ws://127.0.0.1:8765" + PATH, "ws://127.0.0.1:8765"),
        ("http://[::1]:1", "ws://[::1]:1" + PATH, "ws://[::1]:1"),
        ("https://host/base?key=secret", f"wss://host/base{PATH}?key=secret", "wss://host/base"),
        ("wss://host" + PATH, "wss://host" + PATH, "wss://host"),
    ],
)
def test_an_address_may_be_a_base_or_a_whole_url(url: str, dialled: str, shown: str):
    where = address(url, "secret")
    assert (where.url, where.shown) == (dialled, shown)
    assert where.headers == {"x-goog-api-key": "secret"}
    assert "secret" not in repr(where)
    assert address(url, None).headers == address(url, "").headers == {}


def test_vertex_is_given_a_bearer():
    path = "/ws/google.cloud.aiplatform.v1.LlmBidiService/BidiGenerateContent"
    where = address(f"wss://us-central1-aiplatform.googleapis.com{path}", "token")
    assert where.headers == {"Authorization": "Bearer token"}
    assert where.url == where.shown == f"wss://us-central1-aiplatform.googleapis.com{path}"


@pytest.mark.parametrize(
    "url", ["ftp://host", "ws://", "ws://host:port", "ws://[::1", "ws://host:0", "ws://host:70000"]
)
def test_what_is_no_address_is_told(url: str):
    with pytest.raises(ValueError, match=re.escape("is no address; it has to be like ws://127.0.0.1:8765 or wss://")):
        address(url, None)


def test_the_setup_asks_for_sound_and_both_transcriptions():
    assert setup_of("m", {}) == {
        "model": "models/m",
        "generationConfig": {"responseModalities": ["AUDIO"]},
        "inputAudioTranscription": {},
        "outputAudioTranscription": {},
    }


def test_what_is_given_is_laid_over_the_setup():
    given = {"generationConfig": {"temperature": 0}, "inputAudioTranscription": None, "tools": [{}], "none": None}
    assert setup_of("projects/p/models/m", given) == {
        "model": "projects/p/models/m",
        "generationConfig": {"responseModalities": ["AUDIO"], "temperature": 0},
        "outputAudioTranscription": {},
        "tools": [{}],
    }


@pytest.fixture
def question(tmp_path: Path) -> Path:
    path = tmp_path / "question.wav"
    path.write_bytes(wav(QUESTION))
    return path


def test_the_command_finds_the_emulator_that_it_runs_against(run, question: Path, tmp_path: Path):
    out = tmp_path / "answer.wav"
    words = ("--as-fast", "--model", "gemini-3.1-flash-live-preview", "--out", str(out))
    ours = ("-m", "gemlive_emulator", "talk", str(question), *words)
    done = run("exec", "--voice", "formant", "--pace", "at-once", "--", sys.executable, *ours)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split()[0] for line in lines] == sorted(line.split()[0] for line in lines)
    assert f'heard                 "{QUESTION}"' in done.stdout
    assert "first audio" in done.stdout
    assert "turn complete         tokens: prompt " in lines[-1]
    pcm, rate = from_wav(out.read_bytes())
    assert rate == 24000
    assert any(pcm)
    assert text_in_wav(out.read_bytes()) == ""


def test_events_as_json_and_no_key_in_them(run, question: Path):
    ours = ("-m", "gemlive_emulator", "talk", str(question), "--as-fast", "--json")
    exec_ = ("exec", "--voice", "formant", "--pace", "at-once", "--log-level", "debug", "--", sys.executable)
    done = run(*exec_, *ours, GEMINI_API_KEY="my-own-secret-1234")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["event"] for event in events][:4] == ["connected", "setup-complete", "sending", "sent"]
    assert events[-1]["event"] == "turn-complete"
    assert "my-own-secret" not in done.stdout + done.stderr


def test_a_close_is_exit_code_1(run, tmp_path: Path):
    (tmp_path / "keys.yaml").write_text("old-key: expired\n")
    ours = ("-m", "gemlive_emulator", "talk", "--text", "Hello!", "--api-key", "old-key")
    done = run("exec", "--log-level", "error", "--keys", str(tmp_path / "keys.yaml"), "--", sys.executable, *ours)
    assert done.returncode == 1
    assert "closed                1007 API key expired. Please renew the API key." in done.stdout
    assert done.stderr == "Error: the server closed the connection: 1007 API key expired. Please renew the API key.\n"


def invoke(*words: str, **environment: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["talk", *words], env={"GOOGLE_GEMINI_BASE_URL": None} | environment)
    return done.exit_code, done.output


def test_where_nothing_listens_one_line_says_what_to_do(question: Path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"ws://127.0.0.1:{probe.getsockname()[1]}"
        told = invoke(str(question), "--url", url)
    hint = "an emulator starts with `gemlive-emulator serve`"
    assert told == (1, f"Error: {url}: no connection (nothing listens there); {hint}\n")


@pytest.mark.parametrize(
    ("words", "right"),
    [
        ((), "there is nothing to say: give WAV files, --text or --mic"),
        (("--text", "Hi", "--url", "ftp://host"), "is no address"),
        (("--text", "Hi", "--setup", "{"), "it is no JSON"),
        (("--text", "Hi", "--setup", "[]"), "it has to be a JSON object"),
        (("--text", "Hi", "--chunk", "0"), "'0' has to be more than 0 seconds, for example 1.5, 1.5s, 20ms or 10m"),
        (
            ("--text", "Hi", "--silence", "-1"),
            "'-1' has to be seconds, for example 1.5, 1.5s, 20ms or 10m, or until-answered",
        ),
        (("--text", "Hi", "--barge-in", "soon"), "'soon' has to be seconds"),
        (("--text", "Hi", "--patience", "inf"), "'inf' has to be more than 0 seconds"),
        (("no such file.wav",), "does not exist"),
    ],
)
def test_what_is_called_wrongly_is_told(words: tuple[str, ...], right: str):
    code, said = invoke(*words)
    assert code == 2
    assert right in said


def test_lengths_of_time_are_read_as_people_write_them():
    context = main.get_command(click.Context(main), "talk").make_context
    given = ["--text", "Hi", "--chunk", "100ms", "--silence", "1.5s", "--barge-in", "2", "--patience", " 3 s"]
    params = context("talk", given).params
    assert (params["chunk"], params["silence"], params["barge_in"], params["patience"]) == (0.1, 1.5, 2.0, 3.0)
    params = context("talk", ["--text", "Hi"]).params
    assert Plan() == Plan(**{name: params[name] for name in ("chunk", "as_fast", "silence", "barge_in", "patience")})


def test_an_answer_that_cannot_be_kept_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    async def nothing(*_: object) -> None:
        return

    monkeypatch.setattr("gemlive_emulator.cli.calling.call", nothing)
    out = tmp_path / "no such folder" / "a.wav"
    code, said = invoke("--text", "Hi", "--out", str(out))
    assert (code, said) == (1, f"Error: {out} cannot be written: No such file or directory\n")


FAKE_MICROPHONE = """
class PortAudioError(Exception):
    pass

class RawInputStream:
    def __init__(self, *, samplerate, channels, dtype, callback):
        assert (samplerate, channels, dtype) == (16000, 1, "int16")
        self.callback = callback
        if {broken}:
            raise PortAudioError("Error querying device -1")

    def start(self):
        import wave
        with wave.open({path!r}) as file:
            sound = file.readframes(file.getnframes())
        for start in range(0, len(sound), 640):
            self.callback(memoryview(sound[start:start + 640]), 320, None, None)
        for _ in range(100):
            self.callback(memoryview(bytes(640)), 320, None, None)

    def close(self):
        print("microphone closed", flush=True)
"""


def test_the_microphone_is_heard_until_ctrl_c(start, question: Path, tmp_path: Path):
    (tmp_path / "sounddevice.py").write_text(FAKE_MICROPHONE.format(path=str(question), broken=False))
    served = ready(start("serve", "--port", "0", "--voice", "formant", "--pace", "at-once"))
    out = tmp_path / "answer.wav"
    process = start("talk", "--mic", "--url", served["url"], "--out", str(out), PYTHONPATH=str(tmp_path))
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "turn complete" in line:
            break
    process.send_signal(signal.SIGINT)
    rest, problems = process.communicate(timeout=20)
    assert (process.returncode, problems) == (0, "")
    assert rest.endswith("microphone closed\n")
    assert "microphone, 16000 Hz" in "".join(lines)
    assert any(from_wav(out.read_bytes())[0])


@pytest.mark.parametrize(
    ("module", "right"),
    [
        ("raise ImportError('No module')", "--mic needs the library sounddevice: pip install 'gemlive-emulator[mic]'"),
        (
            "raise OSError('PortAudio library not found')",
            "--mic needs PortAudio (on Debian: apt install libportaudio2)",
        ),
        (FAKE_MICROPHONE.format(path="", broken=True), "--mic: no microphone can be opened: Error querying device -1"),
    ],
)
def test_a_microphone_that_is_not_there_is_one_clear_line(run, tmp_path: Path, module: str, right: str):
    (tmp_path / "sounddevice.py").write_text(module)
    done = run("talk", "--mic", PYTHONPATH=str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith(f"Error: {right}")
