"""What somebody outside has a running session do: messages, ends, and a user who needs no client."""

from typing import Any

import pytest
from book import (
    MIDDLE,
    NEW,
    OLD,
    Ear,
    chat,
    declares,
    kinds,
    listening,
    only,
    opened,
    quiet,
    replies,
    says,
    tone,
)

from gemlive_emulator.session.commands import (
    ActivityStarted,
    Close,
    GoingAway,
    InputHeard,
    Interrupted,
    Raw,
    Transcribe,
    TurnComplete,
)
from gemlive_emulator.session.events import AudioReceived, Ordered, Transcribed, UserInterrupted, UserSaid
from gemlive_emulator.session.hearing import Words
from gemlive_emulator.session.steps import Say
from gemlive_emulator.session.tools import CallTools, ToolCall
from gemlive_emulator.testing.playbook import Playbook

STORY = Say("Once upon a time there was a rabbit that had lost its way in the great wood behind the hill.")
NEWS = b'{"news": 1}'


def test_a_message_goes_out_in_the_middle_of_an_answer() -> None:
    book = opened(replies(STORY))
    book.say("Tell me a story.")
    book.advance(1.5)
    assert kinds(book.happen(Ordered(Raw(NEWS)))) == ["Raw"]
    assert book.messages[-1].frame == NEWS
    assert kinds(book.finish())[-1] == "TurnComplete"


def test_go_away_is_told_now_and_says_what_it_is_told() -> None:
    book = chat(replies(STORY))
    book.happen(Ordered(GoingAway(5.0)))
    assert book.messages[-1].body == {"goAway": {"timeLeft": "5s"}}
    book.advance(6.0)
    assert book.closed is None


def test_orders_are_carried_out_where_the_model_says_nothing_any_more() -> None:
    book = chat(replies(STORY), overrides={"behaviour.limits.after_go_away": "silent"})
    book.advance(550.0)
    book.say("Are you there?")
    assert kinds(book.happen(Ordered(Raw(NEWS)))) == ["Raw"]
    assert kinds(book.happen(Ordered(Close(1011, "Enough.")))) == ["Close"]


@pytest.mark.parametrize("how", ["frame", "eof", "reset"])
def test_the_connection_ends_in_the_middle_of_an_answer(how: str) -> None:
    book = opened(replies(STORY))
    book.say("Tell me a story.")
    book.advance(1.5)
    assert kinds(book.happen(Ordered(Close(1011, "x" * 200, how=how)))) == ["Close"]  # type: ignore[arg-type]
    assert book.closed == (1011, "x" * 123)
    assert book.finish() == []
    assert book.happen(Ordered(Raw(NEWS))) == []


def test_before_the_setup_it_can_only_be_closed() -> None:
    book = Playbook(replies(STORY))
    for event in (Ordered(Raw(NEWS)), Ordered(GoingAway(5.0)), UserInterrupted(), UserSaid("Hello")):
        assert book.happen(event) == []
    assert kinds(book.happen(Ordered(Close(1008, "No.")))) == ["Close"]


def test_the_user_breaks_into_an_answer_without_a_word() -> None:
    book = opened(replies(STORY))
    book.say("Tell me a story.")
    book.advance(2.0)
    happened = book.happen(UserInterrupted())
    assert kinds(happened)[:2] == ["Interrupted", "TurnComplete"]
    assert only(happened, Interrupted).heard == 1.0
    assert book.finish() == []


def test_nothing_is_interrupted_where_nobody_speaks() -> None:
    assert opened(replies(STORY)).happen(UserInterrupted()) == []


def test_a_call_that_blocks_is_interrupted_as_the_family_does() -> None:
    call = CallTools((ToolCall("get_weather", {}),))
    waits, cancels = (
        opened(replies(call), tools=declares("get_weather"), overrides={"behaviour.calling.interrupted": manner})
        for manner in ("wait", "cancel")
    )
    for book in (waits, cancels):
        book.say("What is the weather?")
        book.advance(3.0)
    assert waits.happen(UserInterrupted()) == []
    assert kinds(cancels.happen(UserInterrupted()))[0] == "ToolCallsCancelled"


@pytest.mark.parametrize("model", [OLD, MIDDLE, NEW])
def test_the_user_says_something_aloud_that_no_microphone_heard(model: str) -> None:
    ear = Ear()
    book = opened(ear, model, inputAudioTranscription={}, foreknown=says("words of something else"))
    happened = book.happen(UserSaid("Hello there"))
    assert kinds(happened)[:3] == ["ActivityStarted", "InputHeard", "ActivityEnded"]
    assert only(happened, InputHeard) == InputHeard("Hello there", "script")
    book.finish()
    [turn] = ear.turns
    assert (turn.text, turn.source, turn.heard) == ("Hello there", "speech", Words("Hello there", "script"))
    # What was fixed for something that is heard is still to come.
    assert book.session.admission is not None
    assert book.session.admission.foreknown.says() == "words of something else"


def test_what_the_user_says_cuts_the_answer_unless_the_client_wants_none_cut() -> None:
    for handling, cut in ((None, True), ("NO_INTERRUPTION", False)):
        config: dict[str, Any] = {} if handling is None else {"realtimeInputConfig": {"activityHandling": handling}}
        book = opened(replies(STORY), **config)
        book.happen(UserSaid("Tell me a story."))
        book.advance(2.0)
        happened = kinds(book.happen(UserSaid("Stop!")))
        assert ("Interrupted" in happened) is cut
        book.finish()
        assert sum(isinstance(one.command, TurnComplete) for one in book.log) == 2


def test_typed_words_from_outside_are_a_turn_as_well() -> None:
    ear = Ear()
    book = chat(ear)
    book.happen(UserSaid("Hello there", typed=True))
    book.finish()
    [turn] = ear.turns
    assert (turn.text, turn.source) == ("Hello there", "realtime")
    assert "You said: Hello there" in book.said


@pytest.mark.parametrize("typed", [True, False])
def test_words_do_not_overtake_those_that_are_awaited(typed: bool) -> None:
    ear = Ear()
    # By hand, for the playbook answers at once.
    session = listening(ear).session
    happened = session.handle(AudioReceived(tone(1.0) + quiet(0.6), "audio/pcm"), 0)
    request = next(one for one in happened if isinstance(one, Transcribe))
    assert session.handle(UserSaid("And this.", typed=typed), 0) == []
    session.handle(Transcribed(request.id, Words("Look at that.", "recogniser")), 0)
    assert [turn.text for turn in ear.turns] == ["Look at that.", "And this."]


def test_while_the_user_speaks_the_words_are_part_of_that() -> None:
    ear = Ear()
    book = listening(ear, foreknown=says("spoken words"))
    book.speak(tone(1.0))
    assert [one for one in book.log if isinstance(one.command, ActivityStarted)]
    assert book.happen(UserSaid("and others")) == []
    book.speak(quiet(0.8))
    book.finish()
    assert [turn.text for turn in ear.turns] == ["spoken words and others"]
