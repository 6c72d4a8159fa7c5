"""One model turn after another: steps, pace, playing, interruption."""

import pytest
from book import CASCADE, MIDDLE, NATIVE, NEW, OLD, STEADY, TEXT, Ear, chat, echo, kinds, only, opened, replies, times

from gemlive_emulator.profiles.admit import doorkeeper
from gemlive_emulator.session.behaviour import AT_ONCE, REAL_TIME
from gemlive_emulator.session.commands import (
    GenerationComplete,
    Interrupted,
    SpeechPart,
    Synthesize,
    TextPart,
    Thought,
    TurnComplete,
    UtteranceBegins,
)
from gemlive_emulator.session.events import Connected, MessageReceived, SpeechReady, TimePassed
from gemlive_emulator.session.names import Names
from gemlive_emulator.session.session import Session
from gemlive_emulator.session.steps import CloseConnection, Conversation, Pause, Reply, Say, Think, UserTurn
from gemlive_emulator.testing.playbook import Playbook, silent_speech
from gemlive_emulator.wire.codec import decode
from gemlive_emulator.wire.endpoint import Endpoint
from gemlive_emulator.wire.errors import EmulatorError


def test_a_text_turn_comes_in_pieces_at_the_pace_of_the_family():
    book = chat(replies(Say("Hello there! How can I help you today?\n")))
    book.say("Hello")
    happened = book.finish()
    assert [one.command.text for one in happened if isinstance(one.command, TextPart)] == [
        "Hello there! How",
        " can I help you today?\n",
    ]
    assert times(happened, TextPart) == [0.5, 0.75]
    assert kinds(happened)[-2:] == ["GenerationComplete", "TurnComplete"]
    assert times(happened, TurnComplete) == [0.75]


def test_at_once_everything_comes_with_the_turn():
    book = chat(echo, pace=AT_ONCE)
    happened = book.say("hi")
    assert kinds(happened) == ["TurnOpened", "TextPart", "GenerationComplete", "TurnComplete"]
    assert book.session.next_event is None


def test_at_once_all_that_was_said_is_kept_though_nobody_can_have_heard_it_yet():
    ear = Ear()
    book = opened(ear, NEW, pace=AT_ONCE)
    book.say("one two three")
    book.say("go on")
    assert [entry.text for entry in ear.conversations[1].history][1] == "You said: one two three"


def test_audio_arrives_faster_than_real_time_and_the_end_is_held_back():
    book = Playbook(replies(Say("ten seconds")), speak=lambda text, first: silent_speech(text, 10.0, first))
    book.open(NEW)
    book.say("go")
    happened = book.finish()
    first = times(happened, SpeechPart)[0]
    assert times(happened, GenerationComplete)[0] < first + 5
    assert times(happened, TurnComplete) == [first + 10.0]
    assert sum(one.command.chunk.samples for one in happened if isinstance(one.command, SpeechPart)) == 240_000


def test_real_time_sends_audio_as_it_plays():
    book = opened(replies(Say("word " * 20)), NEW, pace=REAL_TIME)
    book.say("go")
    happened = book.finish()
    parts = times(happened, SpeechPart)
    assert parts[1] - parts[0] == pytest.approx(0.2)
    assert parts[2] - parts[1] == pytest.approx(0.24)


def test_only_the_first_part_of_an_answer_is_short():
    """Recorded: 200 ms once, then 240 ms; sentences and steps that follow begin no answer."""
    book = opened(replies(Say("One sentence. Another sentence."), Pause(3), Say("Another step.")), NEW)
    for _ in range(2):
        book.say("go")
        happened = book.finish()
        asked = [one.command.first for one in book.log if isinstance(one.command, Synthesize)]
        assert asked[-3:] == [True, False, False]
        sizes = [one.command.chunk.samples for one in happened if isinstance(one.command, SpeechPart)]
        assert sizes[0] == 4_800
        assert sizes.count(4_800) == 1
        assert sizes.count(5_760) > 10


def test_a_pause_holds_the_turn_and_what_follows():
    book = chat(replies(Say("one"), Pause(3), Say("two")))
    book.say("go")
    happened = book.finish()
    one, two = times(happened, TextPart)
    assert two - one == pytest.approx(3 + STEADY.next_text)


