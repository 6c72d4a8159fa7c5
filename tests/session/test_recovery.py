"""Calls that had no result when the connection ended: the resumed session takes it, and goes on from there."""

from typing import Any

import pytest
from book import CASCADE, MIDDLE, NATIVE, NEW, OLD, declares, kinds, only, opened

from gemlive_emulator.profiles.families import FAMILIES
from gemlive_emulator.session.commands import Ask, HandleIssued, InputHeard, ToolCalls, ToolResultsTaken, Warn
from gemlive_emulator.session.history import History
from gemlive_emulator.session.steps import (
    Consult,
    Conversation,
    Handle,
    Pause,
    Reply,
    Responder,
    Say,
    Step,
    Tell,
    UserTurn,
)
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolCall
from gemlive_emulator.testing.playbook import Happened, Playbook

WEATHER = declares("get_weather", "get_time")
HELD = declares("get_weather", "get_time", behavior="BLOCKING")
PARIS = ToolCall("get_weather", {"city": "Paris"})
TIME = ToolCall("get_time", {"city": "Paris"})
HEARD = {"outputAudioTranscription": {}}
SURVIVE = {"behaviour.resumption.pending_calls": "survive"}


def weather(turn: UserTurn, conversation: Conversation) -> Reply:
    """Speaks, calls, and tells what came of it."""
    if "weather" not in turn.text:
        yield Say(f"You said: {turn.text}")
        return
    yield Say("Let me see.")
    [result] = yield CallTools((PARIS,))
    yield Say(f"It is {result.response['sky']} in Paris.")


def words(happened: list[Happened]) -> str:
    """What is said aloud."""
    return "".join(getattr(one.command, "words", "") for one in happened)


def respond(book: Playbook, id: str, name: str = "get_weather", **more: Any) -> list[Happened]:
    """The client sends what a function returned, and waits."""
    response = {"id": id, "name": name, "response": {"sky": "clear", "time": "noon"}, **more}
    start = len(book.log)
    book.receive({"toolResponse": {"functionResponses": [response]}})
    book.finish()
    return book.log[start:]


class Line:
    """A client that loses its connections and comes back with its first handle, or the last."""

    def __init__(self, responder: Responder, model: str = NEW, **setup: Any) -> None:
        self.kept: dict[str, Any] = {}
        self.responder = responder
        self.model = model
        self.setup = {"tools": WEATHER, **HEARD, **setup}
        self.seed = 0
        self.book = self.open()

    def open(self, handle: str | None = None, **setup: Any) -> Playbook:
        self.seed += 1
        resumption = {"sessionResumption": {"handle": handle}} if handle else {"sessionResumption": {}}
        setup = {**self.setup, **setup, **resumption}
        self.book = opened(self.responder, self.model, kept=self.kept, seed=self.seed, **setup)
        return self.book

    @property
    def handle(self) -> str:
        issued = [one.command.handle for one in self.book.log if isinstance(one.command, HandleIssued)]
        return issued[-1]

    def call(self, text: str = "weather") -> str:
        """Ask for something; gives the id of the one call that comes of it."""
        start = len(self.book.log)
        self.book.say(text)
        self.book.finish()
        [call] = only(self.book.log[start:], ToolCalls).calls
        return call.id

    def lose(self) -> Playbook:
        """Lose the connection, and come back."""
        handle = self.handle
        self.book.hang_up()
        return self.open(handle)


@pytest.mark.parametrize("tools", [WEATHER, HELD])
def test_on_3_8_the_old_id_is_taken_and_the_answer_is_spoken(tools: Any):
    """Logs of 2026: pending calls survive a resumption, and accept the old id."""
    line = Line(weather, tools=tools)
    id = line.call()
    book = line.lose()
    assert not any(isinstance(one.command, ToolCalls) for one in book.log)
    happened = respond(book, id)
    assert words(happened) == "It is clear in Paris."
    assert kinds(happened).count("TurnComplete") == 1
    assert only(happened, ToolResultsTaken).results[0].id == id
    # What was said before the connection was lost is not said again, and all of it is known.
    said = [said.text for said in book.kept[line.handle].restore().entries]
    assert said[0] == "weather"
    assert said[-2:] == ['get_weather: {"sky": "clear", "time": "noon"}', "It is clear in Paris."]


def test_it_survives_several_connections_and_is_taken_once():
    line = Line(weather)
    id = line.call()
    line.lose()
    line.lose()
    assert words(respond(line.book, id)) == "It is clear in Paris."
    again = respond(line.book, id)
    assert "was answered before; this response is ignored" in only(again, Warn).text
    line.lose()
    assert words(respond(line.book, id)) == ""


