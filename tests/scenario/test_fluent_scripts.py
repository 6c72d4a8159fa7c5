"""Scripts written call by call, and what rules share with them."""

import inspect
import re
import wave
from pathlib import Path
from typing import Any

import pytest
from talk import Talk
from test_fluent import here

from gemlive_emulator.scenario import fluent
from gemlive_emulator.scenario.callers import Caller
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.fluent import Rules, Steps
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.steps import STEPS
from gemlive_emulator.scenario.when import WhenForm
from gemlive_emulator.session.steps import Pause, Play, Say, UserTurn
from gemlive_emulator.wire.errors import EmulatorError


def test_a_script_is_answered_in_its_order():
    rules = Rules()
    script = rules.script()
    script.expect(text="Hello").say("One.")
    script.expect(text="Bye").pause("1s").say("Two.")
    responder = rules.script_for(CALLER)
    assert responder is not None
    talk = Talk(responder)
    assert talk.steps("hello!") == [Say("One.")]
    assert responder.unreached == ['exchange 2: the text is "Bye"']
    assert talk.steps("Bye") == [Pause(1.0), Say("Two.")]
    assert (responder.unreached, responder.problems) == ([], [])


CALLER = Caller("", "gemini-3.8-live", 1, {})


def test_a_script_answers_where_no_rule_does():
    rules = Rules()
    rules.script(connection=2).expect(text="Hello").say("Two.")
    rules.script().expect(text="Hello").say("One.").expect(text="Bye").say("Bye.")
    rules.when(text="wait").say("Yes?")
    talk = Talk(rules.responder())
    assert [talk.say(text) for text in ("Hello", "Wait", "Bye")] == ["One.", "Yes?", "Bye."]


def test_the_first_script_that_is_for_a_connection_is_taken():
    rules = Rules()
    assert rules.script_for(CALLER) is None
    rules.script()
    rules.script(connection=2).expect(text="Hello").say("Two.")
    rules.script().expect(text="Hello").say("One.")
    one, two = rules.script_for(CALLER), rules.script_for(Caller("", "gemini-3.8-live", 2, {}))
    assert one is not None
    assert two is not None
    assert (Talk(one).say("Hello"), Talk(two).say("Hello")) == ("One.", "Two.")
    assert [line.partition(": ")[2] for line in rules.unfinished] == ["no session began this script"]


def test_a_script_may_wait_for_an_interruption():
    rules = Rules()
    rules.script().expect(text="Talk").say("On and on.").expect(interruption={"at_most": 1.5}).expect(text="Stop").say(
        "Yes."
    )
    responder = rules.script_for(CALLER)
    assert responder is not None
    talk = Talk(responder)
    talk.say("Talk")
    responder.foreknown.interrupted(0.9)
    assert talk.say("Stop") == "Yes."


def test_rules_before_a_script_share_its_memory():
    rules = Rules()
    rules.script().expect(text="tea").set(drink="tea").say("Noted.")
    responder = rules.script_for(CALLER)
    assert responder is not None
    talk = Talk(rules.before(responder))
    rules.when(text="what").say("{state.drink}")
    talk.say("tea")
    assert talk.say("what") == "tea"


def test_the_folder_of_files_is_that_of_the_call(tmp_path: Path):
    rules = Rules()
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        with wave.open(str(tmp_path / folder / f"{folder}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16_000)
            file.writeframes(bytes(3200))
        code = compile(
            f"rules.when(text='{folder}').play('{folder}.wav')", str(tmp_path / folder / "test_it.py"), "exec"
        )
        exec(code, {"rules": rules, "__name__": "test_it"})
    talk = Talk(rules.responder())
    assert [type(step) for text in "ab" for step in talk.steps(text)] == [Play, Play]
    with pytest.raises(ScenarioError, match=r"a\.wav"):
        rules.when(text="c").play(Path("../a/a.wav"))


def test_nothing_but_the_models_knows_the_vocabulary():
    source = inspect.getsource(fluent)
    for name in set(STEPS) | set(WhenForm.known_keys()):
        assert f'"{name}"' not in source or name in ("silence", "args"), name


@pytest.mark.parametrize(
    ("keys", "wrong"),
    [
        ({"if_eror": Steps().say("x")}, "unknown branch 'if_eror'; did you mean 'if_error'?"),
        ({"if_late_": Steps().say("x")}, "unknown branch 'if_late_'; did you mean 'if_late'?"),
        ({"on_error": Steps().say("x")}, "unknown branch 'on_error'; "),
        ({"if_x": 1}, r"an argument of this name is written args={'if_x': ...} (docs/errors.md#unknown-key)"),
    ],
)
def test_a_branch_of_a_call_that_there_is_not_is_told_at_once(keys: dict[str, Any], wrong: str):
    place = here(2)
    with pytest.raises(ScenarioError, match=f"^{re.escape(place)}9: .*{re.escape(wrong)}"):
        Rules().when(text="x").call("f", **keys)


def test_an_argument_may_have_any_name_among_args():
    rules = Rules()
    rules.otherwise().call("f", args={"if_x": 1}, checked_=False)
    (call,) = next(rules.responder()(UserTurn("x", 1), Talk())).calls
    assert call.args == {"if_x": 1}


def test_what_is_taken_from_a_call_that_nobody_makes_is_told_where_rules_are_used():
    rules = Rules()
    talk = Talk(rules.responder())
    place = here(1)
    answer = rules.when(text="again").say("Still {results.g.x}.")
    rules.script().expect(text="a").say("b").call("f").say("{results.f.x}")
    with pytest.raises(
        ScenarioError, match=rf'^{re.escape(place)}14: {{results.g.x}}: no step calls "g"; .*unknown-call'
    ):
        talk.steps("hello")
    answer.call("g", if_error=Steps().say("{results.h}"))
    with pytest.raises(ScenarioError, match=r'{results.h}: no step calls "h"; known here: f, g'):
        talk.steps("hello")
    rules.when(text="never").call("h")
    assert len(talk.steps("hello")) == 1


@pytest.mark.parametrize("document", ["rules", "script"])
def test_rules_may_take_from_calls_of_what_is_behind_them(document: str):
    written = {
        "rules": "rules: [{when: {text: x}, then: [{call: f}]}]",
        "script": "script: [{expect: {text: Hello}, reply: [{call: f}]}]",
    }
    (scenario,) = parse(written[document])
    rules = Rules()
    rules.when(text="again").say("{results.f.x}")
    before = rules.before(scenario.responder())
    with pytest.raises(EmulatorError, match=r"rule 1, step 1: .* nothing called .* was called before"):
        list(before(UserTurn("again", 1), Talk()))


def test_without_any_call_there_is_nothing_to_take_from():
    rules = Rules()
    rules.when(text="again").say("{result}")
    with pytest.raises(ScenarioError, match=r"{result}: no step calls a function; put a call before it"):
        Talk(rules.responder()).steps("again")
