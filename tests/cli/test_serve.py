"""``serve``: ready, usable, and gone without a trace."""

import json
import signal
import socket
import urllib.request
from pathlib import Path

import pytest
from waiting import ready, screen


def refused(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def test_the_ready_line_tells_where_it_is(start):
    process = start("serve", "--port", "0")
    told = ready(process)
    assert told == {"url": f"http://127.0.0.1:{told['port']}", "port": told["port"], "pid": str(process.pid)}
    with urllib.request.urlopen(f"{told['url']}/healthz") as answer:
        assert answer.status == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_good_order(start, number: signal.Signals):
    process = start("serve", "--port", "0")
    told = ready(process)
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out == ""
    assert "Traceback" not in err
    assert refused(int(told["port"]))


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    if not listed.exists():
        pytest.skip("this system does not list the children of a process")
    return [int(word) for word in listed.read_text().split()]


def test_no_process_of_its_own_is_left(start):
    process = start("serve", "--port", "0", "--voice", "auto")
    ready(process)
    screen(process)
    ours = children(process.pid)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert [pid for pid in ours if Path(f"/proc/{pid}").exists()] == []


def test_a_signal_ends_it_with_a_session_open(start):
    from websockets.sync.client import connect

    process = start("serve", "--port", "0")
    told = ready(process)
    path = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
    with connect(f"ws://127.0.0.1:{told['port']}{path}") as client:
        client.send(json.dumps({"setup": {"model": "models/gemini-2.0-flash-live-001"}}))
        assert json.loads(client.recv(timeout=20)) == {"setupComplete": {}}
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in err


def test_what_fails_in_a_session_is_logged_and_the_others_go_on(start, tmp_path: Path):
    from websockets.exceptions import ConnectionClosedError
    from websockets.sync.client import connect

    scenario = tmp_path / "desk.yaml"
    scenario.write_text("script:\n  - expect: {text: Hello}\n    reply: [{call: undeclared}]\n", encoding="utf-8")
    process = start("serve", "--port", "0", "--pace", "at-once", "--scenario", str(scenario))
    told = ready(process)
    path = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"
    for text, words in (
        ("Hello", "declared no function"),
        ("Bye", "expected that the text is"),
        ("Hello", "no function"),
    ):
        with connect(f"ws://127.0.0.1:{told['port']}{path}") as client:
            client.send(json.dumps({"setup": {"model": "models/gemini-2.0-flash-live-001"}}))
            turn = {"parts": [{"text": text}]}
            client.send(json.dumps({"clientContent": {"turns": [turn], "turnComplete": True}}))
            with pytest.raises(ConnectionClosedError) as caught:
                list(client)
        assert caught.value.rcvd is not None
        assert caught.value.rcvd.code == 1011
        assert words in caught.value.rcvd.reason
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert err.count("the client declared no function") == 2
    assert 'got "Bye"' in err
    assert "Traceback" not in err


def test_the_first_screen_says_how_to_point_a_client_here(start):
    process = start("serve", "--port", "0", "--voice", "formant")
    told = ready(process)
    shown = screen(process)
    assert told["url"] in shown
    assert f"gemlive-emulator env --port {told['port']}" in shown
    assert f"export GOOGLE_GEMINI_BASE_URL={told['url']}" in shown
    assert "export SSL_CERT_FILE=" in shown
    assert "with any API key:" in shown
    assert "formant" in shown
    assert "Ctrl-C" in shown
    assert "Warning" not in shown


def test_the_first_screen_says_what_leads_to_another_address_and_whose_keys_count(start, run, tmp_path: Path):
    (tmp_path / "keys.json").write_text('{"good-key": "valid"}')
    words = ("--host", "localhost", "--port", "0", "--voice", "formant", "--keys", str(tmp_path / "keys.json"))
    process = start("serve", *words)
    told = ready(process)
    shown = screen(process)
    assert f'eval "$(gemlive-emulator env --url {told["url"]})"' in shown
    assert "--port" not in shown
    assert "with one of your keys:" in shown
    assert "has one of your keys in GOOGLE_API_KEY or GEMINI_API_KEY:" in shown
    assert "any API key" not in shown
    assert "good-key" not in shown


def test_the_ready_file_is_whole_and_goes_again(start, tmp_path: Path):
    path = tmp_path / "ready.json"
    process = start("serve", "--port", "0", "--ready-file", str(path))
    told = ready(process)
    content = json.loads(path.read_text())
    assert (content["url"], content["port"], content["pid"]) == (told["url"], int(told["port"]), process.pid)
    assert content["host"] == "127.0.0.1"
    assert Path(content["ca_file"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)
    assert list(tmp_path.glob("ready.json*")) == []


def test_a_ready_file_that_cannot_be_written_is_one_clear_line(run, tmp_path: Path):
    path = tmp_path / "no such folder" / "ready.json"
    done = run("serve", "--port", "0", "--ready-file", str(path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: --ready-file {path}: No such file or directory\n"


def test_a_port_in_use_is_one_clear_line(run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--port", port)
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert port in line
    assert "in use" in line


def test_an_address_for_the_network_is_warned_of(start):
    process = start("serve", "--host", "0.0.0.0", "--port", "0")
    ready(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert "Warning: 0.0.0.0 is not a loopback address" in err


@pytest.mark.parametrize(
    ("words", "right"),
    [
        (("--port", "70000"), "port is 70000"),
        (("--rate", "0"), "rate is 0"),
        (("--max-sessions", "-1"), "max_sessions is -1"),
        (("--profile", "none-such"), "none-such"),
    ],
)
def test_a_setting_that_cannot_work_is_one_clear_line(run, words: tuple[str, ...], right: str):
    done = run("serve", *words)
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("Error: ")
    assert right in line


def test_a_scenario_that_cannot_be_read_is_told_with_its_place(run, tmp_path: Path):
    path = tmp_path / "scenario.yaml"
    path.write_text("rules: [\n")
    done = run("serve", "--scenario", str(path))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "scenario.yaml" in done.stderr


@pytest.mark.parametrize(
    ("content", "right"),
    [
        ("- a\n- b\n", "has to be a mapping of key to state"),
        ("a: [\n", "keys.yaml:2:"),
        (
            "my-key: valid\n12345678: valid\n",
            'keys.yaml:2: this key is not read as text; put it in quotes, as in `"12": valid`',
        ),
        ("true: valid\n", "keys.yaml:1: this key is not read as text"),
        ("[a, b]: valid\n", "keys.yaml:1: this key is not read as text"),
        ("key-12345678: valid\nkey-12345678: denied\n", "keys.yaml:2: this key stands here for the second time"),
        ("some-key-1234: good\n", "valid"),
    ],
)
def test_a_file_of_keys_that_cannot_be_read_is_told(run, tmp_path: Path, content: str, right: str):
    path = tmp_path / "keys.yaml"
    path.write_text(content)
    done = run("serve", "--keys", str(path))
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert right in line
    assert "12345678" not in line


def test_keys_of_a_file_are_the_only_ones(start, tmp_path: Path):
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    (tmp_path / "keys.json").write_text('{"good-key": "valid"}')
    told = ready(start("serve", "--port", "0", "--keys", str(tmp_path / "keys.json")))
    path = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent?key="
    setup = json.dumps({"setup": {"model": "models/gemini-2.0-flash-live-001"}})
    with connect(f"ws://127.0.0.1:{told['port']}{path}good-key") as client:
        client.send(setup)
        assert json.loads(client.recv(timeout=20)) == {"setupComplete": {}}
    with connect(f"ws://127.0.0.1:{told['port']}{path}bad-key") as client:
        client.send(setup)
        with pytest.raises(ConnectionClosed) as closed:
            client.recv(timeout=20)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1007
    assert "API key not valid" in closed.value.rcvd.reason


def test_ready_is_told_by_the_command_of_that_name(start, run):
    told = ready(start("serve", "--port", "0"))
    done = run("ready", "--url", told["url"])
    assert (done.returncode, done.stdout) == (0, f"ready at {told['url']}\n")


def test_ready_waits_for_an_emulator_that_starts(start):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    waiting = start("ready", "--url", f"http://127.0.0.1:{port}", "--wait", "50")
    start("serve", "--port", str(port))
    waiting.communicate(timeout=60)
    assert waiting.returncode == 0


def test_ready_is_no_where_nothing_listens_or_answers_otherwise(run):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        done = run("ready", "--url", url)
        assert (done.returncode, done.stderr) == (1, f"Error: nothing is ready at {url}\n")
    assert run("ready", "--url", url).returncode == 1
    assert run("ready", "--url", "http://no..name:80").stderr == "Error: nothing is ready at http://no..name:80\n"


@pytest.mark.parametrize("url", ["http://127.0.0.1:port", "http://[::1", "nonsense"])
def test_ready_says_what_an_address_looks_like(run, url: str):
    done = run("ready", "--url", url)
    assert done.returncode == 1
    assert "has to be like http://127.0.0.1:8765" in done.stderr


def test_two_emulators_serve_side_by_side(start):
    first, second = ready(start("serve", "--port", "0")), ready(start("serve", "--port", "0"))
    assert first["port"] != second["port"]