def test_every_sentence_is_asked_for_in_its_turn():
    book = opened(replies(Say("One sentence. Another sentence. A third.")), NEW)
    first = book.say("go")
    asked = [one.command.text for one in first if type(one.command).__name__ == "Synthesize"]
    assert asked == ["One sentence."]
    happened = book.finish()
    spoken = [one.command for one in happened if isinstance(one.command, SpeechPart) and one.command.words]
    for pieces in ([part.words for part in spoken], [part.closed_words for part in spoken]):
        assert "".join(pieces) == "One sentence. Another sentence. A third."
    assert [part.words for part in spoken][-1:] == [" A third."]
    assert all(part.closed_words.endswith(" ") for part in spoken[:-1])
    assert spoken[-1].closed_words == "A third."
    assert only(happened, UtteranceBegins).text == "One sentence. Another sentence. A third."


def test_speech_that_comes_late_moves_the_end_along():
    session = Session(doorkeeper(Endpoint(), replies(Say("late"))), Names(1))
    session.handle(Connected(), 0)
    session.handle(MessageReceived(decode('{"setup":{"model":"gemini-3.8-live"}}').message), 0)
    commands = session.handle(MessageReceived(decode('{"realtimeInput":{"text":"go"}}').message), 0)
    request = next(command for command in commands if isinstance(command, Synthesize))
    late = 30.0
    commands = session.handle(SpeechReady(request.id, silent_speech("late", 2.0)), late)
    assert isinstance(commands[1], SpeechPart)
    ended = None
    while ended is None:
        deadline = session.deadline
        assert deadline is not None
        if any(isinstance(command, TurnComplete) for command in session.handle(TimePassed(), deadline)):
            ended = deadline
    assert ended == late + 2.0


def test_speech_of_a_turn_that_was_cut_is_ignored():
    book = Playbook(echo, speak=silent_speech)
    book.open(NEW)
    commands = book.say("first one")
    request = next(one.command for one in commands if type(one.command).__name__ == "Synthesize")
    book.say("second one")
    before = len(book.log)
    book.happen(SpeechReady(request.id, silent_speech("first one")))
    assert len(book.log) == before


def test_an_answer_without_steps_is_an_empty_turn():
    book = chat(replies())
    assert kinds(book.say("hi")) == ["TurnOpened", "GenerationComplete", "TurnComplete"]


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_saying_nothing_aloud_asks_for_no_speech(text):
    book = opened(replies(Say(text)), NEW)
    book.say("hi")
    assert not [one for one in book.log if type(one.command).__name__ in ("Synthesize", "UtteranceBegins")]
    assert kinds(book.log)[-1] == "TurnComplete"


def test_a_reply_can_close_the_connection_and_nothing_follows():
    book = chat(replies(Say("bye"), CloseConnection(1000, "x" * 200), Say("never")))
    book.say("go")
    book.finish()
    assert book.closed == (1000, "x" * 123)
    assert kinds(book.log)[-1] == "Close"
    assert book.say("again") == []
    assert book.session.next_event is None


def test_typed_input_cuts_the_reply_where_the_family_does_so():
    closed = []

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        try:
            yield Say("a long story about nothing at all that goes on and on " * 20)
        finally:
            closed.append(turn.number)

    book = chat(respond)
    book.say("one")
    book.advance(0.6)
    happened = book.say("two")
    assert kinds(happened) == ["Interrupted", "TurnComplete", "TurnOpened"]
    assert closed == [1]
    assert GenerationComplete not in [type(one.command) for one in happened]


def test_content_without_the_end_of_a_turn_stops_a_reply_too():
    book = chat(replies(Say("word " * 100)))
    book.say("one")
    book.advance(0.6)
    assert kinds(book.say("wait", complete=False)) == ["Interrupted", "TurnComplete"]


def test_an_interruption_while_playing_comes_after_generation_complete():
    book = opened(replies(Say("twenty words " * 10)), MIDDLE)
    book.say("one")
    while "GenerationComplete" not in kinds(book.log):
        book.advance(0.1)
    assert kinds(book.say("two"))[:2] == ["Interrupted", "TurnComplete"]


def test_2_5_answers_typed_input_in_order_afterwards():
    book = opened(echo, NATIVE)
    book.say("one")
    assert book.say("two") == []
    assert book.say("three") == []
    happened = book.finish()
    spoken = [one.command.text for one in happened if isinstance(one.command, UtteranceBegins)]
    assert spoken == ["You said: one", "You said: two", "You said: three"]
    assert not [one for one in happened if isinstance(one.command, Interrupted)]


def test_many_waiting_turns_do_not_nest():
    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        if turn.number == 1:
            yield Pause(1)

    book = opened(respond, NATIVE)
    for number in range(3000):
        book.say(str(number))
    book.finish()
    assert kinds(book.log).count("TurnComplete") == 3000


