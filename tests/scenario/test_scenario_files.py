"""The sample scenarios and the examples of the documentation: all of them load and do what they say."""

import re
from pathlib import Path

import pytest
from talk import Talk

from gemlive_emulator.scenario.builtin import respond
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.loader import check, choose, load, parse
from gemlive_emulator.scenario.steps import STEPS
from gemlive_emulator.scenario.template import PLACEHOLDERS
from gemlive_emulator.session.steps import CloseConnection, Pause, Say, Think

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "fixtures" / "scenarios"
PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_every_sample_is_right():
    assert {file.name: check(file) for file in SAMPLES.iterdir()} == {
        "exact-conversation.yaml": [],
        "greeting-desk.yaml": [],
        "slow-thinker.yaml": [],
    }


def test_the_greeting_desk():
    (scenario,) = load(SAMPLES / "greeting-desk.yaml")
    talk = Talk(scenario.responder(), voice="Puck")
    assert talk.steps("Hi!") == [Say("Welcome! I am Puck, how can I help you?")]
    assert talk.steps("What are your opening hours?") == [Say("We are open from nine to five.")]
    assert talk.steps("I want to book a table") == [Say("For when would you like to book?")]
    assert talk.steps("Cancel what I booked") == [Say("I did not quite get that. You said: Cancel what I booked")]
    assert talk.steps("Thank you!") == [Say("Goodbye!"), CloseConnection(1000, "The desk has closed.")]


def test_the_exact_conversation_is_the_recorded_one():
    (scenario,) = load(SAMPLES / "exact-conversation.yaml")
    script, builtin = Talk(scenario.responder()), Talk(respond)
    for turn in ("Hello", "What is the capital of Brazil?", "what was the last question I asked?"):
        assert script.say(turn) + "\n" == builtin.say(turn)
    assert isinstance(script.steps("and now?")[0], CloseConnection)


def test_the_slow_thinker():
    scenarios = load(SAMPLES / "slow-thinker.yaml")
    talk = Talk(scenarios[0].responder())
    kinds = [Think, Pause, Say, Pause, Say]
    assert [type(step) for step in talk.steps("trains")] == kinds
    assert talk.steps("now give up")[1:] == [Pause(0.7), CloseConnection(1011, "Internal error encountered.")]
    assert Talk(choose(scenarios, "no thoughts").responder()).steps("x")[0] == Think("")


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_page_loads(example: str):
    (scenario,) = parse(example)
    assert Talk(scenario.responder()).steps("Hello")


@pytest.mark.parametrize(
    "written", sorted(set(re.findall(r"^\| `((?:text|any|not): .*?)`(?: in (?:a|an) .*?)? \|", PAGE, re.MULTILINE)))
)
def test_every_condition_of_the_page_loads(written: str):
    assert parse(f"rules: [{{when: {{{written}}}, then: [{{say: x}}]}}]")


def test_the_page_has_every_step_and_every_placeholder():
    assert set(re.findall(r"^\| `(\w+): [^`]*` \| [a-z]", PAGE, re.MULTILINE)) >= set(STEPS)
    assert set(re.findall(r"^\| `\{([\w.]+)\}` \|", PAGE, re.MULTILINE)) == set(PLACEHOLDERS)


def test_the_message_of_the_page_is_the_real_one():
    with pytest.raises(ScenarioError) as refused:
        parse("otherwise:\n\n\n      - sya: x", "desk.yaml")
    assert str(refused.value) in PAGE


def test_the_python_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "desk.yaml").write_text(EXAMPLES[0])
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    assert capsys.readouterr().out == "[]\n"
    assert callable(names["responder"])
