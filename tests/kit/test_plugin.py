"""The fixtures and the marker, used as in a project of somebody else: by tests that run within these tests."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from gemlive_emulator.wire.tape import read

Run = Callable[..., pytest.RunResult]


def test_an_application_finds_the_emulator_and_is_looked_at(run: Run) -> None:
    result = run(
        """
        import app

        def test_weather(gemlive):
            gemlive.when(text="weather").say("It is raining.")
            assert app.ask("How is the weather?") == "It is raining."
            assert gemlive.session.said == "It is raining."
            gemlive.session.assert_heard("How is the weather?")
            assert gemlive.wait_for("close").code == 1000

        def test_each_test_has_an_emulator_of_its_own(gemlive):
            assert gemlive.sessions == ()
            assert app.ask("How is the weather?") != "It is raining."
        """
    )
    result.assert_outcomes(passed=2)


def test_asynchronous_tests_await(run: Run) -> None:
    source = """
        import app
        import pytest

        @pytest.mark.{mark}
        async def test_weather(gemlive):
            gemlive.otherwise().say("It is raining.")
            assert await app.ask_async("How is the weather?") == "It is raining."
            assert (await gemlive.wait_for("said")).text == "It is raining."

        @pytest.mark.{mark}
        @pytest.mark.gemlive(clock="manual")
        async def test_time(gemlive):
            assert (await gemlive.advance(minutes=10)).now == 600
        """
    run(source.format(mark="asyncio")).assert_outcomes(passed=2)
    anyio = "import pytest\n@pytest.fixture\ndef anyio_backend(): return 'asyncio'\n"
    run(source.format(mark="anyio"), conftest=anyio).assert_outcomes(passed=2)


def test_the_marker_says_what_the_emulator_is_like(run: Run, pytester: pytest.Pytester) -> None:
    pytester.mkdir("deep")
    (pytester.path / "desk.yaml").write_text("rules: [{when: {text: open}, then: [{say: From nine to five.}]}]\n")
    result = run(
        """
        import app
        import os
        import pytest

        pytestmark = pytest.mark.gemlive(scenario="desk.yaml", seed=5)

        def test_scenario(gemlive):
            assert app.ask("When are you open?") == "From nine to five."
            assert gemlive.settings.seed == 5
            assert "GOOGLE_GENAI_USE_VERTEXAI" not in os.environ

        @pytest.mark.gemlive(scenario=None, clock="manual", seed=7)
        def test_the_nearest_marker_goes_first(gemlive):
            assert gemlive.settings.scenario is None
            assert gemlive.settings.seed == 7
            assert gemlive.advance(minutes=1).now == 60

        @pytest.mark.gemlive(profile="3.1")
        def test_profile(gemlive):
            assert gemlive.settings.profile == "3.1"

        @pytest.mark.gemlive(vertex=True)
        def test_vertex(gemlive):
            assert os.environ["GOOGLE_GENAI_USE_VERTEXAI"] == "true"
            assert os.path.exists(os.environ["GOOGLE_APPLICATION_CREDENTIALS"])

        @pytest.mark.gemlive(model=["gemini-2.0-flash-live-001", "gemini-3.1-flash-live-preview"])
        def test_models(gemlive, gemlive_model):
            assert gemlive.settings.profile == ("2.0" if "2.0" in gemlive_model else "3.1")
        """
    )
    result.assert_outcomes(passed=6)


def test_settings_for_a_whole_project_and_the_shared_emulator(run: Run) -> None:
    result = run(
        """
        import app
        import pytest

        def test_project(gemlive):
            assert gemlive.settings.seed == 3

        @pytest.mark.gemlive(seed=4)
        def test_marker(gemlive):
            assert gemlive.settings.seed == 4

        def test_first(gemlive_server):
            gemlive_server.otherwise().say("One.")
            assert app.ask("Hello") == "One."
            gemlive_server.reset()
            app.shared = gemlive_server

        def test_second(gemlive_server):
            assert gemlive_server is app.shared
            assert app.ask("Hello") != "One."
            assert len(gemlive_server.sessions) == 1
            assert gemlive_server.settings.max_sessions == 9
        """,
        conftest="""
        import pytest

        @pytest.fixture
        def gemlive_settings():
            return {"seed": 3}

        @pytest.fixture(scope="session")
        def gemlive_server_settings():
            return {"max_sessions": 9}
        """,
    )
    result.assert_outcomes(passed=4)


def test_the_environment_is_put_back_and_real_keys_stay_out_of_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "AIza" + "SyCanary")
    monkeypatch.delenv("GOOGLE_API_KEY", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    result = run(
        """
        import app
        import os
        import pytest

        BEFORE = dict(os.environ)

        @pytest.fixture(autouse=True)
        def environment():
            yield
            now = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
            assert now == {name: value for name, value in BEFORE.items() if name != "PYTEST_CURRENT_TEST"}

        def test_keys(gemlive):
            assert "AIza" not in os.environ["GEMINI_API_KEY"]
            assert os.environ["GOOGLE_API_KEY"] == os.environ["GEMINI_API_KEY"]
            assert "127.0.0.1" in os.environ["NO_PROXY"]
            app.ask("Hello")
        """
    )
    result.assert_outcomes(passed=1)


def test_the_real_hosts_are_refused_or_led_here(run: Run) -> None:
    result = run(
        """
        import asyncio
        import json
        import app
        import pytest
        from websockets.asyncio.client import connect

        GOOGLE = "wss://generativelanguage.googleapis.com"

        async def talk():
            async with connect(GOOGLE + app.PATH + "?key=x", ssl=app.trust(), proxy=None) as socket:
                await socket.send(json.dumps(app.SETUP))
                return await socket.recv()

        def dial():
            return asyncio.run(talk())

        def test_refused(gemlive):
            with pytest.raises(ConnectionRefusedError, match="Google's real server"):
                dial()

        @pytest.mark.gemlive(real_hosts="led")
        def test_led(gemlive):
            assert b"setupComplete" in dial()
            assert gemlive.connected <= 1
        """
    )
    result.assert_outcomes(passed=2)


def test_a_script_that_is_not_finished_fails_the_test_with_an_account(run: Run) -> None:
    result = run(
        """
        import app

        def test_weather(gemlive):
            script = gemlive.script()
            script.expect(text="Hello").say("Hello there!")
            script.expect(text="Bye").say("Goodbye!")
            app.ask("Hello")
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_weather*",
            'session *: *"Bye"*',
            "session * (connection 1, gemini-2.0-flash-live-001)",
            '*client > {"clientContent"*',
            "*gemlive: recordings*",
            "*test_weather-1.jsonl",
            "*gemlive-emulator replay *",
        ]
    )


