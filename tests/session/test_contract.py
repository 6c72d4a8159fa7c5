"""The contract of the core, whatever the client does."""

import base64
import json
from typing import Any

import pytest
from book import MIDDLE, NATIVE, NEW, OLD, TEXT, declares, opened, tone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gemlive_emulator.profiles.admit import Terms, doorkeeper
from gemlive_emulator.session import lifetime, listening, turn, turn_state
from gemlive_emulator.session.behaviour import Pace
from gemlive_emulator.session.calls import Calls
from gemlive_emulator.session.commands import Close, Command, GoingAway, Raw, Recall, Remember, Synthesize, Warn
from gemlive_emulator.session.events import (
    ClientClosed,
    Connected,
    MessageReceived,
    MessageRefused,
    Ordered,
    Recalled,
    SpeechReady,
    TimePassed,
    Transcribed,
    UserInterrupted,
    UserSaid,
)
from gemlive_emulator.session.hearing import Foreknown
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.session import Session
from gemlive_emulator.session.steps import (
    CloseConnection,
    Conversation,
    Count,
    EndTurn,
    Handle,
    Interrupt,
    InterruptAfterEnd,
    Pause,
    Play,
    Reply,
    Say,
    Silence,
    Step,
    Tell,
    Think,
    Transcript,
    UserTurn,
)
from gemlive_emulator.session.tools import CallTools, ToolCall
from gemlive_emulator.testing.playbook import Playbook, silent_speech
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.errors import ClientFault

PACE = Pace(first_text=0.5, next_text=0.125, first_audio=1.0, speed=4.0)
MODELS = [OLD, NATIVE, MIDDLE, NEW, "publishers/google/models/gemini-live-2.5-flash"]
LOUD, QUIET = (base64.b64encode(sound).decode() for sound in (tone(0.5), bytes(32_000)))
TOOLS = [*declares("f"), *declares("g", behavior="NON_BLOCKING")]
texts = st.sampled_from(["", "hi", "a longer question, with several words in it", "x" * 400])
steps = st.one_of(
    st.builds(Say, texts),
    st.builds(Think, texts),
    st.builds(Pause, st.sampled_from([0.0, 0.25, 2.0])),
    st.builds(Interrupt, st.sampled_from([0.0, 0.25]), st.sampled_from([1, 2])),
    st.sampled_from([Silence(), EndTurn("RESPONSE_REJECTED"), InterruptAfterEnd(), Transcript()]),
    st.builds(Say, texts, st.sampled_from(["silent", "none"])),
    st.just(CallTools((ToolCall("f", {"a": 1}, "1"),), checked=False)),
    st.just(CallTools((ToolCall("f", {}, "1"), ToolCall("g", {}, "2")), timeout=1.0, checked=False)),
    st.just(CallTools((ToolCall("g", {}, "2"),), checked=False, late=lambda result: iter([Say("late")]))),  # type: ignore[arg-type]
    st.builds(Handle, st.sampled_from(["give", "withhold", "kill"])),
    st.sampled_from([Count(prompt={"TEXT": 1}), Tell((GoingAway(1.0),)), Play(bytes(4800), 24_000, "a sound")]),
)
deeds = st.one_of(
    st.builds(
        lambda text, end: {"clientContent": {"turns": [{"parts": [{"text": text}]}], "turnComplete": end}},
        texts,
        st.booleans(),
    ),
    st.builds(lambda text: {"realtimeInput": {"text": text}}, texts),
    st.sampled_from(
        [
            {"clientContent": {"turnComplete": True}},
            {"clientContent": {"turns": [{"role": "model", "parts": [{"text": "I said"}]}]}},
            {"realtimeInput": {"audio": {"data": "AAAA", "mimeType": "audio/pcm"}}},
            {"realtimeInput": {"audio": {"data": LOUD, "mimeType": "audio/pcm"}}},
            {"realtimeInput": {"audio": {"data": QUIET, "mimeType": "audio/pcm;rate=8000"}}},
            {"realtimeInput": {"audio": {"data": QUIET, "mimeType": "audio/pcm"}}},
            {"realtimeInput": {"audioStreamEnd": True}},
            {"realtimeInput": {"activityStart": {}}},
            {"realtimeInput": {"activityEnd": {}}},
            {"realtimeInput": {"video": {"data": "AAAA", "mimeType": "image/jpeg"}}},
            {"realtimeInput": {"mediaChunks": [{"data": "AAAA", "mimeType": "audio/pcm"}]}},
            {"toolResponse": {"functionResponses": [{"id": "1", "name": "f", "response": {}}]}},
            {"toolResponse": {"functionResponses": [{"id": "2", "name": "g", "scheduling": "INTERRUPT"}]}},
            {"toolResponse": {"functionResponses": [{"id": "1", "scheduling": "SILENT", "willContinue": True}]}},
            {"contextUpdate": {"systemInstruction": {"parts": [{"text": "be brief"}]}}},
            {"setup": {"model": OLD}},
            {"nonsense": 1},
        ]
    ),
    st.sampled_from(
        [
            Ordered(Raw(b'{"x": 1}')),
            Ordered(GoingAway(5.0)),
            Ordered(Close(1011, "Enough.")),
            UserInterrupted(),
            UserSaid("from outside"),
            UserSaid("from outside", typed=True),
        ]
    ),
    # Sums of halves, and of halves of them, are exact: however it is cut, time ends at the same moment.
    st.sampled_from([0.0, 0.125, 0.5, 1.0, 7.0]),
)


