"""Scenarios written call by call: the same vocabulary as in files, judged by the same models."""

import inspect
import re
import wave
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from talk import Talk

from gemlive_emulator.scenario import fluent, vocabulary
from gemlive_emulator.scenario.callers import Caller
from gemlive_emulator.scenario.choice import Choice
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.fluent import Rules, Steps
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.model import ExchangeForm
from gemlive_emulator.scenario.steps import STEPS
from gemlive_emulator.scenario.when import CallersForm, ExpectForm, WhenForm
from gemlive_emulator.session.steps import CloseConnection, Conversation, Pause, Play, Reply, Say, UserTurn
from gemlive_emulator.wire.errors import EmulatorError

HERE = Path(__file__).name


def here(lines: int = 0) -> str:
    """File and line of the caller, or of so many lines below."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return f"{__file__}:{frame.f_back.f_lineno + lines}:"


def written(**conditions: Any) -> Any:
    """What a rule with these conditions is in a file."""
    return {key: fluent.written(value, fluent.Place()) for key, value in conditions.items()}


def test_the_first_rule_that_fits_answers_and_otherwise_the_rest():
    rules = Rules()
    rules.when(text="weather").say("It is raining.").pause("700ms").say("Still.")
    rules.when(text="weather").say("Never reached.")
    rules.otherwise().say("You said: {turn.text}").close(1000, reason="Enough.")
    talk = Talk(rules.responder())
    assert talk.steps("How is the weather?") == [Say("It is raining."), Pause(0.7), Say("Still.")]
    assert talk.steps("Hello") == [Say("You said: Hello"), CloseConnection(1000, "Enough.")]


def test_where_no_rule_fits_the_built_in_responder_answers():
    rules = Rules()
    talk = Talk(rules.responder())
    assert "Brasília" in talk.say("What is the capital of Brazil?")
    rules.when(text="weather").say("It is raining.")
    assert "Brasília" in talk.say("What is the capital of Brazil?")


def test_rules_count_for_turns_that_come_later():
    rules = Rules()
    talk = Talk(rules.responder())
    rule = rules.when(text="weather").say("It is raining.")
    assert talk.steps("weather") == [Say("It is raining.")]
    rule.say("Still.")
    assert talk.steps("weather") == [Say("It is raining."), Say("Still.")]
    rules.otherwise().say("One.")
    rules.otherwise().say("Two.")
    assert talk.say("Hello") == "Two."
    rules.reset()
    assert talk.say("What is the capital of Brazil?") != "Two."


def test_a_rule_without_steps_answers_nothing_and_can_be_found():
    rules = Rules()
    assert rules.unfinished == []
    begun = here(1)
    rules.when(text="weather")
    rules.when(text="weather").say("It is raining.")
    rules.otherwise()
    assert Talk(rules.responder()).say("weather") == "It is raining."
    assert rules.unfinished[0] == f"{begun} this rule has no steps, so it answers nothing"
    assert len(rules.unfinished) == 2


def test_each_session_has_a_state_of_its_own_and_shares_the_rest():
    rules = Rules()
    rules.when(text="what").say("{state.drink} and {state.shared.food}")
    rules.otherwise().set({"drink": "{turn.text}", "shared.food": "{turn.text}"}).say("Noted.")
    one, two = Talk(rules.responder()), Talk(rules.responder())
    one.say("tea")
    two.say("water")
    assert (one.say("what"), two.say("what")) == ("tea and water", "water and water")
    rules.reset()
    rules.when(text="what").say("{state.drink} and {state.shared.food}")
    assert one.say("what") == "tea and "


def test_it_is_told_which_rule_was_chosen():
    rules, told = Rules(), list[Choice]()
    rules.when(text="weather").say("It is raining.")
    talk = Talk(rules.before(shout, told.append))
    assert (talk.say("weather"), talk.say("Hello")) == ("It is raining.", "HELLO")
    assert [(choice.scenario, choice.number) for choice in told] == [
        ("rules of the test", 1),
        ("rules of the test", None),
    ]


def shout(turn: UserTurn, conversation: Conversation) -> Reply:
    yield Say(turn.text.upper())


def test_rules_before_a_scenario_share_its_memory():
    (scenario,) = parse("rules: [{when: {text: tea}, then: [{set: {drink: tea}}, {say: Noted.}]}]")
    rules = Rules()
    rules.when(text="what").say("{state.drink}")
    talk = Talk(rules.before(scenario.responder()))
    talk.say("tea")
    assert talk.say("what") == "tea"


class Word(str, Enum):  # noqa: UP042 - a member is a text in itself
    KIND = "kind"


@pytest.mark.parametrize(
    ("value", "in_a_file"),
    [
        ("text", "text"),
        (Word.KIND, "kind"),
        (["a", "b"], ["a", "b"]),
        (("a", "b"), ["a", "b"]),
        ({"contains": "a", "not": "b"}, {"contains": "a", "not": "b"}),
        (re.compile("wea(ther)?"), "/wea(ther)?/"),
        (re.compile("^a/b.$", re.IGNORECASE | re.MULTILINE | re.DOTALL), "/^a/b.$/ims"),
    ],
)
def test_values_of_python_become_what_a_file_would_have(value: Any, in_a_file: Any):
    assert written(text=value) == {"text": in_a_file}
    Rules().when(text=value)


def test_numbers_and_truth_values_are_written_without_quotes():
    Rules().when(turn=3, connection=[1, 2], realtime=True, resumed=False)
    assert written(turn=3, connection=[1, 2], realtime=True, resumed=False) == {
        "turn": "3",
        "connection": ["1", "2"],
        "realtime": "true",
        "resumed": "false",
    }
    steps = Steps().pause(0.7).pause(timedelta(milliseconds=250)).written
    assert steps == [{"pause": "0.7"}, {"pause": "0.250000"}]


def test_arguments_of_a_call_keep_their_types():
    rules = Rules()
    rules.otherwise().call(
        "order", text="12", number=12, half=0.5, yes=True, nothing=None, some=[1, "1"], checked_=False
    )
    (call,) = next(step for step in Talk(rules.responder()).responder(UserTurn("Hello", 1), Talk())).calls
    assert call.args == {"text": "12", "number": 12, "half": 0.5, "yes": True, "nothing": None, "some": [1, "1"]}


@pytest.mark.parametrize(
    ("steps", "in_a_file"),
    [
        (Steps().say("Hello"), {"say": "Hello"}),
        (Steps().say("Hello", sound="none"), {"say": {"text": "Hello", "sound": "none"}}),
        (Steps().say(text="Hello", sound="none"), {"say": {"text": "Hello", "sound": "none"}}),
        (Steps().say({"text": "Hello"}, sound="none"), {"say": {"text": "Hello", "sound": "none"}}),
        (Steps().silence(), {"silence": None}),
        (Steps().transcript(), {"transcript": None}),
        (Steps().interrupt("500ms", times=2), {"interrupt": {"after": "500ms", "times": "2"}}),
        (Steps().set(drink="tea"), {"set": {"drink": "tea"}}),
        (Steps().call("f"), {"call": "f"}),
        (Steps().call("f", args={"a": 1}, b=2), {"call": "f", "args": {"a": "1", "b": "2"}}),
        (
            Steps().call("f", id="argument", id_="c1", as_="g"),
            {"call": "f", "args": {"id": "argument"}, "id": "c1", "as": "g"},
        ),
        (Steps().call("f", if_error=Steps().say("No.")), {"call": "f", "if_error": [{"say": "No."}]}),
        (
            Steps().call("f", if_missing={"after": "5s", "then": Steps().say("No.")}),
            {"call": "f", "if_missing": {"after": "5s", "then": [{"say": "No."}]}},
        ),
        (Steps().calls([{"call": "f"}, {"call": "g"}]), {"calls": [{"call": "f"}, {"call": "g"}]}),
        (Steps().calls(Steps().call("f").call("g")), {"calls": [{"call": "f"}, {"call": "g"}]}),
        (Steps().await_(), {"await": None}),
    ],
)
def test_a_call_makes_the_mapping_that_a_file_would_have(steps: Steps, in_a_file: dict[str, Any]):
    assert steps.written == [in_a_file]


@pytest.mark.parametrize("name", sorted(STEPS))
def test_every_step_is_a_method(name: str):
    rules = Rules()
    for owner in (Steps(), rules.otherwise(), rules.script()):
        assert name in dir(owner)
        assert name not in vars(owner)
        assert not hasattr(type(owner), name)


@pytest.mark.parametrize("name", sorted(set(WhenForm.known_keys()) - {"all", "any", "not"}))
def test_every_condition_is_an_argument(name: str):
    """Whatever is wrong with the value, the name is known."""
    with pytest.raises(ScenarioError) as caught:
        Rules().when(**{name: {"nonsense": "x"}, "unheard_of": 1})
    assert caught.value.problems[0].wrong == "when.unheard_of: unknown key 'unheard_of'"


def test_editors_know_every_step():
    """They are annotations without values, so that they never get in the way of the models."""
    assert {name.removesuffix("_") for name in vocabulary.StepMethods.__annotations__} == set(STEPS)
    assert [name for name in vocabulary.StepMethods.__annotations__ if hasattr(vocabulary.StepMethods, name)] == []


@pytest.mark.parametrize(
    ("typed", "form", "beside"),
    [
        (vocabulary.Conditions, WhenForm, set()),
        (vocabulary.Expectations, ExpectForm, set(ExchangeForm.known_keys()) - {"expect", "reply"}),
        (vocabulary.Callers, CallersForm, set()),
    ],
)
def test_editors_know_every_condition(typed: Any, form: Any, beside: set[str]):
    assert {name.removesuffix("_") for name in typed.__annotations__} == set(form.known_keys()) | beside


def test_conditions_may_be_put_together():
    rules = Rules()
    rules.when(any=[{"text": "book"}, {"text": "reserve"}], not_={"text": "cancel"}).say("For when?")
    rules.otherwise().say("No.")
    talk = Talk(rules.responder())
    assert (talk.say("book a table"), talk.say("cancel and book")) == ("For when?", "No.")


@pytest.mark.parametrize(
    ("call", "code", "words"),
    [
        (lambda: Rules().when(txt="a"), "unknown-key", "unknown key 'txt'; did you mean 'text'?"),
        (lambda: Rules().when(), "missing-key", "an empty condition"),
        (lambda: Rules().when(text={"exat": "a"}), "unknown-key", "when.text.exat: unknown key 'exat'"),
        (lambda: Rules().when(text=b"a"), "wrong-value", "a bytes cannot stand in a scenario; give a text, a number"),
        (lambda: Rules().when(text=Decimal(1)), "wrong-value", "a Decimal cannot stand in a scenario"),
        (lambda: Rules().when(text=re.compile(b"a")), "bad-regex", "an expression for bytes; compile it from a text"),
        (lambda: Rules().when(text=re.compile("a", re.VERBOSE)), "bad-regex", "the flag x of an expression"),
        (lambda: Rules().when(text=re.compile("(?=a)")), "bad-regex", "when.text: "),
        (lambda: Steps().sya("Hello"), "unknown-step", "unknown step 'sya'; did you mean 'say'?"),
        (lambda: Steps().sya("Hello", sound="none"), "unknown-step", "unknown step 'sya'"),
        (lambda: Steps().say(), "wrong-value", "a text is needed here, not nothing"),
        (lambda: Steps().say("a", "b"), "wrong-value", "2 values for 'say'; give one; a list if several are meant"),
        (lambda: Steps().say("{turn.txt}"), "unknown-placeholder", "unknown placeholder {turn.txt}"),
        (
            lambda: Steps().say("a", sount="none"),
            "unknown-key",
            "say.sount: unknown key 'sount'; did you mean 'sound'?",
        ),
        (lambda: Steps().pause("a while"), "bad-duration", '"a while" is no duration'),
        (lambda: Steps().close(1000).say("a"), "wrong-value", "steps after 'close' are never reached"),
        (lambda: Steps().think("a", more="b"), "unknown-key", "unknown key 'more'"),
        (lambda: Steps().transcript("a", much="b"), "unknown-key", "unknown key 'much'"),
        (lambda: Rules().script(conection=1), "unknown-key", "for.conection: unknown key 'conection'"),
        (lambda: Rules().script().say("a"), "wrong-value", "'say' before anything is expected; begin with expect(...)"),
        (lambda: Rules().script().expect(txt="a"), "unknown-key", "expect.txt: unknown key 'txt'"),
        (lambda: Rules().script().expect(text="a", says=""), "wrong-value", "an empty text"),
    ],
)
def test_what_no_file_could_have_is_told_with_what_would_be_right(call: Any, code: str, words: str):
    with pytest.raises(ScenarioError) as caught:
        call()
    problem = caught.value.problems[0]
    assert problem.code == code
    assert words in str(problem)
    assert (problem.file, problem.line) == (__file__, call.__code__.co_firstlineno)


def test_a_complaint_names_the_line_of_the_call_in_a_chain():
    rules = Rules()
    wrong = here(6)
    with pytest.raises(ScenarioError) as caught:
        (
            rules.when(text="a")
            .say("One.")
            .pause("700ms")
            .sya("Two.")
            .say("Three.")
        )  # fmt: skip
    assert str(caught.value).startswith(wrong)
    talk = Talk(rules.responder())
    assert talk.steps("a") == [Say("One."), Pause(0.7)]


def test_a_private_name_is_no_step():
    with pytest.raises(AttributeError):
        Steps()._say  # noqa: B018


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
