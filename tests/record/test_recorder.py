"""The proxy, with an emulator as the service behind it: what comes through, and what is written."""

import asyncio
import json
import ssl
import stat
import sys
import urllib.request
from pathlib import Path

import httpx
import pytest
from recorded_desk import PATH, SETUP, Talker, finished, quick, recording, said, talking, tape_of
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gemlive_emulator import Emulator
from gemlive_emulator.record.recorder import Recorder, Terms
from gemlive_emulator.wire.errors import EmulatorError
from gemlive_emulator.wire.tape import lacks_sound

CANARY = "AIza" + "SyCanary0123456789012345678901234567"  # in two, so that no scanner takes it for a key


async def test_a_session_goes_through_and_is_written(tmp_path: Path) -> None:
    async with Emulator(quick()) as emulator, recording(tmp_path / "calls", emulator) as recorder:
        async with talking(recorder.url) as talker:
            answer = await talker.say("Hello")
        async with talking(emulator.url) as direct:
            assert await direct.say("Hello") == answer
        await finished(recorder)
        [path] = recorder.files
    tape = tape_of(path)
    sent = [one.message for one in tape.taped if one.side == "client" and one.code is None]
    assert sent[0] == SETUP
    assert [one.message for one in tape.taped if one.side == "server"] == [{"setupComplete": {}}, *answer]
    assert tape.path == PATH
    assert tape.about["upstream"] == emulator.url.replace("http", "ws", 1)
    assert (tape.taped[-1].side, tape.taped[-1].code) == ("client", 1000)
    times = [one.time for one in tape.taped]
    assert times == sorted(times)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
async def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    async with Emulator(quick()) as emulator, recording(tmp_path / "calls", emulator) as recorder:
        async with talking(recorder.url):
            pass
        [path] = recorder.files
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def ours(logged: pytest.LogCaptureFixture) -> str:
    """What this package logs; the tests' own clients log what they send."""
    return "".join(logged.handler.format(record) for record in logged.records if record.name.startswith("gemlive"))


@pytest.mark.parametrize(
    ("query", "headers"),
    [
        (f"?key={CANARY}", {}),
        ("?%6bey=" + CANARY, {}),
        (f"?access_token={CANARY}", {}),
        ("", {"x-goog-api-key": CANARY}),
        ("", {"Authorization": f"Bearer ya29.{CANARY}"}),
        ("", {"Authorization": f"Token {CANARY}"}),
        (f"?KEY={CANARY}", {"Cookie": f"session={CANARY}"}),
    ],
)
async def test_no_credential_is_written_or_logged(
    tmp_path: Path, logged: pytest.LogCaptureFixture, query: str, headers: dict[str, str]
) -> None:
    async with Emulator(quick()) as emulator, recording(tmp_path / "calls", emulator) as recorder:
        async with talking(recorder.url, query=query, additional_headers=headers) as talker:
            await talker.say(f"My key is {CANARY}, keep it")
        [path] = recorder.files
    written = path.read_text(encoding="utf-8") + str(path)
    assert "My key is <hidden>" in written
    assert CANARY not in written
    assert CANARY not in ours(logged)


async def test_the_credential_reaches_the_service(tmp_path: Path) -> None:
    settings = quick(keys={CANARY: "valid"})
    async with Emulator(settings) as emulator, recording(tmp_path / "calls", emulator) as recorder:
        async with talking(recorder.url, query=f"?key={CANARY}") as talker:
            assert await talker.say("Hello")
        async with talking(recorder.url, additional_headers={"x-goog-api-key": CANARY}) as talker:
            assert await talker.say("Hello")
        async with connect(recorder.url.replace("http", "ws") + PATH + "?key=another-key") as socket:
            await socket.send(json.dumps(SETUP))
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
        await finished(recorder)
        last = tape_of(recorder.files[-1]).taped[-1]
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1007
    assert (last.side, last.code, last.words) == ("server", 1007, closed.value.rcvd.reason)


async def test_a_key_of_a_few_letters_takes_no_words_out(tmp_path: Path) -> None:
    async with Emulator(quick()) as emulator, recording(tmp_path / "calls", emulator) as recorder:
        async with talking(recorder.url, query="?key=any") as talker:
            await talker.say("Is there any?")
        [path] = recorder.files
    assert "Is there any?" in path.read_text(encoding="utf-8")


