"""Replies with calls in them: what is said before a result, with it, and in its place."""

from collections.abc import Sequence
from typing import Any

import pytest
from talk import Talk

from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.memory import Called, Memory
from gemlive_emulator.scenario.playing import play, play_first
from gemlive_emulator.scenario.template import Scene
from gemlive_emulator.session.steps import Pause, Reply, Say, Silence, Step, UserTurn
from gemlive_emulator.session.toolbox import Toolbox
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolCall, ToolResult
from gemlive_emulator.wire.errors import EmulatorError
from gemlive_emulator.wire.tools import FunctionDeclaration, Schema

WEATHER = FunctionDeclaration(
    name="get_temperature",
    parameters=Schema(
        type="OBJECT",
        properties={"location": Schema(type="STRING"), "days": Schema(type="INTEGER")},
        required=["location"],
    ),
    response=Schema(type="OBJECT", properties={"temperature": Schema(type="NUMBER")}, required=["temperature"]),
)
LIGHTS = FunctionDeclaration(name="turn_on_the_lights")
TOOLS = Toolbox({"get_temperature": WEATHER, "turn_on_the_lights": LIGHTS})


def returned(id: str = "1", name: str = "get_temperature", **response: Any) -> ToolResult:
    return ToolResult(id, name, response)


OTHERS = "rules: [{when: {text: x}, then: [{call: f, as: here}]}]\n"
"""Another rule, so that steps may take something from calls that they do not make."""


class Session:
    """Stands for the core: hands results to a reply, and keeps what it does.

    Args:
        written: the steps, as in a file.
        blocks: whether calls are waited for right there, whatever the reply wants.
        tools: what the client declares.
        text: of the turn.
        memory: of the session.
    """

    def __init__(
        self,
        written: str,
        blocks: bool = False,
        tools: Toolbox = TOOLS,
        text: str = "hi",
        memory: Memory | None = None,
    ) -> None:
        (scenario,) = parse(f"{OTHERS}otherwise:\n{written}")
        assert scenario.otherwise is not None
        self.memory = memory or Memory()
        self.scene = Scene(UserTurn(text, 1), Talk(tools=tools), self.memory.for_reply(), "otherwise")
        self._written = written
        self.steps: list[Step] = []
        self.call: CallTools | None = None
        self._blocks = blocks
        self._ids = 0
        self._reply: Reply = play(scenario.otherwise, self.scene)

    def go(self, *results: ToolResult) -> list[Step]:
        """Play until results are needed, beginning with these; gives what was done."""
        given: Any = results or None
        done: list[Step] = []
        while True:
            try:
                step = self._reply.send(given)
            except StopIteration:
                return done
            done.append(step)
            self.steps.append(step)
            given = None
            if isinstance(step, CallTools):
                self.call = step
                if step.wait is True or self._blocks:
                    return done
                given = self._named(step.calls)
            elif isinstance(step, AwaitResults):
                return done

    def beside(self, text: str, written: str | None = None) -> "Session":
        """The reply to another turn of the same session, the same steps if there are no others."""
        return Session(written or self._written, text=text, memory=self.memory)

    def refuse(self, why: str) -> None:
        """The core does not take the latest step."""
        self._reply.throw(EmulatorError(why))

    def cut(self) -> None:
        """The user interrupts."""
        self._reply.close()

    def _named(self, calls: Sequence[ToolCall]) -> tuple[str, ...]:
        self._ids += len(calls)
        return tuple(str(self._ids - len(calls) + at + 1) for at in range(len(calls)))


CALL = """
  - say: Let me see.
  - call: get_temperature
    args: {location: "New York"}
  - say: "It is {result.temperature} degrees in {call.args.location}."
"""


def test_a_result_is_waited_for_where_the_next_step_takes_from_it():
    session = Session(CALL)
    said, call = session.go()
    assert said == Say("Let me see.")
    assert isinstance(call, CallTools)
    assert call.calls == (ToolCall("get_temperature", {"location": "New York"}),)
    assert (call.wait, call.checked, call.timeout, call.late, call.cancelled) == (True, True, None, None, None)
    assert session.go(returned(temperature=21.0)) == [Say("It is 21 degrees in New York.")]


def test_what_needs_no_result_is_said_while_the_function_runs():
    session = Session(CALL.replace('  - say: "It', '  - say: I am looking it up.\n  - pause: 1s\n  - say: "It'))
    _, call, *between, waits = session.go()
    assert isinstance(call, CallTools)
    assert call.wait == "blocking"
    assert between == [Say("I am looking it up."), Pause(1.0)]
    assert waits == AwaitResults(("1",))
    assert session.go(returned(temperature=3)) == [Say("It is 3 degrees in New York.")]


