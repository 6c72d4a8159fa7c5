"""What is done where results are not as hoped for, interim, late, or of other replies."""

import pytest
from test_playing import CALL, Session, returned

from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.memory import Called
from gemlive_emulator.scenario.playing import play, play_first
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.steps import Say, Silence, UserTurn
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolResult
from gemlive_emulator.wire.errors import EmulatorError

BRANCHES = """
  - call: get_temperature
    args: {location: A}
    if_error: [{say: "It says {result.error.code}."}]
    if_missing: {after: 5s, then: [{say: "No answer for {call.args.location}."}]}
    if_malformed: [{say: "I cannot read {result}."}]
    if_cancelled: [{say: "I stopped asking about {call.args.location}."}]
    if_late: [{say: "By the way, it is {result.temperature}."}]
  - say: It is {result.temperature}.
"""


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (returned(temperature=1), "It is 1."),
        (returned(error={"code": 7}), "It says 7."),
        (ToolResult("1", "get_temperature", end="given up"), "No answer for A."),
        (returned(temp=1), 'I cannot read {"temp": 1}.'),
        (returned(temperature="hot"), 'I cannot read {"temperature": "hot"}.'),
        (ToolResult("1", "get_temperature", end="cancelled"), "I stopped asking about A."),
    ],
)
def test_results_that_are_not_as_hoped_for_have_steps_of_their_own(result: ToolResult, said: str):
    session = Session(BRANCHES)
    session.go()
    assert session.call is not None
    assert session.call.timeout == 5.0
    assert session.go(result) == [Say(said)]


def test_a_result_that_comes_too_late_is_answered_for_itself():
    session = Session(BRANCHES)
    session.go()
    session.go(ToolResult("1", "get_temperature", end="given up"))
    assert session.call is not None
    assert session.call.late is not None
    assert list(session.call.late(returned(temperature=9))) == [Say("By the way, it is 9.")]


def test_the_reply_after_a_cancelled_call_begins_with_the_steps_for_that():
    session = Session(BRANCHES)
    session.go()
    assert session.call is not None
    assert session.call.cancelled is not None
    session.call.cancelled(("1",))
    session.cut()
    (scenario,) = parse("otherwise: [{say: And now?}]")
    following = Scene(UserTurn("stop", 2), session.scene.conversation, session.memory.for_reply())
    assert list(play(scenario.otherwise or (), following)) == [Say("I stopped asking about A."), Say("And now?")]
    assert list(play_first(following)) == []


def test_a_failure_without_steps_is_said_where_the_rest_takes_what_is_not_there():
    session = Session(CALL)
    session.go()
    assert session.go(returned(error="no such city")) == [Say("The function get_temperature failed: no such city")]


def test_a_failure_without_steps_is_nothing_to_steps_that_take_nothing():
    session = Session("  - call: turn_on_the_lights\n  - await\n  - say: Done.")
    session.go()
    assert session.go(returned(name="turn_on_the_lights", error="fuse")) == [Say("Done.")]


def test_a_path_that_is_not_there_is_an_error_that_names_it():
    session = Session(CALL)
    session.go()
    wrong = r'otherwise, step 3: \{result.temperature\} is not in what get_temperature returned: \{"temp": 20\}'
    with pytest.raises(EmulatorError, match=wrong):
        session.go(returned(temp=20))


def test_a_later_call_of_the_same_name_is_another_call():
    session = Session("""
  - call: get_temperature
    args: {location: A}
    if_malformed: [{say: Odd.}]
  - say: "{result.temperature}"
  - {call: turn_on_the_lights}
  - say: "{result.watts}"
""")
    session.go()
    assert session.go(returned(temperature=1)) == [Say("1"), session.call]
    assert session.go(returned(name="turn_on_the_lights", watts=60)) == [Say("60")]


def test_a_declared_result_is_not_held_against_functions_without_declaration():
    session = Session("  - {call: f, checked: false, if_malformed: [{say: Odd.}]}\n  - say: '{result.x}'")
    session.go()
    assert session.call is not None
    assert not session.call.checked
    assert session.go(returned(name="f", x=1)) == [Say("1")]


def test_interim_results_are_each_answered_by_the_rest():
    session = Session("  - call: turn_on_the_lights\n  - say: '{result.percent} %'")
    session.go()
    first = ToolResult("7", "turn_on_the_lights", {"percent": 50}, continues=True)
    assert session.go(first) == [Say("50 %"), AwaitResults(("7",))]
    assert session.go(returned("7", "turn_on_the_lights", percent=100)) == [Say("100 %")]


def test_of_parallel_calls_only_those_that_go_on_are_waited_for_again():
    session = Session("""
  - calls: [{call: turn_on_the_lights, as: a}, {call: turn_on_the_lights, as: b}]
  - say: "{results.a.n}{results.b.n}"
""")
    session.go()
    first = ToolResult("1", "turn_on_the_lights", {"n": 1}, continues=True)
    second = ToolResult("2", "turn_on_the_lights", {"n": 2})
    assert session.go(first, second) == [Say("12"), AwaitResults(("1",))]
    assert session.go(ToolResult("1", "turn_on_the_lights", {"n": 3})) == [Say("32")]


def test_interim_results_of_which_nothing_is_said_are_waited_through():
    session = Session("  - call: turn_on_the_lights")
    session.go()
    assert session.go(ToolResult("1", "turn_on_the_lights", continues=True)) == [AwaitResults(("1",))]
    assert session.go(returned("1", "turn_on_the_lights")) == [Silence()]