def scripted(given_steps: list[Step]) -> Any:
    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        for step in given_steps:  # noqa: UP028 - what a tool returned cannot be sent into a list
            yield step

    return respond


def told(commands: list[Command]) -> list[str]:
    return [repr(command) for command in commands]


class World:
    """Feeds a session by the bare contract.

    What it asks for is answered when a step is over, which is later in a big one. So the words of speech, for which it
    may ask at any time, are known beforehand.
    """

    def __init__(self, given_steps: list[Step], model: str, text: bool) -> None:
        admit = doorkeeper(Endpoint(None), scripted(given_steps), Terms(pace=PACE), Foreknown(lambda: "what I said"))
        self.session = Session(admit, Names(7))
        self.commands: list[Command] = []
        self.now = 0.0
        self.take(Connected())
        self.hear(
            {
                "setup": {
                    "model": model,
                    "sessionResumption": {},
                    "tools": TOOLS,
                    **({"generationConfig": TEXT} if text else {}),
                }
            }
        )

    def take(self, event: Any) -> None:
        waiting = [event]
        while waiting:
            got = self.session.handle(waiting.pop(0), self.now)
            self.commands += got
            asked = (command for command in got if isinstance(command, Synthesize))
            waiting += [SpeechReady(one.id, silent_speech(one.text)) for one in asked]

    def hear(self, message: Any) -> None:
        if not isinstance(message, dict):
            self.take(message)
            return
        try:
            event: Any = MessageReceived(decode(json.dumps(message)).message)
        except ClientFault as fault:
            event = MessageRefused(fault)
        self.take(event)


@settings(max_examples=60, deadline=None)
@given(st.lists(steps, max_size=4), st.lists(deeds, max_size=8), st.integers(2, 9))
def test_one_big_step_equals_many_small_ones(given_steps: list[Step], script: list[Any], cuts: int):
    big, small = (World(given_steps, OLD, text=True) for _ in range(2))
    for deed in [*script, 20.0]:
        if isinstance(deed, float):
            for cut in range(1, cuts + 1):
                small.now = big.now + deed * cut / cuts
                small.take(TimePassed())
            big.now = small.now = big.now + deed
            big.take(TimePassed())
        else:
            big.hear(deed)
            small.hear(deed)
        assert told(big.commands) == told(small.commands)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(MODELS), st.lists(steps, max_size=4), st.lists(deeds, max_size=8), st.sampled_from([2, 4, 8]))
@example(OLD, [Pause(0.0)], [{"realtimeInput": {"text": ""}}, 1.0, {"realtimeInput": {"text": ""}}], 8)
def test_the_driver_gets_the_same_however_it_cuts_time(
    model: str, given_steps: list[Step], script: list[Any], cuts: int
):
    def play(parts: int) -> list[tuple[float, str]]:
        book = Playbook(scripted(given_steps), Endpoint(None), Terms(pace=PACE), seed=3)
        book.open(model, sessionResumption={}, tools=TOOLS)
        for deed in [*script, 20.0]:
            if isinstance(deed, float):
                for _ in range(parts):
                    book.advance(deed / parts)
            else:
                do(book, deed)
        return [(round(one.at, 6), repr(one.command)) for one in book.log]

    assert play(1) == play(cuts)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(MODELS), st.lists(steps, max_size=4), st.lists(deeds, max_size=12), st.booleans())
def test_random_clients_never_raise_and_the_invariants_hold(
    model: str, given_steps: list[Step], script: list[Any], hangs_up: bool
):
    book = Playbook(scripted([*given_steps]), Endpoint(None), Terms(pace=PACE))
    book.open(model, sessionResumption={}, tools=TOOLS, outputAudioTranscription={})
    for deed in script:
        book.advance(deed) if isinstance(deed, float) else do(book, deed)
    if hangs_up:
        book.hang_up()
    book.finish()
    check_invariants(book)


def do(book: Playbook, deed: Any) -> None:
    """What the client sends, or somebody outside wants."""
    if isinstance(deed, dict):
        book.receive(deed)
    else:
        book.happen(deed)


def check_invariants(book: Playbook) -> None:
    moments = [one.at for one in book.log]
    assert moments == sorted(moments)
    names = [type(one.command).__name__ for one in book.log]
    assert "Close" not in names[:-1]
    open_turns = 0
    for name in names:
        open_turns += (name == "TurnOpened") - (name == "TurnComplete")
        assert open_turns in (0, 1)
        if name in ("TextPart", "SpeechPart", "WordsOnly", "ToolCalls", "GenerationComplete", "Thought"):
            assert open_turns == 1
    if not book.session.closed:
        assert open_turns == 0 or waits_for_tool(book)
        assert book.session.next_event is None
    assert (next(iter(book.messages)).body.get("setupComplete") is not None) if book.messages else True


