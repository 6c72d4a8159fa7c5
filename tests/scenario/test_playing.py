"""Replies with calls in them: what is said before a result, with it, and in its place."""

from collections.abc import Sequence
from typing import Any

import pytest
from talk import Talk

from gemlive_emulator.scenario.loader import parse
from gemlive_emulator.scenario.memory import Memory
from gemlive_emulator.scenario.playing import play
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
