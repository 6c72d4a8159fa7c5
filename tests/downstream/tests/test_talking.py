"""Questions and answers, in plain tests without an event loop."""

import pytest
from voice_desk import MODEL, BlockingDesk, DeskClosed

GREETING = "Good morning! How can I help you?"


def test_an_answer_is_over_when_the_server_says_so(gemlive):
    gemlive.fault("close", code=1000, reason="Goodbye.", at="turn_complete")
    gemlive.when(text="bye").say("See you!")
    with BlockingDesk() as desk:
        assert desk.ask("Bye") == "See you!"
        with pytest.raises(DeskClosed, match="hung up"):
            desk.ask("Are you still there?")


def test_a_question_is_answered(gemlive):
    gemlive.when(text="open").say("From nine to five.")
    with BlockingDesk() as desk:
        assert desk.ask("When are you open?") == "From nine to five."
    gemlive.session.assert_heard("When are you open?")
    gemlive.session.assert_closed(1000)


def test_each_answer_ends_with_its_turn(gemlive):
    gemlive.when(turn=1).say(GREETING)
    gemlive.otherwise().say("Goodbye!")
    with BlockingDesk() as desk:
        desk.ask("Hello")
        desk.ask("Bye")
    assert desk.transcript == [("user", "Hello"), ("desk", GREETING), ("user", "Bye"), ("desk", "Goodbye!")]


def test_all_that_is_said_is_played(gemlive):
    with BlockingDesk() as desk:
        desk.ask("How are you?")
        assert desk.speaker.waiting == gemlive.session.audio.pcm


def test_the_setup_asks_for_all_that_the_desk_needs(gemlive):
    with BlockingDesk():
        gemlive.session.assert_sent(
            "setup", inputAudioTranscription={}, outputAudioTranscription={}, sessionResumption={}
        )
    assert gemlive.session.model == MODEL
    assert gemlive.session.modality == "AUDIO"


def test_exactly_this_conversation(gemlive):
    script = gemlive.script()
    script.expect(text="Hello").say(GREETING)
    script.expect(text="A table for two").say("For when?")
    with BlockingDesk() as desk:
        assert desk.ask("Hello") == GREETING
        assert desk.ask("A table for two") == "For when?"


@pytest.mark.gemlive(scenario="desk.yaml")
def test_what_a_scenario_file_says(gemlive):
    with BlockingDesk() as desk:
        assert desk.ask("Are you open on Sundays?") == "On Sundays we sleep."


@pytest.mark.gemlive(model=["gemini-3.1-flash-live-preview", "gemini-3.8-live"])
def test_newer_models_will_do(gemlive, gemlive_model):
    gemlive.otherwise().say("I am {model}.")
    with BlockingDesk(model=gemlive_model) as desk:
        assert desk.ask("Who are you?") == f"I am {gemlive_model}."


@pytest.mark.gemlive(vertex=True)
def test_the_same_desk_on_vertex(gemlive):
    with BlockingDesk() as desk:
        assert desk.ask("Hello")
    assert gemlive.session.model.startswith("gemini-")


@pytest.mark.gemlive(replay="call.jsonl")
def test_a_call_that_was_recorded(gemlive):
    with BlockingDesk() as desk:
        assert desk.ask("When are you open?") == "We are open from nine to five."