async def test_a_refused_upgrade_is_refused_with_the_same_words(tmp_path: Path) -> None:
    settings = quick(keys={CANARY: {"state": "valid", "sessions": 1}}, quota_at="upgrade")
    async with Emulator(settings) as emulator, recording(tmp_path, emulator) as recorder:
        query = f"?key={CANARY}"
        async with talking(emulator.url, query=query):
            with pytest.raises(InvalidStatus) as direct:
                await connect(emulator.url.replace("http", "ws") + PATH + query)
            with pytest.raises(InvalidStatus) as through:
                await connect(recorder.url.replace("http", "ws") + PATH + query)
        assert recorder.files == ()
    one, other = direct.value.response, through.value.response
    assert (one.status_code, one.body) == (other.status_code, other.body)
    assert one.status_code == 429


async def test_a_service_out_of_reach_is_told_without_the_key(tmp_path: Path, logged: pytest.LogCaptureFixture) -> None:
    async with Emulator(quick()) as emulator:
        url = emulator.url
    async with Recorder(Terms(upstream=url, output=tmp_path / "calls", port=0)) as recorder:
        with pytest.raises(InvalidStatus) as refused:
            await connect(recorder.url.replace("http", "ws") + PATH + f"?key={CANARY}")
        async with httpx.AsyncClient(trust_env=False) as http:
            answer = await http.get(f"{recorder.url}/v1beta/models?key={CANARY}")
    assert refused.value.response.status_code == answer.status_code == 502
    assert b"cannot be reached" in refused.value.response.body
    assert CANARY not in ours(logged) + answer.text


async def test_a_service_that_speaks_no_http_is_told(tmp_path: Path) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"nonsense\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(babble, "127.0.0.1", 0) as server:
        upstream = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with (
            Recorder(Terms(upstream=upstream, output=tmp_path / "calls", port=0)) as recorder,
            httpx.AsyncClient(trust_env=False) as http,
        ):
            answer = await http.get(f"{recorder.url}/v1beta/models")
    assert answer.status_code == 502
    assert "cannot be reached: nonsense" in answer.json()["error"]["message"]


async def test_rest_calls_go_through(tmp_path: Path) -> None:
    settings = quick(keys={CANARY: "valid"})
    async with (
        Emulator(settings) as emulator,
        recording(tmp_path, emulator) as recorder,
        httpx.AsyncClient(trust_env=False) as http,
    ):
        models = await http.get(f"{recorder.url}/v1beta/models?pageSize=2")
        assert models.json() == (await http.get(f"{emulator.url}/v1beta/models?pageSize=2")).json()
        token = await http.post(
            f"{recorder.url}/v1alpha/auth_tokens", json={"uses": 1}, headers={"x-goog-api-key": CANARY}
        )
        assert token.json()["name"].startswith("auth_tokens/")
        wrong = await http.post(f"{recorder.url}/v1alpha/auth_tokens", json={}, headers={"x-goog-api-key": "wrong"})
        assert wrong.status_code == 400
        missing = await http.get(f"{recorder.url}/no/such/path")
        assert missing.status_code == 404
        assert (await http.get(f"{recorder.url}/healthz")).json() == {"status": "ok"}


async def test_https_and_wss_are_answered_on_the_same_port(tmp_path: Path) -> None:
    async with Emulator(quick()) as emulator, recording(tmp_path / "calls", emulator) as recorder:
        trusting = await asyncio.to_thread(
            lambda: ssl.create_default_context(cafile=str(recorder.certificates.ca_file))
        )
        secure = recorder.url.replace("http", "wss") + PATH
        async with connect(secure, ssl=trusting, proxy=None) as socket:
            talker = Talker(socket)
            await talker.send(SETUP)
            assert await talker.receive() == {"setupComplete": {}}
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trusting)
        )
        answer = await asyncio.to_thread(opener.open, recorder.url.replace("http", "https") + "/v1beta/models")
        assert json.load(answer)["models"]
        answer.close()


async def test_a_service_behind_tls_is_dialled_with_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gemlive_emulator.record import dialling

    async with Emulator(quick()) as emulator:
        monkeypatch.setenv("SSL_CERT_FILE", str(emulator.certificates.bundle_file))
        dialling.trust.cache_clear()
        upstream = emulator.url.replace("http", "wss")
        async with Recorder(Terms(upstream=upstream, output=tmp_path / "calls", port=0)) as recorder:
            async with talking(recorder.url) as talker:
                assert said(await talker.say("Hello"))
            async with httpx.AsyncClient(trust_env=False) as http:
                assert (await http.get(f"{recorder.url}/v1beta/models")).status_code == 200
    dialling.trust.cache_clear()


