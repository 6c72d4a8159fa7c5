"""The sample scenarios and the examples of the documentation: all of them load and do what they say."""

import re
from pathlib import Path

import pytest
from talk import Talk

from gemlive_emulator.scenario.builtin import respond
from gemlive_emulator.scenario.call_steps import CallStep
from gemlive_emulator.scenario.engine import cast
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.loader import check, choose, load, parse
from gemlive_emulator.scenario.steps import STEPS
from gemlive_emulator.scenario.template import PLACEHOLDER_FORMS, PLACEHOLDERS
from gemlive_emulator.scenario.timing import TimingForm
from gemlive_emulator.scenario.when import CallersForm, ExpectForm, WhenForm
from gemlive_emulator.session.steps import (
    CloseConnection,
    EndTurn,
    Interrupt,
    InterruptAfterEnd,
    Pause,
    Say,
    Silence,
    Step,
    Think,
    Transcript,
)
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.closes import KEY_STATES

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "fixtures" / "scenarios"
PAGE = (ROOT / "docs" / "scenarios.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("sample", sorted(SAMPLES.rglob("*.yaml")), ids=lambda sample: sample.stem)
def test_every_sample_is_right(sample: Path):
    assert check(sample) == []
    head = sample.read_text(encoding="utf-8").splitlines()[0]
    assert (sample.parent / head.partition("$schema=")[2]).resolve() == ROOT / "docs" / "scenario.schema.json"


def test_the_greeting_desk():
    (scenario,) = load(SAMPLES / "greeting-desk.yaml")
    talk = Talk(scenario.responder())
    assert talk.steps("Hi!") == [Say("Welcome! How can I help you?")]
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


def test_the_phone_menu():
    (scenario,) = load(SAMPLES / "phone-menu.yaml")
    first, second = Talk(scenario.responder()), Talk(scenario.responder())
    assert [first.say(text) for text in ("hello", "what was the last ticket?", "support", "sales do not work")] == [
        "This is the phone menu. Do you want sales or support?",
        "I did not get that. You are in: main.",
        "What is broken?",
        "I have noted: sales do not work. Sales or support?",
    ]
    assert [second.say(text) for text in ("hello", "what was the last ticket?", "sales", "one", "Make it 3")][1:] == [
        "It was: sales do not work",
        "What do you want to buy?",
        "I did not get that. You are in: sales.",
        "Sold. Sales or support?",
    ]


def test_the_strict_script():
    scenarios = load(SAMPLES / "strict-script.yaml")
    script = cast(scenarios, connection=1).responder()
    book = Playbook(script, foreknown=script.foreknown)
    book.open()
    book.say("How is the weather?")
    book.advance(1.0)
    (call,) = next(message.body["toolCall"]["functionCalls"] for message in book.messages if "toolCall" in message.body)
    answer = {"id": call["id"], "name": call["name"], "response": {"temperature": -3}}
    book.receive({"toolResponse": {"functionResponses": [answer]}})
    book.advance(3.0)
    book.say("Thank you!")
    book.advance(10.0)
    assert script.problems == script.unreached == []
    assert book.closed == (1000, "")
    assert Talk(cast(scenarios, connection=2).responder(), connection=2).say("Hello") == "This is connection 2."


def test_the_voice_desk():
    scenarios = load(SAMPLES / "voice-desk.yaml")
    talk = Talk(scenarios[0].responder(), modality="AUDIO")
    (story,) = talk.hear("Tell me a story, please")
    assert isinstance(story, Say)
    assert 60 <= len(story.text.split()) <= 100
    assert talk.hear("Stop!") == [Say("All right.")]
    assert talk.hear("Lights in the kitchen off") == [
        Say("You said: Lights in the kitchen off. Consider it done."),
    ]
    assert talk.hear(seconds=7.5) == [Say("Those were 7.50 seconds. Can you say it in fewer words?")]
    assert talk.hear(frames=3) == [Say("I heard you, and I got your pictures.")]
    assert talk.hear() == [Say("I heard 1.84 seconds of speech.")]
    assert talk.steps("stop") == [Say("You wrote: stop")]


def test_the_rehearsed_desk_knows_the_words_beforehand():
    scenarios = load(SAMPLES / "voice-desk.yaml")
    desk = choose(scenarios, "rehearsed").responder()
    talk = Talk(desk, modality="AUDIO")
    assert len(talk.hear(desk.foreknown.says())) == 1
    assert talk.hear(desk.foreknown.says()) == [Say("Stopping here.")]
    assert desk.foreknown.says() is None
    script = choose(scenarios, "rehearsed script").responder()
    talk = Talk(script, modality="AUDIO")
    assert talk.hear(script.foreknown.says()) == [Say("We are open from nine to five.")]
    assert talk.hear(script.foreknown.says()) == [Say("I did not get that, but it took you 1.84 seconds.")]
    assert script.problems == []


def test_the_silent_listener():
    scenarios = load(SAMPLES / "silent-listener.yaml")
    talk = Talk(scenarios[0].responder(), proactive=True)
    assert talk.hear("I love French cuisine") == [Silence()]
    assert talk.hear() == [Silence()]
    assert [type(step) for step in talk.hear("I prefer Italian food")] == [Say]
    assert talk.hear("Hey chef, are you there?") == [Say("Yes, I am listening.")]
    assert Talk(choose(scenarios, "empty turns").responder()).steps("soup") == [Think(""), EndTurn("")]


@pytest.mark.parametrize(
    ("text", "kinds", "first"),
    [
        ("echo", [Interrupt, Say], Interrupt(0.5, 2)),
        ("hiccup", [Interrupt, Say], Interrupt(0.0, 1)),
        ("phantom", [Say, InterruptAfterEnd], Say("Everything is said.")),
        ("premature", [Say], Say("The most important thing about this is that")),
        ("stall", [Pause, Transcript, Say], Pause(50.0)),
        ("no audio", [Say], Say("You can read this, but you cannot hear it.", "none")),
        ("zeros", [Say], Say("You can read this, and hear nothing for as long as it takes.", "silent")),
        ("misheard", [Transcript, Say], Transcript("Mister Heard, please.")),
        ("anything", [Think, EndTurn], Think("")),
    ],
)
def test_the_bad_line(text: str, kinds: list[type], first: Step):
    (scenario,) = load(SAMPLES / "bad-line.yaml")
    steps = Talk(scenario.responder(), modality="AUDIO").hear(f"{text}!")
    assert [type(step) for step in steps] == kinds
    assert steps[0] == first


def test_the_bad_line_says_why_a_turn_is_empty():
    (scenario,) = load(SAMPLES / "bad-line.yaml")
    assert Talk(scenario.responder()).steps("hm")[-1] == EndTurn("RESPONSE_REJECTED")


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_example_of_the_page_loads(example: str):
    for scenario in parse(example):
        assert Talk(scenario.responder()).steps("Hello")


def rows(heading: str) -> list[str]:
    """What stands in the first column of the tables of a section."""
    section = re.search(rf"^##+ {heading}$(.*?)^##", PAGE, re.MULTILINE | re.DOTALL)
    assert section is not None
    return re.findall(r"^\| `(.*?)`(?: in (?:a|an) .*?)? \|", section[1], re.MULTILINE)


@pytest.mark.parametrize("written", sorted(set(rows("What a turn must be like"))))
def test_every_condition_of_the_page_loads(written: str):
    assert parse(f"rules: [{{when: {{{written}}}, then: [{{say: x}}]}}]")


@pytest.mark.parametrize("written", rows("Scripts"))
def test_every_expectation_of_the_page_loads(written: str):
    reply = "" if written.startswith("interruption") else ", reply: [{say: x}]"
    assert parse(f"script: [{{expect: {{text: a}}, reply: [{{call: x}}]}}, {{expect: {{{written}}}{reply}}}]")


@pytest.mark.parametrize("written", rows("For which connection"))
def test_every_kind_of_connection_of_the_page_loads(written: str):
    assert parse(f"for: {{{written}}}\notherwise: [{{say: x}}]")


def test_the_page_has_every_condition():
    turns, scripts, callers = map(_keys, ("What a turn must be like", "Scripts", "For which connection"))
    assert turns == set(WhenForm.known_keys())
    assert scripts == set(ExpectForm.known_keys()) - turns
    assert callers == set(CallersForm.known_keys())


def _keys(heading: str) -> set[str]:
    return {row.partition(":")[0] for row in rows(heading)}


def test_the_page_has_every_step_and_every_placeholder():
    assert set(re.findall(r"^\| `(\w+): [^`]*` \| [a-z]", PAGE, re.MULTILINE)) >= set(STEPS)
    placeholders = {*PLACEHOLDERS, *PLACEHOLDER_FORMS}
    assert set(re.findall(r"^\| `\{([\w.]+)\}` \|", PAGE, re.MULTILINE)) == placeholders
    timing = re.search(r"^## When answers go out$(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    assert timing is not None
    assert set(re.findall(r"`(\w+): ", timing[1])) == set(TimingForm.known_keys())
    calls = re.search(r"^## Tool calls$(.*?)^## ", PAGE, re.MULTILINE | re.DOTALL)
    assert calls is not None
    assert set(re.findall(r"^\| `(\w+): ", calls[1], re.MULTILINE)) == set(CallStep.known_keys()) - {"call"}


def test_the_message_of_the_page_is_the_real_one():
    with pytest.raises(ScenarioError) as refused:
        parse("otherwise:\n\n\n      - sya: x", "desk.yaml")
    assert str(refused.value) in PAGE


def test_the_python_of_the_page_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "desk.yaml").write_text(next(one for one in EXAMPLES if "front desk" in one))
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    names: dict[str, object] = {}
    exec(code, names)
    assert capsys.readouterr().out == "[]\n"
    assert callable(names["responder"])


def test_a_scenario_may_say_nothing_but_the_state_of_the_key():
    old, plain = parse("for: {key: old}\nkey_state: expired\n---\notherwise: [{say: x}]")
    assert (old.key_state, plain.key_state) == ("expired", None)


@pytest.mark.parametrize("state", ["valid", *KEY_STATES])
def test_every_state_of_a_key_can_be_said(state: str):
    [scenario] = parse(f"key_state: {state}")
    assert scenario.key_state == state


def test_a_state_that_no_key_has_is_told_with_the_nearest():
    with pytest.raises(ScenarioError, match="\"expierd\" is not known here; did you mean 'expired'"):
        parse("key_state: expierd")