@pytest.mark.parametrize("model", [OLD, CASCADE, NATIVE, MIDDLE])
def test_elsewhere_calls_are_lost(model: str):
    """Public code, tried live on 2.5: the late response is ignored. On the other families it is inferred."""

    def gives(turn: UserTurn, conversation: Conversation) -> Reply:
        [id] = yield CallTools((PARIS,), wait=False)
        yield Handle("give")
        [result] = yield AwaitResults((id,))
        yield Say(f"It is {result.response['sky']}.")

    line = Line(gives, model)
    id = line.call()
    handle = line.handle
    line.lose()
    happened = respond(line.book, id)
    assert kinds(happened) == ["Warn"]
    assert "is known; the response is ignored" in only(happened, Warn).text
    line.book.hang_up()
    # And a setting lets them survive there too.
    line.open(handle, overrides=SURVIVE)
    assert words(respond(line.book, id)) == "It is clear."


def test_by_a_setting_they_are_lost_on_3_8_too_and_a_response_gives_an_empty_turn():
    """Public code, tried live, before the logs of 2026."""
    lost = {"behaviour.resumption.pending_calls": "lost"}
    line = Line(weather, overrides=lost)
    id = line.call()
    happened = respond(line.lose(), id)
    assert words(happened) == ""
    assert "TurnComplete" in kinds(happened)


def test_the_handle_of_a_session_can_be_used_twice_and_each_goes_on_by_itself():
    """Nothing is shared between the two, and nothing lost."""
    line = Line(weather)
    handle, id = line.handle, line.call()
    line.book.hang_up()
    first = line.open(handle)
    assert words(respond(first, id)) == "It is clear in Paris."
    first_handle = line.handle
    first.hang_up()
    second = line.open(handle)
    second_handle = line.handle
    second.say("Hello")
    second.finish()
    assert words(respond(second, id)) == "It is clear in Paris."
    handles = (first_handle, second_handle, handle)
    known = [[said.text for said in line.kept[kept].restore().entries] for kept in handles]
    assert ["Hello" in said for said in known] == [False, True, False]
    assert all(said[0] == "weather" for said in known)
    assert [len(said) for said in known] == [4, 6, 2]


def test_a_time_out_counts_from_the_resumption():
    def patient(turn: UserTurn, conversation: Conversation) -> Reply:
        [result] = yield CallTools((PARIS,), timeout=30)
        yield Say(f"It {result.end}.")

    line = Line(patient)
    line.book.say("weather")
    line.book.advance(20)
    book = line.lose()
    book.advance(29)
    assert words(book.log) == ""
    book.advance(2)
    book.finish()
    assert words(book.log) == "It given up."


def test_what_the_reply_knew_is_what_it_knows_again():
    seen: list[tuple[list[str], bool, int, str]] = []

    def looking(turn: UserTurn, conversation: Conversation) -> Reply:
        seen.append(([said.text for said in conversation.history], conversation.resumed, turn.number, turn.text))
        if turn.number == 2:
            [result] = yield CallTools((PARIS,))
            yield Say(f"It is {result.response['sky']}.")
        else:
            yield Say("Hm.")

    line = Line(looking)
    line.book.say("one")
    line.book.finish()
    id = line.call("two")
    line.lose().say("three")
    line.book.finish()
    assert words(respond(line.book, id)) == "It is clear."
    assert seen[1] == seen[3] == (["one", "Hm."], False, 2, "two")
    assert seen[2] == (["one", "Hm.", "two"], True, 3, "three")


def test_a_reply_is_passed_over_up_to_the_result_that_it_has_not_had():
    """Of several calls one was answered before; what is asked outside for is asked again."""

    def long(turn: UserTurn, conversation: Conversation) -> Reply:
        topic = yield Consult(lambda: None)  # type: ignore[arg-type,return-value]
        yield Say("First.")
        [early] = yield CallTools((TIME,), wait=False)
        yield Tell((InputHeard("odd"),))
        yield Pause(0.1)
        [result] = yield CallTools((PARIS,))
        [time] = yield AwaitResults((early,))
        yield Say(f"{topic}: {result.response['sky']} at {time.response['time']}.")

    line = Line(long, tools=HELD)
    line.book.say("weather")
    line.book.answer(max(line.book.asked), "Paris")
    line.book.finish()
    early, late = (one.command.calls[0].id for one in line.book.log if isinstance(one.command, ToolCalls))
    respond(line.book, early, "get_time")
    book = line.lose()
    respond(book, late)
    book.answer(only(book.log, Ask).id, "Paris")
    book.finish()
    assert words(book.log) == "Paris: clear at noon."
    assert not any(isinstance(one.command, InputHeard) for one in book.log)