def test_calls_of_other_replies_meanwhile_do_not_change_what_the_latest_is():
    session = Session(CALL)
    session.go()
    session.memory.note("f", Called("f", {}))
    assert session.go(returned(temperature=1)) == [Say("It is 1 degrees in New York.")]


def test_replies_that_call_the_same_function_each_have_their_own_result():
    oslo = Session("""
  - {call: get_temperature, as: here, args: {location: "{turn.text}"}}
  - say: "{calls.here.args.location}: {results.here.temperature}, {result.temperature}, {call.args.location}"
""")
    rome = oslo.beside("Rome")
    oslo.go()
    rome.go()
    assert rome.go(returned(temperature=20)) == [Say("Rome: 20, 20, Rome")]
    assert oslo.go(returned(temperature=3)) == [Say("hi: 3, 3, hi")]
    assert oslo.beside("x", "  - say: '{results.here.temperature} {call.args.location}'").go() == [Say("20 Rome")]


def test_the_reply_after_a_cancelled_call_knows_that_call_and_none_of_another_reply():
    session = Session("  - {call: turn_on_the_lights, as: it, args: {}, if_cancelled: [{say: 'No {calls.it.args}.'}]}")
    session.go()
    assert session.call is not None
    assert session.call.cancelled is not None
    session.call.cancelled(("1",))
    session.cut()
    session.memory.note("it", Called("f", {"x": 1}))
    assert session.beside("stop", "  - say: '{call.name}'").go() == [Say("No {}."), Say("turn_on_the_lights")]


@pytest.mark.parametrize(("taken", "said"), [("{result}", "{}"), ("{result.x}", None)])
def test_a_call_whose_reply_was_cut_is_like_one_that_was_given_up(taken: str, said: str | None):
    session = Session("  - call: turn_on_the_lights")
    session.go()
    later = session.beside("and?", f"  - say: '{taken}'")
    with pytest.raises(EmulatorError, match="turn_on_the_lights has not returned yet"):
        session.beside("and?", f"  - say: '{taken}'").go()
    session.cut()
    if said is not None:
        assert later.go() == [Say(said)]
    else:
        with pytest.raises(EmulatorError, match=r"\{result.x\} is not in what turn_on_the_lights returned: \{\}"):
            later.go()


def test_steps_for_a_failure_may_call_again():
    session = Session("""
  - call: get_temperature
    args: {location: A}
    if_error:
      - {call: turn_on_the_lights, if_error: [{say: Dark.}]}
      - say: "{result.watts} and {results.get_temperature.error}"
  - say: "{result.temperature}"
""")
    session.go()
    (again,) = session.go(returned(error="e"))
    assert isinstance(again, CallTools)
    assert session.go(returned(name="turn_on_the_lights", watts=60)) == [Say("60 and e")]


@pytest.mark.parametrize(
    ("written", "wrong"),
    [
        (
            "{call: get_temprature}",
            "otherwise, step 2: the client declared no function \"get_temprature\"; did you mean 'get_temperature'?",
        ),
        ("{call: get_temperature}", "step 2: the arguments do not fit: get_temperature: args.location is missing"),
        ("{call: get_temperature, args: {location: A, days: many}}", "step 2: the arguments do not fit: "),
        ("{call: turn_on_the_lights, args: {x: '{result.y}'}}", r"step 2: \{result.y\}: no function was called before"),
        ("{say: '{results.f.y}'}\n  - {call: f}", 'step 2: .*nothing called "f" was called before'),
    ],
)
def test_a_step_that_cannot_be_played_names_its_place(written: str, wrong: str):
    with pytest.raises(EmulatorError, match=wrong):
        Session(f"  - say: a\n  - {written}").go()


def test_the_place_of_a_call_that_the_session_refuses_is_told():
    session = Session("  - say: a\n  - {call: turn_on_the_lights}")
    session.go()
    with pytest.raises(EmulatorError, match=r"^otherwise, step 2: it is declared no more$"):
        session.refuse("it is declared no more")


def test_the_place_of_a_step_within_a_step_is_told():
    session = Session("  - {call: turn_on_the_lights, if_error: [{say: a}, {call: f}]}")
    session.go()
    with pytest.raises(EmulatorError, match="otherwise, step 1, if_error, step 2: the client declared no function"):
        session.go(returned(name="turn_on_the_lights", error="x"))


def test_where_the_client_declared_nothing_that_is_said():
    with pytest.raises(EmulatorError, match='the client declared no function "f"; it declared none'):
        Session("  - call: f", tools=Toolbox()).go()


@pytest.mark.parametrize(
    "written", ["{call: f, args: {a: 1}}", "{call: get_temperature, args: {location: 5, x: true}}"]
)
def test_a_call_may_be_wrong_on_purpose(written: str):
    session = Session(f"  - {written[:-1]}, checked: false}}")
    (call,) = session.go()
    assert isinstance(call, CallTools)
    assert not call.checked


def test_results_of_earlier_replies_are_known():
    session = Session("  - call: turn_on_the_lights\n  - say: '{result}'")
    session.go()
    session.go(returned(name="turn_on_the_lights", result="ok"))
    (scenario,) = parse(
        "rules: [{when: {text: x}, then: [{call: turn_on_the_lights}]}]\n"
        "otherwise: [{say: '{results.turn_on_the_lights} {call.name}'}]"
    )
    assert list(play(scenario.otherwise or (), session.scene)) == [Say("ok turn_on_the_lights")]
