"""Silence as an answer of the built-in responder: where it is to speak of one topic only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talk import Talk, spoken

from gemlive_emulator.scenario.asked import Asked
from gemlive_emulator.scenario.proactive import topic_of, why_silent
from gemlive_emulator.session.steps import Say, Silence, UserTurn

CHEF = "You are an AI assistant in Italian cooking, chime in only when the topic is about Italian cooking."
DINNER = (
    "Hey, I was just thinking about my dinner plans. I really love cooking.",
    "Oh yes, me too. I love French cuisine, especially making a good coq au vin. I think I'll make that tonight.",
    "Hmm, that sounds complicated. I prefer Italian food. Say, do you know how to make a simple Margherita pizza "
    "recipe?",
)


def silent(instruction: str, turn: str | UserTurn, proactive: bool = True) -> bool:
    talk = Talk(modality="AUDIO", system_instruction=instruction, proactive=proactive)
    asked = Asked.of(UserTurn(turn, 1) if isinstance(turn, str) else turn, talk)
    return why_silent(asked) is not None


@pytest.mark.parametrize("aloud", [True, False])
def test_the_recorded_dinner_is_answered_where_it_turns_italian(aloud: bool):
    talk = Talk(modality="AUDIO", system_instruction=CHEF, proactive=True)
    first, second, third = (talk.hear(turn) if aloud else talk.steps(turn) for turn in DINNER)
    assert first == second == [Silence()]
    assert isinstance(third[0], Say)
    assert third[0].text.startswith("Yes! For a simple Margherita pizza")


def test_without_proactive_audio_every_turn_is_answered():
    talk = Talk(modality="AUDIO", system_instruction=CHEF)
    assert [type(talk.steps(turn)[0]) for turn in DINNER] == [Say, Say, Say]


@pytest.mark.parametrize(
    ("instruction", "topic"),
    [
        (CHEF, {"italian"}),
        ("Only respond when the user asks something about our opening hours.", {"opening", "hours"}),
        ("answer only if asked about prices", {"prices"}),
        ("Speak only when they talk about Rome or Paris, and be brief.", {"rome", "paris"}),
        ("Stay silent unless the conversation is related to football.", {"football"}),
        ("Do not respond unless somebody asks about the weather", {"weather"}),
        ("Talk only if it is regarding the topic of trains; never otherwise.", {"trains"}),
        ("Reply only once they are concerned. It is about time.", set()),
        ("Only respond in French.", set()),
        ("Answer only questions about our products.", set()),
        ("Tell them about Italy when asked. Speak slowly only.", set()),
        ("Speak only when it is about this and that.", set()),
        ("", set()),
    ],
)
def test_a_topic_is_read_out_of_the_instruction(instruction: str, topic: set[str]):
    assert topic_of(instruction) == topic


@pytest.mark.parametrize(
    ("turn", "answered"),
    [
        ("When do you open?", True),
        ("The hours, please!", True),
        ("I talked for hours. " + "And then on. " * 30, True),
        ("Nice weather today", False),
        (spoken("What are your opening hours?"), True),
        (spoken(), False),
        ("...", True),
        (UserTurn("", 1, "realtime", 5), True),
    ],
)
def test_a_turn_is_answered_if_a_word_of_the_topic_is_in_it(turn: str | UserTurn, answered: bool):
    assert silent("Only respond if asked about our opening hours.", turn) is not answered


@pytest.mark.parametrize(("topic", "turn"), [("recipes", "a recipe"), ("price", "prices?"), ("cooking", "I cooked")])
def test_other_forms_of_a_word_are_the_word(topic: str, turn: str):
    assert not silent(f"Speak only when it is about {topic}.", turn)


def test_the_reason_names_the_words():
    talk = Talk(system_instruction="Speak only when it is about Rome or Paris", proactive=True)
    assert why_silent(Asked.of(UserTurn("Berlin", 1), talk)) == "the turn has none of the words paris, rome"


@given(instruction=st.text(), turn=st.text())
def test_no_instruction_makes_it_fail(instruction: str, turn: str):
    for sentence in (instruction, f"Speak only when it is about {instruction}"):
        assert silent(sentence, turn) in (True, False)
        assert not silent(sentence, turn, proactive=False)
