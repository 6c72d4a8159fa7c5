"""``advance``: time of a running emulator is moved from a shell, and what is wrong is said in one line."""

import json
import socket
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from waiting import ready, screen

TOKEN = "0123456789abcdef-the-token"
PATH = "/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent"


def test_ten_minutes_end_a_session_and_both_sides_are_told(start, run):
    from websockets.exceptions import ConnectionClosedError
    from websockets.sync.client import connect

    told = ready(start("serve", "--port", "0", "--clock", "manual"))
    with connect(f"ws://127.0.0.1:{told['port']}{PATH}", proxy=None) as client:
        client.send(json.dumps({"setup": {"model": "models/gemini-2.0-flash-live-001"}}))
        assert json.loads(client.recv(timeout=20)) == {"setupComplete": {}}
        done = run("advance", "9.5m", "--url", told["url"])
        assert done.stdout == "570 s on, the clock says 570 s; open connections: 1\n  go away: 1\n"
        assert json.loads(client.recv(timeout=20)) == {"goAway": {"timeLeft": "50s"}}
        done = run("advance", "1h", "--url", told["url"])
        lines = done.stdout.splitlines()
        assert (done.returncode, lines[0].split(";")[0]) == (0, "3600 s on, the clock says 4170 s")
        words = "Deadline expired before operation could complete."
        assert lines[1:] == [f"  closed by the server at 600 s: 1, with 1011 {words}"]
        with pytest.raises(ConnectionClosedError, match=words):
            client.recv(timeout=20)


def test_as_json(start, run):
    told = ready(start("serve", "--port", "0", "--clock", "manual"))
    done = run("advance", "1500ms", "--json", GOOGLE_GEMINI_BASE_URL=told["url"])
    assert json.loads(done.stdout) == {"seconds": 1.5, "now": 1.5, "happened": {}, "ended": [], "open": 0}


@pytest.mark.parametrize("back_end", ["--vertex", "--no-vertex"])
def test_within_exec_it_finds_its_emulator_over_http_and_over_tls(run, back_end: str):
    inner = [sys.executable, "-m", "gemlive_emulator", "advance", "2m"]
    done = run("exec", "--clock", "manual", back_end, "--", *inner, GEMLIVE_EMULATOR_CONTROL_TOKEN=TOKEN)
    assert (done.returncode, done.stdout) == (0, "120 s on, the clock says 120 s; open connections: 0\n"), done.stderr


def test_a_clock_that_runs_by_itself_is_one_clear_line(start, run):
    told = ready(start("serve", "--port", "0", "--rate", "60"))
    done = run("advance", "10m", "--url", told["url"])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: the clock of this emulator runs by itself, at 60 times the machine's pace")
    assert "`gemlive-emulator serve --clock manual`" in done.stderr
    assert done.stderr.count("\n") == 1


def test_nobody_there_is_one_clear_line(run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening: nobody else gets the port
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = run("advance", "10m", "--url", url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: nothing answers at {url}")
    assert done.stderr.endswith("start one with `gemlive-emulator serve`\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("url", ["localhost", "ftp://localhost", "http://", "http://localhost:port", "http://[::1"])
def test_what_is_no_address_is_told(run, url: str):
    done = run("advance", "1s", "--url", url)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: {url} is no address; it has to be like http://127.0.0.1:8765\n"


@pytest.mark.parametrize("answer", [b"<html>Hello</html>", b"[]", b'{"error": "none"}', b'{"error": {}}'])
def test_something_else_that_answers_is_told(run, answer: bytes):
    class Other(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(404)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format, *args):
            pass

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        serving = Thread(target=other.handle_request)
        serving.start()
        url = f"http://127.0.0.1:{other.server_port}"
        done = run("advance", "1s", "--url", url)
        serving.join()
    assert done.stderr == f"Error: what answers at {url} is no emulator, or one that is too old\n"


@pytest.mark.parametrize("time", ["", "x", "-1", "1d", "inf", "nan"])
def test_a_time_that_is_none_is_told(run, time: str):
    done = run("advance", "--", time)
    assert done.returncode == 2
    assert "has to be seconds, for example 1.5, 1.5s, 20ms or 10m" in done.stderr


def test_a_time_that_is_too_long_is_told(start, run):
    told = ready(start("serve", "--port", "0", "--clock", "manual"))
    done = run("advance", "10000h", "--url", told["url"])
    assert (done.returncode, done.stdout) == (1, "")
    assert "less than or equal to 31622400" in done.stderr


def test_the_token_is_wanted_and_never_printed(start, run):
    process = start("serve", "--port", "0", "--clock", "manual", GEMLIVE_EMULATOR_CONTROL_TOKEN=TOKEN)
    told = ready(process)
    shown = screen(process)
    done = run("advance", "1s", "--url", told["url"])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: this emulator wants a token; send the one it was started with")
    done = run("advance", "1s", "--url", told["url"], "--control-token", "wrong-wrong-wrong-wrong")
    assert done.stderr.startswith("Error: the token is not the emulator's")
    done = run("advance", "1s", "--url", told["url"], GEMLIVE_EMULATOR_CONTROL_TOKEN=TOKEN)
    assert (done.returncode, done.stderr) == (0, "")
    process.terminate()
    assert TOKEN not in shown + process.communicate(timeout=20)[1]


def test_the_first_screen_says_that_time_stands_still(start):
    process = start("serve", "--port", "0", "--clock", "manual", "--voice", "formant")
    told = ready(process)
    assert f"stands still until you move it: gemlive-emulator advance 10s --url {told['url']}" in screen(process)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--clock", "manual", "--rate", "2"), "rate is 2.0; it has to be 1 where the clock is manual"),
        (("--control-token", "short"), "control_token has to be 16 or more printable ASCII characters"),
    ],
)
def test_what_cannot_work_together_is_told_at_the_start(run, words: tuple[str, ...], told: str):
    done = run("serve", "--port", "0", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"Error: {told}")
    assert "short" not in done.stderr
