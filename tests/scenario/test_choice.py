"""The quick choice among the built-in behaviours is the choice by asking every one of them."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gemlive_emulator.scenario.asked import Asked
from gemlive_emulator.scenario.builtin import BEHAVIOURS, choose
from gemlive_emulator.session.steps import Said, UserTurn


class Talk:
    """A conversation with one entry."""

    history = (Said("user", "remember the number 42"),)
    model, voice, modality, system_instruction, resumed = "gemini-3.8-live", "", "TEXT", "", False
    proactive = False


PHRASES = sorted(phrase for behaviour in BEHAVIOURS for phrase in getattr(behaviour, "phrases", ()))
OTHERS = [
    "my name is Ada",
    "please call me Bo",
    "the number is 7",
    "remember that",
    "count to 5",
    "say hi",
    "capital of France",
    "?",
    "!",
]
words = st.sampled_from([*PHRASES, *OTHERS, "what", "Who", "tell me", "zebra", "", "x" * 300])


@settings(max_examples=400, deadline=None)
@given(st.lists(words, max_size=6), st.integers(0, 2))
def test_the_quick_choice_is_the_slow_one(said: list[str], parts: int):
    asked = Asked.of(UserTurn(" ".join(said), 1, "content", parts), Talk())
    slow = next(behaviour for behaviour in BEHAVIOURS if behaviour.why_not(asked) is None)
    assert choose(asked) is slow


def test_every_phrase_finds_its_behaviour_by_its_cue():
    for behaviour in BEHAVIOURS:
        for phrase in getattr(behaviour, "phrases", ()):
            assert phrase.split()[0] in behaviour.cues