def test_a_responder_that_raises_fails_the_test_with_its_traceback(run: Run) -> None:
    result = run(
        """
        import app
        import pytest

        def answer(turn, conversation):
            return 1 / 0

        @pytest.mark.gemlive(responder=answer)
        def test_weather(gemlive):
            with pytest.raises(Exception, match="1011"):
                app.ask("Hello")
        """
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        [
            "*what answers in place of the model raised:",
            "*return 1 / 0*",
            "*ZeroDivisionError: division by zero",
            "*close 1011 *division by zero*",
        ]
    )


def test_what_the_test_has_checked_itself_does_not_fail_it(run: Run) -> None:
    result = run(
        """
        import app
        import pytest
        from gemlive_emulator import ScriptError

        def test_checked(gemlive):
            gemlive.script().expect(text="Hello").say("Hello there!")
            with pytest.raises(Exception, match="1011"):
                app.ask("Good morning")
            with pytest.raises(ScriptError, match="Good morning"):
                gemlive.check()

        def test_told_once(gemlive):
            app.ask("Hello")
            gemlive.session.assert_heard("Bye")
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    assert result.stdout.str().count('{"setup"') == 1


def test_a_client_that_breaks_the_protocol_fails_unless_it_may(run: Run) -> None:
    result = run(
        """
        import app
        import json
        import pytest

        def break_it(message=b"{"):
            with app.dial() as socket, pytest.raises(Exception):
                socket.send(message)
                socket.recv(timeout=5)

        def test_broken(gemlive):
            break_it()

        def test_broken_frame(gemlive):
            break_it(b"x" * 20_000_000)

        @pytest.mark.gemlive(allow=(1007,))
        def test_allowed(gemlive):
            break_it()

        @pytest.mark.gemlive(allow=True)
        def test_anything_goes(gemlive):
            break_it()

        @pytest.mark.gemlive(keys={"another": "valid"})
        def test_a_key_that_the_test_has_named_bad(gemlive):
            break_it(json.dumps(app.SETUP))
        """
    )
    result.assert_outcomes(passed=5, errors=2)
    result.stdout.fnmatch_lines(["session *: the client broke the protocol: 1007 Invalid JSON payload*(not JSON; *"])
    result.stdout.fnmatch_lines(["session *: the client broke the protocol: 1009 *"])


def test_a_failing_test_shows_its_sessions_and_keeps_their_recordings(run: Run, tmp_path: Path) -> None:
    result = run(
        """
        import app

        def test_weather(gemlive):
            script = gemlive.script()
            script.expect(text="weather").say("It is raining.")
            script.expect(text="Bye").say("Goodbye!")
            assert app.ask("How is the weather?") == "The sun shines."
        """,
        "--gemlive-recordings",
        str(tmp_path / "kept"),
        "--junitxml",
        str(tmp_path / "report.xml"),
    )
    # The failure of the test goes first: what its script has missed because of it is told, and is no second failure.
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*gemlive: <session *", "*< server*", "*gemlive: recordings*"])
    (file,) = (tmp_path / "kept").iterdir()
    tape = read(file.read_text().splitlines())
    assert tape.taped[0].message["setup"]["model"] == "models/gemini-2.0-flash-live-001"
    assert f'name="gemlive_recording" value="{file}"' in (tmp_path / "report.xml").read_text()


@pytest.mark.parametrize(
    ("marker", "words"),
    [
        ("scenaro='x.yaml'", "*gemlive(scenaro=...): there is no such setting; did you mean 'scenario'?*"),
        ("scenario='x.yaml'", "*x.yaml*"),
        ("'x.yaml'", "*write gemlive('x.yaml') by keyword*"),
        ("real_hosts='gone'", "*gemlive(real_hosts='gone'): it has to be one of refused, led, free*"),
        ("clock='sun'", "*clock is 'sun'; it has to be one of real, manual*"),
    ],
)
def test_a_marker_that_is_wrong_says_what_would_be_right(run: Run, marker: str, words: str) -> None:
    result = run(f"import pytest\n@pytest.mark.gemlive({marker})\ndef test_it(gemlive): pass\n")
    assert result.ret != 0
    assert any(fnmatchcase(line, words) for line in (*result.outlines, *result.errlines))