def test_history_keeps_of_a_cut_reply_only_what_was_heard():
    ear = Ear()

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        yield from ear(turn, conversation)
        yield Say(" ".join(f"word{number}" for number in range(100)))

    book = opened(respond, NEW)
    book.say("tell")
    book.advance(STEADY.first_audio + 2.0)
    book.say("stop")
    heard = ear.conversations[1].history[-1]
    assert heard.role == "model"
    assert heard.text.startswith("You said: tell")
    assert "word99" not in heard.text
    sent = "".join(one.command.words for one in book.log if isinstance(one.command, SpeechPart))
    assert sent.startswith(heard.text.replace("tellword0", "tell word0")) or heard.text in sent
    assert len(heard.text) < len(sent)


def test_history_of_a_cut_text_is_what_was_sent():
    ear = Ear()
    book = chat(ear)
    book.say("a question of some length, so that the answer has two pieces")
    book.advance(0.6)
    book.say("stop")
    assert ear.conversations[1].history[-1].text == "You said: a"


def test_max_output_tokens_cut_a_text():
    book = opened(replies(Say("one two three four five"), Say("more")), generationConfig={**TEXT, "maxOutputTokens": 3})
    book.say("go")
    book.finish()
    assert book.said == "one two three"
    assert only(book.log, TurnComplete).usage.response == {"TEXT": 3}


def test_max_output_tokens_cut_speech():
    book = opened(replies(Say("word " * 50), Say("more")), NEW, generationConfig={"maxOutputTokens": 25})
    book.say("go")
    book.finish()
    usage = only(book.log, TurnComplete).usage
    assert 0 < usage.response["AUDIO"] <= 25


def test_the_limit_holds_for_each_turn_anew():
    book = opened(replies(Say("one two three")), generationConfig={**TEXT, "maxOutputTokens": 2})
    for _ in range(2):
        book.say("go")
        book.finish()
    assert book.said == "one twoone two"


def test_2_5_shows_a_thought_of_its_own_first():
    book = opened(echo, NATIVE)
    happened = book.say("hello")
    assert "hello" in only(happened, Thought).text
    assert only([*happened, *book.finish()], TurnComplete).usage.thoughts > 0


def test_a_thought_of_the_responder_takes_its_place():
    book = opened(replies(Think("hm"), Say("yes")), NATIVE)
    assert only(book.say("hello"), Thought).text == "hm"


def test_an_empty_thought_means_none():
    book = opened(replies(Think(""), Say("yes")), NATIVE)
    book.say("")
    book.finish()
    assert "Thought" not in kinds(book.log)
    assert only(book.log, TurnComplete).usage.thoughts == 0


def test_hidden_thoughts_only_count():
    book = opened(replies(Think("one two three"), Say("yes")), NEW)
    book.say("hello")
    book.finish()
    assert "Thought" not in kinds(book.log)
    assert only(book.log, TurnComplete).usage.thoughts == 3


@pytest.mark.parametrize("model", [OLD, CASCADE, MIDDLE])
def test_families_that_do_not_think_by_themselves(model):
    book = opened(replies(Think("hm"), Say("yes")), model)
    book.say("hello")
    book.finish()
    assert "Thought" not in kinds(book.log)
    assert only(book.log, TurnComplete).usage.thoughts == 0


def test_a_responder_that_fails_is_not_swallowed():
    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        yield Say("one")
        raise LookupError("broken")

    book = chat(respond, pace=AT_ONCE)
    with pytest.raises(LookupError):
        book.say("go")


def test_a_reply_that_yields_no_step_is_told_what_steps_there_are():
    book = chat(replies("hello"))  # type: ignore[arg-type]
    with pytest.raises(EmulatorError, match="'hello'; a step is one of Say, Play, Think, Pause, CloseConnection"):
        book.say("go")


def test_a_client_that_hangs_up_closes_the_reply():
    closed = []

    def respond(turn: UserTurn, conversation: Conversation) -> Reply:
        try:
            yield Pause(10)
        finally:
            closed.append(True)

    book = chat(respond)
    book.say("go")
    assert book.hang_up() == []
    assert closed == [True]
    assert book.session.closed
    assert book.session.next_event is None


def test_an_unknown_endpoint_is_told_by_the_model_name():
    book = Playbook(echo, Endpoint(backend=None))
    book.open("projects/p/locations/l/publishers/google/models/gemini-live-2.5-flash")
    assert "sessionId" in book.messages[0].body["setupComplete"]
