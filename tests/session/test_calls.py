"""Calls: recorded sequences of tool turns, and what each family makes of every kind of response."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from book import (
    CASCADE,
    MIDDLE,
    NATIVE,
    NEW,
    OLD,
    TEXT,
    declares,
    in_turns,
    kinds,
    listening,
    only,
    opened,
    quiet,
    spoken,
    times,
    tone,
)

from gemlive_emulator.profiles.admit import Terms
from gemlive_emulator.session.calls import MOST_REMEMBERED
from gemlive_emulator.session.commands import (
    GenerationComplete,
    HandleIssued,
    Interrupted,
    NotResumable,
    ToolCalls,
    ToolCallsCancelled,
    TurnComplete,
    TurnOpened,
    Warn,
)
from gemlive_emulator.session.steps import Consult, Conversation, Pause, Reply, Responder, Say, Silence, Step, UserTurn
from gemlive_emulator.session.tools import AwaitResults, CallTools, ToolCall, ToolResult
from gemlive_emulator.testing.playbook import Happened, Playbook
from gemlive_emulator.wire.endpoint import Backend, Endpoint
from gemlive_emulator.wire.errors import EmulatorError

VEGAS = CallTools((ToolCall("weather", {"city": "Vegas"}),))
EXTENDED = "models/gemini-3.8-live-extended-thinking"
BLOCKING, FREE = declares("weather", "time", behavior="BLOCKING"), declares("weather", "time", behavior="NON_BLOCKING")
LONG = "Once upon a time there was a town. " * 20


class Desk:
    """Calls the weather for whoever asks for it, and keeps what it was given.

    ``before`` is said before the call, ``meanwhile`` after it, without waiting.
    """

    def __init__(self, *before: Step, meanwhile: str = "", **call: Any) -> None:
        self.before = before
        self.meanwhile = meanwhile
        self.call = CallTools(VEGAS.calls, wait=not meanwhile, **call)
        self.given: list[ToolResult] = []
        self.seen: list[Conversation] = []

    def __call__(self, turn: UserTurn, conversation: Conversation) -> Reply:
        self.seen.append(conversation)
        if "weather" not in turn.text:
            yield Say(f"You said: {turn.text}")
            return
        yield from self.before
        (result,) = yield self.call
        if self.meanwhile:
            yield Say(self.meanwhile)
            (result,) = yield AwaitResults((result,))
        self.given.append(result)
        while result.continues:
            yield Say(f"So far {result.response['sky']}.")
            (result,) = yield AwaitResults((result.id,))
            self.given.append(result)
        yield Say(f"The weather in Vegas is {result.response.get('sky', 'unknown')}.")


def respond(book: Playbook, sky: str = "sunny", **fields: Any) -> list[Happened]:
    """The client answers the last call."""
    call = [one.command for one in book.log if isinstance(one.command, ToolCalls)][-1].calls[0]
    response = {"id": call.id, "name": call.name, "response": {"sky": sky}, **fields}
    return book.receive({"toolResponse": {"functionResponses": [response]}})


def asked(responder: Responder, model: str = OLD, tools: Any = BLOCKING, **rest: Any) -> Playbook:
    """A playbook in which the weather was called just now."""
    book = opened(responder, model, tools=tools, **rest)
    book.say("What is the weather in Vegas?")
    while not times(book.log, ToolCalls):
        book.advance(0.25)
    return book


def told(happened: list[Happened], *but: str) -> list[str]:
    """What the client was told, repeats folded."""
    left_out = {"Synthesize", "UtteranceBegins", "Remember", "Warn", *but}
    names = [name for name in kinds(happened) if name not in left_out]
    return [name for at, name in enumerate(names) if at == 0 or names[at - 1] != name]


def said_by_model(book: Playbook) -> list[str]:
    """Its answers, as far as they can have been heard."""
    talk = book.session._talk
    assert talk is not None
    return [said.text for said in talk._account.history.entries if said.role == "model"]


# Blocking calls.


@pytest.mark.parametrize("model", [OLD, NATIVE, MIDDLE, NEW, CASCADE])
def test_call_and_answer_are_one_turn(model: str):
    book = asked(desk := Desk(), model)
    respond(book)
    book.finish()
    assert told(book.log)[-1] == "TurnComplete"
    assert len(times(book.log, TurnOpened)) == len(times(book.log, TurnComplete)) == 1
    assert [result.response for result in desk.given] == [{"sky": "sunny"}]


@pytest.mark.parametrize("model", [OLD, NATIVE, CASCADE])
def test_on_2_x_a_call_that_nobody_answers_ends_its_turn_after_a_while(model: str):
    """ADK waits for that end before it answers, Google's suite answers at once: both are served (measured with both)."""
    book = asked(Desk(), model)
    (called,) = times(book.log, ToolCalls)
    book.finish()
    assert told(book.log)[-2:] == ["GenerationComplete", "TurnComplete"]
    assert times(book.log, TurnComplete) == [called + 1.5]
    respond(book)
    book.finish()
    assert len(times(book.log, TurnOpened)) == len(times(book.log, TurnComplete)) == 2


