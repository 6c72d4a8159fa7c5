"""Sessions that end by themselves: ten minutes, fifteen, two with video; the word before it; a context that overflows."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from book import MIDDLE, NATIVE, NEW, OLD, TEXT, Ear, echo, kinds, only, opened, replies, times, tone

from gemlive_emulator.profiles.admit import Terms, doorkeeper
from gemlive_emulator.session.admission import Admission
from gemlive_emulator.session.behaviour import AT_ONCE
from gemlive_emulator.session.commands import Close, Command, GoingAway, HandleIssued, TurnComplete
from gemlive_emulator.session.events import Connected, MessageReceived, Recalled, TimePassed
from gemlive_emulator.session.history import History
from gemlive_emulator.session.lifespan import LIFE, Limits
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.session import Session
from gemlive_emulator.session.steps import Said, Say
from gemlive_emulator.session.timers import Timer
from gemlive_emulator.testing.playbook import Playbook
from gemlive_emulator.wire.client import ClientMessage
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.setup import Setup

DEADLINE = (1011, "Deadline expired before operation could complete.")
SESSION_OVER = (
    1008,
    "Connection aborted because the client failed to close the connection after receiving a GoAway signal once the session durat",
)
FRAME = {"realtimeInput": {"video": {"data": "AAAA", "mimeType": "image/jpeg"}}}


def limited(model: str = OLD, setup: dict[str, Any] | None = None, **limits: Any) -> Playbook:
    overrides = {f"behaviour.limits.{name}": value for name, value in limits.items()}
    return opened(echo, model, overrides=overrides, **(setup or {}))


@pytest.mark.parametrize("model", [OLD, NATIVE, MIDDLE])
def test_a_connection_lasts_ten_minutes_and_says_so_before(model: str):
    book = limited(model)
    book.advance(549.9)
    assert times(book.log, GoingAway) == []
    assert only(book.advance(0.1), GoingAway).time_left == 50
    assert book.messages[-1].body == {"goAway": {"timeLeft": "50s"}}
    book.say("quickly then")
    assert kinds(book.advance(49.9))[-1] == "TurnComplete"
    assert book.closed is None
    book.advance(0.1)
    assert book.closed == DEADLINE
    assert book.log[-1].at == 600


@pytest.mark.parametrize(("lead", "at"), [(0, []), (30, [570.0]), (599, [1.0]), (700, [0.0])])
def test_the_word_before_can_come_at_other_times_or_not_at_all(lead: float, at: list[float]):
    book = limited(go_away=lead)
    book.advance(600)
    assert times(book.log, GoingAway) == at
    assert book.closed == DEADLINE


def test_the_word_before_need_not_be_true():
    book = limited(time_left=0.5)
    book.advance(550)
    assert book.messages[-1].body == {"goAway": {"timeLeft": "0.500s"}}


def test_after_it_the_server_may_say_nothing_any_more():
    """Reported: tau2-bench#461."""
    book = limited(after_go_away="silent")
    book.advance(550)
    told = len(book.messages)
    book.say("are you there?")
    book.advance(49)
    assert len(book.messages) == told
    book.advance(1)
    assert book.closed == DEADLINE


def test_the_end_comes_in_the_middle_of_an_answer():
    book = opened(replies(Say("word " * 2_000)), OLD, generationConfig=TEXT)
    book.advance(599)
    book.say("tell me everything")
    book.advance(10)
    assert book.closed == DEADLINE
    assert times(book.log, TurnComplete) == []


def test_a_session_without_compression_lasts_fifteen_minutes_over_its_connections():
    kept: dict[str, Any] = {}
    first = opened(echo, OLD, kept=kept, sessionResumption={})
    first.say("hello")
    first.advance(400)
    handle = only(first.log, HandleIssued).handle
    first.hang_up()
    (age,) = times(first.log, HandleIssued)
    second = opened(echo, OLD, kept=kept, sessionResumption={"handle": handle})
    second.advance(900)
    assert second.closed == DEADLINE, "its own ten minutes come first"
    third = opened(
        echo, OLD, kept=kept, overrides={"behaviour.limits.connection": 0}, sessionResumption={"handle": handle}
    )
    third.advance(900)
    assert third.closed == SESSION_OVER
    assert third.log[-1].at == pytest.approx(900 - age)


def test_the_handle_of_3_8_knows_how_long_the_session_lived_in_all():
    kept: dict[str, Any] = {}
    first = opened(echo, NEW, kept=kept)
    handle = only(first.log, HandleIssued).handle
    first.advance(400)
    first.hang_up()
    second = opened(echo, NEW, kept=kept, overrides=ONLY_SESSION, sessionResumption={"handle": handle})
    second.advance(900)
    assert second.closed == SESSION_OVER
    assert second.log[-1].at == 500


