"""Scenarios written call by call: the same vocabulary as in files, judged by the same models."""

import inspect
import re
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from talk import Talk

from gemlive_emulator.scenario import fluent, vocabulary
from gemlive_emulator.scenario.choice import Choice
from gemlive_emulator.scenario.errors import ScenarioError
from gemlive_emulator.scenario.fluent import Rules, Steps
from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.model import ExchangeForm
from gemlive_emulator.scenario.place import Place
from gemlive_emulator.scenario.steps import STEPS
from gemlive_emulator.scenario.when import CallersForm, ExpectForm, WhenForm
from gemlive_emulator.session.steps import CloseConnection, Conversation, Pause, Reply, Say, UserTurn


def here(lines: int = 0) -> str:
    """File and line of the caller, or of so many lines below."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return f"{frame.f_back.f_code.co_filename}:{frame.f_back.f_lineno + lines}:"


def written(**conditions: Any) -> Any:
    """What a rule with these conditions is in a file."""
    return {key: fluent.written(value, Place()) for key, value in conditions.items()}


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