@pytest.mark.parametrize("model", [MIDDLE, NEW])
def test_on_3_x_the_turn_stays_open_until_there_is_a_response(model: str):
    book = asked(Desk(), model)
    book.finish()
    assert times(book.log, TurnComplete) == []
    assert book.session.next_event is None


def vertex(model: str, **setup: Any) -> Playbook:
    book = Playbook(Desk(), Endpoint(Backend.VERTEX), Terms())
    book.open(f"publishers/google/models/{model}", tools=BLOCKING, **setup)
    book.say("What is the weather in Vegas?")
    while not times(book.log, ToolCalls):
        book.advance(0.25)
    return book


@pytest.mark.parametrize("prompt", [True, False])
def test_on_vertex_a_call_is_a_turn_of_its_own(prompt: bool):
    book = vertex("gemini-live-2.5-flash")
    if prompt:
        respond(book)
    book.finish()
    if not prompt:
        assert len(times(book.log, TurnComplete)) == 1
        respond(book)
        book.finish()
    assert told(book.log) == [
        "SetupAccepted",
        "TurnOpened",
        "ToolCalls",
        "GenerationComplete",
        "TurnComplete",
        "TurnOpened",
        "ToolResultsTaken",
        "SpeechPart",
        "GenerationComplete",
        "TurnComplete",
    ]


def test_what_is_typed_while_a_call_blocks_is_answered_after_it():
    """Recorded (tools notebook, cell 37): the server queues it, and closes nothing."""
    book = asked(Desk(), OLD, generationConfig=TEXT)
    assert book.say("In the meantime tell me about the Paris casino") == []
    book.advance(10)
    respond(book)
    book.finish()
    assert book.said == "The weather in Vegas is sunny.You said: In the meantime tell me about the Paris casino"


def test_functions_are_called_one_after_the_other_within_one_turn():
    """Recorded (cell 52): ten calls, each waiting for its response."""

    def ten(turn: UserTurn, conversation: Conversation) -> Reply:
        for _ in range(10):
            yield VEGAS
        yield Say("Done.")

    book = asked(ten)
    for count in range(1, 11):
        assert len(times(book.log, ToolCalls)) == count
        respond(book)
        book.advance(1.25)
    book.finish()
    assert len(times(book.log, TurnComplete)) == 1


def test_several_calls_are_one_message_and_wait_for_all():
    both = CallTools((ToolCall("weather"), ToolCall("time")))
    book = opened(in_turns([both, Say("Now.")]), MIDDLE, tools=BLOCKING)
    book.say("both")
    calls = only(book.advance(1.5), ToolCalls).calls
    one, other = ({"id": call.id, "name": call.name, "response": {}} for call in calls)
    book.receive({"toolResponse": {"functionResponses": [other]}})
    assert "SpeechPart" not in kinds(book.finish())
    book.receive({"toolResponse": {"functionResponses": [one]}})
    assert "SpeechPart" in kinds(book.finish())


def test_speech_before_a_call_goes_out_before_it():
    book = asked(Desk(Say("Let me look that up.")), MIDDLE)
    assert told(book.log)[-2:] == ["SpeechPart", "ToolCalls"]


def test_calls_count_as_a_part_of_the_answer():
    """Recorded on 2.5: TEXT and AUDIO; on 3.1 69 tokens in all, 57 of them listed."""
    for model, listed in ((NATIVE, {"TEXT", "AUDIO"}), (MIDDLE, {"AUDIO"})):
        book = asked(Desk(), model)
        respond(book)
        usage = only(book.finish(), TurnComplete).usage
        assert set(usage.response) == listed
        assert bool(usage.unlisted_response) == (model == MIDDLE)


def test_results_are_part_of_the_conversation_and_of_the_prompt():
    book = asked(desk := Desk(), OLD)
    first = len(book.log)
    respond(book, sky="sunny")
    book.finish()
    book.say("And now?")
    book.finish()
    assert [said.role for said in desk.seen[1].history] == ["user", "tool", "model"]
    assert desk.seen[1].history[1].text == 'weather: {"sky": "sunny"}'
    before, after = (
        one.command.usage.prompt["TEXT"] for one in book.log[first:] if isinstance(one.command, TurnComplete)
    )
    assert after > before + 10


# Handles around calls.


def test_no_handle_while_a_call_is_pending():
    book = asked(Desk(), OLD, sessionResumption={})
    book.finish()
    assert times(book.log, HandleIssued) == []
    respond(book)
    book.finish()
    assert len(times(book.log, HandleIssued)) == 1
    assert len(times(book.log, NotResumable)) == 2


def test_3_1_gives_a_handle_right_after_the_response():
    book = asked(Desk(), MIDDLE)
    assert kinds(respond(book))[:3] == ["Remember", "HandleIssued", "ToolResultsTaken"]


# Calls that do not block: the sequences of the tools notebook, cells 40, 43 and 46.