def test_a_function_that_blocks_is_waited_for_right_there():
    session = Session("  - call: turn_on_the_lights\n  - say: a\n  - await\n  - say: b", blocks=True)
    assert [type(step) for step in session.go()] == [CallTools]
    assert session.go(returned(name="turn_on_the_lights")) == [Say("a"), Say("b")]


@pytest.mark.parametrize("await_step", ["await", "await: x", "await: {}"])
def test_await_waits_though_nothing_is_taken(await_step: str):
    session = Session(f"  - {{call: turn_on_the_lights, as: x}}\n  - say: a\n  - {await_step}\n  - say: b")
    assert session.go()[1:] == [Say("a"), AwaitResults(("1",))]
    assert session.go(returned(name="turn_on_the_lights")) == [Say("b")]


def test_await_of_what_is_back_already_does_nothing():
    session = Session("  - call: turn_on_the_lights\n  - await\n  - await: turn_on_the_lights\n  - say: b")
    assert len(session.go()) == 1
    assert session.go(returned(name="turn_on_the_lights")) == [Say("b")]


def test_await_of_what_was_never_called_names_its_place():
    with pytest.raises(EmulatorError, match='otherwise, step 1: nothing called "x" was called before'):
        Session("  - await: x\n  - {call: turn_on_the_lights, as: x}").go()


def test_a_call_at_the_end_is_waited_for_and_nothing_is_said():
    session = Session("  - call: turn_on_the_lights")
    (call,) = session.go()
    assert isinstance(call, CallTools)
    assert call.wait
    assert session.go(returned(name="turn_on_the_lights", result="ok")) == [Silence()]


def test_open_calls_are_waited_for_at_the_end():
    session = Session("""
  - {call: turn_on_the_lights, as: lights, if_error: [{say: "No light."}]}
  - {call: get_temperature, args: {location: X}}
  - say: Both are on their way.
""")
    assert [type(step) for step in session.go()] == [CallTools, CallTools, Say, AwaitResults]
    assert session.go(returned("1", "turn_on_the_lights", error="fuse")) == [Say("No light."), AwaitResults(("2",))]
    assert session.go(returned("2", temperature=1)) == [Silence()]


def test_two_calls_that_one_step_needs_are_both_waited_for():
    session = Session("""
  - {call: get_temperature, as: here, args: {location: A}}
  - {call: get_temperature, as: there, args: {location: B}}
  - say: "{results.here.temperature}/{results.there.temperature}/{result.temperature}"
""")
    assert [type(step) for step in session.go()] == [CallTools, CallTools, AwaitResults]
    assert session.go(returned("1", temperature=1)) == [AwaitResults(("2",))]
    assert session.go(returned("2", temperature=2)) == [Say("1/2/2")]


PARALLEL = """
  - calls:
      - {call: get_temperature, as: here, args: {location: A}}
      - {call: get_temperature, args: {location: B}, id: mine}
      - {call: turn_on_the_lights}
    if_error:
      - say: "{call.name} failed: {result.error}"
  - say: "{results.here.temperature} and {results.get_temperature.temperature}, {results.turn_on_the_lights}"
"""


def test_parallel_calls_go_out_together():
    session = Session(PARALLEL)
    (call,) = session.go()
    assert isinstance(call, CallTools)
    assert [(one.name, one.args, one.id) for one in call.calls] == [
        ("get_temperature", {"location": "A"}, ""),
        ("get_temperature", {"location": "B"}, "mine"),
        ("turn_on_the_lights", {}, ""),
    ]
    ok = returned("3", "turn_on_the_lights", result="ok")
    assert session.go(returned("1", temperature=1), returned("mine", temperature=2), ok) == [Say("1 and 2, ok")]


def test_the_call_that_failed_is_the_latest_in_the_steps_for_that():
    session = Session(PARALLEL)
    session.go()
    failed = returned("3", "turn_on_the_lights", error="no fuse")
    assert session.go(returned("1", temperature=1), returned("mine", temperature=2), failed) == [
        Say("turn_on_the_lights failed: no fuse")
    ]


def test_the_arguments_of_a_call_may_come_from_a_result():
    session = Session("""
  - {call: turn_on_the_lights}
  - call: get_temperature
    args: {location: "{result.city}", days: "{result.days}"}
  - say: "{result.temperature}"
""")
    session.go()
    (call,) = session.go(returned(name="turn_on_the_lights", city="Oslo", days=2))
    assert isinstance(call, CallTools)
    assert call.calls[0].args == {"location": "Oslo", "days": 2}
    assert session.go(returned(temperature=-3)) == [Say("-3")]


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