ONLY_SESSION = {"behaviour.limits.connection": 0, "behaviour.limits.idle": 0}


def test_video_makes_it_two_minutes():
    book = opened(echo, NATIVE)
    book.advance(30)
    book.receive(FRAME)
    book.receive(FRAME)
    assert only(book.advance(40), GoingAway).time_left == 50
    book.advance(50)
    assert book.closed == SESSION_OVER
    assert book.log[-1].at == 120


def test_video_that_comes_too_late_ends_it_at_once():
    book = opened(echo, NATIVE)
    book.advance(500)
    book.receive(FRAME)
    assert kinds(book.advance(0)) == ["Close"]
    assert book.closed == SESSION_OVER


def test_compression_lifts_the_limits_of_the_session():
    compression = {"contextWindowCompression": {"slidingWindow": {}}}
    book = opened(echo, NATIVE, overrides={"behaviour.limits.connection": 0}, **compression)
    book.receive(FRAME)
    book.advance(10_000)
    assert book.closed is None


def test_on_3_8_a_client_that_sends_nothing_is_closed_after_eight_minutes():
    """Logs of 2026."""
    book = opened(echo, NEW, overrides={"behaviour.limits.connection": 0})
    book.advance(300)
    book.speak(tone(0.02))
    book.advance(479)
    assert book.closed is None
    quiet = opened(echo, NEW)
    quiet.advance(480)
    assert quiet.closed == DEADLINE
    typed = opened(echo, NEW, overrides={"behaviour.limits.connection": 0})
    typed.advance(400)
    typed.say("still here")
    typed.advance(479)
    assert typed.closed is None
    typed.advance(1)
    assert typed.closed == DEADLINE


@pytest.mark.parametrize("name", ["connection", "audio", "video", "idle", "go_away"])
def test_limits_are_seconds(name: str):
    with pytest.raises(ValueError, match=f"{name} is -1; it has to be seconds, 0 for no limit"):
        Limits(**{name: -1})


def test_the_timers_of_the_ends_say_nothing_of_the_conversation():
    book = opened(echo, OLD)
    assert book.session.next_event is None
    assert book.session.deadline == 550
    assert {timer.name for timer in set(Timer) - LIFE} >= {"DELIVERY", "TURN_END", "FIRST_MESSAGE"}


# The context.


def small(setup: dict[str, Any] | None = None, **rest: Any) -> Playbook:
    """A text session whose turns cost 100 tokens and more."""
    return opened(Ear(), OLD, AT_ONCE, generationConfig=TEXT, **(setup or {}), **rest)


WORDS = "word " * 4_000


def test_a_context_larger_than_the_window_closes():
    """Reported by livekit: the context is exhausted, 1007."""
    book = small()
    turns = 0
    while book.closed is None:
        book.say(WORDS)
        turns += 1
    assert book.closed == (1007, "Request contains an invalid argument.")
    assert 3 <= turns <= 8, "32,768 tokens on 2.0"


def test_that_can_be_left_out():
    book = small(overrides={"behaviour.limits.context": False})
    for _ in range(12):
        book.say(WORDS)
    assert book.closed is None


def compressing(trigger: int | None, target: int | None) -> Playbook:
    window: dict[str, Any] = {} if target is None else {"targetTokens": target}
    config = {"slidingWindow": window} if trigger is None else {"triggerTokens": str(trigger), "slidingWindow": window}
    return small({"contextWindowCompression": config})


def prompts(book: Playbook) -> list[int]:
    return [one.command.usage.prompt["TEXT"] for one in book.log if isinstance(one.command, TurnComplete)]


def test_compression_lets_the_oldest_turns_go_until_the_target_is_met():
    book = compressing(400, 200)
    for number in range(20):
        book.say(f"{number} " + "word " * 20)
    assert book.closed is None
    counted = prompts(book)
    assert max(counted) <= 400
    drops = [after for before, after in pairwise(counted) if after < before]
    assert drops
    assert all(after <= 200 for after in drops)


def test_by_default_it_begins_at_80_percent_and_leaves_half_of_that():
    book = compressing(None, None)
    for _ in range(20):
        book.say(WORDS)
    assert book.closed is None
    assert max(prompts(book)) <= 32_768 * 0.8
    drops = [after for before, after in pairwise(prompts(book)) if after < before]
    assert all(after <= 32_768 * 0.4 for after in drops)


def test_compression_without_a_window_is_none():
    book = small({"contextWindowCompression": {"triggerTokens": 400}})
    for number in range(40):
        book.say(f"{number} " + "word " * 20)
    assert max(prompts(book)) > 400