def test_the_turn_of_a_call_that_does_not_block_ends_before_its_result():
    book = asked(Desk(meanwhile="I am fetching the weather."), OLD, FREE, generationConfig=TEXT)
    book.finish()
    assert told(book.log)[1:] == ["TurnOpened", "ToolCalls", "TextPart", "GenerationComplete", "TurnComplete"]
    assert only(book.log, TurnComplete).pending


def test_interrupt_cuts_what_is_being_said_without_an_end_of_generation():
    book = asked(Desk(), OLD, FREE, generationConfig=TEXT)
    book.finish()
    book.say(LONG)
    book.advance(0.5)
    happened = respond(book, scheduling="INTERRUPT") + book.finish()
    assert told(happened) == [
        "Interrupted",
        "TurnComplete",
        "TurnOpened",
        "ToolResultsTaken",
        "TextPart",
        "GenerationComplete",
        "TurnComplete",
    ]
    assert book.said.endswith("The weather in Vegas is sunny.")


def test_when_idle_waits_for_the_end_of_the_running_answer():
    book = asked(Desk(), NATIVE, FREE)
    book.finish()
    book.say(LONG)
    book.advance(1.5)
    respond(book, scheduling="WHEN_IDLE")
    happened = book.finish()
    assert times(happened, Interrupted) == []
    assert len(times(happened, TurnComplete)) == 2
    assert told(happened, "Thought")[-5:] == [
        "TurnOpened",
        "ToolResultsTaken",
        "SpeechPart",
        "GenerationComplete",
        "TurnComplete",
    ]


def test_when_idle_is_what_counts_if_the_client_says_nothing():
    book = asked(Desk(), OLD, FREE)
    book.finish()
    assert "SpeechPart" in kinds(respond(book) + book.finish())


@pytest.mark.parametrize("place", ["beside", "inside"])
def test_silent_gives_no_turn_but_is_known_later(place: str):
    book = asked(desk := Desk(), OLD, FREE)
    book.finish()
    silent = {"scheduling": "SILENT"}
    happened = respond(book, **(silent if place == "beside" else {"response": {"sky": "sunny", **silent}}))
    assert happened + book.finish() == []
    book.say("hello")
    book.finish()
    assert "sunny" in desk.seen[1].history[-1].text
    assert desk.given == []


@pytest.mark.parametrize("spelling", ["interrupted", "INTERRUPTED", "interrupt"])
def test_the_spelling_of_3_8s_documentation_counts(spelling: str):
    book = asked(Desk(), NEW, FREE)
    book.finish()
    book.say(LONG)
    book.advance(2)
    assert only(respond(book, response={"scheduling": spelling, "sky": "blue"}), Interrupted)


@pytest.mark.parametrize("odd", ["LATER", 7, "SCHEDULING_UNSPECIFIED"])
def test_a_scheduling_that_is_none_is_no_scheduling(odd: Any):
    book = asked(Desk(), OLD, FREE)
    book.finish()
    assert "TurnOpened" in kinds(respond(book, response={"scheduling": odd}) + book.finish())


def test_interim_results_are_spoken_of_until_the_last():
    book = asked(desk := Desk(), OLD, FREE, generationConfig=TEXT)
    book.finish()
    for sky, more in (("cloudy", True), ("clearing", True), ("sunny", False)):
        respond(book, sky, willContinue=more)
        book.finish()
    assert book.said == "So far cloudy.So far clearing.The weather in Vegas is sunny."
    assert [result.continues for result in desk.given] == [True, True, False]
    assert "was answered before" in only(respond(book), Warn).text


def test_silent_interims_keep_the_reply_waiting():
    book = asked(Desk(), OLD, FREE, generationConfig=TEXT)
    book.finish()
    respond(book, willContinue=True, scheduling="SILENT")
    respond(book, "sunny")
    book.finish()
    assert book.said == "The weather in Vegas is sunny."


def test_a_call_that_blocks_has_no_interim_results():
    book = asked(desk := Desk(), OLD)
    assert "willContinue is ignored" in only(respond(book, willContinue=True), Warn).text
    assert [result.continues for result in desk.given] == [False]


def test_the_most_urgent_of_several_results_counts():
    both = CallTools((ToolCall("weather"), ToolCall("time")))
    book = opened(in_turns([both, Say("Both.")], [Say(LONG)]), OLD, tools=FREE)
    book.say("both")
    calls = only(book.finish(), ToolCalls).calls
    book.say("a story")
    book.advance(2)
    responses = [
        {"id": call.id, "name": call.name, "response": {}, "scheduling": how}
        for call, how in zip(calls, ["SILENT", "INTERRUPT"], strict=True)
    ]
    assert only(book.receive({"toolResponse": {"functionResponses": responses}}), Interrupted)


def test_a_result_that_comes_while_its_reply_speaks_waits_for_the_end_of_the_turn():
    book = asked(desk := Desk(meanwhile=LONG), OLD, FREE)
    respond(book)
    happened = book.finish()
    assert times(happened, Interrupted) == []
    assert len(times(book.log, TurnComplete)) == 2
    assert len(desk.given) == 1