def test_what_an_outside_raises_is_raised_in_the_reply():
    def careful(turn: UserTurn, conversation: Conversation) -> Reply:
        try:
            yield Consult(lambda: None)  # type: ignore[arg-type,return-value]
        except OSError:
            yield Say("Nobody there.")
        [result] = yield CallTools((PARIS,))
        try:
            yield Consult(lambda: None)  # type: ignore[arg-type,return-value]
        except OSError as error:
            yield Say(f"{error}, and {result.response['sky']}.")

    line = Line(careful)
    line.book.say("weather")
    line.book.answer(max(line.book.asked), error=OSError("gone"))
    line.book.finish()
    [call] = only(line.book.log, ToolCalls).calls
    book = line.lose()
    respond(book, call.id)
    for words_of_error in ("gone", "gone again"):
        book.answer(max(book.asked), error=OSError(words_of_error))
    book.finish()
    assert words(book.log) == "gone again, and clear."


@pytest.mark.parametrize(
    "other",
    [Say("Something else."), CallTools((ToolCall("get_weather", {"city": "Rome"}),)), AwaitResults(("of nothing",))],
    ids=["says", "calls", "awaits"],
)
def test_a_reply_that_has_become_another_has_nothing_to_say(other: Step):
    """The scenario was changed, or chance decides: the turn is empty, and what was returned is known."""
    times = 0

    def fickle(turn: UserTurn, conversation: Conversation) -> Reply:
        nonlocal times
        times += 1
        if times == 1:
            yield CallTools((PARIS,))
        else:
            yield other

    line = Line(fickle)
    id = line.call()
    happened = respond(line.lose(), id)
    assert words(happened) == ""
    assert kinds(happened).count("TurnComplete") == 1
    assert line.kept[line.handle].restore().entries[-1].role == "tool"


def test_results_of_a_reply_that_did_not_wait_are_known_and_nobody_speaks_of_them():
    def hasty(turn: UserTurn, conversation: Conversation) -> Reply:
        yield CallTools((PARIS,), wait=False)
        yield Say("On my way.")

    line = Line(hasty)
    id = line.call()
    happened = respond(line.lose(), id)
    assert happened == []
    line.book.say("Thanks")
    assert line.kept[line.handle].restore().entries[1:3][-1].text.startswith("get_weather: ")


def test_calls_that_an_interruption_made_again_survive_under_their_new_ids():
    """Logs of 2026: typed input had BLOCKING calls made again."""
    line = Line(weather, tools=HELD)
    old = line.call()
    new = line.call("the weather, I said")
    assert new != old
    book = line.lose()
    assert words(respond(book, old)) == ""
    assert "It is clear in Paris." in words(respond(book, new))


def test_typed_input_has_a_call_of_before_made_again():
    line = Line(weather, tools=HELD)
    old = line.call()
    book = line.lose()
    new = line.call("Hello?")
    assert new != old
    assert words(respond(book, new)) == "It is clear in Paris."


def test_a_call_without_a_turn_of_the_users_is_lost():
    """It cannot be asked for once more."""

    def later(result: Any) -> Reply:
        yield CallTools((TIME,))

    def calls(turn: UserTurn, conversation: Conversation) -> Reply:
        yield CallTools((PARIS,), timeout=1, late=later)

    line = Line(calls)
    first = line.call()
    line.book.advance(2)
    happened = respond(line.book, first)
    [call] = only(happened, ToolCalls).calls
    assert line.book.session.closed is False
    assert kinds(respond(line.lose(), call.id, "get_time")).count("TurnComplete") == 1
    assert words(line.book.log) == ""


def test_every_family_says_what_becomes_of_calls():
    rules = {name: family.behaviour.resumption.pending_calls for name, family in FAMILIES.items()}
    assert {name for name, rule in rules.items() if rule == "survive"} == {"3.8", "3.8-extended-thinking"}


def test_a_position_moves_with_what_a_context_has_lost():
    line = Line(weather)
    line.book.say("one")
    line.book.finish()
    id = line.call()
    line.book.hang_up()
    history: History = line.kept[line.handle].history
    history.start = 2
    [pending] = history.snapshot().restore().pending
    assert pending.known == 0
    assert words(respond(line.open(line.handle), id)) == "It is clear in Paris."


def test_the_age_of_a_session_is_noted_with_what_it_tells():
    """So that a store has it before the client, and no kill of the emulator takes it back."""
    line = Line(weather)
    line.book.advance(100)
    history = line.kept[line.handle].history
    assert history.age == 0
    line.book.say("Hello")
    assert history.age == 100
    line.book.finish()
    assert history.age == line.book.log[-1].at
    line.book.advance(551 - line.book.now)
    assert kinds(line.book.log)[-1] == "GoingAway"
    assert history.age == 550