def test_what_the_context_has_lost_the_model_does_not_know():
    ear = Ear()
    book = opened(ear, OLD, AT_ONCE, generationConfig=TEXT, contextWindowCompression=COMPRESSED)
    for number in range(20):
        book.say(f"{number} " + "word " * 20)
    history = ear.conversations[-1].history
    assert len(history) < 20
    assert history[0].role == "user", "documented: the result starts at a user turn"
    assert [said.text for said in history] == [history[at].text for at in range(len(history))]
    assert history[-1].text == history[len(history) - 1].text
    assert history[1:3] == [history[1], history[2]]
    with pytest.raises(IndexError):
        history[len(history)]


COMPRESSED = {"triggerTokens": 400, "slidingWindow": {"targetTokens": 200}}


def test_a_handle_stands_for_the_context_that_is_left():
    kept: dict[str, Any] = {}
    rest = {"generationConfig": TEXT, "contextWindowCompression": COMPRESSED}
    first = opened(echo, OLD, AT_ONCE, kept=kept, sessionResumption={}, **rest)
    for number in range(20):
        first.say(f"{number} " + "word " * 20)
    handle = [one.command.handle for one in first.log if isinstance(one.command, HandleIssued)][-1]
    ear = Ear()
    second = opened(ear, OLD, AT_ONCE, kept=kept, sessionResumption={"handle": handle}, **rest)
    second.say("hello again")
    assert 0 < len(ear.conversations[0].history) < 20
    assert only(second.log, TurnComplete).usage.prompt["TEXT"] <= 400


def test_images_are_lost_with_their_turn():
    history = History()
    history.count("IMAGE", 5)
    for text in ("one", "two"):
        history.add(Said("user", text), 1)
        history.count("IMAGE", 258)
        history.add(Said("model", text), 1)
    assert history.compress(0)
    assert history.tokens == {"IMAGE": 5 + 258, "TEXT": 4}
    assert not history.compress(0), "the latest user turn stays"


def test_a_history_without_a_user_turn_is_left_alone():
    history = History()
    assert not history.compress(0)
    history.add(Said("model", "hello"), 1)
    assert not history.compress(0)


def with_token(setup: dict[str, Any], expires: float | None, pinned: dict[str, Any] | None = None) -> Session:
    """A session past its setup at second 100, whose client has a token."""
    knows = doorkeeper(Endpoint(), echo, Terms(pace=AT_ONCE))

    def admit(asked: Setup) -> Admission:
        counts = None if pinned is None else setup_of(pinned)
        return replace(knows(counts or asked), setup=counts, expires=expires)

    session = Session(admit, Names(1))
    session.handle(Connected(), 100.0)
    session.handle(MessageReceived(message({"setup": setup})), 100.0)
    return session


def message(content: dict[str, Any]) -> ClientMessage:
    return decode(json.dumps(content)).message


def setup_of(content: dict[str, Any]) -> Setup:
    found = message({"setup": content}).setup
    assert found is not None
    return found


def closes(commands: list[Command]) -> list[tuple[int, str]]:
    return [(one.code, one.words) for one in commands if isinstance(one, Close)]


def test_a_session_ends_when_its_token_does():
    session = with_token({"model": OLD}, expires=30.0)
    assert not closes(session.handle(TimePassed(), 129.9))
    assert session.next_event is None
    assert session.deadline == 130.0
    assert closes(session.handle(TimePassed(), 130.0)) == [(1011, "auth token has expired")]


def test_a_token_that_outlives_the_connection_does_not_matter():
    session = with_token({"model": OLD}, expires=3600.0)
    assert closes(session.handle(TimePassed(), 5000.0)) == [DEADLINE]


def test_a_token_may_expire_while_its_session_is_looked_up():
    session = with_token({"model": OLD, "sessionResumption": {"handle": "abc"}}, expires=5.0)
    found = session.handle(Recalled(History().snapshot()), 107.0)
    assert not closes(found)
    assert closes(session.handle(TimePassed(), 107.0)) == [(1011, "auth token has expired")]


def test_what_a_token_pins_counts_in_place_of_the_setup():
    pinned = {"model": OLD, "generationConfig": TEXT, "sessionResumption": {}}
    session = with_token({"model": NEW}, expires=None, pinned=pinned)
    turn = {"clientContent": {"turns": [{"parts": [{"text": "hello"}]}], "turnComplete": True}}
    told = session.handle(MessageReceived(message(turn)), 100.0)
    told += session.handle(TimePassed(), 110.0)
    assert session.admission is not None
    assert (session.admission.model, session.admission.modality) == (OLD.removeprefix("models/"), "TEXT")
    assert [one for one in told if isinstance(one, HandleIssued)], "the pinned setup asks for handles"