def test_such_a_result_cuts_what_is_still_played_if_the_client_says_so():
    book = asked(desk := Desk(meanwhile=LONG), OLD, FREE)
    respond(book, scheduling="INTERRUPT")
    happened = told(book.finish(), "SpeechPart")
    cut = ["GenerationComplete", "Interrupted", "TurnComplete"]
    assert happened == [*cut, "TurnOpened", "ToolResultsTaken", "GenerationComplete", "TurnComplete"]
    assert len(desk.given) == 1


def test_such_a_result_gives_no_turn_if_the_client_says_so():
    book = asked(desk := Desk(meanwhile=LONG), OLD, FREE)
    respond(book, scheduling="SILENT")
    book.finish()
    assert len(times(book.log, TurnComplete)) == 1
    assert desk.given == []
    book.say("hello")
    book.finish()
    assert any("sunny" in said.text for said in desk.seen[1].history)


def test_a_call_that_blocks_can_be_awaited_later_too():
    book = asked(desk := Desk(meanwhile="One moment."), MIDDLE)
    book.finish()
    assert times(book.log, TurnComplete) == []
    respond(book)
    book.finish()
    assert len(desk.given) == 1


# Which calls block.


@pytest.mark.parametrize(
    ("model", "behavior", "blocks"),
    [
        (OLD, None, True),
        (OLD, "UNSPECIFIED", True),
        (OLD, "NON_BLOCKING", False),
        (NATIVE, "NON_BLOCKING", False),
        (MIDDLE, "NON_BLOCKING", True),
        (NEW, None, False),
        (NEW, "BLOCKING", True),
        (EXTENDED, None, False),
    ],
)
def test_whether_a_call_blocks_is_for_family_and_declaration_to_say(model: str, behavior: str | None, blocks: bool):
    thinking = {"generationConfig": {"thinkingConfig": {"thinkingLevel": "LOW"}}} if model == EXTENDED else {}
    tools = declares("weather", **({} if behavior is None else {"behavior": behavior}))
    book = asked(Desk(), model, tools, **thinking)
    assert (times(book.log, TurnComplete) == []) == blocks


def test_on_3_8_a_call_ends_its_turn_within_the_same_moment():
    """Measured: toolCall, generationComplete and turnComplete arrive within the same few milliseconds."""
    book = asked(Desk(), NEW, declares("weather"))
    assert told(book.log)[-3:] == ["ToolCalls", "GenerationComplete", "TurnComplete"]
    assert times(book.log, ToolCalls) == times(book.log, GenerationComplete) == times(book.log, TurnComplete)


def extended(*before: Step) -> Playbook:
    thinking = {"thinkingConfig": {"thinkingLevel": "LOW"}}
    return asked(Desk(*before), EXTENDED, declares("weather"), generationConfig=thinking)


def test_on_extended_thinking_a_call_comes_after_the_turn_of_what_was_said_before():
    """Documented: filler speech, turnComplete with IN_PROGRESS, toolCall, answer, turnComplete with IDLE."""
    book = extended(Say("Let me think."))
    respond(book)
    book.finish()
    assert told(book.log)[2:] == [
        "TurnOpened",
        "SpeechPart",
        "GenerationComplete",
        "TurnComplete",
        "ToolCalls",
        "TurnOpened",
        "ToolResultsTaken",
        "SpeechPart",
        "GenerationComplete",
        "TurnComplete",
    ]
    assert [one.command.pending for one in book.log if isinstance(one.command, TurnComplete)] == [True, False]


def test_extended_thinking_refuses_scheduling():
    book = extended()
    respond(book, scheduling="SILENT")
    assert book.closed == (1007, "Function response scheduling is not supported for this model")


def test_extended_thinking_abandons_a_call_with_an_interim_result():
    book = extended()
    assert "abandons" in only(respond(book, willContinue=True), Warn).text
    assert "was answered before" in only(respond(book), Warn).text


def test_extended_thinking_takes_a_response_without_a_name_for_a_failed_call():
    book = extended()
    respond(book, name=None)
    book.finish()
    assert "The weather in Vegas is unknown." in said_by_model(book)


def test_other_families_take_a_response_without_a_name():
    book = asked(desk := Desk(), OLD)
    respond(book, name=None)
    assert desk.given[0].response == {"sky": "sunny"}


def test_vertex_drops_scheduling():
    book = Playbook(desk := Desk(), Endpoint(Backend.VERTEX), Terms())
    book.open("publishers/google/models/gemini-live-2.5-flash", tools=FREE)
    book.say("the weather")
    book.finish()
    respond(book, scheduling="SILENT")
    book.finish()
    assert len(desk.given) == 1


# Responses that nobody waits for.


@pytest.mark.parametrize("id", ["nobody", ""])
def test_a_response_to_a_call_that_was_never_made_closes(id: str):
    book = asked(Desk(), OLD)
    respond(book, id=id, name="other")
    assert book.closed == (1008, "Requested entity was not found.")


def test_a_response_without_an_id_is_taken_by_its_name():
    """Older Vertex models call without ids."""
    book = asked(desk := Desk(), OLD)
    respond(book, id=None)
    assert len(desk.given) == 1