async def test_a_certificate_that_nobody_vouches_for_is_not_taken(tmp_path: Path) -> None:
    async with Emulator(quick()) as emulator:
        upstream = emulator.url.replace("http", "wss")
        async with Recorder(Terms(upstream=upstream, output=tmp_path / "calls", port=0)) as recorder:
            with pytest.raises(InvalidStatus) as refused:
                await connect(recorder.url.replace("http", "ws") + PATH)
    assert refused.value.response.status_code == 502


@pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Host": "evil.example"}])
async def test_strangers_are_refused(tmp_path: Path, header: dict[str, str]) -> None:
    async with Emulator(quick()) as emulator, recording(tmp_path, emulator) as recorder:
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(f"{recorder.url}/v1beta/models", headers=header)).status_code == 403
        upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", **header}
        async with httpx.AsyncClient(trust_env=False) as http:
            assert (await http.get(f"{recorder.url}{PATH}", headers=upgrade)).status_code == 403
        assert recorder.files == ()


async def test_sound_can_be_left_out(tmp_path: Path) -> None:
    setup = {"setup": {"model": "models/gemini-2.5-flash-native-audio-preview-12-2025"}}
    async with Emulator(quick()) as emulator, recording(tmp_path / "calls", emulator, sound=False) as recorder:
        async with talking(recorder.url, setup) as talker:
            answer = await talker.say("Hello")
            assert any("inlineData" in str(message) for message in answer)
        [path] = recorder.files
    assert lacks_sound(tape_of(path))
    assert path.stat().st_size < 10_000


async def test_a_file_is_for_one_session_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    async with Emulator(quick()) as emulator, recording(path, emulator) as recorder:
        for _ in range(2):
            async with talking(recorder.url):
                pass
        assert recorder.files == (path, tmp_path / "call-2.jsonl")
        (tmp_path / "call-3.jsonl").write_text("somebody else's", encoding="utf-8")
        async with talking(recorder.url):
            pass
        assert recorder.files[-1] == tmp_path / "call-4.jsonl"
        with pytest.raises(EmulatorError, match="not written over"):
            await Recorder(Terms(upstream=emulator.url, output=path, port=0)).start()


async def test_it_is_started_once(tmp_path: Path) -> None:
    async with Recorder(Terms(upstream="ws://127.0.0.1:9", output=tmp_path, port=0)) as recorder:
        with pytest.raises(RuntimeError, match="is running"):
            await recorder.start()


async def test_it_stops_with_a_session_open_and_can_be_asked_twice(tmp_path: Path) -> None:
    async with Emulator(quick()) as emulator, recording(tmp_path / "calls", emulator) as recorder:
        async with talking(recorder.url) as talker:
            await recorder.stop()
            with pytest.raises(ConnectionClosed):
                await talker.receive()
        await recorder.stop()
        assert recorder.port == 0


async def test_the_end_of_the_client_is_written_where_the_proxy_stops_right_then(tmp_path: Path) -> None:
    async with Emulator(quick()) as emulator, recording(tmp_path / "calls", emulator) as recorder:
        async with talking(recorder.url):
            pass
        [path] = recorder.files
    last = tape_of(path).taped[-1]
    assert (last.side, last.code) == ("client", 1000)


async def test_a_disk_that_is_full_ends_the_recording_and_not_the_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logged: pytest.LogCaptureFixture
) -> None:
    from gemlive_emulator.record import roll

    class Full:
        def write(self, text: str) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(roll, "create", lambda path: Full())
    async with (
        Emulator(quick()) as emulator,
        recording(tmp_path / "calls", emulator) as recorder,
        talking(recorder.url) as talker,
    ):
        assert await talker.say("Hello")
    assert "is not written any further: No space left on device" in logged.text


async def test_where_nothing_can_be_written_nobody_is_let_in(tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    async with Emulator(quick()) as emulator, recording(folder, emulator) as recorder:
        folder.rmdir()
        with pytest.raises(InvalidStatus) as refused:
            await connect(recorder.url.replace("http", "ws") + PATH)
    assert b"nothing can be recorded" in refused.value.response.body
