"""More ways to run tests with the emulator: recordings, workers, unittest, and what loading the plugin costs."""

import subprocess
import sys
from collections.abc import Callable

import pytest

Run = Callable[..., pytest.RunResult]


def test_a_recording_is_played(run: Run) -> None:
    result = run(
        """
        import app
        import pytest

        def test_recorded(gemlive, request):
            gemlive.otherwise().say("It is raining.")
            app.ask("Hello")
            gemlive.session.save_recording(request.path.parent / "hello.jsonl")

        @pytest.mark.gemlive(replay="hello.jsonl")
        def test_played(gemlive):
            assert app.ask("Hello") == "It is raining."
            gemlive.session.assert_received("serverContent", turnComplete=True)

        @pytest.mark.gemlive(replay="hello.jsonl")
        def test_something_else(gemlive):
            with pytest.raises(Exception, match="1011"):
                app.ask("Bye")

        @pytest.mark.gemlive(replay="hello.jsonl", check="warn")
        def test_something_else_may_be(gemlive):
            assert app.ask("Bye") == "It is raining."

        @pytest.mark.gemlive(replay="nowhere.jsonl")
        def test_nowhere(gemlive):
            pass
        """
    )
    result.assert_outcomes(passed=4, errors=2)
    result.stdout.fnmatch_lines(['*expected clientContent "Hello", got clientContent "Bye"*'])
    result.stdout.fnmatch_lines(["*nowhere.jsonl*"])


def test_workers_do_not_disturb_each_other(run: Run) -> None:
    result = run(
        """
        import app
        import pytest

        @pytest.mark.parametrize("number", range(8))
        def test_weather(gemlive, number):
            gemlive.otherwise().say(str(number))
            assert app.ask("Hello") == str(number)
        """,
        "-n",
        "2",
    )
    result.assert_outcomes(passed=8)


def test_unittest_uses_the_emulator_as_a_context_manager(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_plain="""
        import unittest
        import app
        from gemlive_emulator import Emulator, Settings
        from gemlive_emulator.kit.surroundings import environment

        class Plain(unittest.TestCase):
            def setUp(self):
                self.emulator = self.enterContext(Emulator(Settings(port=0, pace="at-once")))
                self.enterContext(environment(self.emulator))

            def test_weather(self):
                self.emulator.when(text="weather").say("It is raining.")
                self.assertEqual(app.ask("How is the weather?"), "It is raining.")
                self.assertEqual(self.emulator.session.said, "It is raining.")
        """
    )
    told = subprocess.run([sys.executable, "-m", "unittest", "test_plain"], capture_output=True, text=True, check=False)
    assert told.stderr.rstrip().endswith("OK")
    assert told.returncode == 0


def test_loading_the_plugin_imports_nothing_heavy(pytester: pytest.Pytester) -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import gemlive_emulator.kit.plugin; "
        "print('\\n'.join(sorted(set(sys.modules) - before)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = told.stdout.split()
    assert loaded == ["gemlive_emulator", "gemlive_emulator.kit", "gemlive_emulator.kit.plugin"]