@pytest.mark.parametrize(("model", "turns"), [(NATIVE, 0), (NEW, 1)])
def test_a_response_to_a_call_that_was_lost_with_its_connection(model: str, turns: int):
    """Tried live: 2.5 ignores it, 3.8 answers with an empty turn."""
    kept: dict[str, Any] = {}
    before = opened(Desk(), model, kept=kept, sessionResumption={})
    before.say("hello")
    before.finish()
    handle = only(before.log, HandleIssued).handle
    book = opened(Desk(), model, kept=kept, sessionResumption={"handle": handle})
    lost = {"id": "call_1", "name": "weather", "response": {}}
    happened = book.receive({"toolResponse": {"functionResponses": [lost]}}) + book.finish()
    assert (
        told(happened, "HandleIssued", "NotResumable")
        == ["TurnOpened", "GenerationComplete", "TurnComplete"][: 3 * turns]
    )


def test_a_response_under_another_name_is_taken_with_a_word():
    book = asked(desk := Desk(), OLD)
    assert "'climate'" in only(respond(book, name="climate"), Warn).text
    assert len(desk.given) == 1


def test_a_large_response_is_taken():
    book = asked(desk := Desk(), OLD)
    respond(book, sky="x" * 5_000_000)
    assert len(desk.given[0].response["sky"]) == 5_000_000
    book.hang_up()


def late(result: ToolResult) -> Iterator[Step]:
    yield Say(f"That was late: {result.response['sky']}.")


def test_what_is_not_answered_in_time_is_given_up_and_may_have_a_late_answer():
    book = asked(desk := Desk(timeout=5.0, late=late), MIDDLE)
    book.finish()
    assert [result.end for result in desk.given] == ["given up"]
    assert "was given up before" in only(respond(book, sky="rainy"), Warn).text
    assert "SpeechPart" in kinds(book.finish())
    assert "That was late: rainy." in said_by_model(book)


def test_a_parked_reply_gives_up_as_well():
    book = asked(desk := Desk(timeout=5.0), OLD)
    book.finish()
    assert len(times(book.log, TurnComplete)) == 2
    assert [result.end for result in desk.given] == ["given up"]


def test_awaiting_can_give_up_and_is_told_at_once_afterwards():
    ends: list[str] = []

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        ids = yield CallTools(VEGAS.calls, wait=False)
        for _ in range(2):
            (result,) = yield AwaitResults(ids, timeout=2.0)
            ends.append(result.end)

    book = asked(reply, MIDDLE)
    book.finish()
    assert ends == ["given up", "given up"]


def test_only_calls_that_were_made_can_be_awaited():
    with pytest.raises(EmulatorError, match="'7', which is the id of no call"):
        opened(in_turns([AwaitResults(("7",))]), OLD).say("go")


@pytest.mark.parametrize(
    ("call", "wrong"),
    [
        (ToolCall("climate"), "calls 'climate', which the setup does not declare; declared: weather, time"),
        (ToolCall("weather", {"town": "Oslo"}), "args.town"),
    ],
)
def test_a_call_that_does_not_fit_its_declaration_is_an_error(call: ToolCall, wrong: str):
    book = opened(in_turns([CallTools((call,))]), OLD, tools=BLOCKING)
    with pytest.raises(EmulatorError, match=wrong):
        book.say("go")


def test_such_a_call_can_be_made_on_purpose():
    book = opened(in_turns([CallTools((ToolCall("climate", {"a": 1}),), checked=False)]), OLD)
    book.say("go")
    assert only(book.advance(2), ToolCalls).calls[0].name == "climate"


def test_tools_can_be_replaced_in_the_middle_of_a_session():
    book = opened(Desk(), OLD)
    book.receive({"contextUpdate": {"tools": {"tools": BLOCKING}}})
    book.say("the weather")
    assert only(book.advance(2), ToolCalls)
    book.receive({"contextUpdate": {"tools": {"tools": []}}})
    respond(book)
    assert "SpeechPart" in kinds(book.finish())


def test_a_session_of_very_many_calls_forgets_the_oldest_that_are_over():
    def many(turn: UserTurn, conversation: Conversation) -> Reply:
        while True:
            yield VEGAS

    book = asked(many, MIDDLE, overrides={"behaviour.limits.connection": 0, "behaviour.limits.audio": 0})
    first = only(book.log, ToolCalls).calls[0]
    for _ in range(MOST_REMEMBERED + 1):
        respond(book)
        book.advance(1.0)
    calls = book.session._talk._answering._calls  # type: ignore[union-attr]
    assert len(calls._known) == MOST_REMEMBERED
    assert calls.find(first.id, "") is None


def test_open_calls_are_never_forgotten():
    step = CallTools(tuple(ToolCall("weather") for _ in range(MOST_REMEMBERED + 5)))
    book = asked(in_turns([step]), MIDDLE)
    assert len(book.session._talk._answering._calls._known) == MOST_REMEMBERED + 5  # type: ignore[union-attr]