def waits_for_tool(book: Playbook) -> bool:
    talk = book.session._talk
    return talk is not None and talk._answering._turn.state is turn_state.TurnState.WAITING_FOR_TOOL


def test_what_comes_before_the_setup_is_refused():
    book = Playbook(scripted([]))
    book.say("hi")
    assert book.closed == (1007, "setup must be the first message and only the first")


def test_what_is_forgiven_in_a_setup_is_told_to_the_log():
    book = Playbook(scripted([]))
    told_of = [one.command.text for one in book.open("models/not-yet-known") if isinstance(one.command, Warn)]
    assert len(told_of) == 1
    assert "not-yet-known is not in the catalogue" in told_of[0]


@pytest.mark.parametrize(
    "event", [TimePassed(), ClientClosed(), Recalled(None), SpeechReady(1, silent_speech("x")), Transcribed(1, None)]
)
def test_nothing_comes_after_close(event: Any):
    book = opened(scripted([]))
    book.receive({"setup": {"model": OLD}})
    assert isinstance(book.log[-1].command, Close)
    assert book.session.closed
    assert book.session.handle(event, book.now + 1000) == []
    assert book.session.next_event is None


def test_time_never_goes_back():
    session = Session(doorkeeper(Endpoint(), scripted([Say("hi")]), Terms(pace=PACE)), Names(1))
    session.handle(Connected(), 100.0)
    assert session.deadline == 130.0
    session.handle(TimePassed(), 50.0)
    assert session.deadline == 130.0
    assert [type(command) for command in session.handle(TimePassed(), 130.0)] == [Close]


def test_a_client_may_be_given_all_the_time_it_wants():
    session = Session(doorkeeper(Endpoint(), scripted([])), Names(1), first_message=0)
    assert session.handle(Connected(), 0) == []
    assert session.deadline is None


def test_a_stray_recall_is_ignored():
    book = opened(scripted([]))
    assert book.happen(Recalled(None)) == []


def test_speech_that_nobody_asked_for_is_ignored():
    book = Playbook(scripted([]))
    assert book.happen(SpeechReady(1, silent_speech("x"))) == []
    book.open(OLD)
    assert book.happen(SpeechReady(1, silent_speech("x"))) == []


def test_the_same_seed_gives_the_same_names():
    def names(seed: int) -> list[str]:
        book = Playbook(scripted([Say("x")]), seed=seed)
        book.open(OLD, sessionResumption={}, generationConfig=TEXT)
        book.say("a")
        book.finish()
        return [one.command.handle for one in book.log if isinstance(one.command, Remember)]

    assert names(1) == names(1) != names(2)


@pytest.mark.parametrize("table", [turn_state.TRANSITIONS, lifetime.TRANSITIONS, listening.TRANSITIONS])
def test_transition_tables_are_closed(table: dict[Any, dict[str, Any]]):
    states = set(table)
    assert {state for moves in table.values() for state in moves.values()} <= states
    assert states == set(type(next(iter(states))))


@pytest.mark.parametrize("state", list(turn_state.TurnState))
@pytest.mark.parametrize(
    "what", ["start", "call", "answer", "finish", "hush", "end", "interrupt", "abandon", "nonsense"]
)
def test_a_turn_moves_only_along_its_table(state: turn_state.TurnState, what: str):
    book = opened(scripted([]))
    assert book.session.admission is not None
    admission = book.session.admission
    calls = Calls(admission.behaviour.calling, admission.tools, lambda: "1")
    machine = turn.ModelTurn(admission, calls, lambda command: None, lambda step: None, lambda: 1, Names(1))
    machine.state = state
    if what in turn_state.TRANSITIONS[state]:
        machine._move(what)
        assert machine.state is turn_state.TRANSITIONS[state][what]
    else:
        with pytest.raises(KeyError):
            machine._move(what)
        assert machine.state is state


def test_a_close_within_the_early_messages_stops_there():
    session = Session(doorkeeper(Endpoint(), scripted([CloseConnection(1000, "bye")]), Terms(pace=PACE)), Names(1))
    session.handle(Connected(), 0)
    setup = '{"setup":{"model":"gemini-2.0-flash-exp","sessionResumption":{"handle":"h"}}}'
    asked = session.handle(MessageReceived(decode(setup).message), 0)
    assert [type(command) for command in asked] == [Recall]
    hello = decode('{"realtimeInput":{"text":"hello"}}').message
    assert session.handle(MessageReceived(hello), 0) == []
    assert session.handle(MessageReceived(hello), 0) == []
    from gemlive_emulator.session.history import History

    names = [type(command).__name__ for command in session.handle(Recalled(History().snapshot()), 0)]
    assert names[-1] == "Close"
    assert names.count("TurnOpened") == 1