def two_calls(
    model: str, tools: Any, timeout: float | None = None
) -> tuple[Playbook, list[ToolResult], tuple[ToolCall, ...]]:
    """Two calls in one message, of which the second was answered."""
    given: list[ToolResult] = []

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        given.extend((yield CallTools((ToolCall("weather"), ToolCall("time")), timeout=timeout)))

    book = listening(reply, model, tools=tools)
    book.say("both")
    calls = only(book.advance(1.25), ToolCalls).calls
    book.receive({"toolResponse": {"functionResponses": [{"id": calls[1].id, "name": "time", "response": {"at": 7}}]}})
    return book, given, calls


def test_what_came_in_time_is_taken_with_what_did_not():
    book, given, _ = two_calls(MIDDLE, BLOCKING, timeout=5.0)
    book.finish()
    assert [(result.end, dict(result.response)) for result in given] == [("given up", {}), ("returned", {"at": 7})]


def test_only_what_is_open_is_cancelled():
    book, given, calls = two_calls(MIDDLE, BLOCKING)
    assert only(book.speak(tone(0.2)), ToolCallsCancelled).ids == (calls[0].id,)
    assert given == []


def test_each_parked_reply_gives_up_at_its_own_time():
    ends: list[tuple[str, str]] = []
    timeouts = iter([4.0, 2.0])

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        (result,) = yield CallTools(VEGAS.calls, timeout=next(timeouts))
        ends.append((turn.text, result.end))
        yield Say(turn.text)

    book = opened(reply, OLD, tools=FREE, generationConfig=TEXT)
    for name in ("first", "second"):
        book.say(name)
        book.advance(1.0)
    book.finish()
    assert ends == [("second", "given up"), ("first", "given up")]


# Interruption.


@pytest.mark.parametrize("later", [0.0, 5.0])
def test_speech_cancels_the_call_even_after_the_end_of_its_turn(later: float):
    cancelled: list[tuple[str, ...]] = []
    book = listening(Desk(cancelled=cancelled.append), NATIVE, tools=BLOCKING)
    book.say("the weather")
    call = only(book.advance(1.25), ToolCalls).calls[0]
    book.advance(later)
    happened = book.speak(tone(0.2))
    cut = [] if later else ["Interrupted", "TurnComplete"]
    assert kinds(happened) == ["ActivityStarted", "ToolCallsCancelled", *cut]
    assert cancelled == [(call.id,)]
    assert "was cancelled before" in only(respond(book), Warn).text


def test_a_late_answer_to_a_cancelled_call_is_a_turn_of_its_own():
    book = listening(Desk(late=late), NATIVE, tools=BLOCKING)
    book.say("the weather")
    book.advance(1.25)
    book.speak(tone(0.2))
    respond(book, sky="rainy")
    book.finish()
    assert "That was late: rainy." in said_by_model(book)


def test_calls_that_do_not_block_go_on_when_the_user_speaks():
    book = listening(desk := Desk(), NATIVE, tools=FREE)
    book.say("the weather")
    book.advance(1.25)
    spoken(book)
    book.finish()
    assert times(book.log, ToolCallsCancelled) == []
    respond(book)
    assert len(desk.given) == 1


@pytest.mark.parametrize("how", ["typed", "spoken"])
def test_on_3_8_a_call_that_blocks_is_made_again_under_a_new_id(how: str):
    """Measured: toolCallCancellation in none of 41 sessions; the call came again with a new id."""
    book = listening(desk := Desk(), NEW, tools=BLOCKING)
    book.say("the weather")
    first = only(book.advance(1.25), ToolCalls).calls[0]
    happened = book.say("Are you there?") if how == "typed" else spoken(book)
    assert {"Interrupted", "TurnComplete"} <= set(kinds(happened))
    happened += book.advance(2)
    again = only(happened, ToolCalls).calls[0]
    assert (again.name, dict(again.args)) == (first.name, dict(first.args))
    assert again.id != first.id
    assert times(book.log, ToolCallsCancelled) == []
    respond(book)
    book.finish()
    assert len(desk.given) == 1
    assert len(times(book.log, TurnComplete)) == 3


def test_a_call_that_was_made_again_can_be_dropped_with_the_connection():
    closed: list[bool] = []

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        try:
            yield VEGAS
        finally:
            closed.append(True)

    book = asked(reply, NEW)
    book.say("Are you there?")
    book.advance(2)
    book.hang_up()
    assert closed == [True]


def test_a_reply_that_ends_with_its_call_ends_when_it_is_made_again():
    book = asked(in_turns([VEGAS], [Say("Yes.")]), NEW)
    book.say("Are you there?")
    book.advance(2)
    respond(book)
    book.finish()
    assert len(times(book.log, TurnComplete)) == 3


def test_parked_replies_are_closed_with_the_connection():
    closed: list[bool] = []

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        try:
            yield VEGAS
        finally:
            closed.append(True)

    book = asked(reply, NEW, FREE)
    assert closed == []
    book.hang_up()
    assert closed == [True]


def test_a_result_waits_behind_an_interruption():
    """The user speaks into an answer for whose end a result waits: the result is told after that."""
    book = listening(desk := Desk(), NATIVE, tools=FREE)
    book.say("the weather")
    book.advance(1.25)
    book.say(LONG)
    book.advance(2)
    respond(book)
    assert desk.given == []
    book.speak(tone(0.2))
    assert desk.given == [], "reported: WHEN_IDLE holds until there is silence"
    book.speak(quiet(0.6))
    book.finish()
    assert len(desk.given) == 1


def realtime_input(book: Playbook, kind: str) -> Callable[[], object]:
    if kind == "text":
        return lambda: book.receive({"realtimeInput": {"text": "hello"}})
    return lambda: book.speak(bytes(640))


@pytest.mark.parametrize("kind", ["audio", "text"])
@pytest.mark.parametrize("later", [0.0, 5.0])
def test_realtime_input_may_be_refused_while_a_call_blocks(kind: str, later: float):
    book = asked(Desk(), NATIVE, overrides={"behaviour.calling.realtime": "refused"})
    book.advance(later)
    realtime_input(book, kind)()
    assert book.closed == (1008, "Operation is not implemented, or supported, or enabled.")


def test_a_pause_in_the_call_turn_does_not_end_it_early():
    book = asked(Desk(Pause(0.5)), OLD)
    (called,) = times(book.log, ToolCalls)
    book.finish()
    assert times(book.log, TurnComplete) == [called + 1.5]


# What an audit found.


def test_a_call_without_arguments_has_an_empty_map_of_them():
    """Printed by Google's tools notebook, six of six."""
    book = asked(in_turns([CallTools((ToolCall("weather"),))]))
    assert book.messages[-1].body["toolCall"]["functionCalls"][0]["args"] == {}


@pytest.mark.parametrize("scheduling", [None, "WHEN_IDLE", "INTERRUPT"])
@pytest.mark.parametrize("model", [NATIVE, NEW])
def test_a_reply_that_was_cut_while_it_spoke_beside_a_call_goes_on_with_the_result(model: str, scheduling: str | None):
    book = listening(desk := Desk(meanwhile=LONG), model, tools=FREE)
    book.say("the weather")
    book.advance(1.5)
    spoken(book)
    book.finish()
    assert len(times(book.log, Interrupted)) == 1
    assert times(book.log, ToolCallsCancelled) == []
    respond(book, **({} if scheduling is None else {"scheduling": scheduling}))
    book.finish()
    assert [result.response["sky"] for result in desk.given] == ["sunny"]
    assert "The weather in Vegas is sunny." in said_by_model(book)


def test_such_a_result_may_be_silent_as_well():
    book = listening(desk := Desk(meanwhile=LONG), NATIVE, tools=FREE)
    book.say("the weather")
    book.advance(1.5)
    spoken(book)
    book.finish()
    assert respond(book, scheduling="SILENT") + book.finish() == []
    assert desk.given == []
    book.say("hello")
    assert "sunny" in desk.seen[-1].history[-1].text or "sunny" in desk.seen[-1].history[-2].text


def test_the_result_of_a_call_that_no_reply_waits_for_is_known_later():
    desk = Desk()

    def careless(turn: UserTurn, conversation: Conversation) -> Reply:
        if "weather" not in turn.text:
            yield from desk(turn, conversation)
            return
        yield CallTools(VEGAS.calls, wait=False)
        yield Say("I asked.")

    book = asked(careless, OLD, FREE)
    book.finish()
    assert respond(book) + book.finish() == []
    book.say("hello")
    assert any("sunny" in said.text for said in desk.seen[0].history)


def test_what_is_cut_while_it_asks_outside_goes_on_with_nothing():
    closed: list[bool] = []

    async def never() -> None:
        raise AssertionError("nothing awaits in the core")

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        try:
            yield CallTools(VEGAS.calls, wait=False)
            yield Consult(never)
        finally:
            closed.append(True)

    book = listening(reply, NATIVE, tools=FREE)
    book.say("the weather")
    book.advance(1.5)
    book.speak(tone(0.2))
    assert closed == [True]


@pytest.mark.parametrize("scheduling", ["WHEN_IDLE", "INTERRUPT"])
def test_results_come_out_in_the_order_in_which_they_came(scheduling: str):
    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        yield CallTools(VEGAS.calls)
        yield Say(turn.text)

    book = opened(reply, OLD, tools=FREE, generationConfig=TEXT)
    for name in ("first", "second"):
        book.say(name)
        book.advance(1.0)
    calls = [one.command.calls[0] for one in book.log if isinstance(one.command, ToolCalls)]
    responses = [{"id": call.id, "name": call.name, "response": {}, "scheduling": scheduling} for call in calls]
    book.receive({"toolResponse": {"functionResponses": responses}})
    book.finish()
    assert book.said == "firstsecond"


def test_what_is_urgent_goes_before_what_is_patient():
    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        if turn.text in ("first", "second"):
            yield CallTools(VEGAS.calls)
        yield Say(f"[{turn.text[:6]}]" if turn.text != LONG else LONG)

    book = opened(reply, NATIVE, tools=FREE)
    for name in ("first", "second"):
        book.say(name)
        book.advance(2.0)
    book.say(LONG)
    book.advance(2.0)
    calls = [one.command.calls[0] for one in book.log if isinstance(one.command, ToolCalls)]
    responses = [
        {"id": call.id, "name": call.name, "response": {}, "scheduling": scheduling}
        for call, scheduling in zip(calls, ["WHEN_IDLE", "INTERRUPT"], strict=True)
    ]
    book.receive({"toolResponse": {"functionResponses": responses}})
    book.finish()
    assert said_by_model(book)[-2:] == ["[second]", "[first]"]


def test_two_calls_of_one_id_are_an_error_unless_they_are_meant():
    twice = (ToolCall("weather", {}, "same"), ToolCall("time", {}, "same"))
    with pytest.raises(EmulatorError, match="gives two calls the id 'same'"):
        opened(in_turns([CallTools(twice)]), OLD, tools=BLOCKING).say("go")
    given: list[ToolResult] = []

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        given.extend((yield CallTools(twice, checked=False)))

    book = opened(reply, MIDDLE, tools=BLOCKING)
    book.say("go")
    book.advance(1.5)
    book.receive({"toolResponse": {"functionResponses": [{"id": "same", "name": "time", "response": {"at": 7}}]}})
    assert [dict(result.response) for result in given] == [{"at": 7}, {"at": 7}]


def test_calls_that_never_went_out_are_not_there():
    """Typed input cuts the turn before its call: nobody can answer it, and a response by name is not about it."""
    book = opened(in_turns([VEGAS], [VEGAS, Say("Fine.")]), OLD, tools=BLOCKING)
    book.say("one")
    book.say("two")
    book.advance(1.5)
    assert len(times(book.log, ToolCalls)) == 1
    respond(book, id=None)
    assert "SpeechPart" in kinds(book.finish())


def test_a_late_response_is_answered_once():
    book = asked(Desk(timeout=5.0, late=late), MIDDLE)
    book.finish()
    for _ in range(3):
        respond(book, sky="rainy")
        book.finish()
    assert said_by_model(book).count("That was late: rainy.") == 1


def test_a_call_that_comes_after_its_turn_can_be_given_up_too():
    thinking = {"thinkingConfig": {"thinkingLevel": "LOW"}}
    desk = Desk(Say("Let me think."), timeout=5.0)
    book = opened(desk, EXTENDED, tools=declares("weather"), generationConfig=thinking)
    book.say("the weather")
    book.finish()
    assert [result.end for result in desk.given] == ["given up"]
    (made,) = times(book.log, ToolCalls)
    assert times(book.log, TurnOpened)[-1] >= made + 5.0


def test_a_call_that_comes_after_its_turn_is_not_made_if_that_is_cut():
    thinking = {"thinkingConfig": {"thinkingLevel": "LOW"}}
    book = listening(Desk(Say(LONG)), EXTENDED, tools=declares("weather"), generationConfig=thinking)
    book.say("the weather")
    book.advance(4.0)
    spoken(book)
    book.finish()
    assert times(book.log, ToolCalls) == []


def test_a_call_that_is_made_again_blocks_as_the_first_one_did():
    book = asked(desk := Desk(), NEW)
    book.receive({"contextUpdate": {"tools": {"tools": []}}})
    book.say("Are you there?")
    book.advance(2)
    assert len(times(book.log, ToolCalls)) == 2
    assert times(book.log, TurnComplete)[1:] == [], "the conversation waits for it"
    respond(book)
    assert len(desk.given) == 1


def test_what_the_server_is_told_beside_a_result_is_no_part_of_it():
    book = asked(desk := Desk(), OLD, FREE)
    book.finish()
    respond(book, response={"sky": "blue", "scheduling": "WHEN_IDLE"})
    assert desk.given[0].response == {"sky": "blue"}


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}])
def test_arguments_that_are_no_json_are_an_error(value: Any):
    step = CallTools((ToolCall("weather", {"a": value}),), checked=False)
    with pytest.raises(EmulatorError, match="with arguments that are no JSON"):
        opened(in_turns([step]), OLD, tools=BLOCKING).say("go")


@pytest.mark.parametrize("timeout", [-1.0, float("nan")])
def test_a_timeout_is_seconds(timeout: float):
    with pytest.raises(ValueError, match="it has to be 0 or more seconds"):
        CallTools((), timeout=timeout)
    with pytest.raises(ValueError, match="it has to be 0 or more seconds"):
        AwaitResults((), timeout=timeout)


def test_what_waits_is_answered_after_a_silence_too():
    """A result that waited for the user's silence, when the user's turn is answered with silence."""

    def reply(turn: UserTurn, conversation: Conversation) -> Reply:
        if turn.source == "speech":
            yield Silence()
            return
        (result,) = yield VEGAS
        yield Say(f"It is {result.response['sky']}.")

    book = listening(reply, NATIVE, tools=FREE)
    book.say("the weather")
    book.finish()
    book.speak(tone(0.3))
    respond(book)
    book.speak(quiet(0.6))
    book.finish()
    assert said_by_model(book) == ["It is sunny."]
